"""What an answer leaves unknown, said aloud: nulls with their count, the labels they are about and why.

Note [Null is said]: a place or an activity with nothing, and a table of one place, are no faults of a table, so that
they are answered, with null or with what holds for one place. But the caller hears of it, once a call, as an
`InputWarning`, where the answer depends on it. Functions that tell the reasons themselves are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InputWarning, warn
from regionomics.tables import Columns, PlaceActivity, some_of

Of = Literal["place", "activity"]
Gap = tuple[str, str, pa.Array, np.ndarray]  # the step for people, name of the column, its labels, which of them (bool)
NO_ROW, ADD_ROWS = "no row in one of the two periods", "add rows with 0 where there was nothing"


def tell_unknown(
    data: PlaceActivity, results: Mapping[str, Columns | pa.Table], *, compares: bool = True, when: str = ""
) -> None:
    """Warn of the nulls in the results, and where `compares` of a table in which one place only has anything.

    when: what else than nothing being there makes an answer null.
    """
    said = _counted(results)
    if said:
        why = reasons(data)
        because = f": {'; '.join(why)}; leave them out, or read null as unknown" if why else ""
        otherwise = f" (null {when})" if when else "" if why else "; its docstring says when it is"
        warn("; ".join(said) + otherwise + because, InputWarning)
    if compares:
        tell_alone([("", data.values)], data.places, data.names[0])


def tell_null(results: Mapping[str, Columns | pa.Table], why: str, *, of: Sequence[str] | None = None) -> None:
    """Warn of the nulls of an answer that is not about places and activities. of: the columns to look at."""
    chosen = {name: {k: columns[k] for k in of or _names(columns)} for name, columns in results.items()}
    said = _counted(chosen)
    if said:
        warn(f"{'; '.join(said)}: {why}; read null as unknown", InputWarning)


def _names(columns: Columns | pa.Table) -> list[str]:
    return list(columns.column_names) if isinstance(columns, pa.Table) else list(columns)


def _counted(results: Mapping[str, Columns | pa.Table]) -> list[str]:
    """How many rows of which columns are null, in words."""
    said: list[str] = []
    for columns in results.values():
        names = _names(columns)
        counts = {name: _nulls(columns[name]) for name in names}
        if any(counts.values()):
            rows = len(columns[names[0]])
            by_count: dict[int, list[str]] = {}
            for name, count in counts.items():
                by_count.setdefault(count, []).append(name)
            said += [f"{' and '.join(v)} null in {k:,} of {rows:,} rows" for k, v in by_count.items() if k]
    return said


def tell_alone(parts: Sequence[tuple[str, sparse.csr_array]], places: pa.Array, place: str) -> None:
    """Warn of parts of a table ("year 2020", or "" for the whole; values) in which one place only has anything."""
    alone = [(part, having) for part, x in parts if len(having := np.flatnonzero(np.diff(x.indptr))) == 1]
    if alone:
        part, having = alone[0]
        others = f" (and likewise in {len(alone) - 1} more)" if len(alone) > 1 else ""
        warn(
            f"{places[int(having[0])]} is the only {place} that has anything{f' in {part}' if part else ''}{others}: "
            "there is no other to compare it with, and the answer says nothing about it; give the table of all of them",
            InputWarning,
        )


def tell_unknown_pairs(data: PlaceActivity, values: np.ndarray, of: str, column: str) -> None:
    """`tell_unknown` for a square matrix (n, n) over the places or the activities (`of`): a label is unknown where
    nothing is known of it and any other."""
    n = len(values)
    lone = np.isnan(values).sum(axis=1) - np.isnan(values.diagonal()) == n - 1 if n > 1 else np.isnan(values[0])
    tell_unknown(data, {column: {of: np.arange(n), column: np.where(lone, np.nan, 0.0)}})


def tell_left_out(data: PlaceActivity, empty: np.ndarray, of: Of, what: str) -> None:
    """Warn that the answer has no rows for the places (activities) at the positions `empty`."""
    if len(empty):
        labels = data.places if of == "place" else data.activities
        warn(f"no {what} for {some_of(labels.take(pa.array(empty)), 3)}: nothing there", InputWarning)


def tell_nothing(answers: str, labels: pa.Array, empty: np.ndarray, name: str, value: str) -> None:
    """Warn that `answers` are null for the labels marked in `empty`, (n_labels,) bool: they have nothing at all."""
    tell_of(answers, labels, empty, f"no {value} above 0 for {name}", "leave them out, or read null as unknown")


def tell_of(answers: str, labels: pa.Array, which: np.ndarray, why: str, remedy: str) -> None:
    """Warn that `answers` are null for the labels marked in `which`, (n_labels,) bool, with the reason before them."""
    for text in _some(labels, which, why):
        warn(f"{answers} null: {text}; {remedy}", InputWarning)


def tell_gaps(answers: str, time: str, found: Sequence[Gap], why: str, remedy: str) -> None:
    """Warn of labels that have nothing to compare between periods, once for all steps of a panel.

    found: the gaps of each step ("2019 to 2020").
    """
    hit = [each for each in found if each[3].any()]
    if not hit:
        return
    first = hit[0][0]
    what = " and ".join(
        text for step, name, labels, which in hit if step == first for text in _some(labels, which, name)
    )
    others = len({step for step, *_ in hit} - {first})
    more = f" and the like in {others} more step{'s' if others > 1 else ''}" if others else ""
    warn(f"{answers}: {why} for {what}, {time} {first}{more}; {remedy}", InputWarning)


def reasons(data: PlaceActivity) -> list[str]:
    """Places and activities without a value above 0, and those that fall short of every presence asked for so far."""
    out: list[str] = []
    empty = without_values(data.values)
    for labels, none, name in zip((data.places, data.activities), empty, data.names[:2], strict=True):
        out += _some(labels, none, f"no {data.names[2]} above 0 for {name}")
    if data.presences:
        absent = without_values(list(data.presences.values())[-1])
        for labels, none, without, name in zip(
            (data.places, data.activities), absent, empty, data.names[:2], strict=True
        ):
            out += _some(labels, none & ~without, f"nothing present for {name}")
    return out


def without_values(matrix: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Which places (n_places,) and activities (n_activities,) have nothing stored."""
    return np.diff(matrix.indptr) == 0, np.bincount(matrix.indices, minlength=matrix.shape[1]) == 0


def _some(labels: pa.Array, which: np.ndarray, what: str, most: int = 3) -> list[str]:
    at = np.flatnonzero(which)
    if not len(at):
        return []
    first = ", ".join(str(labels[int(k)]) for k in at[:most])
    return [f"{what} {first}" + (f" and {len(at) - most:,} more" if len(at) > most else "")]


def _nulls(column: Any) -> int:
    """Unknown numbers of a column, null or (in numpy) NaN."""
    if isinstance(column, pa.Array | pa.ChunkedArray):
        return int(column.null_count)
    if isinstance(column, np.ndarray) and column.dtype.kind == "f":
        return int(np.isnan(column).sum())
    return 0
