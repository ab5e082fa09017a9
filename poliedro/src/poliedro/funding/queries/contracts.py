"""How a contract stands, and what a line's reserve list may still get."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Sum

from poliedro.funding.models import AidAward, Application, CallLine, Contract, CostClaim, Decision


def contract_in_force(application: Application) -> Contract | None:
    return application.contracts.filter(state=Contract.State.IN_FORCE).first()


def still_to_record(contract: Contract) -> dict[int, Decimal]:
    """Organisation -> the part of its grant that is not recorded as aid yet, by an earlier contract or by hand."""
    rows = AidAward.objects.filter(application=contract.application_id, withdrawn_at=None).order_by()
    recorded = dict(rows.values_list("organisation_id").annotate(Sum("amount_eur")))
    return {
        p["organisation"]: max(Decimal(0), Decimal(p["grant_eur"]) - recorded.get(p["organisation"], Decimal(0)))
        for p in contract.terms["parties"]
    }


def unsigned(contract: Contract) -> set[int]:
    """Organisations whose signature is still to come."""
    signed = set(contract.signatures.values_list("organisation_id", flat=True))
    return {p["organisation"] for p in contract.terms["parties"]} - signed


def next_on_reserve(line: CallLine) -> list[int]:
    """The applications that stand first on the signed reserve list (several, where they are equal)."""
    ranking = line.rankings.first()
    if ranking is None:
        return []
    waiting = set(Application.objects.filter(line=line, state=Application.State.RESERVE).values_list("pk", flat=True))
    rows = [r for r in ranking.rows if r["application"] in waiting]
    return [r["application"] for r in rows if r["place"] == min(x["place"] for x in rows)]


def freed_budget(line: CallLine) -> Decimal:
    """The line's budget less what is granted now, and what was paid before a grant was revoked or given back."""
    granted = (Application.State.GRANTED, Application.State.COMPLETED)
    latest: dict[int, Decimal] = {}
    decisions = Decision.objects.filter(application__line=line, application__state__in=granted).order_by(
        "decided_on", "pk"
    )
    for decision in decisions:
        latest[decision.application_id] = decision.grant_eur + decision.loan_eur
    gone = CostClaim.objects.filter(application__line=line, paid_eur__gt=0).exclude(application__state__in=granted)
    paid = sum((p for p in gone.values_list("paid_eur", flat=True) if p is not None), Decimal(0))
    return line.budget_eur - sum(latest.values(), Decimal(0)) - paid
