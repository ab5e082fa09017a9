"""Loads the lists of a cluster: members, yearly accounts, projects. Every row must be right, or nothing is loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from poliedro.reference.rules import words
from poliedro.reference.services.loads import Facts, Importer, Run
from poliedro.reference.sources.files import files_in
from poliedro.reference.sources.tables import BadValue, Column, Row, matches
from poliedro.registry.models import (
    Cluster,
    CostLine,
    ManagementOrganisation,
    Mandate,
    Organisation,
    Participation,
    Project,
    ProjectShare,
    RevenueLine,
)
from poliedro.registry.services.imports.bodies import Bodies
from poliedro.registry.services.imports.common import checked, cluster_of_list
from poliedro.registry.services.imports.members import load_members
from poliedro.registry.services.standings import ProjectRows
from poliedro.registry.sources import lists
from poliedro.registry.sources.lists import AccountRow, ProjectRow


# --- accounts ---------------------------------------------------------------------------------------------------------
def load_accounts(run: Run, path: Path) -> None:
    cluster = cluster_of_list(run)
    revenues = Facts(
        run, RevenueLine, ("body_id", "cluster_id", "year", "origin"), ("amount_eur", "note"), Q(cluster=cluster),
        of_any_source=True,
    )  # fmt: skip
    costs = Facts(
        run, CostLine, ("body_id", "cluster_id", "year", "kind"), ("amount_eur",), Q(cluster=cluster),
        of_any_source=True,
    )  # fmt: skip
    mandates = list(Mandate.objects.known().filter(cluster=cluster).select_related("body__organisation"))
    for row, line in checked(run, path, lists.ACCOUNTS, lists.account_row):
        try:
            body = _body_of(mandates, line)
            facts, values = (revenues, (line.amount_eur, line.note)) if line.is_revenue else (costs, (line.amount_eur,))
            key = (body.pk, cluster.pk, line.year, line.item)
            if key in facts.stated:
                raise BadValue("item", row["item"], _("appears twice for this year"), _("add the amounts together"))
            days = {"valid_from": date(line.year, 1, 1), "valid_to": date(line.year + 1, 1, 1)}
            run.done(facts.state(key, values, **days))
        except BadValue as error:
            run.reject(row, error)
    revenues.save()
    costs.save()


def _body_of(mandates: list[Mandate], line: AccountRow) -> ManagementOrganisation:
    """The managing body of the line: the one named, else the lead of that year."""
    start, end = date(line.year, 1, 1), date(line.year + 1, 1, 1)
    running = [
        m
        for m in mandates
        if (m.valid_from is None or m.valid_from < end) and (m.valid_to is None or m.valid_to > start)
    ]
    named = [m for m in running if words(m.body.organisation.name) == words(line.body)] if line.body else running
    if not named:
        shown = ", ".join(sorted({m.body.organisation.name for m in running})) or "none"
        raise BadValue(
            "body",
            line.body,
            _("did not manage the cluster in %(year)d") % {"year": line.year},
            _("write one of: %(values)s") % {"values": shown},
        )
    return sorted(named, key=lambda m: (not m.is_lead, m.pk))[0].body


# --- projects ---------------------------------------------------------------------------------------------------------
def load_projects(run: Run, path: Path) -> None:
    cluster = cluster_of_list(run)
    bodies, rows = Bodies(run, apart=False), ProjectRows(run)
    scheme = Project.Scheme.REGIONAL
    held = {p.number: p for p in Project.objects.filter(scheme=scheme, retracted_at=None).select_related("load")}
    owners = _owners(held)
    by_name: dict[str, list[Organisation]] = {}
    taken: list[tuple[Row, ProjectRow, Project, Organisation | None, bool]] = []
    read = list(checked(run, path, lists.PROJECTS, lists.project_row))
    names = {stated.participant for _row, stated in read if stated.participant}
    for body in Organisation.objects.current().filter(name__in=names):
        by_name.setdefault(words(body.name), []).append(body)
    for row, stated in read:
        try:
            project, changed = _project(run, rows, held, stated, cluster, owners)
            participant = _participant(bodies, by_name, stated)
        except BadValue as error:
            run.reject(row, error)
            continue
        taken.append((row, stated, project, participant, changed))
    rows.save()
    bodies.save()
    _state_parts(run, cluster, taken)


def _owners(held: dict[str, Project]) -> dict[int, dict[int, str]]:
    """{project: {cluster: name}} of those that have a share in it."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    shares = ProjectShare.objects.known().filter(project__in=[p.pk for p in held.values()])
    for project, cluster, name in shares.values_list("project_id", "cluster_id", "cluster__name"):
        found[project][cluster] = name
    return found


