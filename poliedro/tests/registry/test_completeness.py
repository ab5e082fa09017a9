from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from factories import organisation, source, territory

from poliedro.registry.models import Identifier
from poliedro.registry.rules.completeness import PARTS, completeness


def test_share_counts_the_parts_that_are_there_and_names_the_others() -> None:
    found = completeness({"name": True, "kind": True, "place": False}, date(2020, 1, 1))
    assert found.share == 2 / 8
    assert found.missing == [p for p in PARTS if p not in ("name", "kind")]


def test_profile_is_stale_after_two_years_without_news() -> None:
    found = completeness({}, date(2020, 1, 1))
    assert not found.is_stale(date(2021, 12, 31))
    assert found.is_stale(date(2022, 1, 1))
    assert completeness({}, None).is_stale(date(2020, 1, 1))


def test_part_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError, match="hat is no part of a profile"):
        completeness({"hat": True}, None)


@pytest.mark.django_db
def test_page_of_an_organisation_says_what_is_missing(client: Client) -> None:
    body = organisation("Officine Prova", territory=territory(), size_class="micro", website="https://example.org")
    Identifier.objects.create(organisation=body, scheme="local", value="1", source=source(), certainty="reported")
    page = " ".join(
        client.get(f"/organisations/{body.pk}/", headers={"accept-language": "en"}).content.decode().split()
    )
    assert "Profile 75% complete" in page  # name, kind, place, number, size, site: 6 of 8
    assert "Missing: activity, description." in page
    assert "It may be out of date" not in page
