"""A small policy for tests: one area, one objective, one action, indicators, measures, money."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from factories import code, organisation, source
from funding_drafts import raw_call

from poliedro.funding.models import Application, Call, CostClaim, Decision, Measure, Partner, Programme
from poliedro.funding.services.calls import create_call, publish_version
from poliedro.monitoring.models import IndicatorTerms, PolicyTerms
from poliedro.monitoring.services.policy.logic import add_indicator, add_node
from poliedro.reference.models import ProgrammePeriod
from poliedro.reference.services.cards import load_cards
from poliedro.registry.models import Project, ProjectSpending

SINCE = date(2020, 1, 1)
CARD = {
    "name_it": "Incontri", "name_en": "Meetings", "unit_it": "incontri", "unit_en": "meetings",
    "definition_it": "Incontri.", "definition_en": "Meetings.", "formula_it": "n", "formula_en": "n",
    "null_means_it": "-", "null_means_en": "-",
}  # fmt: skip


def node(kind: str, key: str, parent: PolicyTerms | None = None, on: date = SINCE, **values: Any) -> PolicyTerms:
    measure = values.pop("measure", None)
    words = {"title_it": f"{key} it", "title_en": f"{key} en", "owner": "Office", **values}
    return add_node(
        kind=kind, key=key, values=words, on=on, by=None, parent=parent.node if parent else None, measure=measure
    )


def indicator(place: PolicyTerms | None, key: str, computed_by: str = "", **values: Any) -> IndicatorTerms:
    load_cards()
    goal = {
        "role": "output", "baseline": 0.0, "baseline_on": date(2020, 1, 1), "target": 10.0,
        "target_on": date(2030, 1, 1), "owner": "Office", "evidence": "Register", **values,
    }  # fmt: skip
    return add_indicator(
        node=place.node if place else None, key=key, values=goal, on=SINCE, by=None, computed_by=computed_by,
        card=None if computed_by else CARD,
    )  # fmt: skip


def whole_logic() -> dict[str, Any]:
    """Nothing hangs loose in it, but what no measure serves."""
    area = node("area", "ecosystem")
    objective = node("objective", "more-firms", area)
    action = node("action", "outreach", objective)
    return {
        "area": area, "objective": objective, "action": action,
        "output": indicator(action, "meetings"),
        "result": indicator(objective, "members", "member-firms", role="result"),
    }  # fmt: skip


def period(key: str = "2021-27", first: int = 2021, after: int = 2028) -> ProgrammePeriod:
    return ProgrammePeriod.objects.get_or_create(
        key=key, defaults={"valid_from": date(first, 1, 1), "valid_to": date(after, 1, 1)}
    )[0]


def measure(key: str = "grants", **fields: Any) -> Measure:
    programme, _ = Programme.objects.get_or_create(
        key="erdf",
        defaults={"name_it": "FESR", "name_en": "ERDF", "authority": "Region", "period": period(), "source": source(),
                  "certainty": "reported"},
    )  # fmt: skip
    held = {
        "name_it": f"{key} it", "name_en": f"{key} en", "groups": ["micro", "small"], "stages": ["growth", "mature"],
        "instrument": "grant", "trl_from": 4, "trl_to": 6, "valid_from": SINCE, "source": source(),
        "certainty": "reported", **fields,
    }  # fmt: skip
    return Measure.objects.create(programme=programme, key=key, **held)


def call(of: Measure, *checks: Any, key: str = "call", areas: tuple[str, ...] = (), budget: int = 1000) -> Call:
    """A published call of the measure with these rules on one line."""
    document = raw_call(*checks)
    document["key"] = key
    document["lines"][0]["budget_eur"] = budget
    made = create_call(measure=of, document=document, source=source(), by=None)
    publish_version(version=made.versions.get(), by=None, window_reason="By arrival", opens_on=date(2021, 6, 1))
    made.areas.set([code(a, "s3", "2021-27", label=f"Area {a}") for a in areas])
    made.refresh_from_db()
    return made


def granted(
    of: Call, cup: str, grant: str, paid: str = "0", title: str = "Sensors", on: date = date(2022, 3, 1)
) -> Application:
    firm = organisation(f"Firm {cup}")
    made = Application.objects.create(
        line=of.lines.get(), version=of.versions.get(), organisation=firm, title="Sensors", state="granted", cup=cup,
        submitted_at=datetime(2022, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    lead = Partner.objects.create(application=made, organisation=firm, is_lead=True, cost_eur=Decimal(grant))
    Decision.objects.create(
        application=made, outcome="granted", grant_eur=Decimal(grant), reasons="good", decided_on=on
    )
    if Decimal(paid):
        CostClaim.objects.create(
            application=made, partner=lead, period="2023", cost_eur=Decimal(paid), accepted_eur=Decimal(paid),
            paid_eur=Decimal(paid), state="accepted", claimed_at=datetime(2023, 5, 1, tzinfo=UTC),
        )  # fmt: skip
    return made


def cohesion(cup: str, amount: str | None, title: str = "Sensors", body: str = "", number: str = "") -> Project:
    """A project as OpenCoesione states it."""
    made = Project.objects.create(
        scheme="cohesion", number=number or f"OC-{cup}", cup=cup, title=title, source=source("opencoesione"),
        certainty="official", public_contribution_eur=None if amount is None else Decimal(amount),
        starts_on=date(2022, 4, 1),
    )  # fmt: skip
    ProjectSpending.objects.create(
        project=made, stated_on=date(2023, 12, 31), committed_eur=made.public_contribution_eur, paid_eur=Decimal(1),
        beneficiary=body, cycle="Ciclo di programmazione 2021-2027", source=source("opencoesione"),
        certainty="official",
    )  # fmt: skip
    return made
