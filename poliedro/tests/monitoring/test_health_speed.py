"""Pages of the region's view ask the database as often for many clusters as for few."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from factories import cluster, membership, officer, organisation

from poliedro.monitoring.services.campaigns import create_campaign, open_campaign
from poliedro.monitoring.services.lifecycle import run_life_cycles
from poliedro.reports.services.reports import draft_report, publish_report

pytestmark = pytest.mark.django_db
LIMITS = {
    "/cockpit/": 45,
    "/cockpit/life-cycles/": 14,
    "/value-report/2020/": 5,
    "/tables/rd/": 22,
    "/cockpit/campaigns/": 8,
}


def grow(first: int, last: int) -> list[Any]:
    made = []
    for i in range(first, last):
        found = cluster(f"polo-{i}", position=i)
        for j in range(4):
            membership(organisation(f"Alfa {i} {j} S.r.l."), found, date(2012 + j, 1, 1))
        made.append(found)
    return made


def asked(client: Client, address: str) -> int:
    """Queries of the second request: the first fills what is kept until a row changes."""
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_number_of_queries_does_not_grow_with_the_clusters(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path
    region = officer("regional_officer")
    client.force_login(region)
    few = grow(0, 2)
    open_campaign(
        campaign=create_campaign(
            title={"en": "Figures"}, year=2020, figures=["members"], clusters=few, opens_on=date(2021, 1, 1),
            due_on=date(2021, 2, 1), by=region,
        ),
        by=region,
    )  # fmt: skip
    run_life_cycles()
    publish_report(report=draft_report(year=2020, by=region), by=region)
    small = {address: asked(client, address) for address in LIMITS}
    grow(2, 9)
    run_life_cycles()
    large = {address: asked(client, address) for address in LIMITS}
    assert large == small
    assert {a: n for a, n in large.items() if n > LIMITS[a]} == {}
