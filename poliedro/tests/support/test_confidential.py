"""What managers say in confidence: sealed, kept from the funding side, readable after a rotation, erased for good."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from factories import cluster, manager_of, officer
from support_samples import coaching_case, course_of, nothing_open, provider

from poliedro.accounts.models import Person, Tie
from poliedro.accounts.queries import conflicts_of
from poliedro.accounts.rules import TieKind
from poliedro.accounts.services import record_tie
from poliedro.audit.models import LogEntry
from poliedro.registry.models import StaffAssignment
from poliedro.shared.region import region
from poliedro.shared.vault import KeyMissing, SealBroken, add_key, encrypt, folder, key_ring, retire_key
from poliedro.support.models import CoachingCase, Course, Enrolment, NeedCard, PeerExchange, Sealed, Suggestion
from poliedro.support.queries.agency import enrolment_of, enrolments_of, exchanges_of
from poliedro.support.queries.coaching import (
    Satisfaction,
    cases_of,
    coaching_totals,
    needs_of,
    profile_of,
    readers_of,
    shared_needs,
    suited,
)
from poliedro.support.rules.agency import CannotMove, CoachingState
from poliedro.support.services.agency import ask_peer, close_exchange, enrol, offer_to_peers
from poliedro.support.services.coaching import (
    WallRefused,
    ask_coaching,
    erase_old_words,
    give_feedback,
    move_case,
    read_case,
    write_need,
    write_profile,
)
from poliedro.support.services.sealed import open_text, rotate_keys, seal, whose

WORDS = "zorgen-over-de-kas"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path


@pytest.fixture
def case() -> CoachingCase:
    agrifood = cluster("agrifood")
    return coaching_case(manager_of(agrifood), agrifood, provider(officer("coach").person), WORDS)


def everything_in_the_database() -> str:
    """Every row of every table as text, as a dump would hold it."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        rows = []
        for name in names:
            cursor.execute(f'SELECT * FROM "{name}"')
            rows += [str(row) for row in cursor.fetchall()]
    return "\n".join(rows)


def test_no_table_holds_a_word_of_it(case: CoachingCase) -> None:
    assert open_text(case.goal) == f"goal {WORDS}"
    assert WORDS not in everything_in_the_database()


def test_the_log_says_that_it_was_done_and_neither_a_word_of_it_nor_by_whom(case: CoachingCase, client: Any) -> None:
    logged = LogEntry.objects.filter(subject_kind__in=("coaching", "need"))
    assert logged.count() >= 7
    assert WORDS not in json.dumps(list(logged.values_list("verb", "subject_key", "detail")))
    assert set(logged.values_list("actor", "actor_label")) == {(None, "in confidence")}
    client.force_login(officer("auditor"))
    page = client.get("/audit/?kind=coaching", headers={"accept-language": "it"}).content.decode()
    asked = "ha chiesto un affiancamento"
    assert asked in page
    assert "<td>in confidenza</td>" in page
    assert asked not in client.get("/audit/", headers={"accept-language": "it"}).content.decode()
    assert case.manager.user.email not in page
    assert case.manager.name not in page


def test_its_manager_reads_who_opened_the_case(case: CoachingCase) -> None:
    coach = case.coaches.get().person.user
    read_case(case=case, by=coach)
    assert [r.name for r in readers_of(case)] == [str(coach)]


def test_no_seal_tells_by_its_length_what_it_holds(case: CoachingCase) -> None:
    ring = key_ring()
    short, long = "cluster:mesap", "cluster:" + "x" * 400
    tokens = {text: ring.seal(text.encode(), "x") for text in (short, long, "", "ends in a zero\0\0")}
    assert len({len(token) for _key, token in tokens.values()}) == 1
    assert all(ring.open(*sealed, "x").decode() == text for text, sealed in tokens.items())
    document = ring.seal(b"0" * 100_000, "x")
    assert len(document[1]) == len(ring.seal(b"0" * 101_000, "x")[1])
    assert ring.open(*document, "x") == b"0" * 100_000
    before = encrypt(ring.keys[ring.current], WORDS.encode(), "x")  # sealed by an earlier version
    assert ring.open(ring.current, before, "x").decode() == WORDS
    assert len({len(token) for token in Sealed.objects.exclude(purpose="entry").values_list("token", flat=True)}) == 1


INSIDE = ("needcard", "competenceprofile", "coachingcase", "coachingentry", "peerexchange")


