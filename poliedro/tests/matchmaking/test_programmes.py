"""Lessons from abroad reach those at home; accelerators: who applied, was taken, finished, found an investor."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import matchmaking_factories as make
import pytest
from django.test import Client
from django.urls import reverse
from factories import cluster, delegate_of, manager_of, membership, officer, organisation, user

from poliedro.matchmaking.models import CohortApplication, CohortMentor, Lesson, MentorConflict
from poliedro.matchmaking.queries.programmes import funnels, reach_of, silent_abroad
from poliedro.matchmaking.queries.todos import pair_todos
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.states import MoveRefused
from poliedro.matchmaking.services import programmes as programmes_
from poliedro.registry.models import Cluster, Organisation, Participation, Project

pytestmark = pytest.mark.django_db
TOLD = {"title": "Buyers", "country": "DE", "text": "Bring samples", "first_step": "Write first"}


def abroad(name: str = "Abroad") -> Organisation:
    body = organisation(name)
    make.fair_application(make.fair(days=-40), body, state="took_part")
    return body


def joint(number: str, *bodies: Organisation) -> None:
    made = Project.objects.create(scheme="regional", number=number, **make.sourced())
    for body in bodies:
        Participation.objects.create(project=made, organisation=body, role="partner", **make.sourced())


def test_only_who_went_abroad_tells_and_the_fair_is_kept_with_it() -> None:
    went, home = abroad(), organisation("Home")
    lesson = programmes_.share_lesson(organisation=went, by=delegate_of(went), **TOLD)
    assert lesson.application is not None
    assert lesson.application.organisation == went
    with pytest.raises(Refused, match="not_abroad"):
        programmes_.share_lesson(organisation=home, by=delegate_of(home, "h@test.example"), **TOLD)
    with pytest.raises(Refused, match="not_yours"):
        programmes_.share_lesson(organisation=went, by=delegate_of(home, "h2@test.example"), **TOLD)


def test_own_lesson_is_not_used_and_another_counts_once() -> None:
    went, home = abroad(), organisation("Home")
    lesson = programmes_.share_lesson(organisation=went, by=None, **TOLD)
    with pytest.raises(Refused, match="own_lesson"):
        programmes_.use_lesson(lesson=lesson, organisation=went, what="x", by=None)
    for what in ("a fair", "another fair"):
        programmes_.use_lesson(lesson=lesson, organisation=home, what=what, by=None)
    assert [u.what for u in lesson.uses.all()] == ["another fair"]


def test_reach_counts_steps_from_those_who_went_abroad() -> None:
    home = cluster()
    went = abroad()
    near, far, alone = (organisation(n) for n in ("Near", "Far", "Alone"))
    for body in (went, near, far, alone):
        membership(body, home)
    joint("P1", went, near)
    joint("P2", near, far)
    lesson = programmes_.share_lesson(organisation=went, by=None, **TOLD)
    programmes_.use_lesson(lesson=lesson, organisation=far, what="x", by=None)
    (found,) = reach_of(Cluster.objects.filter(pk=home.pk))
    assert (found.members, found.abroad, found.one_step, found.two_steps, found.beyond) == (4, 1, 1, 1, 1)
    assert (found.shared, found.used) == (1, 1)
    assert not silent_abroad(Cluster.objects.filter(pk=home.pk))
    Lesson.objects.all().delete()
    assert list(silent_abroad(Cluster.objects.filter(pk=home.pk))) == [went]


def test_a_tie_from_an_introduction_is_a_step_too() -> None:
    home, went, near = cluster(), abroad(), organisation("Near")
    for body in (went, near):
        membership(body, home)
    make.interest(make.card(went), near, state="tied", tie="contract", outcome="x")
    (found,) = reach_of(Cluster.objects.filter(pk=home.pk))
    assert (found.abroad, found.one_step) == (1, 1)


def test_lessons_page_shows_staff_how_far_it_reaches_and_a_firm_what_to_do(client: Client) -> None:
    home, went, near = cluster(), abroad(), organisation("Vicina")
    for body in (went, near):
        membership(body, home)
    programmes_.share_lesson(organisation=went, by=None, **TOLD)
    address = reverse("matchmaking:lessons")
    client.force_login(delegate_of(near))
    shown = client.get(address).content.decode()
    assert "Bring samples" in shown
    assert "L'abbiamo usato" in shown.replace("&#x27;", "'")
    assert "Fin dove arriva" not in shown
    key = Lesson.objects.get().pk
    client.post(
        address,
        {"action": f"use-{key}", f"use-{key}-organisation": near.pk, f"use-{key}-what": "Fiera di Lione"},
    )
    assert Lesson.objects.get().uses.get().organisation == near
    client.force_login(manager_of(home))
    assert "Fin dove arriva" in client.get(address).content.decode()


def test_firm_applies_of_itself_or_as_its_cluster_proposed_and_places_are_kept() -> None:
    home = cluster()
    manager, staff = manager_of(home), officer("agency_staff")
    firm, other = organisation("Firm", "start_up"), organisation("Other", "start_up")
    membership(firm, home)
    cohort = make.cohort(make.accelerator(organisation("Host")), places=1)
    with pytest.raises(Refused, match="not_member"):
        programmes_.refer(cohort=cohort, cluster=home, organisation=other, by=manager)
    proposed = programmes_.refer(cohort=cohort, cluster=home, organisation=firm, by=manager)
    with pytest.raises(MoveRefused):
        programmes_.settle_application(application=proposed, state="accepted", by=staff)
    sent = programmes_.apply_to_cohort(cohort=cohort, organisation=firm, motive="x", by=delegate_of(firm))
    assert (sent.pk, sent.state, sent.referred_by) == (proposed.pk, "sent", home)
    with pytest.raises(Refused, match="already"):
        programmes_.apply_to_cohort(cohort=cohort, organisation=firm, motive="x", by=None)
    second = programmes_.apply_to_cohort(cohort=cohort, organisation=other, motive="x", by=None)
    with pytest.raises(Refused, match="not_yours"):
        programmes_.settle_application(application=sent, state="accepted", by=manager)
    programmes_.settle_application(application=sent, state="accepted", by=staff)
    with pytest.raises(Refused, match="full"):
        programmes_.settle_application(application=second, state="accepted", by=staff)
    cohort.apply_by = make.today() - timedelta(days=1)
    cohort.save()
    with pytest.raises(Refused, match="past"):
        programmes_.apply_to_cohort(cohort=cohort, organisation=organisation("Late"), motive="x", by=None)


def test_cohort_has_mentors_who_agreed_and_firms_step_back(client: Client) -> None:
    host, firm, login = organisation("Host"), organisation("Firm", "start_up"), user("m@test.example")
    cohort, mentor = make.cohort(make.accelerator(host)), make.mentor(login)
    applied = programmes_.apply_to_cohort(cohort=cohort, organisation=firm, motive="x", by=None)
    staff, address = officer("agency_staff"), reverse("matchmaking:accelerator", args=[cohort.accelerator_id])
    untrained = make.mentor(user("u@test.example"), trained=False)
    with pytest.raises(Refused, match="not_trained"):
        programmes_.name_cohort_mentor(cohort=cohort, mentor=untrained, by=staff)
    client.force_login(staff)
    form = {"action": f"mentor-{cohort.pk}", f"mentor-{cohort.pk}-mentor": mentor.pk}
    assert client.post(address, form).status_code == 302
    assert str(mentor) in client.get(address).content.decode()
    client.logout()
    assert str(mentor) not in client.get(address).content.decode()  # until the mentor agrees
    client.force_login(login)
    own = reverse("matchmaking:mentor", args=[mentor.pk])
    assert [t.url for t in pair_todos(login, make.today())] == [own]
    asked = CohortMentor.objects.get()
    with pytest.raises(Refused, match="not_yours"):
        programmes_.answer_cohort(mentoring=asked, accept=True, by=staff)
    assert client.post(own, {"action": f"cohort-yes-{asked.pk}"}).status_code == 302
    client.logout()
    assert str(mentor) in client.get(address).content.decode()
    firm_login = delegate_of(firm)
    client.force_login(firm_login)
    assert client.post(address, {"action": f"back-{applied.pk}"}).status_code == 302
    applied.refresh_from_db()
    assert applied.state == "withdrawn"
    with pytest.raises(Refused, match="not_yours"):
        programmes_.withdraw_from_cohort(application=applied, by=login)


def test_mentor_barred_from_a_firm_of_the_cohort_is_refused_and_a_no_frees_the_place() -> None:
    firm, login = organisation("Firm", "start_up"), user("m@test.example")
    cohort, mentor = make.cohort(make.accelerator(organisation("Host"))), make.mentor(login)
    asked = programmes_.name_cohort_mentor(cohort=cohort, mentor=mentor, by=None)
    assert programmes_.answer_cohort(mentoring=asked, accept=False, by=login) is None
    MentorConflict.objects.create(mentor=mentor, organisation=firm, reason="shareholder")
    application = programmes_.apply_to_cohort(cohort=cohort, organisation=firm, motive="x", by=None)
    programmes_.settle_application(application=application, state="accepted", by=None)
    with pytest.raises(Refused, match="conflict"):
        programmes_.name_cohort_mentor(cohort=cohort, mentor=mentor, by=None)


def test_funnel_counts_cohorts_and_investment_only_of_those_who_finished() -> None:
    cohort = make.cohort(
        make.accelerator(organisation("Host")),
        apply_by=make.today() - timedelta(days=90),
        starts_on=make.today() - timedelta(days=80),
        demo_day_on=make.today() - timedelta(days=10),
    )
    home = cluster()
    done, left = organisation("Done", "start_up"), organisation("Left", "start_up")
    for body, state, by in ((done, "finished", home), (left, "left", None), (organisation("No"), "refused", None)):
        CohortApplication.objects.create(cohort=cohort, organisation=body, state=state, referred_by=by)
    CohortApplication.objects.create(
        cohort=cohort, organisation=organisation("Thinks"), state="referred", referred_by=home
    )
    for body in (done, left):
        one = make.funding_round(body)
        make.deal(one, make.thesis(organisation(f"Fund {body}", "investor")), state="invested", invested_eur="200000")
    (found,) = funnels(cohort.accelerator)
    assert (found.referred, found.applied, found.accepted, found.finished) == (2, 3, 2, 1)
    assert (found.invested, found.invested_eur) == (1, Decimal("200000.00"))


def test_sums_of_investment_and_names_of_applicants_are_for_those_who_run_it(client: Client) -> None:
    cohort = make.cohort(make.accelerator(organisation("Host")))
    CohortApplication.objects.create(cohort=cohort, organisation=organisation("Segreta"), state="sent")
    address = reverse("matchmaking:accelerator", args=[cohort.accelerator_id])
    shown = client.get(address).content.decode()
    assert "Segreta" not in shown
    assert "Investito" not in shown
    client.force_login(officer("agency_staff"))
    shown = client.get(address).content.decode()
    assert "Segreta" in shown
    assert "Investito" in shown


def test_manager_proposes_a_member_on_the_page_and_the_firm_takes_it_up(client: Client) -> None:
    home, firm = cluster(), organisation("Avviata", "start_up")
    membership(firm, home)
    cohort = make.cohort(make.accelerator(organisation("Host")))
    address = reverse("matchmaking:accelerator", args=[cohort.accelerator_id])
    client.force_login(manager_of(home))
    assert "Avviata" in client.get(address).content.decode()
    client.post(address, {"action": f"refer-{cohort.pk}", f"refer-{cohort.pk}-organisation": firm.pk})
    assert CohortApplication.objects.get().state == "referred"
    client.force_login(delegate_of(firm))
    name = f"apply-{cohort.pk}"
    client.post(address, {"action": name, f"{name}-organisation": firm.pk, f"{name}-motive": "Crescere"})
    assert CohortApplication.objects.get().state == "sent"
    assert "proposta da" in client.get(address).content.decode()


def test_lists_of_the_room_lead_to_each_other(client: Client) -> None:
    shown = client.get(reverse("matchmaking:challenges")).content.decode()
    assert f'href="{reverse("matchmaking:lessons")}"' in shown
    assert f'href="{reverse("matchmaking:accelerators")}"' in shown
