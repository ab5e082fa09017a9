"""What a table cannot answer is null, and said (ADR 28), by the functions over time, of plants, ties and two spaces:
each null that is not ordinary has an InputWarning with the label, the reason and the period."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest
from promises import tables

import regionomics as rg

PLACES, ACTIVITIES, YEARS = list("ABCDEFGH"), [f"a{k}" for k in range(7)], range(2000, 2005)
RNG = np.random.default_rng(9)
PANEL = pl.DataFrame(
    [
        (year, p, a, float(RNG.integers(1, 9) if RNG.random() < 0.55 else 1) * 10)
        for year in YEARS
        for p in PLACES
        for a in ACTIVITIES
    ],
    schema=["year", "place", "activity", "value"],
    orient="row",
)
H, A6, FIRST, SECOND = (
    pl.col("place") == "H",
    pl.col("activity") == "a6",
    pl.col("year") == 2000,
    pl.col("year") == 2001,
)
ELSEWHERE = pl.DataFrame(
    [(year, "Z", "only", 50.0) for year in YEARS], schema=["year", "place", "activity", "value"], orient="row"
)


def without(which):
    return PANEL.with_columns(value=pl.when(which).then(0.0).otherwise("value"))


TABLES = {
    "plain": PANEL,
    "a place with nothing": without(H),
    "an activity of nobody": without(A6),
    "a place with nothing at first": without(H & FIRST),
    "an activity of nobody at first": without(A6 & FIRST),
    "a place without rows in a year": PANEL.filter(~(H & SECOND)),
    "an activity without rows in a year": PANEL.filter(~(A6 & SECOND)),
    "one place": PANEL.filter(place="A"),
    "one place that has anything": without(pl.col("place") != "A"),
    "groups that share nothing": pl.concat([PANEL, ELSEWHERE]),
    "a year with nothing": without(SECOND),
}
OVER_TIME = {
    "growth": rg.growth,
    "shift_share": rg.shift_share,
    "entries_exits": rg.entries_exits,
    "entry_panel": rg.entry_panel,
    "backtest_density": rg.backtest_density,
    "effort_model": rg.effort_model,
    "contagion_model": lambda t: rg.contagion_model(t, link=0.2),
}
# A start of 0 in one pair, an event that could not befall a pair: ordinary, and in the docstring.
ORDINARY = {"growth": {"growth"}, "entries_exits": {"entry", "exit"}}
GONE = "no row in one of the two periods for {}, year 2000 to 2001 and the like in"


def ask(call):
    """The answer (None: refused) and what was said, all of it the library's own."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            answer = call()
        except rg.RegionomicsError:
            answer = None
    assert all(issubclass(w.category, rg.RegionomicsWarning) for w in said), [str(w.message) for w in said]
    of_the_table = [str(w.message) for w in said if w.category is rg.InputWarning]
    assert len(of_the_table) <= 1, of_the_table
    return answer, "; ".join(of_the_table), [str(w.message) for w in said if w.category is rg.RegionomicsWarning]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("function", OVER_TIME)
def test_null_over_time_is_said(function, name):
    answer, said, more = ask(lambda: OVER_TIME[function](TABLES[name]))
    if answer is None:
        return
    unknown = {c for t in tables(answer).values() for c in t.columns if t[c].null_count()} - ORDINARY.get(
        function, set()
    )
    told = said + " ".join(more)
    for column in unknown - {"b_se", "alpha_se", "value_from", "value", "top_decile_rate", "entry_rate"}:
        assert column in told, (column, told)
    if {"b_se", "alpha_se"} & unknown:
        assert "no standard error" in told
    if name == "plain":
        assert said == ""


@pytest.mark.parametrize("of", ["place H", "activity a6"])
@pytest.mark.parametrize("function", OVER_TIME)
def test_what_has_no_rows_in_a_year_is_named_with_the_year(function, of):
    kind = "a place" if of == "place H" else "an activity"
    answer, said, _ = ask(lambda: OVER_TIME[function](TABLES[f"{kind} without rows in a year"]))
    assert answer is not None
    assert GONE.format(of) in said or f"{of} left out: without a row in year 2000 or 2001" in said


