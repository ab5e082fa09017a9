"""After the decision: CUP, state aid to the cent, milestones, claims, outputs, money of others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.funding.models import AidAward, Application, CoFunding, CostClaim, Milestone, Output, Partner
from poliedro.funding.queries.contracts import contract_in_force
from poliedro.funding.queries.facts import de_minimis_awards, linked_firms
from poliedro.funding.queries.same_costs import same_costs
from poliedro.funding.queries.shortfalls import exempted_aid, pending_de_minimis, pending_exempted
from poliedro.funding.rules.aid import Award, OverCeiling, check_award, part_of
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.rules.thresholds import BesidePending, check_exempt
from poliedro.reference.models import Source
from poliedro.registry.models import Organisation, Project
from poliedro.registry.rules.identifiers import InvalidIdentifier, check_cup

AID_LOCK = 7_002
"""Two awards to one group must not both see the same room."""


def _lock() -> None:
    if connection.vendor == "postgresql":  # SQLite has one writer at a time as it is
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [AID_LOCK])


@transaction.atomic
def record_aid(
    *,
    organisation: Organisation,
    regime: str,
    amount_eur: Decimal,
    granted_on: date,
    measure: str,
    source: Source,
    by: Any,
    reference: str = "",
    application: Application | None = None,
    costs_of: Application | None = None,
    category: str = "",
    pending_reason: str = "",
    basis: dict[str, Any] | None = None,
) -> AidAward:
    """Record aid to a firm. De minimis aid stays under the ceiling of its group, whatever the order of recording.

    application: whose grant it is. costs_of: the granted project whose costs another measure aids too. category: under
    block exemption, whose threshold it counts against. pending_reason: why aid that was decided elsewhere and is not
    signed falls away; kept where the award would not fit beside it. See Note [Pending binds]. basis: what the amount of
    a loan or guarantee was worked out from.

    Raises:
        OverCeiling: de minimis aid beyond what is left, or aid beyond the intensity for the same costs.
        OverThreshold: aid under block exemption that is no longer exempt.
        BesidePending: it fits alone and not with aid that waits for its signature, and no reason says why that falls
            away.
    """
    _lock()
    reason = ""
    try:
        _check_ceiling(organisation, regime, category, amount_eur, granted_on, application, costs_of)
    except BesidePending:
        reason = pending_reason.strip()[:300]
        if not reason:
            raise
    for project in (application, costs_of):
        if project is not None:
            _check_same_costs(project, organisation, amount_eur, granted_on)
    return _keep_aid(
        organisation=organisation,
        regime=regime,
        category=category,
        amount_eur=amount_eur,
        granted_on=granted_on,
        measure=measure,
        reference=reference,
        application=application,
        costs_of=costs_of,
        pending_reason=reason,
        basis=basis or {},
        source=source,
        by=by,
    )


def _check_ceiling(
    organisation: Organisation,
    regime: str,
    category: str,
    amount_eur: Decimal,
    granted_on: date,
    application: Application | None,
    costs_of: Application | None,
) -> None:
    """The ceiling of the firm's group; what waits for a signature elsewhere is asked for last."""
    group = linked_firms(organisation.pk, granted_on)
    own = application.pk if application else 0
    if regime == AidAward.Regime.DE_MINIMIS:
        check_award(de_minimis_awards(group), Award(granted_on, amount_eur), pending_de_minimis(group, but=own))
    elif regime == AidAward.Regime.GBER and category:
        project = application or costs_of
        check_exempt(
            category, project.pk if project else None, exempted_aid(group), amount_eur, granted_on,
            pending_exempted(group, but=own),
        )  # fmt: skip


def _keep_aid(*, source: Source, by: Any, **fields: Any) -> AidAward:
    award = AidAward(
        source=source, certainty=source.certainty, by=by if getattr(by, "is_authenticated", False) else None, **fields
    )
    award.full_clean(exclude=["by"])
    award.save()
    record(
        by=by, verb="record_aid", subject_kind="registry.organisation", subject_key=award.organisation_id,
        regime=award.regime, amount_eur=award.amount_eur,
        **({"why": award.pending_reason} if award.pending_reason else {}),
    )  # fmt: skip
    return award


def _check_same_costs(application: Application, organisation: Organisation, amount: Decimal, on: date) -> None:
    """All aid for a party's costs together stays within the intensity of the call."""
    found = next((s for s in same_costs(application, on) if s.partner.organisation_id == organisation.pk), None)
    if found is None or found.partner.cost_eur is None:
        raise OverCeiling(
            "%(organisation)s bears no cost in this application; there is nothing to aid", organisation=organisation
        )
    if found.room_eur is None:
        raise OverCeiling(
            "the intensity for %(organisation)s is not known; state its size class first", organisation=organisation
        )
    if amount > found.room_eur:
        raise OverCeiling(
            "%(amount)s EUR pass the intensity: %(room)s EUR are left for these costs",
            amount=amount,
            room=found.room_eur,
        )


