"""Tables in, tables out: reads any dataframe library through narwhals and hands back the caller's own.

Inside the library a table of places and activities is a `PlaceActivity`: a sparse matrix with its labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable, naming_group, once_a_call
from regionomics.refusals import refuse_mixed, remedy

Columns = Mapping[str, "np.ndarray | pa.Array"]

ABSENT_IS_0 = "drop the row to mean 0"  # where a pair without a row has nothing
_LARGEST = 1e300  # of a sum: above, its products with a share would leave the range of a float


@dataclass(frozen=True)
class Family:
    """The dataframe library of the caller's table, so that the answer comes back as the same.

    implementation: narwhals name (polars, pandas, pyarrow, duckdb, pyspark ...).
    lazy: True for polars LazyFrame, DuckDB relations and Spark frames.
    session: the Spark session, if the library needs one.
    """

    implementation: Any = "polars"
    lazy: bool = False
    session: Any = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, table: Any) -> Family:
        frame = nw.from_native(table, pass_through=False)
        lazy = isinstance(frame, nw.LazyFrame)
        session = getattr(table, "sparkSession", None)
        return cls(frame.implementation.value, lazy, session)

    def emit(self, columns: Columns | pa.Table) -> Any:
        """The columns (name -> 1-d array, all of one length) as a table of this family."""
        table = columns if isinstance(columns, pa.Table) else pa.table({k: _arrow(v) for k, v in columns.items()})
        if self.implementation == "pyarrow" and not self.lazy:
            return table
        if not self.lazy:
            return nw.from_arrow(table, backend=self.implementation).to_native()
        frame = nw.from_arrow(table, backend="pyarrow")
        if self.session is not None:
            return frame.lazy(backend=self.implementation, session=self.session).to_native()
        return frame.lazy(backend=self.implementation).to_native()


def _arrow(values: Any) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    if isinstance(values, pa.Array):
        return values
    values = np.asarray(values)
    if values.dtype.kind == "f":
        return pa.array(values, from_pandas=True)  # Note [NaN is null]: inside NaN marks unknown, outside it is null
    return pa.array(values)


def columns_in(table: Any) -> list[str]:
    """The names of the columns of any supported table; none of what is no table."""
    frame = nw.from_native(table, pass_through=True)
    return list(frame.collect_schema().names()) if isinstance(frame, nw.DataFrame | nw.LazyFrame) else []


def read_columns(table: Any, columns: Sequence[str]) -> tuple[pa.Table, Family]:
    """The named columns of any supported table as an Arrow table, and the family to answer in.

    Raises:
        InvalidTable: a column is missing, or `table` is not a table.
    """
    if isinstance(table, pa.Table) and set(columns) <= set(table.column_names):
        return table.select(list(dict.fromkeys(columns))), Family("pyarrow")
    try:
        frame = nw.from_native(table)
    except TypeError as error:
        is_matrix = isinstance(table, np.ndarray) or sparse.issparse(table)
        is_series = hasattr(table, "reset_index") and not is_matrix
        raise InvalidTable(
            f"a {type(table).__name__} is not a table; pass a polars, pandas, pyarrow, DuckDB or Spark table"
            + (", or wrap the matrix by PlaceActivity.from_matrix" if is_matrix else "")
            + ("; call reset_index() on it" if is_series else "")
        ) from error
    except nw.exceptions.DuplicateError as error:
        raise InvalidTable(f"two columns of the table have one name; rename one ({error})") from error
    family = Family.of(table)
    schema = frame.collect_schema()
    names = schema.names()
    missing = [c for c in columns if c not in names]
    if missing:
        raise InvalidTable(f"column {missing[0]!r} is not in the table, {remedy(frame, missing, schema)}")
    frame = frame.select(*dict.fromkeys(columns))
    if isinstance(frame, nw.LazyFrame):
        return frame.collect(backend="pyarrow").to_arrow(), family
    try:
        return frame.to_arrow().select(list(dict.fromkeys(columns))), family  # pandas adds its index
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, TypeError) as error:  # TypeError: sparse columns of pandas
        refuse_mixed(frame)
        raise InvalidTable(f"the table cannot be read: {error}; give each column one type") from error


def check_apart(names: tuple[str, str, str]) -> None:
    """Refuse one column for two of place, activity and value: every place would have itself for its only activity."""
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        said = " and ".join(
            f"{k}=" for k, name in zip(("place", "activity", "value"), names, strict=True) if name in twice
        )
        raise InvalidParameter(f"{said} both name the column {twice[0]!r}; give each its own")


@dataclass(frozen=True)
class Codes:
    """A column as integers: codes[i] is the position of row i's label in the sorted `labels`."""

    codes: np.ndarray
    labels: pa.Array


