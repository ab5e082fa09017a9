"""Hidden cells stay hidden: an attacker who solves for them learns too little."""

from __future__ import annotations

import pytest
from attack import Shown, bounds
from hypothesis import given, settings
from hypothesis import strategies as st

from poliedro.shared.disclosure import TOTAL, Cell, Cells, InvalidCells, Protected, Rule, Why, is_sensitive, protect

RULE = Rule()


def people(prefix: str, number: int) -> frozenset[str]:
    return frozenset(f"{prefix}{i}" for i in range(number))


def a_list(**counts: int) -> Cells:
    return Cells(list(counts), ["n"], {(k, "n"): Cell(n, people(k, n)) for k, n in counts.items()}, whole=True)


def facts_of(protected: Protected) -> list[Shown]:
    """What a reader sees, as sums of the inner cells."""
    table = protected.table
    return [
        Shown(
            tuple(
                f"{a}/{b}" for a in (table.rows if r == TOTAL else [r]) for b in (table.columns if c == TOTAL else [c])
            ),
            v,
        )
        for (r, c), v in protected.shown.items()
    ]


def hidden_sensitive(protected: Protected) -> list[tuple[tuple[str, str], tuple[str, ...]]]:
    full, table = protected.table.whole_table(), protected.table
    return [
        (
            (r, c),
            tuple(
                f"{a}/{b}" for a in (table.rows if r == TOTAL else [r]) for b in (table.columns if c == TOTAL else [c])
            ),
        )
        for (r, c), cell in full.items()
        if is_sensitive(cell, RULE)
    ]


def test_a_cell_of_two_is_hidden_and_another_with_it_since_the_total_would_tell() -> None:
    found = protect(a_list(a=2, b=10, c=20))
    assert found.reason("a") is Why.FEW
    assert found.reason("b") is Why.COMPLEMENT  # the smaller of the two that could hide it
    assert found.value("c") == 20
    assert found.value() == 32


def test_without_small_cells_nothing_is_hidden_and_empty_cells_are_shown() -> None:
    found = protect(a_list(a=5, b=10, c=0))
    assert not found.why
    assert found.value("c") == 0


def test_one_firm_that_holds_nearly_all_is_hidden() -> None:
    table = Cells(
        ["a", "b"], ["eur"], {("a", "eur"): Cell(1000, people("a", 9), 0.9), ("b", "eur"): Cell(800, people("b", 9))}
    )
    assert protect(table).reason("a") is Why.DOMINATED


def test_the_sum_of_hidden_cells_rests_on_enough_contributors() -> None:
    # a and b have one contributor each; their sum would be known to both of them, so a third goes
    found = protect(a_list(a=1, b=1, c=8, d=9))
    hidden = [r for r in "abcd" if found.reason(r)]
    assert len(hidden) >= 3


def test_a_table_of_one_body_shows_nothing() -> None:
    found = protect(a_list(a=1))
    assert found.value("a") is None
    assert found.value() is None


def test_names_that_stand_for_totals_and_negative_values_are_refused() -> None:
    with pytest.raises(InvalidCells, match="stands for totals"):
        Cells(["", "b"], ["n"], {})
    with pytest.raises(InvalidCells, match="is -1"):
        Cells(["a"], ["n"], {("a", "n"): Cell(-1, people("a", 3))})
    with pytest.raises(InvalidCells, match="without hiding totals"):
        protect(
            Cells(
                ["a", "b"], ["eur"], {("a", "eur"): Cell(900, people("a", 2)), ("b", "eur"): Cell(1, people("b", 5))}
            ),
            may_hide_totals=False,
        )


tables = st.integers(1, 5).flatmap(
    lambda nr: st.integers(1, 4).flatmap(
        lambda nc: st.lists(
            st.tuples(st.integers(0, 9), st.integers(1, 500), st.floats(0.1, 1.0)), min_size=nr * nc, max_size=nr * nc
        ).map(lambda drawn: made(nr, nc, drawn))
    )
)


def made(nr: int, nc: int, drawn: list[tuple[int, int, float]]) -> Cells:
    """Money with n contributors in each cell, of whom the largest holds at least 1 / n."""
    rows, columns = [f"r{i}" for i in range(nr)], [f"c{i}" for i in range(nc)]
    cells = {}
    for i, (n, eur, share) in enumerate(drawn):
        key = rows[i // nc], columns[i % nc]
        if n:
            cells[key] = Cell(eur * n, people("/".join(key), n), max(share, 1 / n))
    return Cells(rows, columns, cells)


@settings(max_examples=120, deadline=None)
@given(tables)
def test_no_hidden_cell_can_be_bounded_closely_from_what_is_shown(table: Cells) -> None:
    found = protect(table, RULE)
    wanted = hidden_sensitive(found)
    assert {key for key, _parts in wanted} <= set(found.why)
    full = table.whole_table()
    inner = [f"{r}/{c}" for r in table.rows for c in table.columns]
    for (key, _parts), ends in zip(
        wanted, bounds(facts_of(found), [p for _k, p in wanted], unknowns=inner), strict=True
    ):
        assert ends is not None
        value, side = full[key].value, RULE.spread * full[key].value - 1e-6
        assert ends[0] <= value - side, (key, ends)
        assert ends[1] >= value + side, (key, ends)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_what_is_shown_is_true_and_every_hidden_cell_has_its_reason(table: Cells) -> None:
    found, full = protect(table, RULE), table.whole_table()
    assert all(full[k].value == v for k, v in found.shown.items())
    assert set(found.why) | set(found.shown) == set(full)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_hidden_cells_of_a_line_with_a_total_rest_on_enough_contributors(table: Cells) -> None:
    found, full = protect(table, RULE), table.whole_table()
    for r in table.all_rows:
        hidden = [(r, c) for c in table.columns if (r, c) in found.why]
        if hidden and len(table.columns) > 1 and (r, TOTAL) not in found.why:
            assert len(frozenset().union(*(full[k].contributors for k in hidden))) >= RULE.minimum
