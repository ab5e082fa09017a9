"""Queries of the register's pages and of those of a cluster's manager: stored, and the same with more of everything."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from factories import code, manager_of, membership, organisation, source, territory
from portal.test_query_counts import grow as clusters_with_members
from registry.test_coverage import register
from services_made import case, member_asks, service

from poliedro.monitoring.services.lifecycle import run_life_cycles
from poliedro.registry.models import Cluster, MembershipSpell, Participation, Project, ProjectShare, RevenueLine
from poliedro.registry.services.index import rebuild_index

pytestmark = pytest.mark.django_db
FIRM, MEMBER = "/organisations/{firm}/", "/clusters/c00/manage/{firm}/"
REGISTER: dict[str, int] = {
    "/": 9,
    "/organisations/": 5,
    "/organisations/?kind=enterprise&cluster=c00&province=ITC11&size=micro": 5,
    "/search/?q=firm": 6,
    FIRM: 20,
    f"{FIRM}partners/": 6,
    "/clusters/c00/": 15,
    "/clusters/c00/members/": 12,
    "/clusters/c00/services/": 3,
    "/services/": 2,
}
MANAGED: dict[str, int] = {
    "/today/": 34,
    "/clusters/c00/manage/": 7,
    MEMBER: 15,
    "/clusters/c00/prospects/": 11,
    "/clusters/c00/gaps/": 13,
    "/clusters/c00/trend/": 17,
    "/clusters/c00/outreach/": 8,
    "/clusters/c00/fees/": 10,
    "/clusters/c00/services/desk/": 9,
    "/clusters/c00/services/use/": 9,
    "/clusters/c00/services/unmet/": 12,
    "/clusters/c00/accounts/": 13,
    "/clusters/c00/money/": 17,
    "/clusters/c00/stress/": 8,
    "/clusters/c00/campaigns/": 7,
    "/clusters/c00/benchmark/": 18,
    "/clusters/c00/self-check/": 8,
}
"""The second time, as `test_query_counts` counts them."""


def grow(first: int, last: int) -> None:
    """Members of c00 with joint projects, accounts of a year each, requests and cases; firms that are no members."""
    found, said = Cluster.objects.get(key="c00"), {"source": source("list", "reported"), "certainty": "reported"}
    place, activity = territory("ITC11", "Torino"), code("13.10", level=4)
    body = RevenueLine.objects.order_by("pk")[0].body
    for i in range(first, last):
        firm = organisation(f"Firm more {i}", territory=place, nace=activity, size_class="micro")
        membership(firm, found, date(2013, 1, 1))
        organisation(f"Stranger {i}", territory=place, nace=activity, size_class="small")
        project = Project.objects.create(
            number=f"M{i}", scheme="regional", starts_on=date(2018, 1, 1), total_cost_eur=500, **said
        )
        ProjectShare.objects.create(project=project, cluster=found, share=Decimal(1), **said)
        other = MembershipSpell.objects.filter(cluster=found).order_by("pk")[0].organisation
        for member in (firm, other):
            Participation.objects.create(project=project, organisation=member, role="partner", **said)
        RevenueLine.objects.create(body=body, cluster=found, year=2000 + i, origin="fees", amount_eur=400, **said)
        held = service(found)
        member_asks(held, firm)
        case(held)
    rebuild_index()


def counted(client: Client, pages: dict[str, int]) -> dict[str, int]:
    spell = MembershipSpell.objects.filter(cluster__key="c00").order_by("pk")[0]
    found = {}
    for address in pages:
        asked = address.format(firm=spell.organisation_id)
        assert client.get(asked).status_code == 200, asked
        with CaptureQueriesContext(connection) as queries:
            client.get(asked)
        # The log takes a lock for its chain on PostgreSQL; SQLite has one writer anyhow.
        found[address] = sum("pg_advisory" not in q["sql"] for q in queries.captured_queries)
    return found


@pytest.mark.parametrize("who", ["everybody", "manager"])
def test_pages_ask_as_many_queries_of_a_large_register_as_of_a_small_one(
    client: Client, settings: Any, tmp_path: Any, who: str
) -> None:
    settings.VAR = tmp_path
    register({code("13.10", level=4): 500}, territory("ITC11", "Torino"))
    clusters_with_members(0, 2)
    grow(0, 2)
    run_life_cycles()
    stored = REGISTER if who == "everybody" else MANAGED
    if who == "manager":
        client.force_login(manager_of(Cluster.objects.get(key="c00")))
    few = counted(client, stored)
    grow(2, 16)
    many = counted(client, stored)
    assert {a: (few[a], n) for a, n in many.items() if n > few[a]} == {}
    assert many == stored
