"""An override that both sides agreed to, a declaration by mistake: what lifts what was found, and what it does not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from calls_made import TODAY, firm, handed_in, opened
from django.test import Client
from django.urls import reverse
from factories import officer, user

from poliedro.accounts.models import ConflictOverride
from poliedro.accounts.rules import Side, TieKind
from poliedro.accounts.services import (
    agree_override,
    ask_override,
    declare_conflict,
    record_tie,
    refuse_override,
    withdraw_declaration,
)
from poliedro.audit.models import LogEntry
from poliedro.funding.models import Call, Recusal
from poliedro.funding.queries.evaluation import brought_back, standing, to_score
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.services.calls import close_call
from poliedro.funding.services.evaluation import (
    assign_evaluator,
    begin_evaluation,
    declare_recusal,
    save_scores,
    sign_ranking,
)


def lifted(person: Any, call: Call, subject: str) -> ConflictOverride:
    """An override in the call that both sides agreed to."""
    found = ask_override(
        person=person, subject_key=subject, matter_key=f"call:{call.key}", reason="no other", side=Side.FUNDING,
        by=officer("funding_officer"),
    )  # fmt: skip
    return agree_override(override=found, side=Side.COACHING, by=officer("agency_staff"))


def test_an_agreed_override_lets_the_evaluator_score_what_a_found_tie_took_away(call: Call, client: Client) -> None:
    rows = {name: handed_in(opened(call) if name == "A" else call, firm(name)) for name in ("A", "B", "C")}
    close_call(call=call, by=None)
    call.refresh_from_db()
    expert = user("expert@test.example")
    assignment = assign_evaluator(call=call, person=expert.person, by=None, on=TODAY)
    ties = {name: f"organisation:{rows[name].organisation_id}" for name in ("A", "B")}
    for subject in ties.values():  # both come up after the naming
        record_tie(
            person=expert.person, kind=TieKind.WORKS_FOR, subject_key=subject, origin_key="test",
            valid_from=date(2020, 1, 1), by=None,
        )  # fmt: skip
    begin_evaluation(call=call, by=None, on=TODAY)
    for row in rows.values():
        row.refresh_from_db()
    declare_recusal(assignment=assignment, application=rows["C"], reason="a cousin", by=expert)
    client.force_login(expert)
    page = reverse("funding:score", args=[assignment.pk, rows["A"].pk])
    assert client.get(page).status_code == 302
    override = lifted(expert.person, call, ties["A"])
    assert client.get(page).status_code == 200
    assert sorted(r.application.title for r in assignment.recusals.all()) == ["Of B", "Of C"]
    assert [a.title for a in to_score(assignment, TODAY)] == ["Of A"]
    assert [(e.verb, e.subject_key) for e in LogEntry.objects.filter(verb="lift_recusal")] == [
        ("lift_recusal", str(rows["A"].pk))
    ]
    full = {"quality": Decimal(8), "impact": Decimal(8)}
    save_scores(assignment=assignment, application=rows["A"], points=full, comments={}, hand_in=True, by=None, on=TODAY)
    totals = {p.application: p.total for p in standing(call.lines.get(), TODAY, Decimal(1000))}
    assert totals == {rows["A"].pk: Decimal(80), rows["B"].pk: None, rows["C"].pk: None}
    refuse_override(override=override, by=override.first_by.user)  # taken back: the tie bars again
    assert client.get(page).status_code == 302
    with pytest.raises(NotAllowed, match="stood back and the ranking is another"):
        sign_ranking(line=call.lines.get(), by=None, on=TODAY)


def barred_by_a_declaration(call: Call) -> tuple[Any, Any, Any]:
    """An application, the assignment of an evaluator who declared kin of its firm, and the declaration."""
    application = handed_in(opened(call), firm("A"))
    close_call(call=call, by=None)
    call.refresh_from_db()
    expert = user("expert@test.example")
    assignment = assign_evaluator(call=call, person=expert.person, by=None, on=TODAY)
    declared = declare_conflict(
        person=expert.person, subject_key=f"organisation:{application.organisation_id}", reason="kin",
        valid_from=date(2020, 1, 1), by=expert,
    )  # fmt: skip
    begin_evaluation(call=call, by=None, on=TODAY)
    return application, assignment, declared


def test_an_override_lifts_nothing_that_the_evaluator_declared_even_where_a_tie_was_found_first(call: Call) -> None:
    application, assignment, declared = barred_by_a_declaration(call)
    expert = assignment.person.user
    application.refresh_from_db()
    assert assignment.recusals.get().is_declared is False
    declare_recusal(assignment=assignment, application=application, reason="my cousin", by=expert)
    withdraw_declaration(declaration=declared, by=expert)
    kept = assignment.recusals.get()
    assert (kept.reason, kept.is_declared) == ("my cousin", True)


def test_a_declaration_by_mistake_no_longer_keeps_the_evaluator_from_scoring(call: Call) -> None:
    application, assignment, declared = barred_by_a_declaration(call)
    expert = assignment.person.user
    assert to_score(assignment, TODAY) == []
    withdraw_declaration(declaration=declared, by=expert)
    assert to_score(assignment, TODAY) == [application]


def test_who_signs_is_told_which_scores_a_lifted_bar_brought_back(call: Call, client: Client) -> None:
    row, other = handed_in(opened(call), firm("A")), handed_in(call, firm("B"))
    close_call(call=call, by=None)
    call.refresh_from_db()
    expert = user("expert@test.example")
    assignment = assign_evaluator(call=call, person=expert.person, by=None, on=TODAY)
    begin_evaluation(call=call, by=None, on=TODAY)
    full = {"quality": Decimal(8), "impact": Decimal(8)}
    for each in (row, other):
        each.refresh_from_db()
        save_scores(assignment=assignment, application=each, points=full, comments={}, hand_in=True, by=None, on=TODAY)
    client.force_login(officer("funding_officer", "signs@test.example"))
    page = reverse("funding:evaluation", args=[call.key])
    words = "Scores that a lifted bar brought back"
    assert words not in client.get(page, headers={"accept-language": "en"}).content.decode()
    Recusal.objects.create(assignment=assignment, application=row, reason="a tie", is_declared=False)
    record_tie(
        person=expert.person, kind=TieKind.WORKS_FOR, subject_key=f"organisation:{row.organisation_id}",
        origin_key="test", valid_from=date(2020, 1, 1), by=None,
    )  # fmt: skip
    lifted(expert.person, call, f"organisation:{row.organisation_id}")
    told = client.get(page, headers={"accept-language": "en"}).content.decode()
    assert told.split(words)[1].split("</ul>")[0].count("<li>") == 1
    assert f"{expert.name}: {row}" in told
    Recusal.objects.create(assignment=assignment, application=row, reason="a cousin", is_declared=True)
    assert brought_back(call) == [], "away again"
