"""Who a study is about, from memberships and the register alone: no amount of any firm's accounts is read here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import IntegerField, Prefetch, QuerySet, TextField
from django.db.models.functions import Cast, Substr

from poliedro.audit.models import LogEntry
from poliedro.audit.queries import named
from poliedro.monitoring.models import Study, StudyVersion
from poliedro.monitoring.rules.impact import Declaration, legal_form_of
from poliedro.reference.models import Code, Territory
from poliedro.registry.models import Cluster, FinancialStatement, Lineage, MembershipSpell, Organisation
from poliedro.registry.queries.geography import provinces
from poliedro.shared.jobs import state_of
from poliedro.shared.models import Job
from poliedro.shared.region import region

FIRMS = (Organisation.Kind.ENTERPRISE, Organisation.Kind.LARGE_FIRM, Organisation.Kind.START_UP)


@dataclass(frozen=True)
class FlowStep:
    """A step of the sample: firms that are left, and those that it dropped. step, why: words by key."""

    step: str
    treated: int
    controls: int
    dropped_treated: int = 0
    dropped_controls: int = 0

    def stored(self) -> dict[str, object]:
        return dict(vars(self))


@dataclass(frozen=True)
class Firms:
    """What the register says of firms, but for their accounts: column by column, since a country has many."""

    pk: list[int] = field(default_factory=list)
    legal_form: list[str] = field(default_factory=list)
    province: list[str] = field(default_factory=list)
    division: list[str] = field(default_factory=list)
    section: list[str] = field(default_factory=list)
    founded: list[int | None] = field(default_factory=list)
    closed: list[int | None] = field(default_factory=list)


@dataclass
class Sample:
    """treated: firm -> year in which it first joined; cluster: its first cluster, as it is called today."""

    firms: Firms = field(default_factory=Firms)
    treated: dict[int, int] = field(default_factory=dict)
    cluster: dict[int, str] = field(default_factory=dict)
    controls: set[int] = field(default_factory=set)
    flow: list[FlowStep] = field(default_factory=list)

    def note(self, step: str) -> None:
        """Write down what is left after a step."""
        now = (len(self.treated), len(self.controls))
        last = self.flow[-1] if self.flow else None
        lost = (last.treated - now[0], last.controls - now[1]) if last else (0, 0)
        self.flow.append(FlowStep(step, *now, *lost))


Stated = Callable[[range, Mapping[int, int]], tuple[set[int], set[int]]]
"""Of years, and of firms by the year whose accounts are asked for: firms with accounts in one of the years, and those
with accounts of their own."""


def stated_in_register(years: range, asked: Mapping[int, int]) -> tuple[set[int], set[int]]:
    """The accounts that the register holds. See `Stated`."""
    rows = FinancialStatement.objects.known().filter(year__in=years).order_by()
    some = set(rows.values_list("organisation_id", flat=True).distinct())
    members = MembershipSpell.objects.known().order_by().values("organisation_id")
    pairs = rows.filter(organisation__in=members).values_list("organisation_id", "year")
    return some, {pk for pk, year in pairs if asked.get(pk) == year}


def sample_of(declaration: Declaration, firms: Firms | None = None, stated: Stated = stated_in_register) -> Sample:
    """The firms that the declaration treats and compares, and how many each of its rules drops.

    Steps: in_region, legal_form, joined_in_cycle (treated: joined for the first time in the cycle and one of the
    clusters; controls: never a member of any cluster), with_accounts (treated: the year before joining, or before any
    anticipation; controls: one such year at least). firms: those of the region; stated: whose accounts there are;
    each where it was read already.
    """
    d = declaration
    sample = Sample(firms=firms or firms_of_region())
    known = set(sample.firms.pk)
    first, clusters = _first_memberships(known)
    wanted = {c for c in clusters.values() if not d.clusters or c in d.clusters}
    members = {pk for pk, year in first.items() if year <= d.last_year}
    sample.treated = {pk: first[pk] for pk in members}
    sample.cluster = {pk: clusters[pk] for pk in members}
    sample.controls = known - first.keys()
    sample.note("in_region")
    if d.legal_forms:
        of = zip(sample.firms.pk, sample.firms.legal_form, strict=True)
        fits = {pk for pk, legal_form in of if legal_form in d.legal_forms}
        sample.treated = {pk: year for pk, year in sample.treated.items() if pk in fits}
        sample.controls &= fits
        sample.note("legal_form")
    sample.treated = {
        pk: year
        for pk, year in sample.treated.items()
        if d.first_join <= year <= d.last_join and sample.cluster[pk] in wanted
    }
    sample.note("joined_in_cycle")
    base = {pk: year + d.base_event for pk, year in sample.treated.items()}
    some, before = stated(range(d.first_join + d.base_event, d.last_join + d.base_event + 1), base)
    sample.treated = {pk: year for pk, year in sample.treated.items() if pk in before}
    sample.controls &= some
    sample.note("with_accounts")
    sample.cluster = {pk: sample.cluster[pk] for pk in sample.treated}
    return sample


def firms_of_region() -> Firms:
    """The firms of the region, in the order of their keys."""
    here = Territory.objects.filter(code=region().code, version="2016").order_by("pk").first()
    rows = Organisation.objects.current().filter(kind__in=FIRMS)
    if here is not None:
        rows = rows.located_in(here)
    asked = rows.order_by("pk").values_list(
        "pk", "legal_form", "territory_id", "nace_id", _year_of("founded_on"), _year_of("closed_on")
    )
    pks, forms, towns, classes, founded, closed = _columns(asked, 6)
    words = {form: legal_form_of(form) for form in set(forms)}
    places = provinces()
    province = {town: places[town][0] if town in places else "" for town in set(towns)}
    divisions, sections = _sectors()
    return Firms(
        pks,
        [words[form] for form in forms],
        [province[town] for town in towns],
        [divisions.get(nace, "") for nace in classes],
        [sections.get(nace, "") for nace in classes],
        founded,
        closed,
    )


def _columns(rows: QuerySet[Any, tuple[Any, ...]], width: int) -> list[list[Any]]:
    """With the database's own cursor, and some rows at a time, which stay in the cache while they are turned."""
    columns: list[list[Any]] = [[] for _ in range(width)]
    with connection.cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        while some := cursor.fetchmany(2000):
            for column, values in zip(columns, zip(*some, strict=True), strict=True):
                column.extend(values)
    return columns


