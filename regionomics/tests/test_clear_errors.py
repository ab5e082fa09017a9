"""What users meet first: mixed columns, text, numbers out of range, a bad year in a panel, what is no relatedness."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from promises import odd_tables

import regionomics as rg

JOBS = pl.DataFrame(
    {
        "place": ["Alba", "Alba", "Bari", "Bari", "Como", "Como"],
        "activity": ["cars", "wine", "cars", "silk", "silk", "wine"],
        "value": [30.0, 70.0, 170.0, 30.0, 20.0, 50.0],
    }
)


def years(*tables: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([t.with_columns(year=pl.lit(2019 + k)) for k, t in enumerate(tables)])


def test_column_of_words_and_numbers_is_named_with_the_rows():
    mixed = pd.DataFrame({"place": ["Alba", "Bari"], "activity": ["cars", 62], "value": [1, 2]})
    with pytest.raises(rg.InvalidTable, match=r"activity holds values of several types \(str in row 1, int in row 2\)"):
        rg.location_quotient(mixed)


def test_number_written_as_text_is_shown():
    with pytest.raises(rg.InvalidTable, match=r"value holds text \(such as '30.0'\), not numbers"):
        rg.location_quotient(JOBS.with_columns(pl.col("value").cast(pl.String)))


def test_negative_value_is_named_by_its_place_and_activity():
    with pytest.raises(
        rg.InvalidTable, match=r"value is -20 in row 1 \(Alba, cars; 3 in all\); .* drop the row to mean 0"
    ):
        rg.location_quotient(JOBS.with_columns(pl.col("value") - 50))


def test_unknown_coordinate_is_not_said_to_mean_0():
    plants = pl.DataFrame({"activity": ["a", "a"], "x": [None, 1.0], "y": [1.0, 2.0]})
    with pytest.raises(rg.InvalidTable, match=r"x is null or not finite in row 1 \(1 in all\); give a number, or drop"):
        rg.kd_function(plants)


def test_columns_that_no_table_of_numbers_has_are_refused_by_name():
    jobs = JOBS.to_pandas()
    with pytest.raises(rg.InvalidTable, match=r"column value with type complex128'\); give each column one type"):
        rg.location_quotient(jobs.assign(value=jobs["value"] + 0j))
    with pytest.raises(rg.InvalidTable, match=r"Sparse pandas data \(column value\) not supported"):
        rg.location_quotient(jobs.assign(value=jobs["value"].astype(pd.SparseDtype(float))))


def test_whole_numbers_beyond_what_a_float_counts_are_taken_as_they_are_near():
    large = rg.location_quotient(JOBS.with_columns(value=pl.col("value").cast(pl.Int64) * 2**54))
    assert large["location_quotient"].to_list() == pytest.approx(
        rg.location_quotient(JOBS)["location_quotient"].to_list()
    )


def test_column_that_is_missing_is_looked_for_in_the_index_and_among_many_columns():
    summed = JOBS.to_pandas().groupby(["place", "activity"]).sum()
    with pytest.raises(rg.InvalidTable, match=r"'place' is not in the table, but in its index; call reset_index\(\)"):
        rg.location_quotient(summed)
    assert not rg.location_quotient(summed.reset_index()).empty
    wide = pl.DataFrame({f"a{k}": [1.0] for k in range(786)})
    with pytest.raises(rg.InvalidTable, match=r"'a19', \.\.\.\] \(786 columns\); name it in the call, or") as said:
        rg.location_quotient(wide)
    assert "'a20'" not in str(said.value)


@pytest.mark.parametrize(
    ("wide", "remedy"),
    [
        (lambda wide: wide, r"from_matrix\(table\)"),
        (lambda wide: wide.reset_index(), r"from_matrix\(table\.set_index\('place'\)\)"),
        (lambda wide: pl.from_pandas(wide.reset_index()), r"from_matrix\(matrix, places, activities\)"),
    ],
)
def test_wide_table_is_refused_with_the_name_of_what_reads_it(wide, remedy):
    table = wide(JOBS.to_pandas().pivot(index="place", columns="activity", values="value").fillna(0.0))
    with pytest.raises(rg.InvalidTable, match=rf"if each column is an activity, wrap it by PlaceActivity\.{remedy}"):
        rg.relatedness(table)


def test_one_column_is_not_both_place_and_activity():
    with pytest.raises(rg.InvalidParameter, match="place= and activity= both name the column 'activity'; give each"):
        rg.location_quotient(JOBS.unique("activity"), place="activity")
    with pytest.raises(rg.InvalidParameter, match="activity= and value= both name the column 'value'"):
        rg.growth(years(JOBS, JOBS), activity="value")


def test_values_too_large_to_add_up_are_refused():
    with pytest.raises(rg.InvalidTable, match="too large to be added up"):
        rg.location_quotient(JOBS.with_columns(pl.col("value") * 1e305))


@pytest.mark.parametrize("unit", [1e-250, 1e250])
@pytest.mark.parametrize("method", ["conditional", "value_cosine", "correlation"])
def test_extreme_units_change_no_relatedness(unit, method):
    plain = rg.relatedness(JOBS, method=method).matrix.toarray()
    scaled = rg.relatedness(JOBS.with_columns(pl.col("value") * unit), method=method).matrix.toarray()
    np.testing.assert_allclose(scaled, plain, rtol=1e-12)
    one, other = (
        rg.locational_correlation(t).matrix.toarray() for t in (JOBS, JOBS.with_columns(pl.col("value") * unit))
    )
    np.testing.assert_allclose(other, one, rtol=1e-9)


def test_shrinking_refuses_what_no_count_adds_up_to():
    with pytest.raises(rg.InvalidTable, match=r"value adds up to 3.7e\+22, which no count does"):
        rg.shrunk_location_quotient(JOBS.with_columns(pl.col("value") * 1e20))


def test_refusal_in_a_panel_names_the_year_and_how_rows_are_counted():
    panel = years(JOBS, JOBS.with_columns(pl.col("value") - 50))
    with pytest.raises(rg.InvalidTable, match=r"row 1 \(Alba, cars; .*\(in year=2020, rows counted there\)"):
        rg.location_quotient(panel, by="year")
    apart = pl.concat([JOBS, pl.DataFrame({"place": ["Dora"], "activity": ["tea"], "value": [9.0]})])
    with pytest.raises(rg.NoSupport, match=r"2 groups .*\(in year=2020\)"):
        rg.economic_complexity(years(JOBS, apart), by="year", components="refuse")


def test_warning_in_a_panel_names_the_year_and_points_at_the_call():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        rg.economic_complexity(years(JOBS.filter(pl.col("place") == "Alba")), by="year")
    assert [str(w.message)[-14:] for w in said] == ["(in year=2019)"]
    assert said[0].filename == __file__


@pytest.mark.parametrize(
    "call",
    [
        lambda phi: rg.relatedness_density(JOBS, phi),
        lambda phi: rg.complexity_outlook(JOBS, phi),
        lambda phi: rg.opportunity_gain(JOBS, phi),
        lambda phi: rg.complementarity(JOBS, phi),
        lambda phi: rg.partner_regions(JOBS, None, phi),
        lambda phi: rg.next_activities(JOBS, phi, budget=1.0),
        lambda phi: rg.entry_panel(years(JOBS, JOBS), phi),
        lambda phi: rg.backtest_density(years(JOBS, JOBS), phi),
        lambda phi: rg.contagion_model(years(JOBS, JOBS), phi),
        lambda phi: rg.diversification_path(phi, ["cars"]),
    ],
)
def test_what_is_no_relatedness_is_refused_and_a_panel_of_them_explained(call):
    with pytest.raises(rg.InvalidTable, match=r"relatedness= takes what relatedness\(\) returns, not a ndarray"):
        call(np.eye(3))
    with pytest.raises(rg.InvalidTable, match=r"that of one group, such as panel\[2019\]"):
        call(rg.relatedness(years(JOBS, JOBS), by="year"))


def test_one_activity_need_not_be_a_list():
    one = rg.partner_regions(JOBS, "silk", presence="value")
    assert one.equals(rg.partner_regions(JOBS, ["silk"], presence="value"))
    with pytest.raises(rg.InvalidParameter, match="activities: 'tea' is not in the table"):
        rg.partner_regions(JOBS, "tea")


def test_table_that_lacks_a_group_of_the_panel_is_named():
    flows = pl.DataFrame({"origin": ["a"], "destination": ["a"], "value": [1.0]})
    totals = pl.DataFrame({"sector": ["a"], "output": [4.0]})
    same = rg.leontief_inverse(years(flows, flows), totals, by="year")
    assert [same[y].inverse.at("a", "a") for y in (2019, 2020)] == [1 / (1 - 1 / 4)] * 2
    with pytest.raises(rg.InvalidTable, match=r"totals has no rows for this group; .*\(in year=2020\)"):
        rg.io_linkages(years(flows, flows), years(totals), by="year")


def test_models_of_a_panel_are_fitted_each_by_itself():
    rng = np.random.default_rng(5)
    rows = [
        (p, a, y, int(rng.random() < 0.4), float(rng.random() * 100))
        for p in range(12)
        for a in range(12)
        for y in (2010, 2015)
    ]
    at_risk = pl.DataFrame(rows, schema=["place", "activity", "year", "entry", "density"], orient="row")
    both = pl.concat([at_risk.with_columns(country=pl.lit("FR")), at_risk[::2].with_columns(country=pl.lit("IT"))])
    found = rg.entry_model(both, by="country", regressors="density")
    assert found["IT"].rows == rg.entry_model(at_risk[::2]).rows
    assert found.table()["estimate"][0] == rg.entry_model(at_risk).coefficients["estimate"][0]


def test_missing_standard_error_is_warned_of_with_the_reason():
    two = pl.DataFrame(
        {
            "place": ["p", "p", "q", "q"],
            "activity": ["a", "b", "a", "b"],
            "year": [1, 1, 1, 1],
            "entry": [1, 0, 0, 1],
            "density": [3.0, 1.0, 2.0, 5.0],
        }
    )
    with pytest.warns(rg.RegionomicsWarning, match="no standard error for .*: with 2 places and 2 activities"):
        rg.entry_model(two, fixed_effects=())


def test_matrix_without_labels_is_told_how_to_be_wrapped():
    with pytest.raises(rg.InvalidTable, match=r"a ndarray is not a table; .* PlaceActivity.from_matrix"):
        rg.diversity(np.eye(3))


def test_facts_of_places_must_be_numbers():
    with pytest.raises(rg.InvalidParameter, match="weights is None for the place 'Bari'"):
        rg.location_quotient(JOBS, weights={"Alba": 1, "Bari": None, "Como": 2})
    with pytest.raises(rg.InvalidParameter, match="income is '7' for the place 'Como'"):
        rg.prody(JOBS, income={"Alba": 1, "Bari": 2, "Como": "7"})


def test_all_places_without_a_fact_are_named_at_once():
    with pytest.raises(rg.InvalidParameter, match="income has no number for 2 of 3 places: 'Alba', 'Como'; add"):
        rg.prody(JOBS, income={"Bari": 2})
    with pytest.raises(rg.InvalidParameter, match="weights has no number for 2 of 3 places: 'Alba', 'Como'; add"):
        rg.location_quotient(JOBS, weights={"Bari": 2})


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ("rca", "EconGeo: location_quotient .*; econcomplex and OEC economic-complexity and economiccomplexity: locat"),
        ("ecomplexity", "py-ecomplexity: economic_complexity"),
        ("log_supermodularity", "none here"),
        ("MORc", "EconGeo: economic_complexity"),
        ("locationquotient", "did you mean 'location_quotient'"),
        ("_private", "has no attribute '_private'$"),
    ],
)
def test_name_of_another_package_is_told_what_to_call(theirs, said):
    with pytest.raises(AttributeError, match=said):
        getattr(rg, theirs)


def test_completion_lists_each_public_name_once():
    names = [n for n in dir(rg) if not n.startswith("__")]
    assert len(names) == len(set(names)) == len({*rg.__all__, *rg._MODULES})


def test_results_print_as_people_read_them():
    data = rg.PlaceActivity.from_table(JOBS)
    assert repr(data).splitlines() == [
        "PlaceActivity of 3 x 3, 6 values above 0 (67%)",
        "place: Alba, Bari, Como",
        "activity: cars, silk, wine",
    ]
    said = repr(rg.relatedness(data, method="conditional"))
    assert said.startswith("Relatedness\n.matrix\nLabelledMatrix of 3 x 3, dense\n      cars  silk  wine\ncars     0")
    assert ".method: 'conditional'" in said
    many = rg.PlaceActivity.from_matrix(np.ones((8, 9)))
    assert repr(rg.relatedness_density(many, presence="value", output="matrix")).splitlines()[-1] == "..."
    assert repr(rg.relatedness(years(JOBS, JOBS), by="year")) == "Panel by year: Relatedness of 2 groups, 2019, 2020"
    said = repr(rg.economic_complexity(JOBS))
    assert said.startswith("EconomicComplexity\n.places\nshape: (3, 2)")


def test_labelled_matrix_becomes_a_table_or_a_pandas_frame():
    matrix = rg.relatedness_density(JOBS, presence="value", output="matrix")
    long = matrix.table(row="place", column="activity", value="density")
    assert long.equals(rg.relatedness_density(JOBS, presence="value"))
    frame = matrix.to_pandas()
    assert frame.loc["Bari", "silk"] == matrix.at("Bari", "silk")
    assert isinstance(matrix.table(library="pandas"), pd.DataFrame)
    assert np.array_equal(np.asarray(matrix), matrix.toarray())
    assert matrix["Bari", "silk"] == matrix.at("Bari", "silk")
    with pytest.raises(rg.InvalidParameter, match="name a row and a column"):
        matrix["Bari"]


def test_matrix_of_pandas_keeps_its_labels_and_one_without_labels_is_refused():
    wide = JOBS.to_pandas().pivot(index="place", columns="activity", values="value").fillna(0.0)
    found = rg.location_quotient(rg.PlaceActivity.from_matrix(wide))
    assert isinstance(found, pd.DataFrame)
    assert pl.from_pandas(found).equals(rg.location_quotient(JOBS))
    with pytest.raises(rg.InvalidTable, match=r"a DataFrame has no labels of rows; .* use from_table"):
        rg.PlaceActivity.from_matrix(pl.from_pandas(wide))
    plain = rg.PlaceActivity.from_matrix(np.eye(2), ["p", "q"], ["a", "b"])
    assert plain.places.to_pylist() == ["p", "q"]


def test_key_that_is_the_time_is_told_apart_from_further_keys():
    with pytest.raises(rg.InvalidParameter, match=r"takes it into account already \(periods by time=\); leave it"):
        rg.entries_exits(years(JOBS, JOBS), by="year")


def test_keys_of_a_panel_keep_their_type():
    narrow = years(JOBS, JOBS).with_columns(pl.col("year").cast(pl.Int16))
    assert rg.relatedness(narrow, by="year").table().schema["year"] == pl.Int16
    flows = pl.DataFrame({"origin": ["a"], "destination": ["a"], "value": [1.0]})
    totals = pl.DataFrame({"sector": ["a"], "output": [4.0]})
    both = years(flows, flows).with_columns(pl.col("year").cast(pl.Int16))
    assert rg.io_linkages(both, totals, by="year").schema["year"] == pl.Int16


def test_links_are_taken_from_the_functions_that_make_them():
    links = rg.locational_correlation(JOBS)
    clusters = pl.DataFrame({"activity": ["cars", "wine", "silk"], "cluster": ["k", "k", "l"]})
    for call in (rg.cluster_linkages, rg.clustering_score):
        with pytest.raises(rg.InvalidTable, match="links= takes what locational_correlation"):
            call(links.table(), clusters)
        with pytest.raises(rg.InvalidTable, match=r"one group, such as panel\[2019\]"):
            call(rg.locational_correlation(years(JOBS), by="year"), clusters)


@odd_tables
def test_one_length_of_time_need_not_be_a_list():
    spells = pl.DataFrame({"duration": [1.0, 2.0, 3.0, 4.0], "event": [1, 0, 1, 1]})
    assert rg.survival_at(spells, 2).equals(rg.survival_at(spells, [2]))
    with pytest.raises(rg.InvalidTable, match=r"duration is -1 in row 1 .*; values must be >= 0, correct it or drop"):
        rg.kaplan_meier(spells.with_columns(duration=pl.lit(-1.0)))


# --- what a table cannot answer is null, and said (ADR 28) ------------------------------------------------------------
def said_of(call):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        call()
    assert all(w.category is rg.InputWarning and w.filename == __file__ for w in said), [str(w.message) for w in said]
    return [str(w.message) for w in said]


NOTHING = pl.concat([JOBS, pl.DataFrame({"place": ["Dora", "Este"], "activity": ["tea", "cars"], "value": [0.0, 0.0]})])
APART = pl.concat([JOBS, pl.DataFrame({"place": ["Dora"], "activity": ["tea"], "value": [9.0]})])


def test_empty_places_and_activities_are_counted_named_and_explained():
    (message,) = said_of(lambda: rg.location_quotient(NOTHING))
    assert message == (
        "location_quotient null in 11 of 20 rows: no value above 0 for place Dora, Este; no value above 0 for activity "
        "tea; leave them out, or read null as unknown"
    )
    (message,) = said_of(lambda: rg.krugman_index(NOTHING.rename({"place": "region"}), place="region"))
    assert message.startswith("krugman_index null in 2 of 5 rows: no value above 0 for region Dora, Este;")
    assert said_of(lambda: rg.diversity(NOTHING)) == []  # nothing is 0 here, not unknown


GROWING = years(JOBS, JOBS.with_columns(pl.col("value") * 2), JOBS.filter(pl.col("place") != "Alba"))


def test_comparisons_over_time_name_what_has_no_row_or_nothing_to_compare_with():
    gap = "place Alba, year 2020 to 2021; add rows with 0 where there was nothing"
    (message,) = said_of(lambda: rg.growth(GROWING))
    assert message == f"growth null: no row in one of the two periods for {gap}"
    assert said_of(lambda: rg.growth(GROWING, of="activity")) == []
    (message,) = said_of(lambda: rg.entries_exits(GROWING))
    assert message == f"entry and exit null: no row in one of the two periods for {gap}"
    (message,) = said_of(lambda: rg.shift_share(GROWING))
    assert "place Alba left out: without a row in year 2020 or 2021" in message
    (message,) = said_of(lambda: rg.growth(years(NOTHING, NOTHING, NOTHING), of="place"))
    assert message == (
        "growth null: no value above 0 to compare with for place Dora, Este, year 2019 to 2020 and the like in 1 more "
        "step; read null as unknown"
    )
    assert said_of(lambda: rg.growth(years(JOBS, JOBS))) == []  # a start of 0 in a pair is ordinary


def test_empty_places_and_activities_of_plants_and_levels_are_named():
    (message,) = said_of(
        lambda: rg.variety_decomposition(
            NOTHING.with_columns(section=pl.lit("C")), levels=("section", "activity"), by=None
        )
    )
    assert message == "variety null: no value above 0 for place Dora, Este; leave them out, or read null as unknown"
    (message,) = said_of(lambda: rg.ellison_glaeser(NOTHING, plant=None))
    assert message.startswith("ellison_glaeser null: no value above 0 for activity tea;")


def test_many_empty_places_are_not_all_listed():
    many = pl.concat([JOBS, pl.DataFrame({"place": [f"z{k}" for k in range(9)], "activity": "cars", "value": 0.0})])
    (message,) = said_of(lambda: rg.hachman(many))
    assert "for place z0, z1, z2 and 6 more" in message


def test_one_place_is_said_to_have_none_to_compare_with():
    alone = JOBS.filter(place="Alba")
    (message,) = said_of(lambda: rg.location_quotient(alone))
    assert message.startswith("Alba is the only place that has anything: there is no other to compare it with")
    assert said_of(lambda: rg.entropy(alone)) == []


def test_a_panel_is_warned_of_once_with_the_first_group_and_the_number_of_others():
    (message,) = said_of(lambda: rg.location_quotient(years(JOBS, NOTHING, NOTHING, NOTHING), by="year"))
    assert message.endswith("read null as unknown (in year=2020, and the like in 2 more groups)")


def test_fitness_of_groups_that_share_nothing_says_what_it_compares():
    with (
        pytest.warns(
            rg.InputWarning, match="2 groups that share no activity: fitness compares the places of one group"
        ),
        pytest.warns(rg.RegionomicsWarning, match="still changes"),
    ):
        rg.fitness_complexity(APART)


@pytest.mark.parametrize("call", [rg.genepy, rg.complexity_outlook, rg.opportunity_gain])
def test_answers_that_depend_on_groups_that_share_nothing_say_so(call):
    (message,) = said_of(lambda: call(APART))
    assert "places fall into 2 groups that share no activity" in message


def test_warnings_can_be_made_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error", rg.InputWarning)
        with pytest.raises(rg.InputWarning, match="Dora"):
            rg.hachman(NOTHING)


def test_odd_frames_of_pandas_are_refused_with_the_remedy():
    jobs = JOBS.to_pandas()
    with pytest.raises(rg.InvalidTable, match=r"a Series is not a table.*; call reset_index\(\) on it"):
        rg.location_quotient(jobs.set_index(["place", "activity"])["value"])
    twice = (
        jobs.set_axis(["place", "activity", "value"], axis=1)
        .assign(more=1)
        .set_axis([*jobs.columns[:3], "value"], axis=1)
    )
    with pytest.raises(rg.InvalidTable, match="two columns of the table have one name"):
        rg.location_quotient(twice)
    wide = jobs.pivot(index="place", columns="activity", values="value").fillna(0.0)
    with pytest.raises(rg.InvalidTable, match=r"holds more than numbers .*; labels of places go into the index"):
        rg.PlaceActivity.from_matrix(wide.reset_index())
    with pytest.raises(rg.InvalidTable, match="labels of several levels"):
        rg.PlaceActivity.from_matrix(jobs.pivot(index="place", columns="activity").fillna(0.0))
