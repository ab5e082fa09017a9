"""Loads the incubators' lists of their firms. Every row must be right, or nothing is loaded."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from poliedro.reference.rules import words
from poliedro.reference.services.loads import Facts, Importer, Run
from poliedro.reference.sources.files import UnreadableFile, files_in
from poliedro.reference.sources.tables import BadValue, Row, find, matches, read_rows
from poliedro.registry.models import IncubateeSpell, Organisation, StatusRecord
from poliedro.registry.queries.places import Places
from poliedro.registry.services.imports.bodies import Bodies
from poliedro.registry.sources import incubatees
from poliedro.registry.sources.incubatees import Incubatee, alive_until


class _Names:
    """Organisations by name: the incubators, and start-ups that a row without a tax code may mean."""

    def __init__(self) -> None:
        self.incubators: dict[str, Organisation] = {}
        self.firms: dict[str, list[Organisation]] = {}
        hosts = Organisation.objects.current().filter(
            kind__in=(Organisation.Kind.INCUBATOR, Organisation.Kind.ACCELERATOR, Organisation.Kind.SCIENCE_PARK)
        )
        for body in hosts.order_by("pk"):
            self.incubators.setdefault(words(body.name), body)
            if body.short_name:
                self.incubators.setdefault(words(body.short_name), body)
        for firm in Organisation.objects.current().filter(kind=Organisation.Kind.START_UP).order_by("pk"):
            self.firms.setdefault(words(firm.name), []).append(firm)

    def incubator(self, name: str) -> Organisation:
        found = self.incubators.get(words(name))
        if found is None:
            shown = ", ".join(sorted({b.name for b in self.incubators.values()})[:10]) or "none"
            raise BadValue(
                "incubator",
                name,
                _("is no incubator, accelerator or science park of the register"),
                _("write one of: %(values)s") % {"values": shown},
            )
        return found


def load_incubatees(run: Run, path: Path) -> None:
    files = find(path, incubatees.COLUMNS)
    if not files:
        raise UnreadableFile(f"{path.name} is no list of incubatees", "docs/operations/imports.md shows the columns")
    names, places, bodies = _Names(), Places(), Bodies(run, apart=False)
    taken: list[tuple[Row, Incubatee, Organisation, Organisation, bool]] = []
    for file in files:
        for row in run.rows(read_rows(file, incubatees.COLUMNS), file.name):
            try:
                firm = incubatees.incubatee(row)
                body, changed = _body(bodies, names, places, firm)
                taken.append((row, firm, body, names.incubator(firm.incubator), changed))
            except BadValue as error:
                run.reject(row, error)
    bodies.save()
    _state(run, taken)


def _body(bodies: Bodies, names: _Names, places: Places, firm: Incubatee) -> tuple[Organisation, bool]:
    """By tax code, else by name among the start-ups, else new."""
    numbers = [("tax_code", firm.tax_code)] if firm.tax_code else []
    alike = names.firms.get(words(firm.name), [])
    if not numbers and len(alike) > 1:
        raise BadValue(
            "name", firm.name, _("is the name of %(n)d organisations") % {"n": len(alike)}, _("write its tax code too")
        )
    if len(alike) == 1 and (not numbers or bodies.find(numbers) is None):
        changed = False
        for scheme, value in numbers:
            changed |= bodies.give(alike[0], scheme, value)
        return alike[0], changed
    body, changed = bodies.state(
        numbers,
        name=firm.name,
        kind=Organisation.Kind.START_UP,
        country="IT",
        place_text=f"{firm.town} {firm.province}".strip(),
        territory_id=places.find(firm.town, "IT", province=firm.province) if firm.town or firm.province else None,
        founded_on=None,
    )
    names.firms.setdefault(words(firm.name), []).append(body)
    return body, changed


def _state(run: Run, taken: list[tuple[Row, Incubatee, Organisation, Organisation, bool]]) -> None:
    spells = Facts(
        run, IncubateeSpell, ("organisation_id", "incubator_id", "valid_from"), ("valid_to", "programme", "origin")
    )
    statuses = Facts(run, StatusRecord, ("organisation_id", "status", "valid_from"), ("valid_to", "checked_on"))
    for row, firm, body, incubator, known in taken:
        changed = known
        key = (body.pk, incubator.pk, firm.entered_on)
        if key in spells.stated:
            run.reject(row, BadValue("entered", row["entered"], _("appears twice"), _("drop one of the two rows")))
            continue
        changed |= spells.state(key, (firm.left_on, firm.programme, firm.origin))
        until = alive_until(firm)
        if firm.status == "alive":
            changed |= statuses.state((body.pk, "alive", firm.entered_on), (None, firm.checked_on))
        elif firm.status:
            if until is not None:
                changed |= statuses.state((body.pk, "alive", firm.entered_on), (firm.since, until))
            changed |= statuses.state((body.pk, firm.status, firm.since), (None, firm.checked_on))
        run.done(changed)
    told = {body.pk for _row, firm, body, _incubator, _known in taken if firm.status}
    for held in list(statuses.held):
        if held[0] in told:
            statuses.close(held)  # what the list no longer says became of the firm
    spells.save()
    statuses.save()


IMPORTERS = (
    Importer(
        "incubatees", "Incubatees and what became of them", "incubators",
        "the template of docs/operations/imports.md, CSV or XLSX",
        lambda path: any(matches(f, incubatees.COLUMNS) for f in files_in(path)), load_incubatees,
        share_tolerated=0.0, order=90,
    ),
)  # fmt: skip
