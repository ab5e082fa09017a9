"""What the register computes of a policy's indicators: the catalogue from which an indicator takes its progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Model
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from poliedro.monitoring.models import ObjectiveTag
from poliedro.reference.models import Classification, Code, Source, StoredResult, Territory
from poliedro.registry.models import (
    Cluster,
    ClusterDefinition,
    ClusterProfile,
    DefinitionCode,
    Delivery,
    EffortRecord,
    IncubateeSpell,
    MembershipSpell,
    Organisation,
    Participation,
    Project,
    ProjectShare,
    RegisterCount,
    ResearchContract,
    RevenueLine,
    StaffAssignment,
    Standing,
)
from poliedro.registry.queries.backing import NOTHING, Backing, total_backing
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.contracts import published_contracts
from poliedro.registry.queries.coverage import coverage
from poliedro.registry.queries.geography import of_region
from poliedro.registry.queries.memberships import distinct_members, firms_among
from poliedro.registry.queries.money import accounts_of, last_accounts_year, staff_of
from poliedro.registry.queries.projects import Activity, activity_by_cluster, last_project_years, started_in
from poliedro.shared.dated import Moment
from poliedro.shared.versions import Kept


@dataclass(frozen=True)
class Value:
    """value: shares are 0..1. period: what it speaks of. n: what it rests on."""

    value: float | None
    period: str
    backing: Backing = NOTHING
    n: int | None = None


@dataclass(frozen=True)
class Computed:
    """A figure that the register gives for the region on a day. card: its definition in the registry of indicators."""

    key: str
    card: str
    label: str | Promise
    compute: Callable[[Moment], Value]


def _day(moment: Moment) -> str:
    return moment.on.isoformat()


def _members(moment: Moment) -> Value:
    n = distinct_members(moment, firms_only=True)
    return Value(n, _day(moment), total_backing(MembershipSpell.objects.at(moment)))


def _start_ups(moment: Moment) -> Value:
    rows = MembershipSpell.objects.at(moment).filter(organisation__kind="start_up")
    return Value(rows.values("organisation").distinct().count(), _day(moment), total_backing(rows))


def _incubated(moment: Moment) -> Value:
    rows = IncubateeSpell.objects.at(moment)
    return Value(rows.values("organisation").distinct().count(), _day(moment), total_backing(rows))


def _coverage(moment: Moment) -> Value:
    found = [c for c in coverage(clusters_on(moment), moment).values() if c.N]
    inside, everybody = sum(c.n for c in found), sum(c.N for c in found)
    years = [c.year for c in found]
    firms = firms_among(MembershipSpell.objects.at(moment), moment.on, moment.known)
    return Value(
        inside / everybody if everybody else None,
        str(max(years)) if years else "",
        total_backing(firms),
        everybody or None,
    )


def _activity(moment: Moment) -> tuple[Activity, str, Backing]:
    first, last = last_project_years(moment)
    shares = ProjectShare.objects.known(moment.known).filter(started_in(first, last, moment.known))
    region = activity_by_cluster([], first, last, moment.known)[1]
    return region, f"{first}-{last}", total_backing(shares)


def _projects(moment: Moment) -> Value:
    region, period, backed = _activity(moment)
    return Value(region.projects, period, backed)


def _investment(moment: Moment) -> Value:
    region, period, backed = _activity(moment)
    return Value(float(region.invested_eur) if region.projects else None, period, backed, region.projects)


def _rd_firms(moment: Moment) -> Value:
    region, period, backed = _activity(moment)
    return Value(region.firms if region.projects else None, period, backed, region.projects)


def _contracts(moment: Moment) -> Value:
    """As published: of finished years up to the day. See Note [Whose amounts]."""
    first, last = last_project_years(moment)
    finished = last if moment.on >= date(last, 12, 31) else last - 1
    told = published_contracts(moment.known)
    found = told.sum(first, finished)
    return Value(found.eur, found.period or f"{first}-{last}", told.backing(first, finished))


def _cross_cluster(moment: Moment) -> Value:
    first, last = last_project_years(moment)
    rows = ProjectShare.objects.known(moment.known).filter(started_in(first, last, moment.known))
    shared = rows.order_by().values("project").annotate(n=Count("cluster", distinct=True)).filter(n__gt=1)
    return Value(shared.count(), f"{first}-{last}", total_backing(rows))


def _european(moment: Moment) -> Value:
    first, last = moment.on.year - 3, moment.on.year
    rows = (
        Participation.objects.known(moment.known)
        .filter(of_region(), project__scheme__in=("h2020", "horizon_europe"))
        .filter(started_in(first, last, moment.known))
    )
    return Value(rows.order_by().values("project").distinct().count(), f"{first}-{last}", total_backing(rows))


def _digital(moment: Moment) -> Value:
    first, last = last_project_years(moment)
    rows = ObjectiveTag.objects.known(moment.known).filter(objective="digital")
    rows = rows.filter(started_in(first, last, moment.known))
    return Value(rows.order_by().values("project").distinct().count(), f"{first}-{last}", total_backing(rows))


def _erdf(moment: Moment) -> Value:
    year = last_accounts_year(moment.known)
    if year is None:
        return Value(None, "")
    held = accounts_of(clusters_on(moment), min(year, moment.on.year), moment.known)
    total = sum(float(a.total_eur) for a in held.values())
    erdf = sum(float(a.total_eur) * (a.erdf_share or 0) for a in held.values())
    rows = RevenueLine.objects.known(moment.known).filter(year=min(year, moment.on.year))
    return Value(erdf / total if total else None, str(min(year, moment.on.year)), total_backing(rows))


def _staff(moment: Moment) -> Value:
    held = staff_of(clusters_on(moment), moment)
    return Value(sum(s.persons for s in held.values()), _day(moment), total_backing(StaffAssignment.objects.at(moment)))


def _services(moment: Moment) -> Value:
    rows = Delivery.objects.known(moment.known).filter(delivered_on__year=moment.on.year, delivered_on__lte=moment.on)
    return Value(rows.count(), str(moment.on.year), total_backing(rows))


def _digital_services(moment: Moment) -> Value:
    rows = Delivery.objects.known(moment.known).filter(
        service="digitalisation", delivered_on__year=moment.on.year, delivered_on__lte=moment.on
    )
    return Value(rows.count(), str(moment.on.year), total_backing(rows))


CATALOGUE: dict[str, Computed] = {
    c.key: c
    for c in (
        Computed("member-firms", "member-firms", _("Member firms of the region's clusters"), _members),
        Computed("member-start-ups", "member-start-ups", _("Start-ups that are members"), _start_ups),
        Computed("incubated", "incubated", _("Start-ups in an incubator"), _incubated),
        Computed("coverage", "coverage-region", _("Industry coverage of all clusters"), _coverage),
        Computed("rd-projects", "rd-projects", _("R&D projects begun"), _projects),
        Computed("rd-investment", "rd-investment", _("R&D investment activated"), _investment),
        Computed("rd-firms", "rd-firms", _("Firms involved in R&D"), _rd_firms),
        Computed("research-contracts", "research-contracts", _("Research contracts signed"), _contracts),
        Computed("cross-cluster", "cross-cluster-projects", _("Projects of several clusters"), _cross_cluster),
        Computed("eu-projects", "eu-projects", _("Projects of EU framework programmes"), _european),
        Computed("digital-projects", "digital-projects", _("Projects that spread digital tools"), _digital),
        Computed("erdf-share", "erdf-share", _("Dependence of the clusters on ERDF"), _erdf),
        Computed("staff", "staff", _("Staff of the cluster organisations"), _staff),
        Computed("services", "services-delivered", _("Services delivered in the year"), _services),
        Computed("digital-services", "digital-services", _("Digitalisation services in the year"), _digital_services),
    )
}


def computed_values(keys: Iterable[str], moment: Moment) -> dict[str, Value]:
    """The values of these figures on the day, kept until a table under them changes; an unknown key gives none."""
    wanted = tuple(sorted({key for key in keys if key in CATALOGUE}))
    return dict(_VALUES.get(wanted, moment, get_language())) if wanted else {}


def _computed(keys: tuple[str, ...], moment: Moment, _language: str) -> dict[str, Value]:
    return {key: CATALOGUE[key].compute(moment) for key in keys}


def tables() -> tuple[type[Model], ...]:
    """Every table that a figure of the catalogue reads; `tests/monitoring/test_policy_speed.py` holds them to it."""
    return (
        Classification,
        Cluster,
        ClusterDefinition,
        ClusterProfile,
        Code,
        DefinitionCode,
        Delivery,
        EffortRecord,
        IncubateeSpell,
        MembershipSpell,
        ObjectiveTag,
        Organisation,
        Participation,
        Project,
        ProjectShare,
        RegisterCount,
        ResearchContract,
        RevenueLine,
        Source,
        StaffAssignment,
        Standing,
        StoredResult,
        Territory,
    )


_VALUES: Kept[dict[str, Value]] = Kept(tables, _computed, most=300)


def choices() -> list[tuple[str, Any]]:
    """Key and name of each, for a form."""
    return [(c.key, c.label) for c in CATALOGUE.values()]
