"""Coverage of clusters: counts, versions, refusals."""

import datetime as dt

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

CODES = ["10.1", "10.2", "20.1", "20.2", "30.1"]
TREE = pl.DataFrame(
    {
        "activity": [*CODES, "10", "20", "30"],
        "parent": ["10", "10", "20", "20", "30", "C", "C", None],
    }
)
REGISTER = pl.DataFrame({"activity": CODES, "firms": [10, 20, 30, 40, 50]})
DEFINITION = pl.DataFrame({"cluster": ["k"], "version": [1], "activity": ["10"]})


def members(codes, cluster="k"):
    return pl.DataFrame(
        {"cluster": [cluster] * len(codes), "firm": [f"f{i}" for i in range(len(codes))], "activity": codes},
        schema={"cluster": pl.String, "firm": pl.String, "activity": pl.String},
    )


def definition(*versions):
    rows = [("k", i, code) for i, codes in enumerate(versions, 1) for code in codes]
    return pl.DataFrame(rows, schema=["cluster", "version", "activity"], orient="row")


SOME = st.lists(st.sampled_from([*CODES, None]), max_size=12)
SETS = st.lists(st.sampled_from(["10", "20", "30", "10.1", "20.2", "C"]), min_size=1, max_size=3, unique=True)


@odd_tables
@given(SOME, SETS)
@settings(max_examples=20, deadline=None)
def test_inside_outside_and_unknown_add_up_to_the_members(codes, codes_in):
    below = {
        "10": {"10.1", "10.2"},
        "20": {"20.1", "20.2"},
        "30": {"30.1"},
        "C": set(CODES) - {"30.1"},
        "10.1": {"10.1"},
        "20.2": {"20.2"},
    }
    inside = set().union(*(below[c] for c in codes_in))
    row = rg.coverage(members(codes), REGISTER, definition(codes_in), parents=TREE).clusters.row(0, named=True)
    assert row["n_members"] == sum(c in inside for c in codes)
    assert row["n_firms"] == sum(f for c, f in REGISTER.iter_rows() if c in inside)
    assert row["unknown"] == sum(c is None for c in codes)
    assert row["n_members"] + row["outside"] + row["unknown"] == len(codes)


