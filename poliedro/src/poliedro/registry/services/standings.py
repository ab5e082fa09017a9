"""Writes what organisations, clusters and projects were before, so that earlier days and knowledge keep their answers.

The standings of one aspect cover all days without gap or overlap as soon as there are any; the organisation's own row
holds what is in force today. See Note [Present and past]. The first statement that changes anything also writes what
was known until then, as a row that is no longer known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.reference.models import Load, Source
from poliedro.reference.services.loads import Rows
from poliedro.registry.models import Cluster, ClusterProfile, Organisation, Project, ProjectTerms, Standing
from poliedro.registry.queries.roles import roles_of, subject_of
from poliedro.registry.rules.permissions import Form, check_can
from poliedro.registry.rules.standings import Span, always, stated, value_on
from poliedro.shared.region import region

Aspect = Standing.Aspect
COLUMNS: dict[str, str] = {Aspect.KIND: "kind", Aspect.SIZE: "size_class", Aspect.ACTIVITY: "nace_id"}
"""Aspect -> column of the organisation."""
ASPECTS = {column: aspect for aspect, column in COLUMNS.items()}
TERMS = ("starts_on", "ends_on", "total_cost_eur", "public_contribution_eur")
"""What a project's terms hold of it."""
CHUNK = 500
Spans = list[Span[Any]]


@dataclass(frozen=True)
class News:
    """What is said of an organisation in one aspect: from its spans as known to new ones. before: the value of its own
    row until now."""

    organisation: Organisation
    aspect: str
    before: Any
    make: Callable[[Spans], Spans]


@dataclass(frozen=True)
class Stamp:
    """Who says it: source, certainty and moment of the new rows, and the load that brings them, if one does."""

    source: Source
    certainty: str
    at: datetime
    load: Load | None = None


@transaction.atomic
def state_standing(
    *,
    organisation: Organisation,
    aspect: str,
    value: Any,
    since: date | None,
    source: Source,
    by: Any,
    at: datetime | None = None,
) -> Organisation:
    """From the day `since` on the organisation was `value`, up to the next change that is known; None: always.

    value: a kind, a size class, or the id of a NACE class. Raises NotPermitted; ValueError for a value that is none.
    """
    check_can(roles_of(by), "registry.edit_organisation", subject_of(organisation), Form(region().form))
    choices = {Aspect.KIND: Organisation.Kind.values, Aspect.SIZE: Organisation.SizeClass.values}.get(Aspect(aspect))
    if choices is not None and value not in choices:
        raise ValueError(f"{value!r} is no {aspect}; write one of {', '.join(filter(None, choices))}")
    before = getattr(organisation, COLUMNS[aspect])
    news = News(organisation, aspect, before, lambda spans: stated(spans, value, since))
    remember([news], Stamp(source, source.certainty, at or timezone.now()))
    organisation.save(update_fields=[COLUMNS[aspect]])
    record(
        by=by, verb="state_standing", subject_kind="organisation", subject_key=organisation.pk,
        aspect=str(aspect), since=since,
    )  # fmt: skip
    return organisation


def remember(news: Sequence[News], stamp: Stamp) -> int:
    """Write the standings that the news make, and give each organisation the value in force on the day of the stamp
    (the caller saves it). Returns how many pairs of organisation and aspect changed. Part of the caller's transaction.
    """
    held = _held(news)
    day = timezone.localdate(stamp.at)
    closing: list[int] = []
    adding: list[Standing] = []
    changed = 0
    for n in news:
        rows = held.get((n.organisation.pk, n.aspect), [])
        before: Spans = [Span(r.valid_from, r.valid_to, _value(r)) for r in rows] or always(n.before)
        after = n.make(before)
        setattr(n.organisation, COLUMNS[n.aspect], value_on(after, day))
        if after == before:
            continue
        changed += 1
        closing += [r.pk for r, span in zip(rows, before, strict=True) if span not in after] if rows else []
        if not rows:
            adding.append(_until_now(n, stamp))
        kept = set(before) if rows else set()
        adding += [_row(n, span, stamp) for span in after if span not in kept]
    for start in range(0, len(closing), CHUNK):
        Standing.objects.filter(pk__in=closing[start : start + CHUNK]).update(
            retracted_at=stamp.at, retracted_by=stamp.load
        )
    Standing.objects.bulk_create(adding, batch_size=CHUNK)
    return changed


