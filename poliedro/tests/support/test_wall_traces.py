"""Traces that would tell the funding side who is helped: the log of peer exchange, and the form for overrides."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import cluster, manager_of, officer
from funding_drafts import SME
from policy_made import call, measure
from support_samples import course_of

from poliedro.accounts.models import ConflictOverride, Tie
from poliedro.accounts.rules import Side, TieKind
from poliedro.accounts.services import ask_override, record_tie
from poliedro.audit.models import LogEntry
from poliedro.funding.models import Call
from poliedro.support.models import Suggestion
from poliedro.support.services.agency import ask_peer, close_exchange, enrol, offer_to_peers

pytestmark = pytest.mark.django_db


def test_the_log_does_not_name_who_asks_a_colleague(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    agrifood, today = cluster("agrifood"), timezone.localdate()
    teacher, learner = manager_of(agrifood), officer("agency_staff")
    offer = offer_to_peers(person=teacher.person, cluster=agrifood, competence="team", text="", on=today, by=teacher)
    exchange = ask_peer(offer=offer, learner=learner.person, on=today, by=learner)
    close_exchange(exchange=exchange, met_on=today, score=4, by=learner)
    rows = LogEntry.objects.filter(subject_kind="peer_exchange", subject_key=str(exchange.pk))
    assert rows.count() == 2
    assert set(rows.values_list("actor", "actor_label")) == {(None, "in confidence")}


def test_the_form_for_overrides_answers_alike_with_and_without_a_coaching_tie(client: Client) -> None:
    agrifood = cluster("agrifood")
    coach, stranger = officer("evaluator"), officer("evaluator", "stranger@test.example")
    today = timezone.localdate()
    record_tie(
        person=coach.person,
        kind=TieKind.COACHES,
        subject_key=f"cluster:{agrifood.key}",
        origin_key="support.coaching:1",
        valid_from=today - timedelta(days=30),
        by=None,
    )
    client.force_login(officer("funding_officer"))
    published, draft = call(measure(), SME), call(measure("loans"), SME, key="draft")
    Call.objects.filter(pk=draft.pk).update(state=Call.State.DRAFT)
    for matter in ("a matter", "call:", "draft", f"call:{draft.pk}", "call:99999999999999999999"):
        refused = [
            client.post(
                reverse("support:overrides"),
                {"person": who.person.pk, "subject": "agrifood", "matter": matter, "reason": "No other expert"},
            )
            for who in (coach, stranger)
        ]
        assert [a.status_code for a in refused] == [422, 422], matter
    assert ConflictOverride.objects.count() == 0
    answers = [
        client.post(
            reverse("support:overrides"),
            {
                "person": who.person.pk,
                "subject": "agrifood",
                "matter": f"call:{published.key}",
                "reason": "No other expert",
            },
        )
        for who in (coach, stranger)
    ]
    assert [(a.status_code, a.headers.get("Location")) for a in answers] == [(302, reverse("support:overrides"))] * 2
    assert list(ConflictOverride.objects.values_list("matter_key", flat=True)) == ["call:call"] * 2


def test_who_decided_on_money_a_month_ago_is_no_second_person_of_the_agency(client: Client) -> None:
    agency, evaluator = officer("agency_staff"), officer("evaluator")
    today = timezone.localdate()
    record_tie(
        person=agency.person,
        kind=TieKind.FUNDS,
        subject_key="call:call",
        origin_key="funding.evaluation:1",
        valid_from=today - timedelta(days=90),
        valid_to=today - timedelta(days=30),
        by=None,
    )
    cluster("agrifood")
    asked = ask_override(
        person=evaluator.person,
        subject_key="cluster:agrifood",
        matter_key=f"call:{call(measure(), SME).key}",
        reason="No other expert",
        side=Side.FUNDING,
        by=officer("funding_officer"),
    )
    client.force_login(agency)
    client.post(reverse("support:override_agree", args=[asked.pk]))
    asked.refresh_from_db()
    assert not asked.holds
    Tie.objects.filter(person=agency.person).update(
        valid_from=today - timedelta(2000), valid_to=today - timedelta(1900)
    )
    client.post(reverse("support:override_agree", args=[asked.pk]))
    asked.refresh_from_db()
    assert asked.holds


def test_the_manager_concerned_reads_an_override_and_others_do_not(client: Client) -> None:
    agrifood, mesap = cluster("agrifood"), cluster("mesap")
    concerned, other = manager_of(agrifood), manager_of(mesap, "other@test.example")
    ask_override(
        person=officer("evaluator").person,
        subject_key="cluster:agrifood",
        matter_key=f"call:{call(measure(), SME).key}",
        reason="No other expert knows mills",
        side=Side.FUNDING,
        by=officer("funding_officer"),
    )
    for reader, reads in ((concerned, True), (other, False)):
        client.force_login(reader)
        assert ("No other expert knows mills" in client.get(reverse("support:my_conflicts")).content.decode()) is reads


def test_a_course_tells_in_words_how_many_seats_are_left_so_that_no_enrolment_shows(client: Client) -> None:
    agrifood, coach = cluster("agrifood"), officer("coach")
    course = course_of(coach.person, "Pricing", seats=9)
    reader, pages = officer("agency_staff"), []
    client.force_login(reader)
    for n in range(9):
        person = manager_of(agrifood, f"m{n}@test.example").person
        pages.append([client.get(a).content.decode() for a in ("/agency/", "/agency/courses/")])
        enrol(course=course, person=person, cluster=agrifood, by=None)
    pages.append([client.get(a).content.decode() for a in ("/agency/", "/agency/courses/")])
    for listed in zip(*pages, strict=True):
        said = ["completo" if "completo" in p else "pochi" if "pochi posti" in p else "posti" for p in listed]
        assert said == ["posti"] * 6 + ["pochi"] * 3 + ["completo"]
        assert not any("su 9" in p or "9 posti" in p for p in listed)


def test_a_suggestion_is_told_by_the_month_and_to_others_once_it_is_answered(client: Client) -> None:
    for text, said_on in (("Zeta", date(2026, 3, 4)), ("Alfa", date(2026, 3, 28)), ("Beta", date(2026, 3, 17))):
        Suggestion.objects.create(text=f"{text} words", origin="coaching", said_on=said_on)
    Suggestion.objects.filter(text__startswith="Beta").update(answer="Done", changed_on=date(2026, 4, 9))
    client.force_login(officer("agency_staff"))
    page = client.get("/agency/suggestions/").content.decode()
    assert page.index("Alfa words") < page.index("Beta words") < page.index("Zeta words")
    assert "marzo 2026" in page.lower()
    assert not re.search(r"\d\d\.0[34]\.2026", page)
    client.force_login(manager_of(cluster("agrifood")))
    page = client.get("/agency/suggestions/").content.decode()
    assert ("Beta words" in page, "Alfa words" in page) == (True, False)
