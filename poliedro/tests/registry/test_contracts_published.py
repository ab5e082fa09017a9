"""Whose amounts of research contracts are: single ones for those concerned, published sums for everybody else."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from attack import Shown, bounds
from django.test import Client
from factories import cluster, delegate_of, manager_of, officer, organisation, source, user
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from poliedro.audit.models import LogEntry
from poliedro.reference.models import StoredResult
from poliedro.registry.models import Project, ProjectShare, ResearchContract
from poliedro.registry.queries.contracts import BODIES, CLUSTERS, published_contracts
from poliedro.registry.services.contracts import LEAST_CHANGED, publish_contracts
from poliedro.shared.disclosure import Why

pytestmark = pytest.mark.django_db
TODAY = date(2021, 3, 1)
SECRET = 123_457


def said() -> dict[str, Any]:
    return {"source": source("list", "reported"), "certainty": "reported"}


def order(firm: str, eur: int, key: str | None = "agrifood", body: str = "Uni", year: int = 2019) -> ResearchContract:
    from poliedro.registry.models import Organisation

    return ResearchContract.objects.create(
        firm=Organisation.objects.filter(name=firm).first() or organisation(firm),
        research_body=Organisation.objects.filter(name=body).first() or organisation(body, kind="university"),
        cluster=cluster(key) if key else None, amount_eur=eur, signed_on=date(year, 5, 1), **said(),
    )  # fmt: skip


def many(key: str, firms: int, eur: int = 1000, **fields: Any) -> None:
    for i in range(firms):
        order(f"{key} {i}", eur, key, **fields)


@pytest.fixture
def scene() -> None:
    """Agrifood: one firm in each year. Ict and Mesap: five. A project, so that the years are 2017 to 2020."""
    for year in (2019, 2020):
        order("Secret", SECRET, "agrifood", year=year)
        many("ict", 5, 2000, year=year)
        many("mesap", 5, 3000, body="Poli", year=year)
    project = Project.objects.create(
        number="P1", scheme="regional", starts_on=date(2020, 1, 1), total_cost_eur=1000, **said()
    )
    ProjectShare.objects.create(project=project, cluster=cluster("ict"), share=Decimal(1), **said())


def test_sums_of_finished_years_are_published_and_small_ones_hidden() -> None:
    many("agrifood", 4, 100)
    many("ict", 4, 300)
    order("ict 0", 50, "ict", year=2021)
    publish_contracts(TODAY)
    told = published_contracts()
    assert list(told.years) == [2019]
    assert told.sum(2017, 2020, "agrifood").eur == 4 * 100
    assert told.sum(2017, 2020).eur == 4 * 100 + 4 * 300
    assert told.sum(2017, 2020).period == "2019"
    assert told.sum(2019, 2019, str(ResearchContract.objects.first().research_body_id), BODIES).eur == 1600
    assert told.sum(2019, 2019, "pointex").eur == 0  # it ordered nothing, which tells of nobody
    assert told.sum(2014, 2016).eur is None  # nothing is published of these years
    assert publish_contracts(TODAY) == StoredResult.objects.get()


def test_one_hidden_year_hides_the_sum_of_the_years(scene: None) -> None:
    publish_contracts(TODAY)
    told = published_contracts()
    assert told.sum(2017, 2020, "agrifood").why is Why.FEW
    shown = {k: told.sum(2017, 2020, k).eur for k in ("ict", "mesap")}
    assert None in {*shown.values(), told.sum(2017, 2020).eur}  # with the total they would tell Agrifood's


def test_a_firm_of_two_clusters_counts_once_among_few() -> None:
    for key in ("agrifood", "ict", "mesap"):
        order("One", 500, key)
    publish_contracts(TODAY)
    told = published_contracts()
    assert {told.sum(2019, 2019, k).why for k in ("", "agrifood", "ict", "mesap")} == {Why.FEW}


def test_a_few_late_contracts_do_not_change_a_published_year() -> None:
    many("agrifood", 12, 100)
    many("ict", 12, 100)
    publish_contracts(TODAY)
    order("late", 7777, "agrifood")
    publish_contracts(TODAY)
    assert published_contracts().sum(2019, 2019).eur == 2400  # not 10 177: the difference is one firm's
    for i in range(LEAST_CHANGED - 1):
        order(f"later {i}", 100, "agrifood")
    publish_contracts(TODAY)
    assert published_contracts().sum(2019, 2019).eur == 2400 + 7777 + (LEAST_CHANGED - 1) * 100


PUBLIC = (
    "/contracts/", "/contracts/?cluster=agrifood", "/contracts/?format=csv", "/contracts/?cluster=agrifood&format=csv",
    "/tables/", "/clusters/agrifood/", "/tables/rd/", "/tables/rd/?format=csv", "/tables/rd/?cluster=agrifood",
)  # fmt: skip


def digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def reads(client: Client, address: str) -> str:
    answer = client.get(address, headers={"accept-language": "en"})
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_no_public_page_or_file_tells_a_single_amount(client: Client, scene: None) -> None:
    publish_contracts(TODAY)
    for reader in (None, user(), manager_of(cluster("ict")), delegate_of(organisation("Stranger"))):
        if reader:
            client.force_login(reader)
        for address in PUBLIC:
            text = reads(client, address)
            for told in (SECRET, 2 * SECRET):
                assert f"{told:,}" not in text, (reader, address)
                assert str(told) not in digits(text), (reader, address)
        assert "Secret" not in reads(client, "/contracts/")


def test_firm_laboratory_manager_and_region_read_their_contracts_and_the_look_is_recorded(
    client: Client, scene: None
) -> None:
    body = ResearchContract.objects.filter(firm__name="Secret")[0].research_body
    firm = ResearchContract.objects.filter(firm__name="Secret")[0].firm
    readers = {
        delegate_of(firm, "firm@test.example"): 2,
        delegate_of(body, "lab@test.example"): 2 + 10,
        manager_of(cluster("agrifood")): 2,
        officer("regional_officer"): 2 + 10 + 10,
    }
    for reader, n in readers.items():
        client.force_login(reader)
        lines = reads(client, "/contracts/?format=csv").removeprefix("\ufeff").splitlines()
        rows = list(csv.reader(lines, delimiter=";"))[1:]
        assert len(rows) == n, reader
        assert sum(row[0] == "Secret" for row in rows) == 2
        assert LogEntry.objects.filter(verb="view_contracts", actor=reader).count() == 1
    client.logout()
    publish_contracts(TODAY)
    lines = reads(client, "/contracts/?format=csv").removeprefix("\ufeff").splitlines()
    header, *rows = csv.reader(lines, delimiter=";")
    assert header[:4] == ["Cluster", "2019", "2020", "Total"]


def test_pages_say_what_is_published_with_its_years(client: Client, scene: None) -> None:
    publish_contracts(TODAY)
    told = published_contracts()
    page = client.get("/tables/", headers={"accept-language": "en"})
    total = page.context["activity"].total[-1]
    assert (total.value, total.period) == (told.sum(2017, 2020).eur, "2019-2020")
    row = next(r for r in page.context["activity"].rows if r[0] == cluster("agrifood").name)
    assert row[-1].value is None
    assert "too few" in row[-1].hidden


def test_both_tables_together_do_not_tell_what_one_of_them_hides() -> None:
    """Each table by itself is safe. C0 (one firm) is hidden, and C1 with it; but the contracts of C1 are those of Poli,
    so that Poli's sum would tell them, and the total the rest. The public knows who orders from whom for whom."""
    order("Secret", SECRET, "c0", body="Uni")
    many("c1", 3, SECRET, body="Poli")
    many("c2", 3, SECRET, body="Uni")
    publish_contracts(TODAY)
    told = published_contracts()
    assert (told.sum(2019, 2019, "c0").why, told.sum(2019, 2019).eur) == (Why.FEW, 7 * SECRET)
    assert {told.sum(2019, 2019, row, BODIES).eur for row in ("", *bodies())} == {None}


