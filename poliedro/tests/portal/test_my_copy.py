"""The copy of one's own data to read: in words, with what one confided, for that person alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from factories import cluster, manager_of

from poliedro.audit.models import LogEntry
from poliedro.support.services.coaching import write_need, write_profile

pytestmark = pytest.mark.django_db


def test_copy_reads_in_the_persons_language_and_is_the_own(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    agrifood = cluster("agrifood")
    manager, other = manager_of(agrifood), manager_of(agrifood, "other@test.example")
    write_need(person=manager.person, cluster=agrifood, competence="finance", urgency=2, text="zorgen", by=manager)
    write_profile(person=manager.person, levels={"strategy": 3}, by=manager)
    client.force_login(manager)
    page = client.get(reverse("portal:my_data_read"), headers={"accept-language": "it"}).content.decode()
    assert "Bisogno: finanza ed entrate proprie" in page
    assert "zorgen" in page
    assert "strategia e posizionamento 3" in page
    assert "Quanto presto: quest'anno" in page.replace("&#x27;", "'")
    assert "competence_grid" not in page
    assert LogEntry.objects.filter(verb="copy_personal_data", subject_key=str(manager.person.pk)).count() == 1
    client.force_login(other)
    assert "zorgen" not in client.get(reverse("portal:my_data_read")).content.decode()
