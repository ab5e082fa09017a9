"""One valid contact for each cluster on every day, held by the database; what it cannot hold is an alarm."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from factories import cluster, manager_of, officer, user
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poliedro.accounts.models import Person
from poliedro.registry.models import Cluster, Office
from poliedro.registry.services.facts import correct_fact, retract_fact
from poliedro.support.models import ContactTerm
from poliedro.support.queries.agency import contact_board, contact_on, may_be_contact
from poliedro.support.services.agency import HandoverRefused, hand_over

pytestmark = pytest.mark.django_db
FOUNDED = date(2009, 1, 1)
OFFICE_SINCE = date(2010, 1, 1)


def day(n: int) -> date:
    return date(2026, 1, 1) + timedelta(days=n)


def people() -> list[Person]:
    return [officer(f, f"{f}@contact.example").person for f in ("agency_staff", "coach", "regional_officer")]


def contact(found: Cluster, person: Person, n: int) -> ContactTerm:
    return hand_over(cluster=found, person=person, starts_on=day(n), handover="", by=None)


def valid_on(found: Cluster, on: date) -> list[ContactTerm]:
    """Terms that hold on the day, of people who hold an office on it."""
    terms = ContactTerm.objects.filter(cluster=found, starts_on__lte=on).exclude(next__starts_on__lte=on)
    return [t for t in terms if may_be_contact(t.person, on)]


def refused(write: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        write()


# --- any order of handing over, leaving office, and writing by hand ---------------------------------------------------
WHO, WHEN = st.integers(0, 2), st.integers(0, 60)
STEPS = st.one_of(
    st.tuples(st.just("hand_over"), WHO, WHEN),
    st.tuples(st.just("insert"), WHO, WHEN),
    st.tuples(st.just("end_office"), WHO, WHEN),
    st.tuples(st.just("cut_office"), WHO, WHEN),
    st.tuples(st.just("drop_office"), WHO, WHEN),
    st.tuples(st.just("another_function"), WHO, WHEN),
    st.tuples(st.just("delete_last"), WHO, WHEN),
    st.tuples(st.just("move"), WHO, WHEN),
)


def do(step: str, found: Cluster, person: Person, n: int) -> None:
    """One step, by a service or by hand; what is refused changes nothing."""
    office = Office.objects.known().filter(person=person, valid_to=None).first()
    last = ContactTerm.objects.filter(cluster=found).order_by("-starts_on").first()
    held = Office.objects.filter(pk=office.pk if office else 0)
    with suppress(HandoverRefused, IntegrityError), transaction.atomic():
        if step == "hand_over":
            contact(found, person, n)
        elif step == "insert":
            ContactTerm.objects.create(cluster=found, person=person, starts_on=day(n), previous=last)
        elif step == "end_office" and office:
            correct_fact(office, by=None, valid_to=day(n))
        elif step == "cut_office":
            held.update(valid_to=day(n))
        elif step == "drop_office":
            held.delete()
        elif step == "another_function":
            held.update(function="evaluator")
        elif step == "delete_last" and last:
            ContactTerm.objects.filter(pk=last.pk).delete()
        elif step == "move" and last:
            ContactTerm.objects.filter(pk=last.pk).update(starts_on=day(n))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, min_size=1, max_size=14))
def test_each_day_has_exactly_one_valid_contact_from_the_first_on_and_an_alarm_before(
    steps: list[tuple[str, int, int]],
) -> None:
    with transaction.atomic():
        found, known = cluster("agrifood"), people()
        for step, who, n in steps:
            do(step, found, known[who], n)
        first = ContactTerm.objects.filter(cluster=found, previous=None).first()
        for n in sorted({near for _s, _w, at in steps for near in (at - 1, at, at + 1)} | {0, 75}):
            (line,) = contact_board(day(n))
            valid = valid_on(found, day(n))
            if first is None or day(n) < first.starts_on:
                assert (valid, line.alarm) == ([], "never_named" if first is None else "not_yet")
            else:
                assert ([t.pk for t in valid], line.alarm) == ([line.term.pk], "")  # type: ignore[union-attr]
        transaction.set_rollback(True)


# --- each rule by itself ----------------------------------------------------------------------------------------------
def test_the_database_refuses_a_second_contact_a_gap_and_a_change_of_the_past() -> None:
    found, other, person = cluster("agrifood"), cluster("mesap"), people()[0]
    first = contact(found, person, 0)
    last, elsewhere = contact(found, person, 10), contact(other, person, 0)
    for wrong in (
        {"starts_on": day(10), "previous": None},
        {"starts_on": day(20), "previous": None},
        {"starts_on": day(20), "previous": first},
        {"starts_on": day(20), "previous": elsewhere},
        {"starts_on": day(5), "previous": last},
    ):
        refused(lambda wrong=wrong: ContactTerm.objects.create(cluster=found, person=person, **wrong))
    for term in (first, last):
        refused(lambda term=term: ContactTerm.objects.filter(pk=term.pk)._raw_delete("default"))
    for change in ({"starts_on": day(3)}, {"person": user("b@test.example").person}, {"previous": None}):
        refused(lambda change=change: ContactTerm.objects.filter(pk=last.pk).update(**change))


def test_only_who_holds_an_office_then_is_a_contact_of_a_cluster_that_exists_then() -> None:
    found, person = cluster("agrifood", closed_on=day(100)), people()[0]
    manager = manager_of(found).person
    for who, on in ((manager, day(0)), (person, FOUNDED), (person, day(100)), (person, FOUNDED - timedelta(days=1))):
        refused(lambda who=who, on=on: ContactTerm.objects.create(cluster=found, person=who, starts_on=on))
        with pytest.raises(HandoverRefused):
            hand_over(cluster=found, person=who, starts_on=on, handover="", by=None)
    assert contact(found, person, 0).person == person
    assert contact_on(found, day(99)) is not None
    assert contact_on(found, day(100)) is None


def test_a_contact_leaves_the_office_only_after_handing_over() -> None:
    found, (leaving, coming, _third) = cluster("agrifood"), people()
    contact(found, leaving, 0)
    office = Office.objects.get(person=leaving)
    refused(lambda: correct_fact(office, by=None, valid_to=day(30)))
    refused(lambda: Office.objects.filter(pk=office.pk).update(valid_to=day(30)))
    refused(lambda: Office.objects.filter(pk=office.pk).update(function="auditor"))
    refused(lambda: Office.objects.filter(pk=office.pk).delete())
    contact(found, coming, 31)
    refused(lambda: correct_fact(office, by=None, valid_to=day(30)))  # one day without anybody
    correct_fact(office, by=None, valid_to=day(31))
    assert [line.alarm for n in (0, 30, 31, 90) for line in contact_board(day(n))] == ["", "", "", ""]


def test_a_second_office_carries_a_contact_through_the_end_of_the_first_and_of_itself_it_does_not() -> None:
    found, (person, *_others) = cluster("agrifood"), people()
    contact(found, person, 0)
    first = Office.objects.get(person=person)
    second = officer("coach", "x@contact.example").person.offices.get()
    Office.objects.filter(pk=second.pk).update(person=person, valid_to=day(50))
    refused(lambda: correct_fact(first, by=None, valid_to=day(20)))  # from day 50 on nobody
    Office.objects.filter(pk=second.pk).update(valid_to=None)
    correct_fact(first, by=None, valid_to=day(20))
    assert {line.alarm for n in (19, 20, 60) for line in contact_board(day(n))} == {""}


def test_who_leaves_on_a_day_that_is_known_is_no_contact_without_an_end() -> None:
    found, person = cluster("agrifood"), people()[0]
    correct_fact(Office.objects.get(person=person), by=None, valid_to=day(50))
    refused(lambda: ContactTerm.objects.create(cluster=found, person=person, starts_on=day(0)))
    with pytest.raises(HandoverRefused, match="no lasting office"):
        contact(found, person, 0)


def test_a_closed_cluster_holds_nobody_in_office() -> None:
    found, person = cluster("agrifood", closed_on=day(10)), people()[0]
    contact(found, person, 0)
    correct_fact(Office.objects.get(person=person), by=None, valid_to=day(10))
    assert Office.objects.known().get(person=person).valid_to == day(10)


def test_what_no_database_can_refuse_is_an_alarm_on_that_day() -> None:
    a, b, c, d = (cluster(key) for key in ("agrifood", "mesap", "biopmed", "polight"))
    staff, coach, _region = people()
    contact(a, staff, 0)
    contact(b, coach, 0)
    contact(d, staff, 40)
    retract_fact(Office.objects.get(person=coach), by=None)  # it turned out that the office was never held
    board = {line.cluster.pk: line.alarm for line in contact_board(day(5))}
    assert board == {a.pk: "", b.pk: "left", c.pk: "never_named", d.pk: "not_yet"}


def test_the_page_tells_the_days_on_which_nobody_was_contact(client: Client) -> None:
    found, (staff, *_others) = cluster("agrifood"), people()
    contact(found, staff, 0)
    client.force_login(staff.user)
    page = client.get("/agency/contacts/agrifood/", headers={"accept-language": "en"}).content.decode()
    assert "Nobody from 1 Jan 2009 to 1 Jan 2026." in page


@pytest.mark.parametrize("demo", [True, False])
def test_the_demonstration_says_that_its_vacancy_is_on_purpose(client: Client, settings: Any, demo: bool) -> None:
    settings.DEMO = demo
    cluster("agrifood")
    client.force_login(officer("agency_staff"))
    page = client.get(reverse("support:contacts"), headers={"accept-language": "en"}).content.decode()
    assert "1 cluster has nobody to turn to" in page
    assert ("on purpose" in page) is demo