def _held(news: Sequence[News]) -> dict[tuple[int, str], list[Standing]]:
    """Known standings by organisation and aspect, earliest first."""
    found: dict[tuple[int, str], list[Standing]] = defaultdict(list)
    keys = sorted({n.organisation.pk for n in news})
    for start in range(0, len(keys), CHUNK):
        rows = Standing.objects.known().filter(organisation__in=keys[start : start + CHUNK])
        for row in sorted(rows, key=lambda r: r.valid_from or date.min):
            found[row.organisation_id, row.aspect].append(row)
    return found


def _value(row: Standing) -> Any:
    return row.nace_id if row.aspect == Aspect.ACTIVITY else row.value


def _row(news: News, span: Span[Any], stamp: Stamp) -> Standing:
    activity = news.aspect == Aspect.ACTIVITY
    return Standing(
        organisation=news.organisation,
        aspect=news.aspect,
        value="" if activity else span.value,
        nace_id=span.value if activity else None,
        valid_from=span.start,
        valid_to=span.end,
        source=stamp.source,
        certainty=stamp.certainty,
        load=stamp.load,
        recorded_at=stamp.at,
    )


def _until_now(news: News, stamp: Stamp) -> Standing:
    """What was known until now, as the source of the organisation's row said it."""
    body = news.organisation
    row = _row(news, Span(None, None, news.before), stamp)
    row.source_id, row.certainty, row.load = body.source_id, body.certainty, None
    row.recorded_at, row.retracted_at = min(body.recorded_at, stamp.at), stamp.at
    return row


class OrganisationRows(Rows):
    """Organisations that a load describes: what it changes of kind, size class and activity is remembered.

    since: the day from which a description holds, by key of the organisation; a file that gives none corrects what was
    always so.
    """

    def __init__(self, run: Any) -> None:
        super().__init__(run, Organisation)
        self.since: dict[int, date] = {}

    def save(self) -> None:
        news: list[News] = []
        for key, before in self.before.items():
            body: Any = self.touched[key]
            for column, aspect in ASPECTS.items():
                if column in before:
                    news.append(_news(body, aspect, before[column], getattr(body, column), self.since.get(key)))
        stamp = Stamp(self.run.source, self.run.source.certainty, self.run.at, self.run.load)
        changed = remember(news, stamp)
        if changed:
            self.run.notes["standings changed"] += changed
        super().save()


def _news(body: Organisation, aspect: str, before: Any, value: Any, since: date | None) -> News:
    return News(body, aspect, before, lambda spans: stated(spans, value, since))


# --- projects ---------------------------------------------------------------------------------------------------------
class ProjectRows(Rows):
    """Projects that a load describes: what was known before of their days and money is remembered."""

    def __init__(self, run: Any) -> None:
        super().__init__(run, Project)

    def save(self) -> None:
        touched = [(self.touched[k], before) for k, before in self.before.items() if set(before) & set(TERMS)]
        remember_terms(touched, Stamp(self.run.source, self.run.source.certainty, self.run.at, self.run.load))
        super().save()


def remember_terms(changed: Iterable[tuple[Any, dict[str, Any]]], stamp: Stamp) -> None:
    """Terms of projects whose rows were just given other values: what was known until now, and what is from now on.

    changed: each project with the values that it had before. Part of the caller's transaction.
    """
    pairs = list(changed)
    held: set[int] = set()
    for start in range(0, len(pairs), CHUNK):
        keys = [project.pk for project, _before in pairs[start : start + CHUNK]]
        known = ProjectTerms.objects.known().filter(project__in=keys)
        held |= set(known.values_list("project_id", flat=True))
        known.update(retracted_at=stamp.at, retracted_by=stamp.load)
    rows = []
    for project, before in pairs:
        after = {name: getattr(project, name) for name in TERMS}
        if project.pk not in held:
            rows.append(
                ProjectTerms(
                    project=project, **{**after, **{k: v for k, v in before.items() if k in TERMS}},
                    source_id=project.source_id, certainty=project.certainty,
                    recorded_at=min(project.recorded_at, stamp.at), retracted_at=stamp.at,
                )
            )  # fmt: skip
        rows.append(
            ProjectTerms(
                project=project, **after, source=stamp.source, certainty=stamp.certainty, load=stamp.load,
                recorded_at=stamp.at,
            )
        )  # fmt: skip
    ProjectTerms.objects.bulk_create(rows, batch_size=CHUNK)


