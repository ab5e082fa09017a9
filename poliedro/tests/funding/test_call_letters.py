"""The digest by letter: only where it was chosen, only what is new, and ended by the link in it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from factories import cluster, manager_of, source
from funding_drafts import SME
from policy_made import call as region_call
from policy_made import measure

from poliedro.funding.models import Call
from poliedro.funding.models.open_calls import CallInterest, OpenCall
from poliedro.funding.services.call_letters import send_call_letters
from poliedro.funding.services.open_calls import set_interest

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


def call(topic: str) -> OpenCall:
    return OpenCall.objects.create(
        topic=topic, title=f"Topic {topic}", programme="Horizon", status="open",
        deadline=TODAY + timedelta(days=30), source=source(),
    )  # fmt: skip


def letters(day: date, capture: Any) -> list[Any]:
    before = len(mail.outbox)
    with capture(execute=True):
        send_call_letters(day)
    return mail.outbox[before:]


def test_letters_come_when_chosen_name_what_is_new_and_end_by_their_link(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    capture = django_capture_on_commit_callbacks
    manager = manager_of(cluster("agrifood"))
    manager.language = "it"
    manager.save()
    call("A")
    fields = {"person": manager.person, "words": "", "programme": "", "days": 60, "by": manager}
    set_interest(**fields)
    assert letters(TODAY, capture) == []
    set_interest(letter="weekly", **fields)
    (first,) = letters(TODAY, capture)
    assert (first.to, first.subject) == ([manager.email], "1 nuovo bando per te")
    assert "Topic A\nHorizon, entro il 01/04/2026" in first.body
    assert letters(TODAY, capture) == []
    call("B")
    assert letters(TODAY + timedelta(days=6), capture) == []
    (second,) = letters(TODAY + timedelta(days=7), capture)
    assert "Topic B" in second.body
    assert "Topic A" not in second.body
    (stop,) = re.findall(r"/open-calls/letters/[^/]+/", second.body)
    assert stop in second.extra_headers["List-Unsubscribe"]
    assert "Non ricevere" in client.get(stop, headers={"accept-language": "it"}).content.decode()
    assert not Client().get(stop).cookies
    assert CallInterest.objects.get().letter == "weekly"  # opening a page changes nothing
    Client(enforce_csrf_checks=True).post(stop, {"List-Unsubscribe": "One-Click"})
    assert CallInterest.objects.get().letter == ""
    assert client.get("/open-calls/letters/forged/").status_code == 404
    call("C")
    assert letters(TODAY + timedelta(days=40), capture) == []


def test_a_letter_names_the_regions_calls_once_and_says_how_many_more_there_are(
    django_capture_on_commit_callbacks: Any,
) -> None:
    capture = django_capture_on_commit_callbacks
    manager = manager_of(cluster("agrifood"))
    for n in range(34):
        call(f"T{n}")
    of = measure()
    own = region_call(of, SME, key="own")
    Call.objects.filter(pk=own.pk).update(closes_on=TODAY + timedelta(days=20), title_it="Bando nostro")
    set_interest(letter="daily", person=manager.person, words="", programme="", days=60, by=manager)
    (first,) = letters(TODAY, capture)
    assert first.subject == "35 nuovi bandi per te"
    assert "Bando nostro" in first.body
    assert "E altri 5, nel tuo riepilogo" in first.body
    assert letters(TODAY + timedelta(days=1), capture) == []
    call("new")
    open_ended = region_call(of, SME, key="open-ended")
    Call.objects.filter(pk=open_ended.pk).update(closes_on=None, title_it="Sempre aperto")
    (second,) = letters(TODAY + timedelta(days=2), capture)
    assert "Bando nostro" not in second.body
    assert "Sempre aperto\nbando della regione, scadenza non indicata" in second.body
