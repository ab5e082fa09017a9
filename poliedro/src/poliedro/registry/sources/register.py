"""A business register as CSV: one firm a row. The layout is ours, documented in docs/operations/imports.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from poliedro.reference.sources.tables import BadValue, Row, columns, day, missing, number

COLUMNS = columns(
    "register_code=register_code|codice fiscale|rea, activity=activity|ateco|nace|codice ateco, "
    "province=province|provincia",
    "name=name|denominazione, municipality=municipality|comune, persons=persons|addetti, "
    "size=size_class|classe dimensionale, active_from=active_from|data iscrizione, "
    "active_to=active_to|data cessazione",
)
SIZES = {
    "micro": "micro", "small": "small", "piccola": "small", "medium": "medium", "media": "medium", "large": "large",
    "grande": "large",
}  # fmt: skip


@dataclass(frozen=True)
class FirmRow:
    """A firm of the register. persons: null where not stated."""

    register_code: str
    name: str
    activity: str
    province: str
    municipality: str
    persons: int | None
    size_class: str
    active_from: date | None
    active_to: date | None


def firm_row(row: Row) -> FirmRow:
    """Raises BadValue. In the province column NA is Naples. See Note [NA is also a place]."""
    code = row["register_code"].replace(" ", "").upper()
    if not code or len(code) > 20:
        raise BadValue("register_code", row["register_code"], "is empty or too long", "give the firm's number")
    persons = number("persons", row["persons"])
    if persons is not None and (persons < 0 or persons != int(persons)):
        raise BadValue("persons", row["persons"], "is no number of persons", "write a whole number of 0 or more")
    size = row["size"].lower()
    if not missing(size) and size not in SIZES:
        raise BadValue("size_class", row["size"], "is no size class", "write micro, small, medium or large")
    start, end = day("active_from", row["active_from"]), day("active_to", row["active_to"])
    if start and end and end <= start:
        raise BadValue("active_to", row["active_to"], "is not after active_from", "correct one of the two days")
    return FirmRow(
        register_code=code,
        name=row["name"][:300],
        activity=row["activity"],
        province=row["province"],
        municipality=row["municipality"],
        persons=None if persons is None else int(persons),
        size_class=SIZES.get(size, ""),
        active_from=start,
        active_to=end,
    )
