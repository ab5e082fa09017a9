"""Effects of one outcome by every estimator that a study shows, and what speaks for and against them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from scipy.special import chdtrc, ndtr, ndtri

from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.runs.impact.frame import OUTCOME_COLUMN
from regionomics import impact
from regionomics.errors import NoSupport, RegionomicsWarning

KEYS: dict[str, Any] = {"unit": "firm", "time": "year", "cohort": "cohort"}
MAGNITUDES = (0.5, 1.0, 1.5, 2.0)
BENDS = (0.0, 0.01, 0.02)
"""By how many log points the difference of trends may bend a year."""
CELL = 10
"""Members of one year of joining that an effect of that year needs in the doubly robust estimate: a floor of the
arithmetic, beneath the declared minimum, which what is published must reach."""
CONVENTIONAL_STRENGTH, CONVENTIONAL_GAMMA = 0.02, 1.25
"""Below these an effect is said to be doubtful: conventions of this software, printed beside the values."""
_BANDS = (("percent_band_low", "band_low"), ("percent_band_high", "band_high"))


@dataclass(frozen=True)
class Effect:
    """An effect in log points with its error; n firms treated and compared. refused: why there is none."""

    att: float | None = None
    se: float | None = None
    p: float | None = None
    treated: int | None = None
    controls: int | None = None
    refused: str = ""

    def row(self, level: float) -> dict[str, Any]:
        """The effect with its interval, in log points and in percent."""
        reach = None if self.se is None else float(ndtri((1 + level) / 2)) * self.se
        low = None if self.att is None or reach is None else self.att - reach
        high = None if self.att is None or reach is None else self.att + reach
        return {
            "att": self.att,
            "se": self.se,
            "low": low,
            "high": high,
            "percent": _percent(self.att),
            "percent_low": _percent(low),
            "percent_high": _percent(high),
            "p": self.p,
            "treated": self.treated,
            "controls": self.controls,
            "refused": self.refused,
        }


def _percent(log_points: float | None) -> float | None:
    return None if log_points is None else float(np.expm1(log_points) * 100)


Compared = impact.MatchedEffects | impact.BalancedEffects
"""Members against controls, paired or weighed."""


@dataclass
class Answers:
    """Everything that was found for one outcome."""

    effects: dict[str, Effect] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    matched: Compared | None = None
    group_time: impact.GroupTimeEffects | None = None
    trends: list[dict[str, Any]] = field(default_factory=list)
    bacon: list[dict[str, Any]] = field(default_factory=list)

    def check(self, name: str, verdict: str, **numbers: Any) -> None:
        """verdict: "sound", "doubt", "fails" or "unknown"."""
        self.checks.append({"check": name, "verdict": verdict, **numbers})


@contextmanager
def _quiet() -> Iterator[None]:
    """Warnings of single comparisons are meant to be read from the stored tables, which list what has no answer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegionomicsWarning)
        yield


def window(frame: pl.DataFrame, d: Declaration, outcome: str) -> pl.DataFrame:
    """The columns and years that the effects of an outcome are estimated from."""
    names = ["firm", "year", "cohort", "cluster", *d.exact, *d.matching, OUTCOME_COLUMN[outcome]]
    return frame.select(list(dict.fromkeys(names))).filter(pl.col("year") >= d.first_year + 1)


def matched(panel: pl.DataFrame, d: Declaration, outcome: str) -> Compared:
    both: dict[str, Any] = {
        **KEYS,
        "outcome": OUTCOME_COLUMN[outcome],
        "on": d.matching,
        "exact": d.exact,
        "placebos": d.placebos,
        "horizon": d.horizon,
        "minimum": d.minimum,
        "minimum_share": d.minimum_share,
        "level": d.level,
        "seed": d.seed,
    }
    with _quiet():
        if d.distance == "entropy":
            return impact.balanced_did(panel, **both)
        return impact.matched_did(
            panel,
            **both,
            distance=d.distance,
            neighbours=d.neighbours,
            caliper=d.caliper,
            replace=d.replace,
        )


