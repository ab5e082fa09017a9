"""How unevenly an activity is spread over places, against a yardstick: equal shares, all activities, population."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable, once_a_call
from regionomics.relatedness._presence import By, columns_of, one_of, pairs
from regionomics.specialisation.evenness import Of, oriented
from regionomics.tables import Family, PlaceActivity, by_groups, encode, numbers
from regionomics.unknown import tell_left_out, tell_unknown

Weights = str | Mapping[Any, float]
"""The yardstick: "equal", "total", the name of a column, or label -> number."""

# Note [Yardsticks]: every index of this module compares an activity's shares of the places with other shares of these
# places, the weights. "equal": 1 each. "total": the places' totals over all activities. A column of the table (its
# population, its area) holds one number a place, the same on each of its rows; a mapping gives it by label.


def gini(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    of: Of = "activity",
    weights: Weights = "equal",
    normalise: bool = False,
) -> Any:
    """Say how unequal the places' amounts of each activity are, 0 for equal ones.

    G[a] = 1 - sum_k w[k] (N[k] + N[k - 1]), with places k in rising order of amount per weight, w their shares of the
    weights and N the running sum of their shares of the activity: twice the area between the Lorenz curve and the
    diagonal.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        by: further keys (year, country).
        of: "activity" over places, or "place" over activities (read "place" and "activity" the other way round below).
        weights: "equal" for each place of the table, those with zeros only among them; "total" for the places' totals;
            the name of a column with one number a place (population: the Hoover Gini); or a mapping from place to
            number. A PlaceActivity takes no column.
        normalise: divide by the largest G there can be, 1 less the smallest weight above 0 (with equal weights n places
            give (n - 1) / n).
    Returns:
        activity (or place), gini (0..1; null where there is nothing at all and, normalised, where one place only has a
        weight).
    Raises:
        InvalidTable: a pair twice, nulls, negatives; weights that differ within a place, or that add up to 0.
        InvalidParameter: an unknown `of`, a mapping without one of the places.
    Source: Gini (1914), Sulla misura della concentrazione e della variabilità dei caratteri; with weights: Hoover
        (1936), doi:10.2307/1927875.
    """

    def calculate(x: sparse.csr_array, weight: np.ndarray) -> np.ndarray:
        found = _ginis(x, weight)
        if not normalise:
            return found
        most = 1 - weight[weight > 0].min() / weight.sum()
        return np.minimum(found / most, 1.0) if (weight > 0).sum() > 1 else np.full(len(found), np.nan)

    return _indices(table, by, (place, activity, value), of, weights, "gini", calculate)


def locational_gini(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    maximum: float = 0.5,
) -> Any:
    """Say how differently each activity is spread over places than all activities together.

    The area between the diagonal and the curve of the activity's shares over the places' shares of everything, places
    in rising order of location quotient: half of `gini(weights="total")`.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        by: further keys (year, country).
        maximum: 0.5 for the area itself, as Krugman has it; 1 for twice the area, as a Gini coefficient.
    Returns:
        activity, locational_gini (0 = spread as everything, towards `maximum`; null where nobody has it).
    Raises:
        InvalidTable: a pair twice, nulls, negatives. InvalidParameter: another `maximum`.
    Source: Krugman (1991), Geography and Trade, MIT Press, pp. 55-59.
    """
    one_of("maximum", maximum, (0.5, 1))

    def calculate(x: sparse.csr_array, weight: np.ndarray) -> np.ndarray:
        return maximum * _ginis(x, weight)

    return _indices(table, by, (place, activity, value), "activity", "total", "locational_gini", calculate)


def hoover_index(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    weights: Weights = "total",
    scale: float = 1.0,
) -> Any:
    """Say what share of each activity would have to move for it to be spread over places as the yardstick is.

    H[a] = 1/2 sum_p |x[p, a] / x[., a] - w[p] / w[.]|.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        by: further keys (year, country).
        weights: "total" for the places' totals over all activities; "equal"; the name of a column with one number a
            place (population); or a mapping from place to number. A PlaceActivity takes no column.
        scale: the largest value; 100 gives percent.
    Returns:
        activity, hoover_index (0..scale; null where nobody has it).
    Raises:
        InvalidTable: a pair twice, nulls, negatives; weights that differ within a place, or that add up to 0.
        InvalidParameter: a scale <= 0, a mapping without one of the places.
    Source: Hoover (1936), The Measurement of Industrial Localization, doi:10.2307/1927875.
    """
    if not scale > 0:
        raise InvalidParameter(f"scale={scale!r}; it must be > 0, such as 1 or 100")

    def calculate(x: sparse.csr_array, weight: np.ndarray) -> np.ndarray:
        share = weight / weight.sum()
        found = np.full(x.shape[0], np.nan)
        for row, p, v in _rows(x):
            found[row] = scale * min(np.maximum(v / v.sum() - share[p], 0.0).sum(), 1.0)
        return found

    return _indices(table, by, (place, activity, value), "activity", weights, "hoover_index", calculate)


def concentration_curve(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    of: Of = "activity",
    weights: Weights = "equal",
) -> Any:
    """Give the points of each activity's Lorenz curve over places (with weights: its Hoover curve).

    Places stand in rising order of amount per weight; `weight_share` and `value_share` are the running sums of their
    shares of the weights and of the activity. Ties stand in the order of their labels.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        by: further keys (year, country).
        of: "activity" over places, or "place" over activities (read "place" and "activity" the other way round).
        weights: "equal" (Lorenz); "total" for the places' totals (the curve of the locational Gini); the name of a
            column with one number a place (population: Hoover); or a mapping from place to number. A PlaceActivity
            takes no column.
    Returns:
        activity, step (0 .. number of places), place (null at step 0, the origin), weight_share, value_share (0..1).
        An activity that nobody has has no rows.
    Raises:
        InvalidTable: a pair twice, nulls, negatives; weights that differ within a place, or that add up to 0.
        InvalidParameter: an unknown `of`, a mapping without one of the places.
    Source: Lorenz (1905), doi:10.2307/2276207; Hoover (1936), doi:10.2307/1927875.
    """
    one_of("of", of, Of)
    columns = (place, activity, value)
    other: Of = "activity" if of == "place" else "place"
    over = columns[("place", "activity").index(other)]

    def calculate(data: PlaceActivity, weight: np.ndarray) -> pa.Table:
        x, label, labels, others = oriented(data, of)
        about, who, rise, run = [], [], [], []
        tell_unknown(data, {}, compares=of == "activity")
        tell_left_out(data, np.flatnonzero(np.diff(x.indptr) == 0), of, "curve")
        for row, p, v in _rows(x):
            amount = np.zeros(x.shape[1])
            amount[p] = v
            order = _rising(amount, weight)
            about.append(row)
            who.append(order)
            rise.append(np.concatenate(([0.0], _running(weight[order]))))
            run.append(np.concatenate(([0.0], _running(amount[order]))))
        n = x.shape[1]
        start = np.full(1, n)  # one past the last label: null
        ranked = np.concatenate([np.concatenate((start, each)) for each in who]) if who else np.zeros(0, int)
        named = pa.concat_arrays([others, pa.nulls(1, others.type)]).take(pa.array(ranked))
        body = pairs({label: (labels, np.repeat(np.array(about, dtype=int), n + 1))})
        flat = [np.concatenate(parts) if parts else np.zeros(0) for parts in (rise, run)]
        return pa.table(
            {
                label: body[label],
                "step": pa.array(np.tile(np.arange(n + 1), len(about))),
                over: named,
                "weight_share": pa.array(flat[0]),
                "value_share": pa.array(flat[1]),
            }
        )

    return weighed(table, by, columns, other, weights, calculate, tells=True)


# --- yardsticks -------------------------------------------------------------------------------------------------------
def _indices(
    table: Any,
    by: By,
    columns: tuple[str, str, str],
    of: Of,
    weights: Weights,
    name: str,
    index: Callable[[sparse.csr_array, np.ndarray], np.ndarray],
) -> Any:
    """`index` of each row of the oriented matrix, as a table."""
    one_of("of", of, Of)

    def calculate(data: PlaceActivity, weight: np.ndarray) -> pa.Table:
        x, label, labels, _ = oriented(data, of)
        found = index(x, weight) if x.nnz else np.full(x.shape[0], np.nan)
        return pairs({label: (labels, np.arange(len(labels)))}, **{name: found})

    return weighed(
        table, by, columns, "activity" if of == "place" else "place", weights, calculate, compares=of == "activity"
    )


def weighed(
    table: Any,
    by: By,
    columns: tuple[str, str, str],
    about: Of,
    weights: Weights,
    calculate: Callable[[PlaceActivity, np.ndarray], pa.Table],
    *,
    compares: bool = True,
    tells: bool = False,
) -> Any:
    """`calculate` with the weights of the places (activities) in `about`; the whole table, or each group of `by`."""
    column = weights if isinstance(weights, str) and weights not in ("equal", "total") else None
    if isinstance(table, PlaceActivity):
        if by is not None or column is not None:
            asked = f"by={by!r}" if by is not None else f"weights={column!r}"
            raise InvalidParameter(
                f"{asked} needs a table with that column; a PlaceActivity holds none, "
                "so pass weights as a mapping from label to number"
            )
        with once_a_call():
            answer = calculate(table, _weights(table, about, weights, None))
            if not tells:
                tell_unknown(table, {"w": answer}, compares=compares)
        return table.family.emit(answer)

    def group(arrow: pa.Table, family: Family) -> dict[str, Any]:
        data = PlaceActivity._from_arrow(arrow.select(columns), columns, family)
        given = None if column is None else one_each(arrow, columns[0] if about == "place" else columns[1], column)
        answer = calculate(data, _weights(data, about, weights, given))
        if not tells:
            tell_unknown(data, {"w": answer}, compares=compares)
        return {"w": columns_of(answer)}

    return by_groups(table, by, [*columns, *([column] if column else [])], group)["w"]


def _weights(data: PlaceActivity, about: Of, weights: Weights, given: np.ndarray | None) -> np.ndarray:
    """The weight of each place (activity), see Note [Yardsticks]."""
    labels = data.places if about == "place" else data.activities
    if given is not None:
        found = given
    elif isinstance(weights, str):
        totals = np.asarray(data.values.sum(axis=1 if about == "place" else 0))
        return totals if weights == "total" else np.ones(len(labels))
    else:
        every = labels.to_pylist()
        all_given(weights, every, "weights", about, "0 if it has none")
        found = np.array([of_label(weights, label, about) for label in every])
    if not found.sum() > 0:
        raise InvalidTable(f"the weights add up to {found.sum():g}; give at least one {about} a weight above 0")
    return found


def all_given(given: Mapping[Any, Any], labels: list[Any], name: str, about: str, none: str) -> None:
    """Raises InvalidParameter where the mapping lacks labels, with how many and the first of them."""
    missing = [label for label in labels if label not in given]
    if missing:
        one = len(missing) == 1
        some = ", ".join(map(repr, missing[:10])) + (" ..." if len(missing) > 10 else "")
        raise InvalidParameter(
            f"{name} has no number for the {about} {some}; add it, {none}"
            if one
            else f"{name} has no number for {len(missing)} of {len(labels)} {about}s: {some}; add them, {none}"
        )


def of_label(weights: Mapping[Any, float], label: Any, about: str, name: str = "weights") -> float:
    """The number that a mapping has for the label. Raises InvalidParameter where it has none, or one below 0."""
    if label not in weights:
        raise InvalidParameter(f"{name} has no number for the {about} {label!r}; add it, 0 if it has none")
    number = weights[label]
    if not isinstance(number, int | float | Decimal | np.number):
        raise InvalidParameter(f"{name} is {number!r} for the {about} {label!r}; it must be a number, 0 if it has none")
    number = float(number)
    if not (math.isfinite(number) and number >= 0):
        raise InvalidParameter(f"{name} is {number:g} for the {about} {label!r}; it must be finite and >= 0")
    return number


def one_each(arrow: pa.Table, over: str, column: str) -> np.ndarray:
    """The one number of `column` that the rows of each label of `over` share, in label order."""
    label, number = encode(arrow[over], over), numbers(arrow[column], column)
    first = np.full(len(label.labels), np.nan)
    first[label.codes[::-1]] = number[::-1]
    wrong = number != first[label.codes]
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise InvalidTable(
            f"{column} is {first[label.codes[at]]:g} and {number[at]:g} for {label.labels[int(label.codes[at])]} "
            f"({len(np.unique(label.codes[wrong]))} in all differ); it needs one number a {over}"
        )
    return first


# --- curves -----------------------------------------------------------------------------------------------------------
def _rows(x: sparse.csr_array) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Row number, positions and values of each row that has any."""
    for row in np.flatnonzero(np.diff(x.indptr)):
        at = slice(int(x.indptr[row]), int(x.indptr[row + 1]))
        yield int(row), x.indices[at], x.data[at]


