"""The life cycle of the clusters (R041, R042): what the register holds by year -> four dimensions -> stage, stored.

size: member firms, and their persons where statements of enough years are held. heterogeneity: entropy of members'
activities and, where known in every year, of the programmes of their projects. network: partners of a member in joint
projects of three years, inside and outside the cluster. action: projects begun a member, and services where they are
recorded in every year.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from math import log2
from typing import Any

import polars as pl
from django.utils import timezone
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, NoInput, Outcome, TableCard
from poliedro.evidence.runs.definitions import checksum
from poliedro.reference.rules import weakest
from poliedro.registry.models import (
    Cluster,
    Delivery,
    FinancialStatement,
    Lineage,
    MembershipSpell,
    Participation,
    ProjectShare,
)
from poliedro.registry.queries.memberships import FIRM_KINDS, ancestry
from poliedro.registry.queries.trends import observed_until

WINDOW = 3
"""Years of projects that make the ties of a year."""
NOVEL = 5
"""An activity is new to a cluster if no member had it this many years earlier."""
LARGE = 60
"""Projects with more partners say little about who works with whom."""


@dataclass
class Rows:
    """What the run reads, in a fixed order."""

    spells: list[tuple[int, int, str, date, date | None]] = field(default_factory=list)
    """cluster, firm, activity, from, to"""
    parts: list[tuple[int, int, int, str]] = field(default_factory=list)
    """project, organisation, year, programme"""
    shares: list[tuple[int, int, int]] = field(default_factory=list)
    """project, cluster, year"""
    services: list[tuple[int, int]] = field(default_factory=list)
    """cluster, year"""
    persons: list[tuple[int, int, float]] = field(default_factory=list)
    """firm, year, persons"""

    @property
    def years(self) -> range:
        """From the first membership to the last year in which anything was recorded."""
        first = min(s[3].year for s in self.spells)
        last = max(
            [
                *(d.year for s in self.spells for d in (s[3], s[4]) if d is not None),
                *(year for _p, _c, year in self.shares),
                *(year for _c, year in self.services),
            ]
        )
        return range(first, last + 1)


def rows_of() -> Rows:
    """The register's rows. Raises NoInput where it holds no membership of a firm."""
    spells = [
        (c, o, a or "", start, end)
        for c, o, a, start, end in MembershipSpell.objects.known()
        .filter(organisation__kind__in=FIRM_KINDS)
        .order_by("cluster_id", "organisation_id", "valid_from", "pk")
        .values_list("cluster_id", "organisation_id", "organisation__nace__code", "valid_from", "valid_to")
    ]
    if not spells:
        raise NoInput("no firm is a member of a cluster; import a cluster's member list first")
    members = {s[1] for s in spells}
    taking_part = Participation.objects.known().filter(organisation__memberships__isnull=False)
    projects = ProjectShare.objects.known().filter(project__retracted_at=None, project__starts_on__isnull=False)
    return Rows(
        spells,
        [
            (p, o, day.year, programme)
            for p, o, day, programme in Participation.objects.known()
            .filter(project__retracted_at=None, project__starts_on__isnull=False)
            .filter(project__in=taking_part.values("project"))
            .order_by("project_id", "organisation_id")
            .values_list("project_id", "organisation_id", "project__starts_on", "project__programme")
            .distinct()
        ],
        [
            (p, c, day.year)
            for p, c, day in projects.order_by("project_id", "cluster_id").values_list(
                "project_id", "cluster_id", "project__starts_on"
            )
        ],
        [
            (c, day.year)
            for c, day in Delivery.objects.known()
            .filter(cluster__isnull=False)
            .order_by("cluster_id", "delivered_on", "pk")
            .values_list("cluster_id", "delivered_on")
        ],
        [
            (o, year, float(n))
            for o, year, n in FinancialStatement.objects.known()
            .filter(persons__isnull=False)
            .order_by("organisation_id", "year", "pk")
            .values_list("organisation_id", "year", "persons")
            if o in members
        ],
    )


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    rows = rows_of()
    kinds = MembershipSpell.objects.known().order_by().values_list("certainty", flat=True).distinct()
    lines = list(Lineage.objects.known().order_by("pk").values_list("predecessor_id", "successor_id", "on", "share"))
    own, ends = weakest(kinds), [(c.key, years_of(c, rows)[-1:]) for c in _clusters()]
    return [
        Input("memberships", checksum([rows.spells, lines, ends]), len(rows.spells), "Register of memberships", own),
        Input("projects", checksum([rows.parts, rows.shares]), len(rows.parts), "Projects of clusters", own),
        Input("services", checksum(rows.services), len(rows.services), "Services delivered", own),
        Input("persons", checksum(rows.persons), len(rows.persons), "Statements of members", own),
    ]


