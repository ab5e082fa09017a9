"""Shares of a survey when not everyone answers, and which of them may be shown.

# Note [Smallest cell]
A share of fewer than `MINIMUM_CELL` answers is not shown. Where hiding one cell of a row would let it be worked out
from the row's total, the next smallest is hidden with it.
The same holds of the answers to one option: neither those who gave it nor those who did not may be 1 to 4 where its
share is shown. All or none of at least `MINIMUM_CELL` is shown.
The number of those who were asked a question of a branch is the number of those who answered so that it opened: where
they, or those it did not open for, are 1 to 4, nothing of the question is shown, not even how many answered it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

MINIMUM_CELL = 5
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Rate:
    """Answers in a stratum of those invited. weight: how many invited each answer stands for; None: nobody answered."""

    stratum: str
    invited: int
    answered: int

    @property
    def share(self) -> float | None:
        return self.answered / self.invited if self.invited else None

    @property
    def weight(self) -> float | None:
        return self.invited / self.answered if self.answered else None


@dataclass(frozen=True)
class Share:
    """A share among those who answered (plain), weighted for non-response, and its 95% interval (Wilson, on the
    effective number of answers). All null where too few answered to be shown; n: null with fewer than MINIMUM_CELL."""

    n: int | None
    plain: float | None
    weighted: float | None
    low: float | None
    high: float | None
    shown: bool


UNSEEN = Share(None, None, None, None, None, shown=False)


def tells_of_few(part: int, whole: int) -> bool:
    """Whether a number of people out of so many, or the rest of them, is 1 to 4."""
    return 0 < part < MINIMUM_CELL or 0 < whole - part < MINIMUM_CELL


def weights(rates: Sequence[Rate]) -> dict[str, float]:
    """Weight of an answer by stratum. A stratum without answers leaves the others to speak for it."""
    return {r.stratum: r.weight for r in rates if r.weight is not None}


def share_of(answers: Sequence[tuple[bool, float]]) -> Share:
    """answers: whether it is so, and the answer's weight."""
    n = len(answers)
    if n < MINIMUM_CELL:
        return UNSEEN
    whole = sum(w for _, w in answers)
    p = sum(w for yes, w in answers if yes) / whole
    effective = whole**2 / sum(w * w for _, w in answers)
    low, high = wilson(p, effective)
    return Share(n, sum(yes for yes, _ in answers) / n, p, low, high, shown=True)


def option_shares(
    answers: Sequence[tuple[frozenset[str], float]], options: Sequence[str], *, only_one: bool
) -> dict[str, Share]:
    """Share of each option. answers: the options that each chose, and the answer's weight. only_one: the shares add up
    to 1, so that one hidden alone could be worked out. See Note [Smallest cell]."""
    n = len(answers)
    counts = {o: sum(o in chosen for chosen, _w in answers) for o in options}
    if only_one:
        unseen = hidden(counts)
    else:
        unseen = {o for o, k in counts.items() if tells_of_few(k, n)}
    nothing = UNSEEN if n < MINIMUM_CELL else Share(n, None, None, None, None, shown=False)
    return {o: nothing if o in unseen else share_of([(o in chosen, w) for chosen, w in answers]) for o in options}


def mean_of(answers: Sequence[tuple[float, float]]) -> Share:
    """Mean of scores from 0 to 100 with their weights, as a share of 100; interval from their spread."""
    n = len(answers)
    if n < MINIMUM_CELL:
        return UNSEEN
    whole = sum(w for _, w in answers)
    mean = sum(w * x for x, w in answers) / whole
    effective = whole**2 / sum(w * w for _, w in answers)
    spread = sum(w * (x - mean) ** 2 for x, w in answers) / whole * effective / max(effective - 1, 1)
    half = Z95 * sqrt(spread / effective)
    plain = sum(x for x, _ in answers) / n
    return Share(n, plain / 100, mean / 100, max(0.0, mean - half) / 100, min(100.0, mean + half) / 100, shown=True)


def wilson(p: float, n: float) -> tuple[float, float]:
    """95% interval of a share p of n (which need not be whole)."""
    centre = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 * sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n)) / (1 + Z95**2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def hidden(cells: Mapping[str, int], minimum: int = MINIMUM_CELL) -> set[str]:
    """The cells of one row of counts that stay unseen: those below the minimum and, if they hold fewer than the minimum
    together, the smallest of the others. See Note [Smallest cell]. Empty cells say nothing and stay."""
    small = {k for k, n in cells.items() if 0 < n < minimum}
    others = sorted((n, k) for k, n in cells.items() if k not in small and n)
    if small and others and (len(small) == 1 or sum(cells[k] for k in small) < minimum):
        small.add(others[0][1])
    return small
