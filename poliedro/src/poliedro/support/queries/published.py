"""Reads of what is published of the use of services. Hidden cells are not in it at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from poliedro.reference.models import StoredResult
from poliedro.shared.disclosure import TOTAL, Why
from poliedro.support.rules.published import TOGETHER, TOTALS

PUBLISHED = "service-use-published"
GIVEN, UNMET = "given", "unmet"
"""What was given, and what was asked for and nobody met."""
AGENCY = "agency"
"""Row of what no cluster gave."""


@dataclass(frozen=True)
class Shown:
    """One published table. value: None where hidden; reason: why, "" where it is shown."""

    rows: Sequence[str]
    columns: Sequence[str]
    cells: Mapping[tuple[str, str], tuple[float | None, str]]

    def value(self, row: str, column: str = TOTAL) -> float | None:
        return self.cells.get((row, self._column(column)), (None, ""))[0]

    def reason(self, row: str, column: str = TOTAL) -> Why | None:
        why = self.cells.get((row, self._column(column)), (None, ""))[1]
        return Why(why) if why else None

    def _column(self, column: str) -> str:
        return self.columns[0] if column == TOTAL and len(self.columns) == 1 else column


@dataclass(frozen=True)
class PublishedUse:
    """Tables of a finished year as they were published. Without any, the year has too few clients to be shown."""

    year: int
    published_on: date
    tables: Mapping[str, Shown]
    certainty: str
    source: str

    @property
    def total(self) -> float | None:
        return self.tables[TOTALS].value(TOTAL) if TOTALS in self.tables else None

    def of_cluster(self, key: str) -> tuple[float | None, Why | None]:
        """Services that the cluster gave. None with the reason where it is shown only together with others."""
        table = self.tables.get(TOTALS)
        if table is None or (key not in table.rows and TOGETHER in table.rows):
            return None, Why.FEW
        return (table.value(key), table.reason(key)) if key in table.rows else (0.0, None)

    @property
    def of_clusters(self) -> float | None:
        """Services that all clusters gave: those of the agency left out, where it is shown by itself."""
        agency = self.of_cluster(AGENCY)[0]
        return None if self.total is None else self.total - (agency or 0.0)


def latest_published() -> StoredResult | None:
    return StoredResult.objects.filter(key=PUBLISHED).order_by("-computed_at", "-pk").first()


def published_years(what: str = GIVEN) -> dict[int, PublishedUse]:
    """Every published year, the latest first. One query."""
    held = latest_published()
    rows = held.payload[what] if held else {}
    return {int(y): _read(int(y), rows[y]) for y in sorted(rows, reverse=True)}


def _read(year: int, row: Mapping[str, Any]) -> PublishedUse:
    tables = {
        name: Shown(t["rows"], t["columns"], {(r, c): (value, why) for r, c, value, why in t["cells"]})
        for name, t in row["tables"].items()
    }
    return PublishedUse(year, date.fromisoformat(row["published_on"]), tables, row["certainty"], row["source"])