def _project(
    run: Run,
    rows: ProjectRows,
    held: dict[str, Project],
    stated: ProjectRow,
    cluster: Cluster,
    owners: dict[int, dict[int, str]],
) -> tuple[Project, bool]:
    """The project of the row, new or changed. What another cluster has a share in, or another source stated, stays: a
    row that says otherwise is refused."""
    values = {
        "title": stated.title, "acronym": stated.acronym, "cup": stated.cup, "programme": stated.programme,
        "starts_on": stated.starts_on, "ends_on": stated.ends_on, "total_cost_eur": stated.total_cost_eur,
        "public_contribution_eur": stated.public_contribution_eur,
    }  # fmt: skip
    values = {k: v for k, v in values.items() if v not in ("", None)}
    project = held.get(stated.number)
    if project is not None:
        others = {c: name for c, name in owners.get(project.pk or 0, {}).items() if c != cluster.pk}
        own_list = project.load is None or project.load.parameters.get("cluster") == cluster.key
        mine = project.pk is None or (not others and (cluster.pk in owners.get(project.pk, {}) or own_list))
        differing = sorted(name for name, value in values.items() if getattr(project, name) != value)
        if differing and not mine:
            name = differing[0]
            raise BadValue(
                name,
                str(values[name]),
                _("differs from what %(who)s stated for project %(number)s: %(held)s")
                % {
                    "who": ", ".join(others.values()) or project.source.name,
                    "number": stated.number,
                    "held": getattr(project, name),
                },
                _("agree with them, then write the same; or use a number of your own"),
            )
        return project, rows.change(project, **values)
    project = Project(
        scheme=Project.Scheme.REGIONAL, number=stated.number, source=run.source, load=run.load,
        certainty=run.source.certainty, **values,
    )  # fmt: skip
    held[stated.number] = project
    rows.add(project)
    return project, True


def _participant(bodies: Bodies, by_name: dict[str, list[Organisation]], stated: ProjectRow) -> Organisation | None:
    """The organisation that took part: by tax code, else by its exact name, else a new one."""
    if not stated.participant:
        return None
    numbers = [("tax_code", stated.tax_code)] if stated.tax_code else []
    alike = by_name.get(words(stated.participant), [])
    if not numbers and len(alike) > 1:
        raise BadValue(
            "participant",
            stated.participant,
            _("is the name of %(n)d organisations") % {"n": len(alike)},
            _("write its tax code too"),
        )
    if len(alike) == 1 and (not numbers or bodies.find(numbers) is None):
        for scheme, value in numbers:
            bodies.give(alike[0], scheme, value)
        return alike[0]
    body, _new = bodies.state(numbers, name=stated.participant, country="IT")
    by_name.setdefault(words(stated.participant), []).append(body)
    return body


def _state_parts(
    run: Run, cluster: Cluster, taken: list[tuple[Row, ProjectRow, Project, Organisation | None, bool]]
) -> None:
    shares = Facts(
        run, ProjectShare, ("project_id", "cluster_id"), ("share",), Q(project__scheme="regional"), of_any_source=True
    )
    parts = Facts(
        run, Participation, ("project_id", "organisation_id", "role"),
        ("contribution_eur", "cost_eur", "valid_from", "valid_to"), Q(project__scheme="regional"), of_any_source=True,
    )  # fmt: skip
    division = _Division(cluster, {entry[2].pk for entry in taken})
    for row, stated, project, participant, changed in taken:
        try:
            others = division.others(row, stated, project)
            for of, share in ((cluster.pk, stated.share), *others.items()):
                if (project.pk, of) not in shares.stated:
                    changed |= shares.state((project.pk, of), (share,))
            if participant is not None:
                key = (project.pk, participant.pk, stated.role)
                if key in parts.stated:
                    raise BadValue(
                        "participant", stated.participant, _("appears twice in the project"), _("join the two rows")
                    )
                until = project.ends_on + timedelta(days=1) if project.ends_on else None
                changed |= parts.state(key, (stated.contribution_eur, stated.cost_eur, project.starts_on, until))
            run.done(changed)
        except BadValue as error:
            run.reject(row, error)
    shares.save()
    parts.save()


