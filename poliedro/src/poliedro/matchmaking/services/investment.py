"""Investors' theses, rounds of start-ups, and deals: the gate first, then consent at each step."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from poliedro.matchmaking.models import Deal, FundingRound, Thesis
from poliedro.matchmaking.rules.readiness import passes_gate, thesis_fit
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.states import DEAL
from poliedro.matchmaking.services.steps import check, creator, move, note
from poliedro.registry.models import Organisation


@transaction.atomic
def state_thesis(*, organisation: Organisation, by: Any, **fields: Any) -> Thesis:
    """What an investor looks for; the suggestions follow at once."""
    check(by, "matchmaking.act_for", organisation)
    made = Thesis(organisation=organisation, created_by=creator(by), **fields)
    made.full_clean()
    made.save()
    note(made, "stated", by=by)
    suggest_deals(by=by)
    return made


@transaction.atomic
def open_round(*, organisation: Organisation, by: Any, **fields: Any) -> FundingRound:
    """Raises Refused: already (one is open)."""
    check(by, "matchmaking.act_for", organisation)
    if FundingRound.objects.filter(organisation=organisation, is_open=True).exists():
        raise Refused("already", str(organisation.pk))
    made = FundingRound(organisation=organisation, created_by=creator(by), **fields)
    made.full_clean()
    made.save()
    note(made, "opened", by=by)
    suggest_deals(by=by)
    return made


@transaction.atomic
def change_readiness(*, funding_round: FundingRound, readiness: dict[str, bool], by: Any) -> FundingRound:
    check(by, "matchmaking.act_for", funding_round)
    funding_round.readiness = readiness
    funding_round.save(update_fields=["readiness"])
    note(funding_round, "readiness", by=by)
    suggest_deals(by=by)
    return funding_round


@transaction.atomic
def suggest_deals(*, by: Any = None) -> int:
    """Suggest each open round that passes the gate to each thesis that it fits. Returns how many are new."""
    made = 0
    theses = list(Thesis.objects.filter(is_active=True).order_by("pk"))
    for one in FundingRound.objects.filter(is_open=True).select_related("organisation__territory").order_by("pk"):
        if not passes_gate(one.readiness):
            continue
        there = set(one.deals.values_list("thesis_id", flat=True))
        place = one.organisation.territory.code if one.organisation.territory else ""
        for thesis in theses:
            if thesis.pk in there or thesis.organisation_id == one.organisation_id:
                continue
            fit = thesis_fit(
                stages=thesis.stages,
                fields=thesis.fields,
                places=thesis.places,
                least=Decimal(thesis.least_eur),
                most=Decimal(thesis.most_eur),
                stage=one.stage,
                round_fields=one.fields,
                place=place,
                amount=Decimal(one.amount_eur),
            )
            if fit.score is not None:
                deal = Deal.objects.create(
                    round=one,
                    thesis=thesis,
                    reasons=[list(r) for r in fit.reasons],
                    created_by=creator(by),
                    certainty=one.certainty,
                )
                note(deal, Deal.State.SUGGESTED, by=by)
                made += 1
    return made


def offer(*, deal: Deal, by: Any) -> Deal:
    """The start-up agrees that the investor sees the round. Raises Refused: gate."""
    check(by, "matchmaking.act_for", deal.round)
    if not passes_gate(deal.round.readiness):
        raise Refused("gate", str(deal.pk))
    return move(deal, DEAL, Deal.State.OFFERED, by=by)


def accept(*, deal: Deal, by: Any) -> Deal:
    """The investor wants to meet; both know each other, and the data room opens."""
    check(by, "matchmaking.act_for", deal.thesis)
    return move(deal, DEAL, Deal.State.INTRODUCED, by=by)


def talk(*, deal: Deal, by: Any) -> Deal:
    _check_either(deal, by)
    return move(deal, DEAL, Deal.State.TALKS, by=by)


@transaction.atomic
def store_investment(*, deal: Deal, invested_eur: Decimal, by: Any, note_: str = "") -> Deal:
    """Money came; the round closes once its amount is reached."""
    _check_either(deal, by)
    moved = move(deal, DEAL, Deal.State.INVESTED, by=by, text=note_, invested_eur=invested_eur, note=note_)
    raised = sum(d.invested_eur or 0 for d in moved.round.deals.filter(state=Deal.State.INVESTED))
    if raised >= moved.round.amount_eur:
        FundingRound.objects.filter(pk=moved.round_id).update(is_open=False)
    return moved


def decline_deal(*, deal: Deal, by: Any, note_: str) -> Deal:
    _check_either(deal, by)
    return move(deal, DEAL, Deal.State.DECLINED, by=by, text=note_, note=note_)


def _check_either(deal: Deal, by: Any) -> None:
    if by is None or by.has_perm("matchmaking.follow_deals", None):
        return
    if not (by.has_perm("matchmaking.act_for", deal.round) or by.has_perm("matchmaking.act_for", deal.thesis)):
        raise Refused("not_yours", str(deal.pk))