def compared(found: Compared) -> tuple[int, int]:
    """How many members have a control, and how many firms serve as one."""
    if isinstance(found, impact.MatchedEffects):
        return int(found.pairs["firm"].n_unique()), int(found.pairs["control"].n_unique())
    sides = found.weights.filter(pl.col("weight") > 0).group_by("treated").agg(pl.col("firm").n_unique())
    counts = dict(sides.iter_rows())
    return int(counts.get(True, 0)), int(counts.get(False, 0))


def covariates(d: Declaration) -> tuple[str, ...]:
    """What estimators without pairs compare likes by: variables to be near in, and the strata as marks of 0 and 1."""
    return tuple(dict.fromkeys([*d.matching, *d.exact]))


def with_controls_alike(panel: pl.DataFrame, d: Declaration) -> pl.DataFrame:
    """Without members of whose sector, size or other declared stratum there is no control in the year before joining.

    Pairs leave them out, too. The doubly robust estimate would refuse the whole year of joining for one such member.
    """
    kept = panel.filter((pl.col("cohort") > 0) & (pl.col("year") == pl.col("cohort") - 1))
    pool = panel.filter(pl.col("cohort") == 0)
    for name in d.exact:
        kept = kept.join(pool.select("year", name).unique(), on=["year", name], how="semi")
    return panel.filter((pl.col("cohort") == 0) | pl.col("firm").is_in(kept["firm"].implode()))


def group_time(panel: pl.DataFrame, d: Declaration, outcome: str, **options: Any) -> impact.GroupTimeEffects:
    settings: dict[str, Any] = {
        "covariates": covariates(d),
        "base": "universal",
        "level": d.level,
        "seed": d.seed,
        "minimum": min(d.minimum, CELL),
        **options,
    }
    with _quiet():
        return impact.group_time_effects(
            with_controls_alike(panel, d), **KEYS, outcome=OUTCOME_COLUMN[outcome], **settings
        )


def group_time_average(found: impact.GroupTimeEffects, d: Declaration, joined: int) -> Effect:
    """The mean of the declared years after joining, if every year rests on enough members, and enough were compared.

    Raises NoSupport below the declared minimum or the declared share of those who joined.
    """
    rows = found.table.filter(pl.col("event").is_between(d.first_event, d.horizon))
    by_year = rows.group_by("event").agg(pl.col("treated").sum(), pl.col("controls").max())
    if by_year.is_empty():
        raise NoSupport(f"no effect at any event time from {d.first_event} to {d.horizon}")
    most, least = int(by_year["treated"].max() or 0), int(by_year["treated"].min() or 0)
    needed = max(d.minimum, int(np.ceil(d.minimum_share * joined)))
    if most < needed or least < d.minimum:
        raise NoSupport(
            f"{most if most < needed else least} of {joined} who joined find a control, "
            f"{needed if most < needed else d.minimum} are needed; more firms with accounts would help"
        )
    average = found.average(d.first_event, d.horizon)
    return Effect(average.estimate, average.se, average.p, least, int(by_year["controls"].max() or 0))


def window_average(found: Compared, first: int, last: int) -> Effect:
    """The mean of the event times first..last of matched effects, with the error of that mean."""
    times = found.table["event"].to_numpy()
    chosen = (times >= first) & (times <= last)
    if chosen.sum() != last - first + 1:
        raise NoSupport(f"no effect at every event time from {first} to {last}; there is {times.tolist()}")
    assert found.average.covariance is not None
    att = float(found.table["att"].to_numpy()[chosen].mean())
    se = _error(found.average.covariance, chosen)
    n = int(found.table["treated"].to_numpy()[chosen].min())
    return Effect(att, se, float(2 * ndtr(-abs(att) / se)), n, compared(found)[1])


def _error(covariance: np.ndarray, chosen: np.ndarray) -> float:
    """Of the mean of the chosen rows."""
    return float(np.sqrt(covariance[np.ix_(chosen, chosen)].mean()))


