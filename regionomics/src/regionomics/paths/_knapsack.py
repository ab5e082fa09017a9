"""The 0/1 knapsack with real gains and weights, solved exactly from its core outwards."""

from __future__ import annotations

import numpy as np

_SLACK = 1e-9  # of the room, so that sums of weights that just fit do
_EVEN = 1e-13  # of the gain, below which two choices are as good


def knapsack(gain: np.ndarray, weight: np.ndarray, room: float, nodes: int) -> tuple[np.ndarray, float]:
    """Which items (bool) of positive gain fit the room with the largest gain, and a bound on any gain.

    nodes: partial choices that are kept side by side; where more would be in question, those with the lowest bounds are
    given up, and the bound says what they could have been worth at most.
    """
    taken, base, rest, room = _set_apart(gain, weight, room)
    if len(rest):
        kept, bound = _packed(gain[rest], weight[rest], room, nodes)
        taken[rest[kept]] = True
        return taken, base + bound
    return taken, base


def greedy(gain: np.ndarray, weight: np.ndarray, room: float) -> np.ndarray:
    """A good choice that fits, found at once: by gain for weight, then one for one while that gains."""
    taken, _base, rest, room = _set_apart(gain, weight, room)
    if len(rest):
        g, w = gain[rest], weight[rest]
        order = np.argsort(-g / w, kind="stable")
        certain = np.zeros(len(g), dtype=bool)
        certain[order[: int(np.argmax(np.cumsum(w[order]) > room))]] = True
        taken[rest[_swapped(g, w, room, certain, order)]] = True
    return taken


def _set_apart(gain: np.ndarray, weight: np.ndarray, room: float) -> tuple[np.ndarray, float, np.ndarray, float]:
    """What is taken in any case, its gain, the items to choose from if they do not all fit, and the room with slack."""
    taken = np.zeros(len(gain), dtype=bool)
    taken[(gain > 0) & (weight <= 0)] = True
    room = room * (1 + _SLACK)
    rest = np.flatnonzero((gain > 0) & (weight > 0) & (weight <= room))
    if weight[rest].sum() <= room:
        taken[rest] = True
        rest = rest[:0]
    return taken, float(gain[taken].sum()), rest, room


def _packed(gain: np.ndarray, weight: np.ndarray, room: float, nodes: int) -> tuple[np.ndarray, float]:
    """Where all fit one by one, and not together."""
    order = np.argsort(-gain / weight, kind="stable")
    cut = int(np.argmax(np.cumsum(weight[order]) > room))
    certain = np.zeros(len(gain), dtype=bool)
    certain[order[:cut]] = True
    kept = _swapped(gain, weight, room, certain, order)
    x, bound = _from_the_core(gain[order], weight[order], room, cut, float(gain[kept].sum()), nodes)
    if x is not None:
        kept = np.zeros(len(gain), dtype=bool)
        kept[order[x]] = True
    return kept, max(bound, float(gain[kept].sum()))