def encode(column: pa.ChunkedArray | pa.Array, name: str) -> Codes:
    """The column as codes into its sorted distinct labels. Raises InvalidTable where a label is null."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):  # an empty or multi-chunk column of some Arrow versions
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        if len(array) > len(array.dictionary) and not array.null_count and not array.dictionary.null_count:
            return _of_dictionary(array, name)
        array = array.dictionary_decode()
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    if array.null_count:
        row = int(np.flatnonzero(pc.is_null(array).to_numpy(zero_copy_only=False))[0])
        raise InvalidTable(f"{name} is null in row {row + 1} ({array.null_count} in all); name it or drop the row")
    encoded = array.dictionary_encode()
    labels = encoded.dictionary
    order = pc.sort_indices(labels).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    codes = rank[encoded.indices.to_numpy(zero_copy_only=False)] if len(labels) else np.zeros(0, np.int64)
    return Codes(codes, labels.take(pa.array(order)))


def _of_dictionary(array: pa.DictionaryArray, name: str) -> Codes:
    """From the codes that the column has already: its words alone are sorted, those that no row has left out."""
    words = encode(array.dictionary, name)
    codes = words.codes[array.indices.to_numpy(zero_copy_only=False)]
    had = np.bincount(codes, minlength=len(words.labels)) > 0
    if had.all():
        return Codes(codes, words.labels)
    return Codes((np.cumsum(had) - 1)[codes], words.labels.take(pa.array(np.flatnonzero(had))))


def numbers(
    column: pa.ChunkedArray | pa.Array,
    name: str,
    *,
    nonnegative: bool = True,
    of: Callable[[int], str] | None = None,
    remedy: str = "give a number, or drop the row",
) -> np.ndarray:
    """The column as float64, shape (rows,). Raises InvalidTable for null, NaN, infinity, text, negatives and numbers
    too large to be added up.

    of: row -> the labels that it is about, for the message. remedy: what to do with a row whose number is unknown.
    """

    def at(row: int, count: int) -> str:
        label = f"{of(row)}; " if of is not None else ""
        return f"in row {row + 1} ({label}{count} in all)"

    if not (
        pa.types.is_integer(column.type)
        or pa.types.is_floating(column.type)
        or pa.types.is_decimal(column.type)
        or pa.types.is_boolean(column.type)
    ):
        words = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        first = column.drop_null()[:1].to_pylist() if words else []
        kind = f"text (such as {first[0]!r})" if first else str(column.type)
        raise InvalidTable(f"{name} holds {kind}, not numbers; convert it before the call")
    values = np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), dtype=float)  # whole numbers above 2^53 too
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InvalidTable(f"{name} is null or not finite {at(row, int(bad.sum()))}; {remedy}")
    if nonnegative and (values < 0).any():
        row = int(np.flatnonzero(values < 0)[0])
        raise InvalidTable(
            f"{name} is {values[row]:g} {at(row, int((values < 0).sum()))}; values must be >= 0, "
            f"{remedy if remedy == ABSENT_IS_0 else 'correct it or drop the row'}"
        )
    if len(values) and max(float(values.max()), -float(values.min())) > _LARGEST / len(values):
        row = int(np.abs(values).argmax())
        raise InvalidTable(
            f"{name} is {values[row]:g} in row {row + 1}: too large to be added up; give it in a larger unit"
        )
    return values


@dataclass(frozen=True, repr=False)
class PlaceActivity:
    """How much of each activity each place has: a sparse matrix with its labels.

    values: (n_places, n_activities) csr_array of float64 >= 0, without stored zeros.
    places, activities: sorted distinct labels, Arrow arrays of length n_places and n_activities. A place or activity
        whose values are all zero keeps its label.
    names: the caller's column names for place, activity and value.
    """

    values: sparse.csr_array
    places: pa.Array
    activities: pa.Array
    names: tuple[str, str, str] = ("place", "activity", "value")
    family: Family = field(default_factory=Family, compare=False)
    presences: dict[tuple[str, float], sparse.csr_array] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )  # found so far, by method and threshold: many calls on one table ask for the same
    densities: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    # the last one, see `relatedness.density.kept_density`

    @classmethod
    def from_table(
        cls, table: Any, *, place: str = "place", activity: str = "activity", value: str = "value"
    ) -> PlaceActivity:
        """Read a long table with one row per (place, activity). An absent pair means 0.

        Raises:
            InvalidTable: a column is missing, a pair appears twice, a label is null, a value is null, not finite
                or < 0, or the table has no rows.
        """
        arrow, family = read_columns(table, (place, activity, value))
        return cls._from_arrow(arrow, (place, activity, value), family)

    @classmethod
    def _from_arrow(cls, arrow: pa.Table, names: tuple[str, str, str], family: Family) -> PlaceActivity:
        place, activity, value = names
        check_apart(names)
        if arrow.num_rows == 0:
            raise InvalidTable("the table has no rows; pass at least one (place, activity, value)")
        p, a = encode(arrow[place], place), encode(arrow[activity], activity)
        v = numbers(
            arrow[value],
            value,
            of=lambda row: f"{p.labels[int(p.codes[row])]}, {a.labels[int(a.codes[row])]}",
            remedy=ABSENT_IS_0,
        )
        shape = (len(p.labels), len(a.labels))
        matrix = sparse.coo_array((v, (p.codes, a.codes)), shape=shape).tocsr()
        if matrix.nnz < len(v):
            _, first, count = np.unique(p.codes * shape[1] + a.codes, return_index=True, return_counts=True)
            at = int(first[count > 1][0])
            raise InvalidTable(
                f"{p.labels[int(p.codes[at])]}, {a.labels[int(a.codes[at])]} appears {int(count[count > 1][0])} times "
                f"(pairs repeated: {int((count > 1).sum())}); add the rows up first, or name the further key in by="
            )
        matrix.eliminate_zeros()
        matrix.sort_indices()
        return cls(_narrow(matrix), p.labels, a.labels, names, family)

    @classmethod
    def from_matrix(
        cls,
        values: Any,
        places: Sequence[Any] | None = None,
        activities: Sequence[Any] | None = None,
        *,
        names: tuple[str, str, str] = ("place", "activity", "value"),
        family: str | None = None,
    ) -> PlaceActivity:
        """Wrap a dense or scipy sparse matrix, shape (n_places, n_activities); labels default to 0, 1, 2 ...

        A pandas frame brings its index and columns as labels, and answers come in pandas unless `family` says otherwise
        ("polars" for all else). Raises InvalidTable: a frame without labels of rows (give `places`), a negative, NaN or
        infinite value, labels that repeat.
        """
        if hasattr(values, "index") and hasattr(values, "columns") and hasattr(values, "to_numpy"):
            places = list(values.index) if places is None else places
            activities = list(values.columns) if activities is None else activities
            if getattr(values.columns, "nlevels", 1) > 1 or getattr(values.index, "nlevels", 1) > 1:
                raise InvalidTable("rows or columns have labels of several levels; keep one level (droplevel)")
            values, family = values.to_numpy(), family or "pandas"
        elif columns_in(values):
            raise InvalidTable(
                f"a {type(values).__name__} has no labels of rows; pass its numbers with places= and activities=, "
                "or make it long (unpivot) and use from_table"
            )
        try:
            matrix = sparse.csr_array(values, dtype=float, copy=True)
        except (ValueError, TypeError) as error:
            raise InvalidTable(
                f"the matrix holds more than numbers ({error}); labels of places go into the index or places="
            ) from error
        matrix.sum_duplicates()
        if not np.isfinite(matrix.data).all() or (matrix.data < 0).any():
            raise InvalidTable(
                "the matrix holds a negative, NaN or infinite value; values must be finite and >= 0 "
                "(fillna(0) where NaN means 0)"
            )
        if 0 in matrix.shape:
            raise InvalidTable(f"the matrix has shape {matrix.shape}; it needs at least one place and one activity")
        matrix.eliminate_zeros()
        labels = []
        for given, size, what in ((places, matrix.shape[0], "places"), (activities, matrix.shape[1], "activities")):
            array = pa.array(range(size)) if given is None else pa.array(given)
            if len(array) != size or len(array.unique()) != size or array.null_count:
                raise InvalidTable(f"{what} needs {size} distinct labels without null, got {len(array)}")
            labels.append(array)
        order = [pc.sort_indices(labels[0]).to_numpy(), pc.sort_indices(labels[1]).to_numpy()]
        matrix = sparse.csr_array(matrix[order[0]][:, order[1]])
        matrix.sort_indices()
        return cls(
            _narrow(matrix),
            labels[0].take(pa.array(order[0])),
            labels[1].take(pa.array(order[1])),
            names,
            Family(family or "polars"),
        )

    @property
    def shape(self) -> tuple[int, int]:
        return self.values.shape[0], self.values.shape[1]

    def __repr__(self) -> str:
        (n, m), stored = self.shape, self.values.nnz
        return (
            f"PlaceActivity of {n} x {m}, {stored} values above 0 ({stored / (n * m):.0%})\n"
            f"{self.names[0]}: {some_of(self.places)}\n{self.names[1]}: {some_of(self.activities)}"
        )

    def replace_values(self, values: sparse.csr_array) -> PlaceActivity:
        """The same labels round another matrix of the same shape."""
        return PlaceActivity(values, self.places, self.activities, self.names, self.family)

    def long(self, column: str, matrix: Any, *, keep_zeros: bool = True) -> dict[str, Any]:
        """A matrix of this shape as columns place, activity, `column`; every pair, or only the stored ones."""
        n, m = self.shape
        if keep_zeros:
            dense = matrix.toarray() if sparse.issparse(matrix) else np.asarray(matrix)
            rows, cols, data = np.repeat(np.arange(n), m), np.tile(np.arange(m), n), dense.ravel()
        else:
            coo = sparse.coo_array(matrix)
            rows, cols, data = coo.row, coo.col, coo.data
        return {
            self.names[0]: self.places.take(pa.array(rows)),
            self.names[1]: self.activities.take(pa.array(cols)),
            column: data,
        }


def some_of(labels: pa.Array, most: int = 6) -> str:
    """The first labels, for people to read."""
    return ", ".join(str(v) for v in labels[:most].to_pylist()) + (" ..." if len(labels) > most else "")


class Shown:
    """A result that prints as what it holds, part by part, as people read it."""

    def __repr__(self) -> str:
        parts = [type(self).__name__]
        for each in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            if each.repr:
                value = getattr(self, each.name)
                text = repr(value)
                parts.append(f".{each.name}\n{text}" if "\n" in text else f".{each.name}: {text}")
        return "\n".join(parts)


def _narrow(matrix: sparse.csr_array) -> sparse.csr_array:
    """The same matrix with positions of 32 bits where they fit, which takes less memory and time everywhere."""
    if max(matrix.nnz, *matrix.shape) < 2**31:
        matrix.indices = matrix.indices.astype(np.int32, copy=False)
        matrix.indptr = matrix.indptr.astype(np.int32, copy=False)
    return matrix


def as_place_activity(
    table: Any, *, place: str = "place", activity: str = "activity", value: str = "value"
) -> PlaceActivity:
    """`table` itself if it is a PlaceActivity already, else `PlaceActivity.from_table`."""
    if isinstance(table, PlaceActivity):
        return table
    return PlaceActivity.from_table(table, place=place, activity=activity, value=value)


def by_groups(
    table: Any,
    by: str | Sequence[str] | None,
    columns: Sequence[str],
    calculate: Callable[[pa.Table, Family], Mapping[str, Columns]],
) -> dict[str, Any]:
    """Run `calculate` once for each group of the keys `by` and stack each of its named tables, keys first.

    Args:
        table: any supported table.
        by: no key, one key column or several (year, country).
        columns: the columns that `calculate` needs.
        calculate: Arrow table of one group -> {result name: columns}.
    Returns:
        {result name: table of the caller's family}.
    Raises:
        InvalidParameter: `by` names one of `columns`.
        RegionomicsError: what `calculate` raises; InvalidTable and NoSupport (and warnings) name the group.
    """
    if not by:
        arrow, family = read_columns(table, columns)
        with once_a_call():
            results = calculate(arrow, family)
        return {name: family.emit(cols) for name, cols in results.items()}
    keys, family, groups = split_groups(table, by, columns)
    parts: dict[str, list[pa.Table]] = {}
    with once_a_call():
        for values, group in groups:
            with naming_group({k: v.as_py() for k, v in zip(keys, values, strict=True)}):
                result = calculate(group, family)
            for name, cols in result.items():
                body = pa.table({k: _arrow(v) for k, v in cols.items()})
                head = {k: pa.repeat(v, body.num_rows) for k, v in zip(keys, values, strict=True)}
                parts.setdefault(name, []).append(pa.table({**head, **{c: body[c] for c in body.column_names}}))
    return {name: family.emit(pa.concat_tables(tables, promote_options="permissive")) for name, tables in parts.items()}


def split_groups(
    table: Any, by: str | Sequence[str], columns: Sequence[str]
) -> tuple[list[str], Family, list[tuple[list[pa.Scalar], pa.Table]]]:
    """The names of the keys, the family of the table, and each group's keys and columns, in the order of the keys."""
    keys = [by] if isinstance(by, str) else list(by)
    clash = [k for k in keys if k in columns]
    if clash:
        raise InvalidParameter(
            f"by={clash[0]!r} is also a column of the calculation, which takes it into account already (periods by "
            "time=); leave it out of by=, which is for further keys such as the country"
        )
    arrow, family = read_columns(table, [*keys, *columns])
    if arrow.num_rows == 0:
        raise InvalidTable("the table has no rows; pass at least one")
    return keys, family, _split(arrow, keys)


def _split(arrow: pa.Table, keys: Sequence[str]) -> list[tuple[list[pa.Scalar], pa.Table]]:
    """The table cut into one part a combination of keys, in the order of the keys."""
    codes = [encode(arrow[k], k) for k in keys]
    combined = np.zeros(arrow.num_rows, dtype=np.int64)
    for c in codes:
        combined = combined * max(len(c.labels), 1) + c.codes
    order = np.argsort(combined, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(combined[order]) > 0])
    groups = np.split(order, starts[1:])
    rest = [c for c in arrow.column_names if c not in keys]
    return [([c.labels[int(c.codes[g[0]])] for c in codes], arrow.select(rest).take(pa.array(g))) for g in groups]