def answers(frame: pl.DataFrame, d: Declaration, outcome: str) -> Answers:
    """All estimators and checks of one outcome over all treated firms."""
    panel = window(frame, d, outcome)
    found = Answers()
    alike = with_controls_alike(panel, d)
    treated = panel.filter(pl.col("cohort") > 0)["firm"].n_unique()
    controls = panel.filter(pl.col("cohort") == 0)["firm"].n_unique()

    def attempt(name: str, work: Callable[[], Effect]) -> None:
        try:
            if treated < d.minimum:
                raise NoSupport(f"few: {treated} joined, at least {d.minimum} treated firms were declared")
            found.effects[name] = work()
        except NoSupport as refused:
            found.effects[name] = Effect(refused=str(refused))

    def by_matching() -> Effect:
        found.matched = matched(panel, d, outcome)
        return window_average(found.matched, d.first_event, d.horizon)

    def by_group_time() -> Effect:
        made = group_time(panel, d, outcome)
        effect = group_time_average(made, d, treated)
        found.group_time = made
        return effect

    def by_model(estimator: Callable[..., impact.ModelEffects]) -> Callable[[], Effect]:
        def work() -> Effect:
            with _quiet():
                made = estimator(alike, **KEYS, outcome=OUTCOME_COLUMN[outcome], covariates=covariates(d), seed=d.seed)
            table = made.dynamic.table
            chosen = table["event"].is_between(d.first_event, d.horizon).to_numpy()
            assert made.dynamic.covariance is not None
            att = float(table["att"].to_numpy()[chosen].mean())
            se = _error(made.dynamic.covariance, chosen)
            return Effect(att, se, float(2 * ndtr(-abs(att) / se)), treated, controls)

        return work

    def two_way() -> Effect:
        """What plain two-way fixed effects would say (no error: it is shown for what it hides)."""
        parts = impact.goodman_bacon(panel, **KEYS, outcome=OUTCOME_COLUMN[outcome])
        found.bacon = parts.kinds.to_dicts()
        return Effect(parts.estimate)

    attempt("matched", by_matching)
    attempt("dr", by_group_time)
    designs = [found.effects[name] for name in ("matched", "dr")]
    if all(e.refused for e in designs):
        # A model answers without support, too, by carrying its lines to where nobody is: that is no evidence.
        for name in ("imputation", "twfe_extended", "naive", "two_way"):
            found.effects[name] = Effect(refused=f"designs: {designs[0].refused}")
        _doubts(found, panel, d, outcome)
        return found
    attempt("imputation", by_model(impact.imputation_effects))
    attempt("twfe_extended", by_model(impact.extended_twfe))
    attempt(
        "naive",
        lambda: group_time_average(group_time(panel, d, outcome, covariates=()), d, treated),
    )
    attempt("two_way", lambda: two_way())
    _events(found, d)
    _doubts(found, panel, d, outcome)
    return found


def _events(found: Answers, d: Declaration) -> None:
    columns = ("att", "se", "low", "high", "band_low", "band_high")
    if found.matched is not None:
        for row in found.matched.table.to_dicts():
            found.events.append(
                {
                    "estimator": "matched",
                    "event": row["event"],
                    **{c: row[c] for c in columns},
                    "treated": row["treated"],
                }
            )
    if found.group_time is not None:
        table = found.group_time.dynamic.table
        for row in table.filter(pl.col("event").is_between(-d.placebos - 1, d.horizon)).to_dicts():
            if row["se"] is not None:  # the base period has none
                found.events.append(
                    {"estimator": "dr", "event": row["event"], **{c: row[c] for c in columns}, "treated": None}
                )
    for row in found.events:
        shown = (("percent", "att"), ("percent_low", "low"), ("percent_high", "high"))
        row.update({name: _percent(row[of]) for name, of in (*shown, *_BANDS)})
    found.events.sort(key=lambda r: (r["estimator"] != d.estimator, r["event"]))


def _doubts(found: Answers, panel: pl.DataFrame, d: Declaration, outcome: str) -> None:
    _pretrends(found, d)
    _placebos(found, panel, d, outcome)
    _hidden(found, panel, d, outcome)
    _trend_bounds(found, d)
    _attrition(found, panel, d, outcome)
    _agreement(found, d)


