"""Calls from draft to signed ranking: frozen versions, checked applications, evaluators who stand back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from factories import cluster, delegate_of, manager_of, membership, officer, organisation, source, user
from funding_drafts import SME, WORDS, raw_call

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
from poliedro.funding.models import AidAward, Application, Call, CallVersion, Measure, Programme, Score
from poliedro.funding.models.calls import FrozenVersion
from poliedro.funding.queries.evaluation import standing, to_score
from poliedro.funding.queries.facts import de_minimis_room, register_facts
from poliedro.funding.queries.partners import named_organisation
from poliedro.funding.queries.receipts import checksum_of
from poliedro.funding.rules.aid import OverCeiling
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.services.applications import (
    CannotSubmit,
    agree_to_take_part,
    save_application,
    set_partner,
    set_work_package,
    start_application,
    submit_application,
)
from poliedro.funding.services.calls import CannotPublish, close_call, create_call, publish_version, save_version
from poliedro.funding.services.evaluation import (
    Conflicted,
    assign_evaluator,
    begin_evaluation,
    declare_recusal,
    save_scores,
    sign_ranking,
)
from poliedro.funding.services.grants import record_aid
from poliedro.registry.models import FinancialStatement, GroupLink, Identifier, Organisation

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)
RULES = (SME, {"fact": "trl_end", "at_most": 6}, {"fact": "total_cost_eur", "at_least": 100})
CRITERIA = [
    {"key": "quality", "text": WORDS, "weight": 60, "most": 10, "least": 5},
    {"key": "impact", "text": WORDS, "weight": 40, "most": 10},
]


@pytest.fixture
def measure() -> Measure:
    kept = source("region")
    programme = Programme.objects.create(
        key="p", name_it="P", name_en="P", authority="R", source=kept, certainty="reported"
    )
    return Measure.objects.create(
        programme=programme, key="m", name_it="M", name_en="M", instrument="grant", valid_from=date(2020, 1, 1),
        source=kept, certainty="reported",
    )  # fmt: skip


@pytest.fixture
def call(measure: Measure) -> Call:
    raw = raw_call(*RULES, criteria=CRITERIA, intensities=[{"who": SME, "grant": 0.5}])
    return create_call(measure=measure, document=raw, source=measure.source, by=None)


def opened(call: Call) -> Call:
    publish_version(version=call.versions.get(), by=None, opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31))
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


def test_a_published_version_is_frozen_and_a_change_makes_the_next(call: Call) -> None:
    first = publish_version(version=call.versions.get(), by=None, opens_on=TODAY)
    first.document = {**first.document, "title": {"it": "x", "en": "x"}}
    with pytest.raises(FrozenVersion, match="make a new one"):
        first.save()
    changed = raw_call(RULES[0], {"fact": "trl_end", "at_most": 7}, RULES[2], criteria=CRITERIA)
    second = save_version(call=call, document=changed, note="TRL 7", by=None)
    assert (second.number, second.published_at) == (2, None)
    assert [r["since"] for r in second.document["rules"]] == [1, 2, 1]
    publish_version(version=second, by=None, opens_on=TODAY)
    in_force = CallVersion.objects.filter(call=call, published_at__isnull=False, valid_to=None)
    assert [v.number for v in in_force] == [2]


def test_a_call_that_nobody_can_win_is_not_published(measure: Measure) -> None:
    raw = raw_call({"fact": "trl_end", "at_most": 3}, {"fact": "trl_end", "at_least": 5})
    call = create_call(measure=measure, document=raw, source=measure.source, by=None)
    with pytest.raises(CannotPublish, match="Line 1 cannot be won: these rules cannot hold together: r0; r1"):
        publish_version(version=call.versions.get(), by=None, opens_on=TODAY)
    call.refresh_from_db()
    assert call.state == "draft"


def test_the_register_answers_what_it_knows_and_nothing_else() -> None:
    body = firm("Known", founded_on=date(2020, 6, 2))
    for year in (2023, 2024):
        FinancialStatement.objects.create(
            organisation=body, year=year, persons=Decimal(12), source=source(), certainty="reported"
        )
    facts = register_facts(body, TODAY)
    assert (facts["age_years"], facts["years_of_accounts"], facts["size_class"]) == (5, 2, "small")
    assert "nace" not in facts
    assert "site_in_region" not in facts
    assert "years_of_accounts" not in register_facts(firm("Unknown", founded_on=date(2015, 1, 1)), TODAY)


def test_an_application_is_handed_in_when_every_rule_passes_and_every_partner_agreed(call: Call) -> None:
    opened(call)
    lead, partner = firm("Lead"), firm("Partner")
    application = start_application(line=call.lines.get(), organisation=lead, title="T", by=None, today=TODAY)
    with pytest.raises(CannotSubmit, match="rule r1 cannot be told yet"):
        submit_application(application=application, by=None, today=TODAY)
    save_application(application=application, title="T", summary="", facts={"trl_end": 6}, by=None)
    set_partner(application=application, organisation=lead, cost_eur=Decimal(60), facts={}, by=None)
    other = set_partner(application=application, organisation=partner, cost_eur=Decimal(40), facts={}, by=None)
    planned(application, 99)
    with pytest.raises(
        CannotSubmit, match=r"is about is not written, Partner has not agreed to take part, .* differ by 1\.00 EUR"
    ):
        submit_application(application=application, by=None, today=TODAY)
    planned(application, 100)
    save_application(application=application, title="T", summary="New", facts={"trl_end": 6}, by=None)
    agree_to_take_part(partner=other, by=None)
    submit_application(application=application, by=None, today=TODAY)
    assert application.verdict == {"r0": "pass", "r1": "pass", "r2": "pass"}
    with pytest.raises(NotAllowed, match="only a draft is changed"):
        save_application(application=application, title="T", summary="", facts={}, by=None)


def test_applications_come_in_while_the_call_is_open(call: Call) -> None:
    line = call.lines.get()
    with pytest.raises(NotAllowed, match="the call is draft"):
        start_application(line=line, organisation=firm("A"), title="T", by=None, today=TODAY)
    opened(call)
    line.refresh_from_db()
    with pytest.raises(NotAllowed, match="closed on 2026-12-31"):
        start_application(line=line, organisation=firm("B"), title="T", by=None, today=date(2027, 1, 1))


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
    assert not [w for w in ("affianca", "coaches", "cluster:agrifood", "01.06.2026", "2026-06-01") if w in listed]


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
    totals = {p.application: p.total for p in standing(call.lines.get(), TODAY)}
    assert totals == {rows["A"].pk: Decimal(80), rows["B"].pk: None, rows["C"].pk: None}
    refuse_override(override=override, by=override.first_by.user)  # taken back: the tie bars again
    assert client.get(page).status_code == 302
    with pytest.raises(NotAllowed, match="stood back and the ranking is another"):
        sign_ranking(line=call.lines.get(), by=None, on=TODAY)


def test_an_override_lifts_nothing_that_the_evaluator_declared_even_where_a_tie_was_found_first(call: Call) -> None:
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
    application.refresh_from_db()
    assert assignment.recusals.get().is_declared is False
    declare_recusal(assignment=assignment, application=application, reason="my cousin", by=expert)
    withdraw_declaration(declaration=declared, by=expert)
    kept = assignment.recusals.get()
    assert (kept.reason, kept.is_declared) == ("my cousin", True)


def test_a_declaration_by_mistake_no_longer_keeps_the_evaluator_from_scoring(call: Call) -> None:
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
    assert to_score(assignment, TODAY) == []
    withdraw_declaration(declaration=declared, by=expert)
    assert to_score(assignment, TODAY) == [application]


def test_scores_once_handed_in_stay(call: Call) -> None:
    rows = evaluated(opened(call), {"A": (8, 8)})
    assignment = call.evaluators.get()
    with pytest.raises(NotAllowed, match="handed in"):
        save_scores(
            assignment=assignment, application=rows["A"], points={"quality": Decimal(1)}, comments={}, hand_in=False,
            by=None, on=TODAY,
        )  # fmt: skip


def test_de_minimis_counts_linked_firms_together() -> None:
    mother, child = firm("Mother"), firm("Child")
    GroupLink.objects.create(parent=mother, child=child, share=Decimal("0.6"), source=source(), certainty="reported")
    given = {"regime": "de_minimis", "measure": "V", "source": source(), "by": None}
    record_aid(organisation=mother, amount_eur=Decimal("250000.01"), granted_on=date(2025, 1, 1), **given)
    assert de_minimis_room(child.pk, TODAY) == Decimal("49999.99")
    with pytest.raises(OverCeiling, match=r"49999\.99 EUR are left"):
        record_aid(organisation=child, amount_eur=Decimal(50_000), granted_on=TODAY, **given)
    assert AidAward.objects.count() == 1


def test_a_partner_is_found_by_name_tax_code_or_number() -> None:
    one, other = firm("Alfa Meccanica S.r.l."), firm("Alfa Chimica S.r.l.")
    Identifier.objects.create(
        organisation=one, scheme="vat", value="IT00743110157", source=source(), certainty="reported"
    )
    for text in (str(one.pk), "00743110157", "it00743110157", " alfa  meccanica s.r.l. ", "meccanica"):
        assert named_organisation(text) == one
    with pytest.raises(NotAllowed, match=r"several are called so: Alfa Chimica .*, Alfa Meccanica"):
        named_organisation("alfa")
    with pytest.raises(NotAllowed, match="nobody in the register is called 'Beta'"):
        named_organisation("Beta")
    assert named_organisation("CHIMICA") == other


# --- what people see --------------------------------------------------------------------------------------------------
def test_a_start_up_learns_why_a_line_refuses_it_and_what_would_change_it(
    client: Client, call: Call, in_english: None
) -> None:
    opened(call)
    english = {"accept-language": "en"}
    start = "/calls/test/check/?asked=1"
    answer = client.get(f"{start}&size_class=micro&trl_end=8&cost_eur=500", headers=english).content.decode()
    assert "Every line refuses you" in answer
    assert "change TRL at the end to 6" in answer
    answer = client.get(f"{start}&size_class=micro&trl_end=6&cost_eur=500", headers=english).content.decode()
    assert "You are in" in answer
    assert "EUR 250.00 as a grant" in answer
    assert "Still to be said" in client.get(f"{start}&trl_end=6", headers=english).content.decode()


def test_a_draft_is_seen_at_the_desk_alone(client: Client, call: Call) -> None:
    assert client.get("/calls/test/").status_code == 404
    assert client.get("/desk/calls/test/").status_code == 302
    client.force_login(officer("funding_officer"))
    assert client.get("/desk/calls/test/").status_code == 200
    assert client.get("/calls/").content.decode().count("/calls/test/") == 0


def test_the_editor_refuses_a_contradiction_with_the_reason(client: Client, call: Call, in_english: None) -> None:
    client.force_login(officer("funding_officer"))
    form = {
        "key": "never", "text_it": "mai", "text_en": "never", "reference": "art. 9",
        "0-what": "fact", "0-fact": "trl_end", "0-op": "at_least", "0-value": "8", "save": "",
    }  # fmt: skip
    answer = client.post("/desk/calls/test/rules/new/", form, headers={"accept-language": "en"}).content.decode()
    assert "these rules cannot hold together" in answer
    assert call.versions.get().number == 1
    good = {**form, "key": "young", "0-fact": "age_years", "0-op": "at_most", "0-value": "5"}
    assert client.post("/desk/calls/test/rules/new/", good).status_code == 302
    assert [r["key"] for r in call.versions.get().document["rules"]] == ["r0", "r1", "r2", "young"]


def test_the_whole_document_is_refused_where_it_contradicts_itself_and_kept_only_knowingly(
    client: Client, call: Call
) -> None:
    client.force_login(officer("funding_officer"))
    before = call.versions.get().document
    wrong = {**before, "rules": [*before["rules"], {
        "key": "never", "text": {"it": "Mai.", "en": "Never."}, "reference": "art. 9",
        "check": {"all": [{"fact": "trl_end", "at_most": 3}, {"fact": "trl_end", "at_least": 5}]},
    }]}  # fmt: skip
    page, form = "/desk/calls/test/data/", {"document": yaml.safe_dump(wrong), "note": "prova"}
    answer = client.post(page, form).content.decode()
    assert "La linea 1 non si può vincere" in answer
    assert "Mai. [never]" in answer
    assert call.versions.get().document == before
    kept = client.post(page, {**form, "keep": "on"}, follow=True).content.decode()
    assert "Salvato, ma non regge" in kept
    assert "non regge</strong>" in kept
    assert "Mai. [never]" in client.get("/desk/calls/test/").content.decode()
    refused = client.post("/desk/calls/test/publish/", {"opens_on": "2026-06-01"}, follow=True).content.decode()
    assert "le regole non reggono: La linea 1 non si può vincere" in refused
    call.refresh_from_db()
    assert call.state == "draft"


def test_a_firm_sees_its_calls_begins_an_application_and_no_other_firm_reads_it(client: Client, call: Call) -> None:
    opened(call)
    Call.objects.update(opens_on=timezone.localdate(), closes_on=timezone.localdate() + timedelta(days=30))
    body = firm("Mine")
    client.force_login(delegate_of(body))
    assert "/calls/test/" in client.get(f"/organisations/{body.pk}/calls/").content.decode()
    answer = client.post(f"/organisations/{body.pk}/calls/test/1/start/", {"title": "Idea"})
    application = Application.objects.get()
    assert answer["Location"] == f"/applications/{application.pk}/"
    assert client.get(answer["Location"]).status_code == 200
    client.force_login(delegate_of(firm("Other"), "other@test.example"))
    assert client.get(f"/applications/{application.pk}/").status_code == 403
    client.force_login(officer("funding_officer"))
    assert client.get(f"/applications/{application.pk}/").status_code == 403  # a draft is its applicant's own


def test_whoever_hands_in_gets_a_receipt_with_number_and_day_and_nobody_else_reads_it(
    client: Client, call: Call, django_capture_on_commit_callbacks: Any, mailoutbox: list[Any]
) -> None:
    opened(call)
    Call.objects.update(opens_on=timezone.localdate(), closes_on=timezone.localdate() + timedelta(days=30))
    body = firm("Mine")
    person = delegate_of(body)
    client.force_login(person)
    client.post(f"/organisations/{body.pk}/calls/test/1/start/", {"title": "Idea"})
    application = Application.objects.get()
    receipt = f"/applications/{application.pk}/receipt/"
    assert client.get(receipt).status_code == 404, "a draft has none"
    save_application(application=application, title="Idea", summary="New", facts={"trl_end": 6}, by=None)
    set_partner(application=application, organisation=body, cost_eur=Decimal(400), facts={}, by=None)
    planned(application, 400)
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(f"/applications/{application.pk}/submit/", follow=True).content.decode()
    number = f"test-{timezone.now().year}-{application.pk:06d}"
    assert f"Consegnata come {number}" in page
    letter = mailoutbox[0]
    assert (letter.to, number in letter.subject) == ([person.email], True)
    assert f"/applications/{application.pk}/" in letter.body
    answer = client.get(receipt)
    assert (answer["Content-Type"], answer.content[:4]) == ("application/pdf", b"%PDF")
    assert number in answer["Content-Disposition"]
    application.refresh_from_db()
    before = checksum_of(application)
    assert before in letter.body, "what was handed in can be told from what was changed since"
    application.title = "Other"
    assert checksum_of(application) != before
    client.force_login(delegate_of(firm("Other"), "other@test.example"))
    assert client.get(receipt).status_code == 403


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
