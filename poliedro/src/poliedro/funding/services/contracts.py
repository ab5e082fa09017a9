"""From decision to contract: drawn up, signed by every party and last by the region, replaced, ended; and the reserve
list, from which what was given back is granted again."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.funding.models import (
    Application,
    CallLine,
    Contract,
    ContractSignature,
    CostClaim,
    Decision,
)
from poliedro.funding.queries.contracts import (
    decided_shares,
    freed_budget,
    last_grant,
    next_on_reserve,
    still_to_record,
    unsigned,
)
from poliedro.funding.queries.equivalents import loan_aid
from poliedro.funding.queries.evaluation import grant_asked
from poliedro.funding.rules.document import CallDocument
from poliedro.funding.rules.states import NotAllowed, check_can_move
from poliedro.funding.services.grants import record_aid
from poliedro.registry.models import Organisation
from poliedro.registry.services.region_setup import ensure_source


def _user(by: Any) -> Any:
    return by if getattr(by, "is_authenticated", False) else None


@transaction.atomic
def draw_contract(
    *, application: Application, starts_on: date, ends_on: date, sign_by: date, by: Any, today: date
) -> Contract:
    """Draw up the contract over what was decided: parties with cost, grant and loan, milestones, days.

    Raises NotAllowed: the application is not granted, has no CUP or no milestone, the days do not fit, or one waits
    for signatures already.
    """
    if application.state != Application.State.GRANTED:
        raise NotAllowed(
            "the application is %(application_state)s; a contract is drawn up over a granted one",
            application_state=application.state,
        )
    if not application.cup:
        raise NotAllowed(
            "the application has no CUP, and an act that grants public money without it is void (law 3/2003, "
            "art. 11(2-bis)); give it its CUP first"
        )
    milestones = list(application.milestones.order_by("due_on", "pk"))
    if not milestones:
        raise NotAllowed("no milestone is planned, and the contract is followed by them; plan at least one")
    if not starts_on < ends_on:
        raise NotAllowed("the contract ends on %(ends_on)s, before it begins; choose a later day", ends_on=ends_on)
    if sign_by < today:
        raise NotAllowed("the last day to sign, %(sign_by)s, is over; choose a later one", sign_by=sign_by)
    late = [m for m in milestones if m.due_on > ends_on]
    if late:
        raise NotAllowed(
            "the milestone %(title)s is due on %(due_on)s, after the contract's end; let it end later",
            title=late[0].title,
            due_on=late[0].due_on,
        )
    if application.contracts.filter(state=Contract.State.DRAWN).exists():
        raise NotAllowed("a contract waits for its signatures already; end it before you draw up another")
    decision = last_grant(application)
    if decision is None or not decision.grant_eur + decision.loan_eur:
        raise NotAllowed("no decision grants anything to this application; there is nothing to contract over")
    terms = _terms(application, decision, starts_on, ends_on, today)
    terms["milestones"] = [{"title": m.title, "due_on": m.due_on.isoformat()} for m in milestones]
    last = application.contracts.order_by("-number").values_list("number", flat=True).first() or 0
    contract = Contract.objects.create(
        application=application,
        number=last + 1,
        terms=terms,
        checksum=checksum_of(terms),
        sign_by=sign_by,
        drawn_by=_user(by),
    )
    record(
        by=by, verb="draw_contract", subject_kind="funding.application", subject_key=application.pk,
        number=contract.number, checksum=contract.checksum,
    )  # fmt: skip
    return contract


def checksum_of(terms: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(terms, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _terms(application: Application, decision: Decision, starts_on: date, ends_on: date, today: date) -> dict[str, Any]:
    """What the parties agree on; milestones are added. The aid in a loan is that of the day of drawing up."""
    document = application.version.rules
    return {
        "call": application.line.call.key,
        "line": application.line.key,
        "version": application.version.number,
        "title": application.title,
        "cup": application.cup,
        "regime": document.regime,
        "category": document.category_of(application.line.key, application.facts),
        "decided_on": decision.decided_on.isoformat(),
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "parties": [
            {
                "organisation": share.partner.organisation_id,
                "name": str(share.partner.organisation),
                "cost_eur": str(share.cost_eur),
                "grant_eur": str(share.grant_eur),
                "loan_eur": str(share.loan_eur),
                **_loan_aid(document, share.loan_eur, today),
            }
            for share in decided_shares(application, decision)
        ],
    }


def _loan_aid(document: CallDocument, loan_eur: Decimal, today: date) -> dict[str, str]:
    found = loan_aid(document, loan_eur, today, strict=True)
    return {} if found is None else {"loan_aid_eur": str(found)}


def _check_drawn(contract: Contract) -> None:
    if contract.state != Contract.State.DRAWN:
        raise NotAllowed(
            "the contract is %(contract_state)s; only one that waits for signatures is signed or declined",
            contract_state=contract.state,
        )


@transaction.atomic
def sign_contract(
    *, contract: Contract, organisation: Organisation | None, by: Any, today: date, pending_reason: str = ""
) -> Contract:
    """Sign for a party, or (None) for the region, which signs last: then it is in force and the aid is granted.

    pending_reason: why aid that was decided elsewhere and waits for its signature falls away; the region says it where
    a party's grant would not fit beside it.

    Raises:
        NotAllowed: not waiting for this signature, too late, or parties have still to sign before the region.
        OverCeiling, OverThreshold: a party's aid passes what is left to its group or to its costs, or is no longer
            exempt from notification; nothing is signed then.
        BesidePending: a party's aid fits alone and not with what waits for a signature, and no reason is given.
    """
    contract = Contract.objects.select_for_update().get(pk=contract.pk)
    _check_drawn(contract)
    if today > contract.sign_by:
        raise NotAllowed(
            "the last day to sign was %(sign_by)s; ask the region for a new contract", sign_by=contract.sign_by
        )
    left = unsigned(contract)
    if organisation is not None:
        if organisation.pk not in left:
            raise NotAllowed("%(organisation)s has no signature to give here", organisation=organisation)
    elif left:
        names = [p["name"] for p in contract.terms["parties"] if p["organisation"] in left]
        raise NotAllowed("the region signs last; %(names)s have still to sign", names=names)
    ContractSignature.objects.create(contract=contract, organisation=organisation, by=_user(by))
    if organisation is None:
        _bring_into_force(contract, by, today, pending_reason)
    record(
        by=by, verb="sign_contract", subject_kind="funding.application", subject_key=contract.application_id,
        number=contract.number, organisation=organisation.pk if organisation else "region",
    )  # fmt: skip
    return contract


def _bring_into_force(contract: Contract, by: Any, today: date, pending_reason: str) -> None:
    application = contract.application
    if application.state != Application.State.GRANTED:
        raise NotAllowed(
            "the application is %(application_state)s; its contract cannot come into force",
            application_state=application.state,
        )
    application.contracts.filter(state=Contract.State.IN_FORCE).update(state=Contract.State.REPLACED, ended_on=today)
    contract.state, contract.in_force_on = Contract.State.IN_FORCE, today
    contract.save(update_fields=["state", "in_force_on"])
    for party in contract.terms["parties"]:
        _grant_aid(contract, party, by, today, pending_reason)


def _grant_aid(contract: Contract, party: dict[str, Any], by: Any, today: date, pending_reason: str) -> None:
    """Record the grant as state aid on the day on which the right to it arises; what was recorded before counts."""
    amount = still_to_record(contract)[party["organisation"]]
    if not amount:
        return
    record_aid(
        organisation=Organisation.objects.get(pk=party["organisation"]), regime=contract.terms["regime"],
        category=contract.terms.get("category", ""), amount_eur=amount, granted_on=today,
        measure=f"{contract.terms['call']}, {contract.terms['line']}"[:200], source=ensure_source("policy-entries"),
        by=by, application=contract.application, pending_reason=pending_reason,
    )  # fmt: skip


@transaction.atomic
def decline_contract(*, contract: Contract, organisation: Organisation, why: str, by: Any, today: date) -> Contract:
    """A party does not sign. The grant stays until the region draws up another contract or revokes it."""
    _check_drawn(contract)
    if contract.party(organisation.pk) is None:
        raise NotAllowed("%(organisation)s has no signature to give here", organisation=organisation)
    if not why.strip():
        raise NotAllowed("say why; the region then knows whether another contract would help")
    contract.state, contract.why, contract.ended_on = Contract.State.DECLINED, why, today
    contract.save(update_fields=["state", "why", "ended_on"])
    record(
        by=by, verb="decline_contract", subject_kind="funding.application", subject_key=contract.application_id,
        number=contract.number, organisation=organisation.pk, why=why,
    )  # fmt: skip
    return contract


@transaction.atomic
def end_contract(*, contract: Contract, why: str, by: Any, today: date) -> Contract:
    """Take back a contract that is not signed by all, to draw up another. Raises NotAllowed."""
    _check_drawn(contract)
    _end(contract, why, today)
    record(
        by=by, verb="end_contract", subject_kind="funding.application", subject_key=contract.application_id,
        number=contract.number, why=why,
    )  # fmt: skip
    return contract


def _end(contract: Contract, why: str, today: date) -> None:
    if not why.strip():
        raise NotAllowed("a contract ends with a reason; write it")
    contract.state, contract.why, contract.ended_on = Contract.State.ENDED, why, today
    contract.save(update_fields=["state", "why", "ended_on"])


def close_contracts(application: Application, why: str, today: date) -> None:
    """With the grant end its contracts, and the aid of parties that were paid nothing; of the others, people decide."""
    for contract in application.contracts.filter(state__in=[Contract.State.DRAWN, Contract.State.IN_FORCE]):
        _end(contract, why, today)
    paid = CostClaim.objects.filter(application=application, paid_eur__gt=0).values("partner__organisation")
    application.aid.filter(withdrawn_at=None).exclude(organisation__in=paid).update(withdrawn_at=timezone.now())


@transaction.atomic
def revoke_grant(*, application: Application, why: str, by: Any, today: date) -> Application:
    """Take the grant back, with its reason: contracts end, unpaid aid is withdrawn, money is free again.

    Raises NotAllowed.
    """
    check_can_move(application.state, Application.State.REVOKED)
    if not why.strip():
        raise NotAllowed("a grant is revoked with a reason; write it")
    close_contracts(application, why, today)
    application.state = Application.State.REVOKED
    application.save(update_fields=["state"])
    Decision.objects.create(
        application=application, outcome=application.state, reasons=why, decided_on=today, by=_user(by),
        basis={"act": "revoked", "note": why},
    )  # fmt: skip
    record(by=by, verb="revoke_grant", subject_kind="funding.application", subject_key=application.pk, why=why)
    return application


@transaction.atomic
def grant_from_reserve(*, application: Application, why: str, by: Any, today: date) -> Decision:
    """Grant the next application of the reserve list from money that came free.

    Raises NotAllowed: another stands before it, the free money does not suffice, or it is one of several equals and
    nothing says why this one.
    """
    check_can_move(application.state, Application.State.GRANTED)
    line = CallLine.objects.select_for_update().get(pk=application.line_id)
    first = next_on_reserve(line)
    if application.pk not in first:
        raise NotAllowed("another application stands before it on the reserve list; grant that one first")
    if len(first) > 1 and not why.strip():
        raise NotAllowed("several stand equal on the reserve list; say why this one")
    parts = [p for p in grant_asked(application, today) if p]
    grant = sum((p.grant_eur for p in parts), Decimal(0))
    loan = sum((p.loan_eur for p in parts), Decimal(0))
    free = freed_budget(line)
    if grant + loan > free:
        raise NotAllowed(
            "it asks for %(asked)s EUR and %(free)s EUR are free; wait until more comes back", asked=grant + loan,
            free=free,
        )  # fmt: skip
    if not grant + loan:
        raise NotAllowed("nothing can be granted to it: no intensity of the call fits its costs")
    application.state = Application.State.GRANTED
    application.save(update_fields=["state"])
    decision = Decision.objects.create(
        application=application, outcome=application.state, grant_eur=grant, loan_eur=loan, decided_on=today,
        reasons="; ".join(["from the reserve list", *([why] if why.strip() else [])]), by=_user(by),
        basis={"act": "from_reserve", "note": why.strip()},
    )  # fmt: skip
    record(by=by, verb="grant_from_reserve", subject_kind="funding.application", subject_key=application.pk, why=why)
    return decision