def pretrend(
    d: Declaration, pairs: Compared | None, cohorts: impact.GroupTimeEffects | None
) -> tuple[float, int, float] | None:
    """Statistic, degrees of freedom and p of nothing having happened before joining, all years at once.

    Of the leading estimator; None where it has no answer. Raises NoSupport where no year before joining has one.
    """
    if d.estimator == "dr":
        if cohorts is None:
            return None
        test = impact.pretrend_test(cohorts, first=-d.placebos - 1)
        return test.statistic, test.freedom, test.p
    if pairs is None:
        return None
    times = pairs.table["event"].to_numpy()
    # A year whose change is matched on is 0 by construction: it has no error and tests nothing.
    early = (times < -1) & pairs.table["se"].is_not_null().to_numpy()
    assert pairs.average.covariance is not None
    b = pairs.table["att"].to_numpy()[early]
    v = pairs.average.covariance[np.ix_(early, early)]
    if not len(b):
        raise NoSupport("no year before joining has an estimate")
    statistic, freedom = float(b @ np.linalg.pinv(v, hermitian=True) @ b), len(b)
    return statistic, freedom, float(chdtrc(freedom, statistic))


def moved_apart(p: float, d: Declaration) -> str:
    """The refusal of an effect whose members and controls moved apart before joining."""
    return f"pretrends: p = {p:.4f} is below {d.pretrend_alpha:g}"


def _pretrends(found: Answers, d: Declaration) -> None:
    try:
        test = pretrend(d, found.matched, found.group_time)
    except NoSupport as refused:
        found.check("pretrends", "unknown", note=str(refused))
        return
    if test is not None:
        statistic, freedom, p = test
        found.check("pretrends", "fails" if p < d.pretrend_alpha else "sound", value=statistic, n=freedom, p=p)


def _placebos(found: Answers, panel: pl.DataFrame, d: Declaration, outcome: str) -> None:
    panel = with_controls_alike(panel, d)
    options: dict[str, Any] = {
        **KEYS,
        "outcome": OUTCOME_COLUMN[outcome],
        "covariates": covariates(d),
        "seed": d.seed,
        "minimum": min(d.minimum, CELL),
    }
    try:
        with _quiet():
            moved = impact.placebo_dates(panel, shift=2, **options)
        dated = moved.simple
        found.check(
            "placebo_dates",
            "sound" if dated.low <= 0 <= dated.high else "doubt",
            value=dated.estimate,
            low=dated.low,
            high=dated.high,
            p=dated.p,
        )
    except NoSupport as refused:
        found.check("placebo_dates", "unknown", note=str(refused))
    if outcome != d.outcomes[0]:
        return  # drawing firms anew a hundred times is done for the leading outcome
    try:
        with _quiet():
            # Rows from joining on are the same whatever the base of those before: the effect is that found above.
            real = found.group_time.simple if found.group_time is not None else None
            drawn = impact.placebo_treated(panel, draws=d.placebo_draws, effect=real, **options)
        expected = 1 - d.level
        reach = 3 * np.sqrt(expected * (1 - expected) / d.placebo_draws)
        found.check(
            "placebo_treated",
            "sound" if drawn.rejected <= expected + reach else "doubt",
            value=drawn.rejected,
            high=float(expected + reach),
            p=drawn.p,
            n=len(drawn.estimates),
        )
    except NoSupport as refused:
        found.check("placebo_treated", "unknown", note=str(refused))