@pytest.mark.parametrize("function", ["shift_share", "entries_exits", "entry_panel", "backtest_density"])
@pytest.mark.parametrize("name", ["one place", "one place that has anything"])
def test_one_place_over_time_is_said_to_have_none_to_compare_with(function, name):
    _, said, _ = ask(lambda: OVER_TIME[function](TABLES[name]))
    assert said.startswith("A is the only place that has anything in year 2000 (and likewise in 4 more): there is no")
    assert said.count("is the only place") == 1


def test_entry_panel_names_what_has_nothing_and_what_is_related_to_nothing():
    _, said, _ = ask(lambda: rg.entry_panel(TABLES["an activity of nobody at first"]))
    assert said == (
        "location_quotient null: no value above 0 at the start for activity a6, year 2000 to 2001; read null as "
        "unknown; density null: related to nothing at the start for activity a6, year 2000 to 2001; read null as "
        "unknown"
    )


def test_backtest_says_what_ranks_last_and_when_there_is_nothing_to_rank():
    _, said, _ = ask(lambda: rg.backtest_density(TABLES["groups that share nothing"]))
    assert said == (
        "score of density unknown: related to nothing at the start for activity only, year 2000 to 2001 and the like "
        "in 3 more steps; these pairs rank last"
    )
    _, said, _ = ask(lambda: rg.backtest_density(TABLES["a year with nothing"]))
    assert "auc and average_precision null for year 2000 to 2001: of the pairs" in said


def test_pairs_without_a_score_rank_last_together_whatever_their_number():
    """Two unknown scores tie: hits 1 of 2 known, 1 of 2 unknown; precision 1 at the first, 2 / 4 at the tie's end."""
    from regionomics.relatedness.backtest import _average_precision

    score, entered = np.array([2.0, 1.0, -np.inf, -np.inf]), np.array([True, False, True, False])
    assert _average_precision(score, entered) == (1 / 1 * 1 + 2 / 4 * 1) / 2


def test_contagion_names_what_is_linked_to_nothing():
    _, said, more = ask(lambda: OVER_TIME["contagion_model"](TABLES["an activity of nobody"]))
    assert said == "no relatedness >= 0.2 for activity a6: left out; lower link= takes them in"
    (more,) = more
    assert "alpha = 0: one of them is at its limit" in more


def test_effort_takes_an_empty_place_for_0_and_says_so():
    _, said, _ = ask(lambda: rg.effort_model(TABLES["a place with nothing"]))
    assert said == "location_quotient taken as 0: no value above 0 for place H, year 2004; leave them out"


PLANTS = pl.DataFrame(
    {
        "plant": [f"f{k:02}" for k in range(40)],
        "place": [f"q{v}" for v in RNG.integers(0, 5, 40)],
        "activity": [f"a{k % 3}" for k in range(40)],
        "value": RNG.integers(1, 50, 40).astype(float),
        "x": RNG.random(40) * 20,
        "y": RNG.random(40) * 20,
        "group": [f"g{k % 3 // 2}" for k in range(40)],
    }
)
NEW = PLANTS[:1].with_columns(plant=pl.lit("new"), activity=pl.lit("solo"), group=pl.lit("g1"))
BIG = {"value": "value", "distances": [5.0, 10.0]}


@pytest.mark.parametrize("function", [rg.ellison_glaeser, rg.coagglomeration])
def test_plants_of_one_place_have_none_to_compare_with(function):
    _, said, _ = ask(lambda: function(PLANTS.with_columns(place=pl.lit("q"))))
    assert said.startswith("q is the only place that has anything: there is no other")
    mapping = {"q": 1.0, "elsewhere": 9.0}
    assert ask(lambda: function(PLANTS.with_columns(place=pl.lit("q")), place_total=mapping))[1] == ""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda t: rg.coagglomeration(t), "coagglomeration null: no value above 0 for activity solo; leave"),
        (lambda t: rg.ellison_glaeser(t), "ellison_glaeser null: no value above 0 for activity solo; leave"),
        (lambda t: rg.kd_function(t, **BIG), "no curve of solo (1 plants, 10 are needed); .activities says why"),
        (lambda t: rg.m_function(t, **BIG), "no curve of solo (1 plants, 10 are needed); .activities says why"),
    ],
)
def test_activity_of_nobody_among_plants_is_named(call, said):
    assert ask(lambda: call(PLANTS))[1] == ""
    assert ask(lambda: call(pl.concat([PLANTS, NEW.with_columns(value=pl.lit(0.0))])))[1].startswith(said)


