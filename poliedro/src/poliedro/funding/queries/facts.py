"""What the register knows of an organisation that calls ask for. What it does not know is left out, never assumed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from poliedro.funding.models import AidAward, Application
from poliedro.funding.rules.aid import Award, room_on, undertaking
from poliedro.funding.rules.conditions import Dossier, Party
from poliedro.funding.rules.facts import Scope, read_values
from poliedro.registry.models import (
    Establishment,
    FinancialStatement,
    GroupLink,
    MembershipSpell,
    Organisation,
    RegisterFlag,
)
from poliedro.registry.queries.geography import in_region
from poliedro.registry.rules.sizes import LINKED


def register_facts(organisation: Organisation, on: date) -> dict[str, Any]:
    """Fact -> value, of those that the register knows on the day. About eight queries."""
    facts: dict[str, Any] = {}
    if organisation.kind != Organisation.Kind.UNKNOWN:
        facts["kind"] = organisation.kind
    if organisation.size_class:
        facts["size_class"] = organisation.size_class
    if organisation.nace is not None:
        facts["nace"] = organisation.nace.code
    if organisation.founded_on is not None and organisation.founded_on <= on:
        facts["age_years"] = Decimal(full_years(organisation.founded_on, on))
    statements = list(
        FinancialStatement.objects.known()
        .filter(organisation=organisation, year__lte=on.year)
        .order_by("-year")
        .values_list("year", "persons")
    )
    if statements:
        facts["years_of_accounts"] = Decimal(len({year for year, _persons in statements}))
        if statements[0][1] is not None:
            facts["persons"] = statements[0][1]
    elif facts.get("age_years") == 0:
        facts["years_of_accounts"] = Decimal(0)
    here = Organisation.objects.filter(in_region(), pk=organisation.pk).exists()
    sites = Establishment.objects.known().active_on(on).filter(organisation=organisation)
    if organisation.territory_id is not None or here:
        facts["site_in_region"] = here or sites.filter(in_region()).exists()
    flags = RegisterFlag.objects.known().active_on(on).filter(organisation=organisation)
    facts["innovative_start_up"] = flags.filter(flag=RegisterFlag.Flag.INNOVATIVE_START_UP).exists()
    facts["cluster_member"] = MembershipSpell.objects.known().active_on(on).filter(organisation=organisation).exists()
    facts["de_minimis_room_eur"] = de_minimis_room(organisation.pk, on)
    return read_values(facts, Scope.PARTY)


def full_years(since: date, on: date) -> int:
    """Completed years between two days."""
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))


def linked_firms(firm: int, on: date) -> frozenset[int]:
    """The firm with all firms linked to it on the day (more than half of the capital or votes, or dominant)."""
    return undertaking(firm, group_links(on))


def group_links(on: date) -> list[tuple[int, int]]:
    """Every pair of firms that are linked on the day."""
    links = GroupLink.objects.known().active_on(on)
    return [
        (parent, child)
        for parent, child, share, dominant in links.order_by("pk").values_list(
            "parent_id", "child_id", "share", "dominant"
        )
        if dominant or share > LINKED
    ]


def de_minimis_awards(firms: frozenset[int]) -> list[Award]:
    """What the firms got under de minimis, oldest first; withdrawn awards left out."""
    rows = AidAward.objects.filter(
        organisation__in=firms, regime=AidAward.Regime.DE_MINIMIS, withdrawn_at=None
    ).order_by("granted_on", "pk")
    return [Award(day, amount) for day, amount in rows.values_list("granted_on", "amount_eur")]


def de_minimis_room(firm: int, on: date) -> Decimal:
    """What the firm with its linked firms may still get on the day, from the awards that are recorded here."""
    return room_on(de_minimis_awards(linked_firms(firm, on)), on)


def de_minimis_rooms(on: date) -> dict[int, Decimal]:
    """The room of every firm that got aid itself or through a linked one, in two queries; others have it whole."""
    awards: dict[int, list[Award]] = {}
    rows = AidAward.objects.filter(regime=AidAward.Regime.DE_MINIMIS, withdrawn_at=None).order_by("granted_on", "pk")
    for firm, day, amount in rows.values_list("organisation_id", "granted_on", "amount_eur"):
        awards.setdefault(firm, []).append(Award(day, amount))
    links = group_links(on)
    rooms: dict[int, Decimal] = {}
    for firm in awards:
        if firm not in rooms:
            firms = undertaking(firm, links)
            room = room_on([award for member in firms for award in awards.get(member, ())], on)
            rooms |= dict.fromkeys(firms, room)
    return rooms


NOT_HANDED_IN = (Application.State.DRAFT, Application.State.WITHDRAWN)
HARDER: dict[str, Callable[[Decimal, Decimal], Decimal]] = {"de_minimis_room_eur": min, "other_applications": max}
"""Facts that a party may state as harder for itself than the register knows, never as easier."""


def other_applications(organisation: int, call: int, *, but: int = 0) -> Decimal:
    """How many other applications to the call were handed in in which the organisation takes part."""
    rows = Application.objects.filter(line__call=call, partners__organisation=organisation)
    return Decimal(rows.exclude(state__in=NOT_HANDED_IN).exclude(pk=but).distinct().count())


def dossier_of(application: Application, on: date) -> Dossier:
    """The application as rules see it: facts of the register, overlaid by what its parties stated. See `HARDER`."""
    parties = []
    call = application.line.call_id
    for partner in application.partners.select_related("organisation__nace", "organisation__territory"):
        known = register_facts(partner.organisation, on)
        known["other_applications"] = other_applications(partner.organisation_id, call, but=application.pk)
        stated = read_values(partner.facts, Scope.PARTY)
        for key, harder in HARDER.items():
            if key in stated and key in known:
                stated[key] = harder(stated[key], known[key])
        parties.append(Party({**known, **stated}, partner.cost_eur, str(partner.organisation)))
    return Dossier(tuple(parties) or (Party(),), read_values(application.facts, Scope.PROJECT))
