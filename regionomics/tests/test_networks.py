"""Networks of organisations: projection, summary, positions."""

from __future__ import annotations

from itertools import combinations

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

quick = settings(max_examples=10, deadline=None)


def participations(seed: int, projects: int = 8, organisations: int = 9) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    part = rng.random((projects, organisations)) < 0.3
    part[0, :2] = True
    p, o = np.nonzero(part)
    return pl.DataFrame({"project": p, "organisation": [f"o{i}" for i in o], "budget": rng.integers(1, 9, len(p))})


def ties(*pairs: str) -> pl.DataFrame:
    """'ab' is a tie of a and b with weight 1."""
    return pl.DataFrame(
        {
            "organisation_1": [p[0] for p in pairs],
            "organisation_2": [p[1] for p in pairs],
            "weight": [1.0] * len(pairs),
        },
        schema={"organisation_1": pl.String, "organisation_2": pl.String, "weight": pl.Float64},
    )


@quick
@given(st.integers(0, 10_000), st.sampled_from(["newman", "project", "whole"]))
def test_projection_equals_the_definition_project_by_project(seed, counting):
    table = participations(seed)
    expected: dict[tuple[str, str], float] = {}
    for team in table.group_by("project").agg("organisation")["organisation"]:
        n = len(team)
        weight = {"newman": 1 / max(n - 1, 1), "project": 2 / max(n * (n - 1), 1), "whole": 1.0}[counting]
        for pair in combinations(sorted(team), 2):
            expected[pair] = expected.get(pair, 0.0) + weight
    got = rg.projection(table, counting=counting).ties
    assert list(zip(got["organisation_1"], got["organisation_2"], strict=True)) == sorted(expected)
    assert got["weight"].to_list() == pytest.approx([expected[p] for p in sorted(expected)])


@quick
@given(st.integers(0, 10_000))
def test_an_organisations_ties_add_up_to_its_projects_with_others_and_a_projects_to_one(seed):
    table = participations(seed)
    newman, project = rg.projection(table), rg.projection(table, counting="project", share="budget")
    joint = newman.projects.filter(pl.col("partners") > 1)
    with_others = table.filter(pl.col("project").is_in(joint["project"].to_list())).group_by("organisation").len()
    strength = dict(newman.organisations.select("organisation", "strength").iter_rows())
    assert all(strength[o] == pytest.approx(n) for o, n in with_others.iter_rows())
    assert project.ties["weight"].sum() == pytest.approx(joint.height)


@quick
@given(st.integers(0, 10_000))
def test_order_and_unit_of_shares_change_nothing(seed):
    table = participations(seed)
    first = rg.projection(table, counting="project", share="budget")
    other = rg.projection(
        table.sample(fraction=1, shuffle=True, seed=seed).with_columns(pl.col("budget") * 1000.0),
        counting="project",
        share="budget",
    )
    assert first.ties.drop("weight").equals(other.ties.drop("weight"))
    assert first.ties["weight"].to_list() == pytest.approx(other.ties["weight"].to_list())


def test_equal_shares_are_no_shares():
    table = participations(3).with_columns(budget=5)
    assert rg.projection(table, counting="project", share="budget").ties["weight"].to_list() == pytest.approx(
        rg.projection(table, counting="project").ties["weight"].to_list()
    )


def test_large_projects_can_be_left_out_and_are_named():
    table = pl.DataFrame({"project": ["x"] * 4 + ["y"] * 2, "organisation": list("abcdab")})
    got = rg.projection(table, largest=3)
    assert got.ties.to_dicts() == [{"organisation_1": "a", "organisation_2": "b", "weight": 1.0, "projects": 1}]
    assert got.projects["used"].to_list() == [False, True]
    assert got.organisations["projects"].to_list() == [2, 2, 1, 1]


def test_nobody_with_a_partner_gives_a_table_without_rows():
    got = rg.projection(pl.DataFrame({"project": ["x", "y"], "organisation": ["a", "b"]}))
    assert got.ties.height == 0
    assert got.ties.columns == ["organisation_1", "organisation_2", "weight", "projects"]
    assert got.organisations["partners"].to_list() == [0, 0]


def test_periods_are_projected_each_by_itself():
    table = pl.DataFrame({"year": [1, 1, 2, 2], "project": ["x", "x", "y", "y"], "organisation": ["a", "b", "a", "c"]})
    got = rg.projection(table, by="year")
    assert got.ties["year"].to_list() == [1, 2]
    assert got.ties["organisation_2"].to_list() == ["b", "c"]
    both = rg.network_summary(got.ties, got.organisations, by="year")
    assert both["nodes"].to_list() == [2, 2]