def test_no_row_inside_the_wall_says_whose_it_is_nor_which_score_was_given(case: CoachingCase) -> None:
    manager, agrifood = case.manager, cluster("agrifood")
    assert manager is not None
    write_profile(person=manager, levels={"finance": 1}, by=manager.user)
    peer = manager_of(cluster("mesap"), "peer@test.example")
    offer = offer_to_peers(person=peer.person, cluster=agrifood, competence="team", text="", on=case.asked_on, by=peer)
    exchange = ask_peer(offer=offer, learner=manager, on=case.asked_on, by=manager.user)
    close_exchange(exchange=exchange, met_on=case.asked_on, score=4, by=manager.user)
    for name in INSIDE:
        model = apps.get_model("support", name)
        links = {f.name for f in model._meta.concrete_fields if f.is_relation and f.related_model is Person}
        assert links <= {"coach"}, name
        for row in model.objects.all():
            text = str([getattr(row, f.attname) for f in model._meta.concrete_fields])
            assert manager.name not in text
            assert not {f.name for f in model._meta.concrete_fields} & {"person", "manager", "learner", "by"}
    entries = case.entries.order_by("pk")
    assert {e.kind for e in entries if e.coach is None} == {"document"}  # the manager's own
    fresh = PeerExchange.objects.get()
    assert (fresh.whose, fresh.learner_name, fresh.score.content()) == (manager.pk, manager.name, b"4")
    assert exchanges_of(manager) == exchanges_of(peer.person) == [fresh]


def test_rows_of_one_person_do_not_look_alike_and_are_found_after_a_rotation_and_in_the_midst_of_one(
    case: CoachingCase,
) -> None:
    manager = case.manager
    assert manager is not None
    for _twice in range(2):
        write_need(person=manager, cluster=cluster("agrifood"), competence="team", urgency=1, text="x", by=manager.user)
    write_profile(person=manager, levels={"finance": 1}, by=manager.user)
    marks = list(NeedCard.objects.values_list("mark", flat=True))
    assert len(set(marks)) == 3
    before = needs_of(manager)
    for turn in (add_key, lambda: rotate_keys(by=None)):
        turn()
        assert needs_of(manager) == before
        assert profile_of(manager) == {"finance": 1}
        assert [(c.pk, c.feedback_score) for c in cases_of(manager)] == [(case.pk, 5)]
    assert not set(marks) & set(NeedCard.objects.values_list("mark", flat=True))
    assert cases_of(manager_of(cluster("agrifood"), "another@test.example").person) == []


def test_a_score_lies_between_1_and_5(case: CoachingCase) -> None:
    for score in (0, 6):
        with pytest.raises(ValueError, match="between 1 and 5"):
            give_feedback(case=case, score=score, text="", suggestion="", on=case.asked_on, by=None)


def test_an_exchange_between_colleagues_goes_after_three_years_with_whom_it_names(case: CoachingCase) -> None:
    manager = case.manager
    assert manager is not None
    offer = offer_to_peers(
        person=manager_of(cluster("mesap"), "peer@test.example").person, cluster=cluster("agrifood"), competence="team",
        text="", on=case.asked_on, by=None,
    )  # fmt: skip
    ask_peer(offer=offer, learner=manager, on=case.asked_on, by=manager.user)
    erase_old_words(case.asked_on + timedelta(days=3 * 365 - 1))
    assert PeerExchange.objects.count() == 1
    erase_old_words(case.asked_on + timedelta(days=3 * 365))
    assert not PeerExchange.objects.exists()
    assert not Sealed.objects.filter(purpose="exchange-of").exists()


@pytest.fixture
def seats() -> tuple[Course, list[Enrolment]]:
    """Two managers of one cluster in a course, a third on its waiting list."""
    agrifood, course = cluster("agrifood"), course_of(officer("coach").person, seats=2)
    people = [manager_of(agrifood, f"ada{i}@zorgen.example") for i in range(3)]
    return course, [enrol(course=course, person=p.person, cluster=agrifood, by=p) for p in people]


def test_who_asks_for_training_stands_in_no_row_that_speaks_of_the_course(seats: Any) -> None:
    _course, rows = seats
    people = [Person.objects.get(pk=row.opened.person) for row in rows]
    assert [p.email for p in people] == [f"ada{i}@zorgen.example" for i in range(3)]
    with connection.cursor() as cursor:
        for table in ("support_enrolment", "support_sealed", "audit_logentry", "support_course"):
            cursor.execute(f'SELECT * FROM "{table}"')
            text = str(cursor.fetchall())
            for person in people:
                assert person.name not in text
                assert person.email not in text
    names = {f.name for f in Enrolment._meta.get_fields()}
    assert not names & {"person", "cluster", "user"}
    assert len({row.mark for row in rows}) == 3


