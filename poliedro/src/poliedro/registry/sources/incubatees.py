"""Lists of incubatees that incubators hand in: who came when, left when, and what became of it. CSV or XLSX, headers in
English or Italian. The layout is documented in docs/operations/imports.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from poliedro.reference.sources.tables import BadValue, Row, columns, day
from poliedro.registry.rules.identifiers import InvalidIdentifier, check_tax_code

COLUMNS = columns(
    "name=name|nome|denominazione|ragione sociale, incubator=incubator|incubatore, "
    "entered=entered_on|data ingresso|data di ingresso",
    "tax_code=tax_code|codice fiscale, left=left_on|data uscita|data di uscita, programme=programme|programma, "
    "origin=origin|origine|laboratorio di origine, status=status|stato, since=status_since|stato dal, "
    "checked=checked_on|verificato il|data verifica, town=municipality|city|comune, province=province|provincia",
)
STATUSES = {
    "alive": "alive", "attiva": "alive", "attivo": "alive", "acquired": "acquired", "acquisita": "acquired",
    "acquisito": "acquired", "closed": "closed", "cessata": "closed", "chiusa": "closed", "liquidata": "closed",
}  # fmt: skip


@dataclass(frozen=True)
class Incubatee:
    """A spell in an incubator. left_on: the first day no longer there. status: empty where the list does not say what
    became of the firm; since: the first day of that status; checked_on: when that was last seen."""

    name: str
    tax_code: str
    incubator: str
    entered_on: date
    left_on: date | None
    programme: str
    origin: str
    status: str
    since: date | None
    checked_on: date | None
    town: str
    province: str


def incubatee(row: Row) -> Incubatee:
    """Raises BadValue with the first fault of the row."""
    for name, remedy in (("name", _("write the firm's name")), ("incubator", _("write the incubator's name"))):
        if not row[name]:
            raise BadValue(name, "", _("is empty"), remedy)
    entered, left = day("entered", row["entered"]), day("left", row["left"])
    if entered is None:
        raise BadValue("entered", "", _("is empty"), _("write the day it came, such as 2019-03-01"))
    if left is not None and left <= entered:
        raise BadValue("left", row["left"], _("is not after the day it came"), _("write the first day it was gone"))
    status, since, checked = _status(row, entered)
    tax_code = ""
    if row["tax_code"]:
        try:
            tax_code = check_tax_code(row["tax_code"])
        except InvalidIdentifier as error:
            raise BadValue(
                "tax_code",
                row["tax_code"],
                _("is no codice fiscale: its check digit or its length is wrong"),
                _("correct the number, or leave it empty"),
            ) from error
    return Incubatee(
        row["name"][:300], tax_code, row["incubator"][:300], entered, left, row["programme"][:120], row["origin"][:200],
        status, since, checked, row["town"][:200], row["province"],
    )  # fmt: skip


def _status(row: Row, entered: date) -> tuple[str, date | None, date | None]:
    """Status, its first day and when it was last seen; an acquired or closed firm needs the day, an alive one the last
    check."""
    if not row["status"]:
        return "", None, None
    status = STATUSES.get(row["status"].strip().lower())
    if status is None:
        raise BadValue(
            "status", row["status"], _("is not in the list of values"),
            _("write one of: %(values)s") % {"values": "alive, acquired, closed"},
        )  # fmt: skip
    since, checked = day("since", row["since"]), day("checked", row["checked"])
    if status == "alive":
        if checked is None:
            raise BadValue("checked", "", _("is empty"), _("write the day on which the firm was last seen alive"))
        since = entered
    elif since is None:
        raise BadValue("since", "", _("is empty"), _("write the day on which it closed or was acquired"))
    assert since is not None
    checked = checked or since
    if checked < since or since < entered:
        raise BadValue(
            "since", row["since"] or row["checked"], _("does not fit the other days of the row"),
            _("the firm comes first, then its status begins, then it is checked"),
        )  # fmt: skip
    return status, since, checked


def alive_until(firm: Incubatee) -> date | None:
    """The last day on which a firm that closed or was acquired was surely there: the day before; None: entered then."""
    if firm.status in ("", "alive") or firm.since is None or firm.since <= firm.entered_on:
        return None
    return firm.since - timedelta(days=1)
