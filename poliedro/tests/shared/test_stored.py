"""What the worker stores is what a page would compute, is read by every process, and is never stale."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from factories import cluster, code, membership, organisation, territory
from portal.test_query_counts import grow
from registry.test_coverage import register

from poliedro.registry.models import Cluster, Organisation
from poliedro.registry.queries.coverage import coverage
from poliedro.shared import stored as stored_module
from poliedro.shared.dated import Moment
from poliedro.shared.models import KeptResult
from poliedro.shared.stored import _STORED, Stored, drop_old, drop_stored, keep_ready

pytestmark = pytest.mark.django_db


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A result of its own, with a list of how often it was computed."""
    built: list[str] = []

    def build(prefix: str) -> list[str]:
        built.append(prefix)
        return [prefix + n for n in Organisation.objects.order_by("name").values_list("name", flat=True)]

    def another_process() -> Stored[list[str]]:
        monkeypatch.delitem(_STORED, "test.names", raising=False)
        return Stored("test.names", list[str], lambda: (Organisation,), build, ready=lambda _on: [("x",)])

    yield another_process, built
    _STORED.pop("test.names", None)


def test_another_process_reads_what_the_worker_stored_until_a_row_changes(names: Any) -> None:
    process, built = names
    organisation("A")
    first = process()
    assert first.store("x")
    assert not first.store("x"), "nothing has changed"
    assert process().get("x") == ["xA"]
    assert built == ["x"]
    organisation("B")
    assert process().get("x") == ["xA", "xB"], "what is stored is of an earlier version"
    assert built == ["x", "x"]
    assert KeptResult.objects.filter(name="test.names").count() == 1


def test_a_page_stores_nothing(names: Any) -> None:
    process, _built = names
    process().get("x")
    assert not KeptResult.objects.exists()


def test_what_cannot_be_read_is_computed(names: Any) -> None:
    process, built = names
    organisation("A")
    process().store("x")
    KeptResult.objects.update(value='{"another": "form"}')
    assert process().get("x") == ["xA"]
    assert built == ["x", "x"]


def test_the_worker_looks_with_one_query_where_nothing_has_changed(names: Any, django_assert_num_queries: Any) -> None:
    names[0]()
    organisation("A")
    today = timezone.localdate()
    assert keep_ready(today) > 0
    with django_assert_num_queries(1):
        assert keep_ready(today) == 0
    organisation("B")
    assert keep_ready(today) > 0
    assert Stored.get(_STORED["test.names"], "x") == ["xA", "xB"]


def test_a_result_that_fails_keeps_no_other_from_being_ready_and_is_tried_again(names: Any) -> None:
    process, built = names
    today = timezone.localdate()

    def fail() -> list[str]:
        raise ZeroDivisionError

    Stored("a.fails", list[str], lambda: (Organisation,), fail, ready=lambda _on: [()])
    try:
        process()
        organisation("A")
        with pytest.raises(ZeroDivisionError):
            keep_ready(today)
        assert KeptResult.objects.filter(name="test.names").exists()
        _STORED["a.fails"]._build = lambda: built
        assert keep_ready(today) == 1
    finally:
        del _STORED["a.fails"]


def test_what_changes_meanwhile_is_stored_at_the_next_look(names: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    process, built = names
    slow = process()
    build = slow._build

    def interrupted(prefix: str) -> list[str]:
        found = build(prefix)
        if len(built) == 1:
            organisation("B")
        return found

    monkeypatch.setattr(slow, "_build", interrupted)
    today = timezone.localdate()
    keep_ready(today)
    assert not KeptResult.objects.filter(name="test.names").exists()
    keep_ready(today)
    assert process().get("x") == ["xB"]
    assert built == ["x", "x"]


def test_what_another_code_has_stored_is_not_read(names: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    process, built = names
    process().store("x")
    monkeypatch.setattr(stored_module, "_code", lambda: "another")
    assert process().get("x") == []
    assert built == ["x", "x"]


def test_every_table_that_a_stored_result_reads_is_one_of_its_tables() -> None:
    register({code("13.10", level=4): 500}, territory("ITC11", "Torino"))
    grow(0, 3)
    for stored in _STORED.values():
        keys = list(stored.ready(timezone.localdate()))
        with CaptureQueriesContext(connection) as asked:
            for key in keys:
                stored._build(*key)
        read = {t for q in asked.captured_queries for t in re.findall(r'(?:FROM|JOIN) "(\w+)"', q["sql"])}
        own = {t._meta.db_table for t in stored.tables()} | {"shared_tableversion", "shared_keptresult"}
        assert read <= own, stored.name


def test_yesterdays_results_are_dropped_and_a_migrate_drops_all() -> None:
    today = timezone.localdate()
    cluster("agrifood")
    keep_ready(today - timedelta(days=1))
    keep_ready(today)
    before = KeptResult.objects.count()
    assert drop_old(today).split()[0] != "0"
    assert 0 < KeptResult.objects.count() < before
    drop_stored()
    assert not KeptResult.objects.exists()


def test_every_stored_result_comes_back_as_it_was() -> None:
    register({code("13.10", level=4): 500}, territory("ITC11", "Torino"))
    grow(0, 3)
    today, seen = timezone.localdate(), 0
    for stored in _STORED.values():
        for key in stored.ready(today):
            built = stored._build(*key)
            assert stored._form.validate_json(stored._form.dump_json(built)) == built, stored.name
            seen += bool(built)
    assert seen > 20


def test_coverage_of_every_cluster_reads_stored_rows_and_reacts_to_a_new_member() -> None:
    activity, place = code("13.10", level=4), territory("ITC11", "Torino")
    register({activity: 500}, place)
    grow(0, 2)
    today = timezone.localdate()
    clusters, moment = list(Cluster.objects.order_by("pk")), Moment(today)
    keep_ready(today)
    before = {pk: c.n for pk, c in coverage(clusters, moment).items()}
    membership(organisation("New", territory=place, nace=activity), clusters[0], date(2015, 1, 1))
    after = {pk: c.n for pk, c in coverage(clusters, moment).items()}
    assert after == {**before, clusters[0].pk: before[clusters[0].pk] + 1}
    keep_ready(today)
    assert {pk: c.n for pk, c in coverage(clusters, moment).items()} == after


def test_the_worker_knows_every_stored_result_without_the_pages() -> None:
    told = "from poliedro.shared.stored import _STORED; print(sorted(_STORED))"
    start = "import django; django.setup(); "
    pages = "from django.urls import get_resolver; get_resolver().url_patterns; "
    known, all_ = (
        subprocess.run([sys.executable, "-c", start + more + told], capture_output=True, text=True, check=True).stdout
        for more in ("", pages)
    )
    assert known == all_ != "[]"
