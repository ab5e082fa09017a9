"""What a study finds of a made extract: refusals, checks and what is never published."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import replace
from math import erfc, exp, sqrt
from random import Random
from threading import Event, Thread
from typing import Any

import numpy as np
import polars as pl
import pytest
from studies import EFFECT, SMALL

from poliedro.monitoring.rules.impact import Declaration, legal_form_of
from poliedro.monitoring.runs.impact.threads import quiet, together
from regionomics.errors import NoSupport, RegionomicsWarning


def panel_of(
    *, drift: float = 0.0, sectors: bool = False, effect: float = 0.1, members: int = 60, seed: int = 1
) -> pl.DataFrame:
    """An extract: 60 members of 2010 and 2011, 140 others, 2005 to 2013. drift: members' own growth, each year.

    sectors: two of them; firms of b grow by 5 log points a year more, and two thirds of the members are there.
    """
    dice = Random(seed)
    rows = []
    for i in range(members + 140):
        cohort = 2010 + i % 2 if i < members else 0
        sector = "b" if sectors and (i % 3 > 0 if cohort else i % 3 == 0) else "a"
        size = dice.gauss(0, 0.5)
        for year in range(2005, 2014):
            size += dice.gauss(0, 0.02) + (drift if cohort else 0) + (0.05 if sector == "b" else 0)
            turnover = 1e6 * exp(size + (effect if cohort and year >= cohort else 0))
            persons = 20 * exp(0.5 * size + dice.gauss(0, 0.03))
            rows.append(
                {
                    "firm": f"f{i:03d}", "year": year, "cohort": cohort, "cluster": "x" if cohort else "",
                    "section": sector, "division": "10", "province": "TO", "legal_form": "srl", "founded": 2000,
                    "closed": None, "turnover": turnover, "assets": 8e5 * exp(dice.gauss(0, 0.4)),
                    "debt": 4e5 * exp(dice.gauss(0, 0.1)), "labour_cost": turnover * 0.2,
                    "value_added": turnover * 0.3, "persons": persons,
                }
            )  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"closed": pl.Int64, "founded": pl.Int64})


def tables_of(extract: pl.DataFrame, d: Declaration) -> dict[str, list[dict[str, Any]]]:
    from poliedro.evidence.runs.base import Context
    from poliedro.monitoring.runs.impact.study import study

    made = study(extract, d, [], Context({}, seed=d.seed))
    return {name: table.to_dicts() for name, table in made.tables.items()}


ONE = replace(SMALL, outcomes=("turnover",), matching=("log_assets",), exact=("section",), placebo_draws=20)


@pytest.mark.parametrize("estimator", ["matched", "dr"])
def test_trends_that_differed_before_joining_close_every_number_of_the_outcome(estimator: str) -> None:
    """Planted: members grow 10 log points a year more than others, from the first year on."""
    found = tables_of(panel_of(drift=0.1), replace(ONE, estimator=estimator))
    assert {c["verdict"] for c in found["checks"] if c["check"] == "pretrends"} == {"fails"}
    assert {r["breakdown"] for r in found["effects"]} == {"all", "cluster"}
    for row in found["effects"]:
        assert row["att"] is None, row
        assert row["refused"].startswith("pretrends"), row
    assert found["events"], "the years before joining show why"
    assert max(r["event"] for r in found["events"]) < 0
    assert max((r["event"] for r in found["cohorts"]), default=-1) < 0
    assert found["bacon"] == found["trends"] == []
    assert not {"omitted_variable", "rosenbaum", "agreement"} & {c["check"] for c in found["checks"]}


def test_declared_strata_reach_the_estimators_without_pairs() -> None:
    """Firms of sector b grow faster, members are there more often: without the stratum the estimate is some 5 points a
    year too high."""
    extract = panel_of(sectors=True, seed=2)
    with_strata, without = (
        {r["estimator"]: r for r in tables_of(extract, replace(ONE, exact=exact))["effects"] if r["breakdown"] == "all"}
        for exact in (("section",), ())
    )
    for name in ("matched", "dr", "imputation", "twfe_extended"):
        assert abs(with_strata[name]["att"] - EFFECT) < 3 * with_strata[name]["se"], name
    assert with_strata["naive"]["low"] > EFFECT
    assert without["dr"]["refused"].startswith("pretrends") or without["dr"]["low"] > EFFECT


def test_member_of_a_stratum_without_controls_is_left_out_of_every_estimator() -> None:
    extract = panel_of().with_columns(
        section=pl.when(pl.col("firm") == "f000").then(pl.lit("z")).otherwise(pl.col("section"))
    )
    rows = {r["estimator"]: r for r in tables_of(extract, ONE)["effects"] if r["breakdown"] == "all"}
    assert rows["matched"]["treated"] == rows["dr"]["treated"] == 59


def test_nothing_is_published_below_the_declared_minimum() -> None:
    few = tables_of(panel_of(), replace(ONE, minimum=61))
    assert {r["att"] for r in few["effects"]} == {None}
    cells = tables_of(panel_of(), replace(ONE, minimum=31))["cohorts"]
    assert cells == [], "30 joined in each year: 31 were declared"
    cells = tables_of(panel_of(), replace(ONE, minimum=30))["cohorts"]
    assert {r["treated"] for r in cells} == {30}
    assert all(r["time"] == r["cohort"] + r["event"] for r in cells)
    share = tables_of(panel_of(), replace(ONE, estimator="dr", minimum_share=1.0, horizon=3))["effects"]
    assert {r["att"] for r in share if r["estimator"] == "dr" and r["breakdown"] == "all"} != {None}


def test_those_who_vanish_are_bounded_in_every_declared_year() -> None:
    found = tables_of(panel_of(), replace(ONE, horizon=2))
    years = {r["m"]: r for r in found["trends"] if r["kind"] == "lee"}
    assert list(years) == [1, 2]
    check = next(r for r in found["checks"] if r["check"] == "lee_bounds")
    assert years[2]["low"] < check["value"] <= check["high"] < years[2]["high"]


def test_models_are_silent_where_both_designs_refuse() -> None:
    """Members a hundred times as indebted as anybody else: no like to compare with."""
    extract = panel_of().with_columns(
        assets=pl.when(pl.col("cohort") > 0).then(pl.col("assets") * 1e6).otherwise(pl.col("assets"))
    )
    rows = {r["estimator"]: r for r in tables_of(extract, ONE)["effects"] if r["breakdown"] == "all"}
    assert {r["att"] for r in rows.values()} == {None}
    assert rows["imputation"]["refused"].startswith("designs: ")


def test_hidden_bias_is_asked_by_pairs_only_where_pairs_are_disjoint_and_in_the_direction_of_the_effect() -> None:
    def of(check: str, found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
        return next(c for c in found["checks"] if c["check"] == check)

    again = of("rosenbaum", tables_of(panel_of(), ONE))
    assert (again["verdict"], again["note"]) == ("unknown", "pairs share firms")
    once = replace(ONE, replace=False, first_join=2010, last_join=2010)
    only = panel_of().filter(pl.col("cohort") != 2011)
    up = of("rosenbaum", tables_of(only, once))
    fallen = panel_of(effect=-0.1).filter(pl.col("cohort") != 2011)
    down = of("rosenbaum", tables_of(fallen, once))
    assert up["verdict"] == down["verdict"] == "sound"
    assert up["value"] == down["value"] == 3, "the largest that is asked"


def test_strength_of_the_unseen_comes_from_one_classical_regression() -> None:
    """freedom = firms - intercept, joining, log assets, one mark of the second year (one sector has no mark)."""
    found = tables_of(panel_of(), ONE)
    check = next(c for c in found["checks"] if c["check"] == "omitted_variable")
    assert check["n"] == 200 - 4


def with_gaps(extract: pl.DataFrame, firms: list[str], years_after: int) -> pl.DataFrame:
    """The extract without the turnover of these firms so many years after joining."""
    gone = pl.col("firm").is_in(firms) & (pl.col("year") == pl.col("cohort") + years_after)
    return extract.with_columns(turnover=pl.when(~gone).then(pl.col("turnover")))


@pytest.mark.parametrize(("estimator", "distance"), [("matched", "mahalanobis"), ("matched", "entropy"), ("dr", "")])
def test_each_effect_counts_the_firms_that_have_its_outcome(estimator: str, distance: str) -> None:
    """60 members; 7 of them have no turnover two years after joining, so that its effect rests on 53."""
    d = replace(ONE, estimator=estimator, distance=distance or "mahalanobis", outcomes=("turnover", "persons"))
    found = tables_of(with_gaps(panel_of(), [f"f{i:03d}" for i in range(7)], 2), d)
    lead = {r["outcome"]: r for r in found["effects"] if (r["breakdown"], r["estimator"]) == ("all", estimator)}
    assert (lead["turnover"]["treated"], lead["persons"]["treated"]) == (53, 60)
    for row in lead.values():
        assert 0 < row["controls"] <= (row["treated"] if (estimator, distance) == ("matched", "mahalanobis") else 140)
    reach = {r["outcome"]: r for r in found["reach"]}
    assert {k: reach["turnover"][k] for k in ("studied", "known_before", "compared", "treated")} == {
        "studied": 60,
        "known_before": 60,
        "compared": 60,
        "treated": 53,
    }
    assert reach["persons"]["treated"] == 60
    models = [r for r in found["effects"] if r["estimator"] in ("imputation", "twfe_extended")]
    assert {(r["outcome"], r["treated"], r["controls"]) for r in models} == {
        ("turnover", 53, 140),
        ("persons", 60, 140),
    }


@pytest.mark.parametrize("estimator", ["matched", "dr"])
def test_minimum_of_a_cell_counts_the_firms_that_have_the_outcome(estimator: str) -> None:
    """Clusters of 30, 18 and 12; 4 of the 12 have no turnover after a year: 8 are left of 10 that were declared, and
    the next smallest cluster closes with it. Persons are known of all."""
    clusters = ["x"] * 30 + ["y"] * 18 + ["z"] * 12
    named = dict(zip((f"f{i:03d}" for i in range(60)), clusters, strict=True))
    extract = panel_of().with_columns(cluster=pl.col("firm").replace_strict(named, default=""))
    extract = with_gaps(extract, [f"f{i:03d}" for i in range(48, 52)], 1)
    d = replace(ONE, estimator=estimator, outcomes=("turnover", "persons"))
    rows = {(r["outcome"], r["cell"]): r for r in tables_of(extract, d)["effects"] if r["breakdown"] == "cluster"}
    refused = {key: row["refused"].split(":")[0] for key, row in rows.items() if row["att"] is None}
    assert refused["turnover", "z"] == "few"
    assert refused["turnover", "y"] == "complement"
    assert "few" not in {why for (outcome, _cell), why in refused.items() if outcome == "persons"}
    assert {key for key in refused if key[0] == "persons"} <= {("persons", "z"), ("persons", "y")}
    for row in rows.values():
        assert row["att"] is None or row["treated"] >= 10


def test_cell_below_the_minimum_stays_closed_and_takes_another_with_it() -> None:
    from poliedro.monitoring.runs.impact.study import _too_small

    assert _too_small(["cluster"] * 4, [40, 12, 4, 30], 10) == {2: "few", 1: "complement"}
    assert _too_small(["cluster"] * 3, [40, 5, 6], 10) == {1: "few", 2: "few"}, "two closed cells hide each other"
    assert _too_small(["cluster", "size"], [40, 50], 10) == {}


def checks_of(extract: pl.DataFrame, d: Declaration) -> dict[str, dict[str, Any]]:
    return {row["check"]: row for row in tables_of(extract, d)["checks"]}


@pytest.mark.parametrize("distance", ["mahalanobis", "entropy"])
def test_members_who_vanish_at_the_end_widen_what_the_effect_may_be(distance: str) -> None:
    """A third of the members has no accounts in the last year. Changes over four years spread by 0.02 sqrt(4) = 0.04;
    a normal without its highest third has a mean of -0.545: the bounds are 2 x 0.545 x 0.04 apart."""
    d = replace(ONE, distance=distance, caliper=None)
    extract = panel_of()
    whole = checks_of(extract, d)["lee_bounds"]
    assert whole["high"] == pytest.approx(whole["value"]), "nobody vanishes"
    best = extract.filter((pl.col("cohort") > 0) & (pl.col("year") == pl.col("cohort") + d.horizon))
    gone = best.sort("turnover", descending=True).head(best.height // 3).select("firm", "year")
    left = checks_of(extract.join(gone, on=["firm", "year"], how="anti"), d)["lee_bounds"]
    assert left["high"] - left["value"] == pytest.approx(2 * 0.545 * 0.04, rel=0.25)


def test_controls_that_serve_many_count_as_few_where_firms_vanish() -> None:
    """A third of the members and some controls have no turnover in the last year; from the pairs by hand."""
    members, controls = [f"f{i:03d}" for i in range(20)], [f"f{i:03d}" for i in range(60, 100)]
    gone = pl.col("firm").is_in(members) & (pl.col("year") == pl.col("cohort") + ONE.horizon)
    gone |= pl.col("firm").is_in(controls) & (pl.col("year") >= 2012)
    extract = panel_of().with_columns(turnover=pl.when(~gone).then(pl.col("turnover")))
    tables = tables_of(extract, replace(ONE, caliper=None))
    [found] = [row for row in tables["checks"] if row["check"] == "attrition"]
    served = Counter(row["control"] for row in tables["pairs"])
    assert max(served.values()) > 1
    pairs = served.total()
    stay = sum(n for control, n in served.items() if control not in controls) / pairs
    worth = pairs**2 / sum(n * n for n in served.values())
    error = sqrt(2 / 9 / 60 + stay * (1 - stay) / worth)
    assert (found["value"], found["high"]) == (pytest.approx(2 / 3), pytest.approx(stay))
    assert found["p"] == pytest.approx(erfc(abs(2 / 3 - stay) / error / sqrt(2)))


def test_errors_that_rest_on_few_groups_of_firms_are_said() -> None:
    few = checks_of(panel_of(members=24), ONE)["clusters"]
    many = checks_of(panel_of(), replace(ONE, estimator="dr"))["clusters"]
    assert (few["verdict"], few["value"] < 30) == ("doubt", True)
    assert (many["verdict"], many["value"]) == ("sound", 200)


def test_effect_that_a_small_bend_of_trends_undoes_is_doubtful_in_the_headline() -> None:
    """Planted: 3 log points on turnover, which a bend of one a year can make, and 30, which it cannot."""
    from poliedro.evidence.runs.base import Context
    from poliedro.monitoring.runs.impact.study import study

    for effect, verdict in ((0.03, "doubt"), (0.3, "sound")):
        made = study(panel_of(effect=effect), ONE, [], Context({}, seed=ONE.seed))
        bend = made.tables["checks"].filter(pl.col("check") == "trend_bend").to_dicts()
        assert [r["verdict"] for r in bend] == [verdict], effect
        assert ("trend_bend" in made.headline["lead_doubts"]) == (verdict == "doubt")


def test_parts_of_a_study_are_silent_and_leave_the_warnings_as_they_were() -> None:
    """Threads share what is warned of: it is put back by the last that leaves, whichever came first."""
    first_is_in, second_is_out = Event(), Event()

    def first() -> None:
        with quiet():
            first_is_in.set()
            assert second_is_out.wait(10)
            warnings.warn("a comparison without an answer", RegionomicsWarning, stacklevel=1)

    def second() -> None:
        assert first_is_in.wait(10)
        with quiet():
            warnings.warn("another", RegionomicsWarning, stacklevel=1)
        second_is_out.set()

    before = list(warnings.filters)
    threads = [Thread(target=one) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before


def test_what_goes_wrong_in_a_part_reaches_the_whole() -> None:
    done: list[int] = []

    def wrong() -> None:
        raise NoSupport("nobody to compare with")

    with pytest.raises(NoSupport, match="nobody"):
        together(wrong, lambda: done.append(1))
    assert done == [1]


def test_mean_of_some_declared_years_is_not_shown_as_that_of_all() -> None:
    """The models, too: where nobody is compared in a year they averaged the others, or nothing at all."""
    from poliedro.monitoring.runs.impact.estimate import mean_of

    table = pl.DataFrame({"event": [0, 1, 3], "att": [0.0, 0.1, 0.3]})
    att, se, p = mean_of(table, np.diag([0.01, 0.04, 0.09]), 0, 1)
    assert (att, se) == pytest.approx((0.05, sqrt(0.05) / 2))
    assert p == pytest.approx(erfc(0.05 / (sqrt(0.05) / 2) / sqrt(2)))
    for last in (2, 3, 4):
        with pytest.raises(NoSupport, match="no effect at every event time"):
            mean_of(table, np.eye(3), 0, last)


def test_legal_forms_are_read_as_registers_write_them() -> None:
    written = ("S.r.l.", "S.R.L", "Società per azioni", "S.C. a R.L.", "S.n.c.", "S.p.A.", "sapa", "fondazione")
    assert [legal_form_of(w) for w in written] == ["srl", "srl", "spa", "scarl", "snc", "spa", "sapa", ""]
