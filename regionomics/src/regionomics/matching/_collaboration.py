"""Participations read for prediction: who was in which project, when, and what else is known of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.tables import Family, encode, read_columns

_DAYS = 365.25


@dataclass(frozen=True)
class Attribute:
    """A text column. level: what it describes, "project", "organisation" or "participation".

    codes: (rows,), positions in `values`, -1 = unknown.
    """

    name: str
    level: str
    codes: np.ndarray
    values: tuple[str, ...]


@dataclass(frozen=True)
class Collaboration:
    """Rows (organisation, project) with the year in which the project started.

    organisation, project: (rows,), positions. labels: organisations, sorted. start: (rows,), years, a real number.
    amounts: name -> (rows,), >= 0, 0 = unknown. at: the moment of which it speaks; every start is before it.
    """

    organisation: np.ndarray
    project: np.ndarray
    labels: pa.Array
    start: np.ndarray
    attributes: tuple[Attribute, ...]
    amounts: dict[str, np.ndarray]
    at: float
    family: Family

    @property
    def n(self) -> int:
        return len(self.labels)

    def before(self, at: float) -> Collaboration:
        """What was known at an earlier moment: only projects that had started, only organisations that were in one."""
        rows = np.flatnonzero(self.start < at)
        known, organisation = np.unique(self.organisation[rows], return_inverse=True)
        _, project = np.unique(self.project[rows], return_inverse=True)
        return Collaboration(
            organisation,
            project,
            self.labels.take(pa.array(known)),
            self.start[rows],
            tuple(Attribute(a.name, a.level, a.codes[rows], a.values) for a in self.attributes),
            {k: v[rows] for k, v in self.amounts.items()},
            at,
            self.family,
        )

    def incidence(self) -> sparse.csr_array:
        """B, (organisations, projects): 1.0 where the organisation is in the project."""
        shape = (self.n, int(self.project.max(initial=-1)) + 1)
        b = sparse.coo_array((np.ones(len(self.project)), (self.organisation, self.project)), shape=shape).tocsr()
        b.data[:] = 1.0
        return b

    def new_ties(self, earlier: Collaboration) -> sparse.csr_array:
        """Pairs of organisations of `earlier` whose first joint project started from its moment on, (n, n), 1.0."""
        where = np.full(self.n, -1)
        position = {label: k for k, label in enumerate(self.labels.to_pylist())}
        where[[position[label] for label in earlier.labels.to_pylist()]] = np.arange(earlier.n)
        rows = np.flatnonzero((self.start >= earlier.at) & (where[self.organisation] >= 0))
        shape = (earlier.n, int(self.project.max(initial=-1)) + 1)
        b = sparse.coo_array((np.ones(len(rows)), (where[self.organisation[rows]], self.project[rows])), shape).tocsr()
        new = ties(b)
        old = ties(earlier.incidence())
        out = sparse.csr_array(new - new.multiply(old))
        out.eliminate_zeros()
        return out


def ties(incidence: sparse.csr_array) -> sparse.csr_array:
    """A, (n, n): 1.0 for two that share a project, nothing on the diagonal."""
    a = sparse.csr_array(incidence @ incidence.T)
    a.setdiag(0)
    a.eliminate_zeros()
    a.data[:] = 1.0
    a.sort_indices()
    return a


def read_collaboration(table: Any, project: str, organisation: str, start: str) -> Collaboration:
    """Read every column; what is not one of the three named describes projects, organisations or participations."""
    names = nw.from_native(table, pass_through=True)
    found = names.collect_schema().names() if isinstance(names, (nw.DataFrame, nw.LazyFrame)) else []
    key = (project, organisation, start)
    arrow, family = read_columns(table, [*key, *sorted(c for c in found if c not in key)])
    if arrow.num_rows == 0:
        raise InvalidTable("the table has no rows; pass at least one participation")
    arrow = arrow.take(pc.sort_indices(arrow, [(c, "ascending") for c in (project, organisation)]))
    p, o = encode(arrow[project], project), encode(arrow[organisation], organisation)
    years = _years(arrow[start], start)
    first = np.full(len(p.labels), np.inf)
    np.minimum.at(first, p.codes, years)  # a project starts with its first participation
    attributes, amounts = [], {}
    for name in arrow.column_names[3:]:
        column = arrow[name]
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.string())
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
            values = np.asarray(pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy(), dtype=float)
            amounts[name] = np.where(np.isfinite(values), np.maximum(values, 0.0), 0.0)
        elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or _is_dictionary(column.type):
            attributes.append(_attribute(name, column, p.codes, o.codes))
    at = float(np.nextafter(first.max(), np.inf))
    return Collaboration(o.codes, p.codes, o.labels, first[p.codes], tuple(attributes), amounts, at, family)


def _is_dictionary(kind: Any) -> bool:
    return bool(pa.types.is_dictionary(kind) or pa.types.is_string_view(kind))


def _attribute(name: str, column: Any, project: np.ndarray, organisation: np.ndarray) -> Attribute:
    text = column.cast(pa.string()) if not pa.types.is_dictionary(column.type) else column
    known = np.flatnonzero(~np.asarray(text.is_null().to_numpy()))
    codes = np.full(len(project), -1)
    encoded = encode(text.take(pa.array(known)), name)
    codes[known] = encoded.codes
    p, o = _constant(project[known], encoded.codes), _constant(organisation[known], encoded.codes)
    level = "participation" if max(p, o) < 0.8 else "project" if p >= o else "organisation"
    return Attribute(name, level, codes, tuple(encoded.labels.to_pylist()))


def _constant(of: np.ndarray, value: np.ndarray) -> float:
    """Share of those with several rows for which the value is always the same; 0 where nobody has several."""
    if not len(of):
        return 0.0
    rows = np.bincount(of)
    distinct = np.bincount(np.unique(np.column_stack([of, value]), axis=0)[:, 0])
    several = rows > 1
    return float((distinct[several] == 1).mean()) if several.any() else 0.0


def _years(column: Any, name: str) -> np.ndarray:
    """Starts as years. A number is a year already; dates and ISO texts are counted in days / 365.25."""
    if column.null_count:
        row = int(np.argmax(np.asarray(column.is_null().to_numpy())))
        raise InvalidTable(f"{name} is null in row {row + 1} ({column.null_count} in all); drop the row")
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=float)
    try:
        days = column.cast(pa.timestamp("s")).cast(pa.date32()).cast(pa.int32()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidTable(f"{name} holds {column.type} that is no date ({error}); pass dates or years") from error
    return np.asarray(days, dtype=float) / _DAYS


def as_years(at: Any, name: str) -> float:
    """A moment given by the caller, on the scale of the starts."""
    if isinstance(at, bool) or not isinstance(at, (int, float, str, date, datetime)):
        raise InvalidParameter(f"{name}={at!r}; pass a date, an ISO text or a year")
    if isinstance(at, (int, float)):
        return float(at)
    try:
        day = date.fromisoformat(at[:10]) if isinstance(at, str) else at
    except ValueError as error:
        raise InvalidParameter(f"{name}={at!r} is not a date; write it as 2017-01-31") from error
    return (day.toordinal() - date(1970, 1, 1).toordinal()) / _DAYS


def focal_positions(labels: pa.Array, focal: Any) -> np.ndarray:
    """Where the focal organisations stand among the labels. Raises InvalidParameter for one that is not there."""
    wanted = [focal] if isinstance(focal, (str, int)) else list(_values(focal))
    position = {label: k for k, label in enumerate(labels.to_pylist())}
    missing = [f for f in wanted if f not in position]
    if missing:
        raise InvalidParameter(
            f"{missing[0]!r} is in none of the projects ({len(missing)} in all); pass organisations of the table"
        )
    if len(set(wanted)) < len(wanted):
        raise InvalidParameter("an organisation appears twice in focal=; name each once")
    return np.array([position[f] for f in wanted], dtype=np.int64)


def _values(focal: Any) -> Sequence[Any]:
    return list(focal.to_pylist()) if hasattr(focal, "to_pylist") else list(focal)
