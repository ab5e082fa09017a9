"""Survival and change points: properties, known digits, and what is refused."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

LENGTHS = st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=40)


def spells(rows):
    return pl.DataFrame({"duration": [float(t) for t, _ in rows], "event": [d for _, d in rows]})


@odd_tables
@settings(max_examples=50, deadline=None)
@given(LENGTHS)
def test_curve_never_rises_and_its_unit_of_time_does_not_matter(rows):
    curve = rg.kaplan_meier(spells(rows))
    steps = curve["survival"].to_numpy()
    assert (np.diff(steps) <= 1e-12).all()
    assert ((steps >= 0) & (steps <= 1)).all()
    days = rg.kaplan_meier(spells([(t * 365, d) for t, d in rows]))
    np.testing.assert_allclose(days["survival"].to_numpy(), steps)


@odd_tables
@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=40))
def test_without_censoring_survival_is_the_share_that_lasts_longer(lengths):
    curve = rg.kaplan_meier(spells([(t, True) for t in lengths]))
    for time, survival in curve.select("time", "survival").rows():
        assert survival == pytest.approx(sum(t > time for t in lengths) / len(lengths), abs=1e-12)


@odd_tables
@settings(max_examples=50, deadline=None)
@given(LENGTHS, st.integers(1, 29))
def test_cutting_a_spell_in_two_changes_nothing(rows, cut):
    pieces = [
        piece
        for t, d in rows
        for piece in ([(0.0, float(cut), False), (float(cut), float(t), d)] if t > cut else [(0.0, float(t), d)])
    ]
    table = pl.DataFrame(pieces, schema=["entry", "duration", "event"], orient="row")
    whole = rg.kaplan_meier(spells(rows)).filter(pl.col("events") > 0)
    cutted = rg.kaplan_meier(table, entry="entry").filter(pl.col("events") > 0)
    np.testing.assert_allclose(cutted["survival"].to_numpy(), whole["survival"].to_numpy())


def test_ratio_of_paces_is_found_again_with_its_interval():
    random = np.random.default_rng(3)
    held = 0
    for _ in range(40):
        x = random.integers(0, 2, 150).astype(float)
        t = random.exponential(1 / np.exp(0.5 * x))
        seen = t < 2
        found = rg.cox(pl.DataFrame({"x": x, "duration": np.minimum(t, 2), "event": seen}), ["x"])
        held += found["low"][0] <= np.exp(0.5) <= found["high"][0]
    assert 36 <= held <= 39  # 38 expected: too wide an interval would hold it always


def test_immortal_time_makes_help_look_good_unless_the_spell_is_cut():
    """Nobody is helped by help: it comes in year 1 to those who still live."""
    random = np.random.default_rng(4)
    t = random.exponential(1.5, 1000)
    at = random.uniform(0, 3, 1000)
    helped = at < t
    naive = rg.cox(pl.DataFrame({"duration": t, "event": True, "helped": helped.astype(float)}), ["helped"])
    assert naive["high"][0] < 0.7
    pieces = [(i, 0.0, a, False, 0.0) for i, a in enumerate(at) if helped[i]]
    pieces += [(i, a if helped[i] else 0.0, t[i], True, float(helped[i])) for i, a in enumerate(at)]
    cut = pl.DataFrame(pieces, schema=["firm", "entry", "duration", "event", "helped"], orient="row")
    right = rg.cox(cut, ["helped"], entry="entry", cluster="firm")
    assert right["low"][0] < 1 < right["high"][0]


def test_errors_hold_their_size_when_every_spell_is_cut_in_many_pieces():
    """The model's own errors do not change; those that add up a firm's pieces come near them where the model holds."""
    random = np.random.default_rng(5)
    x, t = random.normal(size=200), random.exponential(size=200)
    whole = pl.DataFrame({"x": x, "duration": t, "event": True})
    pieces = [(i, x[i], a, min(a + 0.3, t[i]), a + 0.3 >= t[i]) for i in range(200) for a in np.arange(0, t[i], 0.3)]
    cut = pl.DataFrame(pieces, schema=["firm", "x", "entry", "duration", "event"], orient="row")
    model = rg.cox(whole, ["x"])
    for found in (rg.cox(cut, ["x"], entry="entry"), rg.cox(cut, ["x"], entry="entry", cluster="firm")):
        assert found["coefficient"][0] == pytest.approx(model["coefficient"][0], abs=1e-9)
    assert rg.cox(cut, ["x"], entry="entry")["se"][0] == pytest.approx(model["se"][0], abs=1e-9)
    robust = rg.cox(cut, ["x"], entry="entry", cluster="firm")["se"][0]
    assert robust == pytest.approx(model["se"][0], rel=0.15)


def test_log_rank_of_like_groups_rejects_one_in_twenty():
    random = np.random.default_rng(6)
    n = 400
    rejected = 0
    for _ in range(n):
        table = pl.DataFrame(
            {
                "group": random.integers(0, 2, 60),
                "duration": random.exponential(size=60),
                "event": random.random(60) < 0.8,
            }
        )
        rejected += rg.log_rank(table)["p"][0] < 0.05
    assert rejected / n == pytest.approx(0.05, abs=0.03)


def test_scan_for_a_change_rejects_one_in_twenty_where_there_is_none():
    random = np.random.default_rng(7)
    rows = [{"series": i, "period": p, "events": int(random.poisson(6))} for i in range(200) for p in range(12)]
    found = rg.rate_change(pl.DataFrame(rows), by="series", draws=199)
    assert (found["p"] <= 0.05).mean() == pytest.approx(0.05, abs=0.04)


def test_change_is_seen_against_what_is_at_risk():
    """Twice the exits of twice the members is no change."""
    table = pl.DataFrame({"period": range(8), "events": [5] * 4 + [10] * 4, "members": [100] * 4 + [200] * 4})
    assert rg.rate_change(table, exposure="members")["p"][0] > 0.9
    assert rg.rate_change(table)["p"][0] < 0.2


def test_nothing_ever_happening_is_no_change():
    found = rg.rate_change(pl.DataFrame({"period": [1, 2, 3, 4], "events": [0, 0, 0, 0]}))
    assert found["from_period"][0] is None
    assert found["p"][0] == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"duration": [0.0, 1.0]}, "drop spells of no length"),
        ({"event": [2, 0]}, "write 1 where the end was seen"),
        ({"duration": [None, 1.0]}, "null"),
    ],
)
def test_faulty_spells_are_refused_with_the_remedy(change, message):
    table = pl.DataFrame({"duration": [1.0, 2.0], "event": [1, 0], **change})
    with pytest.raises(rg.InvalidTable, match=message):
        rg.kaplan_meier(table)


def test_what_cannot_be_compared_is_refused():
    table = pl.DataFrame({"duration": [1.0, 2.0, 3.0], "event": [0, 0, 0], "x": [1.0, 2.0, 3.0], "group": ["a"] * 3})
    with pytest.raises(rg.NoSupport, match="no end was seen"):
        rg.cox(table, ["x"])
    with pytest.raises(rg.NoSupport, match="needs two groups"):
        rg.log_rank(table)
    with pytest.raises(rg.NoSupport, match="does not vary"):
        rg.cox(table.with_columns(event=1, x=1.0), ["x"])
    with pytest.raises(rg.NoSupport, match="tells apart"):
        rg.cox(pl.DataFrame({"duration": [1.0, 1.0, 5.0, 5.0], "event": [1, 1, 0, 0], "x": [1.0, 1.0, 0, 0]}), ["x"])
    with pytest.raises(rg.InvalidParameter, match="level"):
        rg.kaplan_meier(table, level=95)
    with pytest.raises(rg.NoSupport, match="needs 4"):
        rg.rate_change(pl.DataFrame({"period": [1, 2, 3], "events": [1, 2, 3]}))


def in_whole_years(firms=60):
    """Firms watched in whole years, so that many end together; every third is helped from some year on."""
    rows = []
    for i in range(firms):
        end, x, at = 1 + (i * 7) % 10, (i * 13) % 11 / 10, 1 + (i * 5) % 6
        closed = int(i % 4 != 0)
        if i % 3 == 0 and at < end:
            rows += [(i, 0.0, at, 0, 0.0, x), (i, float(at), end, closed, 1.0, x)]
        else:
            rows.append((i, 0.0, end, closed, 0.0, x))
    return pl.DataFrame(rows, schema=["firm", "entry", "duration", "event", "helped", "x"], orient="row")


# coxph(Surv(entry, duration, event) ~ helped + x + cluster(firm), ties = "efron"), R 4.2.2 with survival 3.5-3, of
# `in_whole_years()` written to a file: coef, sqrt(diag(vcov)), and sqrt(diag(naive.var))
ENDS_TOGETHER_IN_R = {
    "coefficient": [-0.178092704078, 0.0242609159756],
    "se": [0.327042824949, 0.460298118983],
    "model": [0.377353533165, 0.489448608811],
}


def test_errors_added_up_by_firm_are_those_of_r_where_many_end_in_the_same_year():
    table = in_whole_years()
    found = rg.cox(table, ["helped", "x"], entry="entry", cluster="firm")
    assert found["coefficient"].to_list() == pytest.approx(ENDS_TOGETHER_IN_R["coefficient"], abs=1e-8)
    assert found["se"].to_list() == pytest.approx(ENDS_TOGETHER_IN_R["se"], abs=1e-8)
    model = rg.cox(table, ["helped", "x"], entry="entry")
    assert model["se"].to_list() == pytest.approx(ENDS_TOGETHER_IN_R["model"], abs=1e-8)
