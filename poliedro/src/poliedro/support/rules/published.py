"""What those may read who do not work on cases: counts of services by cluster and kind, size, place, small ones hidden.

# Note [One margin]
Every table of a year has the same rows with the same totals, and all of its totals are shown: what two tables share is
known anyway, so that none helps to work out a hidden cell of the other. Clusters too small to be shown are one row
together; kinds, sizes and places too rare are one column. No sum over years is published: less the years shown, it
would tell the hidden one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from poliedro.shared.disclosure import TOTAL, USUAL, Cell, Cells, InvalidCells, Protected, Rule, is_sensitive, protect

DIMENSIONS = ("kind", "size", "rd", "innovation", "province")
UNMET_DIMENSIONS = ("reason", "kind", "size")
TOGETHER = "~together"
"""Row of the clusters that are too small to be shown by themselves."""
UNKNOWN = "-"
"""Column of what is not stated."""
OTHERS = "~others"
"""Column of what is too rare to be shown by itself."""
TOTALS = "cluster"
LEAST_CHANGED = 10
"""A year is published anew only when what changed concerns so many clients: a new count beside the old one would tell
those between."""


@dataclass(frozen=True)
class Given:
    """A service that was given. values: dimension -> category ("" where it is not known)."""

    cluster: str
    client: int
    values: Mapping[str, str]


def protected_use(
    given: Sequence[Given], rule: Rule = USUAL, dimensions: Sequence[str] = DIMENSIONS
) -> dict[str, Protected]:
    """The tables of a year: TOTALS (clusters, one column) and each dimension that can be shown. Empty where even the
    number of all services would tell of too few clients."""
    rows = _pooled(given, rule)
    if not rows:
        return {}
    found = {TOTALS: protect(_counted([(r.cluster, "n", r.client) for r in rows]), rule)}
    if found[TOTALS].why:
        return {}
    for dimension in dimensions:
        table = _dimension(rows, dimension, rule)
        if table is not None:
            found[dimension] = table
    return found


def _pooled(given: Sequence[Given], rule: Rule) -> list[Given]:
    """The same with clusters that are too small under one name; nothing where all together are too few."""
    rows = list(given)
    while rows:
        table = _counted([(r.cluster, "n", r.client) for r in rows])
        found = protect(table, rule)
        if not found.why:
            return rows
        hidden = {row for row in table.rows if found.reason(row)}
        if not hidden or len(hidden) == len(table.rows):  # all of them are one row, or nothing
            whole = is_sensitive(_counted([(TOGETHER, "n", r.client) for r in rows]).cells[TOGETHER, "n"], rule)
            return [] if whole else [replace(r, cluster=TOGETHER) for r in rows]
        if hidden == {TOGETHER}:  # it needs company: the smallest of the others joins it
            hidden.add(min((r for r in table.rows if r != TOGETHER), key=lambda r: (table.cells[r, "n"].value, r)))
        rows = [replace(r, cluster=TOGETHER) if r.cluster in hidden else r for r in rows]
    return []


def _dimension(rows: Sequence[Given], dimension: str, rule: Rule) -> Protected | None:
    """Clusters by the categories of a dimension, the rarest in one column until all can be shown; None where only one
    column would be left."""
    stated = [r.values.get(dimension) or UNKNOWN for r in rows]
    called = {name: name for name in stated}
    while True:
        held = [(called[name], r.client) for name, r in zip(stated, rows, strict=True)]
        whole = _counted([("all", name, client) for name, client in held])
        if len(whole.columns) < 2:
            return None
        rare = [c for c in whole.columns if is_sensitive(whole.cells["all", c], rule)]
        if not rare:
            cells = _counted([(r.cluster, name, r.client) for r, (name, _c) in zip(rows, held, strict=True)])
            found = _with_totals(cells, rule)
            if found is not None:
                return found
        by_size = sorted(whole.columns, key=lambda c: (c != OTHERS, whole.cells["all", c].value, c))
        joining = {*rare, OTHERS} if len({*rare, OTHERS} & set(whole.columns)) > 1 else set(by_size[:2])
        called = {name: OTHERS if now in joining else now for name, now in called.items()}


def _with_totals(cells: Cells, rule: Rule) -> Protected | None:
    """The protected table if every total can be shown."""
    try:
        found = protect(cells, rule, may_hide_totals=False)
    except InvalidCells:
        return None
    return None if any(TOTAL in key for key in found.why) else found


def _counted(marks: Sequence[tuple[str, str, int]]) -> Cells:
    """(row, column, client) -> how many, by whom."""
    counts: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for row, column, client in marks:
        counts[row, column][client] += 1
    cells = {
        key: Cell(sum(by.values()), frozenset(f"client:{c}" for c in by), max(by.values()) / sum(by.values()))
        for key, by in counts.items()
    }
    rows, columns = sorted({r for r, _c in counts}), sorted({c for _r, c in counts})
    return Cells(rows, columns, cells, whole=True)