@odd_tables
@given(SOME, SETS, SETS, st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_an_old_version_keeps_its_figure_whatever_the_new_one_says(codes, first, second, random):
    people = members(codes)
    rows = list(range(people.height))
    random.shuffle(rows)
    alone = rg.coverage(people, REGISTER, definition(first), parents=TREE)
    both = rg.coverage(people[rows], REGISTER.reverse(), definition(first, second), parents=TREE)
    assert both.clusters.filter(pl.col("version") == 1).equals(alone.clusters)
    assert both.gaps.filter(pl.col("version") == 1).equals(alone.gaps)


def test_firm_listed_twice_counts_once_and_in_each_of_its_clusters():
    people = pl.concat([members(["10.1", "10.2"]), members(["10.1"]), members(["10.1"], cluster="m")])
    both = pl.concat([DEFINITION, DEFINITION.with_columns(cluster=pl.lit("m"))])
    got = rg.coverage(people, REGISTER, both, parents=TREE).clusters
    assert got["cluster"].to_list() == ["k", "m"]
    assert got["n_members"].to_list() == [2, 1]


def test_firm_known_in_one_row_and_unknown_in_another_is_known():
    people = pl.concat([members(["10.1"]), members([None])])
    assert rg.coverage(people, REGISTER, DEFINITION, parents=TREE).clusters["n_members"].to_list() == [1]


def test_definition_without_register_firms_is_unknown_not_zero_and_said():
    said = r"1 of 1 rows of \.clusters: the register has no firms for cluster k, version 1: 99; those below a code"
    with pytest.warns(rg.InputWarning, match=said):
        got = rg.coverage(members(["20.1"]), REGISTER, definition(["99"]))
    assert got.clusters["coverage"].to_list() == [None]
    assert got.clusters["n_firms"].to_list() == [0]
    assert got.gaps["coverage"].to_list() == [None]


def test_cluster_without_members_covers_nothing():
    got = rg.coverage(members([]), REGISTER, DEFINITION, parents=TREE).clusters
    assert got.row(0, named=True) == {
        "cluster": "k",
        "version": 1,
        "n_members": 0,
        "n_firms": 30,
        "coverage": 0.0,
        "outside": 0,
        "unknown": 0,
    }


def test_groups_follow_the_keys_and_gaps_come_least_covered_first():
    keyed = REGISTER.with_columns(place=pl.Series(["TO", "TO", "CN", "CN", "CN"]))
    people = members(["10.1", "20.1"]).with_columns(place=pl.Series(["TO", "CN"]))
    said = r"null in 2 of 4 rows of \.gaps: the register has no firms for place CN, cluster k, version 1: 10; else"
    with pytest.warns(rg.InputWarning, match=said):
        got = rg.coverage(people, keyed, definition(["10", "20"]), by="place", parents=TREE)
    assert got.clusters["place"].to_list() == ["CN", "TO"]
    assert got.clusters["n_firms"].to_list() == [70, 30]
    assert got.gaps["activity"].to_list() == ["20", "10", "10", "20"]
    assert got.gaps["coverage"].to_list() == [1 / 70, None, 1 / 30, None]


def test_more_members_than_firms_is_shown_and_warned_of():
    with pytest.warns(rg.RegionomicsWarning, match=r"k, version 1, has 2 members inside and the register 1 firms"):
        got = rg.coverage(
            members(["10.1", "10.1"]), pl.DataFrame({"activity": ["10.1"], "firms": [1]}), definition(["10.1"])
        )
    assert got.clusters["coverage"].to_list() == [2.0]


def test_cluster_without_definition_is_left_out_and_named():
    with pytest.warns(rg.RegionomicsWarning, match="left out, m among them"):
        got = rg.coverage(members(["10.1"], cluster="m"), REGISTER, DEFINITION, parents=TREE)
    assert got.clusters["cluster"].to_list() == ["k"]


def test_versions_in_force_by_day():
    dates = [dt.date(2019, 12, 31), dt.date(2020, 1, 1)]
    people = pl.concat([members(["10.1"]).with_columns(day=pl.lit(d)) for d in dates])
    firms = pl.concat([REGISTER.with_columns(day=pl.lit(d)) for d in dates])
    spans = definition(["10.1"], ["10.1", "10.2"]).with_columns(
        since=pl.Series([None, dates[1], dates[1]]), until=pl.Series([dates[1], None, None])
    )
    got = rg.coverage(people, firms, spans, by="day", in_force="day").clusters
    assert got["version"].to_list() == [1, 2]
    assert got["n_firms"].to_list() == [10, 30]
    open_end = spans.with_columns(until=pl.lit(None, pl.Date))
    with pytest.raises(rg.InvalidTable, match="versions 1 and 2 in force in day 2020-01-01"):
        rg.coverage(people, firms, open_end, by="day", in_force="day")
    with pytest.raises(rg.InvalidTable, match="cannot be compared"):
        rg.coverage(people, firms, spans.with_columns(since=pl.lit(2019)), by="day", in_force="day")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: rg.coverage(members(["10.1"]), REGISTER, DEFINITION.clear()), rg.InvalidTable, "no rows"),
        (
            lambda: rg.coverage(pl.concat([members(["10.1"]), members(["20.1"])]), REGISTER, DEFINITION),
            rg.InvalidTable,
            r"f0 has two values of activity in cluster k, 10.1 and 20.1",
        ),
        (lambda: rg.coverage(members([]), REGISTER, definition(["10", "10"])), rg.InvalidTable, "10 is named twice"),
        (
            lambda: rg.coverage(
                members([]), REGISTER, DEFINITION, parents=pl.DataFrame({"activity": ["a", "b"], "parent": ["b", "a"]})
            ),
            rg.InvalidTable,
            "a lies in a circle",
        ),
        (
            lambda: rg.coverage(
                members([]), REGISTER, DEFINITION, parents=pl.DataFrame({"activity": ["a", "a"], "parent": ["b", "c"]})
            ),
            rg.InvalidTable,
            "a has two parents",
        ),
        (lambda: rg.coverage(members([]), REGISTER, DEFINITION, in_force="year"), rg.InvalidParameter, "not among by"),
        (lambda: rg.coverage(members([]), REGISTER, DEFINITION, by="firm"), rg.InvalidParameter, "another key"),
        (
            lambda: rg.coverage(members([]), REGISTER.with_columns(pl.col("firms") - 20), DEFINITION),
            rg.InvalidTable,
            "firms is -10",
        ),
        (
            lambda: rg.coverage(members(["1"]), REGISTER.with_columns(activity=pl.Series(range(5))), DEFINITION),
            rg.InvalidTable,
            "use one type in all",
        ),
    ],
)
def test_table_that_breaks_a_rule_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_engines_agree():
    people = members(["10.1", "20.1", None])
    ours = rg.coverage(people, REGISTER, DEFINITION, parents=TREE)
    other = rg.coverage(people.to_pandas(), REGISTER.to_arrow(), DEFINITION, parents=TREE.lazy())
    assert pl.from_pandas(other.clusters).equals(ours.clusters)
    relation = rg.coverage(duckdb.from_arrow(people.to_arrow()), REGISTER, DEFINITION, parents=TREE).clusters
    assert relation.fetchall() == ours.clusters.rows()


def test_the_module_of_the_same_name_answers_too():
    import regionomics.coverage

    assert regionomics.coverage(members([]), REGISTER, DEFINITION, parents=TREE).clusters.height == 1


def test_register_with_a_total_and_its_parts_is_warned_of():
    register = pl.DataFrame({"activity": ["10", "10.1", "20"], "firms": [30, 12, 5]})
    with pytest.warns(rg.RegionomicsWarning, match=r"activity 10 and for 10.1 below it \(1 such pairs\)"):
        got = rg.coverage(members(["10.1"]), register, definition(["10"]), parents=TREE)
    assert got.clusters["n_firms"].to_list() == [30 + 12]
