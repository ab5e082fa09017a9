"""One organisation: what is known of it, from which source, with whom it works."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Sum
from django.utils import timezone

from poliedro.registry.models import (
    Activity,
    Establishment,
    Identifier,
    MembershipSpell,
    Merge,
    Organisation,
    OrganisationName,
    Participation,
    RegisterFlag,
    Standing,
)
from poliedro.registry.queries.memberships import FIRM_KINDS
from poliedro.registry.queries.standings import history_of
from poliedro.registry.queries.visibility import kept_back
from poliedro.registry.rules.completeness import Completeness, completeness
from poliedro.shared.dated import Moment

PROJECTS = 25
PARTNERS = 40


@dataclass(frozen=True)
class Partner:
    organisation: Organisation
    projects: int


@dataclass(frozen=True)
class Similar:
    organisation: Organisation
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """Everything the page of an organisation shows. money_eur: public contributions where the file gives them."""

    organisation: Organisation
    identifiers: list[Identifier]
    names: list[OrganisationName]
    activities: list[Activity]
    sites: list[Establishment]
    flags: list[RegisterFlag]
    spells: list[MembershipSpell]
    participations: list[Participation]
    projects: int
    coordinated: int
    money_eur: Decimal | None
    partners: list[Partner]
    partners_in_all: int
    ties: list[tuple[int, int, int]]
    merged: list[Merge]
    standings: list[Standing]
    completeness: Completeness


def profile(organisation: Organisation, moment: Moment, page: int = 1, near: int = PARTNERS) -> Profile:
    """The profile as known at the moment; a constant number of queries. near: so many partners, those with most joint
    projects, have their ties among each other told."""

    def facts(model: Any) -> list[Any]:
        return list(
            model.objects.known(moment.known).filter(organisation=organisation).select_related("source").order_by("pk")
        )

    own = Participation.objects.known(moment.known).filter(organisation=organisation, project__retracted_at=None)
    totals = own.aggregate(projects=Count("project", distinct=True), money=Sum("contribution_eur"))
    listed = list(
        own.select_related("project", "source").order_by(F("project__starts_on").desc(nulls_last=True), "pk")[
            (page - 1) * PROJECTS : page * PROJECTS
        ]
    )
    partners, in_all = partners_of(organisation, moment, 1, PARTNERS)
    numbers, names, flags = facts(Identifier), facts(OrganisationName), facts(RegisterFlag)
    activities = list(
        Activity.objects.known(moment.known)
        .filter(organisation=organisation)
        .select_related("code__classification", "source")
        .order_by("-is_main", "pk")
    )
    sites = list(
        Establishment.objects.known(moment.known)
        .filter(organisation=organisation)
        .select_related("territory", "source")
        .order_by("pk")
    )
    spells = list(
        MembershipSpell.objects.known(moment.known)
        .filter(organisation=organisation)
        .select_related("cluster", "source")
        .order_by("-valid_from", "pk")
    )
    standings = history_of(organisation, moment.known)
    return Profile(
        organisation,
        numbers,
        names,
        activities,
        sites,
        flags,
        spells,
        listed,
        totals["projects"],
        own.filter(role="coordinator").values("project").distinct().count(),
        totals["money"],
        partners,
        in_all,
        _ties([p.organisation.pk for p in partners[:near]]),
        list(Merge.objects.filter(survivor=organisation, undone_at=None).select_related("duplicate")),
        standings,
        _completeness(organisation, [*numbers, *names, *flags, *activities, *sites, *spells, *standings, *listed]),
    )


def _completeness(organisation: Organisation, facts: list[Any]) -> Completeness:
    """What a reader needs and finds; freshness is that of the newest fact or of the organisation's own row."""
    heard = max([organisation.recorded_at, *(fact.recorded_at for fact in facts)])
    return completeness(
        {
            "name": bool(organisation.name),
            "kind": organisation.kind != Organisation.Kind.UNKNOWN,
            "place": organisation.territory_id is not None,
            "activity": organisation.nace_id is not None,
            "number": any(isinstance(fact, Identifier) for fact in facts),
            "size": bool(organisation.size_class) or organisation.kind not in FIRM_KINDS,
            "website": bool(organisation.website),
            "description": bool(organisation.description),
        },
        timezone.localdate(heard),
    )


def partners_of(organisation: Organisation, moment: Moment, page: int, size: int) -> tuple[list[Partner], int]:
    """Those with whom it shares most projects, a page of them; and how many partners it has in all. Whoever keeps its
    projects and partners back is in nobody's list."""
    own = Participation.objects.known(moment.known).filter(organisation=organisation).values("project")
    found: list[Any] = list(
        Participation.objects.known(moment.known)
        .filter(project__in=own)
        .exclude(organisation=organisation)
        .exclude(organisation__in=kept_back()["projects"])
        .values_list("organisation")
        .annotate(n=Count("project", distinct=True))
        .order_by("-n", "organisation")
    )
    asked = found[(page - 1) * size : page * size]
    by_id = Organisation.objects.select_related("territory").in_bulk([pk for pk, _n in asked])
    return [Partner(by_id[pk], n) for pk, n in asked], len(found)


def _ties(ids: list[int]) -> list[tuple[int, int, int]]:
    """Projects that the partners share among each other: (id, id, projects), most first."""
    rows = (
        Participation.objects.known()
        .filter(
            organisation__in=ids,
            project__participations__organisation__in=ids,
            project__participations__retracted_at=None,
            project__participations__organisation__gt=F("organisation"),
        )
        .values_list("organisation", "project__participations__organisation")
        .annotate(n=Count("project", distinct=True))
        .order_by("-n", "organisation", "project__participations__organisation")
    )
    return [(a, b, n) for a, b, n in rows]


def similar(organisation: Organisation, limit: int = 6) -> list[Similar]:
    """Organisations of the same activity, nearest first: same place, then same size. Reasons are keys for the page."""
    hidden = kept_back()
    if organisation.nace_id is None or organisation.pk in hidden["activities"]:
        return []
    rows = (
        Organisation.objects.current()
        .filter(nace=organisation.nace_id)
        .exclude(pk__in={organisation.pk, *hidden["activities"]})
        .select_related("territory")
        .order_by("name", "pk")[:200]
    )
    scored = []
    for other in rows:
        reasons = ["activity"]
        placed = not {other.pk, organisation.pk} & hidden["place"]
        if placed and other.territory_id and other.territory_id == organisation.territory_id:
            reasons.append("place")
        sized = not {other.pk, organisation.pk} & hidden["size"]
        if sized and other.size_class and other.size_class == organisation.size_class:
            reasons.append("size")
        scored.append(Similar(other, tuple(reasons)))
    return sorted(scored, key=lambda s: -len(s.reasons))[:limit]
