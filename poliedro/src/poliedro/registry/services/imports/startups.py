"""Loads the Italian list of innovative start-ups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from poliedro.reference.services.classifications import ensure_excerpts
from poliedro.reference.services.loads import Facts, Importer, Run
from poliedro.reference.sources.files import UnreadableFile, files_in
from poliedro.reference.sources.tables import BadValue, find, matches, read_rows
from poliedro.registry.models import Activity, Organisation, RegisterFlag
from poliedro.registry.queries.activities import Activities, Resolved
from poliedro.registry.queries.places import Places
from poliedro.registry.services.imports.bodies import Bodies
from poliedro.registry.services.imports.findings import Findings, Words
from poliedro.registry.services.imports.opencoesione import of_region
from poliedro.registry.sources import startups
from poliedro.registry.sources.startups import StartUp


def load_startups(run: Run, path: Path) -> None:
    files = find(path, startups.COLUMNS)
    if not files:
        raise UnreadableFile(f"{path.name} is no list of innovative start-ups", "give the register's CSV or XLSX")
    ensure_excerpts()
    places, activities, bodies = Places(), Activities(), Bodies(run)
    stated: list[tuple[StartUp, Organisation, bool, Resolved | None]] = []
    unknown: dict[str, int] = {}
    listed = []
    for file in files:
        for row in run.rows(read_rows(file, startups.COLUMNS), file.name):
            try:
                firm = startups.start_up(row)
            except BadValue as error:
                run.reject(row, error)
                continue
            if of_region(run, firm.region):
                listed.append(firm)
            else:
                run.skipped += 1
    bodies.fetch([number for firm in listed for number in _numbers(firm)])
    for firm in listed:
        activity = activities.of_italian(firm.ateco, firm.registered_on) if firm.ateco else None
        if firm.ateco and activity is None:
            unknown[firm.ateco] = unknown.get(firm.ateco, 0) + 1
        body, changed = bodies.state(_numbers(firm), **_fields(firm, places, activity))
        stated.append((firm, body, changed, activity))
    bodies.save()
    _state_facts(run, stated)
    _found_unknown(run, unknown)


def _numbers(firm: StartUp) -> list[tuple[str, str]]:
    return [("tax_code", firm.tax_code)] if firm.tax_code else [("local", firm.key)]


def _fields(firm: StartUp, places: Places, activity: Resolved | None) -> dict[str, Any]:
    return {
        "name": firm.name,
        "short_name": firm.short_name,
        "kind": Organisation.Kind.START_UP,
        "country": "IT",
        "place_text": f"{firm.town} {firm.province}".strip(),
        "territory_id": places.find(firm.town, "IT", province=firm.province),
        "founded_on": firm.registered_on,
        "website": firm.website,
        "nace_id": activity.nace if activity else None,
    }


def _state_facts(run: Run, stated: list[tuple[StartUp, Organisation, bool, Resolved | None]]) -> None:
    flags = Facts(run, RegisterFlag, ("organisation_id", "flag"), ("valid_from", "detail"))
    classes = Facts(run, Activity, ("organisation_id", "is_main"), ("code_id", "valid_from"))
    for firm, body, changed, activity in stated:
        flag = (body.pk, RegisterFlag.Flag.INNOVATIVE_START_UP.value)
        changed |= flags.state(flag, (firm.listed_on, firm.detail))
        if activity is not None:
            changed |= classes.state((body.pk, True), (activity.code, firm.registered_on))
        run.done(changed)
    flags.save()
    classes.save()


def _found_unknown(run: Run, unknown: dict[str, int]) -> None:
    if not unknown:
        return
    findings = Findings(run)
    shown = ", ".join(f"{code} ({n})" for code, n in sorted(unknown.items()))
    findings.add(
        "start-ups-unknown-ateco",
        kind="unknown-code",
        title=Words(
            f"{len(unknown)} activity codes of the start-up list are in no loaded classification",
            f"{len(unknown)} codici di attività dell'elenco start-up non sono in alcuna classificazione caricata",
        ),
        statement=Words(
            f"These start-ups have no activity in the register: {shown}. Load the official ATECO 2025 table, then the "
            "list again.",
            f"Queste start-up non hanno un'attività nel registro: {shown}. Caricare la tabella ufficiale ATECO 2025, "
            "poi di nuovo l'elenco.",
        ),
        sides=[{"what": "ATECO", "value": shown[:300], "source": run.source.name}],
    )
    findings.save()


IMPORTERS = (
    Importer(
        "start-ups", "Italian innovative start-ups", "start-ups-it", "the business register's list, CSV or XLSX",
        lambda path: any(matches(f, startups.COLUMNS) for f in files_in(path)), load_startups, order=62,
    ),
)  # fmt: skip
