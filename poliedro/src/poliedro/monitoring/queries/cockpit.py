"""What the region sees of all clusters at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from poliedro.monitoring.models import CampaignReply
from poliedro.monitoring.queries.lifecycle import StageCard, stage_cards
from poliedro.monitoring.rules.alarms import ERDF_AMBER, ERDF_RED, STAGNATION, Alarm, dependence
from poliedro.monitoring.rules.campaigns import OPEN, WAITING
from poliedro.registry.models import Cluster
from poliedro.registry.queries.coverage import UNDER_COVERAGE, Coverage, Gap, coverage, gaps
from poliedro.registry.queries.memberships import NOBODY, make_up
from poliedro.registry.queries.money import Accounts, Staff, accounts_of, last_accounts_year, staff_of
from poliedro.registry.queries.projects import Activity, activity_by_cluster, last_project_years
from poliedro.registry.queries.trends import Trend, retentions
from poliedro.registry.rules.members import STILL
from poliedro.shared.dated import Moment
from poliedro.shared.region import region
from poliedro.shared.stored import Stored


@dataclass(frozen=True)
class Line:
    """One cluster in the cockpit: what Tables 4.1 to 4.3 say, its stage, and its alarms."""

    cluster: Cluster
    firms: int
    members: int
    coverage: Coverage | None
    staff: Staff | None
    accounts: Accounts | None
    activity: Activity
    card: StageCard | None
    alarms: Sequence[Alarm]

    @property
    def fte(self) -> Decimal | None:
        return self.staff.fte if self.staff else None

    @property
    def light(self) -> str:
        return dependence(self.accounts.erdf_share if self.accounts else None)


@dataclass(frozen=True)
class Cockpit:
    """years: of R&D. accounts_year: of revenue."""

    lines: Sequence[Line]
    years: tuple[int, int]
    accounts_year: int
    region: Activity

    def of_type(self, kind: str) -> list[Line]:
        return [line for line in self.lines if line.cluster.type == kind]

    @property
    def alarms(self) -> list[tuple[Cluster, Alarm]]:
        """Every alarm, red ones first."""
        found = [(line.cluster, a) for line in self.lines for a in line.alarms]
        return sorted(found, key=lambda p: (p[1].colour != "red", p[1].kind, p[0].position))


def cockpit(clusters: list[Cluster], moment: Moment) -> Cockpit:
    """About twenty queries, whatever the number of clusters."""
    year = min(moment.on.year, last_accounts_year(moment.known) or moment.on.year)
    years = last_project_years(moment)
    made, covered = make_up(moment), coverage(clusters, moment)
    staff, accounts = staff_of(clusters, moment), accounts_of(clusters, year, moment.known)
    activity, region = activity_by_cluster(clusters, *years, moment.known)
    cards = stage_cards()
    trends = retentions(clusters)
    late = _late(moment.on)
    lines = []
    for c in clusters:
        own = accounts.get(c.pk)
        lines.append(
            Line(
                c,
                made.get(c.pk, NOBODY).firms,
                made.get(c.pk, NOBODY).organisations,
                covered.get(c.pk),
                staff.get(c.pk),
                own,
                activity[c.pk],
                cards.get(c.key),
                _alarms(c, own, trends.get(c.pk), cards.get(c.key), late.get(c.pk, ())),
            )
        )
    return Cockpit(lines, years, year, region)


def _alarms(
    cluster: Cluster, accounts: Accounts | None, trend: Trend | None, card: StageCard | None, late: Sequence[str]
) -> list[Alarm]:
    found = []
    share = accounts.erdf_share if accounts else None
    light = dependence(share)
    if light in ("amber", "red"):
        limit = ERDF_RED if light == "red" else ERDF_AMBER
        found.append(Alarm(cluster.pk, "dependence", light, share, limit))
    standing: dict[str, Any] = trend.payload["alarm"] if trend else {"state": "unknown"}
    if standing["state"] in STAGNATION:
        colour = STAGNATION[standing["state"]]
        found.append(
            Alarm(cluster.pk, "stagnation", colour, standing["growth"], STILL, trend.payload["until"] if trend else "")
        )
    if card and card.light.colour in ("amber", "red"):
        colour = card.light.colour
        found.append(Alarm(cluster.pk, "life_cycle", colour, card.probability, None, card.said, card.failed))
    found += [Alarm(cluster.pk, "campaign", "red", detail=title) for title in late]
    return found


def _late(day: date) -> dict[int, list[str]]:
    """Campaigns whose day is past and that a cluster has not answered: {cluster id: titles}."""
    rows = CampaignReply.objects.filter(campaign__state=OPEN, campaign__due_on__lt=day, state__in=WAITING).values_list(
        "cluster_id", "campaign__title"
    )
    found: dict[int, list[str]] = {}
    for cluster, title in rows:
        found.setdefault(cluster, []).append(title)
    return found


def coverage_by_province(moment: Moment) -> Mapping[str, tuple[int, int]]:
    """{province: (member firms inside the definitions, register firms inside them)}, over the clusters of the day. What
    is known now is kept in memory."""
    return _BY_PLACE.get(moment.on, region().code) if moment.known is None else _by_place(moment)


def _by_place(moment: Moment) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for cluster in Cluster.objects.existing_on(moment.on).order_by("position", "name"):
        places: list[Gap] = gaps(cluster, moment)[1]
        for place in places:
            n, everybody = found.get(place.label, (0, 0))
            found[place.label] = n + place.n, everybody + place.N
    return found


_BY_PLACE: Stored[Mapping[str, tuple[int, int]]] = Stored(
    "monitoring.coverage_by_province",
    dict[str, tuple[int, int]],
    lambda: UNDER_COVERAGE,
    lambda on, _region: _by_place(Moment(on)),
    ready=lambda on: [(on, region().code)],
)
