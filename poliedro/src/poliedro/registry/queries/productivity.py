"""Productivity of firms: their latest statements, the stored quantiles, and where one firm stands among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from poliedro.reference.models import StoredResult
from poliedro.registry.models import FinancialStatement, Organisation
from poliedro.registry.queries.geography import in_region, provinces
from poliedro.registry.queries.memberships import FIRM_KINDS

KEY = "productivity-cells"
SMALLEST_CELL = 10
MARKS = (10, 25, 50, 75, 90)


@dataclass(frozen=True)
class Statement:
    """A firm's latest statement with staff: EUR a person, of value added and of turnover; None where not stated."""

    organisation_id: int
    year: int
    division: str
    size: str
    province: str
    value_added: float | None
    turnover: float | None
    certainty: str
    source: str

    def key(self) -> list[Any]:
        return [
            self.organisation_id, self.year, self.division, self.size, self.province, self.value_added, self.turnover,
        ]  # fmt: skip


def latest_statements() -> list[Statement]:
    """The latest statement of each firm of the region that states its staff. Two queries."""
    place = provinces()
    rows = (
        FinancialStatement.objects.known()
        .filter(in_region("organisation__territory"))
        .filter(organisation__kind__in=FIRM_KINDS, organisation__merged_into=None, persons__gt=0)
        .order_by("organisation", "-year", "pk")
        .values_list(
            "organisation", "year", "organisation__nace__code", "organisation__size_class", "organisation__territory",
            "value_added_eur", "turnover_eur", "persons", "certainty", "source__name",
        )
    )  # fmt: skip
    found: dict[int, Statement] = {}
    for body, year, nace, size, territory, added, turnover, persons, certainty, source in rows.iterator(
        chunk_size=5000
    ):
        if body in found:
            continue
        where = place.get(territory, ("", ""))
        found[body] = Statement(
            body, year, (nace or "").split(".")[0], size, where[1],
            None if added is None else round(float(added / persons), 2),
            None if turnover is None else round(float(turnover / persons), 2),
            certainty, source,
        )  # fmt: skip
    return list(found.values())


def stored_productivity() -> StoredResult | None:
    return StoredResult.objects.filter(key=KEY).order_by("-computed_at").first()


@dataclass(frozen=True)
class Position:
    """Where a firm stands in one year. value: EUR a person. among: firms compared with; division and size: "" where the
    comparison is wider. above: the highest mark (10, 25, 50, 75, 90) that it reaches; 0 below the first. marks: EUR a
    person at each."""

    measure: str
    year: int
    value: float
    among: int
    division: str
    size: str
    above: int
    marks: tuple[float, ...]


def positions(organisation: Organisation, measure: str, today: date) -> list[Position]:
    """Each year's statement of the firm against the stored quantiles, latest first; none where nothing is stored."""
    stored = stored_productivity()
    if stored is None:
        return []
    cells = {(c["division"], c["size"]): c for c in stored.payload[measure]["cells"]}
    division = organisation.nace.code.split(".")[0] if organisation.nace else ""
    own = (division, organisation.size_class)
    cell = next((cells[k] for k in (own, (division, ""), ("", own[1]), ("", "")) if k in cells), None)
    if cell is None:
        return []
    column = "value_added_eur" if measure == "value_added" else "turnover_eur"
    statements = (
        FinancialStatement.objects.known()
        .filter(organisation=organisation, year__lte=today.year, persons__gt=0, **{f"{column}__isnull": False})
        .order_by("-year", "pk")
    )
    found: dict[int, Position] = {}
    for s in statements:
        value = float(getattr(s, column) / s.persons)
        reached = [m for m, mark in zip(MARKS, cell["quantiles"], strict=True) if value >= mark]
        found.setdefault(
            s.year,
            Position(
                measure, s.year, value, cell["n"], cell["division"], cell["size"], reached[-1] if reached else 0,
                tuple(cell["quantiles"]),
            ),
        )  # fmt: skip
    return list(found.values())