@transaction.atomic
def withdraw_aid(*, award: AidAward, by: Any) -> AidAward:
    """The award no longer counts; it stays in the list. Raises NotAllowed for one that was withdrawn."""
    if award.withdrawn_at is not None:
        raise NotAllowed("this award was withdrawn before")
    award.withdrawn_at = timezone.now()
    award.save(update_fields=["withdrawn_at"])
    record(by=by, verb="withdraw_aid", subject_kind="funding.aid", subject_key=award.pk)
    return award


@transaction.atomic
def amend_aid(*, award: AidAward, amount_eur: Decimal, by: Any) -> AidAward | None:
    """The award that counts in place of this one, which stays in the list as withdrawn; None for no amount. The same
    award where the amount is the same, or where somebody withdrew it before. Raises OverCeiling for more than before.
    """
    if award.withdrawn_at is not None or award.amount_eur == amount_eur:
        return award
    withdraw_aid(award=award, by=by)
    fields = {
        name: getattr(award, name)
        for name in (
            "organisation",
            "regime",
            "category",
            "granted_on",
            "measure",
            "reference",
            "application",
            "costs_of",
            "pending_reason",
            "basis",
            "source",
        )
    }
    if amount_eur > award.amount_eur:
        return record_aid(amount_eur=amount_eur, by=by, **fields)
    # less than before passes no ceiling that it did not pass before
    return _keep_aid(amount_eur=amount_eur, by=by, **fields) if amount_eur else None


@transaction.atomic
def assign_cup(*, application: Application, cup: str, by: Any) -> Application:
    """Give a granted application its CUP, and tie it to the project that the register knows under it.

    Raises NotAllowed.
    """
    if application.state not in (Application.State.GRANTED, Application.State.COMPLETED):
        raise NotAllowed(
            "the application is %(application_state)s; only a granted one gets a CUP",
            application_state=application.state,
        )
    try:
        application.cup = check_cup(cup)
    except InvalidIdentifier as error:
        raise NotAllowed(
            "'%(cup)s' is no CUP; it has 15 signs: a letter, two digits, a letter, eleven digits", cup=cup
        ) from error
    application.project = Project.objects.filter(cup=application.cup, retracted_at=None).order_by("pk").first()
    if Application.objects.filter(cup=application.cup).exclude(pk=application.pk).exists():
        raise NotAllowed("another application has the CUP %(cup)s; a CUP is of one project", cup=application.cup)
    application.save(update_fields=["cup", "project"])
    record(
        by=by, verb="assign_cup", subject_kind="funding.application", subject_key=application.pk, cup=application.cup
    )
    return application


def _check_running(application: Application) -> None:
    if application.state != Application.State.GRANTED:
        raise NotAllowed(
            "the application is %(application_state)s; this is for granted ones", application_state=application.state
        )


def _check_not_ahead(on: date, today: date) -> None:
    if on > today:
        raise NotAllowed("%(on)s is still to come; write the day on which it was reached", on=on)


def _terms_of(application: Application, partner: Partner) -> dict[str, Any]:
    """What the contract in force says of the partner. Raises NotAllowed without one."""
    contract = contract_in_force(application)
    terms = contract.party(partner.organisation_id) if contract is not None else None
    if terms is None:
        raise NotAllowed(
            "no contract is in force with %(organisation)s; costs are claimed and paid under one",
            organisation=partner.organisation,
        )
    return terms


@transaction.atomic
def set_milestone(*, application: Application, title: str, due_on: date, by: Any, today: date) -> Milestone:
    """Plan a milestone. Raises NotAllowed."""
    _check_running(application)
    if due_on < today:
        raise NotAllowed("%(due_on)s is over; plan the milestone for today or later", due_on=due_on)
    found = Milestone.objects.create(application=application, title=title, due_on=due_on)
    record(by=by, verb="set_milestone", subject_kind="funding.application", subject_key=application.pk)
    return found


@transaction.atomic
def reach_milestone(*, milestone: Milestone, on: date, evidence: str, by: Any, today: date) -> Milestone:
    """Report a milestone as reached, with its evidence. Raises NotAllowed."""
    _check_running(milestone.application)
    if milestone.reached_on is not None:
        raise NotAllowed("the milestone was reported on %(reached_on)s already", reached_on=milestone.reached_on)
    _check_not_ahead(on, today)
    if not evidence.strip():
        raise NotAllowed("say what shows that the milestone was reached")
    milestone.reached_on, milestone.evidence = on, evidence
    milestone.save(update_fields=["reached_on", "evidence"])
    record(by=by, verb="reach_milestone", subject_kind="funding.application", subject_key=milestone.application_id)
    return milestone


