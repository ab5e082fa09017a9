"""Who will work together next: new partners ranked by what joint projects so far say, with the reasons."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, InvalidTable, RegionomicsWarning
from regionomics.matching._collaboration import Collaboration, as_years, focal_positions, read_collaboration
from regionomics.matching._learning import Weights, blocks, learn, open_pairs, without_learning
from regionomics.matching._signals import Signals, most_common
from regionomics.relatedness._presence import one_of

_REASONS = 4  # shown a match


def predict_partners(
    participations: Any,
    *,
    focal: Any,
    k: int,
    project: str = "project",
    organisation: str = "organisation",
    start: str = "start",
    at: Any = None,
    weights: Literal["learned", "fixed"] | Mapping[str, float] = "learned",
    seed: int = 0,
) -> Any:
    """Rank the organisations that each focal one has never worked with by how likely a first joint project is.

    score[i, j] = sum over signals s of w_s (x_s[i, j] - mean over the candidates j of i). The signals are paths in the
    network (shared partners by Adamic-Adar, resource allocation and Jaccard; walks of two and three steps; the partners
    of organisations with the same partners; factors of the incidence), the activity of the candidate, lately and
    before, and what each further column says. The weights are learned from the table itself: from the moment before
    its last 40% of participations, which pairs of that time met first afterwards (softmax over the candidates of each
    focal organisation). Nothing outside of the table is used. With a history too short to learn from, weights are
    fixed, and a warning says so. Without further columns the network alone speaks. Of an organisation that was always
    alone, and of which no further column says anything, nothing is known but that the others are active: its list is
    the most active ones, the same for every such organisation, with "active" as its only reason.

    Args:
        participations: one row per (project, organisation), or several where a project has several themes. Any further
            column is used: numbers (money) as the total of the organisation; texts as a fact of the project (theme),
            of the organisation (kind, country, place) or of the participation (role), by what they are constant in.
            Null is unknown.
        focal: the organisations asked for, one label or several.
        k: partners wanted, >= 1; fewer where fewer are left.
        start: when the project started: dates, ISO texts, or years as numbers.
        at: learn and predict only from projects that started before; None = all.
        weights: "learned" from the table, "fixed" (paths first, then activity and likeness, the same for every table),
            or signal -> weight; a signal without one counts nothing.
        seed: of the draw of candidates to learn from.
    Returns:
        focal, partner, rank (1 = best), score (log-odds against the average candidate of this focal organisation) and
        reasons: up to four of what raised the score most, each with reason (a column's name, "partners" or "active"),
        weight (its part of the score) and detail in words. In the order of `focal`, then of rank.
    Raises:
        InvalidTable: no row, nulls in the three key columns, a start that is no date.
        InvalidParameter: a focal organisation that is in none of the projects, k < 1, weights for an unknown signal.
    Warns:
        RegionomicsWarning: fewer than 30 organisations found new partners in the last part; the weights are fixed.
    Source: Liben-Nowell and Kleinberg (2007), doi:10.1002/asi.20591; Cao, Qin, Liu, Tsai and Li (2007), Learning to
        rank, doi:10.1145/1273496.1273513; the choice of signals is ours.
    """
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise InvalidParameter(f"k={k!r}; ask for at least 1 partner")
    data = read_collaboration(participations, project, organisation, start)
    if at is not None:
        data = data.before(as_years(at, "at"))
        if data.n == 0:
            raise InvalidTable(f"no project started before {at}; pass a later at=")
    rows = focal_positions(data.labels, focal)
    signals = Signals(data)
    return data.family.emit(_ranked(signals, _weights(weights, data, signals, seed), rows, int(k)))


def _weights(given: str | Mapping[str, float], data: Collaboration, signals: Signals, seed: int) -> Weights:
    if isinstance(given, str):
        one_of("weights", given, ("learned", "fixed"))
        learned = learn(data, seed) if given == "learned" else None
        if learned is not None and not learned.weight:
            warnings.warn(
                "too few organisations found new partners in the last part of the table to learn from; the weights "
                "are fixed ones (weights='fixed' says that this is wanted)",
                RegionomicsWarning,
                stacklevel=3,
            )
        return learned if learned is not None and learned.weight else without_learning(signals)
    known = [name for _, block in blocks(signals, np.arange(1)) for name, _, _ in block]
    for name in given:
        one_of("a signal in weights", name, known)
    return Weights(dict(given), 0)


def scores(block: Sequence[tuple[str, str, np.ndarray]], weights: Weights, shape: tuple[int, int]) -> np.ndarray:
    """sum_s w_s x_s of a block, (rows, n)."""
    out = np.zeros(shape, dtype=np.float32)
    for name, _, value in block:
        if name in weights.weight:
            out += np.float32(weights.weight[name]) * value
    return out


def _ranked(signals: Signals, weights: Weights, rows: np.ndarray, k: int) -> pa.Table:
    words = _Words(signals)
    focal: list[int] = []
    partner: list[int] = []
    rank: list[int] = []
    score: list[float] = []
    reasons: list[list[dict[str, Any]]] = []
    for part, block in blocks(signals, rows):
        total = scores(block, weights, (len(part), signals.n))
        for at, i in enumerate(part):
            free = np.flatnonzero(open_pairs(signals, i))
            if not len(free):
                continue
            own = total[at, free]
            best = free[np.lexsort((free, -own))[:k]]
            why = _contributions(block, weights, at, free, best)
            focal += [int(i)] * len(best)
            partner += best.tolist()
            rank += range(1, len(best) + 1)
            score += (total[at, best].astype(float) - float(own.mean(dtype=float))).tolist()
            reasons += [words.of(int(i), int(j), {r: float(w[c]) for r, w in why.items()}) for c, j in enumerate(best)]
    kind = pa.list_(pa.struct([("reason", pa.string()), ("weight", pa.float64()), ("detail", pa.string())]))
    labels = signals.data.labels
    return pa.table(
        {
            "focal": labels.take(pa.array(focal, pa.int64())),
            "partner": labels.take(pa.array(partner, pa.int64())),
            "rank": pa.array(rank, pa.int64()),
            "score": pa.array(score, pa.float64()),
            "reasons": pa.array(reasons, kind),
        }
    )


def _contributions(
    block: Sequence[tuple[str, str, np.ndarray]], weights: Weights, at: int, free: np.ndarray, best: np.ndarray
) -> dict[str, np.ndarray]:
    """Reason -> its part of the score of each of the best, against the average candidate."""
    out: dict[str, np.ndarray] = {}
    for name, reason, value in block:
        if name in weights.weight:
            x = value if value.ndim == 1 else value[at]
            part = weights.weight[name] * (x[best].astype(float) - float(x[free].mean(dtype=float)))
            out[reason] = out.get(reason, 0.0) + part
    return out


class _Words:
    """What to say of a pair for each reason."""

    def __init__(self, signals: Signals) -> None:
        self.signals = signals
        data = signals.data
        self.projects = np.diff(signals.b.indptr)
        self.groups = {g["name"]: g for g in signals.groups}
        self.themes = {t["name"]: t for t in signals.themes}
        self.amounts = {k: np.bincount(data.organisation, v, minlength=data.n) for k, v in data.amounts.items()}
        self.roles = {
            a.name: (a.values, most_common(a, data.organisation, data.n))
            for a in data.attributes
            if a.level == "participation"
        }

    def of(self, i: int, j: int, parts: Mapping[str, float]) -> list[dict[str, Any]]:
        """The reasons that raise the score, the strongest first."""
        strong = sorted(((w, r) for r, w in parts.items() if w > 0), key=lambda x: (-x[0], x[1]))[:_REASONS]
        return [{"reason": r, "weight": w, "detail": self._detail(r, i, j)} for w, r in strong]

    def _detail(self, reason: str, i: int, j: int) -> str:
        s = self.signals
        if reason == "partners":
            return self._shared(i, j)
        if reason == "active":
            return f"{self.projects[j]} joint projects, {int(s.degree[j])} partners"
        if reason in self.themes:
            t = self.themes[reason]
            both = t["near"][i] * t["share"][j]
            return f"at home in {t['values'][int(np.argmax(both))]}"
        if reason in self.groups:
            g = self.groups[reason]
            mine, theirs = (g["values"][g["own"][x]] if g["own"][x] >= 0 else "unknown" for x in (i, j))
            return f"both {mine}" if mine == theirs else f"{mine} with {theirs}"
        if reason in self.roles:
            values, own = self.roles[reason]
            return f"mostly {values[own[j]]}" if own[j] >= 0 else "unknown"
        return f"{self.amounts[reason][j]:,.0f} in all"

    def _shared(self, i: int, j: int) -> str:
        met = self.signals.met
        a, b = (met.indices[met.indptr[x] : met.indptr[x + 1]] for x in (i, j))
        both = np.intersect1d(a, b)
        if not len(both):
            return "partners of its partners"
        few = both[np.lexsort((both, self.signals.degree[both]))[:2]]  # who knows few says most
        names = ", ".join(str(self.signals.data.labels[int(x)]) for x in few)
        return f"{len(both)} shared partners ({names}{', ...' if len(both) > 2 else ''})"