def test_marks_of_one_person_in_two_courses_do_not_look_alike(seats: Any) -> None:
    course, rows = seats
    other = course_of(course.coach, "Team")
    person = Person.objects.get(pk=rows[0].opened.person)
    again = enrol(course=other, person=person, cluster=None, by=None)
    assert again.mark != rows[0].mark
    assert set(enrolments_of(person)) == {rows[0], again}


def test_a_seat_is_found_and_read_after_a_rotation_and_in_the_midst_of_one(seats: Any) -> None:
    course, rows = seats
    person = Person.objects.get(pk=rows[2].opened.person)
    before = rows[2].opened
    add_key()  # as if the machine had stopped before anything was sealed anew
    assert enrolment_of(course, person) == rows[2]
    rotate_keys(by=None)
    fresh = enrolment_of(course, person)
    assert fresh == rows[2]
    assert fresh.mark != rows[2].mark
    assert fresh.opened == before
    assert enrol(course=course, person=person, cluster=None, by=None) == fresh


def test_only_the_coach_assigned_reads_who_takes_part(seats: Any, client: Any) -> None:
    course, rows = seats
    name = rows[0].opened.name
    client.force_login(course.coach.user)
    assert name in client.get(f"/agency/courses/{course.pk}/run/").content.decode()
    for other in (officer("coach", "second@test.example"), officer("agency_staff"), officer("funding_officer")):
        client.force_login(other)
        assert client.get(f"/agency/courses/{course.pk}/run/").status_code == 403
    record_tie(
        person=course.coach, kind=TieKind.FUNDS, subject_key="call:x", origin_key="x",
        valid_from=timezone.localdate(), by=None,
    )  # fmt: skip
    client.force_login(course.coach.user)
    assert client.get(f"/agency/courses/{course.pk}/run/").status_code == 403


def test_nobody_of_the_funding_side_is_named_to_run_a_course() -> None:
    with pytest.raises(WallRefused):
        course_of(officer("funding_officer").person)


def test_whose_seats_they_were_is_erased_two_years_after_the_course(seats: Any) -> None:
    course, _rows = seats
    held = course.sessions.get().on
    assert erase_old_words(held + timedelta(days=729)).startswith("0 ")
    assert erase_old_words(held + timedelta(days=730)).startswith("3 ")
    assert not Sealed.objects.exists()
    assert [e.opened for e in Enrolment.objects.all()] == [None] * 3
    assert Enrolment.objects.filter(state="seat").count() == 2


def test_needs_and_grids_of_who_no_longer_manages_are_erased() -> None:
    agrifood = cluster("agrifood")
    manager = manager_of(agrifood)
    write_need(person=manager.person, cluster=agrifood, competence="finance", urgency=1, text=WORDS, by=manager)
    write_profile(person=manager.person, levels={"finance": 1}, by=manager)
    assert erase_old_words(timezone.localdate()).startswith("0 ")
    StaffAssignment.objects.filter(person=manager.person).update(valid_to=timezone.localdate() - timedelta(days=1))
    assert erase_old_words(timezone.localdate()).startswith("4 ")  # what, and whose
    assert not Sealed.objects.exists()


def test_rotation_keeps_everything_readable_and_the_old_key_opens_nothing(case: CoachingCase) -> None:
    before, old = Sealed.objects.count(), key_ring().current
    old_token = Sealed.objects.get(pk=case.goal_id).token
    new, sealed = rotate_keys(by=None)
    assert (sealed, Sealed.objects.exclude(key_id=new).count()) == (before, 0)
    assert new != old
    assert list(key_ring().keys) == [new]
    assert not (folder() / f"{old}.key").exists()
    fresh = CoachingCase.objects.select_related("goal").get()
    assert open_text(fresh.goal) == f"goal {WORDS}"
    assert fresh.goal.token != old_token
    with pytest.raises(KeyMissing, match=old):
        key_ring().open(old, old_token, fresh.goal.belongs_to)


def test_a_rotation_that_was_cut_off_leaves_both_keys_and_every_text(case: CoachingCase) -> None:
    add_key()  # a new key was made, nothing sealed anew: as if the machine had stopped
    assert open_text(CoachingCase.objects.get().goal) == f"goal {WORDS}"
    rotate_keys(by=None)
    assert open_text(CoachingCase.objects.get().goal) == f"goal {WORDS}"


def test_a_sealed_text_does_not_open_in_another_row_nor_when_changed(case: CoachingCase) -> None:
    other = seal("goal", "another")
    Sealed.objects.filter(pk=other.pk).update(token=Sealed.objects.get(pk=case.goal_id).token)
    with pytest.raises(SealBroken):
        open_text(Sealed.objects.get(pk=other.pk))


