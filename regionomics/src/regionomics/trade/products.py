"""Means of a fact about places over those that have a product, and over the products that a place has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from regionomics.complexity.economic import _reference
from regionomics.errors import InvalidParameter, InvalidTable, once_a_call
from regionomics.relatedness._presence import By, Presence, presence_matrix
from regionomics.specialisation.concentration import all_given
from regionomics.specialisation.structure import shares
from regionomics.tables import Family, PlaceActivity, by_groups, encode
from regionomics.unknown import tell_unknown

Fact = str | Mapping[Any, float | None]
"""One number a place: the name of a column of the table, or place -> number; null where it is not known."""

# Note [Places without the fact]: inequality and emissions are not measured everywhere. Such a place still counts in the
# location quotients of the others, and takes no part in the mean. To drop its rows instead would move the quotients.


def prody(
    table: Any,
    *,
    income: Fact,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
) -> Any:
    """Give the income that goes with each product: the mean income of the places, weighted by how special it is there.

    prody[a] = sum_p w[p, a] y[p] / sum_p w[p, a], with w[p, a] = x[p, a] / x[p, .] the product's share in the place
    and y[p] the place's income a head. Location quotients as weights give the same.

    Args:
        table: one row per (place, activity), value >= 0, such as exports; an absent pair means 0. Or a PlaceActivity.
        income: the name of a column with one number a place, or a mapping from place to number; null (None) where it
            is not known: the place is then not part of the mean. A PlaceActivity takes no column.
        by: further keys (year).
    Returns:
        activity, prody (unit of the income; null where no place of known income has it), places (number of places
        that the mean is over).
    Raises:
        InvalidTable: a pair twice, nulls, negatives; two incomes for one place.
        InvalidParameter: a mapping without one of the places.
    Source: Hausmann, Hwang and Rodrik (2007), doi:10.1007/s10887-006-9009-4.
    """

    def calculate(data: PlaceActivity, fact: np.ndarray) -> dict[str, Any]:
        mean, places = _mean(shares(data)[0], fact)
        return {data.names[1]: data.activities, "prody": mean, "places": places}

    return _with_fact(table, by, (place, activity, value), "income", income, calculate)


def expy(
    table: Any,
    *,
    income: Fact | None = None,
    prody: Any = None,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
) -> Any:
    """Give the income that goes with what a place makes: the mean `prody` of its products, weighted by their shares.

    expy[p] = sum_a s[p, a] prody[a], with s[p, a] = x[p, a] / x[p, .].

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        income: from which `prody` is computed, as there; or
        prody: table of activity and prody from elsewhere: of the world for a country's regions, or a mean over years,
            as in the paper. Give one of the two.
        by: further keys (year).
    Returns:
        place, expy (unit of the income; the mean is over the products whose prody is known; null where none is),
        covered (share of the place's values in such products, 0..1; null where it has nothing).
    Raises:
        InvalidTable: a pair twice, nulls, negatives; a product twice in `prody`, or products of another type there.
        InvalidParameter: both or none of income and prody; a mapping without one of the places.
    Source: Hausmann, Hwang and Rodrik (2007), doi:10.1007/s10887-006-9009-4.
    """
    if (income is None) == (prody is None):
        raise InvalidParameter(f"income={income!r} and prody={prody!r}; give one of the two")
    given = _reference(prody, activity, "prody", "prody")

    def calculate(data: PlaceActivity, fact: np.ndarray) -> dict[str, Any]:
        own, _ = shares(data)
        level = _mean(own, fact)[0] if given is None else _looked_up(data, given)
        known = ~np.isnan(level)
        covered = np.minimum(own @ known.astype(float), 1.0)
        total = np.asarray(own @ np.where(known, level, 0.0))
        found = np.divide(total, covered, out=np.full(len(total), np.nan), where=covered > 0)
        return {
            data.names[0]: data.places,
            "expy": found,
            "covered": np.where(np.diff(own.indptr) > 0, covered, np.nan),
        }

    return _with_fact(table, by, (place, activity, value), "income", income, calculate)


def product_gini(
    table: Any,
    *,
    gini: Fact,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
) -> Any:
    """Give the income inequality that goes with each product: the mean Gini of the places that have it.

    PGI[a] = sum_p M[p, a] s[p, a] Gini[p] / sum_p M[p, a] s[p, a], with M[p, a] = 1 where the place has the product and
    s[p, a] = x[p, a] / x[p, .] its share there.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        gini: of incomes within each place: a column with one number a place, or a mapping from place to number; null
            (None) where it is not known: the place is then not part of the mean, but still counts in the location
            quotients. A PlaceActivity takes no column.
        by: further keys (year).
        presence: "rca" where the location quotient is >= threshold, "value" where the value itself is, "given" where
            the values are 0 and 1 already.
    Returns:
        activity, product_gini (unit of the Gini; null where no place of known Gini has it), places (number of places
        that the mean is over).
    Raises:
        InvalidTable: a pair twice, nulls, negatives; two Ginis for one place.
        InvalidParameter: an unknown presence, a threshold <= 0, a mapping without one of the places.
    Source: Hartmann, Guevara, Jara-Figueroa, Aristarán and Hidalgo (2017), doi:10.1016/j.worlddev.2016.12.020.
    """
    columns = (place, activity, value)
    return _of_those_who_have_it(table, by, columns, presence, threshold, "gini", gini, "product_gini")


def product_emissions(
    table: Any,
    *,
    emissions: Fact,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
) -> Any:
    """Give the emission intensity that goes with each product: the mean intensity of the places that have it (PEII).

    PEII[a] = sum_p M[p, a] s[p, a] E[p] / sum_p M[p, a] s[p, a], with M[p, a] = 1 where the place has the product,
    s[p, a] = x[p, a] / x[p, .] its share there, and E[p] the place's emissions a unit of output.

    Args:
        emissions: emissions a unit of output (kilotons of CO2 equivalent a billion dollars, say), as `gini` in
            `product_gini`.
        table, by, presence, threshold: as `product_gini`.
    Returns:
        activity, product_emissions (unit of the emissions; null where no place of known emissions has it), places
        (number of places that the mean is over).
    Raises: as `product_gini`.
    Source: Romero and Gramkow (2021), doi:10.1016/j.worlddev.2020.105317.
    """
    columns = (place, activity, value)
    return _of_those_who_have_it(table, by, columns, presence, threshold, "emissions", emissions, "product_emissions")


def _of_those_who_have_it(
    table: Any,
    by: By,
    columns: tuple[str, str, str],
    presence: Presence,
    threshold: float,
    name: str,
    fact: Fact,
    answer: str,
) -> Any:
    def calculate(data: PlaceActivity, known: np.ndarray) -> dict[str, Any]:
        m = presence_matrix(data, presence, threshold)
        mean, places = _mean(sparse.csr_array(m * shares(data)[0]), known)
        return {data.names[1]: data.activities, answer: mean, "places": places}

    return _with_fact(table, by, columns, name, fact, calculate)


def _mean(weights: sparse.csr_array, fact: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the places' fact by activity, and over how many places; see Note [Places without the fact]."""
    known = ~np.isnan(fact)
    total = np.asarray(weights.T @ known.astype(float))
    of = np.asarray(weights.T @ np.where(known, fact, 0.0))
    places = np.bincount(weights.indices[np.repeat(known, np.diff(weights.indptr))], minlength=weights.shape[1])
    return np.divide(of, total, out=np.full(len(total), np.nan), where=total > 0), places.astype(np.int64)


def _looked_up(data: PlaceActivity, given: tuple[pa.Array, np.ndarray]) -> np.ndarray:
    labels, values = given
    if labels.type != data.activities.type:
        raise InvalidTable(
            f"prody: activities are {labels.type}, those of the table {data.activities.type}; use one type"
        )
    at = pc.index_in(data.activities, value_set=labels).fill_null(-1).to_numpy(zero_copy_only=False)
    return np.where(at >= 0, values[at], np.nan)


def _with_fact(
    table: Any,
    by: By,
    columns: tuple[str, str, str],
    name: str,
    fact: Fact | None,
    calculate: Callable[[PlaceActivity, np.ndarray], dict[str, Any]],
) -> Any:
    """`calculate` with one number a place, NaN where unknown or where no fact is asked for; for each group of `by`."""
    column = fact if isinstance(fact, str) else None
    if isinstance(table, PlaceActivity):
        if by is not None or column is not None:
            asked = f"by={by!r}" if by is not None else f"{name}={column!r}"
            raise InvalidParameter(
                f"{asked} needs a table with that column; a PlaceActivity holds none, "
                f"so pass {name} as a mapping from place to number"
            )
        with once_a_call():
            answer = calculate(table, _by_place(table, fact, name))
            tell_unknown(table, {"f": answer})
        return table.family.emit(answer)

    def group(arrow: pa.Table, family: Family) -> dict[str, Any]:
        data = PlaceActivity._from_arrow(arrow.select(columns), columns, family)
        found = _by_place(data, fact, name) if column is None else _one_each(arrow, columns[0], column)
        answer = calculate(data, found)
        tell_unknown(data, {"f": answer})
        return {"f": answer}

    return by_groups(table, by, [*columns, *([column] if column else [])], group)["f"]


def _by_place(data: PlaceActivity, fact: Any, name: str) -> np.ndarray:
    if fact is None:
        return np.full(data.shape[0], np.nan)
    found = []
    places = data.places.to_pylist()
    all_given(fact, places, name, "place", "None if it is not known")
    for label in places:
        number = fact[label]
        if number is not None and not isinstance(number, int | float | Decimal | np.number):
            raise InvalidParameter(
                f"{name} is {number!r} for the place {label!r}; give a number, None if it is not known"
            )
        found.append(np.nan if number is None else float(number))
    values = np.array(found)
    if np.isinf(values).any():
        raise InvalidParameter(f"{name} is infinite for a place; give a number, or None if it is not known")
    return values


def _one_each(arrow: pa.Table, place: str, column: str) -> np.ndarray:
    """The one number of `column` that the rows of each place share, in label order; NaN where it is null."""
    label = encode(arrow[place], place)
    kind = arrow[column].type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise InvalidTable(f"{column} holds {kind}, not numbers; convert it before the call")
    number = np.asarray(arrow[column].cast(pa.float64()).to_numpy(), dtype=float)
    if np.isinf(number).any():
        raise InvalidTable(f"{column} is infinite in {int(np.isinf(number).sum())} rows; null means not known")
    first = np.full(len(label.labels), np.nan)
    first[label.codes[::-1]] = number[::-1]
    wrong = ~((number == first[label.codes]) | (np.isnan(number) & np.isnan(first[label.codes])))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise InvalidTable(
            f"{column} is {first[label.codes[at]]:g} and {number[at]:g} for {label.labels[int(label.codes[at])]} "
            f"({len(np.unique(label.codes[wrong]))} in all differ); it needs one number a place"
        )
    return first
