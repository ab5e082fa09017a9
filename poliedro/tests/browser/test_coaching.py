"""Journeys in a browser: coaching from need to change, a funding officer before the wall, an override by two people."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from factories import cluster, manager_of, officer
from funding_drafts import SME
from policy_made import call, measure
from support_samples import coaching_case, course_of, provider

from poliedro.accounts.models import ConflictOverride
from poliedro.accounts.queries import conflicts_of
from poliedro.accounts.rules import TieKind
from poliedro.accounts.services import record_tie
from poliedro.support.models import CoachingCase, CoachingEntry, Course, Enrolment, NeedCard, Suggestion
from poliedro.support.services.agency import enrol, give_course_feedback, take_attendance

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
WORDS = "teniamo i conti a fatica"


@pytest.fixture(autouse=True)
def _keys(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path


def test_a_manager_asks_is_matched_meets_gives_feedback_and_sees_the_change(
    live_server: Any, page: Any, sign_in: Any, axe: Any
) -> None:
    agrifood = cluster("agrifood")
    manager, coach, agency = manager_of(agrifood), officer("coach"), officer("agency_staff")
    provider(coach.person)
    home = live_server.url

    sign_in(manager)
    page.goto(f"{home}/today/")
    page.locator("main a[href='/in-confidence/']").first.click()
    axe()
    page.select_option("#id_competence", "finance")
    page.fill("#id_text", WORDS)
    page.locator("main form.form button").click()
    page.wait_for_url("**/in-confidence/needs/*/")
    axe()
    assert coach.name in page.locator("table").inner_text()
    page.locator("details summary").click()
    page.locator("details textarea").fill("Sapere quanto costa ogni servizio")
    page.locator("details input[name=agreed]").check()
    page.locator("details form button").click()
    page.wait_for_url("**/in-confidence/cases/*/")
    axe()
    case = CoachingCase.objects.get()

    sign_in(coach)
    page.goto(f"{home}/today/")
    page.locator(f"main a[href='/in-confidence/cases/{case.pk}/']").first.click()
    page.select_option("#id_kind", CoachingEntry.Kind.MEETING)
    page.fill("#id_text", "Primo incontro")
    page.fill("#id_on", timezone.localdate().isoformat())
    page.locator("form[enctype] button").click()
    page.wait_for_load_state()
    page.locator("form[action$='/move/'] button").click()
    page.wait_for_load_state()

    sign_in(manager)
    page.goto(f"{home}/in-confidence/cases/{case.pk}/")
    axe()
    page.select_option("#id_feedback_score", "5")
    page.fill("#id_feedback_suggestion", "Incontri di sera")
    page.locator("form[action$='/feedback/'] button").click()
    page.wait_for_load_state()
    case.refresh_from_db()
    assert case.feedback_score == 5
    page.fill("#id_follow_up_on", (timezone.localdate() + timedelta(days=120)).isoformat())
    page.locator("form[action$='/move/'] button").click()
    page.wait_for_load_state()
    case.refresh_from_db()
    assert (case.state, case.follow_up_on) == ("closed", timezone.localdate() + timedelta(days=120))

    sign_in(agency)
    page.goto(f"{home}/agency/suggestions/")
    assert "Incontri di sera" not in page.content()  # it waits for the month to end
    Suggestion.objects.update(said_on=timezone.localdate().replace(day=1) - timedelta(days=1))
    page.goto(f"{home}/agency/suggestions/")
    assert WORDS not in page.content()
    page.locator("details summary").click()
    page.locator("details textarea").fill("Da oggi anche di sera")
    page.locator("details input[type=date]").fill(timezone.localdate().isoformat())
    page.locator("details form button").click()
    page.wait_for_load_state()
    assert Suggestion.objects.get().changed_on == timezone.localdate()

    sign_in(manager)
    page.goto(f"{home}/agency/suggestions/")
    axe()
    assert "Da oggi anche di sera" in page.locator("main").inner_text()


def test_a_funding_officer_tries_every_way_in_and_is_refused(live_server: Any, page: Any, sign_in: Any) -> None:
    agrifood = cluster("agrifood")
    case = coaching_case(manager_of(agrifood), agrifood, provider(officer("coach").person), WORDS)
    need = NeedCard.objects.get()
    document = case.entries.get(kind="document")
    manager = case.manager.user
    course = course_of(officer("coach", "trainer@test.example").person)
    seat = enrol(course=course, person=manager.person, cluster=agrifood, by=manager)
    take_attendance(session=course.sessions.get(), present=[seat.pk], by=None)
    give_course_feedback(enrolment=seat, score=4, suggestion="", on=timezone.localdate(), by=manager)
    sign_in(officer("funding_officer"))
    home = live_server.url
    page.goto(f"{home}/today/")
    assert "in-confidence" not in page.content()
    ways = (
        "/in-confidence/",
        "/in-confidence/grid/",
        f"/in-confidence/needs/{need.pk}/",
        f"/in-confidence/cases/{case.pk}/",
        "/agency/demand/",
        "/agency/courses/new/",
        f"/agency/courses/{course.pk}/",
        f"/agency/courses/{course.pk}/run/",
        f"/agency/certificates/{seat.pk}.pdf",
        "/agency/",
        "/agency/colleagues/",
        "/agency/suggestions/",
        "/agency/capability/",
        "/joint/calendar/",
        "/joint/calendar/joint-work.ics",
        "/clusters/agrifood/lists/",
        "/audit/?kind=coaching",
    )
    for way in ways:
        assert page.request.get(f"{home}{way}").status == 403, way
    for way in ways[:6]:
        assert page.goto(f"{home}{way}").status == 403, way
        assert WORDS not in page.content()
    assert page.request.get(f"{home}/in-confidence/documents/{document.pk}/").status == 403
    for way in (
        "/conflicts/",
        "/today/",
        "/organisations.csv",
        "/search/?q=teniamo",
        "/search/?q=conti+fatica",
        "/library/?problem=conti",
        "/privacy/mine/copy.json",
    ):
        assert WORDS not in page.request.get(f"{home}{way}").text(), way
    assert page.goto(f"{home}/audit/").status == 403


def test_an_override_takes_two_people_and_both_sides_see_it(
    live_server: Any, page: Any, sign_in: Any, axe: Any
) -> None:
    agrifood = cluster("agrifood")
    evaluator, funding, agency = officer("evaluator"), officer("funding_officer"), officer("agency_staff")
    today = timezone.localdate()
    record_tie(
        person=evaluator.person,
        kind=TieKind.COACHES,
        subject_key=f"cluster:{agrifood.key}",
        origin_key="support.coaching:1",
        valid_from=today - timedelta(days=500),
        valid_to=today - timedelta(days=400),
        by=None,
    )
    published = call(measure(), SME)
    keys = [f"call:{published.key}", "cluster:agrifood"]
    assert len(conflicts_of(evaluator.person, keys, today)) == 1
    sign_in(funding)
    page.goto(f"{live_server.url}/conflicts/")
    axe()
    page.select_option("#id_person", str(evaluator.person.pk))
    page.fill("#id_subject", "agrifood")
    page.select_option("#id_matter", f"call:{published.key}")
    page.fill("#id_reason", "Nessun altro esperto")
    page.locator("form.form button").click()
    page.locator("form[action$='/refuse/'] button").wait_for()
    assert page.locator("form[action$='/agree/']").count() == 0  # the same person again is not asked
    agree = f"{live_server.url}/conflicts/{ConflictOverride.objects.get().pk}/agree/"
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    page.request.post(agree, form={"csrfmiddlewaretoken": token}, headers={"Referer": agree})  # and is refused
    assert len(conflicts_of(evaluator.person, keys, today)) == 1
    sign_in(agency)
    page.goto(f"{live_server.url}/conflicts/")
    page.locator("form[action$='/agree/'] button").click()
    page.wait_for_load_state()
    assert conflicts_of(evaluator.person, keys, today) == []
    for who in (funding, agency):
        sign_in(who)
        page.goto(f"{live_server.url}/conflicts/")
        assert "Nessun altro esperto" in page.locator("main").inner_text()
        assert funding.name in page.locator("main").inner_text()


def test_a_manager_learns_in_a_course_and_nobody_else_learns_of_it(
    live_server: Any, page: Any, sign_in: Any, axe: Any
) -> None:
    agrifood, home = cluster("agrifood"), live_server.url
    manager, coach, agency = manager_of(agrifood), officer("coach"), officer("agency_staff")
    today = timezone.localdate()

    sign_in(agency)
    page.goto(f"{home}/agency/courses/")
    page.locator("main a[href='/agency/courses/new/']").click()
    axe()
    page.fill("#id_title", "Prezzi dei servizi")
    page.select_option("#id_coach", str(coach.person.pk))
    page.fill("#id_on", today.isoformat())
    page.locator("main form.form button").click()
    page.wait_for_url("**/agency/courses/*/")
    axe()
    course = Course.objects.get()
    run = f"{home}/agency/courses/{course.pk}/run/"

    sign_in(manager)
    page.goto(f"{home}/today/")
    page.locator("main a[href='/agency/courses/']").first.click()
    page.locator("main a", has_text="Prezzi dei servizi").click()
    page.get_by_role("button", name="Iscriviti").click()
    page.wait_for_load_state()
    assert Enrolment.objects.get().state == "seat"

    sign_in(agency)
    assert page.goto(run).status == 403
    page.goto(f"{home}/agency/courses/{course.pk}/")
    assert manager.person.name not in page.content()

    sign_in(coach)
    page.goto(f"{home}/agency/courses/{course.pk}/")
    page.locator(f"main a[href='/agency/courses/{course.pk}/run/']").click()
    axe()
    assert manager.person.name in page.locator("main").inner_text()
    attendance = page.locator("details", has_text="Presenze")
    attendance.locator("summary").click()
    attendance.locator("input[type=checkbox]").check()
    attendance.locator("form button").click()
    page.wait_for_load_state()

    sign_in(manager)
    page.goto(f"{home}/today/")
    page.locator(f"main a[href='/agency/courses/{course.pk}/']").first.click()
    page.locator("main form.form select").first.select_option("5")
    page.locator("main form.form textarea").first.fill("Casi prima del corso")
    page.locator("main form.form button").click()
    page.wait_for_load_state()
    paper = page.request.get(f"{home}/agency/certificates/{Enrolment.objects.get().pk}.pdf")
    assert (paper.status, paper.body()[:5]) == (200, b"%PDF-")

    sign_in(coach)
    page.goto(run)
    page.fill("#id_follow_up_on", (today + timedelta(days=120)).isoformat())
    page.fill("#id_action", "Chiedere che cosa è cambiato")
    page.locator("main form.form button").last.click()
    page.wait_for_load_state()
    course.refresh_from_db()
    assert course.state == "closed"
    assert Suggestion.objects.get().text == "Casi prima del corso"
