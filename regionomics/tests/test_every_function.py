"""What every function on places and activities promises: any dataframe library, any order, unit, label or column name;
panels; one place, places with nothing, groups that share nothing; refusals. One table of functions, one test each."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from promises import FAMILIES, answered_or_refused, native, same, tables, without_nan
from scipy import sparse

import regionomics as rg

RNG = np.random.default_rng(3)
PLACES, ACTIVITIES = list("ABCDEFGH"), [f"a{k}" for k in range(7)]
AMOUNTS = [(p, a, float(v)) for p in PLACES for a in ACTIVITIES if (v := RNG.integers(0, 60)) > 20]
MADE = pl.DataFrame(AMOUNTS, schema=["place", "activity", "value"], orient="row")
ONES = MADE.with_columns(value=pl.lit(1.0))
WEALTH = {p: 10.0 + k for k, p in enumerate(PLACES)}
# A number a place as a mapping works in every family.
UNKNOWN = {"Z": 5.0, "solo": 7.0}
FACTS = {**WEALTH, **UNKNOWN, **{f"x{p}": v for p, v in WEALTH.items()}}


@dataclasses.dataclass(frozen=True)
class Case:
    """A function with the options it needs. given: it takes presences (0 and 1). unit: a change of unit changes nothing
    in it. by: it runs panels. matrix: it takes a PlaceActivity."""

    function: str
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    given: bool = False
    unit: bool = True
    by: bool = True
    matrix: bool = True

    @property
    def table(self) -> pl.DataFrame:
        return ONES if self.given else MADE

    def __call__(self, table: Any, **more: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rg.RegionomicsWarning)
            return self.ask(table, **more)

    def ask(self, table: Any, **more: Any) -> Any:
        """With all that the library has to say."""
        return getattr(rg, self.function)(table, **self.options, **more)


CASES = [
    Case("location_quotient"),
    Case("location_quotient", {"zeros": False}),
    Case("location_quotient", {"weights": "equal"}),
    Case("presence"),
    Case("presence", {"method": "value", "threshold": 1e-9}),
    Case("shrunk_location_quotient", unit=False),  # counts of people say how sure a quotient is
    Case("cluster_stars", unit=False),  # its answer holds the values
    Case("specialisation_coefficient"),
    Case("krugman_index"),
    Case("hachman"),
    Case("herfindahl"),
    Case("entropy"),
    Case("gini"),
    Case("locational_gini"),
    Case("hoover_index"),
    Case("concentration_curve"),
    Case("similarity"),
    Case("similarity", {"method": "overlap"}),
    Case("weighted_variety"),
    Case("cooccurrence"),
    *(
        Case("relatedness", {"method": m})
        for m in ("probability", "association", "cosine", "jaccard", "conditional", "correlation", "value_cosine")
    ),
    Case("relatedness", {"top_k": 2}),
    Case("relatedness_density"),
    Case("relatedness_density", {"which": "absent"}),
    Case("relatedness_density", {"which": "present", "measure": "distance"}),
    Case("relative_relatedness"),
    Case("local_relatedness"),
    Case("coherence"),
    Case("economic_complexity"),
    Case("economic_complexity", {"method": "reflections"}),
    Case("fitness_complexity"),
    Case("genepy"),
    Case("complexity_outlook"),
    Case("opportunity_gain"),
    Case("diversity"),
    Case("ubiquity"),
    Case("normalised_ubiquity", unit=False),  # a logarithm of the values
    Case("novelty", given=True),
    Case("ease_of_recombination", given=True),
    Case("modular_complexity", given=True),
    Case("complementarity"),
    Case("partner_regions"),
    Case("locational_correlation"),
    Case("colocation"),
    Case("prody", {"income": FACTS}),
    Case("expy", {"income": FACTS}),
    Case("product_gini", {"gini": FACTS}),
    Case("product_emissions", {"emissions": FACTS}),
    Case("next_activities", {"budget": 3.0}),
]
OVER_TIME = [
    Case("growth", unit=False, matrix=False),  # its answer holds the values
    Case("shift_share", unit=False, matrix=False),  # its answer is in the unit of the values
    Case("entries_exits", matrix=False),
    Case("entry_panel", unit=False, matrix=False),
    Case("backtest_density", matrix=False),
    Case("effort_model", matrix=False, by=False),
    Case("contagion_model", {"link": 0.2}, matrix=False, by=False),
]


def named(case: Case) -> str:
    return "-".join([case.function, *(f"{v}" for v in case.options.values() if not isinstance(v, dict))])


every = pytest.mark.parametrize("case", CASES, ids=named)
over_time = pytest.mark.parametrize("case", OVER_TIME, ids=named)


def test_the_table_names_every_function_on_places_and_activities():
    import inspect

    of_plants = {"ellison_glaeser", "coagglomeration", "entry_model", "cross_relatedness", "variety_decomposition"}
    resampled = {"bootstrap", "permutation"}
    taking = {
        n
        for m, names in rg._MODULES.items()
        if m not in ("errors", "tables", "plots", "impact", "matching")
        for n in names
        if {"place", "activity"} <= set(inspect.signature(getattr(rg, n)).parameters)
    }
    assert taking - of_plants - resampled == {c.function for c in CASES + OVER_TIME}


def panel() -> pl.DataFrame:
    """Five years in which places lose and gain things."""
    rng = np.random.default_rng(9)
    rows = []
    for year in range(2000, 2005):
        for p in PLACES:
            for a in ACTIVITIES:
                rows.append((year, p, a, float(rng.integers(1, 9) if rng.random() < 0.55 else 1) * 10))
    return pl.DataFrame(rows, schema=["year", "place", "activity", "value"], orient="row")


@pytest.mark.parametrize("family", FAMILIES)
@every
def test_answer_comes_back_as_the_callers_library_and_is_the_same(case, family):
    make, kind = FAMILIES[family]
    result = case(make(case.table))
    answered = native(result)
    assert answered
    assert all(isinstance(t, kind) for t in answered), [type(t).__name__ for t in answered]
    same(result, case(case.table), exact=True)


@pytest.mark.parametrize("family", FAMILIES)
@over_time
def test_answer_over_time_comes_back_as_the_callers_library(case, family):
    make, kind = FAMILIES[family]
    result = case(make(panel()))
    assert all(isinstance(t, kind) for t in native(result))
    same(result, case(panel()), exact=True)


@every
def test_order_of_rows_changes_nothing(case):
    same(case(case.table.sample(fraction=1, shuffle=True, seed=1)), case(case.table), exact=True)


@over_time
def test_order_of_rows_over_time_changes_nothing(case):
    same(case(panel().sample(fraction=1, shuffle=True, seed=1)), case(panel()), exact=True)


@every
def test_the_callers_table_is_left_as_it_was(case):
    kept = case.table.to_pandas()
    before = kept.copy(deep=True)
    case(kept)
    pd.testing.assert_frame_equal(kept, before)


@pytest.mark.parametrize("unit", [1e-3, 1e6])
@pytest.mark.parametrize("case", [c for c in CASES if c.unit and not c.given], ids=named)
def test_unit_of_the_values_changes_nothing(case, unit):
    if case.options.get("method") == "value":
        pytest.skip("a threshold of the values is in their unit")
    same(case(case.table.with_columns(pl.col("value") * unit)), case(case.table))


@pytest.mark.parametrize("case", [c for c in OVER_TIME if c.unit], ids=named)
def test_unit_of_the_values_over_time_changes_nothing(case):
    same(case(panel().with_columns(pl.col("value") * 1e-3)), case(panel()))


@every
def test_new_labels_in_the_same_order_change_no_number(case):
    renamed = case.table.with_columns(
        pl.format("x{}", "place").alias("place"), pl.format("x{}", "activity").alias("activity")
    )
    for name, after in tables(case(renamed)).items():
        before = tables(case(case.table))[name]
        for column in before.columns:
            if before[column].dtype.is_numeric():
                assert after[column].equals(before[column]), (name, column)


@every
def test_columns_may_have_any_names(case):
    other = {"place": "region", "activity": "nace", "value": "jobs"}
    result = case(case.table.rename(other), **other)
    for name, table in tables(result).items():
        expected = tables(case(case.table))[name]
        back = [
            c.replace("region", "place").replace("nace", "activity").replace("jobs", "value") for c in table.columns
        ]
        assert back == expected.columns
        for mine, theirs in zip(table.columns, expected.columns, strict=True):
            if expected[theirs].dtype.is_numeric():
                assert table[mine].equals(expected[theirs]), (name, mine)


@every
def test_labels_may_be_whole_numbers(case):
    numbered = case.table.with_columns(
        place=pl.col("place").replace_strict({p: k for k, p in enumerate(PLACES)}),
        activity=pl.col("activity").str.slice(1).cast(pl.Int64),
    )
    if any(isinstance(v, dict) for v in case.options.values()):
        pytest.skip("the facts of this call are of places by name")
    without_nan(case(numbered))
    assert tables(case(numbered)).keys() == tables(case(case.table)).keys()


@pytest.mark.parametrize("case", [c for c in CASES if c.matrix], ids=named)
def test_matrix_with_labels_inside_gives_the_same_as_its_table(case):
    same(case(rg.PlaceActivity.from_table(case.table)), case(case.table), exact=True)


@pytest.mark.parametrize("case", [c for c in CASES if c.by], ids=named)
def test_panel_is_each_group_by_itself(case):
    first, second = case.table, case.table.filter(pl.col("place") != "A")
    both = pl.concat([first.with_columns(year=pl.lit(2020)), second.with_columns(year=pl.lit(2021))])
    found = tables(case(both, by="year"))
    for year, alone in ((2020, first), (2021, second)):
        result = case(alone)
        panels = (
            {"result": tables(result)["result.table"]}
            if found.keys() == {"result"} and hasattr(result, "table")
            else tables(result)
        )
        for name, expected in panels.items():
            if name not in found:
                continue
            got = found[name].filter(pl.col("year") == year).drop("year")
            same(got, expected, exact=True)
        assert found.keys() & panels.keys()


@pytest.mark.parametrize("case", [c for c in CASES if c.by], ids=named)
def test_panel_by_two_keys_has_both_first(case):
    both = pl.concat([case.table.with_columns(year=pl.lit(y), country=pl.lit(c)) for y in (1, 2) for c in ("IT", "FR")])
    for table in tables(case(both, by=["country", "year"])).values():
        if table.columns != ["value"]:
            assert table.columns[:2] == ["country", "year"]


@every
def test_place_and_activity_with_nothing_are_answered_without_nan(case):
    empty = pl.DataFrame({"place": ["Z", "A", "Z"], "activity": ["a0", "none", "none"], "value": [0.0, 0.0, 0.0]})
    table = pl.concat([case.table.filter(~((pl.col("place") == "Z") & (pl.col("activity") == "a0"))), empty])
    without_nan(case(table))


def told(call: Any) -> tuple[Any, list[str]]:
    """The answer and what the library says about the table."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        answer = call()
    return answer, [str(w.message) for w in said if issubclass(w.category, rg.InputWarning)]


