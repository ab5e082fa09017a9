"""S3 monitoring (R022): allocated, committed and paid by priority and programming period, from each source apart.

The sources are never added up: a project of the register may be the same as one of OpenCoesione.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Model, QuerySet, Sum
from django.utils.translation import get_language

from poliedro.funding.models import Application, Call, CallLine, CostClaim, Decision, Measure, Programme
from poliedro.funding.rules.aid import split_to_the_cent
from poliedro.monitoring.rules.policy.spending import NO_AREA, Spent
from poliedro.reference.models import Classification, Code, ProgrammePeriod, Source
from poliedro.reference.rules import weakest
from poliedro.registry.models import Cluster, ClusterAreaLink, Project, ProjectShare, ProjectSpending
from poliedro.registry.queries.backing import BETWEEN, NOTHING, Backing, total_backing
from poliedro.shared.dated import Moment
from poliedro.shared.versions import Kept

CALLS, CLUSTERS, COHESION = "calls", "clusters", "cohesion"
SOURCES = (CALLS, CLUSTERS, COHESION)
GRANTED = (Application.State.GRANTED, Application.State.COMPLETED)


@dataclass
class Spending:
    """One source: money by priority (code; "" where none is stated), and what it rests on."""

    of_area: dict[str, Spent]
    backing: Backing = NOTHING
    without_amount: int = 0

    @property
    def total(self) -> Spent:
        whole = Spent()
        for spent in self.of_area.values():
            if spent.allocated_eur is not None:
                whole.allocate(spent.allocated_eur)
            if spent.committed_eur is not None:
                whole.commit(spent.committed_eur, None)
            if spent.paid_eur is not None:
                whole.pay(spent.paid_eur, None)
            for year, eur in spent.committed_by.items():
                whole.committed_by[year] = whole.committed_by.get(year, Decimal(0)) + eur
            for year, eur in spent.paid_by.items():
                whole.paid_by[year] = whole.paid_by.get(year, Decimal(0)) + eur
            whole.projects += spent.projects
        return whole


@dataclass
class Monitoring:
    """areas: the priorities of the period, in order of code."""

    period: ProgrammePeriod
    areas: list[Code]
    sources: dict[str, Spending]
    programmes: list[Programme]

    @property
    def is_synthetic(self) -> bool:
        return any(s.backing.is_synthetic for s in self.sources.values())


def periods() -> list[ProgrammePeriod]:
    return list(ProgrammePeriod.objects.order_by("-valid_from"))


def s3_monitoring(period: ProgrammePeriod, moment: Moment) -> Monitoring:
    """Money by priority of the period, as far as it was decided and paid by the day. The number of queries is fixed;
    what was found is kept until a table under it changes."""
    return _MONEY.get(period, moment, get_language())


def _monitoring(period: ProgrammePeriod, moment: Moment, _language: str) -> Monitoring:
    areas = list(Code.objects.filter(classification__key="s3", classification__version=period.key).order_by("code"))
    return Monitoring(
        period,
        areas,
        {
            CALLS: _of_calls(period, moment),
            CLUSTERS: _of_clusters(period, moment),
            COHESION: _of_cohesion(period, moment),
        },
        list(Programme.objects.filter(period=period).order_by("key")),
    )


def tables() -> tuple[type[Model], ...]:
    """Every table that the money is read from; `tests/monitoring/test_policy_speed.py` holds them to it."""
    return (
        Application,
        Call,
        Call.areas.through,
        CallLine,
        Classification,
        Cluster,
        ClusterAreaLink,
        Code,
        CostClaim,
        Decision,
        Measure,
        Programme,
        ProgrammePeriod,
        Project,
        ProjectShare,
        ProjectSpending,
        Source,
    )


_MONEY: Kept[Monitoring] = Kept(tables, _monitoring, most=60)


def _split(amount: Decimal, weights: dict[str, Decimal]) -> dict[str, Decimal]:
    """By weight, to the cent; what no area has stays with none."""
    return split_to_the_cent(amount, weights) if weights else {NO_AREA: amount}


def _call_areas(period: ProgrammePeriod) -> dict[int, dict[str, Decimal]]:
    """Call -> its areas of the period, of equal weight."""
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    rows = Call.objects.filter(
        measure__programme__period=period, areas__classification__version=period.key, areas__classification__key="s3"
    )
    for call, area in rows.order_by("pk").values_list("pk", "areas__code"):
        found[call][area] = Decimal(1)
    return found


def _of_calls(period: ProgrammePeriod, moment: Moment) -> Spending:
    """Budgets of published calls, latest decisions, and payments on cost claims."""
    areas, of_area = _call_areas(period), defaultdict[str, Spent](Spent)
    calls = Call.objects.filter(measure__programme__period=period, opens_on__lte=moment.on).exclude(state="draft")
    unknown = 0
    budgets = dict(
        CallLine.objects.filter(call__in=calls)
        .values("call")
        .annotate(eur=Sum("budget_eur"))
        .order_by()
        .values_list("call", "eur")
    )
    certainties, names = [], set()
    for call in calls.select_related("measure", "source").order_by("pk"):
        certainties.append(call.certainty)
        names.add(call.source.name)
        budget = budgets.get(call.pk) or call.measure.budget_eur
        if not budget:
            unknown += 1
            continue
        for area, eur in _split(budget, areas.get(call.pk, {})).items():
            of_area[area].allocate(eur)
    decided: dict[int, Decision] = {}
    decisions = Decision.objects.filter(
        application__line__call__in=calls, application__state__in=GRANTED, decided_on__lte=moment.on
    )
    for decision in decisions.select_related("application__line").order_by("decided_on", "pk"):
        decided[decision.application_id] = decision
    for decision in decided.values():
        certainties.append(decision.application.certainty)
        granted = decision.grant_eur + decision.loan_eur
        for area, eur in _split(granted, areas.get(decision.application.line.call_id, {})).items():
            of_area[area].commit(eur, decision.decided_on.year)
            of_area[area].projects += 1
    paid = CostClaim.objects.filter(
        application__line__call__in=calls, paid_eur__gt=0, claimed_at__date__lte=moment.on
    ).order_by("pk")
    for call_id, eur_paid, at in paid.values_list("application__line__call_id", "paid_eur", "claimed_at"):
        for area, eur in _split(eur_paid or Decimal(0), areas.get(call_id, {})).items():
            of_area[area].pay(eur, at.year)
    return Spending(dict(of_area), Backing(weakest(certainties), BETWEEN.join(sorted(names))), unknown)


def _weights(period: ProgrammePeriod, moment: Moment) -> dict[int, dict[str, Decimal]]:
    """Cluster -> area -> weight in the period."""
    links: QuerySet[ClusterAreaLink] = ClusterAreaLink.objects.known(moment.known).filter(period=period)
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for cluster, area, weight in links.order_by("pk").values_list("cluster_id", "area__code", "weight"):
        found[cluster][area] = Decimal(str(weight))
    return found


def _project_weights(
    projects: QuerySet[Project], period: ProgrammePeriod, moment: Moment
) -> dict[int, dict[str, Decimal]]:
    """Project -> area -> weight, over the clusters that it counts for; what has no area stays with none."""
    of_cluster = _weights(period, moment)
    shares = ProjectShare.objects.known(moment.known).filter(project__in=projects)
    found: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for project, cluster, share in shares.order_by("pk").values_list("project_id", "cluster_id", "share"):
        areas = of_cluster.get(cluster, {})
        for area, weight in areas.items():
            found[project][area] += share * weight
        left = 1 - sum(areas.values(), Decimal(0))
        if left > 0:
            found[project][NO_AREA] += share * left
    return {p: dict(w) for p, w in found.items()}


def _of_clusters(period: ProgrammePeriod, moment: Moment) -> Spending:
    """Public money of the register's regional projects that begin in the period, by the areas of their clusters."""
    rows = Project.objects.filter(
        retracted_at=None, scheme__in=("regional", "other"), starts_on__gte=period.valid_from,
        starts_on__lt=period.valid_to, starts_on__lte=moment.on,
    )  # fmt: skip
    weights, of_area = _project_weights(rows, period, moment), defaultdict[str, Spent](Spent)
    unknown = 0
    for pk, begun, eur in rows.order_by("pk").values_list("pk", "starts_on", "public_contribution_eur"):
        if eur is None:
            unknown += 1
            continue
        for area, part in _split(eur, weights.get(pk, {})).items():
            of_area[area].commit(part, begun.year if begun else None)
            of_area[area].projects += 1
    return Spending(dict(of_area), total_backing(rows), unknown)