def test_plants_without_size_have_no_curve_and_the_neighbour_asked_for_is_not_missed():
    _, said, _ = ask(lambda: rg.m_function(PLANTS.with_columns(value=pl.lit(0.0)), **BIG))
    assert said == "no curve of a0 (its plants have no size) and of 2 more; .activities says why of each"
    assert ask(lambda: rg.m_function(PLANTS, neighbour="a1", **BIG))[1] == ""


def test_one_plant_and_one_activity_of_a_group_are_said():
    both = pl.concat([PLANTS, NEW])
    assert ask(lambda: rg.ellison_glaeser(both))[1].startswith(
        "ellison_glaeser null: one plant has all of activity solo"
    )
    alone = PLANTS.filter(pl.col("activity") != "a1")
    _, said, _ = ask(lambda: rg.coagglomeration(alone, groups="group"))
    assert said == (
        "coagglomeration null: fewer than two activity in group g0, g1; use coarser ones, or read null as unknown"
    )


def test_distances_at_which_nobody_stands_are_counted():
    _, said, _ = ask(lambda: rg.m_function(PLANTS, distances=[1e-9, 5.0]))
    assert said == "m null in 3 of 6 rows: no plant has a neighbour so near"
    panel = pl.concat([PLANTS.with_columns(year=pl.lit(y)) for y in (1, 2, 3)])
    _, said, _ = ask(lambda: rg.m_function(panel, distances=[1e-9, 5.0], by="year"))
    assert said == "m null in 3 of 6 rows: no plant has a neighbour so near (in year=1, and the like in 2 more groups)"


TIES = pl.DataFrame({"organisation_1": ["a", "a", "b"], "organisation_2": ["b", "c", "d"], "weight": [1.0, 1.0, 1.0]})
NODES = pl.DataFrame({"organisation": ["a", "b", "c", "d", "e"], "group": ["g", "g", "h", "h", "i"]})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: rg.burt_constraint(TIES, NODES),
            "constraint null: no ties for organisation e; leave them out",
        ),
        (lambda: rg.link_gaps(TIES, NODES), "ratio null in 3 of 5 rows; z null in 4 of 5 rows: no ties between the"),
        (lambda: rg.network_positions(TIES[:1]), "betweenness null in 2 of 2 rows: 2 nodes have nobody to stand betwe"),
        (
            lambda: rg.multiplex(
                pl.concat([TIES.with_columns(layer=pl.lit(k)) for k in (1, 2)]), NODES.select("organisation")
            ),
            "participation null: no ties for organisation e; leave them out",
        ),
    ],
)
def test_who_has_no_ties_is_named(call, said):
    assert ask(call)[1].startswith(said)


def test_what_follows_from_the_question_itself_is_not_warned_of():
    """One contact has no hierarchy, a group of one no ties within, and our own first distances may reach nobody."""
    assert ask(lambda: rg.burt_constraint(TIES))[1] == ""
    ring = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("a", "e")]
    ties = pl.DataFrame(ring, schema=["organisation_1", "organisation_2"], orient="row")
    answer, said, _ = ask(lambda: rg.link_gaps(ties, NODES))
    assert answer["ratio"].null_count() == 1
    assert said == ""
    answer, said, _ = ask(lambda: rg.m_function(PLANTS))
    assert answer.curves["m"].null_count() > 0
    assert said == ""


def test_spaces_of_one_place_and_activities_that_meet_nothing_are_named():
    one = pl.DataFrame({"place": ["p", "p", "q"], "activity": ["a", "b", "a"], "value": [1.0, 1.0, 1.0]})
    other = pl.DataFrame({"place": ["p", "q", "q"], "activity": ["s", "t", "u"], "value": [1.0, 1.0, 0.0]})
    _, said, _ = ask(lambda: rg.cross_relatedness(one, other, presence="given"))
    assert said == "density null: related to nothing of the other space for activity u; read null as unknown"
    _, said, _ = ask(lambda: rg.cross_relatedness(one.filter(place="p"), other.filter(place="p"), presence="given"))
    assert said.startswith("p is the only place that has anything")
    both = [t.with_columns(year=pl.lit(2020)) for t in (one, other)]
    _, said, _ = ask(lambda: rg.cross_relatedness(*both, presence="given", by="year"))
    assert said.endswith("for activity u; read null as unknown (in year=2020)")