def compute(context: Context) -> Outcome:
    rows = rows_of()
    clusters = _clusters()
    measured = [m for c in clusters for m in _measures(c, rows)]
    context.report(1, 2, "measures")
    schema = dict.fromkeys((c.name for c in MEASURES), pl.Float64) | {"cluster": pl.String, "year": pl.Int64}
    measures = pl.DataFrame(measured, schema=schema)
    usable = measures.filter((pl.col("size") > 0) & pl.col("heterogeneity").is_not_null())
    found = rg.life_cycle(
        usable,
        network="network",
        action="action",
        steady=context.parameters["steady"],
        minimum_years=context.parameters["minimum_years"],
        certainty=context.parameters["certainty"],
    )
    levers = pl.DataFrame(
        [{"cluster": c.key, **_levers(c, rows)} for c in clusters],
        schema={"cluster": pl.String, "entry_rate": pl.Float64, "novelty": pl.Float64},
    )
    stages = found.stages.join(levers, on="cluster", how="left").select([c.name for c in STAGES])
    years = sorted({m["year"] for m in measured}) or rows.years
    headline = {"clusters": stages.height, "known": stages.filter(pl.col("stage") != "cannot tell").height}
    return Outcome(
        {"stages": stages, "dimensions": found.dimensions, "measures": measures},
        headline,
        f"{years[0]}-{years[-1]}",
    )


def _clusters() -> list[Cluster]:
    return list(Cluster.objects.filter(closed_on=None).order_by("position", "name"))


def years_of(cluster: Cluster, rows: Rows) -> range:
    """The years that are over and of which the cluster's membership is known. A year that still runs, or of which
    nothing is told, would look like one in which nobody came and nothing was begun."""
    until = observed_until(cluster, timezone.localdate())
    over = until.year if (until.month, until.day) == (12, 31) else until.year - 1
    return range(rows.years[0], min(rows.years[-1], over) + 1)


