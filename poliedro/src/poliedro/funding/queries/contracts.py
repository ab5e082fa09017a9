"""How a contract stands, and what a line's reserve list may still get."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from poliedro.funding.models import AidAward, Application, CallLine, Contract, CostClaim, Decision, Partner
from poliedro.funding.queries.evaluation import grant_asked
from poliedro.funding.rules.aid import split_to_the_cent
from poliedro.funding.rules.states import NotAllowed


@dataclass(frozen=True)
class Share:
    """What was decided for a party."""

    partner: Partner
    cost_eur: Decimal
    grant_eur: Decimal
    loan_eur: Decimal

    @property
    def own_eur(self) -> Decimal:
        """What the party pays itself."""
        return self.cost_eur - self.grant_eur - self.loan_eur


def last_grant(application: Application) -> Decision | None:
    """The decision that holds: the last one that grants."""
    return application.decisions.filter(outcome=Application.State.GRANTED).last()


def decided_shares(application: Application, decision: Decision) -> list[Share]:
    """The decision's money in the parties' parts of it, the applicant first: to the cent, whatever the register has
    learnt since.

    Raises NotAllowed: no party has stated a cost, so that nothing tells the parts.
    """
    partners = list(application.partners.select_related("organisation").order_by("-is_lead", "pk"))
    asked = grant_asked(application, decision.decided_on)
    keys = [str(p.organisation_id) for p in partners]
    costs = {k: p.cost_eur or Decimal(0) for k, p in zip(keys, partners, strict=True)}
    grants = {k: a.grant_eur if a else Decimal(0) for k, a in zip(keys, asked, strict=True)}
    loans = {k: a.loan_eur if a else Decimal(0) for k, a in zip(keys, asked, strict=True)}
    if decision.shares:
        grant = {k: Decimal(decision.shares.get(k, "0")) for k in keys}
    else:
        grant = _parts(decision.grant_eur, grants, costs)
    loan = _parts(decision.loan_eur, loans, costs)
    return [Share(p, costs[k], grant[k], loan[k]) for k, p in zip(keys, partners, strict=True)]


def _parts(total: Decimal, weights: dict[str, Decimal], costs: dict[str, Decimal]) -> dict[str, Decimal]:
    if not total:
        return dict.fromkeys(weights, Decimal("0.00"))
    for by_weight in (weights, costs):
        if sum(by_weight.values()):
            return split_to_the_cent(total, by_weight)
    raise NotAllowed("no party has stated its cost; the grant cannot be shared among them")


def contract_in_force(application: Application) -> Contract | None:
    return application.contracts.filter(state=Contract.State.IN_FORCE).first()


def without_contract() -> QuerySet[Application]:
    """Granted applications for which no contract waits or is in force, nor is their aid recorded already."""
    held = Contract.objects.filter(state__in=[Contract.State.DRAWN, Contract.State.IN_FORCE]).values("application")
    aided = AidAward.objects.filter(withdrawn_at=None, application__isnull=False).values("application")
    rows = Application.objects.filter(state=Application.State.GRANTED)
    return rows.exclude(pk__in=held).exclude(pk__in=aided).order_by("pk")


def still_to_record(contract: Contract) -> dict[int, Decimal]:
    """Organisation -> the part of its aid that is not recorded yet, by an earlier contract or by hand."""
    recorded = recorded_aid(contract.application_id)
    return {
        p["organisation"]: max(Decimal(0), aid_in_terms(p) - recorded.get(p["organisation"], Decimal(0)))
        for p in contract.terms["parties"]
    }


def aid_in_terms(party: dict[str, Any]) -> Decimal:
    """The aid in a party's terms: its grant and what its loan is worth as a grant, as they were frozen."""
    return Decimal(party["grant_eur"]) + Decimal(party.get("loan_aid_eur") or 0)


def recorded_aid(application: int) -> dict[int, Decimal]:
    """Organisation -> what of the application's grant is recorded as aid."""
    rows = AidAward.objects.filter(application=application, withdrawn_at=None).order_by()
    return dict(rows.values_list("organisation_id").annotate(Sum("amount_eur")))


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