def _hidden(found: Answers, panel: pl.DataFrame, d: Declaration, outcome: str) -> None:
    """How strong something unseen must be to explain the effect away."""
    effect = found.effects.get(d.estimator, Effect())
    if effect.att is None or not effect.se:
        return
    column = OUTCOME_COLUMN[outcome]
    try:
        slope, error, freedom = _regression(panel, d, column)
        strength = impact.omitted_variable(slope, error, freedom)
        found.check(
            "omitted_variable",
            "sound" if strength.robustness_alpha > CONVENTIONAL_STRENGTH else "doubt",
            value=strength.robustness,
            low=strength.robustness_alpha,
            n=freedom,
        )
    except NoSupport as refused:
        found.check("omitted_variable", "unknown", note=str(refused))
    if not isinstance(found.matched, impact.MatchedEffects):
        return  # without pairs nobody of a pair can be likelier to join
    joined = found.matched.pairs
    if joined["firm"].n_unique() < joined.height or joined["control"].n_unique() < joined.height:
        found.check("rosenbaum", "unknown", note="pairs share firms")
        return
    own = _change(panel, joined.select("firm", base="cohort"), column, d)
    other = _change(panel, joined.select(firm="control", base="cohort"), column, d)
    gaps = (
        joined.join(own, left_on=["firm", "cohort"], right_on=["firm", "base"])
        .join(other, left_on=["control", "cohort"], right_on=["firm", "base"], suffix="_control")
        .select("firm", difference=pl.col("change") - pl.col("change_control"))
        .drop_nulls()
        .sort("firm")
    )
    if effect.att < 0:  # the test asks upwards: an effect below 0 is asked as its mirror image
        gaps = gaps.with_columns(-pl.col("difference"))
    try:
        bounds = impact.rosenbaum_bounds(gaps, alpha=1 - d.level)
    except NoSupport as refused:
        found.check("rosenbaum", "unknown", note=str(refused))
        return
    gamma = bounds.critical
    found.check("rosenbaum", "sound" if gamma and gamma >= CONVENTIONAL_GAMMA else "doubt", value=gamma, n=gaps.height)


def _regression(panel: pl.DataFrame, d: Declaration, column: str) -> tuple[float, float, int]:
    """The coefficient of joining, its classical error and its degrees of freedom, in one regression of the change.

    The change of each firm once (mean over the declared years after, less the year before) on joining, the declared
    variables and strata of the year before, and marks of the year of joining; controls are dealt to the years of
    joining in turn, in the order of their pseudonyms. Cinelli and Hazlett's formulas speak of such a regression.
    Raises NoSupport where it leaves no degrees of freedom.
    """
    firms = panel.select("firm", "cohort").unique("firm").sort("firm")
    years = firms.filter(pl.col("cohort") > 0)["cohort"].sort()
    turns = firms.filter(pl.col("cohort") == 0).with_row_index("turn")
    dealt = turns.with_columns(base=years.gather((turns["turn"] % max(len(years), 1)).cast(pl.Int64)))
    at = pl.concat(
        [firms.filter(pl.col("cohort") > 0).select("firm", base="cohort"), dealt.select("firm", "base")], how="vertical"
    )
    before = panel.join(at, on="firm").filter(pl.col("year") == pl.col("base") - 1)
    rows = (
        _change(panel, at, column, d)
        .join(before.select("firm", "cohort", *covariates(d)), on="firm")
        .drop_nulls()
        .drop_nans()
        .sort("firm")
    )
    words = rows.select(pl.col("base").cast(pl.String), *d.exact).to_dummies(drop_first=True)
    numbers = rows.select(d.matching).to_numpy().astype(float)
    joined = (rows["cohort"] > 0).cast(pl.Float64).to_numpy()
    marks = [words[name].to_numpy().astype(float) for name in words.columns]
    design = np.column_stack([np.ones(rows.height), numbers, *marks])
    change = rows["change"].to_numpy()
    rank = int(np.linalg.matrix_rank(design)) if rows.height else 0
    freedom = rows.height - rank - 1
    if freedom < 10 or not 0 < joined.sum() < rows.height:
        raise NoSupport(f"{rows.height} firms have a change and all declared variables; the regression needs more")
    left = joined - design @ np.linalg.lstsq(design, joined, rcond=None)[0]
    moved = change - design @ np.linalg.lstsq(design, change, rcond=None)[0]
    inside = float(left @ left)
    if inside < 1e-9 * rows.height:
        raise NoSupport("joining follows from the declared variables; no regression can tell them apart")
    slope = float(left @ moved) / inside
    noise = moved - slope * left
    return slope, float(np.sqrt(noise @ noise / freedom / inside)), freedom


