"""Which place has which activity, as a sparse matrix of ones: the start of relatedness, complexity and linkages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable, MissingDependency, once_a_call
from regionomics.tables import Columns, Family, PlaceActivity, by_groups
from regionomics.unknown import tell_unknown

Presence = Literal["rca", "given", "value"]
By = str | Sequence[str] | None

# Note [Ties at the threshold]: an RCA of exactly the threshold counts as present. Floating division moves such cases
# with the unit of the values (people or thousands), so a shortfall below 1e-12 of the threshold still counts.
_TIE = 1e-12


_SHOWN = 6  # rows and columns of a matrix that are printed


@dataclass(frozen=True, repr=False)
class LabelledMatrix:
    """A matrix with its labels.

    values: (n_rows, n_columns), numpy array or scipy csr_array of float64; NaN marks unknown.
    rows, columns: labels, Arrow arrays of those lengths.
    """

    values: Any
    rows: pa.Array
    columns: pa.Array

    @property
    def shape(self) -> tuple[int, int]:
        return self.values.shape[0], self.values.shape[1]

    def __repr__(self) -> str:
        kind = "sparse" if sparse.issparse(self.values) else "dense"
        lines = [f"LabelledMatrix of {self.shape[0]} x {self.shape[1]}, {kind}"]
        corner = self.values[:_SHOWN, :_SHOWN]
        corner = np.asarray(corner.toarray() if sparse.issparse(corner) else corner)
        dots = [" ..."] if self.shape[1] > _SHOWN else []
        body = [["", *(str(v) for v in self.columns[:_SHOWN].to_pylist())]]
        for label, row in zip(self.rows[:_SHOWN].to_pylist(), corner, strict=True):
            body.append([str(label), *(f"{v:.6g}" for v in row)])
        widths = [max(map(len, column)) for column in zip(*body, strict=True)]
        for row_of_words in body:
            first, *rest = (word.rjust(width) for word, width in zip(row_of_words, widths, strict=True))
            lines.append("  ".join([first.strip().ljust(widths[0]), *rest, *dots]))
        return "\n".join(lines + (["..."] if self.shape[0] > _SHOWN else []))

    def toarray(self) -> np.ndarray:
        """The values as a dense numpy array (the array itself where it is dense already)."""
        return np.asarray(self.values.toarray()) if sparse.issparse(self.values) else np.asarray(self.values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """What numpy takes it for: the values."""
        values = self.toarray()
        return np.array(values, dtype=dtype) if copy else np.asarray(values, dtype=dtype)

    def __getitem__(self, pair: tuple[Any, Any]) -> float:
        """matrix["cars", "wine"]: as `at`."""
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise InvalidParameter(f"[{pair!r}]: name a row and a column, as in matrix['cars', 'wine']")
        return self.at(*pair)

    def table(self, *, row: str = "row", column: str = "column", value: str = "value", library: str = "polars") -> Any:
        """One row a pair of labels, zeros among them: `row`, `column`, `value` (null = unknown), of any library."""
        at = np.indices(self.shape).reshape(2, -1)
        return Family(library).emit(
            pairs({row: (self.rows, at[0]), column: (self.columns, at[1])}, **{value: self.toarray().ravel()})
        )

    def to_pandas(self) -> Any:
        """A pandas DataFrame with the labels as its index and columns. Raises MissingDependency."""
        try:
            import pandas as pd
        except ImportError as error:
            raise MissingDependency("to_pandas needs pandas; install it, or use table() or toarray()") from error
        return pd.DataFrame(self.toarray(), index=self.rows.to_pylist(), columns=self.columns.to_pylist())

    def at(self, row: Any, column: Any) -> float:
        """The value of one pair of labels. Raises InvalidParameter for a label that the matrix does not have."""
        return float(self.values[position(self.rows, row), position(self.columns, column)])


def position(labels: pa.Array, label: Any) -> int:
    """Where `label` stands among `labels`; InvalidParameter where it does not."""
    try:
        found = labels.index(pa.scalar(label, labels.type)).as_py()
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        found = -1
    if found < 0:
        some = ", ".join(map(repr, labels[:5].to_pylist())) + (" ..." if len(labels) > 5 else "")
        raise InvalidParameter(f"{label!r} is not among the {len(labels)} labels: {some}")
    return int(found)


def positions(labels: pa.Array, wanted: Any) -> list[int]:
    """Where the wanted labels stand, in their order among `labels`: one label, or several in a list."""
    return sorted({position(labels, one) for one in ([wanted] if isinstance(wanted, str) else wanted)})


def one_of(name: str, value: Any, choices: Any) -> None:
    """Refuse a value that is none of the choices (a Literal type or a list of words)."""
    words = get_args(choices) or tuple(choices)
    if value not in words:
        raise InvalidParameter(f"{name}={value!r} is unknown; use one of {', '.join(map(repr, words))}")


def presence_matrix(data: PlaceActivity, presence: Presence, threshold: float) -> sparse.csr_array:
    """M, shape (n_places, n_activities): 1.0 stored where the place has the activity, nothing elsewhere."""
    one_of("presence", presence, Presence)
    x = data.values
    if presence == "given":
        wrong = x.data != 1
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            row = int(np.searchsorted(x.indptr, at, side="right")) - 1
            raise InvalidTable(
                f"{data.names[2]} is {x.data[at]:g} for {data.places[row]}, {data.activities[int(x.indices[at])]} "
                f"({int(wrong.sum())} in all); presence='given' takes 0 and 1, "
                "use presence='rca' or 'value' for amounts"
            )
        return x
    if not isinstance(threshold, int | float | np.number) or not threshold > 0:
        raise InvalidParameter(f"threshold={threshold!r}; it must be > 0, or every pair would be present")
    if (presence, threshold) not in data.presences:
        data.presences[presence, threshold] = _present(x, presence, threshold)
    return data.presences[presence, threshold]


def in_range(x: Any) -> Any:
    """x over a power of two near its largest value, which is exact, so that no product leaves the range of a float.

    x: numpy array or csr_array, >= 0.
    """
    data = x.data if sparse.issparse(x) else x
    largest = float(data.max()) if data.size else 0.0
    if largest == 0 or 1e-100 < largest < 1e100:
        return x
    return x * 2.0 ** -np.frexp(largest)[1]


def _present(x: sparse.csr_array, presence: str, threshold: float) -> sparse.csr_array:
    if presence == "value":
        keep = x.data >= threshold * (1 - _TIE)
    else:
        x = in_range(x)
        place, activity = x.sum(axis=1), x.sum(axis=0)
        # x[p, a] total >= threshold x[p, .] x[., a]: no division, so whole numbers stay exact
        bar = np.repeat(place * (threshold * (1 - _TIE)), np.diff(x.indptr))
        bar *= activity.take(x.indices)
        keep = x.data * place.sum() >= bar
    counts = np.concatenate(([0], np.cumsum(keep)))[x.indptr]
    indices = x.indices[keep]
    matrix = sparse.csr_array((np.ones(len(indices)), indices, counts.astype(x.indptr.dtype)), shape=x.shape)
    matrix.has_sorted_indices = True
    return matrix


def run(
    table: Any,
    by: By,
    columns: tuple[str, str, str],
    calculate: Callable[[PlaceActivity], Mapping[str, Columns | pa.Table]],
    *,
    compares: bool = True,
    tells: bool = False,
    when: str = "",
) -> dict[str, Any]:
    """`calculate` on the whole table, or on each group of `by`; every result in the caller's family.

    compares: one place alone has no answer worth the name. tells: `calculate` itself says why an answer is null.
    when: what else makes it null, see `tell_unknown`.
    """

    def said(data: PlaceActivity) -> Mapping[str, Columns | pa.Table]:
        results = calculate(data)
        if not tells:
            tell_unknown(data, results, compares=compares, when=when)
        return results

    if isinstance(table, PlaceActivity):
        if by is not None:
            raise InvalidParameter(f"by={by!r} needs a table with that key; a PlaceActivity holds one group only")
        with once_a_call():
            results = said(table)
        return {name: table.family.emit(result) for name, result in results.items()}

    def group(arrow: pa.Table, family: Family) -> dict[str, Any]:
        results = said(PlaceActivity._from_arrow(arrow, columns, family))
        return {k: columns_of(v) if isinstance(v, pa.Table) else v for k, v in results.items()}

    return by_groups(table, by, columns, group)


def columns_of(table: pa.Table) -> dict[str, Any]:
    """An Arrow table as column name -> column."""
    return dict(zip(table.column_names, table.columns, strict=True))


def pairs(labels: Mapping[str, tuple[pa.Array, np.ndarray]], **values: np.ndarray) -> pa.Table:
    """A long table: each of `labels` gives a column name, the labels and their positions; `values` the numbers.

    NaN becomes null. Labels pass through an Arrow dictionary, which costs no Python object a row.
    """
    columns: dict[str, pa.Array] = {}
    for name, (words, codes) in labels.items():
        columns[name] = words.take(pa.array(codes))
    for name, numbers in values.items():
        columns[name] = pa.array(numbers, from_pandas=numbers.dtype.kind == "f")
    return pa.table(columns)
