"""What the functions promise that take other tables than places and activities (plants, ties, flows, spells, firms):
any dataframe library, any order, unit, label or column name, panels, refusals. One table, one test each."""

from __future__ import annotations

import dataclasses
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from promises import FAMILIES, answered_or_refused, native, same, tables, without_nan

import regionomics as rg

RNG = np.random.default_rng(11)
PEOPLE = [f"o{k}" for k in range(9)]
PAIRS = [(a, b) for i, a in enumerate(PEOPLE) for b in PEOPLE[i + 1 :] if RNG.random() < 0.4]
TIES = pl.DataFrame(
    {
        "organisation_1": [a for a, _ in PAIRS],
        "organisation_2": [b for _, b in PAIRS],
        "weight": [float(RNG.integers(1, 5)) for _ in PAIRS],
    }
)
NODES = pl.DataFrame(
    {"organisation": PEOPLE, "group": [f"g{k % 3}" for k in range(9)], "answered": [k != 4 for k in range(9)]}
)
LAYERS = pl.concat([TIES.with_columns(layer=pl.lit("a")), TIES[::2].with_columns(layer=pl.lit("b"))])
PARTICIPATIONS = pl.DataFrame(
    [(f"p{p}", o, float(RNG.integers(1, 9))) for p in range(6) for o in PEOPLE if RNG.random() < 0.4],
    schema=["project", "organisation", "budget"],
    orient="row",
)
PLANTS = pl.DataFrame(
    {
        "plant": [f"f{k:02}" for k in range(40)],
        "place": [f"q{v}" for v in RNG.integers(0, 5, 40)],
        "activity": [f"a{k % 3}" for k in range(40)],
        "value": RNG.integers(1, 50, 40).astype(float),
        "x": RNG.random(40).round(3) * 20,
        "y": RNG.random(40).round(3) * 20,
    }
)
LEVELS = pl.DataFrame(
    [(p, s, f"{s}{c}", float(RNG.integers(1, 40))) for p in "ABC" for s in "MN" for c in (1, 2, 3)],
    schema=["place", "section", "class", "value"],
    orient="row",
)
SPACES = [
    pl.DataFrame(
        [(p, f"{kind}{a}", float(RNG.integers(0, 30))) for p in "ABCDEF" for a in range(5)],
        schema=["place", "activity", "value"],
        orient="row",
    )
    for kind in "st"
]
SECTORS = ["farm", "mill", "shop"]
FLOWS = pl.DataFrame(
    [(a, b, float(RNG.integers(1, 20))) for a in SECTORS for b in SECTORS],
    schema=["origin", "destination", "value"],
    orient="row",
)
TOTALS = pl.DataFrame({"sector": SECTORS, "output": [150.0, 120.0, 200.0], "jobs": [12.0, 5.0, 20.0]})
JOBS = pl.DataFrame(
    [(f"a{a}", f"c{c}", float(RNG.integers(0, 30))) for a in range(4) for c in range(5)],
    schema=["activity", "occupation", "value"],
    orient="row",
)
SPELLS = pl.DataFrame(
    {
        "duration": RNG.integers(1, 12, 60).astype(float),
        "event": RNG.integers(0, 2, 60),
        "group": [f"g{k % 2}" for k in range(60)],
        "size": RNG.normal(size=60),
    }
)
EVENTS = pl.DataFrame({"period": range(12), "events": [2, 1, 3, 2, 2, 1, 9, 8, 9, 7, 9, 8]})
LIVES = pl.DataFrame(
    [(c, y, 10.0 + (y - 2000) * k, 1 + 0.05 * (y % 3)) for k, c in enumerate("KLM") for y in range(2000, 2010)],
    schema=["cluster", "year", "size", "heterogeneity"],
    orient="row",
)
INCOMES = pl.DataFrame(
    [(f"p{p}", y, float(np.exp(RNG.normal() + 3)), float(RNG.normal())) for p in range(12) for y in (2000, 2010, 2020)],
    schema=["place", "year", "income", "eci"],
    orient="row",
)
AT_RISK = pl.DataFrame(
    [
        (f"p{p:02}", f"a{a:02}", y, int(RNG.random() < 0.4), float(RNG.random() * 100))
        for p in range(12)
        for a in range(12)
        for y in (2010, 2015)
    ],
    schema=["place", "activity", "year", "entry", "density"],
    orient="row",
)
MEMBERS = pl.DataFrame({"cluster": list("KKKL"), "firm": ["f1", "f2", "f3", "f1"], "activity": list("1121")})
REGISTER = pl.DataFrame({"activity": ["1", "2", "3"], "firms": [10, 20, 30]})
DEFINED = pl.DataFrame({"cluster": ["K", "K", "L"], "version": [1, 1, 1], "activity": ["1", "2", "1"]})


