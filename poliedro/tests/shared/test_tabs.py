"""Tabs of a thing with many pages: groups first, then what the open group holds."""

from __future__ import annotations

from poliedro.shared.components import MANY_TABS, Tab, tab_rows


def tabs(n: int, chosen: int, groups: int) -> list[Tab]:
    return [Tab(f"page {i}", f"/{i}/", i == chosen, f"group {i * groups // n}") for i in range(n)]


def test_few_tabs_stand_in_one_row() -> None:
    few = tabs(MANY_TABS - 1, 0, 3)
    assert tab_rows(few) == [few]


def test_many_tabs_show_their_groups_and_the_pages_of_the_open_one() -> None:
    first, below = tab_rows(tabs(12, 5, 3))
    assert [(t.label, t.url, t.chosen) for t in first] == [
        ("group 0", "/0/", False), ("group 1", "/4/", True), ("group 2", "/8/", False),
    ]  # fmt: skip
    assert [t.url for t in below] == ["/4/", "/5/", "/6/", "/7/"]
    assert [t.url for t in below if t.chosen] == ["/5/"]


def test_on_a_page_that_is_no_tab_only_the_groups_are_shown() -> None:
    assert len(tab_rows(tabs(12, -1, 3))) == 1


def test_many_tabs_without_groups_stay_as_they_are() -> None:
    assert len(tab_rows(tabs(12, 1, 1))) == 1