# Note [From the core outwards]
# Ordered by gain for weight, the items up to the cut are in and the others out: the best choice differs from that in a
# few items near the cut (its core: Balas and Zemel 1980). All ways of turning items round are followed at once, one
# item further from the cut a step, alternately on its two sides (Pisinger 1997). A way that weighs more and gains less
# than another is given up (Nemhauser and Ullmann 1969), and so is one that even at the price of the next item, on the
# side that could still mend it, cannot beat the best found. What is left when nothing is in question is the optimum.
def _from_the_core(
    gain: np.ndarray, weight: np.ndarray, room: float, cut: int, best: float, nodes: int
) -> tuple[np.ndarray | None, float]:
    """Items (bool) that gain more than `best`, None where no choice does, and a bound on any gain.

    gain, weight: (n,), by gain for weight, the highest first; those before `cut` fit together, with the next no more.
    """
    n, price = len(gain), gain / weight
    g, w = np.array([gain[:cut].sum()]), np.array([weight[:cut].sum()])
    even = _EVEN * float(gain.sum())
    whole = float(g[0] + price[cut] * (room - w[0]))  # Dantzig's bound: the item at the cut, cut to size
    loss = np.abs(gain - price[cut] * weight)
    steps: list[tuple[int, np.ndarray]] = []  # item, and of each way the one that it comes from (below 0: turned)
    found: tuple[int, int] | None = None
    lost = -np.inf
    down, up = cut - 1, cut
    while len(g) and (down >= 0 or up < n):
        outwards = up if up < n and (down < 0 or up - cut <= cut - 1 - down) else down
        if outwards == up:
            up, sign = up + 1, 1.0
        else:
            down, sign = down - 1, -1.0
        if whole - loss[outwards] <= best + even:
            continue  # turned round, no choice with it beats the best
        g, w, origin = _merged(g, w, sign * gain[outwards], sign * weight[outwards])
        steps.append((outwards, origin))
        fits = w <= room
        if fits.any():
            top = int(np.flatnonzero(fits)[-1])  # among those that weigh more, only those that gain more were kept
            if g[top] > best + even:
                best, found = float(g[top]), (len(steps), int(origin[top]))
        bound = g + np.where(fits, (room - w) * (price[up] if up < n else 0.0), 0.0)
        bound[~fits] = g[~fits] + (room - w[~fits]) * price[down] if down >= 0 else -np.inf
        open_ = np.flatnonzero(bound > best + even)
        if len(open_) > nodes:
            by_bound = np.argsort(-bound[open_], kind="stable")
            lost = max(lost, float(bound[open_[by_bound[nodes]]]))
            open_ = np.sort(open_[by_bound[:nodes]])
        g, w = g[open_], w[open_]
        steps[-1] = (outwards, origin[open_])
    return (None if found is None else _turned(steps, *found, cut, n)), max(best, min(lost, whole))


def _merged(g: np.ndarray, w: np.ndarray, more: float, heavier: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ways with and without one more item turned, lightest first, without those that weigh more for no more gain.

    Returns: gain, weight, and of each way its origin: k, or -k - 1 where the item was turned.
    """
    at = np.arange(len(g))
    gains, weights = np.concatenate([g, g + more]), np.concatenate([w, w + heavier])
    origin = np.concatenate([at, -at - 1])
    order = np.lexsort((-gains, weights))
    gains = gains[order]
    best_before = np.concatenate([[-np.inf], np.maximum.accumulate(gains)[:-1]])
    kept = gains > best_before
    return gains[kept], weights[order[kept]], origin[order[kept]]


def _turned(steps: list[tuple[int, np.ndarray]], made: int, origin: int, cut: int, n: int) -> np.ndarray:
    """The choice that a way stands for: back from the step that found it, item by item."""
    x = np.arange(n) < cut
    for item, origins in reversed(steps[:made]):
        if item != steps[made - 1][0]:
            origin = int(origins[origin])
        if origin < 0:
            x[item] = not x[item]
            origin = -origin - 1
    return x


def _swapped(gain: np.ndarray, weight: np.ndarray, room: float, certain: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Items that fit: the certain ones, others by gain for weight, then one for one while that gains."""
    kept = certain.copy()
    left = room - float(weight[kept].sum())
    for i in order[~kept[order]].tolist():
        if weight[i] <= left:
            kept[i] = True
            left -= weight[i]
    for _ in range(len(gain)):
        inside, outside = np.flatnonzero(kept), np.flatnonzero(~kept)
        better = gain[None, outside] - gain[inside, None]
        better[weight[None, outside] - weight[inside, None] > left] = 0.0
        i, j = np.unravel_index(int(np.argmax(better)), better.shape)
        if better[i, j] <= 1e-12 * gain.max():
            break
        left -= weight[outside[j]] - weight[inside[i]]
        kept[inside[i]], kept[outside[j]] = False, True
    return kept
