"""Queries of the pages of all clusters: stored, and the same with two clusters as with twenty."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from factories import cluster, code, management, mandate, membership, officer, organisation, source, territory
from registry.test_coverage import define, register

from poliedro.monitoring.services.lifecycle import run_life_cycles
from poliedro.registry.models import Participation, Project, ProjectShare, ResearchContract, RevenueLine
from poliedro.registry.services.contracts import publish_contracts

pytestmark = pytest.mark.django_db
STORED = {
    "/tables/": 17,
    "/tables/rd/": 8,
    "/contracts/": 22,
    "/clusters/": 7,
    "/clusters/c00/": 20,
    "/clusters/c00/coverage/": 11,
    "/clusters/c00/members/": 17,
    "/clusters/c00/life-cycle/": 10,
    "/clusters/c00/benchmark/": 17,
    "/cockpit/": 23,
    "/cockpit/life-cycles/": 12,
}
"""Asked by an officer of the region, the second time. A number that changes is changed here, with the reason in the
commit."""


def grow(first: int, last: int) -> None:
    """Clusters with members, definition, money, a project and a contract each."""
    place, activity = territory("ITC11", "Torino"), code("13.10", level=4)
    said: dict[str, Any] = {"source": source("list", "reported"), "certainty": "reported"}
    for i in range(first, last):
        found = cluster(f"c{i:02}", position=i, type="sectoral" if i % 3 else "transversal")
        body, lab = management(f"Body {i}"), organisation(f"Lab {i}", kind="university")
        mandate(found, body)
        define(found, 1, [activity], date(2009, 1, 1))
        project = Project.objects.create(
            number=f"P{i}", scheme="regional", starts_on=date(2019, 1, 1), total_cost_eur=1000, **said
        )
        ProjectShare.objects.create(project=project, cluster=found, share=Decimal(1), **said)
        RevenueLine.objects.create(body=body, cluster=found, year=2019, origin="erdf", amount_eur=600, **said)
        for n in range(4):
            firm = organisation(f"Firm {i}-{n}", territory=place, nace=activity, size_class="micro")
            membership(firm, found, date(2012 + n, 1, 1))
            Participation.objects.create(project=project, organisation=firm, role="partner", **said)
            ResearchContract.objects.create(
                firm=firm, research_body=lab, cluster=found, amount_eur=90 + n, signed_on=date(2019, 5, 1), **said
            )


def counted(client: Client) -> dict[str, int]:
    found = {}
    for address in STORED:
        assert client.get(address).status_code == 200, address
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        asked = [q["sql"] for q in queries if "pg_advisory" not in q["sql"]]  # a lock, on PostgreSQL alone
        found[address] = len(asked)
    return found


def test_pages_ask_as_many_queries_with_twenty_clusters_as_with_two(
    client: Client, settings: Any, tmp_path: Any
) -> None:
    settings.VAR = tmp_path
    register({code("13.10", level=4): 500}, territory("ITC11", "Torino"))
    grow(0, 2)
    publish_contracts(date(2020, 2, 1))
    run_life_cycles()
    client.force_login(officer("regional_officer"))
    few = counted(client)
    grow(2, 20)
    publish_contracts(date(2020, 2, 1))
    run_life_cycles()
    many = counted(client)
    assert {a: (few[a], n) for a, n in many.items() if n > few[a]} == {}
    assert many == STORED
