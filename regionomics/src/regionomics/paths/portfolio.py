"""The activities that raise a place's complexity most for the effort, as a whole and not one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from regionomics.complexity.economic import _reference
from regionomics.complexity.outlook import _parts
from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.paths._knapsack import greedy, knapsack
from regionomics.relatedness._presence import By, LabelledMatrix, Presence, run
from regionomics.relatedness.density import density_values
from regionomics.relatedness.measures import Method, Relatedness, checked
from regionomics.tables import PlaceActivity, Shown, encode, numbers, read_columns
from regionomics.unknown import tell_unknown


@dataclass(frozen=True, repr=False)
class NextActivities(Shown):
    """What to take up, and what it does.

    choices: place, budget (or target), activity, effort, pci: one row an activity to take up.
    places: place, budget (or target), eci (mean PCI of what it has), eci_after (and of what it takes up), effort (their
        sum), chosen (how many), bound (no choice could do better: the highest eci_after for the budget, or the least
        effort for the target), exact (the choice is as good as the bound). With a target that all options together do
        not reach, nothing is chosen, and eci_after, effort, bound and exact are null. All are null for a place that has
        no activity with a PCI.
    """

    choices: Any
    places: Any


def next_activities(
    table: Any,
    relatedness: Relatedness | None = None,
    *,
    budget: float | Sequence[float] | None = None,
    target: float | Sequence[float] | None = None,
    raise_by: float | Sequence[float] | None = None,
    effort: Any = None,
    pci: Any = None,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    method: Method | None = None,
    nodes: int = 10_000,
) -> NextActivities:
    """Choose for each place the new activities that raise its complexity most for a budget of effort, or most cheaply.

    With S the sum of the PCI of the n activities that the place has, and x_a = 1 for an option a that it takes up:

    - budget: largest (S + sum_a PCI_a x_a) / (n + sum_a x_a) with sum_a effort_a x_a <= budget
    - target (or the present value plus `raise_by`): least sum_a effort_a x_a with that mean >= target

    Both are solved as knapsacks, exactly, the first as a row of them (Dinkelbach). The PCI stays as it is: what one
    place takes up does not change it.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        relatedness, method: the relatedness of the default effort, as in `complexity_outlook`.
        budget, target, raise_by: exactly one; several values give a curve of cost and complexity.
        effort: table of place, activity and effort, in any unit, as `effort_model(...).effort`. A null or missing pair
            is no option; an effort below 0 counts as 0; what the place has already is not looked at. Default: the
            distance 1 - density (0..1) of each activity that the place lacks; 1 for one that is related to nothing.
        pci: table of activity and pci. Default: that of `economic_complexity` on the table.
        presence, threshold: as in `cooccurrence`.
        nodes: partial choices that a knapsack keeps side by side; where they do not suffice the best found stands
            beside its bound.
    Returns:
        NextActivities, with .choices and .places.
    Raises:
        InvalidTable: as `complexity_outlook`; a pair twice in effort.
        InvalidParameter: none or more than one of budget, target, raise_by; a budget < 0; effort with by.
    Source: Stojkoski and Hidalgo (2026), Research Policy 55, 105454, arXiv:2503.04476; Dinkelbach (1967),
        doi:10.1287/mnsc.13.7.492.
    """
    name, values = _limits(budget, target, raise_by)
    if effort is not None and by is not None:
        raise InvalidParameter(f"by={by!r} with effort=; call it for each group with that group's effort")
    if nodes < 1:
        raise InvalidParameter(f"nodes={nodes}; at least 1 is needed")
    phi = checked(relatedness)
    given = _reference(pci, activity, "pci", "pci")

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        near = phi if phi is not None or effort is None else _unrelated(data)
        parts = _parts(data, near, given, presence, threshold, method, None)
        m = parts.m.toarray() > 0
        if effort is None:
            dear = 1 - density_values(parts.m, parts.phi, unknown=0.0)
        else:
            dear = _efforts(effort, (place, activity), data.places, parts.labels)
        dear = np.where(~m & parts.known[None, :], np.maximum(dear, 0.0), np.nan)
        rows: list[dict[str, Any]] = []
        picked: list[tuple[int, float, int, float, float]] = []
        for p in range(m.shape[0]):
            own = parts.pci[m[p] & parts.known]
            options = np.flatnonzero(~np.isnan(dear[p]))
            for limit in values:
                row, taken = _best(own, parts.pci[options], dear[p, options], name, limit, nodes)
                rows.append({"p": p, **row})
                at = row[_column(name)]
                picked += [(p, at, int(o), dear[p, o], parts.pci[o]) for o in options[taken]]
        of_places = _places(rows, data)
        tell_unknown(data, {"places": {data.names[0]: of_places[data.names[0]], "eci": of_places["eci"]}})
        return {"choices": _choices(picked, data, parts.labels, _column(name)), "places": of_places}

    # an `eci_after` of null says that a target is out of reach
    return NextActivities(**run(table, by, (place, activity, value), calculate, tells=True))


def _limits(budget: Any, target: Any, raise_by: Any) -> tuple[str, list[float]]:
    asked = {k: v for k, v in (("budget", budget), ("target", target), ("raise_by", raise_by)) if v is not None}
    if len(asked) != 1:
        raise InvalidParameter(f"{', '.join(asked) or 'nothing'} given; give exactly one of budget, target, raise_by")
    name, value = next(iter(asked.items()))
    values = np.atleast_1d(np.asarray(value, dtype=float))
    if not len(values) or not np.isfinite(values).all() or (name == "budget" and (values < 0).any()):
        raise InvalidParameter(f"{name}={value!r}; it must be finite{', and >= 0' if name == 'budget' else ''}")
    return name, values.tolist()


def _column(name: str) -> str:
    return "budget" if name == "budget" else "target"


def _unrelated(data: PlaceActivity) -> Relatedness:
    """No relatedness at all, where the efforts are given and nothing needs it."""
    none = sparse.csr_array((len(data.activities), len(data.activities)))
    return Relatedness(LabelledMatrix(none, data.activities, data.activities), "none", "ubiquity", 0)


def _efforts(table: Any, names: tuple[str, str], places: pa.Array, activities: pa.Array) -> np.ndarray:
    """(n_places, n_activities), NaN where there is no row or a null."""
    arrow, _ = read_columns(table, (*names, "effort"))
    arrow = arrow.filter(pc.invert(pc.is_null(arrow["effort"], nan_is_null=True)))
    at = []
    for name, labels in zip(names, (places, activities), strict=True):
        codes = encode(arrow[name], f"effort: {name}")
        if len(codes.labels) and codes.labels.type != labels.type:
            raise InvalidTable(f"effort: {name} is {codes.labels.type}, in the table {labels.type}; use one type")
        found = pc.index_in(codes.labels, value_set=labels).fill_null(-1).to_numpy(zero_copy_only=False)
        at.append(found[codes.codes] if len(codes.labels) else np.zeros(0, np.int64))
    worth = numbers(arrow["effort"], "effort", nonnegative=False)
    keep = (at[0] >= 0) & (at[1] >= 0)
    row, col, worth = at[0][keep], at[1][keep], worth[keep]
    flat, count = np.unique(row * len(activities) + col, return_counts=True)
    if (count > 1).any():
        first = int(flat[np.argmax(count > 1)])
        raise InvalidTable(
            f"effort: {places[first // len(activities)]}, {activities[first % len(activities)]} appears "
            f"{int(count.max())} times; give one row each"
        )
    out = np.full((len(places), len(activities)), np.nan)
    out[row, col] = worth
    return out


def _best(
    own: np.ndarray, pci: np.ndarray, dear: np.ndarray, name: str, limit: float, nodes: int
) -> tuple[dict[str, Any], np.ndarray]:
    """The row of one place and one limit, and which options are taken (bool)."""
    nothing = np.zeros(len(pci), dtype=bool)
    unknown: dict[str, Any] = {"eci_after": None, "effort": None, "chosen": 0, "bound": None, "exact": None}
    if not len(own):
        return {_column(name): None if name == "raise_by" else limit, "eci": None, **unknown}, nothing
    eci = float(own.mean())
    if name == "budget":
        taken, bound = _dinkelbach(own, pci, dear, limit, nodes)
    else:
        limit = limit if name == "target" else eci + limit
        found = _cheapest(own, pci, dear, limit, nodes)
        if found is None:
            return {"target": limit, "eci": eci, **unknown}, nothing
        taken, bound = found
    after = float((own.sum() + pci[taken].sum()) / (len(own) + taken.sum()))
    spent = float(dear[taken].sum())
    gap = bound - after if name == "budget" else spent - bound
    scale = float(max(np.abs(pci).max(initial=0), np.abs(own).max())) if name == "budget" else float(dear.sum())
    return {
        _column(name): limit,
        "eci": eci,
        "eci_after": after,
        "effort": spent,
        "chosen": int(taken.sum()),
        "bound": bound,
        "exact": bool(gap <= 1e-6 * max(scale, 1e-300)),
    }, taken


def _dinkelbach(
    own: np.ndarray, pci: np.ndarray, dear: np.ndarray, budget: float, nodes: int
) -> tuple[np.ndarray, float]:
    """Which options give the highest mean, and a bound on any mean.

    At a mean t the best sum of (PCI - t) above the present one, F(t), is 0 only where t is the best mean; else the
    choice that gives F(t) has a higher mean.
    """
    n, total = len(own), float(own.sum())
    taken, mean = np.zeros(len(pci), dtype=bool), total / n
    proved = False
    while True:
        # a good choice at once brings the mean near its end; the best one is asked for from there on
        found, most = knapsack(pci - mean, dear, budget, nodes) if proved else (greedy(pci - mean, dear, budget), 0.0)
        better = (total + float(pci[found].sum())) / (n + int(found.sum()))
        if better > mean + 1e-13 * max(abs(mean), 1.0):
            taken, mean = found, better
        elif proved:
            return taken, mean + max(most + total - n * mean, 0.0) / (n + 1)
        else:
            proved = True


def _cheapest(
    own: np.ndarray, pci: np.ndarray, dear: np.ndarray, target: float, nodes: int
) -> tuple[np.ndarray, float] | None:
    """Which options reach the target for least effort, and a bound on any effort; None where all do not reach it.

    The same problem as leaving out as much effort as one can while the target still holds.
    """
    short = float((target - own).sum())
    if short <= 1e-12 * max(float(np.abs(own).sum()), 1e-300):
        return np.zeros(len(pci), dtype=bool), 0.0
    helps = np.flatnonzero(pci > target)
    surplus = pci[helps] - target
    spare = float(surplus.sum()) - short
    if spare < -1e-12 * short:
        return None
    left, most = knapsack(dear[helps], surplus, max(spare, 0.0), nodes)
    taken = np.zeros(len(pci), dtype=bool)
    taken[helps[~left]] = True
    return taken, max(float(dear[helps].sum()) - most, 0.0)


def _choices(
    picked: list[tuple[int, float, int, float, float]], data: PlaceActivity, labels: pa.Array, limit: str
) -> Any:
    p, at, a, dear, pci = (list(c) for c in zip(*picked, strict=True)) if picked else ([], [], [], [], [])
    return {
        data.names[0]: data.places.take(pa.array(p, pa.int64())),
        limit: pa.array(at, pa.float64()),
        data.names[1]: labels.take(pa.array(a, pa.int64())),
        "effort": pa.array(dear, pa.float64()),
        "pci": pa.array(pci, pa.float64()),
    }


def _places(rows: list[dict[str, Any]], data: PlaceActivity) -> Any:
    kinds = {"chosen": pa.int64(), "exact": pa.bool_()}
    return {
        data.names[0]: data.places.take(pa.array([r["p"] for r in rows], pa.int64())),
        **{k: pa.array([r[k] for r in rows], kinds.get(k, pa.float64())) for k in rows[0] if k != "p"},
    }
