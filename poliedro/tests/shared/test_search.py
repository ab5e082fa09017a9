"""Search asks for the words first, whatever the database knows of its tables."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from poliedro.shared import search as engine
from poliedro.shared.search import Entry, every_key, hits, index, ranked, search

pytestmark = pytest.mark.django_db


def test_words_are_looked_up_first_without_statistics_of_the_table() -> None:
    index(Entry("organisation", str(i), f"Firm {i}", "robotics" if i % 2 else "textile", f"/{i}/") for i in range(20))
    with CaptureQueriesContext(connection) as seen:
        assert len(every_key("robotics", "organisation")) == 10
        assert len(search("robotics", limit=3)) == 3
    if connection.vendor != "sqlite":
        return  # the plan is SQLite's matter: PostgreSQL has one condition on one table, and an index for it
    asked = [q["sql"] for q in seen if "MATCH" in q["sql"]]
    assert len(asked) == 2
    for sql in asked:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            steps = [row[3] for row in cursor.fetchall()]
        assert steps[0].startswith("SCAN f"), steps


NAMES = {
    "name": "Alba", "name and form": "Alba S.r.l.", "longer name": "Alba Meccanica Italiana S.p.A.",
    "part": "Albanese Vini",
    "inside": "Nuova Alba", "elsewhere": "Zeta",
}  # fmt: skip


def _names(*, most: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(engine, "MOST_RANKED", most)
    index(
        Entry("organisation", key, name, "works in Alba" if key == "elsewhere" else "", f"/{i}/")
        for i, (key, name) in enumerate(reversed(NAMES.items()))
    )
    found = ranked("Alba", "organisation")
    assert sorted(found.keys) == sorted(NAMES)
    return found.best


def test_exact_name_comes_first_then_what_begins_with_it_then_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _names(most=100, monkeypatch=monkeypatch) == list(NAMES)


def test_of_very_many_only_those_that_begin_with_the_text_are_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """See Note [Ranks of many]."""
    assert _names(most=5, monkeypatch=monkeypatch) == ["name", "name and form", "longer name", "part"]


def test_few_of_a_kind_whose_title_has_the_word_come_first_where_nothing_is_weighed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page shows the first five clusters: by their titles' letters alone that of the word could be the sixth."""
    monkeypatch.setattr(engine, "MOST_RANKED", 8)
    index(Entry("organisation", str(i), f"Firm {i}", "food", f"/{i}/") for i in range(9))
    index(Entry("cluster", f"c{i}", f"Cluster {i}", "also of food", f"/c{i}/") for i in range(5))
    index([Entry("cluster", "own", "Smart Food", "", "/own/")])
    assert hits("food").ranked("cluster").best[0] == "own"


def test_all_that_matches_is_walked_once_and_weighed_where_it_is_not_very_much(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    for most in (100, 5):
        _names(most=most, monkeypatch=monkeypatch)
        with CaptureQueriesContext(connection) as seen:
            ranked("Alba", "organisation")
        counts.append(len(seen))
    assert counts == [2, 1]


def test_few_of_a_kind_are_in_order_among_very_many_of_all_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MOST_RANKED", 5)
    index(Entry("organisation", str(i), f"Firm {i} of Alba", "", f"/{i}/") for i in range(9))
    index([Entry("cluster", "c", "Cluster of Alba", "", "/c/"), Entry("knowledge", "k", "Alba", "", "/k/", "managers")])
    found = hits("Alba")
    assert found.ranked("cluster").best == ["c"]
    assert found.ranked("organisation").best == [], "none of the very many begins with the text"
    assert len(found.ranked("organisation").keys) == 9
    assert len(found.best(20)) == 10
    seen = hits("Alba", visible_to=("public", "managers"))
    assert seen.all[-1].key == "k"
    assert seen.best(1) == [seen.all[-1].id], "the title is the text"
    assert seen.ranked("knowledge").keys == [], "ranks are of what is public"


def test_words_with_another_ending_are_ranked_too_and_nothing_is_nothing() -> None:
    index(
        [Entry("organisation", "1", "Batterie Nuove", "", "/1/"), Entry("organisation", "2", "Le batterie", "", "/2/")]
    )
    assert ranked("batteria", "organisation").best == ["1", "2"]
    assert ranked("", "organisation").keys == []
    assert ranked("zz zz", "organisation").best == []