@transaction.atomic
def claim_cost(*, partner: Partner, period: str, cost_eur: Decimal, by: Any) -> CostClaim:
    """Report cost of a period, under the contract. All claims together stay within the partner's cost.

    Raises NotAllowed.
    """
    application = partner.application
    _check_running(application)
    _terms_of(application, partner)
    if cost_eur <= 0:
        raise NotAllowed("a claim is of more than 0 EUR; write what was spent")
    claimed = sum(
        (c.accepted_eur if c.accepted_eur is not None else c.cost_eur
         for c in partner.claims.exclude(state=CostClaim.State.REJECTED)), Decimal(0),
    )  # fmt: skip
    room = (partner.cost_eur or Decimal(0)) - claimed
    if cost_eur > room:
        raise NotAllowed(
            "%(cost_eur)s EUR pass the granted cost: %(room)s EUR are left for %(organisation)s",
            cost_eur=cost_eur,
            room=room,
            organisation=partner.organisation,
        )
    claim = CostClaim(application=application, partner=partner, period=period, cost_eur=cost_eur)
    claim.full_clean()
    claim.save()
    record(by=by, verb="claim_cost", subject_kind="funding.application", subject_key=application.pk)
    return claim


@transaction.atomic
def settle_claim(*, claim: CostClaim, accepted_eur: Decimal, note: str, by: Any) -> CostClaim:
    """Accept a claim in whole or part and pay the granted part of it. Raises NotAllowed.

    Paid is the granted part of all cost accepted so far, to the cent and rounded down, less what was paid before: when
    all of the cost is accepted, all of the grant is paid.
    """
    if claim.state != CostClaim.State.CLAIMED:
        raise NotAllowed("the claim is %(claim_state)s; it was settled before", claim_state=claim.state)
    if accepted_eur > claim.cost_eur:
        raise NotAllowed(
            "%(cost_eur)s EUR were claimed; at most that is accepted, not %(accepted_eur)s EUR",
            cost_eur=claim.cost_eur, accepted_eur=accepted_eur,
        )  # fmt: skip
    if accepted_eur < claim.cost_eur and not note.strip():
        raise NotAllowed("say why less than the claim is accepted")
    application = claim.application
    terms = _terms_of(application, claim.partner)
    before = claim.partner.claims.filter(state=CostClaim.State.ACCEPTED).exclude(pk=claim.pk)
    accepted = sum((c.accepted_eur or Decimal(0) for c in before), accepted_eur)
    paid = sum((c.paid_eur or Decimal(0) for c in before), Decimal(0))
    claim.accepted_eur = accepted_eur
    claim.paid_eur = max(Decimal(0), part_of(Decimal(terms["grant_eur"]), accepted, Decimal(terms["cost_eur"])) - paid)
    claim.state = CostClaim.State.ACCEPTED if accepted_eur else CostClaim.State.REJECTED
    claim.note = note
    claim.full_clean()
    claim.save()
    record(by=by, verb="settle_claim", subject_kind="funding.application", subject_key=application.pk, claim=claim.pk)
    return claim


@transaction.atomic
def report_output(
    *, application: Application, kind: str, amount: Decimal, reached_on: date, evidence: str, by: Any, today: date
) -> Output:
    """Report an output or result. Raises NotAllowed."""
    if application.state not in (Application.State.GRANTED, Application.State.COMPLETED):
        raise NotAllowed(
            "the application is %(application_state)s; outputs are of granted ones", application_state=application.state
        )
    _check_not_ahead(reached_on, today)
    output = Output(application=application, kind=kind, amount=amount, reached_on=reached_on, evidence=evidence)
    output.full_clean()
    output.save()
    record(by=by, verb="report_output", subject_kind="funding.application", subject_key=application.pk, kind=kind)
    return output


@transaction.atomic
def record_cofunding(*, call: Any, organisation: Organisation, amount_eur: Decimal, for_what: str, by: Any,
                     agreed_on: date | None = None) -> CoFunding:  # fmt: skip
    """Note what a bank foundation or another body puts beside a call."""
    found = CoFunding(
        call=call, organisation=organisation, amount_eur=amount_eur, for_what=for_what, agreed_on=agreed_on,
        state=CoFunding.State.AGREED if agreed_on else CoFunding.State.PROPOSED,
    )  # fmt: skip
    found.full_clean()
    found.save()
    record(by=by, verb="record_cofunding", subject_kind="funding.call", subject_key=call.key, amount_eur=amount_eur)
    return found


class KeptAid:
    """The register of aid as other rooms hand aid over to it. See `shared.aid`."""

    def grant(self, **aid: Any) -> int:
        return record_aid(**aid).pk

    def amend(self, *, key: int, amount_eur: Decimal, by: Any) -> int | None:
        award = amend_aid(award=AidAward.objects.get(pk=key), amount_eur=amount_eur, by=by)
        return None if award is None else award.pk
