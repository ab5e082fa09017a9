"""Before anything is signed: whose grant would pass what state-aid law leaves to it, aid that waits for its signature
counted in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from poliedro.funding.models import AidAward, Application, CallVersion, Contract, Partner
from poliedro.funding.queries.contracts import aid_in_terms, decided_shares, last_grant, recorded_aid
from poliedro.funding.queries.equivalents import loan_aid
from poliedro.funding.queries.evaluation import grant_asked
from poliedro.funding.queries.facts import de_minimis_awards, group_links
from poliedro.funding.rules.aid import Award, room_on, undertaking
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.rules.thresholds import Exempted, Per, counted_together, exempt_room, threshold_on
from poliedro.registry.models import Organisation

DE_MINIMIS, GBER = AidAward.Regime.DE_MINIMIS, AidAward.Regime.GBER


@dataclass(frozen=True)
class Pending:
    """Aid that was decided and is not signed: the part of a granted application that is not in the register of aid."""

    application: Application
    organisation: Organisation
    regime: str
    category: str
    amount_eur: Decimal
    decided_on: date


@dataclass(frozen=True)
class Shortfall:
    """A grant that would pass what is left. limit: de_minimis or gber. room_eur: what is left for this grant.

    loan_aid_eur: the part of grant_eur that is what a loan is worth as a grant.
    pending_eur: what other decisions take of it that are not signed yet. point: of article 4(1) of the GBER.
    only_pending: without those decisions it would fit. See Note [Pending binds].
    """

    organisation: Organisation
    limit: str
    grant_eur: Decimal
    room_eur: Decimal
    pending_eur: Decimal
    point: str = ""
    only_pending: bool = False
    loan_aid_eur: Decimal = Decimal(0)


def pending_aid(firms: Iterable[int], *, but: int = 0) -> list[Pending]:
    """What was decided for the firms and waits for its signature, oldest first. but: an application left out."""
    held = list(firms)
    rows = Application.objects.filter(state=Application.State.GRANTED, partners__organisation__in=held).exclude(pk=but)
    found = []
    for application in rows.select_related("version", "line__call").order_by("pk").distinct():
        document, decision = application.version.rules, last_grant(application)
        if decision is None:
            continue
        granted, recorded = aid_of(application), recorded_aid(application.pk)
        for partner in application.partners.filter(organisation__in=held).select_related("organisation"):
            left = granted.get(partner.organisation_id, Decimal(0)) - recorded.get(partner.organisation_id, Decimal(0))
            if left > 0:
                category = document.category_of(application.line.key, application.facts)
                found.append(
                    Pending(application, partner.organisation, document.regime, category, left, decision.decided_on)
                )
    return found


def pending_de_minimis(firms: Iterable[int], *, but: int = 0) -> list[Award]:
    """De minimis aid to the firms that waits for its signature, with the days of its decisions."""
    return [Award(p.decided_on, p.amount_eur) for p in pending_aid(firms, but=but) if p.regime == DE_MINIMIS]


def pending_exempted(firms: Iterable[int], *, but: int = 0) -> list[Exempted]:
    """Aid to the firms under block exemption that waits for its signature."""
    return [
        Exempted(p.category, p.amount_eur, p.decided_on, p.application.pk)
        for p in pending_aid(firms, but=but)
        if p.regime == GBER
    ]


def grants_of(application: Application) -> dict[int, Decimal]:
    """Organisation -> its part of what was decided; nothing where no decision grants anything."""
    decision = last_grant(application)
    if decision is None:
        return {}
    try:
        return {s.partner.organisation_id: s.grant_eur for s in decided_shares(application, decision)}
    except NotAllowed:  # no cost is stated, so no contract can be drawn up either
        return {}


def aid_of(application: Application) -> dict[int, Decimal]:
    """Organisation -> the aid in what was decided: its grant, and what its loan is worth as a grant. A contract that
    waits for signatures or is in force has frozen that amount, and it is the one recorded; before, it is that of the
    day of the decision. What a loan is worth is left out where the call does not say its terms; `views/limits.py` says
    so."""
    live = application.contracts.filter(state__in=[Contract.State.DRAWN, Contract.State.IN_FORCE])
    if (contract := live.order_by("-number").first()) is not None:
        return {p["organisation"]: aid_in_terms(p) for p in contract.terms["parties"]}
    decision = last_grant(application)
    if decision is None:
        return {}
    try:
        shares = decided_shares(application, decision)
    except NotAllowed:
        return {}
    document = application.version.rules
    return {
        s.partner.organisation_id: s.grant_eur + (loan_aid(document, s.loan_eur, decision.decided_on) or Decimal(0))
        for s in shares
    }


def exempted_aid(firms: Iterable[int]) -> list[Exempted]:
    """What the firms got under block exemption, oldest first; withdrawn awards left out."""
    rows = AidAward.objects.filter(organisation__in=list(firms), regime=GBER, withdrawn_at=None)
    return [
        Exempted(a.category, a.amount_eur, a.granted_on, a.application_id or a.costs_of_id)
        for a in rows.order_by("granted_on", "pk")
    ]


def shortfalls(application: Application, on: date) -> list[Shortfall]:
    """The parties whose grant would pass the de minimis ceiling, or is no longer exempt under the GBER, on the day.

    The grant is what was decided; before the decision, what the application asks for. Parties of one undertaking share
    what is left, in their order. Where an amount is not known, nothing is said.
    """
    document = application.version.rules
    category = document.category_of(application.line.key, application.facts)
    if document.regime not in (DE_MINIMIS, GBER) or (document.regime == GBER and not category):
        return []
    partners = list(application.partners.select_related("organisation").order_by("-is_lead", "pk"))
    if application.state == Application.State.GRANTED:
        aid, recorded, grants = aid_of(application), recorded_aid(application.pk), grants_of(application)
        keys = [p.organisation_id for p in partners]
        wanted = [aid.get(k, Decimal(0)) - recorded.get(k, Decimal(0)) for k in keys]
        lent = [max(Decimal(0), aid.get(k, Decimal(0)) - grants.get(k, Decimal(0))) for k in keys]
    else:
        parts = grant_asked(application, on)
        lent = [(loan_aid(document, p.loan_eur, on) or Decimal(0)) if p else Decimal(0) for p in parts]
        wanted = [p.grant_eur + worth if p else Decimal(0) for p, worth in zip(parts, lent, strict=True)]
    if not any(amount > 0 for amount in wanted):
        return []
    found = _beyond(document.regime, category, partners, wanted, application.pk, on)
    worth = {p.organisation_id: eur for p, eur in zip(partners, lent, strict=True)}
    return [replace(s, loan_aid_eur=worth[s.organisation.pk]) for s in found]


def _beyond(
    regime: str, category: str, partners: list[Partner], wanted: list[Decimal], project: int, on: date
) -> list[Shortfall]:
    links = group_links(on)
    taken: dict[frozenset[int], Decimal] = {}
    found = []
    for partner, amount in zip(partners, wanted, strict=True):
        if amount <= 0:
            continue
        group = undertaking(partner.organisation_id, links)
        room, waiting, point = _room(regime, category, group, project, on)
        if room is None:
            continue
        before = taken.get(group, Decimal(0))
        left = max(Decimal(0), room - waiting - before)
        taken[group] = before + amount
        if amount > left:
            fits_alone = before + amount <= room
            found.append(Shortfall(partner.organisation, regime, amount, left, waiting, point, fits_alone))
    return found


def _room(
    regime: str, category: str, group: frozenset[int], project: int, on: date
) -> tuple[Decimal | None, Decimal, str]:
    """What law leaves to the group, what waits for a signature elsewhere, and the point of the GBER."""
    pending = [p for p in pending_aid(group, but=project) if p.regime == regime]
    if regime == DE_MINIMIS:
        return room_on(de_minimis_awards(group), on), sum((p.amount_eur for p in pending), Decimal(0)), ""
    limit = threshold_on(category, on)
    if limit is None:
        return None, Decimal(0), ""
    room = exempt_room(category, project, exempted_aid(group), on)
    same = counted_together(category) if limit.per is Per.UNDERTAKING else frozenset()
    waiting = sum((p.amount_eur for p in pending if p.category in same), Decimal(0))
    return room, waiting, limit.point


def shortfalls_by_application(applications: Iterable[Application], on: date) -> Mapping[int, list[Shortfall]]:
    """Those of each application that has any."""
    return {a.pk: found for a in applications if (found := shortfalls(a, on))}


def left_for(firm: int, version: CallVersion, line: str, on: date) -> tuple[Decimal | None, Decimal]:
    """What state-aid law leaves to a firm that has not applied, and what of it waits for a signature. None: no limit
    that is known (another regime, or a call that does not say its category)."""
    document = version.rules
    if document.regime not in (DE_MINIMIS, GBER):
        return None, Decimal(0)
    group = undertaking(firm, group_links(on))
    room, waiting, _point = _room(document.regime, document.category_of(line), group, 0, on)
    return room, waiting