def test_without_its_key_nothing_opens(case: CoachingCase) -> None:
    old = key_ring().current
    add_key()
    retire_key(old)
    with pytest.raises(KeyMissing, match="put its file back"):
        open_text(CoachingCase.objects.get().goal)


def test_key_files_are_for_their_owner_alone(case: CoachingCase) -> None:
    assert {oct(path.stat().st_mode & 0o777) for path in folder().glob("*.key")} == {"0o600"}


def test_keys_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLIEDRO_KEY_RING", "old:" + "A" * 43 + "=,new:" + "B" * 43 + "=")
    assert key_ring().current == "new"
    assert open_text(seal("note", "said")) == "said"


def test_a_case_bars_its_coach_from_the_day_it_is_asked_for(case: CoachingCase) -> None:
    tie = Tie.objects.get()
    assert (tie.kind, tie.subject, tie.valid_from) == ("coaches", "cluster:agrifood", case.asked_on)
    assert [c.subject_key for c in conflicts_of(tie.person, ["cluster:agrifood"], case.asked_on)] == [
        "cluster:agrifood"
    ]
    assert conflicts_of(tie.person, ["cluster:mesap"], case.asked_on) == []


@pytest.mark.parametrize("function", ["funding_officer", "evaluator", "regional_officer"])
def test_nobody_on_the_funding_side_can_be_asked_to_coach(function: str) -> None:
    agrifood = cluster("agrifood")
    manager, chosen = manager_of(agrifood), provider(officer(function).person)
    with pytest.raises(WallRefused, match="choose another coach"):
        ask_coaching(
            manager=manager.person,
            cluster=agrifood,
            goal="x",
            provider=chosen,
            on=date(2026, 3, 2),
            by=manager,
            consent="yes",
        )


def test_no_case_closes_without_feedback_and_follow_up(case: CoachingCase) -> None:
    CoachingCase.objects.update(feedback_on=None, score=None)
    case = CoachingCase.objects.get()
    day = date(2026, 6, 1)
    with pytest.raises(CannotMove, match="cannot become"):
        move_case(case=case, to=CoachingState.CLOSED, on=day, by=None)
    with pytest.raises(CannotMove, match="cannot become stopped"):
        move_case(case=case, to=CoachingState.STOPPED, on=day, by=None)
    move_case(case=nothing_open(case), to=CoachingState.FEEDBACK, on=day, by=None)
    with pytest.raises(CannotMove, match="cannot become stopped"):
        move_case(case=case, to=CoachingState.STOPPED, on=day, by=None)
    with pytest.raises(CannotMove, match="no feedback"):
        move_case(case=case, to=CoachingState.CLOSED, on=day, by=None)
    give_feedback(case=case, score=4, text="", suggestion="meet in the evening", on=day, by=None)
    with pytest.raises(CannotMove, match="follow-up"):
        move_case(case=case, to=CoachingState.CLOSED, on=day, by=None)
    move_case(case=case, to=CoachingState.CLOSED, on=day, by=None, follow_up_on=date(2026, 10, 1))
    assert CoachingCase.objects.get().state == "closed"
    assert Tie.objects.get().valid_to == day
    assert Suggestion.objects.get().text == "meet in the evening"


def test_words_are_erased_two_years_after_the_close_and_figures_stay(case: CoachingCase) -> None:
    move_case(case=nothing_open(case), to=CoachingState.FEEDBACK, on=date(2026, 6, 1), by=None)
    case.refresh_from_db()
    move_case(case=case, to=CoachingState.CLOSED, on=date(2026, 6, 1), by=None, follow_up_on=date(2026, 10, 1))
    assert erase_old_words(date(2028, 5, 1)) == "0 confidential texts erased"
    assert erase_old_words(date(2026, 6, 1) + timedelta(days=730)) == "11 confidential texts erased"
    assert [s.purpose for s in Sealed.objects.all()] == ["score"]
    kept = CoachingCase.objects.get()
    assert (kept.state, kept.feedback_score, open_text(kept.goal)) == ("closed", 5, "")
    assert erase_old_words(date(2029, 1, 1)) == "0 confidential texts erased"


def test_a_need_is_counted_from_three_clusters_on_and_below_that_not_shown() -> None:
    for n, key in enumerate(("agrifood", "mesap", "biopmed"), start=1):
        found = cluster(key)
        manager = manager_of(found, f"{key}@test.example")
        for _twice in range(2):
            write_need(person=manager.person, cluster=found, competence="finance", urgency=1, text="x", by=manager)
        assert shared_needs() == ({"finance": 3} if n == 3 else {})