@transaction.atomic
def correct_project(
    *, project: Project, source: Source, by: Any, at: datetime | None = None, **changes: Any
) -> Project:
    """Correct days or money of a project; the answer "as known on" an earlier day stays what it was.

    Raises NotPermitted; ValueError for a field that terms do not hold.
    """
    check_can(roles_of(by), "registry.correct_projects", subject_of(None), Form(region().form))
    if foreign := sorted(set(changes) - set(TERMS)):
        raise ValueError(f"{', '.join(foreign)} is no term of a project; there are {', '.join(TERMS)}")
    before = {name: getattr(project, name) for name in changes}
    for name, value in changes.items():
        setattr(project, name, value)
    project.full_clean()
    remember_terms([(project, before)], Stamp(source, source.certainty, at or timezone.now()))
    project.save(update_fields=list(changes))
    record(by=by, verb="correct_project", subject_kind="project", subject_key=project.pk, fields=sorted(changes))
    return project


# --- clusters ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def state_profile(
    *, cluster: Cluster, name: str, kind: str, since: date | None, source: Source, by: Any, at: datetime | None = None
) -> Cluster:
    """From the day `since` on the cluster was called `name` and was of this type; None: always.

    Raises NotPermitted; ValueError for a type that is none.
    """
    check_can(roles_of(by), "registry.edit_clusters", subject_of(cluster), Form(region().form))
    return write_profile(cluster=cluster, name=name, kind=kind, since=since, source=source, by=by, at=at)


@transaction.atomic
def write_profile(
    *, cluster: Cluster, name: str, kind: str, since: date | None, source: Source, by: Any, at: datetime | None = None
) -> Cluster:
    """As `state_profile`, for what the region's own file states."""
    if kind not in Cluster.Type.values or not name.strip():
        raise ValueError(f"{name!r} of type {kind!r} is no profile; give a name, and one of {Cluster.Type.values}")
    moment = at or timezone.now()
    rows = sorted(ClusterProfile.objects.known().filter(cluster=cluster), key=lambda p: p.valid_from or date.min)
    before: Spans = [Span(r.valid_from, r.valid_to, (r.name, r.type)) for r in rows] or always(
        (cluster.name, cluster.type)
    )
    after = stated(before, (name, kind), since)
    if after == before:
        return cluster
    fact = {"cluster": cluster, "source": source, "certainty": source.certainty}
    if rows:
        gone = [r.pk for r, span in zip(rows, before, strict=True) if span not in after]
        ClusterProfile.objects.filter(pk__in=gone).update(retracted_at=moment)
    else:
        first = cluster.history.order_by("history_date").values_list("history_date", flat=True).first()  # type: ignore[attr-defined]
        ClusterProfile.objects.create(
            **fact, name=cluster.name, type=cluster.type, recorded_at=min(first or moment, moment), retracted_at=moment
        )
    kept = set(before) if rows else set()
    ClusterProfile.objects.bulk_create(
        ClusterProfile(**fact, name=s.value[0], type=s.value[1], valid_from=s.start, valid_to=s.end, recorded_at=moment)
        for s in after
        if s not in kept
    )
    cluster.name, cluster.type = value_on(after, timezone.localdate(moment))
    cluster.save(update_fields=["name", "type"])
    record(by=by, verb="state_profile", subject_kind="cluster", subject_key=cluster.key, since=since)
    return cluster
