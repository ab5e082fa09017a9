"""Input-output tables: published values, identities, refusals."""

import csv
import os
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regionomics as rg

DATA = Path(os.environ["POLIEDRO_DATA"]) if "POLIEDRO_DATA" in os.environ else None
BOOK = (np.array([[150.0, 500.0], [200.0, 100.0]]), np.array([1000.0, 2000.0]))


def tables(z, x, labels=None):
    n = len(x)
    labels = labels or [f"s{i}" for i in range(n)]
    flows = pl.DataFrame(
        {
            "origin": [labels[i] for i in range(n) for _ in range(n)],
            "destination": labels * n,
            "value": np.asarray(z, float).ravel(),
        }
    )
    return flows, pl.DataFrame({"sector": labels, "output": np.asarray(x, float)})


@st.composite
def economies(draw):
    """A table that can pay its way: every sector sells something to final demand."""
    n = draw(st.integers(1, 5))
    z = np.array(draw(st.lists(st.floats(0, 100), min_size=n * n, max_size=n * n))).reshape(n, n)
    demand = np.array(draw(st.lists(st.floats(1, 100), min_size=n, max_size=n)))
    return z, z.sum(axis=1) + demand, demand


@given(economies())
@settings(max_examples=20, deadline=None)
def test_output_follows_from_final_demand_and_from_primary_inputs(economy):
    z, x, demand = economy
    inverse = rg.leontief_inverse(*tables(z, x)).inverse.toarray()
    assert inverse @ demand == pytest.approx(x, rel=1e-7)
    ghosh = rg.ghosh_inverse(*tables(z, x)).inverse.toarray()
    assert (x - z.sum(axis=0)) @ ghosh == pytest.approx(x, rel=1e-6, abs=1e-6)
    assert ghosh * x[:, None] == pytest.approx(inverse * x[None, :], rel=1e-6, abs=1e-6)


@given(economies(), st.sampled_from(["complete", "backward", "forward"]))
@settings(max_examples=20, deadline=None)
def test_extraction_is_what_solving_the_table_without_the_sector_gives(economy, extract):
    z, x, demand = economy
    got = rg.hypothetical_extraction(*tables(z, x), extract=extract)
    for k in range(len(x)):
        if extract == "forward":
            b = z / x[:, None]
            b[k] = 0
            after = (x - z.sum(axis=0)) @ np.linalg.inv(np.eye(len(x)) - b)
        else:
            a, f = z / x, demand.copy()
            a[:, k] = 0
            if extract == "complete":
                a[k], f[k] = 0, 0
            after = np.linalg.solve(np.eye(len(x)) - a, f)
        others = np.arange(len(x)) != k
        assert got["loss"][k] == pytest.approx((x - after).sum(), rel=1e-6, abs=1e-6)
        assert got["elsewhere"][k] == pytest.approx((x - after)[others].sum(), rel=1e-6, abs=1e-6)
        assert 0 <= got["share"][k] <= 1 + 1e-9 or extract == "forward"