def _ginis(x: sparse.csr_array, weight: np.ndarray) -> np.ndarray:
    """Gini coefficient of each row, NaN for an empty one. Places without anything come first and add no area."""
    share = weight / weight.sum()
    found = np.full(x.shape[0], np.nan)
    for row, p, v in _rows(x):
        order = np.argsort(_ratio(v, weight[p]))
        running = np.cumsum(v[order])
        below = np.concatenate(([0.0], running[:-1]))
        found[row] = max(1 - float(share[p][order] @ (running + below)) / running[-1], 0.0)
    return found


def _ratio(amount: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Amount per weight; infinite where there is an amount without weight, 0 where there is neither."""
    none = np.where(amount > 0, np.inf, 0.0)
    return np.asarray(np.divide(amount, weight, out=none, where=weight > 0))


def _rising(amount: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Positions in rising order of amount per weight; ratios that differ by rounding only keep the labels' order."""
    ratio = _ratio(amount, weight)
    order = np.argsort(ratio, kind="stable")
    apart = ratio[order][1:] > ratio[order][:-1] * (1 + 1e-12)
    level = np.concatenate(([0], np.cumsum(apart)))
    return np.asarray(order[np.lexsort((order, level))])


def _running(values: np.ndarray) -> np.ndarray:
    """Running shares; the last is exactly 1."""
    sums = np.cumsum(values)
    return np.asarray(sums / sums[-1])
