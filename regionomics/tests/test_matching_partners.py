"""Prediction of partners: what holds for every table, and that planted patterns are found."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regionomics as rg

quick = settings(max_examples=5, deadline=None)  # each learns anew


def history(seed: int = 0, projects: int = 260, organisations: int = 120) -> pl.DataFrame:
    """Projects of three to six within one of four themes; every organisation has a theme, a kind and a country."""
    rng = np.random.default_rng(seed)
    theme = rng.integers(4, size=organisations)
    able = rng.lognormal(0, 0.8, size=organisations)
    rows = []
    for p in range(projects):
        t = int(rng.integers(4))
        weight = able * np.where(theme == t, 1.0, 0.02)
        members = rng.choice(organisations, int(rng.integers(3, 7)), replace=False, p=weight / weight.sum())
        day = dt.date(2014, 1, 1) + dt.timedelta(days=5 * p)
        for m in members.tolist():
            role = "coordinator" if m == members[0] else "participant"
            kind = ["firm", "lab"][m % 2]
            rows.append((f"p{p:03}", f"o{m:03}", day, f"T{t}", role, kind, f"C{m % 3}", float(100 + m)))
    names = ["project", "organisation", "start", "theme", "role", "kind", "country", "money"]
    return pl.DataFrame(rows, schema=names, orient="row")


def met(table: pl.DataFrame) -> set[tuple[str, str]]:
    both = table.join(table, on="project").select("organisation", "organisation_right")
    return set(both.rows())


@quick
@given(st.integers(0, 10_000), st.sampled_from(["learned", "fixed"]))
def test_nobody_met_already_and_not_itself_ranks_and_scores_in_order(seed, weights):
    table = history(seed)
    focal = table["organisation"].unique().sort()[:7].to_list()
    got = rg.predict_partners(table, focal=focal, k=9, weights=weights, seed=seed)
    assert not set(got.select("focal", "partner").rows()) & met(table)
    assert got["focal"].unique(maintain_order=True).to_list() == focal
    for _, one in got.group_by("focal"):
        assert one["rank"].to_list() == list(range(1, one.height + 1))
        assert one["score"].is_sorted(descending=True)
        assert one["partner"].is_unique().all()


@quick
@given(st.integers(0, 10_000))
def test_order_of_rows_and_of_columns_changes_nothing(seed):
    table = history(seed, projects=200)
    mixed = table.sample(fraction=1, shuffle=True, seed=seed).select(reversed(table.columns))
    ask = {"focal": table["organisation"].unique().sort()[:2].to_list(), "k": 5}
    a, b = rg.predict_partners(table, **ask), rg.predict_partners(mixed, **ask)
    assert a.select("focal", "partner", "rank").equals(b.select("focal", "partner", "rank"))
    assert b["score"].to_numpy() == pytest.approx(a["score"].to_numpy(), abs=1e-3)


def test_what_happens_later_is_not_looked_at():
    table = history()
    at = dt.date(2016, 1, 1)
    ask = {"focal": ["o001", "o002", "o003"], "k": 10}
    before = rg.predict_partners(table.filter(pl.col("start") < at), at=at, **ask)
    assert rg.predict_partners(table, at=at, **ask).equals(before)
    changed = table.with_columns(pl.when(pl.col("start") >= at).then(pl.lit("o001")).otherwise("organisation"))
    changed = changed.drop("organisation").rename({"literal": "organisation"})
    assert rg.predict_partners(changed, at=at, **ask).equals(before)


def test_predictions_beat_popularity_and_random_where_themes_decide():
    got = rg.backtest_partners(history(1), cut="2016-09-01", methods=["random", "popularity", "regionomics"])
    recall = dict(got.filter(pl.col("group") == "all").select("method", "recall_10").rows())
    auc = dict(got.filter(pl.col("group") == "all").select("method", "auc").rows())
    assert recall["regionomics"] > 4 * max(recall["popularity"], recall["random"])
    assert auc["regionomics"] > 0.75
    assert 0.4 < auc["random"] < 0.6


def test_score_is_what_all_signals_add_up_to_and_reasons_are_its_largest_parts():
    got = rg.predict_partners(history(), focal=["o004"], k=3)
    for row in got.iter_rows(named=True):
        weights = [r["weight"] for r in row["reasons"]]
        assert weights == sorted(weights, reverse=True)
        assert 1 <= len(weights) <= 4
        assert all(w > 0 for w in weights)
        assert all(r["detail"] for r in row["reasons"])
    alone = rg.predict_partners(history(), focal=["o004"], k=1, weights={"Adamic-Adar": 2.0})
    (only,) = alone["reasons"][0]
    assert only["weight"] == pytest.approx(alone["score"][0], abs=1e-5)


def test_columns_are_read_by_what_they_describe():
    from regionomics.matching._collaboration import read_collaboration

    data = read_collaboration(history(), "project", "organisation", "start")
    levels = {a.name: a.level for a in data.attributes}
    assert levels == {"theme": "project", "role": "participation", "kind": "organisation", "country": "organisation"}
    assert list(data.amounts) == ["money"]


def test_nulls_in_further_columns_are_unknown():
    table = history().with_columns(
        pl.when(pl.col("organisation") < "o030").then(None).otherwise("country").alias("country"),
        pl.when(pl.col("organisation") < "o010").then(None).otherwise("money").alias("money"),
        theme=pl.when(pl.col("project") < "p020").then(None).otherwise("theme"),
    )
    assert rg.predict_partners(table, focal=["o001", "o050"], k=4).height == 8


def test_organisation_that_was_always_alone_is_matched_by_what_is_known_of_it():
    table = history()
    alone = table.head(1).with_columns(project=pl.lit("solo"), organisation=pl.lit("new"), theme=pl.lit("T2"))
    got = rg.predict_partners(pl.concat([table, alone]), focal=["new"], k=5)
    assert got.height == 5


@pytest.mark.parametrize("column", [None, pl.Series("kind", [None] * 7, dtype=pl.String)])
def test_of_whom_nothing_is_known_the_most_active_are_shown_and_the_reason_says_so(column):
    table = pl.DataFrame(
        {
            "project": [1, 1, 2, 2, 3, 4, 5],
            "organisation": ["a", "b", "b", "c", "lone", "other", "c"],
            "start": [2014, 2014, 2015, 2015, 2016, 2016, 2016],
        }
    )
    if column is not None:
        table = table.with_columns(column)
    got = rg.predict_partners(table, focal=["lone", "other"], k=3, weights="fixed")
    shown = {f: part["partner"].to_list() for (f,), part in got.group_by("focal", maintain_order=True)}
    assert shown["lone"] == shown["other"]
    assert shown["lone"][0] == "b"  # most partners and most projects; of equal ones, c and a, either may come first
    assert {r["reason"] for reasons in got["reasons"] for r in reasons} == {"active"}
    with pytest.raises(rg.errors.InvalidParameter, match="none of the projects"):
        rg.predict_partners(table, focal="unheard", k=3, weights="fixed")


def test_several_themes_of_a_project_are_several_rows():
    table = history()
    twice = pl.concat([table, table.filter(pl.col("theme") == "T1").with_columns(theme=pl.lit("T9"))])
    assert rg.predict_partners(twice, focal=["o001"], k=5).height == 5


@pytest.mark.parametrize("kind", ["pandas", "arrow", "duckdb", "years", "text"])
def test_every_kind_of_table_and_of_start_gives_the_same(kind):
    table = history().sort("project", "organisation")
    ask = {"focal": ["o001"], "k": 5, "weights": "fixed"}
    expected = rg.predict_partners(table, **ask).select("partner").to_series().to_list()
    if kind == "pandas":
        got = rg.predict_partners(table.to_pandas(), **ask)
        assert isinstance(got, pd.DataFrame)
        assert got["partner"].tolist() == expected
    elif kind == "arrow":
        assert rg.predict_partners(table.to_arrow(), **ask)["partner"].to_pylist() == expected
    elif kind == "duckdb":
        got = rg.predict_partners(duckdb.from_arrow(table.to_arrow()), **ask)
        assert sorted(got.pl()["partner"].to_list()) == sorted(expected)
    else:
        number = (pl.col("start") - pl.date(1970, 1, 1)).dt.total_days() / 365.25
        start = number if kind == "years" else pl.col("start").dt.to_string("%Y-%m-%d")
        assert rg.predict_partners(table.with_columns(start=start), **ask)["partner"].to_list() == expected


def test_short_history_warns_and_uses_fixed_weights():
    short = history(projects=6)
    who = short["organisation"][0]
    with pytest.warns(rg.RegionomicsWarning, match="too few organisations"):
        got = rg.predict_partners(short, focal=[who], k=3)
    assert got.equals(rg.predict_partners(short, focal=[who], k=3, weights="fixed"))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"focal": ["nobody"]}, rg.InvalidParameter, "'nobody' is in none of the projects"),
        ({"focal": ["o001", "o001"]}, rg.InvalidParameter, "twice"),
        ({"k": 0}, rg.InvalidParameter, "k=0"),
        ({"weights": {"charm": 1.0}}, rg.InvalidParameter, "'charm' is unknown"),
        ({"at": "1999-01-01"}, rg.InvalidTable, "no project started before 1999-01-01"),
        ({"at": "soon"}, rg.InvalidParameter, "not a date"),
        ({"start": "kind"}, rg.InvalidTable, "no date"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_remedy(change, error, message):
    with pytest.raises(error, match=message):
        rg.predict_partners(history(), **({"focal": ["o001"], "k": 3} | change))


def test_backtest_counts_by_hand():
    """a-b, b-c, c-d met; later a meets c and e (unknown before), d meets b."""
    rows = [("1", "a", 1), ("1", "b", 1), ("2", "b", 1), ("2", "c", 1), ("3", "c", 1), ("3", "d", 1)]
    rows += [("4", "a", 5), ("4", "c", 5), ("4", "e", 5), ("5", "b", 5), ("5", "d", 5)]
    table = pl.DataFrame(rows, schema=["project", "organisation", "start"], orient="row")
    got = rg.backtest_partners(table, cut=5, methods=["common_neighbours"])
    assert got["queries"].to_list() == [4, 2]
    assert got["recall_10"].to_list() == [1.0, 1.0]
    assert got["ndcg_10"].to_list() == [1.0, 1.0]  # a: c (one shared partner) before d (none)
    with pytest.raises(rg.InvalidParameter, match="cut=9"):
        rg.backtest_partners(table, cut=9)
    with pytest.raises(rg.NoSupport):
        rg.backtest_partners(table, cut=1)


def test_every_method_runs_and_is_repeatable():
    table = history(2, projects=150, organisations=90)
    a = rg.backtest_partners(table, cut="2015-08-01", queries=40, seed=3)
    assert a["method"].n_unique() == 8
    assert a.equals(rg.backtest_partners(table, cut="2015-08-01", queries=40, seed=3))
    assert a.select(pl.col("recall_10", "recall_50", "auc").is_between(0, 1).all()).row(0) == (True, True, True)