@given(economies(), st.sampled_from([1e-3, 1000.0]), st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_unit_of_money_and_order_of_rows_change_no_multiplier_nor_linkage(economy, unit, random):
    z, x, _ = economy
    flows, totals = tables(z, x)
    other_flows, other_totals = tables(z * unit, x * unit)
    rows, lines = list(range(flows.height)), list(range(totals.height))
    random.shuffle(rows)
    random.shuffle(lines)
    for call in (rg.io_multipliers, rg.io_linkages):
        first, second = call(flows, totals), call(other_flows[rows], other_totals[lines])
        for name in first.columns:
            if first[name].dtype == pl.Float64:
                assert first[name].is_null().equals(second[name].is_null())
                mine, theirs = first[name].drop_nulls().to_list(), second[name].drop_nulls().to_list()
                assert mine == pytest.approx(theirs, rel=1e-7, abs=1e-9)


@given(economies())
@settings(max_examples=10, deadline=None)
def test_jobs_of_final_demand_add_up_to_all_jobs(economy):
    z, x, demand = economy
    flows, totals = tables(z, x)
    jobs = np.arange(1.0, len(x) + 1)
    got = rg.io_multipliers(flows, totals.with_columns(jobs=jobs), factors="jobs")
    assert got["jobs_multiplier"].to_numpy() @ demand == pytest.approx(jobs.sum(), rel=1e-7)
    assert (got["jobs_type_1"].to_numpy() >= 1 - 1e-9).all()


def test_closed_model_gives_the_inverse_printed_in_the_book():
    # Miller and Blair (2009), sec. 2.5: L with households endogenous, to four digits
    z = np.array([[150, 500, 50], [200, 100, 400], [300, 500, 50]])
    got = rg.leontief_inverse(*tables(z, [1000, 2000, 1000])).inverse.toarray()
    printed = [[1.3651, 0.4253, 0.2509], [0.5273, 1.3481, 0.5954], [0.5698, 0.4890, 1.2885]]
    assert got == pytest.approx(np.array(printed), abs=5e-5)


def test_absent_pairs_are_zero_and_sectors_without_flows_stand_alone():
    flows = pl.DataFrame({"origin": ["a"], "destination": ["b"], "value": [5]})
    totals = pl.DataFrame({"sector": ["c", "b", "a"], "output": [0, 10, 10]})
    inverse = rg.leontief_inverse(flows, totals).inverse
    assert inverse.toarray().tolist() == [[1, 0.5, 0], [0, 1, 0], [0, 0, 1]]
    extracted = rg.hypothetical_extraction(flows, totals)
    assert extracted["loss"].to_list() == [10.0, 15.0, 0.0]


def test_one_sector_has_no_spread_and_nobody_left():
    flows, totals = tables([[40]], [100])
    linkage = rg.io_linkages(flows, totals)
    assert linkage["backward"].to_list() == [pytest.approx(1 / 0.6)]
    assert linkage["backward_spread"].to_list() == [None]
    assert linkage["kind"].to_list() == ["weak"]
    assert rg.hypothetical_extraction(flows, totals)["share_elsewhere"].to_list() == [None]


def test_group_taken_out_at_once_loses_less_than_its_sectors_one_by_one():
    z, x = np.array([[10, 20, 5], [15, 5, 10], [5, 10, 10.0]]), np.array([100, 90, 80.0])
    flows, totals = tables(z, x)
    alone = rg.hypothetical_extraction(flows, totals)
    both = rg.hypothetical_extraction(flows, totals, groups={"cluster": ["s0", "s1"], "last": ["s2"]})
    assert both["group"].to_list() == ["cluster", "last"]
    assert both["loss"][0] < alone["loss"][0] + alone["loss"][1]
    assert both["loss"][1] == pytest.approx(alone["loss"][2])
    a = z / x
    rest = (x - z.sum(axis=1))[2] / (1 - a[2, 2])  # sector 2 for its own final demand alone
    assert both["elsewhere"][0] == pytest.approx(80 - rest)


def test_sector_without_the_factor_has_no_ratio():
    flows, totals = tables(*BOOK)
    got = rg.io_multipliers(flows, totals.with_columns(jobs=pl.Series([0, 40])), factors=["jobs"])
    assert got["jobs_type_1"].to_list()[0] is None
    assert got["jobs_multiplier"][0] > 0


@pytest.mark.parametrize("convert", [pl.DataFrame.to_pandas, pl.DataFrame.to_arrow, pl.DataFrame.lazy])
def test_answer_comes_in_the_family_of_the_flows(convert):
    flows, totals = tables(*BOOK)
    mine, theirs = rg.io_linkages(convert(flows), totals), rg.io_linkages(flows, totals)
    if isinstance(mine, pl.LazyFrame):
        mine = mine.collect()
    if isinstance(mine, pd.DataFrame):
        mine = pl.from_pandas(mine)
    if isinstance(mine, pa.Table):
        mine = pl.from_arrow(mine)
    assert mine.to_dicts() == theirs.to_dicts()


def test_duckdb_relations_are_read():
    flows, totals = tables(*BOOK)
    got = rg.io_multipliers(duckdb.from_arrow(flows.to_arrow()), totals).fetchall()
    assert [row[0] for row in got] == totals["sector"].to_list()


def test_economy_that_uses_up_more_than_it_makes_is_refused():
    with pytest.raises(rg.NoSupport, match=r"s1, which buys 1.5 per unit"):
        rg.leontief_inverse(*tables([[10, 90], [60, 60]], [100, 100]))
    with pytest.raises(rg.NoSupport, match="use up all that they make, or more"):
        rg.leontief_inverse(*tables([[100]], [100]))
    with pytest.raises(rg.NoSupport, match="use up all that they make, or more"):  # by rounding, 3e15 for each unit
        rg.leontief_inverse(*tables([[1, 1, 1]] * 3, [3, 3, 3]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f, t: (f, t.head(1)), "s1 has no row in totals"),
        (lambda f, t: (f, t.with_columns(output=pl.Series([0.0, 1.0]))), "output is 0 for s0, which buys 350"),
        (lambda f, t: (pl.concat([f, f.head(1)]), t), "s0 to s0 appears 2 times"),
        (lambda f, t: (f, pl.concat([t, t])), "s0 appears twice in totals"),
        (lambda f, t: (f.with_columns(-pl.col("value")), t), "value is -150"),
        (lambda f, t: (f.with_columns(origin=pl.lit(1)), t), "use one type"),
        (lambda f, t: (f, t.clear()), "totals has no rows"),
    ],
)
def test_table_that_breaks_a_rule_is_refused_with_the_value(change, message):
    with pytest.raises(rg.InvalidTable, match=message):
        rg.leontief_inverse(*change(*tables(*BOOK)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": {"k": []}}, "k is empty"),
        ({"groups": {"k": ["s0", "s0"]}}, "repeats a sector"),
        ({"groups": {"k": ["s9"]}}, "'s9' is not among"),
        ({"extract": "all"}, "extract='all' is unknown"),
    ],
)
def test_extraction_refuses_what_it_does_not_know(options, message):
    with pytest.raises(rg.InvalidParameter, match=message):
        rg.hypothetical_extraction(*tables(*BOOK), **options)


