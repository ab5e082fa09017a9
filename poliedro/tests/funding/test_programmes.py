"""Programmes and measures are made and changed in forms."""

from __future__ import annotations

import pytest
from django.test import Client
from factories import officer

from poliedro.audit.models import LogEntry
from poliedro.funding.models import Measure, Programme

pytestmark = pytest.mark.django_db
MEASURE = {
    "key": "pilots", "name_it": "Piloti", "name_en": "Pilots", "groups": ["start_up", "micro"], "stages": ["idea"],
    "instrument": "grant", "innovation": ["product"], "trl_from": "3", "trl_to": "6", "objectives": ["digital"],
    "budget_eur": "1000000", "valid_from": "2026-01-01",
}  # fmt: skip


@pytest.fixture
def desk() -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(officer("funding_officer"))
    return client


def made_programme(desk: Client) -> Programme:
    stated = {"key": "own", "name_it": "Nostro", "name_en": "Ours", "authority": "Region", "budget_eur": "5000000"}
    assert desk.post("/desk/programmes/new/", stated).status_code == 302
    return Programme.objects.get(key="own")


def test_a_programme_and_its_measure_are_made_and_a_call_can_belong_to_it(desk: Client) -> None:
    programme = made_programme(desk)
    assert desk.post("/desk/measures/new/", MEASURE | {"programme": programme.pk}).status_code == 302
    found = Measure.objects.get(key="pilots")
    assert (found.programme, found.groups, found.trl_to) == (programme, ["start_up", "micro"], 6)
    assert not found.is_proposed
    page = desk.get("/desk/programmes/").text
    assert "Ours" in page
    assert "Pilots" in page
    assert "Pilots" in desk.get("/desk/calls/").text
    begun = {"measure": found.pk, "key": "pilot-2027", "title_it": "Piloti 2027", "title_en": "Pilots 2027"}
    assert desk.post("/desk/calls/", begun).status_code == 302
    assert {"save_programme", "save_measure"} <= set(LogEntry.objects.values_list("verb", flat=True))


def test_a_measure_is_changed_and_keeps_its_short_name(desk: Client) -> None:
    programme = made_programme(desk)
    desk.post("/desk/measures/new/", MEASURE | {"programme": programme.pk})
    assert 'value="Pilots"' in desk.get("/desk/measures/pilots/").text
    changed = MEASURE | {"programme": programme.pk, "name_en": "Pilot lines", "key": "other"}
    assert desk.post("/desk/measures/pilots/", changed).status_code == 302
    assert Measure.objects.get().name_en == "Pilot lines"
    assert Measure.objects.get().key == "pilots"
    desk.post("/desk/programmes/own/", {"name_it": "Nostro", "name_en": "Our own", "authority": "Region"})
    assert Programme.objects.get().name_en == "Our own"


def test_what_does_not_fit_is_said_beside_its_field(desk: Client) -> None:
    programme = made_programme(desk)
    wrong = MEASURE | {"programme": programme.pk, "trl_to": "2", "valid_to": "2025-01-01"}
    page = desk.post("/desk/measures/new/", wrong).text
    assert "below the readiness at which it begins" in page
    assert "It ends before it begins" in page
    stated = {"key": "own", "name_it": "x", "name_en": "x", "authority": "x"}
    assert "already exists" in desk.post("/desk/programmes/new/", stated).text
    assert Programme.objects.count() == 1


def test_only_who_designs_calls_makes_programmes(client: Client) -> None:
    client.force_login(officer("auditor"))
    assert client.get("/desk/programmes/").status_code == 403
