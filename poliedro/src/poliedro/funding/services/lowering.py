"""A grant is lowered to what state-aid law leaves, before anybody signs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.funding.models import Application, Contract, Decision
from poliedro.funding.queries.contracts import contract_in_force, decided_shares, last_grant, recorded_aid
from poliedro.funding.rules.aid import CENT
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.services.contracts import end_contract
from poliedro.registry.models import Organisation


@transaction.atomic
def lower_grant(
    *, application: Application, organisation: Organisation, grant_eur: Decimal, why: str, by: Any, today: date
) -> Decision:
    """Decide anew, with less for one party and the same for the others. A contract that waits for signatures ends: its
    terms are frozen, and another is drawn up over the new decision. What is saved is free for the reserve list.

    Raises NotAllowed: not granted, a contract is in force, no such party, no reason, not less than before, less than
    nothing or than what is recorded as aid, or nothing would be left.
    """
    if application.state != Application.State.GRANTED:
        raise NotAllowed(
            "the application is %(application_state)s; only a grant is lowered", application_state=application.state
        )
    if contract_in_force(application) is not None:
        raise NotAllowed("a contract is in force; a grant is lowered before it is signed")
    if not why.strip():
        raise NotAllowed("a grant is lowered with a reason; write it")
    decision = last_grant(application)
    if decision is None:
        raise NotAllowed("no decision grants anything to this application; there is nothing to lower")
    shares = {s.partner.organisation_id: s.grant_eur for s in decided_shares(application, decision)}
    before = shares.get(organisation.pk)
    if before is None:
        raise NotAllowed("%(organisation)s is no party of this application", organisation=organisation)
    if grant_eur >= before:
        raise NotAllowed(
            "%(organisation)s is granted %(before)s EUR; write less than that", organisation=organisation, before=before
        )
    recorded = recorded_aid(application.pk).get(organisation.pk, Decimal(0)).quantize(CENT)
    if grant_eur < recorded:
        raise NotAllowed(
            "%(organisation)s has %(recorded)s EUR of it in the register of aid; correct that first, or write at least "
            "as much", organisation=organisation, recorded=recorded,
        )  # fmt: skip
    grant_eur = grant_eur.quantize(CENT)
    shares[organisation.pk] = grant_eur
    total = sum(shares.values(), Decimal(0))
    if not total + decision.loan_eur:
        raise NotAllowed("nothing would be left of the grant; revoke it instead")
    for contract in application.contracts.filter(state=Contract.State.DRAWN):
        end_contract(contract=contract, why=why[:300], by=by, today=today)
    lowered = Decision.objects.create(
        application=application,
        outcome=Application.State.GRANTED,
        grant_eur=total,
        loan_eur=decision.loan_eur,
        shares={str(k): str(v) for k, v in shares.items()},
        reasons=f"{organisation}: {before} -> {grant_eur} EUR; {why}",
        basis={
            "act": "lowered", "who": str(organisation), "before": str(before), "after": str(grant_eur), "note": why,
        },
        decided_on=max(today, decision.decided_on),
        by=by if getattr(by, "is_authenticated", False) else None,
    )  # fmt: skip
    record(
        by=by, verb="lower_grant", subject_kind="funding.application", subject_key=application.pk,
        organisation=organisation.pk, before=before, amount_eur=grant_eur, why=why,
    )  # fmt: skip
    return lowered
