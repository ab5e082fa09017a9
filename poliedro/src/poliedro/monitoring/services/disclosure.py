"""Publishing tables of confidential measures: protected against themselves and against all that was published."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction
from django.db.models import Max

from poliedro.audit.services import record
from poliedro.monitoring.models import PublishedCell, PublishedTable
from poliedro.shared.disclosure import (
    TOTAL,
    USUAL,
    CannotPublish,
    Cell,
    Cells,
    Key,
    Protected,
    Rule,
    Why,
    is_sensitive,
    protect,
)


@transaction.atomic
def publish_table(*, name: str, measure: str, period: str, table: Cells, by: Any, rule: Rule = USUAL) -> Protected:
    """Protect the table, hold it against every published table of the measure, and put it into the register.

    The same table again gives what was shown before. Other values under the same name and period are the next version:
    the earlier one stays published, so both are held together.
    """
    checksum = _checksum(table)
    versions = PublishedTable.objects.filter(name=name, measure=measure, period=period).order_by("-version")
    last = versions.first()
    if last is not None and last.checksum == checksum:
        return _as_published(last, table)
    edition = _edition(measure, period, table)
    earlier = _earlier(measure)
    found = _safe(table, period, edition, earlier, rule)
    number = (versions.aggregate(n=Max("version"))["n"] or 0) + 1
    row = PublishedTable.objects.create(
        name=name, measure=measure, period=period, version=number, edition=edition, whole=table.whole,
        checksum=checksum,
        by=by if getattr(by, "is_authenticated", False) else None,
    )  # fmt: skip
    PublishedCell.objects.bulk_create(
        PublishedCell(
            table=row,
            row=key[0],
            column=key[1],
            value=cell.value,
            contributors=sorted(cell.contributors),
            why=found.why.get(key, ""),
        )
        for key, cell in table.whole_table().items()
    )
    record(
        by=by,
        verb="publish_table",
        subject_kind="published_table",
        subject_key=row.pk,
        table=name,
        hidden=len(found.why),
    )
    return found


def _safe(table: Cells, period: str, edition: int, earlier: list[Any], rule: Rule) -> Protected:
    """Hide more of the new table until all publications together tell too little; totals go last."""
    from poliedro.monitoring.runs.disclosure import Stated, too_close  # the numeric libraries cost seconds to load

    full = table.whole_table()
    hide: dict[Key, Why] = {}
    while True:
        found = protect(table, rule, hide=hide)
        new = [
            Stated(period, edition, c.contributors, c.value, k not in found.why, bool(is_sensitive(c, rule)))
            for k, c in full.items()
        ]
        close = too_close([*earlier, *new], rule, table.whole, table.most)
        if not close:
            return found
        left = sorted(found.shown, key=lambda k: (k[0] == TOTAL, k[1] == TOTAL, full[k].value, k))
        left = [k for k in left if full[k].contributors]
        if not left:
            raise CannotPublish(f"{len(close)} cells stay too close with nothing shown of this table; see the register")
        hide[_most_telling(left, full, frozenset().union(*close))] = Why.EARLIER


def _most_telling(left: list[Key], full: dict[Key, Cell], told: frozenset[str]) -> Key:
    """The cell that shares most contributors with those that would be told; parts before totals where equal."""
    return max(left, key=lambda k: (len(full[k].contributors & told) / len(full[k].contributors), -left.index(k)))


def _edition(measure: str, period: str, table: Cells) -> int:
    """Values of a period that contradict those published of it are another edition of them."""
    cells = PublishedCell.objects.filter(table__measure=measure, table__period=period).select_related("table")
    known: dict[frozenset[str], float] = {}
    last = 1
    for cell in cells.order_by("table__edition", "pk"):
        known[frozenset(cell.contributors)] = cell.value
        last = max(last, cell.table.edition)
    same = [(known[c.contributors], c.value) for c in table.whole_table().values() if c.contributors in known]
    changed = any(abs(a - b) > 1e-9 * max(1.0, abs(a)) for a, b in same)
    return last + 1 if changed else last


def _earlier(measure: str) -> list[Any]:
    from poliedro.monitoring.runs.disclosure import Stated

    cells = PublishedCell.objects.filter(table__measure=measure).select_related("table").order_by("table", "pk")
    return [
        Stated(
            c.table.period,
            c.table.edition,
            frozenset(c.contributors),
            c.value,
            not c.why,
            c.why in (Why.FEW, Why.DOMINATED),
        )
        for c in cells
    ]


def _as_published(row: PublishedTable, table: Cells) -> Protected:
    why = {(c.row, c.column): Why(c.why) for c in row.cells.exclude(why="")}
    return Protected(table, {k: c.value for k, c in table.whole_table().items()}, why)


def _checksum(table: Cells) -> str:
    stated = [
        list(table.rows),
        list(table.columns),
        sorted([*k, c.value, sorted(c.contributors), c.largest] for k, c in table.cells.items()),
    ]
    return hashlib.sha256(json.dumps(stated, default=str).encode()).hexdigest()