def test_a_total_hidden_for_what_an_earlier_year_told_is_not_told_by_the_other_table() -> None:
    """Gone has 200 of 450 in 2019 and nothing in 2020: less the total of 2020 (250 of firms that hardly change) it
    would be told within 28. So the clusters' total of 2020 is hidden. That by body would be safe among tables by body
    alone, whose total of 2019 is hidden: Uni's two firms have 400, and Poli's 50 are too few to hide it behind."""
    for year in (2019, 2020):
        order("Stays", 200, "c0", body="Uni", year=year)
        for i in range(5):
            order(f"Small {i}", 10, "c0", body="Poli", year=year)
    order("Gone", 200, "c0", body="Uni", year=2019)
    publish_contracts(TODAY)
    told = published_contracts()
    assert told.sum(2019, 2019).eur == 450
    assert (told.sum(2020, 2020, "c0").why, told.sum(2020, 2020).eur) == (Why.EARLIER, None)
    assert {told.sum(2020, 2020, row, BODIES).eur for row in ("", *bodies())} == {None}


def bodies() -> list[str]:
    return [str(pk) for pk in ResearchContract.objects.order_by().values_list("research_body", flat=True).distinct()]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 6), st.integers(0, 2), st.integers(2018, 2020), st.integers(1, 90)),
        min_size=1,
        max_size=25,
    )
)
@example(
    [(0, 0, 0, 2018, 1)] * 8 + [(0, 1, 0, 2018, 1), (0, 2, 0, 2018, 1), (1, 0, 0, 2018, 4)]
)  # one firm, two clusters
@example(
    [(0, 0, 0, 2018, 90), *((1, i, 1, 2018, 90) for i in (1, 2, 3)), *((2, i, 0, 2018, 90) for i in (4, 5, 6))]
)  # each table is safe, both together are not
@example(
    [(0, 0, 1, 2019, 36), (0, 6, 1, 2019, 39), (0, 4, 2, 2019, 71), *((k, 0, 0, 2019, 30) for k in (1, 2, 3))]
)  # one firm alone in three clusters, which the total leaves together: all that a body got
def test_no_hidden_sum_can_be_worked_out_from_all_that_is_published(drawn: list[Any]) -> None:
    """Unknowns: what each firm ordered of each body for each cluster in each year. Looked at: each sum of a cluster or
    body in a year that few firms stand behind, or one of them nearly alone."""
    from poliedro.monitoring.models import PublishedTable

    for table in (PublishedTable, StoredResult, ResearchContract):
        table.objects.all().delete()
    for cluster_no, firm, body, year, eur in drawn:
        order(f"F{firm}", eur, f"c{cluster_no}", f"B{body}", year)
    publish_contracts(TODAY)
    told = published_contracts()
    true: Counter[str] = Counter()
    parts: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    for c in ResearchContract.objects.select_related("cluster").order_by("pk"):
        year, key, body = c.signed_on.year, c.cluster.key, str(c.research_body_id)
        unknown = f"{c.firm_id}/{year}/{key}/{body}"
        true[unknown] += float(c.amount_eur)
        for by, row in ((CLUSTERS, key), (BODIES, body), (CLUSTERS, ""), (BODIES, "")):
            parts[year, by, row].add(unknown)
    shown = [
        Shown(tuple(p), eur) for (y, by, row), p in parts.items() if (eur := told.sum(y, y, row, by).eur) is not None
    ]
    secret = [(by, tuple(p)) for (_y, by, _r), p in parts.items() if is_secret(p, true)]
    for (by, who), ends in zip(secret, bounds(shown, [who for _by, who in secret]), strict=True):
        assert ends is not None
        value = sum(true[w] for w in who)
        if by == CLUSTERS:
            assert ends[0] <= 0.85 * value + 1e-6, (who, ends)
            assert ends[1] >= 1.15 * value - 1e-6, (who, ends)
        else:  # two firms of a body may hold nearly all of a year's total, which is told anyway
            assert ends[1] - ends[0] >= 0.3 * value - 1e-6, (who, ends)


def is_secret(parts: set[str], true: Counter[str]) -> bool:
    by_firm: Counter[str] = Counter()
    for part in parts:
        by_firm[part.split("/")[0]] += true[part]
    return len(by_firm) < 3 or max(by_firm.values()) > 0.85 * by_firm.total()
