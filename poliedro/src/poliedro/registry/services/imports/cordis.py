"""Loads CORDIS: organisations, projects and participations of H2020 and Horizon Europe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from poliedro.reference.models import Territory
from poliedro.reference.services.loads import Facts, Importer, Run
from poliedro.reference.sources.files import UnreadableFile
from poliedro.reference.sources.tables import BadValue, Row
from poliedro.registry.models import Organisation, Participation, Project
from poliedro.registry.queries.places import Places
from poliedro.registry.services.imports.bodies import Bodies
from poliedro.registry.services.imports.findings import Findings, Words
from poliedro.registry.services.standings import ProjectRows
from poliedro.registry.sources import cordis
from poliedro.registry.sources.cordis import BodyRow, PartRow, ProjectRow

FAR_KM = {
    Territory.Level.MUNICIPALITY: 60.0,
    Territory.Level.NUTS3: 200.0,
    Territory.Level.NUTS2: 400.0,
}
"""How far from its territory's point an organisation can lie before its coordinates are called wrong."""
T = TypeVar("T")


class Cordis:
    """One run over the tables at a path: what they say of projects, of bodies, and of who took part in what."""

    def __init__(self, run: Run, scheme: str) -> None:
        self.run, self.scheme = run, scheme
        self.places = Places()
        self.bodies = Bodies(run)
        self.findings = Findings(run)
        self.described: dict[str, BodyRow] = {}
        self.named: set[str] = set()
        self.projects: dict[tuple[str, str], ProjectRow] = {}
        self.parts: list[PartRow] = []
        self.programmes: dict[str, str] = {}

    def read(self, path: Path) -> None:
        tables = cordis.tables_in(path)
        if not tables:
            raise UnreadableFile(f"{path.name} holds no table of CORDIS", "give its project.csv and organization.csv")
        for file in tables.get("parts", ()):
            for row in self.run.rows(cordis.good_rows(file), file.name):
                self.programmes[row["rcn"]] = row["programme_part"]
        self._each(tables, "projects", cordis.project_row, self._take_project)
        self._each(tables, "names", cordis.derived_body, self._take_name)
        self._each(tables, "participations", cordis.derived_part, self._take_part)
        self._each(tables, "organisations", cordis.official_part, self._take_part)

    def _each(
        self, tables: dict[str, list[Any]], layout: str, reader: Callable[[Row], T], take: Callable[[T], None]
    ) -> None:
        for file in tables.get(layout, ()):
            for row in self.run.rows(cordis.good_rows(file), file.name):
                if layout == "names" and not row["orgId"]:
                    self.run.skipped += 1
                    self.run.notes["organisations without a PIC, which nothing refers to"] += 1
                    continue
                try:
                    take(reader(row))
                except BadValue as error:
                    self.run.reject(row, error)

    def _take_project(self, project: ProjectRow) -> None:
        self.projects["number", project.id] = project

    def _take_name(self, body: BodyRow) -> None:
        self.described[body.pic] = body
        self.named.add(body.pic)

    def _take_part(self, part: PartRow) -> None:
        self._merge(part.body)
        self.parts.append(part)
        if part.dates is not None:
            self.projects.setdefault(("rcn", part.project), part.dates)
        elif ("number", part.project) not in self.projects:
            self.projects["number", part.project] = ProjectRow(id=part.project)

    def _merge(self, body: BodyRow) -> None:
        """What one row says of a body fills what the rows before left open."""
        held = self.described.get(body.pic)
        if held is None:
            self.described[body.pic] = body
            return
        for name, value in body.__dict__.items():
            if value not in ("", None, "unknown") and held.__dict__[name] in ("", None, "unknown"):
                setattr(held, name, value)

    # --- writing ---------------------------------------------------------------------------------------------------
    def write(self) -> None:
        self.run.progress.start("organisations", len(self.described))
        self.bodies.fetch([("pic", pic) for pic in self.described])
        holders: dict[str, Organisation] = {}
        for pic, body in self.described.items():
            numbers = [("pic", pic)] + ([("vat", body.vat)] if body.vat else [])
            holders[pic], changed = self.bodies.state(numbers, **self._fields(body))
            if pic in self.named:
                self.run.done(changed)
        self.run.progress.advance(len(self.described))
        self.bodies.create()
        self.bodies.save()
        projects = self._write_projects()
        self._write_parts(holders, projects)
        self.findings.save()

    def _fields(self, body: BodyRow) -> dict[str, Any]:
        territory = self.places.find(body.city, body.country, body.nuts)
        latitude, longitude = body.latitude, body.longitude
        if latitude is not None and longitude is not None and territory is not None:
            away = self.places.distance_km(territory, latitude, longitude)
            point = self.places.points[territory]
            if away is not None and away > FAR_KM.get(Territory.Level(point.level), 1e9):
                self._found_far(body, point.name, latitude, longitude, away)
                latitude = longitude = None
        return {
            "name": body.name,
            "short_name": body.short_name,
            "kind": body.kind,
            "country": body.country,
            "territory_id": territory,
            "place_text": body.city,
            "street": body.street,
            "postcode": body.postcode,
            "website": body.website,
            "latitude": latitude,
            "longitude": longitude,
        }

    def _found_far(self, body: BodyRow, place: str, latitude: float, longitude: float, away: float) -> None:
        name = body.name or f"PIC {body.pic}"
        self.findings.add(
            f"geolocation-{body.pic}",
            kind="geolocation",
            severity="warning",
            title=Words(
                f"{name}: address in {place}, coordinates {away:.0f} km away",
                f"{name}: indirizzo a {place}, coordinate a {away:.0f} km",
            ),
            statement=Words(
                "The file gives an address and coordinates that cannot both hold. The address counts; the coordinates "
                "were left out.",
                "Il file riporta un indirizzo e coordinate che non possono valere entrambi. Vale l'indirizzo; le "
                "coordinate sono state tralasciate.",
            ),
            sides=[
                {"what": "address", "value": f"{body.city} {body.nuts}".strip(), "source": self.run.source.name},
                {"what": "geolocation", "value": f"{latitude}, {longitude}", "source": self.run.source.name},
            ],
        )

    def _write_projects(self) -> dict[tuple[str, str], Project]:
        rows = ProjectRows(self.run)
        held = Project.objects.filter(scheme=self.scheme, retracted_at=None)
        by_number = {p.number: p for p in held}
        by_rcn = {p.rcn: p for p in by_number.values() if p.rcn}
        found: dict[tuple[str, str], Project] = {}
        stated_projects = {key for key in self.projects if key[0] == "number" and self.projects[key].title}
        for key, stated in self.projects.items():
            number = stated.id or stated.rcn
            project = (by_number.get(stated.id) if stated.id else None) or by_rcn.get(stated.rcn)
            values = self._project_fields(stated)
            if project is None:
                project = Project(
                    scheme=self.scheme, number=number, source=self.run.source, load=self.run.load,
                    certainty=self.run.source.certainty, **values,
                )  # fmt: skip
                rows.add(project)
                by_number[number] = project
                if project.rcn:
                    by_rcn[project.rcn] = project
                changed = True
            else:
                if stated.id:
                    values["number"] = stated.id
                changed = rows.change(project, **values)
            found[key] = project
            if key in stated_projects:
                self.run.done(changed)
        rows.save()
        return found

    def _project_fields(self, stated: ProjectRow) -> dict[str, Any]:
        """What is stated; an empty cell takes nothing away from what another file said."""
        values: dict[str, Any] = {
            "rcn": stated.rcn,
            "acronym": stated.acronym,
            "title": stated.title,
            "objective": stated.objective,
            "programme": stated.programme or self.programmes.get(stated.rcn, ""),
            "starts_on": stated.starts_on,
            "ends_on": stated.ends_on,
            "total_cost_eur": stated.total_cost_eur,
            "public_contribution_eur": stated.contribution_eur,
        }
        return {k: v for k, v in values.items() if v not in ("", None)}

    def _write_parts(self, holders: dict[str, Organisation], projects: dict[tuple[str, str], Project]) -> None:
        facts = Facts(
            self.run, Participation, ("project_id", "organisation_id", "role"),
            ("contribution_eur", "cost_eur", "valid_from", "valid_to"),
        )  # fmt: skip
        together: dict[tuple[int, int, str], list[Any]] = {}
        for part in self.parts:
            project = projects["rcn" if part.by_rcn else "number", part.project]
            key = (project.pk, holders[part.body.pic].pk, part.role)
            sums = together.setdefault(key, [None, None, project, 0])
            sums[0], sums[1] = _plus(sums[0], part.contribution_eur), _plus(sums[1], part.cost_eur)
            sums[3] += 1
        self.run.progress.start("participations", len(together))
        pairs = set()
        for key, (contribution, cost, project, n) in together.items():
            until = project.ends_on + timedelta(days=1) if project.ends_on else None
            changed = facts.state(key, (contribution, cost, project.starts_on, until))
            pairs.add(key[:2])
            for _ in range(n):
                self.run.done(changed)
        for key in facts.held:
            if key[:2] in pairs:
                facts.close(key)  # the same body has another role by now
        facts.save()
        self.run.progress.advance(len(together))


