"""Reads a table of units, one row each, some of them treated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport
from regionomics.impact.panel import Covariate, finite, read_covariate
from regionomics.tables import Family, encode, read_columns


@dataclass(frozen=True)
class Units:
    """labels (n,), treated: bool (n,). covariates: values (n, 1). strata: codes (n,), and what each stands for.

    known: bool (n,), no covariate is null. weights: (n,) or None.
    """

    labels: pa.Array
    treated: np.ndarray
    covariates: tuple[Covariate, ...]
    strata: np.ndarray
    stratum_names: list[str]
    known: np.ndarray
    weights: np.ndarray | None
    family: Family

    def design(self) -> tuple[np.ndarray, list[str]]:
        """The covariates as numbers (n, p), words as 0/1 columns, and the name of each."""
        columns, names = [np.zeros((len(self.treated), 0))], []
        for c in self.covariates:
            values = c.at(0)
            if c.levels is None:
                columns.append(values[:, None])
                names.append(c.name)
            else:
                for k in range(1, len(c.levels)):
                    columns.append(np.where(np.isnan(values), np.nan, values == k)[:, None])
                    names.append(f"{c.name}={c.levels[k]}")
        return np.column_stack(columns), names


def read_units(
    table: object,
    unit: str,
    treated: str,
    on: Sequence[str],
    *,
    exact: Sequence[str] = (),
    weights: str | None = None,
) -> Units:
    """Read a table with one row per unit; see the callers for what is refused."""
    for name, value in (("on", on), ("exact", exact)):
        if isinstance(value, str):
            raise InvalidParameter(f"{name}={value!r}; pass a list of column names")
    names = [unit, treated, *on, *exact, *([weights] if weights else [])]
    arrow, family = read_columns(table, names)
    owners = encode(arrow[unit], unit)
    counts = np.bincount(owners.codes, minlength=len(owners.labels))
    if len(counts) < arrow.num_rows:
        at = int(np.argmax(counts))
        raise InvalidTable(f"{owners.labels[at]} appears {counts[at]} times; keep one row a {unit}")
    order = np.argsort(owners.codes)
    arrow = arrow.take(pa.array(order))
    marks = finite(arrow[treated], treated, null=False)
    if not np.isin(marks, (0, 1)).all():
        wrong = int(np.flatnonzero(~np.isin(marks, (0, 1)))[0])
        raise InvalidTable(f"{treated} is {marks[wrong]:g} for {owners.labels[wrong]}; it is 1 or 0")
    if not (marks == 1).any() or not (marks == 0).any():
        raise NoSupport(f"{int(marks.sum())} treated among {len(marks)} units; a comparison needs both kinds")
    covariates = tuple(read_covariate(arrow[c], c, lambda v: v[:, None]) for c in on)
    strata, words = _strata(arrow, exact)
    known = np.ones(len(marks), dtype=bool)
    for c in covariates:
        known &= np.isfinite(c.at(0))
    heavy = None
    if weights:
        heavy = np.nan_to_num(finite(arrow[weights], weights))
        if (heavy < 0).any():
            raise InvalidTable(f"{weights} is {heavy.min():g}; weights are >= 0")
    return Units(owners.labels, marks == 1, covariates, strata, words, known, heavy, family)


def _strata(arrow: pa.Table, exact: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    codes = np.zeros(arrow.num_rows, dtype=np.int64)
    words = np.array([""] * arrow.num_rows, dtype=object)
    for name in exact:
        part = encode(arrow[name], name)
        codes = codes * max(len(part.labels), 1) + part.codes
        labels = np.array([str(v) for v in part.labels.to_pylist()], dtype=object)
        words = np.array([f"{w}, {v}" if w else str(v) for w, v in zip(words, labels[part.codes], strict=True)])
    unique, first, position = np.unique(codes, return_index=True, return_inverse=True)
    return position, [str(w) for w in words[first]] if len(unique) else []
