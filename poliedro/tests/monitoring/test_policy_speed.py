"""Policy pages answer from what is kept, and what is kept is never stale."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from factories import cluster, code, management, membership, officer, organisation, source, territory
from funding_drafts import SME
from policy_made import call, cohesion, granted, indicator, measure, period, whole_logic

from poliedro.monitoring.models import ObjectiveTag
from poliedro.monitoring.queries.policy import measured, spending
from poliedro.monitoring.queries.policy.measured import CATALOGUE, computed_values
from poliedro.monitoring.queries.policy.spending import CALLS, s3_monitoring
from poliedro.reference.models import Load
from poliedro.registry.models import (
    ClusterDefinition,
    DefinitionCode,
    Delivery,
    IncubateeSpell,
    Project,
    ProjectShare,
    RegisterCount,
    RevenueLine,
)
from poliedro.shared.dated import Moment
from poliedro.shared.models import KeptResult

pytestmark = pytest.mark.django_db
ON = Moment(date(2026, 6, 30))


@pytest.fixture
def region() -> None:
    """A little of everything that figures rest on."""
    place, bread = territory(), code("10.71", level=4)
    found = cluster()
    firm = organisation("Forno", nace=bread, territory=place)
    membership(firm, found)
    stated = {"source": source(), "certainty": "reported"}
    definition = ClusterDefinition.objects.create(cluster=found, version=1, valid_from=date(2009, 1, 1), **stated)
    DefinitionCode.objects.create(definition=definition, code=bread)
    load = Load.objects.create(source=source(), importer="test", file_name="t", checksum="0", state="loaded")
    RegisterCount.objects.create(
        year=2020, code=bread, territory=place, size_class="micro", firms=10, load=load, recorded_at=timezone.now(),
        **stated,
    )  # fmt: skip
    project = Project.objects.create(
        scheme="regional", number="1", title="T", starts_on=date(2025, 3, 1), total_cost_eur=Decimal(100), **stated
    )
    ProjectShare.objects.create(project=project, cluster=found, share=Decimal(1), **stated)
    ObjectiveTag.objects.create(project=project, objective="digital", **stated)
    RevenueLine.objects.create(
        body=management(), cluster=found, year=2025, origin="erdf", amount_eur=Decimal(10), **stated
    )
    IncubateeSpell.objects.create(
        organisation=firm, incubator=organisation("I", kind="incubator"), valid_from=date(2024, 1, 1), **stated
    )
    Delivery.objects.create(
        cluster=found,
        provider=organisation("P"),
        client=firm,
        service="digitalisation",
        delivered_on=date(2026, 1, 10),
        **stated,
    )
    held = call(measure(), SME, areas=("AER",))
    granted(held, "J19J22000000001", "100", paid="10")
    cohesion("J19J22000000002", "50")


def tables_asked(act: Callable[[], object]) -> set[str]:
    with CaptureQueriesContext(connection) as asked:
        act()
    return set(re.findall(r'(?:FROM|JOIN) "(\w+)"', " ".join(q["sql"] for q in asked.captured_queries)))


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize("key", sorted(CATALOGUE))
def test_every_table_that_a_figure_reads_is_watched(key: str) -> None:
    watched = {t._meta.db_table for t in measured.tables()} | {"shared_tableversion"}
    assert not KeptResult.objects.exists()  # else a result would stand for the tables that it was computed from
    read = tables_asked(lambda: CATALOGUE[key].compute(ON)) - {KeptResult._meta.db_table}
    assert read
    assert read <= watched


@pytest.mark.usefixtures("region")
def test_every_table_that_the_money_is_read_from_is_watched() -> None:
    watched = {t._meta.db_table for t in spending.tables()} | {"shared_tableversion"}
    assert tables_asked(lambda: spending._monitoring(period(), ON, "it")) <= watched


def test_a_figure_follows_the_register_at_once() -> None:
    found = cluster()
    membership(organisation("A"), found)
    assert computed_values(["member-firms"], ON)["member-firms"].value == 1
    membership(organisation("B"), found)
    assert computed_values(["member-firms"], ON)["member-firms"].value == 2


@pytest.mark.usefixtures("region")
def test_money_follows_a_decision_at_once() -> None:
    before = s3_monitoring(period(), ON).sources[CALLS].total.committed_eur
    granted(call(measure("more"), SME, key="more"), "J19J22000000003", "7")
    after = s3_monitoring(period(), ON).sources[CALLS].total.committed_eur
    assert (after or 0) - (before or 0) == 7


@pytest.mark.usefixtures("region")
def test_pages_ask_little_once_the_values_are_kept(client: Client) -> None:
    made = whole_logic()
    indicator(made["objective"], "cover", "coverage", role="result", target=0.5)
    client.force_login(officer("regional_officer"))
    last = timezone.localdate() - timedelta(days=100)
    pages = {
        "/policy/indicators/cover/": 30,
        "/policy/": 22,
        "/policy/nodes/outreach/": 24,
        "/policy/s3/": 16,
        f"/policy/reports/{last.year}/{(last.month + 2) // 3}/": 30,
    }
    for page, most in pages.items():
        assert client.get(page).status_code == 200
        with CaptureQueriesContext(connection) as asked:
            client.get(page)
        assert len(asked) <= most, f"{page}: {len(asked)}"
