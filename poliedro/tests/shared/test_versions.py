"""What is kept in memory is never stale: any way of writing to a table is noticed, and only writing is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from factories import cluster, organisation

from poliedro.registry.models import Cluster, Organisation
from poliedro.shared.models import Job, TableVersion
from poliedro.shared.versions import Kept, install_stamps, one_reading, version_of

pytestmark = pytest.mark.django_db


def names() -> list[str]:
    return list(Organisation.objects.order_by("name").values_list("name", flat=True))


def test_every_way_of_writing_gives_a_new_version_and_reading_does_not() -> None:
    seen = [version_of([Organisation])]

    def changed() -> bool:
        seen.append(version_of([Organisation]))
        return seen[-1] not in seen[:-1]

    a = organisation("A")
    assert changed()
    Organisation.objects.bulk_create([Organisation(name="B", kind="its", source=a.source, certainty="reported")])
    assert changed()
    Organisation.objects.filter(name="B").update(name="C")
    assert changed()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_organisation SET name = 'D' WHERE name = 'C'")
    assert changed()
    Organisation.objects.filter(name="D").delete()
    assert changed()
    assert names() == ["A"]
    cluster("another-table")
    assert not changed()


def test_what_is_built_is_kept_until_a_table_under_it_changes() -> None:
    built = []

    def build(prefix: str) -> list[str]:
        built.append(prefix)
        return [prefix + n for n in names()]

    kept: Kept[list[str]] = Kept(lambda: (Organisation, Cluster), build)
    organisation("A")
    assert kept.get("x") == kept.get("x") == ["xA"]
    assert kept.get("y") == ["yA"]
    assert built == ["x", "y"]
    organisation("B")
    assert kept.get("x") == ["xA", "xB"]
    assert built == ["x", "y", "x"]


def test_rolled_back_rows_do_not_come_back() -> None:
    kept: Kept[list[str]] = Kept(lambda: (Organisation,), names)
    organisation("A")
    assert kept.get() == ["A"]
    with transaction.atomic():
        organisation("ghost")
        assert kept.get() == ["A", "ghost"]
        transaction.set_rollback(True)
    assert kept.get() == ["A"]
    organisation("B")
    assert kept.get() == ["A", "B"]


def test_only_the_latest_keys_are_kept() -> None:
    built = []
    kept: Kept[int] = Kept(lambda: (Organisation,), lambda n: built.append(n) or n, most=2)
    for n in (1, 2, 3, 3, 1):
        kept.get(n)
    assert built == [1, 2, 3, 1]


def test_nothing_is_kept_of_a_table_without_a_version() -> None:
    built = []
    kept: Kept[None] = Kept(lambda: (Job,), lambda: built.append(1))
    kept.get()
    kept.get()
    assert built == [1, 1]
    TableVersion.objects.filter(name="registry_organisation").delete()
    assert version_of([Organisation]) is None
    install_stamps()
    assert version_of([Organisation]) is not None


def test_a_page_reads_the_stamps_once_until_it_writes(django_assert_num_queries: Any) -> None:
    organisation("A")
    with one_reading():
        with django_assert_num_queries(1):
            first = version_of([Organisation])
            assert version_of([Cluster]) is not None
            assert version_of([Organisation, Cluster]) is not None
        Organisation.objects.update(name="B")
        second = version_of([Organisation])
        assert second != first
        try:
            with transaction.atomic():
                Organisation.objects.update(name="C")
                third = version_of([Organisation])
                raise RuntimeError
        except RuntimeError:
            assert version_of([Organisation]) == second != third
    assert version_of([Organisation]) == second


def test_a_public_page_asks_for_the_stamps_once(client: Client) -> None:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        assert client.get("/tables/").status_code == 200
    assert sum("shared_tableversion" in q["sql"] for q in queries) == 1