def test_who_stands_on_the_funding_side_reads_no_demand_beside_the_grid(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poliedro.support.views.agency.shared_needs", lambda: {"finance": 3})
    client.force_login(officer("agency_staff"))
    told = region()
    for form, expected in (("development_agency", True), ("innovation_agency", False)):
        monkeypatch.setattr("poliedro.registry.permissions.region", lambda form=form: replace(told, form=form))
        page = client.get("/agency/capability/", headers={"accept-language": "en"}).content.decode()
        assert ("three or more" in page) is expected, form


def test_one_manager_s_score_moves_no_coach_on_the_next_shortlist(case: CoachingCase) -> None:
    coach = case.coaches.get().provider
    assert coach is not None
    assert case.feedback_score == 5
    held = coach.competences.filter(level__gte=3)[0].competence
    (mine,) = [
        s for s in suited([held], field_key="", days=1, barred=set(), year=2026) if s.candidate.name == coach.name
    ]
    assert "rating" not in dict(mine.reasons)


def test_a_person_gets_a_copy_of_all_that_is_held_and_nobody_else_does(case: CoachingCase, client: Any) -> None:
    client.force_login(case.manager.user)
    held = json.loads(client.get("/privacy/mine/copy.json").content)
    assert WORDS in json.dumps(held["support.agency"])
    client.force_login(officer("funding_officer"))
    assert WORDS not in client.get("/privacy/mine/copy.json").content.decode()


def test_erasure_takes_name_and_words_and_leaves_what_was_counted(case: CoachingCase, client: Any) -> None:
    manager = case.manager
    client.force_login(manager.user)
    assert client.post("/privacy/mine/erase/").status_code == 302
    assert Sealed.objects.exists()  # not sure: nothing was erased
    said = client.post("/privacy/mine/erase/", {"sure": "yes"}, follow=True, headers={"accept-language": "en"})
    assert "Your data are erased" in said.text
    manager.refresh_from_db()
    assert (manager.name, manager.email) == (f"Erased person {manager.pk}", "")
    assert not manager.user.is_active
    assert [s.purpose for s in Sealed.objects.all()] == ["score"]
    kept = CoachingCase.objects.get()
    assert (kept.feedback_score, kept.whose, kept.asked_on) == (5, None, case.asked_on)
    assert Tie.objects.count() == 1
    assert client.get("/privacy/mine/").status_code == 302


def test_a_coach_who_evaluates_a_call_opens_nothing_confidential_for_three_years(case: CoachingCase) -> None:
    coach = case.coaches.get().person
    assert coach.user.has_perm("support.open_coaching", case)
    tie = record_tie(
        person=coach,
        kind=TieKind.FUNDS,
        subject_key="call:food",
        origin_key="funding.evaluation:1",
        valid_from=timezone.localdate(),
        by=None,
    )
    assert not coach.user.has_perm("support.open_coaching", case)
    Tie.objects.filter(pk=tie.pk).update(
        valid_from=timezone.localdate() - timedelta(days=2000), valid_to=timezone.localdate() - timedelta(days=1000)
    )
    assert not coach.user.has_perm("support.open_coaching", case)
    Tie.objects.filter(pk=tie.pk).update(valid_to=timezone.localdate() - timedelta(days=1096))
    assert coach.user.has_perm("support.open_coaching", case)
    assert case.manager.user.has_perm("support.open_coaching", case)


def test_satisfaction_tells_a_finished_year_from_three_managers_on() -> None:
    today = date(2026, 6, 1)

    def scored(key: str, score: int, closed: date, times: int = 1) -> None:
        found = cluster(key)
        manager = manager_of(found, f"{key}@test.example").person
        for _time in range(times):
            CoachingCase.objects.create(
                state="closed", asked_on=date(2025, 1, 1), feedback_on=closed, closed_on=closed,
                follow_up_on=date(2026, 9, 1), score=seal("score", str(score)), **whose(CoachingCase, manager),
            )  # fmt: skip

    scored("agrifood", 5, date(2025, 3, 1), times=3)
    scored("mesap", 1, date(2025, 12, 31))
    scored("later", 1, date(2026, 1, 1))  # the year is not over
    assert coaching_totals(today) == Satisfaction(2025)  # four answers, two managers
    scored("biopmed", 3, date(2025, 6, 1))
    assert coaching_totals(today) == Satisfaction(2025, 5, (3 * 5 + 1 + 3) / 5)
