"""Mentors of teams, and the course behind their training."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import matchmaking_factories as make
import pytest
from django.test import Client
from django.urls import reverse
from factories import delegate_of, officer, organisation, user

from poliedro.matchmaking.models import MentorConflict, MentorTraining, Step, Team, TeamMentor
from poliedro.matchmaking.queries.todos import pair_todos
from poliedro.matchmaking.rules.course import RIGHT
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.services import challenges as challenges_
from poliedro.matchmaking.services import mentoring as mentoring_
from poliedro.matchmaking.views.course import lectures

pytestmark = pytest.mark.django_db


def test_mentor_of_a_team_is_trained_off_the_jury_and_agrees() -> None:
    login, host = user("m@test.example"), organisation("Host")
    found = make.challenge(host)
    one, staff = make.team(found, organisation=organisation("Team firm")), officer("agency_staff")
    green = make.mentor(user("green@test.example"), trained=False)
    mentor = make.mentor(login)
    with pytest.raises(Refused, match="not_trained"):
        challenges_.name_team_mentor(team=one, mentor=green, by=staff)
    with pytest.raises(Refused, match="not_yours"):
        challenges_.name_team_mentor(team=one, mentor=mentor, by=login)
    asked = challenges_.name_team_mentor(team=one, mentor=mentor, by=staff)
    with pytest.raises(Refused, match="conflict"):
        challenges_.add_juror(challenge=found, person=mentor.person, by=staff)
    with pytest.raises(Refused, match="not_yours"):
        challenges_.answer_team(mentoring=asked, accept=True, by=staff)
    agreed = challenges_.answer_team(mentoring=asked, accept=True, by=login)
    assert agreed is not None
    assert agreed.agreed_at is not None
    assert challenges_.answer_team(mentoring=agreed, accept=False, by=login) is None
    challenges_.add_juror(challenge=found, person=mentor.person, by=staff)
    with pytest.raises(Refused, match="conflict"):
        challenges_.name_team_mentor(team=one, mentor=mentor, by=staff)


def test_mentor_barred_from_the_teams_organisation_is_refused() -> None:
    mentor, firm = make.mentor(user("m@test.example")), organisation("Team firm")
    MentorConflict.objects.create(mentor=mentor, organisation=firm, reason="shareholder")
    one = make.team(make.challenge(organisation("Host")), organisation=firm)
    with pytest.raises(Refused, match="conflict"):
        challenges_.name_team_mentor(team=one, mentor=mentor, by=None)


def test_organiser_asks_on_the_challenge_and_the_mentor_agrees_on_the_own_page(client: Client) -> None:
    login = user("m@test.example")
    mentor, one = make.mentor(login), make.team(make.challenge(organisation("Host")))
    address = reverse("matchmaking:challenge", args=[one.challenge_id])
    client.force_login(officer("agency_staff"))
    client.post(address, {"action": f"mentor-{one.pk}", f"mentor-{one.pk}-mentor": mentor.pk})
    assert "in attesa di risposta" in client.get(address).content.decode()
    client.force_login(login)
    own = reverse("matchmaking:mentor", args=[mentor.pk])
    assert "Team A" in client.get(own).content.decode()
    client.post(own, {"action": f"team-yes-{TeamMentor.objects.get().pk}"})
    asked = TeamMentor.objects.get()
    assert asked.agreed_at is not None
    form = f"team-met-{asked.pk}"
    told = {"on": "2026-03-02", "minutes": "45", "notes": "The prototype", "next_step": "Test it"}
    client.post(own, {"action": form, **{f"{form}-{k}": v for k, v in told.items()}})
    assert "The prototype" in client.get(own).content.decode()
    client.force_login(officer("agency_staff", "second@test.example"))
    text = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert "met 1 time" in text
    assert "The prototype" not in text  # what was said is between the two
    with pytest.raises(Refused, match="not_yours"):
        challenges_.log_team_meeting(mentoring=asked, by=user("x@test.example"), on="2026-03-02", notes="n")


def test_course_has_one_right_answer_a_question_and_every_part_of_the_training() -> None:
    parts = lectures()
    assert list(parts) == list(RIGHT) == MentorTraining.Module.values
    for key, lecture in parts.items():
        assert {q: right in lecture.questions[q][1] for q, right in RIGHT[key].items()} == dict.fromkeys(
            lecture.questions, True
        )


def test_mentor_does_the_course_and_only_right_answers_count(client: Client) -> None:
    login = user("m@test.example")
    mentor = make.mentor(login, trained=False)
    client.force_login(login)
    address = reverse("matchmaking:mentor_course")
    wrong = {"action": "role", "role-decides": "mentor", "role-sells": "never"}
    assert "Non tutte le risposte" in client.post(address, wrong).content.decode()
    assert not mentor.trainings.exists()
    for part, answers in RIGHT.items():
        client.post(address, {"action": part, **{f"{part}-{q}": right for q, right in answers.items()}})
    assert mentor.trainings.count() == 4
    assert "4 parti su 4" in client.get(address).content.decode()


def test_course_is_read_by_all_and_counts_only_for_mentors(client: Client) -> None:
    login = user("reader@test.example")
    client.force_login(login)
    assert "Un mentore presta" in client.get(reverse("matchmaking:mentor_course")).content.decode()
    with pytest.raises(Refused, match="no_mentor"):
        mentoring_.pass_part(person=login.person, part="role", answers=RIGHT["role"], by=login)


def test_teams_hear_that_they_are_in_the_jury_that_it_may_read_and_all_what_it_decided(
    mailoutbox: list[Any], django_capture_on_commit_callbacks: Any, client: Client
) -> None:
    found, judge = make.challenge(organisation("Host")), user("judge@test.example")
    address = reverse("matchmaking:challenge", args=[found.pk])
    told = {"name": "Ants", "email": "ants@test.example", "members": "Ada", "idea": "Sort"}
    form = {"action": "enter", **{f"enter-{k}": v for k, v in told.items()}}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, form)
    assert "Un'altra squadra" in client.post(address, form).content.decode().replace("&#x27;", "'")
    challenges_.add_juror(challenge=found, person=judge.person, by=None)
    with django_capture_on_commit_callbacks(execute=True):
        judging = challenges_.start_judging(challenge=found, by=None, today=found.closes_on)
    challenges_.score_team(challenge=judging, team=Team.objects.get(), points={"idea": 10, "impact": 5}, by=judge)
    with django_capture_on_commit_callbacks(execute=True):
        challenges_.decide(challenge=judging, by=None)
    entered, jury, decided = mailoutbox
    assert jury.to == ["judge@test.example"]
    assert entered.to == decided.to == ["ants@test.example"]
    assert "80,0" in decided.body
    client.force_login(officer("agency_staff"))
    assert "ants@test.example" in client.get(address).content.decode()  # whoever runs it can write to the team


def test_juror_enters_no_team_and_acts_for_no_organisation_of_one() -> None:
    found, firm, judge = make.challenge(organisation("Host")), organisation("Firm"), user("judge@test.example")
    challenges_.add_juror(challenge=found, person=judge.person, by=None)
    with pytest.raises(Refused, match="conflict"):
        challenges_.enter_team(challenge=found, name="A", email="a@x.it", members=["J"], idea="x", by=judge)
    make.team(found, organisation=firm)
    with pytest.raises(Refused, match="conflict"):
        challenges_.add_juror(challenge=found, person=delegate_of(firm).person, by=None)


def test_draft_is_changed_until_teams_may_come_and_what_is_missing_is_named(client: Client) -> None:
    found = make.challenge(organisation("Host"), state="draft")
    client.force_login(officer("agency_staff"))
    address = reverse("matchmaking:challenge", args=[found.pk])
    told = {
        "kind": "open", "title": "New title", "text": "t", "places": 5, "opens_on": found.opens_on,
        "closes_on": found.closes_on, "follow_up_on": found.follow_up_on, "criteria_text": "Idea 100",
    }  # fmt: skip
    client.post(address, {"action": "change", **{f"change-{k}": v for k, v in told.items()}})
    found.refresh_from_db()
    assert (found.title, found.criteria) == ("New title", [{"key": "c1", "label": "Idea", "weight": 100}])
    unknown = {"action": "juror", "juror-email": "nobody@test.example"}
    assert "registrarsi" in client.post(address, unknown).content.decode()
    opened = challenges_.open_challenge(challenge=found, by=None)
    with pytest.raises(Refused, match="past"):
        challenges_.change_challenge(challenge=opened, by=None, criteria=found.criteria)
    with pytest.raises(Refused, match="no_jury"):
        challenges_.start_judging(challenge=opened, by=None, today=opened.closes_on)


def test_work_names_the_next_step_of_a_challenge_until_it_is_done() -> None:
    host, judge = organisation("Host"), user("judge@test.example")
    found, runs = make.challenge(host), delegate_of(host)
    teams = [make.team(found, name) for name in ("A", "B")]
    late = found.closes_on + timedelta(days=1)
    assert [t.url for t in pair_todos(runs, late)] == [reverse("matchmaking:challenge", args=[found.pk])]
    assert not list(pair_todos(runs, found.closes_on))
    challenges_.add_juror(challenge=found, person=judge.person, by=None)
    judging = challenges_.start_judging(challenge=found, by=None, today=found.closes_on)
    waits = []
    for team in teams:
        waits.append(len(list(pair_todos(judge, late))))
        challenges_.score_team(challenge=judging, team=team, points={"idea": 5, "impact": 5}, by=judge)
    assert (waits, list(pair_todos(judge, late))) == ([1, 1], [])
    challenges_.decide(challenge=judging, by=None)
    assert len(list(pair_todos(runs, found.follow_up_on))) == 1
    mentor = make.mentor(user("m@test.example"))
    TeamMentor.objects.create(team=teams[0], mentor=mentor)
    assert [t.url for t in pair_todos(mentor.person.user, late)] == [reverse("matchmaking:mentor", args=[mentor.pk])]


def test_the_jury_reads_the_whole_idea_and_no_heading_stands_alone(client: Client) -> None:
    found, judge = make.challenge(organisation("Host"), state="judging"), user("judge@test.example")
    make.team(found, "Long")
    Team.objects.update(idea="word " * 60 + "the last word")
    challenges_.add_juror(challenge=found, person=judge.person, by=None)
    Step.objects.all().delete()
    client.force_login(judge)
    assert "the last word" in client.get(reverse("matchmaking:jury", args=[found.pk])).content.decode()
    client.force_login(officer("agency_staff"))
    text = client.get(reverse("matchmaking:challenge", args=[found.pk])).content.decode()
    assert "<h2>Passi</h2>" not in text