def _measures(cluster: Cluster, rows: Rows) -> list[dict[str, Any]]:
    """The cluster's four dimensions, year by year, at the end of the year, through its lineage."""
    line = ancestry()
    recorded = {year for _p, _c, year in rows.shares}
    served = {year for _c, year in rows.services}
    persons = {(o, year): n for o, year, n in rows.persons}
    by_cluster: dict[int, list[tuple[int, str, date, date | None]]] = defaultdict(list)
    for c, o, a, start, end in rows.spells:
        by_cluster[c].append((o, a, start, end))
    teams: dict[int, list[int]] = defaultdict(list)
    when: dict[int, int] = {}
    programme: dict[int, str] = {}
    for project, organisation, year, name in rows.parts:
        teams[project].append(organisation)
        when[project], programme[project] = year, name
    result: list[dict[str, Any]] = []
    for year in years_of(cluster, rows):
        day = date(year, 12, 31)
        weights = line.on(cluster.pk, day)
        held: dict[int, float] = {}
        activity: dict[int, str] = {}
        for ancestor, share in weights.items():
            for o, a, start, end in by_cluster[ancestor]:
                if start <= day and (end is None or end > day):
                    held[o] = max(held.get(o, 0.0), share)
                    activity[o] = a
        if not held:
            continue
        size = sum(held.values())
        known = Counter[str]()
        for o, share in held.items():
            if activity[o]:
                known[activity[o]] += share  # type: ignore[assignment]
        ties, outside, tied = _ties(held, teams, when, year)
        seen = any(y in recorded for y in range(year - WINDOW + 1, year + 1))
        own = sum(1 for _p, c, y in rows.shares if c in weights and y == year)
        services = sum(1 for c, y in rows.services if c in weights and y == year)
        working = [persons[o, year] for o in held if (o, year) in persons]
        themes = Counter(
            programme[p]
            for p, team in teams.items()
            if programme[p] and year - WINDOW < when[p] <= year and any(o in held for o in team)
        )
        result.append(
            {
                "cluster": cluster.key,
                "year": year,
                "firms": size,
                "persons": sum(working) if len(working) >= 0.8 * len(held) else None,
                "size": size,
                "activities": entropy(known),
                "technologies": entropy(themes),
                "heterogeneity": entropy(known),
                "ties": float(ties) if seen else None,
                "outside": float(outside) if seen else None,
                "isolates": 1 - tied / len(held) if seen else None,
                "network": (2 * ties + outside) / size if seen else None,
                "projects": float(own) if year in recorded else None,
                "services": float(services) if year in served else None,
                "action": own / size if year in recorded else None,
            }
        )
    _index(result, "persons", lambda m: m["firms"], "size")
    _index(result, "technologies", lambda m: m["activities"], "heterogeneity")
    if result and all(m["services"] is not None and m["action"] is not None for m in result):
        for m in result:
            m["action"] += m["services"] / m["size"]
    return result


def _index(measures: list[dict[str, Any]], other: str, first: Callable[[dict[str, Any]], Any], into: str) -> None:
    """Where the second measure is known in every year, the dimension is the geometric mean of both."""
    if measures and all(m[other] and first(m) for m in measures):
        for m in measures:
            m[into] = float((first(m) * m[other]) ** 0.5)


def _ties(
    held: Mapping[int, float], teams: Mapping[int, list[int]], when: Mapping[int, int], year: int
) -> tuple[int, int, int]:
    """Pairs of members with a joint project in the window, member-outsider pairs, and members with any partner."""
    inside: set[tuple[int, int]] = set()
    outside: set[tuple[int, int]] = set()
    tied: set[int] = set()
    for project, team in teams.items():
        if not year - WINDOW < when[project] <= year or not 2 <= len(team) <= LARGE:
            continue
        ours = sorted(o for o in team if o in held)
        others = [o for o in team if o not in held]
        inside.update(combinations(ours, 2))
        outside.update((o, p) for o in ours for p in others)
        tied.update(ours if len(ours) > 1 or others else ())
    return len(inside), len(outside), len(tied)


def entropy(counts: Mapping[str, float]) -> float | None:
    """Bits of entropy of the counts with Miller and Madow's (1955) correction for small numbers; None for nobody."""
    total = sum(counts.values())
    if total <= 0:
        return None
    plain = -sum(n / total * log2(n / total) for n in counts.values() if n > 0)
    return float(plain + (len(counts) - 1) / (2 * total) / 0.6931471805599453)


def _levers(cluster: Cluster, rows: Rows) -> dict[str, float | None]:
    """Entries a year over three years as a share of the stock, and the share of today's classes that no member had five
    years earlier. None where the cluster has nobody, or did not exist by then. A spell that only follows a merger of
    clusters is no entry."""
    line, last = ancestry(), max(years_of(cluster, rows), default=rows.years[0])

    def at(year: int) -> dict[int, str]:
        day = date(year, 12, 31)
        ancestors = line.on(cluster.pk, day)
        return {
            o: a
            for c, o, a, start, end in rows.spells
            if c in ancestors and start <= day and (end is None or end > day)
        }

    now, before, earlier = at(last), at(last - WINDOW), at(last - NOVEL)
    if not now or not before:
        return {"entry_rate": None, "novelty": None}
    entries = len(set(now) - set(before)) / WINDOW
    classes, old = _classes(now.values()), _classes(earlier.values())
    novelty = len(classes - old) / len(classes) if classes and old else None
    return {"entry_rate": entries / len(now), "novelty": novelty}


