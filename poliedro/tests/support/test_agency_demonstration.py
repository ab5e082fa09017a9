"""The agency's part of the demonstration is built once, whole, and again changes nothing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from factories import cluster, manager_of, officer

from poliedro.shared.region import region
from poliedro.support.models import CoachingCase, CourseSession, KnowledgeItem, Roundtable, Settlement
from poliedro.support.queries.agency import contact_board
from poliedro.support.services.demonstration.agency import build_agency

pytestmark = pytest.mark.django_db


def test_the_demonstration_is_built_once_and_every_page_shows_it(settings: Any, tmp_path: Path, client: Client) -> None:
    settings.VAR = tmp_path
    clusters = [cluster(key) for key in ("agrifood", "mesap", "biopmed")]
    manager = manager_of(clusters[0], "manager.agrifood@demo.example")
    manager_of(clusters[1], "manager.mesap@demo.example")
    officer("coach", "coach@demo.example")
    agency = officer("agency_staff", "agency@demo.example")
    assert build_agency(region(), None).startswith("agency: 5 courses, 10 pieces")
    assert build_agency(region(), None) == "agency: there already"
    assert CoachingCase.objects.count() == 1
    assert [sum(Decimal(r["balance_eur"]) for r in s.rows) for s in Settlement.objects.all()] == [0, 0, 0]
    alarms = [line.cluster.key for line in contact_board(timezone.localdate()) if line.alarm]
    assert alarms == ["mesap"]  # the last in the order of names has none, on purpose
    assert KnowledgeItem.objects.filter(is_synthetic=False).count() == 1
    client.force_login(manager)
    shown = client.get("/agency/").content.decode()
    assert "Comunicato stampa per un nuovo aderente" in shown
    assert "usato 1 volta da 1 polo" in shown
    found = client.post("/library/", {"problem": "Le imprese piccole non partecipano"}).content.decode()
    assert "Un giro di visite al posto del questionario" in found
    assert "Nulla di simile" not in found
    assert all(day.weekday() < 5 for day in CourseSession.objects.values_list("on", flat=True))
    assert all(day.weekday() < 5 for day in Roundtable.objects.values_list("held_on", flat=True))
    for address in (
        "/agency/",
        "/in-confidence/",
        "/agency/courses/",
        "/agency/colleagues/",
        "/agency/capability/",
        "/joint/",
        "/joint/calendar/",
        "/joint/incentives/",
        "/joint/services/",
        "/joint/roundtables/",
        "/library/",
        "/today/",
    ):
        assert client.get(address).status_code == 200, address
    client.force_login(agency)
    for address in ("/agency/contacts/", "/agency/suggestions/", "/agency/demand/", "/conflicts/", "/today/"):
        assert client.get(address).status_code == 200, address