def test_activities_without_occupations_or_flows_are_named():
    jobs = pl.DataFrame({"activity": list("abbcc"), "occupation": list("xxyyz"), "value": [0.0, 2.0, 1.0, 3.0, 5.0]})
    assert ask(lambda: rg.occupation_overlap(jobs))[1].startswith("links null: no value above 0 for activity a;")
    flows = pl.DataFrame({"origin": list("abcc"), "destination": list("abcd"), "value": [0.0, 0.0, 5.0, 1.0]})
    _, said, _ = ask(lambda: rg.input_output_links(flows))
    assert said.startswith("links between them null: no value above 0 for sector a, b;")


def said(call):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        call()
    return [str(w.message) for w in heard if issubclass(w.category, rg.InputWarning)]


def spells(durations, events, entries=0.0):
    return pl.DataFrame({"duration": durations, "event": events, "entry": entries, "group": "a"})


def test_curve_says_where_it_has_no_interval():
    all_end = spells([1.0, 2.0, 3.0], [True, True, True])
    (text,) = said(lambda: rg.kaplan_meier(all_end))
    assert text.startswith("low and high null from duration 3 on: survival is 0 there")
    (text,) = said(lambda: rg.kaplan_meier(spells([1.0, 2.0], [False, False])))
    assert "no end was seen" in text
    (text,) = said(lambda: rg.kaplan_meier(spells([1.0, 5.0], [True, True], [0.0, 3.0]), entry="entry"))
    assert "those watched from later on count for nothing" in text
    assert not said(lambda: rg.kaplan_meier(spells([1.0, 2.0, 3.0], [True, False, False]))), (
        "null before it is ordinary"
    )
    two = pl.concat([all_end, all_end.with_columns(group=pl.lit("b"))])
    (text,) = said(lambda: rg.kaplan_meier(two, by="group"))
    assert text.endswith("(in group=a, and the like in 1 more group)")


def test_reading_a_curve_beyond_its_watch_is_said():
    (text,) = said(lambda: rg.survival_at(spells([1.0, 2.0, 3.0], [True, False, False]), [2.0, 9.0]))
    assert "nobody was watched up to duration 9, the longest spell has 3" in text


def ties(*pairs):
    return pl.DataFrame(
        {"organisation_1": [p[0] for p in pairs], "organisation_2": [p[1] for p in pairs], "weight": 1.0}
    )


def test_network_too_small_for_a_measure_of_fit_says_so():
    (text,) = said(lambda: rg.core_periphery(ties("xy", "yz")))
    assert "correlation, core_density, z null in fit: with 1 in the core and 3 nodes in all" in text
    (text,) = said(lambda: rg.core_periphery(ties("xy", "yz"), draws=0))
    assert "expected" not in text, "what was not asked for is not said"
    wheel = ties("ab", "ac", "bc", "ad", "be", "cf", "ag", "bh")
    assert not said(lambda: rg.core_periphery(wheel))


def test_index_of_a_list_that_leaves_nodes_is_null_and_said():
    (text,) = said(lambda: rg.robustness(ties("xy", "yz"), order=["y"]))
    assert "the list names 1 of 3 nodes" in text
    assert not said(lambda: rg.robustness(ties("xy", "yz"), order=["y", "x", "z"]))


def test_places_whose_combinations_cannot_be_unusual_are_named():
    single = pl.DataFrame({"place": ["P1", "P1", "P2", "P3"], "activity": ["a", "b", "a", "b"], "value": 1})
    (text,) = said(lambda: rg.novelty(single))
    assert "a single activity, so no pair, for place P2, P3" in text
    even = pl.DataFrame({"place": ["P1", "P1", "P2", "P2"], "activity": ["a", "b", "a", "b"], "value": 1})
    (text,) = said(lambda: rg.novelty(even))
    assert "no pair whose number chance could change for place P1, P2" in text
