"""What region and public may read of services: small cells stay hidden, whatever is put together."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random

import pytest
from attack import Shown as Told
from attack import bounds
from django.test import Client
from factories import cluster, manager_of, officer, organisation, source, territory
from hypothesis import given, settings
from hypothesis import strategies as st

from poliedro.registry.models import Delivery
from poliedro.shared.disclosure import TOTAL, Protected, Rule, Why
from poliedro.support.queries.published import published_years
from poliedro.support.rules.published import DIMENSIONS, TOGETHER, TOTALS, Given, protected_use
from poliedro.support.services.published import publish_use

RULE = Rule()
EN = {"accept-language": "en"}
CHOICES = {
    "kind": ("matchmaking", "finance", "training", "management", "eu_funds"),
    "size": ("micro", "small", "medium", "large", ""),
    "rd": ("rd", "other", ""),
    "innovation": ("product", "process", "organisation", ""),
    "province": ("ITC11", "ITC13", "ITC16", "ITC18"),
}


def services(dice: Random, clusters: int, number: int) -> list[Given]:
    """Made up, unevenly: some clusters and categories have very few."""
    weights = [dice.random() ** 3 for _ in range(clusters)]
    rare = {k: [dice.random() ** 2 for _ in values] for k, values in CHOICES.items()}
    rows = []
    for _ in range(number):
        values = {k: dice.choices(v, rare[k])[0] for k, v in CHOICES.items()}
        rows.append(Given(f"c{dice.choices(range(clusters), weights)[0]}", dice.randrange(max(2, number // 2)), values))
    return rows


def told(tables: dict[str, Protected]) -> list[Told]:
    """Every published number as a sum of unknown counts; the total of a cluster is the same in every table."""
    found = []
    for name, table in tables.items():
        grid = table.table
        for (row, column), value in table.shown.items():
            rows = grid.rows if row == TOTAL else [row]
            columns = grid.columns if column == TOTAL else [column]
            found.append(Told(tuple(f"{name}/{r}/{c}" for r in rows for c in columns), value))
    for name in tables:
        if name == TOTALS:
            continue
        grid = tables[name].table
        for r in grid.rows:  # what one knows of how the tables hang together
            value = tables[TOTALS].values[r, "n"]
            found.append(Told(tuple(f"{name}/{r}/{c}" for c in grid.columns), value))
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 8), st.integers(0, 220))
def test_no_hidden_count_is_recovered_from_all_tables_of_a_year(seed: int, clusters: int, number: int) -> None:
    rows = services(Random(seed), clusters, number)
    tables = protected_use(rows)
    clients: dict[tuple[str, str, str], set[int]] = {}
    pooled = set(tables[TOTALS].table.rows) if tables else set()
    for r in rows:
        at = r.cluster if r.cluster in pooled else TOGETHER
        for dimension in DIMENSIONS:
            clients.setdefault((dimension, at, r.values[dimension] or "-"), set()).add(r.client)
    wanted: list[tuple[str, ...]] = []
    values = []
    for name, table in tables.items():
        assert not any(TOTAL in key for key in table.why)  # every total is shown, and the same everywhere
        for key, value in table.values.items():
            if TOTAL in key:
                continue
            if table.why.get(key) in (Why.FEW, Why.DOMINATED):  # the others are hidden for the sake of these
                wanted.append((f"{name}/{key[0]}/{key[1]}",))
                values.append(value)
            elif key not in table.why and value and name != TOTALS and (name, *key) in clients:
                assert len(clients[name, *key]) >= RULE.minimum, (name, key)
    for value, part, ends in zip(values, wanted, bounds(told(tables), wanted), strict=True):
        assert ends is not None
        low, high = ends
        assert high - value >= RULE.spread * value - 1e-6, (part, value, ends)
        assert value - low >= RULE.spread * value - 1e-6, (part, value, ends)
        assert high - low >= RULE.minimum - 1e-6, (part, value, ends)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 8), st.integers(0, 220))
def test_shown_totals_are_the_counts_and_add_up(seed: int, clusters: int, number: int) -> None:
    rows = services(Random(seed), clusters, number)
    for table in protected_use(rows).values():
        assert table.value() == number
        assert sum(table.value(r) or 0 for r in table.table.rows) == number


def test_clusters_with_few_clients_are_one_row_together() -> None:
    values = {"kind": "finance", "size": "micro", "rd": "rd", "innovation": "product", "province": "ITC11"}
    other = {**values, "kind": "training"}
    big = [Given("big", i, values if i % 2 else other) for i in range(40)]
    small = [Given("small", 100 + i, values) for i in range(2)] + [Given("tiny", 200 + i, other) for i in range(2)]
    tables = protected_use(big + small)
    assert set(tables[TOTALS].table.rows) == {"big", TOGETHER}
    assert tables[TOTALS].value(TOGETHER) == 4
    assert set(tables["kind"].table.columns) == {"finance", "training"}
    assert "size" not in tables  # one class alone says nothing


def test_one_cluster_with_two_clients_is_not_published_at_all() -> None:
    values = dict.fromkeys(DIMENSIONS, "x")
    assert protected_use([Given("a", i % 2, values) for i in range(30)]) == {}
    assert protected_use([]) == {}


# --- published over time, and who reads what --------------------------------------------------------------------------
def give(key: str, client: str, year: int = 2019, kind: str = "training") -> Delivery:
    firm = organisation(client, size_class="micro", territory=territory())
    body = organisation(f"Body of {client}", kind="management_body")
    return Delivery.objects.create(
        provider=body, client=firm, cluster=cluster(key), service=kind, delivered_on=date(year, 5, 1), hours=5,
        source=source(), certainty="reported",
    )  # fmt: skip


@pytest.mark.django_db
def test_one_more_client_changes_nothing_that_is_published_and_ten_do() -> None:
    for i in range(12):
        give("agrifood", f"A{i}", kind="training" if i < 6 else "finance")
    publish_use(date(2020, 3, 1))
    assert published_years()[2019].total == 12
    give("agrifood", "One more")
    publish_use(date(2020, 3, 2))
    assert published_years()[2019].total == 12
    for i in range(9):
        give("agrifood", f"B{i}")
    publish_use(date(2020, 3, 3))
    assert published_years()[2019].total == 22
    assert published_years()[2019].published_on == date(2020, 3, 3)


@pytest.mark.django_db
def test_year_that_runs_is_not_published() -> None:
    for i in range(12):
        give("agrifood", f"A{i}", year=2020)
    publish_use(date(2020, 12, 31))
    assert published_years() == {}
    publish_use(date(2021, 1, 1))
    assert list(published_years()) == [2020]


@pytest.mark.django_db
def test_region_reads_published_counts_and_the_manager_the_log_of_the_own_cluster(client: Client) -> None:
    for i in range(14):
        give("agrifood", f"Firm {i}", kind="training" if i < 7 else "finance")
    for i in range(2):
        give("ict", f"Secret {i}", kind="management")
    for i in range(9):
        give("mesap", f"Steel {i}", kind="training" if i < 4 else "finance")
    publish_use(date(2020, 1, 5))
    region = officer("regional_officer")
    client.force_login(region)
    page = client.get("/services/use/?year=2019", headers=EN).content.decode()
    assert "25 services in 2019" in page
    for name in ("Firm 1", "Secret 1", "Steel 1"):
        assert name not in page
    file = client.get("/services/use/?year=2019&format=csv", headers=EN).content.decode()
    assert "Firm 1" not in file
    assert "25" in file
    # the two clients of ict stand together with others, so that nobody's service can be read off
    ict = client.get("/clusters/ict/services/use/?year=2019", headers=EN).content.decode()
    assert "too few to be shown by itself" in ict
    client.force_login(manager_of(cluster("ict")))
    own = client.get("/clusters/ict/services/use/?year=2019", headers=EN).content.decode()
    assert "Secret 1" in own


@pytest.mark.django_db
def test_stored_tables_hold_nothing_of_what_they_hide() -> None:
    dice = Random(3)
    for i in range(60):
        give(dice.choice(("agrifood", "ict", "mesap")), f"F{i}", kind=dice.choices(CHOICES["kind"], (9, 5, 3, 1, 1))[0])
    stored = publish_use(date(2020, 1, 5))
    assert stored is not None
    cells = [c for t in stored.payload["given"]["2019"]["tables"].values() for c in t["cells"]]
    hidden = [c for c in cells if c[3]]
    assert all(value is None for _r, _c, value, why in hidden)
    assert Counter(bool(c[3]) for c in cells)[False] > 0
