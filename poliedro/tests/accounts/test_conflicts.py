"""Conflicts of interest by person, unit, employer and look-back, and how two people lift one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from factories import cluster, manager_of, officer, organisation, source, user
from funding_drafts import SME
from policy_made import call, measure

from poliedro.accounts.models import ConflictOverride, Person
from poliedro.accounts.queries import conflicts_of, conflicts_of_many, matters_told, subject_of
from poliedro.accounts.rules import LOOK_BACK_DAYS, OverrideRefused, Side, Through, TieFact, TieKind, bars
from poliedro.accounts.services import (
    UnknownSubject,
    agree_override,
    ask_override,
    declare_conflict,
    end_ties,
    record_tie,
    refuse_override,
    withdraw_declaration,
)
from poliedro.audit.models import LogEntry
from poliedro.funding.models import Application, Call
from poliedro.funding.queries.evaluation import conflicts_with
from poliedro.registry.models import Office

TODAY = date(2026, 3, 1)
pytestmark = pytest.mark.django_db


def coach(email: str = "coach@test.example") -> Person:
    return user(email, name="Ada Coach").person


def coaches(person: Person, subject: str = "cluster:agrifood", end: date | None = None) -> None:
    record_tie(
        person=person,
        kind=TieKind.COACHES,
        subject_key=subject,
        origin_key="support.case:1",
        valid_from=date(2024, 1, 1),
        valid_to=end,
        by=None,
    )


def test_a_coach_of_a_cluster_may_not_evaluate_where_it_applies() -> None:
    person = coach()
    coaches(person)
    found = conflicts_of(person, ["call:food", "cluster:agrifood", "organisation:12"], TODAY)
    assert [(c.subject_key, c.kind, c.through) for c in found] == [
        ("cluster:agrifood", TieKind.COACHES, Through.PERSON)
    ]
    assert conflicts_of(person, ["call:food", "cluster:mesap"], TODAY) == []


def test_a_coach_of_a_member_may_not_evaluate_where_the_member_applies() -> None:
    person, firm = coach(), organisation("Officine Prova S.r.l.")
    coaches(person, f"organisation:{firm.pk}")
    assert len(conflicts_of(person, [f"organisation:{firm.pk}"], TODAY)) == 1


def test_coaching_that_ended_bars_for_three_years_and_no_longer() -> None:
    person = coach()
    coaches(person, end=date(2024, 6, 1))
    last = date(2024, 6, 1) + timedelta(days=LOOK_BACK_DAYS - 1)
    assert len(conflicts_of(person, ["cluster:agrifood"], last)) == 1
    assert conflicts_of(person, ["cluster:agrifood"], last + timedelta(days=1)) == []


def test_a_tie_that_begins_later_does_not_bar_yet() -> None:
    tie = TieFact(TieKind.COACHES, "cluster:agrifood", date(2026, 4, 1))
    assert not bars(tie, TODAY)
    assert bars(tie, date(2026, 4, 1))


def test_whoever_works_in_the_unit_of_a_coach_is_barred_for_a_year() -> None:
    agency = organisation("Agency", kind="public_authority")
    first, second, elsewhere = coach("a@test.example"), coach("b@test.example"), coach("c@test.example")
    facts = {"organisation": agency, "source": source(), "certainty": "reported", "valid_from": date(2020, 1, 1)}
    Office.objects.create(person=first, function="coach", unit="Coaching", **facts)
    Office.objects.create(person=second, function="evaluator", unit="Coaching", **facts)
    Office.objects.create(person=elsewhere, function="evaluator", unit="Funding", **facts)
    coaches(first, end=date(2025, 6, 1))
    assert [c.through for c in conflicts_of(second, ["cluster:agrifood"], TODAY)] == [Through.UNIT]
    assert conflicts_of(second, ["cluster:agrifood"], date(2026, 6, 1)) == []
    assert conflicts_of(elsewhere, ["cluster:agrifood"], TODAY) == []


def test_employer_and_managed_cluster_bar_from_the_register_itself() -> None:
    manager = manager_of(cluster("agrifood")).person
    found = {(c.kind, c.through) for c in conflicts_of(manager, ["cluster:agrifood"], TODAY)}
    assert found == {(TieKind.MANAGES, Through.PERSON), (TieKind.MANAGES, Through.EMPLOYER)}
    evaluator = officer("evaluator").person
    employer = Office.objects.get(person=evaluator).organisation_id
    assert [c.kind for c in conflicts_of(evaluator, [f"organisation:{employer}"], TODAY)] == [TieKind.WORKS_FOR]


def test_a_declared_tie_bars_until_it_is_withdrawn() -> None:
    person, firm = coach(), f"organisation:{organisation('Officine Prova S.r.l.').pk}"
    declared = declare_conflict(
        person=person, subject_key=firm, reason="my sister's firm", valid_from=date(2020, 1, 1), by=None
    )
    assert [c.why for c in conflicts_of(person, [firm], TODAY)] == ["my sister's firm"]
    withdraw_declaration(declaration=declared, by=None)
    assert conflicts_of(person, [firm], TODAY) == []


@pytest.mark.parametrize("words", ["cluster:none", "none", "organisation:987654", "organisation:x", "call:none", ""])
def test_a_subject_that_nobody_knows_is_neither_declared_nor_lifted(food: Call, words: str) -> None:
    with pytest.raises(UnknownSubject, match="the register knows no"):
        declare_conflict(person=coach(), subject_key=words, reason="x", valid_from=TODAY, by=None)
    with pytest.raises(UnknownSubject, match="the register knows no"):
        ask_override(
            person=coach("b@test.example"), subject_key=words, matter_key="call:food", reason="x", side=Side.FUNDING,
            by=officer("funding_officer"),
        )  # fmt: skip
    assert not ConflictOverride.objects.exists()


def test_a_subject_is_named_as_the_register_names_it(food: Call) -> None:
    firm = organisation("Officine Prova S.r.l.")
    said = {
        "agrifood": "cluster:agrifood", " Agrifood ": "cluster:agrifood", "cluster:agrifood": "cluster:agrifood",
        "officine prova s.r.l.": f"organisation:{firm.pk}", f"organisation:{firm.pk}": f"organisation:{firm.pk}",
        "call:food": "call:food",
    }  # fmt: skip
    assert {words: subject_of(words) for words in said} == said


def test_ties_of_one_origin_end_together() -> None:
    person = coach()
    coaches(person)
    assert end_ties(origin_key="support.case:1", on=date(2025, 1, 1), by=None) == 1
    assert person.ties.get().valid_to == date(2025, 1, 1)


def test_to_have_decided_on_money_bars_from_no_evaluation() -> None:
    person = coach()
    record_tie(
        person=person,
        kind=TieKind.FUNDS,
        subject_key="cluster:agrifood",
        origin_key="funding.evaluation:1",
        valid_from=date(2024, 1, 1),
        by=None,
    )
    assert conflicts_of(person, ["cluster:agrifood"], TODAY) == []


def test_several_people_are_asked_at_once() -> None:
    first, second = coach("a@test.example"), coach("b@test.example")
    coaches(first)
    assert list(conflicts_of_many([first, second], ["cluster:agrifood"], TODAY)) == [first.pk]
    assert conflicts_of(None, ["cluster:agrifood"], TODAY) == []


@pytest.fixture
def food() -> Call:
    """A published call, and a cluster that may apply."""
    cluster("agrifood")
    return call(measure(), SME, key="food")


def asked(person: Person, by: object) -> ConflictOverride:
    return ask_override(
        person=person,
        subject_key="cluster:agrifood",
        matter_key="call:food",
        reason="no other expert for blockchain in food",
        side=Side.FUNDING,
        by=by,
    )


def test_two_people_of_two_sides_lift_a_conflict_in_one_matter_and_both_are_logged(food: Call) -> None:
    person, funding, agency = coach(), officer("funding_officer"), officer("agency_staff")
    coaches(person)
    override = asked(person, funding)
    keys = ["call:food", "cluster:agrifood"]
    assert len(conflicts_of(person, keys, TODAY)) == 1
    agree_override(override=override, side=Side.COACHING, by=agency)
    assert conflicts_of(person, keys, TODAY) == []
    lifted = conflicts_of(person, keys, TODAY, with_lifted=True)
    assert lifted[0].lifted_by is not None
    assert lifted[0].lifted_by.reason == "no other expert for blockchain in food"
    assert len(conflicts_of(person, ["call:other", "cluster:agrifood"], TODAY)) == 1
    verbs = LogEntry.objects.filter(subject_kind="override").order_by("pk").values_list("verb", "actor")
    assert list(verbs) == [("ask_override", funding.pk), ("agree_override", agency.pk)]
    refuse_override(override=override.__class__.objects.get(), by=funding)
    assert len(conflicts_of(person, keys, TODAY)) == 1


def test_neither_one_person_nor_one_side_nor_the_one_concerned_lifts_a_conflict(food: Call) -> None:
    person, funding, other = coach(), officer("funding_officer"), officer("regional_officer")
    override = asked(person, funding)
    for by, side in ((funding, Side.COACHING), (other, Side.FUNDING), (person.user, Side.COACHING)):
        with pytest.raises(OverrideRefused):
            agree_override(override=override, side=side, by=by)
    with pytest.raises(OverrideRefused):
        asked(person, person.user)


@pytest.mark.parametrize("matter", ["", "call:", "call:none", "call:draft", "anything"])
def test_an_override_is_asked_for_a_call_that_was_published_and_for_nothing_else(food: Call, matter: str) -> None:
    draft = call(measure("loans"), SME, key="draft")
    Call.objects.filter(pk=draft.pk).update(state=Call.State.DRAFT)
    fields = {"person": coach(), "subject_key": "cluster:agrifood", "reason": "none other", "side": Side.FUNDING}
    by = officer("funding_officer")
    with pytest.raises(OverrideRefused, match="no matter"):
        ask_override(matter_key=matter, by=by, **fields)
    assert ask_override(matter_key=f"call:{food.pk}", by=by, **fields).matter_key == "call:food"


def test_the_same_override_is_asked_once_until_it_is_refused(food: Call) -> None:
    person, funding = coach(), officer("funding_officer")
    first = asked(person, funding)
    with pytest.raises(OverrideRefused, match="waits for a second person"):
        asked(person, officer("regional_officer"))
    agree_override(override=first, side=Side.COACHING, by=officer("agency_staff"))
    with pytest.raises(OverrideRefused, match="in force already"):
        asked(person, funding)
    with pytest.raises(IntegrityError, match=r"one_open|UNIQUE"), transaction.atomic():
        ConflictOverride.objects.create(
            person=person, subject_key="cluster:agrifood", matter_key="call:food", reason="x",
            first_by=funding.person, first_side="funding",
        )  # fmt: skip
    refuse_override(override=first, by=funding)
    with pytest.raises(OverrideRefused, match="settled already"):
        refuse_override(override=first, by=funding)
    assert asked(person, funding).pk != first.pk


def test_nothing_is_asked_or_agreed_in_a_call_that_is_decided(food: Call) -> None:
    funding, agency = officer("funding_officer"), officer("agency_staff")
    waiting = asked(coach(), funding)
    Call.objects.filter(pk=food.pk).update(state=Call.State.CLOSED)
    closed = asked(coach("b@test.example"), funding)  # its evaluation is still to come
    Call.objects.filter(pk=food.pk).update(state=Call.State.DECIDED)
    for override in (waiting, closed):
        with pytest.raises(OverrideRefused, match="has been decided"):
            agree_override(override=override, side=Side.COACHING, by=agency)
    with pytest.raises(OverrideRefused, match="has been decided"):
        asked(coach("c@test.example"), funding)
    assert [(m.key, m.is_settled) for m in matters_told()] == [("call:food", True)]


def test_a_tie_to_a_call_bars_the_evaluator_of_its_applications_until_two_lift_it(food: Call) -> None:
    firm, evaluator = organisation("Alfa S.r.l."), officer("evaluator")
    application = Application.objects.create(
        line=food.lines.get(),
        version=food.versions.get(),
        organisation=firm,
        title="x",
        state="in_evaluation",
        submitted_at=timezone.now(),
    )
    assert conflicts_with(evaluator.person, application, TODAY) == []
    declare_conflict(
        person=evaluator.person, subject_key="call:food", reason="wrote it", valid_from=date(2020, 1, 1), by=None
    )
    assert [c.subject_key for c in conflicts_with(evaluator.person, application, TODAY)] == ["call:food"]
    override = ask_override(
        person=evaluator.person, subject_key="call:food", matter_key="food", reason="none other", side=Side.FUNDING,
        by=officer("funding_officer"),
    )  # fmt: skip
    agree_override(override=override, side=Side.COACHING, by=officer("agency_staff"))
    assert conflicts_with(evaluator.person, application, TODAY) == []


def test_the_database_refuses_an_override_by_one_person(food: Call) -> None:
    person, funding = coach(), officer("funding_officer")
    override = asked(person, funding)
    rows = ConflictOverride.objects.filter(pk=override.pk)
    for wrong in (
        {"second_by": funding.person, "second_side": "coaching"},
        {"second_by": person, "second_side": "coaching"},
        {"second_by": officer("agency_staff").person, "second_side": "funding"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)
