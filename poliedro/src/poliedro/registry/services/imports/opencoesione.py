"""Loads OpenCoesione: cohesion-policy projects of the region and where they are carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from poliedro.reference.rules import words
from poliedro.reference.services.loads import Facts, Importer, Run
from poliedro.reference.sources.files import UnreadableFile, files_in
from poliedro.reference.sources.tables import BadValue, find, matches, read_rows
from poliedro.registry.models import Project, ProjectPlace, ProjectSpending
from poliedro.registry.queries.places import Places
from poliedro.registry.services.imports.findings import Findings, Words
from poliedro.registry.services.standings import ProjectRows
from poliedro.registry.sources import opencoesione
from poliedro.registry.sources.opencoesione import PlaceRow, ProjectRow
from poliedro.shared.region import region


def of_region(run: Run, name: str) -> bool:
    """Whether a row belongs to the region that the site serves; every row does if the caller wants all.

    What does not is counted with the names looked for: a region's configuration may name it otherwise than the file.
    """
    if run.options.get("everywhere") or not name:
        return True
    own = {words(n) for n in region().names.values()}
    if any(words(part) in own for part in name.split(":::")):  # OpenCoesione joins several regions so
        return True
    run.notes[f"rows of other regions than {' or '.join(sorted(set(region().names.values())))}"] += 1
    return False


def load_opencoesione(run: Run, path: Path) -> None:
    if not _reads(path):
        raise UnreadableFile(
            f"{path.name} holds no localizzazioni or progetti of OpenCoesione", "give the official CSV"
        )
    places, findings = Places(), Findings(run)
    rows = ProjectRows(run)
    held = {p.number: p for p in Project.objects.filter(scheme=Project.Scheme.COHESION, retracted_at=None)}
    stated: list[PlaceRow] = []
    spent: list[ProjectRow] = []
    for file in find(path, opencoesione.PROJECTS):
        for row in run.rows(read_rows(file, opencoesione.PROJECTS), file.name):
            try:
                project = opencoesione.project_row(row)
            except BadValue as error:
                run.reject(row, error)
                continue
            if of_region(run, project.region):
                run.done(_state(run, rows, held, project.number, **_fields(project)))
                if any(v not in (None, "") for v in project.spending):
                    spent.append(project)
                if project.bad_cup:
                    _found_cup(run, findings, project)
            else:
                run.skipped += 1
    changed: list[bool] = []
    for file in find(path, opencoesione.PLACES):
        for row in run.rows(read_rows(file, opencoesione.PLACES), file.name):
            try:
                place = opencoesione.place_row(row)
            except BadValue as error:
                run.reject(row, error)
                continue
            if of_region(run, place.region):
                changed.append(_state(run, rows, held, place.project))
                stated.append(place)
            else:
                run.skipped += 1
    rows.save()
    _state_places(run, places, held, stated, changed)
    _state_spending(run, held, spent)
    findings.save()


def _state(run: Run, rows: ProjectRows, held: dict[str, Project], number: str, **values: Any) -> bool:
    project = held.get(number)
    if project is not None:
        return rows.change(project, **{k: v for k, v in values.items() if v not in ("", None)})
    project = Project(
        scheme=Project.Scheme.COHESION, number=number, source=run.source, load=run.load,
        certainty=run.source.certainty, **values,
    )  # fmt: skip
    held[number] = project
    rows.add(project)
    return True


def _fields(project: ProjectRow) -> dict[str, Any]:
    return {
        "title": project.title,
        "objective": project.summary,
        "programme": project.programme,
        "cup": project.cup,
        "starts_on": project.starts_on,
        "ends_on": project.ends_on,
        "total_cost_eur": project.cost_eur,
        "public_contribution_eur": project.contribution_eur,
    }


def _state_places(
    run: Run, places: Places, held: dict[str, Project], stated: list[PlaceRow], changed: list[bool]
) -> None:
    facts = Facts(run, ProjectPlace, ("project_id", "territory_id"), ("address",))
    for place, new_project in zip(stated, changed, strict=True):
        territory = places.by_code.get(place.istat) if place.istat else None
        if territory is None:
            territory = places.find(place.town, "IT", province=place.province) if place.town or place.province else None
        if territory is None:
            territory = places.by_code.get(region().code) if not run.options.get("everywhere") else None
            run.notes["places known only as the region"] += 1
        if territory is None:
            run.notes["places that no loaded territory is"] += 1
            run.done(new_project)
            continue
        key = (held[place.project].pk, territory)
        run.done(new_project if key in facts.stated else facts.state(key, (place.address,)) or new_project)
    facts.save()


def _state_spending(run: Run, held: dict[str, Project], spent: list[ProjectRow]) -> None:
    """Money and beneficiary on the file's own day; on the day of loading where it gives none."""
    values = ("committed_eur", "paid_eur", "beneficiary", "beneficiary_tax_code", "cycle")
    facts = Facts(run, ProjectSpending, ("project_id", "stated_on"), values)
    for project in spent:
        facts.state((held[project.number].pk, project.stated_on or run.at.date()), project.spending)
    facts.save()


def _found_cup(run: Run, findings: Findings, project: ProjectRow) -> None:
    findings.add(
        f"cup-{project.number}",
        kind="cup",
        title=Words(
            f"Project {project.number}: {project.bad_cup} is no CUP",
            f"Progetto {project.number}: {project.bad_cup} non è un CUP",
        ),
        statement=Words(
            "The number does not have the form of a CUP; the project was loaded without it.",
            "Il numero non ha la forma di un CUP; il progetto è stato caricato senza.",
        ),
        sides=[{"what": "CUP", "value": project.bad_cup, "source": run.source.name}],
    )  # fmt: skip


def _reads(path: Path) -> bool:
    return any(matches(f, opencoesione.PLACES) or matches(f, opencoesione.PROJECTS) for f in files_in(path))


IMPORTERS = (
    Importer(
        "opencoesione", "OpenCoesione", "opencoesione", "localizzazioni or progetti CSV, or a folder with both",
        _reads, load_opencoesione, order=70,
    ),
)  # fmt: skip
