"""Evaluation: who scores what, who stands back, the signed ranking."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from calls_made import TODAY, evaluated, firm, handed_in, opened
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from factories import cluster, manager_of, membership, officer, user

from poliedro.accounts.rules import TieKind
from poliedro.accounts.services import record_tie
from poliedro.audit.models import LogEntry
from poliedro.funding.models import Application, Call, Score
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.services.calls import close_call
from poliedro.funding.services.evaluation import (
    Conflicted,
    assign_evaluator,
    begin_evaluation,
    declare_recusal,
    save_scores,
    sign_ranking,
)

pytestmark = pytest.mark.django_db


def test_a_signed_ranking_decides_with_reasons_and_is_never_signed_again(call: Call) -> None:
    rows = evaluated(opened(call), {"Best": (9, 9), "Weak": (4, 10), "Next": (7, 7)}, cost=1200)
    # Half of 1 200 is 600 each; the line has 1 000: the best is paid, the next waits, the weak one is below quality 5.
    ranking = sign_ranking(line=call.lines.get(), by=None, on=TODAY)
    for application in rows.values():
        application.refresh_from_db()
    assert {name: a.state for name, a in rows.items()} == {"Best": "granted", "Next": "reserve", "Weak": "refused"}
    assert rows["Best"].decisions.get().grant_eur == Decimal(600)
    assert "quality" in rows["Weak"].decisions.get().reasons
    assert len(ranking.checksum) == 64
    call.refresh_from_db()
    assert call.state == "decided"
    with pytest.raises(NotAllowed, match="signed before"):
        sign_ranking(line=call.lines.get(), by=None, on=TODAY)


def test_equals_at_the_edge_of_the_budget_are_decided_by_people_with_a_reason(call: Call) -> None:
    rows = evaluated(opened(call), {"One": (8, 8), "Two": (8, 8)}, cost=1200)
    line = call.lines.get()
    with pytest.raises(NotAllowed, match="choose for each"):
        sign_ranking(line=line, by=None, on=TODAY)
    chosen = {rows["One"].pk: "funded", rows["Two"].pk: "funded"}
    with pytest.raises(NotAllowed, match=r"spends 1200\.00 EUR of 1000"):
        sign_ranking(line=line, by=None, on=TODAY, chosen=chosen, note="both")
    chosen[rows["Two"].pk] = "reserve"
    sign_ranking(line=line, by=None, on=TODAY, chosen=chosen, note="younger team first")
    rows["Two"].refresh_from_db()
    assert rows["Two"].state == "reserve"
    assert "younger team first" in rows["One"].decisions.get().reasons


def test_whoever_manages_the_applicants_cluster_is_refused_as_evaluator_and_it_is_logged(call: Call) -> None:
    agrifood = cluster("agrifood")
    body = firm("Member")
    membership(body, agrifood, date(2015, 1, 1))
    handed_in(opened(call), body)
    manager = manager_of(agrifood)
    with pytest.raises(Conflicted, match="a tie to an applicant"):
        assign_evaluator(call=call, person=manager.person, by=None, on=TODAY)
    refused = LogEntry.objects.get(verb="assign_evaluator")
    assert refused.act == "refused"


def test_the_funding_side_never_reads_which_tie_bars_an_evaluator(call: Call, client: Client) -> None:
    agrifood = cluster("agrifood")
    body = firm("Member")
    membership(body, agrifood, date(2015, 1, 1))
    handed_in(opened(call), body)
    coach, later = user("coach@test.example"), user("later@test.example")

    def coaches(person: Any) -> None:
        record_tie(
            person=person, kind=TieKind.COACHES, subject_key="cluster:agrifood", origin_key="support.coaching:1",
            valid_from=date(2026, 6, 1), by=None,
        )  # fmt: skip

    coaches(coach.person)
    client.force_login(officer("funding_officer"))
    answer = client.post(reverse("funding:assign", args=[call.key]), {"email": coach.email}, follow=True)
    said = answer.content.decode()
    assert "lo impedisce un legame" in said
    assign_evaluator(call=call, person=later.person, by=None, on=TODAY)
    coaches(later.person)
    close_call(call=call, by=None)
    call.refresh_from_db()
    begin_evaluation(call=call, by=None, on=TODAY)
    recusal = call.evaluators.get().recusals.get()
    assert (recusal.reason, recusal.is_declared) == ("tie", False)
    said += client.get(reverse("funding:evaluation", args=[call.key])).content.decode()
    assert "(un legame)" in said
    listed = said.replace("È rifiutato chi affianca", "")
    assert not [
        w for w in ("affianca", "coaches", "cluster:agrifood", "01/06/2026", "1 Jun 2026", "2026-06-01") if w in listed
    ]


def test_an_evaluator_who_stands_back_scores_nothing_and_is_not_waited_for(call: Call) -> None:
    application = handed_in(opened(call), firm("A"))
    other = handed_in(call, firm("B"))
    close_call(call=call, by=None)
    call.refresh_from_db()
    one = assign_evaluator(call=call, person=user("one@test.example").person, by=None, on=TODAY)
    two = assign_evaluator(call=call, person=user("two@test.example").person, by=None, on=TODAY)
    begin_evaluation(call=call, by=None, on=TODAY)
    for row in (application, other):
        row.refresh_from_db()
    declare_recusal(assignment=one, application=application, reason="a former colleague", by=None)
    full = {"quality": Decimal(8), "impact": Decimal(8)}
    with pytest.raises(Conflicted, match="stand back"):
        save_scores(assignment=one, application=application, points=full, comments={}, hand_in=True, by=None, on=TODAY)
    for assignment, row in ((one, other), (two, application), (two, other)):
        save_scores(assignment=assignment, application=row, points=full, comments={}, hand_in=True, by=None, on=TODAY)
    sign_ranking(line=call.lines.get(), by=None, on=TODAY)
    assert Score.objects.filter(application=application).count() == 2  # two criteria of the one who scored


def test_a_decided_application_keeps_the_scores_that_it_rests_on(call: Call) -> None:
    rows = evaluated(opened(call), {"A": (8, 8)})
    sign_ranking(line=call.lines.get(), by=None, on=TODAY)
    rows["A"].refresh_from_db()
    with pytest.raises(NotAllowed, match="not waiting for a decision"):
        declare_recusal(assignment=call.evaluators.get(), application=rows["A"], reason="late", by=None)
    assert Score.objects.filter(application=rows["A"]).count() == 2


def test_without_anybody_left_to_score_the_ranking_is_not_signed(call: Call) -> None:
    rows = evaluated(opened(call), {"A": (8, 8), "B": (7, 7)})
    declare_recusal(assignment=call.evaluators.get(), application=rows["A"], reason="a cousin", by=None)
    with pytest.raises(NotAllowed, match=rf"nobody is left to score applications {rows['A'].pk};"):
        sign_ranking(line=call.lines.get(), by=None, on=TODAY)
    rows["B"].refresh_from_db()
    assert rows["B"].state == "in_evaluation"


def test_a_tie_that_comes_up_after_scoring_takes_the_scores_out_before_the_signature(
    client: Client, call: Call
) -> None:
    rows = evaluated(opened(call), {"A": (9, 9), "B": (7, 7)})
    two = assign_evaluator(call=call, person=user("two@test.example").person, by=None, on=TODAY)
    for row in rows.values():
        points = {"quality": Decimal(6), "impact": Decimal(6)}
        save_scores(assignment=two, application=row, points=points, comments={}, hand_in=True, by=None, on=TODAY)
    first = call.evaluators.exclude(pk=two.pk).get()
    record_tie(
        person=first.person, kind=TieKind.WORKS_FOR, subject_key=f"organisation:{rows['A'].organisation_id}",
        origin_key="test", valid_from=date(2020, 1, 1), by=None,
    )  # fmt: skip
    client.force_login(first.person.user)
    pages = {n: reverse("funding:score", args=[first.pk, row.pk]) for n, row in rows.items()}
    assert {n: client.get(page).status_code for n, page in pages.items()} == {"A": 302, "B": 200}
    listed = client.get(reverse("funding:evaluations"), headers={"accept-language": "en"}).content.decode()
    assert pages["A"] not in listed, "whoever is tied finds no way to score"
    assert "A tie of yours bars you from these; others score them: Of A" in listed
    line = call.lines.get()
    with pytest.raises(NotAllowed, match="stood back and the ranking is another"):
        sign_ranking(line=line, by=None, on=TODAY)
    assert first.recusals.get().application == rows["A"]  # kept although the signature was refused
    ranking = sign_ranking(line=line, by=None, on=TODAY)
    totals = {r["application"]: r["total"] for r in ranking.rows}
    assert totals == {rows["A"].pk: "60.00", rows["B"].pk: "65.00"}


def test_scores_once_handed_in_stay(call: Call) -> None:
    rows = evaluated(opened(call), {"A": (8, 8)})
    assignment = call.evaluators.get()
    with pytest.raises(NotAllowed, match="handed in"):
        save_scores(
            assignment=assignment, application=rows["A"], points={"quality": Decimal(1)}, comments={}, hand_in=False,
            by=None, on=TODAY,
        )  # fmt: skip


# --- what people see --------------------------------------------------------------------------------------------------
def test_scores_of_others_stay_hidden_until_all_are_in(client: Client, call: Call) -> None:
    handed_in(opened(call), firm("A"))
    close_call(call=call, by=None)
    call.refresh_from_db()
    one = assign_evaluator(call=call, person=user("one@test.example").person, by=None, on=TODAY)
    assign_evaluator(call=call, person=user("two@test.example").person, by=None, on=TODAY)
    begin_evaluation(call=call, by=None, on=TODAY)
    application = Application.objects.get()
    points = {"quality": Decimal("7.77"), "impact": Decimal("7.77")}
    save_scores(assignment=one, application=application, points=points, comments={}, hand_in=True, by=None, on=TODAY)
    client.force_login(officer("funding_officer"))
    assert "77.70" not in client.get("/desk/calls/test/evaluation/", headers={"accept-language": "en"}).content.decode()
    client.force_login(one.person.user)
    assert "Nulla aspetta il tuo punteggio" in client.get("/evaluations/").content.decode()
    client.force_login(call.evaluators.exclude(pk=one.pk).get().person.user)
    assert "1 domanda aspetta il tuo punteggio" in client.get("/evaluations/").content.decode()


def test_pages_of_an_evaluation_ask_as_much_for_five_applications_as_for_two(client: Client, call: Call) -> None:
    applications = [handed_in(opened(call), firm("Body 0"))]
    applications += [handed_in(call, firm(f"Body {i}")) for i in range(1, 5)]
    close_call(call=call, by=None)
    call.refresh_from_db()
    evaluator = assign_evaluator(call=call, person=user("one@test.example").person, by=None, on=TODAY)
    begin_evaluation(call=call, by=None, on=TODAY)
    for person, page in (
        (officer("funding_officer"), "/desk/calls/test/evaluation/"),
        (evaluator.person.user, "/evaluations/"),
    ):
        client.force_login(person)
        asked = []
        for state in ("in_evaluation", "withdrawn"):
            Application.objects.filter(pk__in=[a.pk for a in applications[2:]]).update(state=state)
            client.get(page)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            asked.append(len(queries))
        assert asked[0] == asked[1], page