@dataclasses.dataclass(frozen=True)
class Case:
    """A function with its tables and options.

    unit: (number of the table, column) whose unit changes nothing in the answer. labels: columns that may be renamed
    by a letter before them, in every table. keyed: how many of the tables have the key of a panel.
    """

    function: str
    given: tuple[pl.DataFrame, ...]
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    extra: tuple[Any, ...] = ()
    unit: tuple[int, str] | None = None
    labels: tuple[str, ...] = ()
    keyed: int = 9
    by: str = "period_of_the_panel"

    def __call__(self, *given: Any, **more: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rg.RegionomicsWarning)
            return getattr(rg, self.function)(*given, *self.extra, **{**self.options, **more})

    def changed(self, change: Callable[[pl.DataFrame], Any]) -> list[Any]:
        return [change(table) for table in self.given]


ENDS = ("organisation_1", "organisation_2", "organisation")
SITES = {"simulations": 39, "level": 0.9, "minimum_plants": 5}
CASES = [
    Case("ellison_glaeser", (PLANTS,), unit=(0, "value"), labels=("place", "activity", "plant")),
    Case("coagglomeration", (PLANTS,), unit=(0, "value"), labels=("place", "activity")),
    Case("kd_function", (PLANTS,), SITES, labels=("activity",)),
    Case("m_function", (PLANTS,), {**SITES, "value": "value"}, unit=(0, "value"), labels=("activity",)),
    Case("variety_decomposition", (LEVELS,), {"levels": ["section", "class"]}, unit=(0, "value"), labels=("place",)),
    Case("cross_relatedness", (SPACES[0], SPACES[1]), unit=(0, "value"), labels=("place", "activity")),
    Case("entry_model", (AT_RISK,), labels=("place", "activity")),
    Case("leontief_inverse", (FLOWS, TOTALS), labels=("origin", "destination", "sector")),
    Case("ghosh_inverse", (FLOWS, TOTALS), labels=("origin", "destination", "sector")),
    Case("io_multipliers", (FLOWS, TOTALS), {"factors": ["jobs"]}, labels=("origin", "destination", "sector")),
    Case("io_linkages", (FLOWS, TOTALS), labels=("origin", "destination", "sector")),
    Case("hypothetical_extraction", (FLOWS, TOTALS), labels=("origin", "destination", "sector")),
    Case("input_output_links", (FLOWS,), unit=(0, "value"), labels=("origin", "destination")),
    Case("input_output_links", (FLOWS, TOTALS), labels=("origin", "destination", "sector")),
    Case("occupation_overlap", (JOBS,), unit=(0, "value"), labels=("activity", "occupation")),
    Case(
        "projection",
        (PARTICIPATIONS,),
        {"share": "budget", "counting": "project"},
        unit=(0, "budget"),
        labels=("project", "organisation"),
    ),
    Case("network_summary", (TIES, NODES), labels=ENDS),
    Case("network_positions", (TIES, NODES), labels=ENDS),
    Case("burt_constraint", (TIES, NODES), unit=(0, "weight"), labels=ENDS),
    Case("gould_fernandez", (TIES, NODES), labels=ENDS),
    Case("core_periphery", (TIES, NODES), {"draws": 20}, unit=(0, "weight"), labels=ENDS),
    Case("robustness", (TIES, NODES), labels=ENDS),
    Case("multiplex", (LAYERS, NODES), labels=ENDS),
    Case("link_gaps", (TIES, NODES), labels=ENDS),
    Case("missing_ties", (TIES, NODES), labels=ENDS),
    Case("nonresponse_bounds", (TIES, NODES), labels=ENDS),
    Case("life_cycle", (LIVES,), unit=(0, "size"), labels=("cluster",)),
    Case("growth_outlook", (INCOMES,), labels=("place",)),
    Case("kaplan_meier", (SPELLS,)),
    Case("survival_at", (SPELLS,), extra=([2.0, 5.0],)),
    Case("log_rank", (SPELLS,), labels=("group",)),
    Case("cox", (SPELLS,), extra=(["size"],)),
    Case("rate_change", (EVENTS,), {"draws": 99}),
    Case("coverage", (MEMBERS, REGISTER, DEFINED), labels=("cluster", "firm"), keyed=2),
]
# Without a table of their own, or without groups: links and cards that other functions gave.
APART = {"composite_links", "cluster_linkages", "clustering_score", "time_windows", "diversification_path"}


def named(case: Case) -> str:
    return f"{case.function}-{len(case.given)}"


every = pytest.mark.parametrize("case", CASES, ids=named)


def test_the_tables_name_every_function_that_takes_a_table():
    over_activities = {"effort_model", "contagion_model"} | {
        name
        for module, names in rg._MODULES.items()
        if module not in ("errors", "tables", "plots", "impact", "matching", "resampling")
        for name in names
        if {"place", "activity", "value"} <= set(inspect.signature(getattr(rg, name)).parameters)
    }
    rest = {
        name
        for module, names in rg._MODULES.items()
        if module not in ("errors", "tables", "plots", "impact", "matching", "resampling")
        for name in names
    } - over_activities
    assert rest - APART <= {c.function for c in CASES}


@every
def test_a_panel_can_be_asked_for(case):
    assert "by" in inspect.signature(getattr(rg, case.function)).parameters