def _year_of(day: str) -> Cast:
    """Of a column of days, as a number: neither Django nor the driver makes a date of each of them."""
    return Cast(Substr(Cast(day, TextField()), 1, 4), IntegerField())


def _sectors() -> tuple[dict[int | None, str], dict[int | None, str]]:
    """Division and section of every class: the ancestors of level 2 and 1."""
    rows = {
        pk: (level, code, parent)
        for pk, level, code, parent in Code.objects.filter(classification__key__in=("nace", "ateco"))
        .order_by("pk")
        .values_list("pk", "level", "code", "parent_id")
    }
    division: dict[int | None, str] = {}
    section: dict[int | None, str] = {}
    for pk in rows:
        at: int | None = pk
        while at is not None and at in rows:
            level, code, parent = rows[at]
            if level == 2:
                division[pk] = code
            elif level == 1:
                section[pk] = code
            at = parent
    return division, section


def _first_memberships(firms: Set[int]) -> tuple[dict[int, int], dict[int, str]]:
    """The year in which each firm first became a member of any cluster, and which, as it is called today."""
    heirs = dict(
        Lineage.objects.known().order_by("share", "pk").values_list("predecessor_id", "successor_id")
    )  # the largest share last: it stays
    keys = dict(Cluster.objects.order_by("pk").values_list("pk", "key"))
    first: dict[int, int] = {}
    cluster: dict[int, str] = {}
    spells = MembershipSpell.objects.known().order_by("valid_from", "pk")
    for firm, of, year in spells.values_list("organisation_id", "cluster_id", _year_of("valid_from")):
        if firm in firms and firm not in first and year is not None:
            for _ in range(len(heirs)):
                if of not in heirs:
                    break
                of = heirs[of]
            first[firm], cluster[firm] = year, keys[of]
    return first, cluster


def studies_for(user: object) -> QuerySet[Study]:
    """The studies that the person may see: all, or those with a signed version. Two queries with their versions."""
    versions = StudyVersion.objects.select_related("run", "signed_by").order_by("number")
    rows = Study.objects.prefetch_related(Prefetch("versions", versions)).order_by("-created_at", "-pk")
    may = getattr(user, "has_perm", None)
    if may is not None and may("monitoring.view_studies"):
        return rows
    return rows.filter(versions__signed_at__isnull=False).distinct()


def public_versions(versions: list[StudyVersion], works: bool) -> list[StudyVersion]:
    """The versions that stand beside each other for a reader: all for those who work on studies; for everyone, once
    one of them is signed, each that was frozen, so that no declaration disappears beside one that went better."""
    if works:
        return versions
    return [v for v in versions if v.frozen_at] if any(v.signed_at for v in versions) else []


def opened_before(version: StudyVersion) -> list[StudyVersion]:
    """Versions, of any study, whose outcomes had been opened when this one was frozen and that treat the same firms:
    years of joining and clusters overlap. Whoever froze it could have seen outcomes."""
    if version.frozen_at is None:
        return []
    d = version.declared
    found = []
    rows = StudyVersion.objects.filter(opened_at__lt=version.frozen_at).exclude(pk=version.pk).select_related("study")
    for other in rows.order_by("opened_at", "pk"):
        o = other.declared
        years = max(o.first_join, d.first_join) <= min(o.last_join, d.last_join)
        if years and (not o.clusters or not d.clusters or set(o.clusters) & set(d.clusters)):
            found.append(other)
    return found


def versions_of(study: Study) -> list[StudyVersion]:
    """Its versions, the newest first."""
    return list(study.versions.select_related("run", "by", "frozen_by", "signed_by").order_by("-number"))


def joining_by_cluster(sample: Sample) -> dict[str, int]:
    """How many treated firms came to each cluster first."""
    found: dict[str, int] = {}
    for pk in sample.treated:
        found[sample.cluster[pk]] = found.get(sample.cluster[pk], 0) + 1
    return dict(sorted(found.items()))


RUN = "monitoring.run_study"
"""The name of the work that computes a version."""
DRAW = "monitoring.draw_papers"
"""The name of the work that draws its papers."""


def running(version: StudyVersion, name: str = RUN) -> Job | None:
    """The job that computes a version now or waits to, or draws its papers; none once it ended or lost its worker."""
    rows = Job.objects.filter(name=name, finished_at=None, arguments__pk=version.pk).order_by("-pk")
    return next((job for job in rows if state_of(job) in ("waiting", "running")), None)


def readings_of(version: StudyVersion) -> list[LogEntry]:
    """Who opened the data room of a version or read from it, the newest first."""
    key = f"{version.study.key}/{version.number}"
    rows = LogEntry.objects.filter(subject_kind="impact_study", subject_key=key).order_by("-pk")
    return named(e for e in rows[:200] if e.act == LogEntry.Act.READ or e.verb == "open_data_room")