def test_multipliers_refuse_unclear_factors():
    flows, totals = tables(*BOOK)
    with pytest.raises(rg.InvalidParameter, match="twice"):
        rg.io_multipliers(flows, totals, factors=["output", "output"])
    with pytest.raises(rg.InvalidParameter, match="is not among"):
        rg.io_multipliers(flows, totals, households="nobody")
    with pytest.raises(rg.InvalidParameter, match="rename the column"):
        rg.io_multipliers(flows, totals.with_columns(income=pl.lit(1)), factors=["income"], households="s1")
    idle = pl.concat([totals, pl.DataFrame({"sector": ["z"], "output": [0.0]})]).with_columns(jobs=pl.lit(3))
    with pytest.raises(rg.InvalidTable, match="which has no output"):
        rg.io_multipliers(flows, idle, factors=["jobs"])


@pytest.mark.skipif(DATA is None, reason="POLIEDRO_DATA names no folder of real data")
def test_germany_1995_gives_what_the_eurostat_manual_prints():
    # Eurostat (2008), Manual of Supply, Use and Input-Output Tables, ch. 15 (Beutel); printed to four digits, from
    # coefficients rounded to four.
    with (DATA / "io" / "germany_1995_eurostat_manual.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    sectors = [
        "agriculture_group",
        "industry_group",
        "construction",
        "trade_group",
        "business_services_group",
        "other_services_group",
    ]
    at = {(r["iotables_row"], r["iotables_col"]): float(r["values"]) for r in rows if r["values"] not in ("", "NA")}
    z = np.array([[at.get((i, j), 0.0) for j in sectors] for i in sectors])
    column = {name: np.array([at[name, j] for j in sectors]) for name in ("output", "gva", "employment_domestic_total")}
    order = np.argsort(sectors)
    flows, totals = tables(z, column["output"], sectors)
    totals = totals.with_columns(gva=column["gva"], jobs=column["employment_domestic_total"])
    got = rg.io_multipliers(flows, totals, factors=["gva", "jobs"])
    linkage = rg.io_linkages(flows, totals)
    for name, table, printed in (
        ("backward", linkage, [1.7048, 1.8413, 1.8136, 1.6035, 1.5951, 1.3782]),
        ("gva_multiplier", got, [0.8450, 0.7647, 0.8615, 0.9019, 0.9393, 0.9199]),
        ("jobs_multiplier", got, [0.0326, 0.0162, 0.0207, 0.0237, 0.0112, 0.0242]),
    ):
        assert table[name].to_numpy() == pytest.approx(np.array(printed)[order], rel=1e-3, abs=6e-5), name
