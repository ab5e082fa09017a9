"""What the register says of a year on the six dimensions, and the reports that were made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet

from poliedro.monitoring.queries.lifecycle import stage_cards
from poliedro.registry.models import (
    Cluster,
    ClusterAreaLink,
    FinancialStatement,
    MembershipSpell,
    Participation,
    ProjectShare,
)
from poliedro.registry.queries.backing import Backing, backing_of_clusters, together, total_backing
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.contracts import PublishedSum, published_contracts
from poliedro.registry.queries.memberships import FIRM_KINDS, flows
from poliedro.registry.queries.money import accounts_of, last_accounts_year
from poliedro.registry.queries.projects import started_in
from poliedro.reports.models import Report
from poliedro.reports.rules.value import (
    CHALLENGES,
    DIMENSIONS,
    NOT_KNOWN,
    Estimate,
    index,
    per_head,
    ratio,
    score,
    share,
)
from poliedro.shared.dated import Moment
from poliedro.shared.disclosure import TOTAL, Cells, Why, list_of
from poliedro.support.queries.published import published_years

SPAN = 4
"""Years of projects and contracts that a report counts, its own the last."""


@dataclass(frozen=True)
class Measured:
    """One indicator of a year: the region's value and each cluster's, with period and backing.

    confidential: the amounts behind it with who stands behind them, where single bodies could be read from it.
    kept_back: why it is hidden, by cluster (TOTAL: the region), where it was published hidden before.
    silent: years of the period of which no project is known.
    """

    key: str
    period: str
    region: Estimate
    clusters: Mapping[str, Estimate]
    backing: Backing
    confidential: Cells | None = None
    kept_back: Mapping[str, str] = field(default_factory=dict)
    silent: Sequence[int] = ()

    def indices(self) -> dict[str, Estimate]:
        return {key: index(own, self.region) for key, own in self.clusters.items()}


@dataclass(frozen=True)
class Value:
    """All of a year: clusters in order, indicators by key."""

    year: int
    clusters: Sequence[Cluster]
    indicators: Mapping[str, Measured]
    stages: Mapping[str, str] = field(default_factory=dict)

    def scores(self, dimension: str) -> dict[str, Estimate]:
        """The dimension's score of each cluster."""
        found = [self.indicators[k].indices() for k in DIMENSIONS[dimension]]
        return {c.key: score([f.get(c.key, NOT_KNOWN) for f in found]) for c in self.clusters}


# Note [Heads of the region]
# A member of two clusters is a head of each, and of the region twice: so what the region has for each head lies between
# its least and its greatest cluster, as the 100 of an index should. Counted once, it lay above every one of them.
def value_of(year: int) -> Value:
    """Measure the year on every indicator. About thirty queries; for drafts and publication, not for public pages."""
    moment = Moment(date(year, 12, 31))
    clusters = clusters_on(moment)
    first, keys = year - SPAN + 1, [c.pk for c in clusters]
    key_of = {c.pk: c.key for c in clusters}
    held = MembershipSpell.objects.at(moment).filter(cluster__in=keys, organisation__kind__in=FIRM_KINDS)
    firms: dict[int, set[int]] = defaultdict(set)
    for cluster, firm in held.order_by("pk").values_list("cluster_id", "organisation_id"):
        firms[cluster].add(firm)
    everybody = set().union(*firms.values()) if firms else set()
    heads = sum(len(own) for own in firms.values())  # see Note [Heads of the region]
    behind = backing_of_clusters(clusters, moment, first, year)
    members = together(list(behind.members.values()))
    work = together(list(behind.activity.values()))
    period = f"{first}-{year}"

    costs: dict[int, list[float]] = defaultdict(list)
    funded: dict[int, list[tuple[float, float]]] = defaultdict(list)
    whole: dict[int, tuple[float, float | None]] = {}
    shares = ProjectShare.objects.known().filter(started_in(first, year), cluster__in=keys)
    of_project: dict[int, list[int]] = defaultdict(list)
    rows = shares.order_by("project_id", "cluster_id").values_list(
        "project_id", "cluster_id", "share", "project__total_cost_eur", "project__public_contribution_eur",
        "project__starts_on__year",
    )  # fmt: skip
    begun: set[int] = set()
    for project, cluster, part, cost, given, began in rows:
        of_project[project].append(cluster)
        begun.add(began)
        if cost is None:
            continue
        whole[project] = float(cost), None if given is None else float(given)
        costs[cluster].append(float(part * cost))
        if given is not None:
            funded[cluster].append((float(part * (cost - given)), float(part * given)))
    taking: dict[int, set[int]] = defaultdict(set)
    parts = Participation.objects.known().filter(project__in=list(of_project), organisation__in=everybody)
    for project, firm in parts.order_by("pk").values_list("project_id", "organisation_id"):
        for cluster in of_project[project]:
            if firm in firms[cluster]:
                taking[cluster].add(firm)

    def each(make: Any) -> dict[str, Estimate]:
        return {key_of[pk]: make(pk) for pk in keys}

    silent = tuple(y for y in range(first, year + 1) if y not in begun)
    every_cost = [cost for cost, _given in whole.values()]
    every_funded = [(cost - given, given) for cost, given in whole.values() if given is not None]
    found = [
        Measured(
            "rd_per_firm",
            period,
            per_head(every_cost, heads),
            each(lambda pk: per_head(costs[pk], len(firms[pk]))),
            together([work, members]),
            silent=silent,
        ),
        Measured(
            "rd_taking_part",
            period,
            share(sum(len(own) for own in taking.values()), heads) if whole else NOT_KNOWN,
            each(lambda pk: share(len(taking[pk]), len(firms[pk])) if costs[pk] else NOT_KNOWN),
            together([work, members]),
            silent=silent,
        ),
        _contracts(clusters, firms, heads, first, year),
        _services(clusters, moment, year),
        _entries(clusters, year, members),
        _turnover(clusters, firms, year),
        replace(_challenges(clusters, costs, firms, heads, period, work), silent=silent),
        _other_eu(clusters, year, moment),
        Measured(
            "private_leverage",
            period,
            ratio(every_funded),
            each(lambda pk: ratio(funded[pk])),
            work,
            silent=silent,
        ),
    ]
    stages = {key: card.said for key, card in stage_cards().items()}
    return Value(year, clusters, {m.key: m for m in found}, stages)


