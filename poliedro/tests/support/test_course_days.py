"""A course looks for its day: seats by need, exactly; who can when is sealed and read by the course's coach alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from factories import cluster, manager_of, officer
from support_samples import course_of

from poliedro.support.models import Course, Enrolment
from poliedro.support.queries.agency import enrolment_of, place_in_line
from poliedro.support.rules.agency import CannotMove
from poliedro.support.rules.course_days import Answer, seating, seatings
from poliedro.support.services.agency import cancel_enrolment, enrol
from poliedro.support.services.coaching import erase_old_words, write_need
from poliedro.support.services.course_days import drop_day, propose_day, say_days, set_days
from poliedro.support.services.personal import erase_personal, personal_data
from poliedro.support.services.sealed import rotate_keys

MAY = [(date(2026, 5, day), time(9), time(12)) for day in (4, 5, 6)]


def says(key: int, days: Sequence[int], urgency: int) -> Answer:
    return Answer(key, frozenset(days), urgency)


def test_whoever_needs_it_most_is_seated_and_moves_others_to_another_of_their_days() -> None:
    first, second, urgent, late = says(1, [1, 2], 1), says(2, [2], 2), says(3, [1], 3), says(4, [1], 2)
    found = seating([1, 2], [first, second, urgent, late], seats=1)
    assert found.seated == {3: 1, 2: 2}
    assert found.waiting == {4: 1, 1: 2}
    assert (found.points, found.cannot) == (3 + 2, ())
    assert seating([1, 2], [says(1, [1, 2], 3), says(2, [1], 1)], seats=1).seated == {1: 2, 2: 1}


def test_no_other_choice_of_seats_reaches_more_need_or_more_people() -> None:
    draw = random.Random(1)
    for _case in range(60):
        days, seats = [1, 2, 3], draw.randint(1, 2)
        answers = [says(n, draw.sample(days, draw.randint(0, 3)), draw.randint(1, 3)) for n in range(6)]
        ways = [
            way
            for way in product(*[[0, *sorted(a.days)] for a in answers])
            if all(way.count(day) <= seats for day in days)
        ]
        found = seating(days, answers, seats)
        assert found.points == max(sum(a.urgency for a, d in zip(answers, w, strict=True) if d) for w in ways)
        assert len(found.seated) == max(sum(map(bool, w)) for w in ways)
        assert all(found.seated[a.key] in a.days for a in answers if a.key in found.seated)
        assert {*found.seated, *found.waiting, *found.cannot} == set(range(6))


def test_the_best_day_comes_first_and_two_days_before_it_where_they_seat_more() -> None:
    answers = [says(1, [2], 3), says(2, [2], 1), says(3, [1], 3)]
    assert [s.days for s in seatings([1, 2, 3], answers, 2)] == [(1, 2), (2,), (1,), (3,)]
    assert [s.days for s in seatings([1, 2], answers[:2], 2)] == [(2,), (1,)]
    assert [s.days for s in seatings([1, 2], [], 2)] == [(1,), (2,)]  # alike: the earlier one


@pytest.fixture
def course(settings: Any, tmp_path: Path, db: None) -> Course:
    settings.VAR = tmp_path
    return course_of(officer("coach").person, seats=2, sessions=MAY, proposed=True)


def test_managers_say_when_and_the_coach_sets_day_and_seats_in_one_act(client: Client, course: Course) -> None:
    agrifood, (first, second, third) = cluster("agrifood"), course.proposed.all()
    logins = {name: manager_of(agrifood, f"{name}@test.example") for name in ("ada", "bea", "cea", "dea")}
    address, days = reverse("support:course", args=[course.pk]), reverse("support:course_days", args=[course.pk])
    ada = logins["ada"]
    client.cookies["django_language"] = "en"
    write_need(person=ada.person, cluster=agrifood, competence="finance", urgency=2, text="x", by=ada)
    client.force_login(ada)
    assert "looks for a day" in client.get(reverse("portal:work")).content.decode()
    for empty in ({}, {"on_none": "on", "days": [first.pk]}):
        answer = client.post(address, {"do": "days", "urgency": 1, **empty})
        assert answer.status_code == 422, "an answer names a day, or says that none suits"
        assert enrolment_of(course, ada.person) is None
    none = client.post(address, {"do": "days", "urgency": 1, "on_none": "on"}, follow=True).content.decode()
    assert "none of these days suits you" in none
    for name, chosen, urgency in (("ada", [first], 1), ("bea", [first, second], 3), ("cea", [first], 2)):
        client.force_login(logins[name])
        fields = {"do": "days", "days": [d.pk for d in chosen], "urgency": urgency}
        assert client.post(address, fields).status_code == 302
    client.force_login(ada)
    assert "looks for a day" not in client.get(reverse("portal:work")).content.decode()
    for other in (ada, officer("agency_staff"), officer("funding_officer")):
        client.force_login(other)
        assert client.get(days).status_code == 403
    client.force_login(course.coach.user)
    fields = {"do": "told", "person": logins["dea"].person.pk, "days": [third.pk], "urgency": 1}
    client.post(days, fields)
    page = client.get(days).content.decode()
    assert "2 of 4 have a seat (need: 5 points)" in page
    assert page.index("2 of 4 have a seat (need: 5 points)") > page.index("3 of 4 have a seat (need: 6 points)")
    client.post(days, {"do": "set", "days": str(first.pk)})
    course.refresh_from_db()
    assert (course.state, [s.on for s in course.sessions.all()]) == ("open", [first.on])
    states = {name: enrolment_of(course, login.person).state for name, login in logins.items()}
    assert states == {"ada": "waiting", "bea": "seat", "cea": "seat", "dea": "wish"}
    client.force_login(logins["dea"])
    assert "You could on none of the days that were chosen" in client.get(address).content.decode()
    client.post(address, {"do": "enrol"})  # and comes all the same
    assert place_in_line(enrolment_of(course, logins["dea"].person)) == 2
    assert cancel_enrolment(enrolment=enrolment_of(course, logins["bea"].person), by=None).pk == (
        enrolment_of(course, ada.person).pk
    )


def test_on_two_days_it_is_two_courses_and_each_finds_the_own_seat(course: Course) -> None:
    agrifood, (first, second, third) = cluster("agrifood"), course.proposed.all()
    people = [manager_of(agrifood, f"m{n}@test.example").person for n in range(3)]
    for person, day in zip(people, (first, first, third), strict=True):
        say_days(course=course, person=person, cluster=agrifood, days=[day.pk], urgency=2, by=None)
    say_days(course=course, person=people[1], cluster=agrifood, days=[third.pk], urgency=2, by=None)  # thought better
    set_days(course=course, days=[third.pk, first.pk], by=None)
    again = Course.objects.exclude(pk=course.pk).get()
    assert (again.coach, again.seats, again.sessions.get().on) == (course.coach, 2, third.on)
    rotate_keys(by=None)
    assert [bool(enrolment_of(course, p)) for p in people] == [True, False, False]
    assert [bool(enrolment_of(again, p)) for p in people] == [False, True, True]
    with pytest.raises(CannotMove, match="its day is set"):
        set_days(course=course, days=[second.pk], by=None)


def test_who_can_when_stands_nowhere_in_the_clear_and_is_erased_in_time(course: Course) -> None:
    person, (first, *_others) = manager_of(cluster("agrifood")).person, course.proposed.all()
    row = say_days(course=course, person=person, cluster=None, days=[first.pk], urgency=3, by=person.user)
    kept = Enrolment.objects.filter(pk=row.pk).values().get()
    assert not {f.name for f in Enrolment._meta.concrete_fields} & {"person", "days", "urgency", "cluster"}
    assert person.name not in str(kept)
    assert row.opened.days == [first.pk]
    assert "0 confidential" in erase_old_words(MAY[-1][0] + timedelta(days=700))
    erase_old_words(MAY[-1][0] + timedelta(days=731))
    row.refresh_from_db()
    assert row.opened is None


def test_a_seat_or_wish_that_was_given_back_is_copied_and_erased_as_any_other(course: Course) -> None:
    person, day = manager_of(cluster("agrifood")).person, course.proposed.first()
    row = say_days(course=course, person=person, cluster=None, days=[day.pk], urgency=3, by=person.user)
    cancel_enrolment(enrolment=row, by=person.user)
    (told,) = [found for found in personal_data(person) if "course" in found]
    assert (told["state"], told["days"], told["urgency"]) == ("cancelled", [str(day.on)], 3)
    erase_personal(person, day.on)
    row.refresh_from_db()
    assert row.who is None


def test_days_that_are_not_proposed_a_ninth_and_the_last_are_refused(course: Course) -> None:
    person = manager_of(cluster("agrifood")).person
    with pytest.raises(CannotMove, match="not proposed"):
        say_days(course=course, person=person, cluster=None, days=[0], urgency=1, by=None)
    with pytest.raises(CannotMove, match="takes nobody"):
        enrol(course=course, person=person, cluster=None, by=None)
    for n in range(5):
        propose_day(course=course, on=date(2026, 6, 1 + n), starts_at=time(9), ends_at=time(12), by=None)
    with pytest.raises(CannotMove, match="8 days"):
        propose_day(course=course, on=date(2026, 7, 1), starts_at=time(9), ends_at=time(12), by=None)
    *others, last = course.proposed.all()
    for day in others:
        drop_day(day=day, by=None)
    with pytest.raises(CannotMove, match="only day"):
        drop_day(day=last, by=None)
