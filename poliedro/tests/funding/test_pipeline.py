"""Start-ups from the incubator to clusters and calls."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from calls_made import CRITERIA, opened
from django.test import Client
from django.urls import reverse
from factories import cluster, code, manager_of, membership, officer, organisation, source
from funding_drafts import SME, raw_call

from poliedro.funding.models import Call, Decision
from poliedro.funding.queries.pipeline import of_cluster, start_ups_on_the_way
from poliedro.funding.services.calls import save_version
from poliedro.funding.services.demonstration import _from_incubators
from poliedro.monitoring.queries.startups import startups_after_incubation
from poliedro.monitoring.services.demonstration.startups import let_members_come_from_incubators
from poliedro.reference.models import Load
from poliedro.registry.models import (
    ClusterDefinition,
    DefinitionCode,
    Delivery,
    IncubateeSpell,
    MembershipSpell,
    StatusRecord,
)

pytestmark = pytest.mark.django_db
ON = date(2020, 12, 31)


@pytest.fixture
def on_the_way() -> dict[str, Any]:
    """Five start-ups: one in the incubator; of those that left one is a member, one served, one free, one gone."""
    fact = {"source": source(), "certainty": "reported"}
    host, agrifood, bread = organisation("I3P", kind="incubator"), cluster("agrifood"), code("10.71")
    definition = ClusterDefinition.objects.create(cluster=agrifood, version=1, valid_from=date(2010, 1, 1), **fact)
    DefinitionCode.objects.create(definition=definition, code=bread)
    firms = {
        name: organisation(f"{name} S.r.l.", kind="start_up", nace=bread)
        for name in ("Inside", "Member", "Served", "Free", "Gone")
    }
    for name, firm in firms.items():
        left = None if name == "Inside" else date(2018, 1, 1)
        IncubateeSpell.objects.create(
            organisation=firm, incubator=host, valid_from=date(2015, 1, 1), valid_to=left, **fact
        )
        status = "closed" if name == "Gone" else "alive"
        StatusRecord.objects.create(
            organisation=firm, status=status, valid_from=date(2019, 1, 1), checked_on=date(2020, 6, 1), **fact
        )
    membership(firms["Member"], agrifood, date(2019, 1, 1))
    Delivery.objects.create(
        provider=host,
        client=firms["Served"],
        cluster=agrifood,
        service="finance",
        delivered_on=date(2019, 5, 1),
        **fact,
    )
    return {"firms": firms, "cluster": agrifood}


def test_each_start_up_stands_in_every_stage_that_it_reached(on_the_way: dict[str, Any]) -> None:
    stages = {s.name.split()[0]: s.stages for s in start_ups_on_the_way(ON)}
    assert stages == {
        "Inside": {"entered", "inside"},
        "Member": {"entered", "left", "alive", "helped", "member"},
        "Served": {"entered", "left", "alive", "helped"},
        "Free": {"entered", "left", "alive"},
        "Gone": {"entered", "left"},
    }
    earlier = {s.name.split()[0]: s.stages for s in start_ups_on_the_way(date(2016, 1, 1))}
    assert set(earlier.values()) == {frozenset({"entered", "inside"})}, "as it was on that day"


def test_cluster_sees_whom_it_met_and_whom_to_meet(on_the_way: dict[str, Any]) -> None:
    own, free = of_cluster(start_ups_on_the_way(ON), on_the_way["cluster"], ON)
    assert {s.name.split()[0] for s in own} == {"Member", "Served"}
    assert {s.name.split()[0] for s in free} == {"Free"}
    other_own, _free = of_cluster(start_ups_on_the_way(ON), cluster("mesap"), ON)
    assert other_own == []


def test_page_counts_filters_and_gives_a_file(on_the_way: dict[str, Any], django_assert_max_num_queries: Any) -> None:
    client = Client()
    client.force_login(officer("funding_officer"))
    address = f"{reverse('funding:pipeline')}?on=2020-12-31"
    with django_assert_max_num_queries(45):
        page = client.get(address).content.decode()
    assert "2 delle 4 start-up uscite da un incubatore" in page
    assert "Inside S.r.l." in page
    part = client.get(f"{address}&stage=alive&format=csv").content.decode()
    assert "Free S.r.l." in part
    assert "Gone S.r.l." not in part


def test_page_of_a_cluster_is_its_managers(on_the_way: dict[str, Any]) -> None:
    agrifood = on_the_way["cluster"]
    address = f"{reverse('funding:cluster_pipeline', args=['agrifood'])}?on=2020-12-31"
    client = Client()
    client.force_login(manager_of(agrifood))
    page = client.get(address).content.decode()
    assert "Free S.r.l." in page
    assert "Inside S.r.l." not in page
    other = Client()
    other.force_login(manager_of(cluster("mesap"), "mesap@test.example"))
    assert other.get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_empty_register_says_what_to_load() -> None:
    client = Client()
    client.force_login(officer("funding_officer"))
    assert "poliedro load incubatees" in client.get(reverse("funding:pipeline")).content.decode()


def test_the_demonstration_s_start_ups_apply_and_some_are_granted(call: Call) -> None:
    load = Load.objects.create(importer="demonstration", source=source("invented", "synthetic"), state="loaded")
    host = organisation("I3P", kind="incubator")
    for n in range(12):
        IncubateeSpell.objects.create(
            organisation=organisation(f"Young {n}", kind="start_up", size_class="micro"), incubator=host, load=load,
            valid_from=date(2015, 1, 1), source=load.source, certainty="synthetic",
        )  # fmt: skip
    asks = {"fact": "milestone_plan", "is": True}
    save_version(
        call=call, document=raw_call(SME, asks, criteria=CRITERIA, intensities=[{"who": SME, "grant": 0.5}]), note="",
        by=None,
    )  # fmt: skip
    opened(call)
    n = _from_incubators(load)
    stages = Counter(stage for s in start_ups_on_the_way(date(2030, 1, 1)) for stage in s.stages)
    assert (stages["applied"], stages["granted"]) == (n, n // 3)
    assert n > 2
    for decision in Decision.objects.all():
        assert decision.basis["act"] == "ranked"
        assert (decision.grant_eur > 0) is (decision.outcome == "granted")


def test_the_demonstration_s_way_ends_in_clusters_without_another_member_nor_a_survivor() -> None:
    load = Load.objects.create(source=source(), importer="demonstration", state="loaded", parameters={})
    host, known = organisation("I3P", kind="incubator"), {"load": load}
    for number, (key, joined) in enumerate((("agrifood", 2019), ("ict", 2018), ("ict", 2017), ("mesap", 2015))):
        founded = {"kind": "start_up", "founded_on": date(2015, 1, 1), "certainty": "synthetic"}
        firm = organisation(f"Demo {number} S.r.l.", **founded)
        membership(firm, cluster(key), date(joined, 6, 1), **known)
    assert let_members_come_from_incubators(load, [host]) == 2, "one a cluster, and none that joined at once"
    assert let_members_come_from_incubators(load, [host]) == 0
    assert MembershipSpell.objects.count() == 4
    found = start_ups_on_the_way(ON)
    assert [{"left", "alive", "member"} <= s.stages for s in found] == [True, True]
    assert startups_after_incubation() == [], "nothing is known of them after they left: no survival is told"
    assert {s.certainty for s in IncubateeSpell.objects.all()} == {"synthetic"}