def _contracts(
    clusters: Sequence[Cluster], firms: Mapping[int, set[int]], everywhere: int, first: int, year: int
) -> Measured:
    """Published sums over heads, without an interval: the spread of so few amounts would tell them."""
    told = published_contracts()
    whole, of = told.sum(first, year), {c.key: told.sum(first, year, c.key) for c in clusters}

    def each(found: PublishedSum, heads: int) -> Estimate:
        return Estimate(found.eur / heads) if found.eur and heads else NOT_KNOWN

    return Measured(
        "contracts_per_firm",
        whole.period or f"{first}-{year}",
        each(whole, everywhere),
        {c.key: each(of[c.key], len(firms.get(c.pk, ()))) for c in clusters},
        told.backing(first, year),
        kept_back={key: str(found.why) for key, found in [(TOTAL, whole), *of.items()] if found.why is not None},
    )


def _services(clusters: Sequence[Cluster], moment: Moment, year: int) -> Measured:
    """Counts as they were published of the year; not known before. A cluster too small to be shown is kept back."""
    told = published_years().get(year)
    if told is None:
        return Measured("services_per_member", str(year), NOT_KNOWN, {c.key: NOT_KNOWN for c in clusters}, Backing())
    held = MembershipSpell.objects.at(moment).filter(cluster__in=clusters)
    members = dict(held.values_list("cluster").annotate(n=Count("organisation", distinct=True)).order_by())
    everybody = sum(members.values())  # see Note [Heads of the region]
    given = {c.key: told.of_cluster(c.key) for c in clusters}
    whole = told.of_clusters
    return Measured(
        "services_per_member",
        str(year),
        per_head([1.0] * round(whole or 0), everybody),
        {c.key: per_head([1.0] * round(given[c.key][0] or 0), members.get(c.pk, 0)) for c in clusters},
        Backing(told.certainty, told.source),
        kept_back={key: str(why) for key, (_n, why) in given.items() if why is not None}
        | ({TOTAL: str(Why.FEW)} if whole is None else {}),
    )


def _entries(clusters: Sequence[Cluster], year: int, members: Backing) -> Measured:
    """Entries of the year over the stock at its start."""
    of = flows(clusters, date(year - 1, 12, 31), date(year, 12, 31))
    moved = {c.key: of[c.pk] for c in clusters}
    start, entries = sum(m.stock_start for m in moved.values()), sum(m.entries for m in moved.values())
    return Measured(
        "entry_rate",
        str(year),
        per_head([100.0] * entries, start),
        {key: per_head([100.0] * m.entries, m.stock_start) for key, m in moved.items()},
        members,
    )


