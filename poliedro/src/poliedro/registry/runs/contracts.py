"""What the two published tables of research contracts tell together (linear programming)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from scipy.optimize import linprog

Part = tuple[int, str, str]
"""What one firm ordered of one body for one cluster: firm, cluster, body."""


def told_together(
    told: Sequence[tuple[Collection[Part], float]],
    secret: Sequence[tuple[Collection[Part], float]],
    spread: float,
    *,
    on_either_side: bool = True,
) -> bool:
    """Whether a secret sum can be worked out from the told ones more closely than `spread` of it on either side.

    on_either_side: otherwise the whole width counts, twice the spread: a sum may be nearly all of a total that is told.
    told, secret: the parts that a sum is made of, and the sum in euro. Parts are unknown and not negative.
    """
    parts = sorted({p for who, _eur in [*told, *secret] for p in who})
    at = {part: i for i, part in enumerate(parts)}

    def line(who: Collection[Part]) -> np.ndarray:
        found = np.zeros(len(parts))
        found[[at[p] for p in who]] = 1
        return found

    if not told:
        return False
    equal, right = np.array([line(who) for who, _eur in told]), [eur for _who, eur in told]
    for who, eur in secret:
        aim, slack = line(who), 1e-6 * max(1.0, eur)
        low = linprog(aim, A_eq=equal, b_eq=right)
        high = linprog(-aim, A_eq=equal, b_eq=right)
        above = -high.fun if high.status == 0 else np.inf
        near = low.fun > (1 - spread) * eur + slack or above < (1 + spread) * eur - slack
        if near if on_either_side else above - low.fun < 2 * spread * eur - slack:
            return True
    return False