WHOLE = Decimal("0.001")
"""How far the parts of a project may stay from 1: three thirds do."""


class _Division:
    """The parts of projects by cluster: what the list says of its own cluster and of others adds up to 1."""

    def __init__(self, cluster: Cluster, projects: set[int]) -> None:
        self.cluster = cluster
        self.clusters = {words(name): c for c in Cluster.objects.order_by("pk") for name in (c.key, c.name)}
        self.known: dict[int, dict[int, Decimal]] = defaultdict(dict)
        self.own: dict[tuple[int, int], str] = {}
        rows = ProjectShare.objects.known().filter(project__in=projects).exclude(cluster=cluster)
        for share in rows.select_related("cluster", "load").order_by("pk"):
            self.known[share.project_id][share.cluster_id] = share.share
            if share.load is None or share.load.parameters.get("cluster") != cluster.key:
                self.own[share.project_id, share.cluster_id] = share.cluster.name

    def others(self, row: Row, stated: ProjectRow, project: Project) -> dict[int, Decimal]:
        """The parts that the row gives to other clusters. Raises BadValue where it names none, contradicts what another
        cluster stated, or where all parts together are not the whole project."""
        given: dict[int, Decimal] = {}
        for name, share in stated.others:
            other = self.clusters.get(words(name))
            if other is None or other.pk == self.cluster.pk:
                raise BadValue(
                    "others", row["others"], _("%(name)s is no other cluster") % {"name": name},
                    _("write one of: %(values)s") % {"values": self._keys()},
                )  # fmt: skip
            held = self.known[project.pk].get(other.pk)
            if held is not None and held != share and (project.pk, other.pk) in self.own:
                raise BadValue(
                    "others", row["others"],
                    _("differs from what %(who)s stated for project %(number)s: %(held)s")
                    % {"who": self.own[project.pk, other.pk], "number": stated.number, "held": f"{held.normalize():f}"},
                    _("agree with them, then write the same; or use a number of your own"),
                )  # fmt: skip
            given[other.pk] = share
        together = self.known[project.pk] | given
        total = stated.share + sum(together.values(), Decimal(0))
        if abs(total - 1) > WHOLE:
            raise BadValue(
                "share", row["share"] or "1",
                _("with %(share)s of other clusters adds up to %(sum)s, not to 1")
                % {"share": _plain(sum(together.values(), Decimal(0))), "sum": _plain(total)},
                _("write the whole division: your part here, the others' in their column, such as %(example)s")
                % {"example": f"{self._example()} {_plain(max(Decimal('0.1'), 1 - stated.share))}"},
            )  # fmt: skip
        return given

    def _keys(self) -> str:
        return ", ".join(sorted({c.key for c in self.clusters.values()} - {self.cluster.key}))

    def _example(self) -> str:
        return self._keys().split(", ")[0] or "mesap"


def _plain(share: Decimal) -> str:
    """Without the zeros behind."""
    return f"{share.normalize():f}"


def _importer(key: str, title: str, asked: tuple[Column, ...], load: Callable[[Run, Path], Any]) -> Importer:
    return Importer(
        key, title, "cluster-lists", "the template of docs/operations/imports.md, CSV or XLSX (with --cluster)",
        lambda path: any(matches(f, asked) for f in files_in(path)), load, share_tolerated=0.0, order=90,
        in_folders=False,
    )  # fmt: skip


IMPORTERS = (
    _importer("members", "Member list of a cluster", lists.MEMBERS, load_members),
    _importer("accounts", "Yearly accounts of a cluster", lists.ACCOUNTS, load_accounts),
    _importer("projects", "Projects of a cluster", lists.PROJECTS, load_projects),
)
