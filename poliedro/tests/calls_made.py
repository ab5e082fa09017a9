"""Applications to a small call, from handed in to scored."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from factories import organisation, user
from funding_drafts import SME, WORDS

from poliedro.funding.models import Application, Call
from poliedro.funding.services.applications import (
    save_application,
    set_partner,
    set_work_package,
    start_application,
    submit_application,
)
from poliedro.funding.services.calls import close_call, publish_version
from poliedro.funding.services.evaluation import assign_evaluator, begin_evaluation, save_scores
from poliedro.registry.models import Organisation

TODAY = date(2026, 6, 1)
RULES = (SME, {"fact": "trl_end", "at_most": 6}, {"fact": "total_cost_eur", "at_least": 100})
CRITERIA = [
    {"key": "quality", "text": WORDS, "weight": 60, "most": 10, "least": 5},
    {"key": "impact", "text": WORDS, "weight": 40, "most": 10},
]


def opened(call: Call) -> Call:
    publish_version(
        version=call.versions.get(), by=None, opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31),
        window_reason="By arrival",
    )  # fmt: skip
    call.refresh_from_db()
    return call


def firm(name: str, **fields: Any) -> Organisation:
    return organisation(name, size_class="small", **fields)


def planned(application: Application, cost: int) -> None:
    set_work_package(
        application=application, number=1, title="All of it", lead=None, first_month=1, last_month=12,
        cost_eur=Decimal(cost), by=None,
    )  # fmt: skip


def handed_in(call: Call, body: Organisation, cost: int = 400) -> Application:
    application = start_application(line=call.lines.get(), organisation=body, title=f"Of {body}", by=None, today=TODAY)
    save_application(application=application, title=f"Of {body}", summary="New", facts={"trl_end": 6}, by=None)
    set_partner(application=application, organisation=body, cost_eur=Decimal(cost), facts={}, by=None)
    planned(application, cost)
    return submit_application(application=application, by=None, today=TODAY)


def evaluated(call: Call, scores: dict[str, tuple[int, int]], cost: int = 400) -> dict[str, Application]:
    """A closed call whose applications were scored by one evaluator."""
    rows = {name: handed_in(call, firm(name), cost) for name in scores}
    close_call(call=call, by=None)
    call.refresh_from_db()
    expert = user("expert@test.example").person
    assignment = assign_evaluator(call=call, person=expert, by=None, on=TODAY)
    begin_evaluation(call=call, by=None, on=TODAY)
    for name, application in rows.items():
        application.refresh_from_db()
        points = dict(zip(("quality", "impact"), map(Decimal, scores[name]), strict=True))
        save_scores(
            assignment=assignment, application=application, points=points, comments={}, hand_in=True, by=None, on=TODAY
        )
    return rows