def _of_cohesion(period: ProgrammePeriod, moment: Moment) -> Spending:
    """Projects of OpenCoesione: public financing, commitments and payments of the last file up to the day.

    The priority is that of our own call with the same CUP, else that of the clusters that the project counts for.
    """
    rows = Project.objects.filter(retracted_at=None, scheme=Project.Scheme.COHESION)
    known = list(rows.order_by("pk").values_list("pk", "cup", "starts_on", "public_contribution_eur"))
    spent: dict[int, list[tuple[date, Decimal | None, Decimal | None, str]]] = defaultdict(list)
    files = ProjectSpending.objects.known(moment.known).filter(project__in=rows, stated_on__lte=moment.on)
    for pk, day, committed, paid, cycle in files.order_by("stated_on", "pk").values_list(
        "project_id", "stated_on", "committed_eur", "paid_eur", "cycle"
    ):
        spent[pk].append((day, committed, paid, cycle))
    calls = _call_areas(period)
    of_cup = {
        cup: calls[call]
        for cup, call in Application.objects.exclude(cup="").order_by("pk").values_list("cup", "line__call_id")
        if call in calls
    }
    weights, of_area = _project_weights(rows, period, moment), defaultdict[str, Spent](Spent)
    unknown = 0
    for pk, cup, begun, financed in known:
        cycle = spent[pk][-1][3] if pk in spent else ""
        if not _is_of(period, cycle, begun):
            continue
        parts = of_cup.get(cup) or weights.get(pk, {})
        if financed is None and pk not in spent:
            unknown += 1
            continue
        if financed is not None:
            for area, eur in _split(financed, parts).items():
                of_area[area].allocate(eur)
        for area in parts or {NO_AREA: Decimal(1)}:
            of_area[area].projects += 1
        before_committed = before_paid = Decimal(0)
        for day, committed, paid, _cycle in spent.get(pk, ()):
            if committed is not None:
                for area, eur in _signed(committed - before_committed, parts).items():
                    of_area[area].commit(eur, day.year)
                before_committed = committed
            if paid is not None:
                for area, eur in _signed(paid - before_paid, parts).items():
                    of_area[area].pay(eur, day.year)
                before_paid = paid
    return Spending(dict(of_area), total_backing(rows), unknown)


def _signed(change: Decimal, parts: dict[str, Decimal]) -> dict[str, Decimal]:
    """A later file may state less than an earlier one: the change is then negative."""
    if change >= 0:
        return _split(change, parts)
    return {area: -eur for area, eur in _split(-change, parts).items()}


def _is_of(period: ProgrammePeriod, cycle: str, begun: date | None) -> bool:
    """By the file's own words ("Ciclo di programmazione 2014-2020"), else by the day on which it begins.

    A project of which neither is known belongs to no period.
    """
    if cycle:
        first, last = period.valid_from.year, period.valid_to.year - 1
        return f"{first}-{last}" in cycle or f"{first}-{last % 100:02d}" in cycle
    return begun is not None and period.valid_from <= begun < period.valid_to
