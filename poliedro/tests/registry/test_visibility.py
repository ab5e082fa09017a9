"""An organisation chooses who sees which field of its profile; pages and search keep to it."""

from __future__ import annotations

import pytest
from django.test import Client
from factories import delegate_of, organisation, user

from poliedro.registry.models import FieldVisibility
from poliedro.registry.services.index import index_organisations
from poliedro.shared.search import search

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


def test_a_firm_keeps_a_field_to_itself_and_pages_and_search_obey(client: Client) -> None:
    firm = organisation(description="laser welding of gearwheels", website="https://alfa.example")
    index_organisations([firm.pk])
    address = f"/organisations/{firm.pk}/"
    assert "gearwheels" in client.get(address, headers=ENGLISH).content.decode()
    assert len(search("gearwheels")) == 1
    delegate = delegate_of(firm)
    client.force_login(delegate)
    chosen = dict.fromkeys(FieldVisibility.Field.values, "everybody") | {
        "description": "nobody",
        "website": "signed_in",
    }
    assert client.post(f"{address}who-sees-what/", chosen).status_code == 302
    assert "gearwheels" in client.get(address, headers=ENGLISH).content.decode()
    assert search("gearwheels") == []
    client.force_login(user("other@test.example"))
    page = client.get(address, headers=ENGLISH).content.decode()
    assert "gearwheels" not in page
    assert "alfa.example" in page
    client.logout()
    assert "alfa.example" not in client.get(address, headers=ENGLISH).content.decode()