@every
def test_null_for_a_place_with_nothing_is_said_once_with_its_name(case):
    table = case.table.with_columns(
        value=pl.when(pl.col("place") == "H").then(0.0).when(pl.col("activity") == "a6").then(0.0).otherwise("value")
    )
    answer, said = told(lambda: case.ask(table))
    numbers = [t.select(pl.selectors.float()) for t in tables(answer).values()]
    if sum(int(t.null_count().sum_horizontal().sum()) for t in numbers if t.width):
        assert len(said) == 1, said
        assert "H" in said[0] or ".dropped" in said[0] or "have nothing present" in said[0]
    without = case.table.filter((pl.col("place") != "H") & (pl.col("activity") != "a6"))
    assert told(lambda: case.ask(without))[1] == []


@every
def test_one_place_alone_is_answered_with_a_word_refused_or_needs_no_other(case):
    needs_no_other = {
        *("herfindahl", "entropy", "weighted_variety", "diversity", "ubiquity", "normalised_ubiquity", "presence"),
        *("novelty", "ease_of_recombination", "modular_complexity"),
    }
    try:
        _, said = told(lambda: case.ask(case.table.filter(pl.col("place") == "A")))
    except rg.RegionomicsError:
        return  # with a reason: see test_one_place_is_answered_or_refused_with_a_reason
    if case.function not in needs_no_other:
        assert said