def _plus(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    """The sum of what is stated; null where neither is. A body listed twice in a project counts with both lines."""
    if a is None:
        return b
    return a if b is None else a + b


def load_cordis(run: Run, path: Path, *, scheme: str) -> None:
    cordis_run = Cordis(run, scheme)
    cordis_run.read(path)
    cordis_run.write()


def framework_of(path: Path) -> str:
    """h2020, horizon_europe, or nothing where the path holds no table of CORDIS with participants or projects."""
    tables = cordis.tables_in(path)
    for file in tables.get("projects", ()):
        for row in cordis.good_rows(file):
            if isinstance(row, Row):
                horizon = row["frameworkProgramme"].startswith("HORIZON") or row["legalBasis"].startswith("HORIZON")
                return Project.Scheme.HORIZON_EUROPE if horizon else Project.Scheme.H2020
    return Project.Scheme.H2020 if {"participations", "names", "organisations"} & set(tables) else ""


IMPORTERS = (
    Importer(
        "cordis-h2020", "CORDIS, Horizon 2020", "cordis-h2020",
        "cordis-h2020projects-csv.zip or its folder; or participations by rcn with organisations and programme parts",
        lambda path: framework_of(path) == Project.Scheme.H2020,
        partial(load_cordis, scheme=Project.Scheme.H2020), order=60,
    ),
    Importer(
        "cordis-horizon", "CORDIS, Horizon Europe", "cordis-horizon", "cordis-HORIZONprojects-csv.zip or its folder",
        lambda path: framework_of(path) == Project.Scheme.HORIZON_EUROPE,
        partial(load_cordis, scheme=Project.Scheme.HORIZON_EUROPE), order=61,
    ),
)  # fmt: skip