def _turnover(clusters: Sequence[Cluster], firms: Mapping[int, set[int]], year: int) -> Measured:
    """Turnover of members with statements of two years running, the last not after the report's year."""
    rows = FinancialStatement.objects.known().filter(turnover_eur__isnull=False, year__lte=year)
    last = rows.order_by("-year").values_list("year", flat=True).first()
    if last is None:
        return Measured("turnover_growth", "", NOT_KNOWN, {c.key: NOT_KNOWN for c in clusters}, Backing())
    pairs: dict[int, dict[int, float]] = defaultdict(dict)
    for firm, of, eur in (
        rows.filter(year__in=(last - 1, last)).order_by("pk").values_list("organisation_id", "year", "turnover_eur")
    ):
        pairs[firm][of] = float(eur)
    both = {f: (p[last - 1], p[last]) for f, p in pairs.items() if len(p) == 2}

    def growth(of: set[int]) -> Estimate:
        known = [both[f] for f in of if f in both]
        return ratio([(b, a) for a, b in known], factor=100, less=1)

    return Measured(
        "turnover_growth",
        f"{last - 1}-{last}",
        growth(set().union(*firms.values()) if firms else set()),
        {c.key: growth(firms.get(c.pk, set())) for c in clusters},
        total_backing(rows.filter(year=last)),
        list_of(
            {c.key: {f: both[f][1] for f in firms.get(c.pk, ()) if f in both} for c in clusters},
            "eur",
            [c.key for c in clusters],
        ),
    )


def _challenges(
    clusters: Sequence[Cluster],
    costs: Mapping[int, list[float]],
    firms: Mapping[int, set[int]],
    heads: int,
    period: str,
    work: Backing,
) -> Measured:
    """R&D investment times the weight of the cluster in S3 areas that answer challenges of society."""
    weights: dict[int, float] = defaultdict(float)
    links = ClusterAreaLink.objects.known().filter(
        period__key="2021-27", area__code__in=CHALLENGES, cluster__in=clusters
    )
    for cluster, weight in links.values_list("cluster_id", "weight"):
        weights[cluster] += weight
    weighted = {c.pk: [cost * weights[c.pk] for cost in costs.get(c.pk, ()) if weights[c.pk]] for c in clusters}
    known = links.exists()
    every = [cost for own in weighted.values() for cost in own]
    return Measured(
        "challenge_rd_per_firm",
        period,
        per_head(every, heads),
        {
            c.key: (per_head(weighted[c.pk], len(firms.get(c.pk, ()))) if weights[c.pk] else Estimate(0.0))
            if known
            else NOT_KNOWN
            for c in clusters
        },
        together([work, total_backing(links)]),
    )


def _other_eu(clusters: list[Cluster], year: int, moment: Moment) -> Measured:
    """Share of the managing bodies' revenue that comes from European programmes other than ERDF."""
    of = min(year, last_accounts_year() or year)
    accounts = accounts_of(list(clusters), of)
    behind = backing_of_clusters(list(clusters), moment, of, of)
    other = {pk: float(a.by_origin.get("other_eu", 0)) for pk, a in accounts.items()}
    total = {pk: float(a.total_eur) for pk, a in accounts.items()}
    return Measured(
        "other_eu_share",
        str(of),
        Estimate(100 * sum(other.values()) / sum(total.values()) if sum(total.values()) else None),
        {c.key: Estimate(100 * other[c.pk] / total[c.pk]) if total.get(c.pk) else NOT_KNOWN for c in clusters},
        together([behind.revenue(c.pk, of) for c in clusters]),
    )


# --- stored reports ---------------------------------------------------------------------------------------------------
def published_reports() -> list[Report]:
    """The last published version of each year, latest year first."""
    found: dict[int, Report] = {}
    for report in Report.objects.filter(state=Report.State.PUBLISHED).order_by("-year", "-version"):
        found.setdefault(report.year, report)
    return list(found.values())


def published_report(year: int, version: int | None = None) -> Report | None:
    """A published version; the last one where none is named."""
    rows = Report.objects.filter(state=Report.State.PUBLISHED, year=year)
    if version is not None:
        rows = rows.filter(version=version)
    return rows.order_by("-version").first()


def versions_of(year: int) -> QuerySet[Report]:
    return Report.objects.filter(year=year, state=Report.State.PUBLISHED).order_by("-version")


def all_reports() -> QuerySet[Report]:
    return Report.objects.select_related("created_by", "published_by").order_by("-year", "-version")