def _classes(codes: Iterable[str]) -> set[str]:
    return {c for c in codes if c}


STAGES = (
    ColumnCard("cluster", _("Cluster")),
    ColumnCard("stage", _("Stage")),
    ColumnCard("probability", _("Probability of the likeliest stage"), null_means=_("too few years")),
    ColumnCard("emergence", _("Emergence"), null_means=_("too few years")),
    ColumnCard("growth", _("Growth"), null_means=_("too few years")),
    ColumnCard("sustainment", _("Sustainment"), null_means=_("too few years")),
    ColumnCard("decline", _("Decline"), null_means=_("too few years")),
    ColumnCard("renewal", _("Renewal"), null_means=_("too few years")),
    ColumnCard("years", _("Years")),
    ColumnCard("turn", _("First year of today's trends"), null_means=_("they did not turn")),
    ColumnCard("failing", _("Dimension that falls"), null_means=_("none falls for sure")),
    ColumnCard("reason", _("Why one cannot tell"), null_means=_("one can tell")),
    ColumnCard("entry_rate", _("Entries a year over members"), null_means=_("no members three years earlier")),
    ColumnCard("novelty", _("Share of activities that are new in five years"), null_means=_("no members by then")),
)
DIMENSIONS = (
    ColumnCard("cluster", _("Cluster")),
    ColumnCard("dimension", _("Dimension")),
    ColumnCard("years", _("Years")),
    ColumnCard("trend", _("Trend a year"), _("share of its level"), _("too few years")),
    ColumnCard("low", _("Low end, 90%"), _("share of its level"), _("too few years")),
    ColumnCard("high", _("High end, 90%"), _("share of its level"), _("too few years")),
    ColumnCard("rising", _("Probability of rising"), null_means=_("too few years")),
    ColumnCard("steady", _("Probability of steady"), null_means=_("too few years")),
    ColumnCard("falling", _("Probability of falling"), null_means=_("too few years")),
)
MEASURES = (
    ColumnCard("cluster", _("Cluster")),
    ColumnCard("year", _("Year")),
    ColumnCard("firms", _("Member firms")),
    ColumnCard("persons", _("Persons in member firms"), null_means=_("fewer than 80% state them")),
    ColumnCard("size", _("Size")),
    ColumnCard("activities", _("Entropy of activities"), _("bits"), _("no activity is known")),
    ColumnCard("technologies", _("Entropy of projects' programmes"), _("bits"), _("no programme is known")),
    ColumnCard("heterogeneity", _("Heterogeneity"), _("bits"), _("no activity is known")),
    ColumnCard("ties", _("Pairs of members with a joint project"), null_means=_("no project recorded")),
    ColumnCard("outside", _("Pairs of a member and an outsider"), null_means=_("no project recorded")),
    ColumnCard("isolates", _("Share of members without a partner"), null_means=_("no project recorded")),
    ColumnCard("network", _("Partners a member"), null_means=_("no project recorded")),
    ColumnCard("projects", _("Projects begun"), null_means=_("no project recorded")),
    ColumnCard("services", _("Services delivered"), null_means=_("no service recorded")),
    ColumnCard("action", _("Projects and services a member"), null_means=_("no project recorded")),
)
ANALYSIS = Analysis(
    "life-cycle",
    1,
    _("Life cycle of clusters"),
    _("In which stage of its life is each cluster, and which lever fails?"),
    {"steady": 0.02, "minimum_years": 5, "certainty": 0.6},
    inputs,
    compute,
    (
        TableCard("stages", _("Stage of each cluster"), STAGES),
        TableCard("dimensions", _("Trends of the four dimensions"), DIMENSIONS),
        TableCard("measures", _("Measures by year"), MEASURES),
    ),
)
