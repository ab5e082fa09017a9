"""An attacker on published tables, written apart from what protects them: solves for what was hidden.

Knows every shown number, that sums are sums and nothing is negative and, if asked, that nobody's value moves by more
than a share from one period to the next, that nobody has more than a known most, and its own values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog


@dataclass(frozen=True)
class Shown:
    """A published number: the unknowns that it is the sum of."""

    parts: tuple[str, ...]
    value: float


def bounds(
    shown: Iterable[Shown],
    wanted: Sequence[tuple[str, ...]],
    *,
    unknowns: Iterable[str] = (),
    steady: Sequence[tuple[str, str]] = (),
    share: float = 0.1,
    own: Mapping[str, float] | None = None,
    most: float | None = None,
) -> list[tuple[float, float] | None]:
    """The least and greatest value of each wanted sum, of unknowns from 0 to `most`; None where what is assumed
    contradicts what is shown."""
    known = list(shown)
    names = sorted({p for s in known for p in s.parts} | {p for w in wanted for p in w} | set(unknowns))
    at = {name: i for i, name in enumerate(names)}

    def row(parts: Iterable[str]) -> np.ndarray:
        line = np.zeros(len(names))
        for part in parts:
            line[at[part]] += 1
        return line

    equal = [row(s.parts) for s in known] + [row([k]) for k in own or {}]
    right = [s.value for s in known] + list((own or {}).values())
    less = []
    for before, after in steady:
        if before in at and after in at:
            less.append(row([after]) - (1 + share) * row([before]))
            less.append((1 - share) * row([before]) - row([after]))
    found: list[tuple[float, float] | None] = []
    for target in wanted:
        ends = []
        for sign in (1, -1):
            answer = linprog(
                sign * row(target),
                A_eq=np.array(equal) if equal else None,
                b_eq=right if equal else None,
                A_ub=np.array(less) if less else None,
                b_ub=np.zeros(len(less)) if less else None,
                bounds=(0, most),
                method="highs",
            )
            if answer.status == 2:
                break
            ends.append(sign * answer.fun if answer.status == 0 else np.inf)
        found.append((float(ends[0]), float(ends[1])) if len(ends) == 2 else None)
    return found