@pytest.mark.parametrize("family", FAMILIES)
@every
def test_answer_comes_back_as_the_callers_library_and_is_the_same(case, family):
    make, kind = FAMILIES[family]
    result = case(*case.changed(make))
    answered = native(result)
    assert answered
    assert all(isinstance(t, kind) for t in answered), [type(t).__name__ for t in answered]
    same(result, case(*case.given), exact=True)


@every
def test_order_of_rows_changes_nothing(case):
    shuffled = case.changed(lambda t: t.sample(fraction=1, shuffle=True, seed=3))
    same(case(*shuffled), case(*case.given))


@every
def test_the_callers_tables_are_left_as_they_were(case):
    kept = case.changed(lambda t: t.to_pandas())
    before = [t.copy(deep=True) for t in kept]
    case(*kept)
    for now, then in zip(kept, before, strict=True):
        pd.testing.assert_frame_equal(now, then)


@pytest.mark.parametrize("unit", [1e-3, 1e6])
@pytest.mark.parametrize("case", [c for c in CASES if c.unit], ids=named)
def test_unit_changes_nothing(case, unit):
    at, column = case.unit
    given = [t.with_columns(pl.col(column) * unit) if k == at else t for k, t in enumerate(case.given)]
    plain, other = tables(case(*case.given)), tables(case(*given))
    for name, table in plain.items():
        kept = [c for c in table.columns if c not in ("strength", "weight")]  # sums in the unit itself
        same(other[name].select(kept), table.select(kept))


@pytest.mark.parametrize("case", [c for c in CASES if c.labels], ids=named)
def test_new_labels_in_the_same_order_change_no_number(case):
    renamed = case.changed(
        lambda t: t.with_columns([pl.format("x{}", c).alias(c) for c in case.labels if c in t.columns])
    )
    before = tables(case(*case.given))
    for name, after in tables(case(*renamed)).items():
        for column in before[name].columns:
            if before[name][column].dtype.is_numeric():
                same(after.select(column), before[name].select(column))


@every
def test_columns_may_have_any_names(case):
    options = {}
    given = list(case.given)
    for name, parameter in inspect.signature(getattr(rg, case.function)).parameters.items():
        default = case.options.get(name, parameter.default)
        if not isinstance(default, str):
            continue
        for at, table in enumerate(given):
            mine = {c: f"my_{c}" for c in table.columns if c in (default, f"{default}_1", f"{default}_2")}
            if mine:
                given[at] = table.rename(mine)
                options[name] = f"my_{default}"
    expected = tables(case(*case.given))
    for name, table in tables(case(*given, **options)).items():
        assert [c.replace("my_", "") for c in table.columns] == expected[name].columns
        if table.columns != ["value"]:
            back = table.rename(lambda c: c.replace("my_", "")).with_columns(pl.col(pl.String).str.replace("my_", ""))
            same(back, expected[name])


@every
def test_panel_is_each_group_by_itself(case):
    given = [
        pl.concat([t.with_columns(pl.lit(year).alias(case.by)) for year in (2020, 2021)]) if k < case.keyed else t
        for k, t in enumerate(case.given)
    ]
    found, alone = tables(case(*given, by=case.by)), case(*case.given)
    expected = tables(alone)
    if found.keys() == {"result"} and "result.table" in expected:
        expected = {"result": expected["result.table"]}
    compared = 0
    for name, table in found.items():
        if name not in expected or case.by not in table.columns:
            continue
        compared += 1
        assert table.columns[0] == case.by
        for year in (2020, 2021):
            same(table.filter(pl.col(case.by) == year).drop(case.by), expected[name], exact=True)
    assert compared


@every
def test_refusal_in_a_panel_names_the_group(case):
    broken = [t.with_columns(pl.lit(2020).alias(case.by)) if k < case.keyed else t for k, t in enumerate(case.given)]
    column = "activity" if case.given[0] is PLANTS else broken[0].columns[0]
    broken[0] = broken[0].with_columns(pl.lit(None).cast(broken[0][column].dtype).alias(column))
    if case.function == "entry_model":
        pytest.skip("rows with a null are left out and counted in .dropped")
    with pytest.raises(rg.InvalidTable, match=r"null (or not finite )?in row 1 ") as refused:
        case(*broken, by=case.by)
    of_the_whole = case.function in ("coverage", *(c.function for c in CASES if c.labels == ENDS))
    assert of_the_whole or f"(in {case.by}=2020, rows counted there)" in str(refused.value)


@every
def test_nothing_is_nan(case):
    without_nan(case(*case.given))


@every
def test_no_rows_are_refused_or_answered_without_rows(case):
    answered_or_refused(lambda: case(case.given[0].head(0), *case.given[1:]))


@every
def test_missing_column_is_refused_by_its_name(case):
    column = "activity" if case.given[0] is PLANTS else case.given[0].columns[0]
    with pytest.raises(rg.InvalidTable, match=f"column '{column}' is not in the table"):
        case(case.given[0].drop(column), *case.given[1:])


@every
def test_what_is_no_table_is_refused(case):
    with pytest.raises(rg.InvalidTable, match="a dict is not a table"):
        case({"a": 1}, *case.given[1:])