@every
def test_groups_that_share_nothing_are_answered_without_nan(case):
    apart = pl.DataFrame({"place": ["Z"], "activity": ["only"], "value": [1.0 if case.given else 25.0]})
    without_nan(case(pl.concat([case.table, apart])))


@every
def test_one_place_is_answered_or_refused_with_a_reason(case):
    alone = case.table.filter(pl.col("place") == "A")
    answered_or_refused(lambda: case(alone))


@every
def test_one_pair_is_answered_or_refused_with_a_reason(case):
    alone = pl.DataFrame({"place": ["solo"], "activity": ["a0"], "value": [1.0]})
    answered_or_refused(lambda: case(alone))


@every
def test_values_that_are_all_zero_are_answered_or_refused_with_a_reason(case):
    answered_or_refused(lambda: case(case.table.with_columns(value=pl.lit(0.0))))


BROKEN = {
    "a pair twice": (lambda t: pl.concat([t, t.head(1)]), "appears 2 times"),
    "a negative": (
        lambda t: t.with_columns(value=pl.when(pl.int_range(pl.len()) == 2).then(-3.0).otherwise("value")),
        "-3",
    ),
    "a null": (
        lambda t: t.with_columns(value=pl.when(pl.int_range(pl.len()) == 2).then(None).otherwise("value")),
        "null",
    ),
    "a NaN": (
        lambda t: t.with_columns(value=pl.when(pl.int_range(pl.len()) == 2).then(float("nan")).otherwise("value")),
        "not finite",
    ),
    "a place without name": (
        lambda t: t.with_columns(place=pl.when(pl.int_range(pl.len()) == 2).then(None).otherwise("place")),
        "place is null in row 3",
    ),
    "words for numbers": (lambda t: t.with_columns(value=pl.lit("many")), "not numbers"),
    "no rows": (lambda t: t.head(0), "no rows"),
    "no such column": (lambda t: t.rename({"value": "jobs"}), "'value' is not in the table"),
}


@pytest.mark.parametrize("fault", BROKEN)
@every
def test_broken_table_is_refused_with_the_place_and_the_remedy(case, fault):
    change, message = BROKEN[fault]
    with pytest.raises(rg.InvalidTable, match=message):
        case(change(case.table))


@pytest.mark.parametrize("fault", BROKEN)
@over_time
def test_broken_table_over_time_is_refused(case, fault):
    change, message = BROKEN[fault]
    with pytest.raises(rg.InvalidTable, match=message):
        case(change(panel()))


@every
def test_what_is_no_table_is_refused(case):
    with pytest.raises(rg.InvalidTable, match="a list is not a table"):
        case([1, 2, 3])


def test_matrix_of_ten_thousand_by_ten_thousand_stays_sparse():
    data = rg.PlaceActivity.from_matrix(
        sparse.random_array((10_000, 10_000), density=1e-4, rng=np.random.default_rng(1))
    )
    assert data.values.nnz == 10_000
    assert rg.diversity(data).height == 10_000