def test_refusals_name_the_row_and_the_remedy():
    with pytest.raises(rg.InvalidTable, match="a, x appears 2 times"):
        rg.projection(pl.DataFrame({"project": ["x", "x"], "organisation": ["a", "a"]}))
    with pytest.raises(rg.InvalidParameter, match="needs counting='project'"):
        rg.projection(participations(1), share="budget")
    with pytest.raises(rg.InvalidParameter, match="largest=1"):
        rg.projection(participations(1), largest=1)
    with pytest.raises(rg.InvalidTable, match="a has a tie with itself"):
        rg.network_summary(ties("aa"))
    with pytest.raises(rg.InvalidTable, match="a and b have 2 ties"):
        rg.network_summary(ties("ab", "ba"))
    with pytest.raises(rg.InvalidTable, match="b has a tie but is not among the nodes"):
        rg.network_summary(ties("ab"), ["a", "c"])
    with pytest.raises(rg.InvalidTable, match="c appears twice"):
        rg.network_summary(ties("ab"), ["a", "b", "c", "c"])
    with pytest.raises(rg.InvalidTable, match="no nodes"):
        rg.network_summary(ties())
    with pytest.raises(rg.InvalidParameter, match="nodes= is needed"):
        rg.network_summary(ties("ab"), group="kind")
    with pytest.raises(rg.InvalidTable, match="organisation_2 is null in row 1"):
        rg.network_summary(pl.DataFrame({"organisation_1": ["a"], "organisation_2": [None], "weight": [1]}))


@odd_tables
def test_a_network_without_ties_has_answers_and_unknowns_but_no_nan():
    got = rg.network_summary(ties(), ["a", "b"]).to_dicts()[0]
    assert (got["nodes"], got["isolates"], got["components"], got["density"]) == (2, 2, 2, 0.0)
    assert got["mean_distance"] is None
    assert got["transitivity"] is None
    one = rg.network_summary(ties(), ["a"]).to_dicts()[0]
    assert one["density"] is None
    assert rg.network_positions(ties(), ["a"])["betweenness"].null_count() == 1


def test_a_tie_of_weight_0_is_no_tie():
    table = ties("ab", "bc").with_columns(weight=pl.Series([1, 0]))
    assert rg.network_summary(table)["ties"].to_list() == [1]
    assert rg.network_summary(table)["isolates"].to_list() == [1]


def test_the_same_nodes_stand_in_every_group_unless_they_name_theirs():
    table = ties("ab", "ac").with_columns(layer=pl.Series(["events", "projects"]))
    got = rg.network_summary(table, ["a", "b", "c", "d"], by="layer")
    assert got["nodes"].to_list() == [4, 4]
    own = pl.DataFrame({"layer": ["events", "events", "projects", "projects"], "organisation": list("abac")})
    assert rg.network_summary(table, own, by="layer")["nodes"].to_list() == [2, 2]


def test_engines_agree():
    table = rg.projection(participations(5)).ties
    expected = rg.network_positions(table)
    assert pl.from_pandas(rg.network_positions(table.to_pandas())).equals(expected)
    assert pl.from_arrow(rg.network_positions(table.to_arrow())).equals(expected)
    assert isinstance(rg.network_positions(table.to_arrow()), pa.Table)
    assert rg.network_positions(table.lazy()).collect().equals(expected)
    arrow = table.to_arrow()  # DuckDB finds it by its name
    assert len(arrow) == table.height
    assert pl.from_arrow(rg.network_positions(duckdb.sql("select * from arrow")).arrow().read_all()).equals(expected)


def test_cutpoint_is_who_holds_two_parts_together():
    got = rg.network_positions(ties("ab", "bc", "cd", "ce", "de"))
    assert got.filter("cutpoint")["organisation"].to_list() == ["b", "c"]
    assert got["shell"].to_list() == [1, 1, 2, 2, 2]


def test_summary_has_the_same_types_whether_or_not_something_is_unknown():
    pair = pl.DataFrame({"organisation_1": ["a"], "organisation_2": ["b"]})
    path = pl.DataFrame({"organisation_1": ["a", "b"], "organisation_2": ["b", "c"]})
    assert rg.network_summary(pair, weight=None).schema == rg.network_summary(path, weight=None).schema
