"""Money and the stress test: who sees what, what a scenario keeps, who it is shared with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from factories import cluster, delegate_of, management, manager_of, membership, officer, organisation, source, user

from poliedro.audit.models import LogEntry
from poliedro.monitoring.models import StressScenario
from poliedro.monitoring.queries.stress import accounts_for_stress, surplus_of
from poliedro.registry.models import Cluster, CostLine, Delivery, RevenueLine

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
REVENUE = {"erdf": 60_000, "fees": 20_000, "services": 10_000, "private": 10_000}
SLIDERS = {
    "fall": 50, "falls_on": "2027-01-01", "reserve_eur": "30000", "fee_rise": 0, "members_leaving": 0, "price_rise": 0,
    "sales_lost": 0, "saving": 0,
}  # fmt: skip


def accounts(of: Cluster, year: int = 2020, cost: int = 90_000) -> None:
    body = management(f"Body of {of.name} {year}")
    days = {"valid_from": date(year, 1, 1), "valid_to": date(year + 1, 1, 1)}
    fact = {"body": body, "cluster": of, "year": year, "source": source(), "certainty": "reported", **days}
    for origin, amount in REVENUE.items():
        RevenueLine.objects.create(origin=origin, amount_eur=Decimal(amount), **fact)
    CostLine.objects.create(kind="staff", amount_eur=Decimal(cost), **fact)


@pytest.fixture
def agrifood() -> Cluster:
    held = cluster("agrifood")
    accounts(held)
    for n in range(10):
        membership(organisation(f"Firm {n}"), held)
    return held


def text(client: Client, address: str, **data: Any) -> str:
    answer = client.get(address, data, headers=ENGLISH)
    assert answer.status_code == 200, f"{address} answers {answer.status_code}"
    return answer.content.decode()


def test_money_of_a_cluster_says_where_it_comes_from(client: Client, agrifood: Cluster) -> None:
    client.force_login(manager_of(agrifood))
    page = text(client, "/clusters/agrifood/money/")
    assert "60% of 100,000 EUR came from ERDF in 2020; dependence is high" in page
    assert "0.42" in page  # .6^2 + .2^2 + .1^2 + .1^2
    assert "10,000" in page  # 100 000 / 10 member firms
    assert "/clusters/agrifood/accounts/" in page


def test_money_is_for_the_cluster_s_manager_and_the_region(client: Client, agrifood: Cluster) -> None:
    cluster("ict")
    for person, one, all_ in (
        (manager_of(agrifood), 200, 403),
        (manager_of(cluster("ict"), "other@test.example"), 403, 403),
        (officer("regional_officer"), 200, 200),
        (officer("evaluator"), 403, 403),
    ):
        client.force_login(person)
        assert client.get("/clusters/agrifood/money/").status_code == one, person
        assert client.get("/clusters/agrifood/stress/").status_code == one, person
        assert client.get("/money/").status_code == all_, person


def test_region_compares_clusters_and_a_manager_sees_no_mix_of_another(client: Client, agrifood: Cluster) -> None:
    accounts(cluster("ict"))
    client.force_login(officer("regional_officer"))
    page = text(client, "/money/")
    assert "2 clusters of 2 have 60% of their revenue or more from ERDF (2020)" in page
    assert page.count("0.42") == 2
    client.force_login(manager_of(agrifood))
    assert text(client, "/clusters/agrifood/money/").count("0.42") == 2  # its own figure, its own row


def test_sliders_reckon_without_script_and_give_the_part_alone_to_htmx(client: Client, agrifood: Cluster) -> None:
    client.force_login(manager_of(agrifood))
    page = text(client, "/clusters/agrifood/stress/")
    assert "With 50% less ERDF" in page
    italian = client.get("/clusters/agrifood/stress/", headers={"accept-language": "it"}).content.decode()
    assert (
        f'name="falls_on" value="{timezone.localdate().year + 1}-01-01"' in italian
    )  # as the browser's calendar wants
    page = text(client, "/clusters/agrifood/stress/", **SLIDERS)
    assert "EUR 4,000.00 a year from each of 10 members, instead of EUR 2,000.00" in page  # (20 000 + 20 000) / 10
    assert "200.0% dearer" in page  # 20 000 / 10 000
    assert "The accounts of 2020 stand for every year to come" in page
    part = client.get("/clusters/agrifood/stress/", SLIDERS, headers={**ENGLISH, "HX-Request": "true"})
    assert b"<html" not in part.content
    assert b"With 50% less ERDF" in part.content
    assert "is never spent" in text(client, "/clusters/agrifood/stress/", **{**SLIDERS, "fall": 10})
    assert "Something needs correcting" in text(client, "/clusters/agrifood/stress/", **{**SLIDERS, "fall": 101})


def test_cost_of_services_is_laid_on_them_by_hours(agrifood: Cluster) -> None:
    provider = organisation("Provider")
    for kind, hours in (("training", 30), ("finance", 10), ("finance", None)):
        Delivery.objects.create(
            provider=provider, client=provider, cluster=agrifood, service=kind, delivered_on=date(2020, 5, 1),
            hours=hours, source=source(), certainty="reported",
        )  # fmt: skip
    found, _backing = accounts_for_stress(agrifood, 2020)
    assert [(s.kind, s.hours) for s in found.services] == [("finance", 11), ("training", 30)]
    assert sum(s.cost_eur for s in found.services) == 90_000
    assert sum(s.income_eur for s in found.services) == 10_000
    assert found.services[0].cost_eur == (Decimal(90_000) * 11 / 41).quantize(Decimal("0.01"))
    assert (found.members, surplus_of(agrifood)) == (10, (Decimal(10_000), [2020]))


def test_scenario_is_kept_shared_and_compared(client: Client, agrifood: Cluster) -> None:
    maker, other, region = manager_of(agrifood), user("ada@test.example", "Ada"), officer("regional_officer")
    client.force_login(maker)
    client.post("/clusters/agrifood/stress/keep/", {**SLIDERS, "name": "Half"})
    client.post("/clusters/agrifood/stress/keep/", {**SLIDERS, "fall": 100, "name": "Nothing left"})
    again = client.post("/clusters/agrifood/stress/keep/", {**SLIDERS, "name": "Half"}, headers=ENGLISH)
    assert "You have a scenario of that name" in again.content.decode()
    half, nothing = StressScenario.objects.order_by("pk")
    CostLine.objects.update(amount_eur=1)  # later accounts change nothing in what was kept
    both = text(client, "/stress/", s=[half.pk, nothing.pk])
    assert "Scenarios side by side" in both
    assert "4,000.00" in both
    assert "7,000.00" in both  # (20 000 + 50 000) / 10
    address = f"/stress/{half.pk}/"
    for person in (other, region):
        client.force_login(person)
        assert client.get(address).status_code == 403
        assert client.post(address, {"action": "delete"}).status_code == 403
    client.force_login(maker)
    assert "Nobody with this address" in client.post(
        address, {"action": "share", "email": "nobody@test.example"}, headers=ENGLISH
    ).content.decode()  # fmt: skip
    client.post(address, {"action": "share", "email": "ada@test.example"})
    client.force_login(other)
    assert "What is assumed" in text(client, address)
    assert client.post(address, {"action": "region"}).status_code == 403
    assert client.get(f"/stress/{nothing.pk}/").status_code == 403
    client.force_login(maker)
    client.post(address, {"action": "region"})
    client.force_login(region)
    assert "Half" in text(client, "/stress/")
    client.force_login(maker)
    client.post(address, {"action": "unshare", "person": other.person.pk})
    client.force_login(other)
    assert client.get(address).status_code == 403
    client.force_login(maker)
    client.post(address, {"action": "delete"})
    assert list(StressScenario.objects.all()) == [nothing]
    verbs = set(LogEntry.objects.values_list("verb", flat=True))
    assert {"save_scenario", "share_scenario", "unshare_scenario", "show_to_region", "delete_scenario"} <= verbs


def test_cluster_without_accounts_is_told_what_fills_the_page(client: Client) -> None:
    client.force_login(manager_of(cluster("ict")))
    assert "No accounts yet" in text(client, "/clusters/ict/stress/")
    assert "No accounts yet" in text(client, "/clusters/ict/money/")


def test_firm_has_no_way_to_the_accounts(client: Client, agrifood: Cluster) -> None:
    client.force_login(delegate_of(organisation("Alfa")))
    assert client.post("/clusters/agrifood/stress/keep/", {**SLIDERS, "name": "Half"}).status_code == 403


def test_number_of_queries_does_not_grow_with_accounts(client: Client, agrifood: Cluster) -> None:
    client.force_login(manager_of(agrifood))

    def asked(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as seen:  # fmt: skip
            assert client.get(address).status_code == 200
        return len(seen)

    pages = ("/clusters/agrifood/money/", "/clusters/agrifood/stress/")
    small = [asked(p) for p in pages]
    for year in (2017, 2018, 2019):
        accounts(agrifood, year)
    for key in ("ict", "textile"):
        accounts(cluster(key))
    assert [asked(p) for p in pages] == small
    assert max(small) <= 32