def _change(panel: pl.DataFrame, at: pl.DataFrame, column: str, d: Declaration) -> pl.DataFrame:
    """firm, base, change: mean of the outcome over the window after `base`, less that of the year before it."""
    rows = panel.select("firm", "year", column).join(at, on="firm")
    event = pl.col("year") - pl.col("base")
    return (
        rows.group_by("firm", "base")
        .agg(
            after=pl.col(column).filter(event.is_between(d.first_event, d.horizon)).mean(),
            before=pl.col(column).filter(event == -1).first(),
        )
        .select("firm", "base", change=pl.col("after") - pl.col("before"))
    )


def _trend_bounds(found: Answers, d: Declaration) -> None:
    if found.group_time is None:
        return
    try:
        study = found.group_time.event_study(-d.placebos - 1, d.horizon)
        after = len(study.estimates) - study.before
        weights = np.zeros(after)
        weights[d.first_event :] = 1 / (after - d.first_event)
        bounds = impact.relative_magnitudes(
            study.estimates,
            study.covariance,
            before=study.before,
            magnitudes=MAGNITUDES,
            of=weights.tolist(),
            seed=d.seed,
        )
    except NoSupport as refused:
        found.check("trend_bounds", "unknown", note=str(refused))
        return
    found.trends = [{"kind": "magnitudes", **row} for row in bounds.table.to_dicts()]
    try:
        bent = impact.smoothness(
            study.estimates, study.covariance, before=study.before, magnitudes=BENDS, of=weights.tolist()
        )
        found.trends += [{"kind": "smoothness", **row} for row in bent.table.to_dicts()]
    except NoSupport:
        pass  # the periods' errors are not apart; the other bounds stand
    fine = bounds.breakdown is None or bounds.breakdown > 1
    found.check("trend_bounds", "sound" if fine else "doubt", value=bounds.breakdown)


def _attrition(found: Answers, panel: pl.DataFrame, d: Declaration, outcome: str) -> None:
    """Whether treated firms have accounts at the horizon as often as the firms that they were matched with."""
    if found.matched is None:
        return
    column = OUTCOME_COLUMN[outcome]
    known = panel.filter(pl.col(column).is_not_null()).select("firm", "year")
    year = (pl.col("cohort") + d.horizon).alias("year")
    if isinstance(found.matched, impact.MatchedEffects):
        own = found.matched.pairs.select("firm", year).unique("firm")
        other = found.matched.pairs.select(pl.col("control").alias("firm"), year, "weight")
    else:
        own = found.matched.weights.filter(pl.col("treated")).select("firm", year)
        other = found.matched.weights.filter(~pl.col("treated")).select("firm", year, "weight")
    left = own.join(known.with_columns(seen=True), on=["firm", "year"], how="left")["seen"].is_not_null()
    right = other.join(known.with_columns(seen=True), on=["firm", "year"], how="left", maintain_order="left")
    seen = right["seen"].is_not_null().cast(pl.Float64).to_numpy()
    weight = other["weight"].to_numpy()
    one, zero = float(left.mean() or 0.0), float(seen @ weight / weight.sum())
    n = left.len()
    se = float(np.sqrt(max(one * (1 - one), 1e-9) / n + max(zero * (1 - zero), 1e-9) / n))
    apart = abs(one - zero)
    p = float(2 * ndtr(-apart / se))
    found.check("attrition", "doubt" if p < 0.05 and apart > 0.02 else "sound", value=one, high=zero, p=p, n=n)


def _agreement(found: Answers, d: Declaration) -> None:
    """Whether the other sound estimators lie within the main one's interval, widened by their own errors."""
    main = found.effects.get(d.estimator, Effect())
    others = [
        found.effects.get(n, Effect()) for n in ("matched", "dr", "imputation", "twfe_extended") if n != d.estimator
    ]
    known = [o for o in others if o.att is not None and o.se]
    if main.att is None or not main.se or not known:
        return
    assert main.se is not None
    gaps = [abs(o.att - main.att) / np.hypot(o.se or 0, main.se) for o in known if o.att is not None]
    found.check("agreement", "sound" if max(gaps) < 2 else "doubt", value=float(max(gaps)), n=len(known))
