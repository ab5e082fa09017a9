"""What speaks for and against the effects of one outcome: every check that a study shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
from scipy.special import chdtrc, ndtr

from poliedro.monitoring.rules.impact import SMALL_BEND, Declaration, falls_at
from poliedro.monitoring.runs.impact.effects import (
    BENDS,
    CONVENTIONAL_GAMMA,
    CONVENTIONAL_STRENGTH,
    FEW_CLUSTERS,
    MAGNITUDES,
    Answers,
    Compared,
    Effect,
    period_of,
    places_of,
)
from poliedro.monitoring.runs.impact.estimate import compared
from poliedro.monitoring.runs.impact.frame import OUTCOME_COLUMN
from poliedro.monitoring.runs.impact.placebos import drawn_placebos, placebo_dates, placebo_treated
from poliedro.monitoring.runs.impact.reach import covariates
from poliedro.monitoring.runs.impact.threads import together
from regionomics import impact
from regionomics.errors import NoSupport


def doubts(found: Answers, panel: impact.HeldPanel, alike: impact.HeldPanel, d: Declaration, outcome: str) -> None:
    """Every check of one outcome. alike: the panel `with_controls_alike`."""
    _pretrends(found, d)
    dated, others = replace(found, checks=[]), replace(found, checks=[])

    def all_others() -> None:
        _hidden(others, panel, d, outcome)
        _trend_bounds(others, d)
        _attrition(others, panel, d, outcome)
        _bounds_of_attrition(others, panel, d, outcome)
        _clusters(others, d)
        _agreement(others, d)

    together(lambda: placebo_dates(dated, alike, d, outcome), all_others)
    if outcome == d.outcomes[0]:  # drawing firms anew a hundred times is done for the leading outcome
        placebo_treated(dated, d, found.drawn or drawn_placebos(found, alike, d, outcome))
    found.checks += [*dated.checks, *others.checks]
    found.trends = others.trends


def pretrend(
    d: Declaration, pairs: Compared | None, cohorts: impact.GroupTimeEffects | None
) -> tuple[float, int, float] | None:
    """Statistic, degrees of freedom and p of nothing having happened before joining, all years at once.

    Of the leading estimator; None where it has no answer. Raises NoSupport where no year before joining has one.
    """
    if d.estimator == "dr":
        if cohorts is None:
            return None
        test = impact.pretrend_test(cohorts, first=d.base_event - d.placebos, last=d.base_event)
        return test.statistic, test.freedom, test.p
    if pairs is None:
        return None
    times = pairs.table["event"].to_numpy()
    # A year whose change is matched on is 0 by construction: it has no error and tests nothing.
    early = (times < d.base_event) & pairs.table["se"].is_not_null().to_numpy()
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


def _hidden(found: Answers, panel: impact.HeldPanel, d: Declaration, outcome: str) -> None:
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
    base = joined["cohort"].to_numpy()
    change = _changes(panel, column, d)
    apart = change(places_of(panel, joined["firm"]), base) - change(places_of(panel, joined["control"]), base)
    gaps = pl.DataFrame({"difference": apart[np.isfinite(apart)]})
    if effect.att < 0:  # the test asks upwards: an effect below 0 is asked as its mirror image
        gaps = gaps.with_columns(-pl.col("difference"))
    try:
        bounds = impact.rosenbaum_bounds(gaps, alpha=1 - d.level)
    except NoSupport as refused:
        found.check("rosenbaum", "unknown", note=str(refused))
        return
    gamma = bounds.critical
    found.check("rosenbaum", "sound" if gamma and gamma >= CONVENTIONAL_GAMMA else "doubt", value=gamma, n=gaps.height)


def _regression(panel: impact.HeldPanel, d: Declaration, column: str) -> tuple[float, float, int]:
    """The coefficient of joining, its classical error and its degrees of freedom, in one regression of the change.

    The change of each firm once (mean over the declared years after, less the base year) on joining, the declared
    variables and strata of the base year, and marks of the year of joining; controls are dealt to the years of
    joining in turn, in the order of their pseudonyms. Cinelli and Hazlett's formulas speak of such a regression.
    Raises NoSupport where it leaves no degrees of freedom.
    """
    members = panel.cohorts > 0
    years = np.sort(panel.cohorts[members])
    base = panel.cohorts.copy()
    base[~members] = years[np.arange(int((~members).sum())) % max(len(years), 1)]
    change = _changes(panel, column, d)(np.arange(len(base)), base)
    numbers, words = _before(panel, covariates(d), base + d.base_event)
    kept = np.isfinite(change) & np.isfinite(numbers).all(axis=1) & (words >= 0).all(axis=1)
    joined, change, rows = members[kept].astype(float), change[kept], int(kept.sum())
    marks = [one for column in np.column_stack([base, words])[kept].T for one in _marks(column)]
    design = np.column_stack([np.ones(rows), numbers[kept], *marks])
    design /= np.sqrt(np.maximum((design**2).sum(axis=0), 1e-300))
    values, vectors = np.linalg.eigh(design.T @ design)
    sound = values > 1e-12 * max(values[-1], 1e-300)
    freedom = rows - int(sound.sum()) - 1
    if freedom < 10 or not 0 < joined.sum() < rows:
        raise NoSupport(f"{rows} firms have a change and all declared variables; the regression needs more")
    span = design @ (vectors[:, sound] / np.sqrt(values[sound]))
    left, moved = joined - span @ (span.T @ joined), change - span @ (span.T @ change)
    inside = float(left @ left)
    if inside < 1e-9 * rows:
        raise NoSupport("joining follows from the declared variables; no regression can tell them apart")
    slope = float(left @ moved) / inside
    noise = moved - slope * left
    return slope, float(np.sqrt(noise @ noise / freedom / inside)), freedom


def _before(panel: impact.HeldPanel, names: tuple[str, ...], base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each firm in its year `base`: numbers (n, p), NaN unknown, and codes of words (n, q), -1 unknown."""
    n = len(base)
    numbers, words = [np.zeros((n, 0))], [np.zeros((n, 0), dtype=np.int64)]
    for name in names:
        read = panel.covariate(name)
        values = np.full(n, np.nan)
        for year in np.unique(base):
            at = period_of(panel, int(year))
            if at is not None:
                here = (base == year) & panel.seen[:, at]
                values[here] = read.at(at)[here]
        if read.levels is None:
            numbers.append(values[:, None])
        else:
            words.append(np.where(np.isnan(values), -1, values).astype(np.int64)[:, None])
    return np.column_stack(numbers), np.column_stack(words)


def _marks(codes: np.ndarray) -> list[np.ndarray]:
    """0/1 columns for all but the first of the codes."""
    return [(codes == code).astype(float) for code in np.unique(codes)[1:]]


def _changes(panel: impact.HeldPanel, column: str, d: Declaration) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A function of positions and years of joining: mean of the outcome over the window after, less the base year's."""
    y = panel.outcome(column)

    def of(rows: np.ndarray, base: np.ndarray) -> np.ndarray:
        change = np.full(len(rows), np.nan)
        for year in np.unique(base):
            at = period_of(panel, int(year) + d.base_event)
            event = panel.times - int(year)
            chosen = (event >= d.first_event) & (event <= d.horizon)
            if at is None or not chosen.any():
                continue
            here = np.flatnonzero(base == year)
            after = y[rows[here]][:, chosen]
            known = np.isfinite(after)
            count = known.sum(axis=1)
            mean = np.where(known, after, 0.0).sum(axis=1) / np.maximum(count, 1)
            change[here] = np.where(count > 0, mean, np.nan) - y[rows[here], at]
        return change

    return of


def _trend_bounds(found: Answers, d: Declaration) -> None:
    if found.group_time is None:
        return
    try:
        study = found.group_time.event_study(d.base_event - d.placebos, d.horizon)
        after = len(study.estimates) - study.before
        weights = np.zeros(after)
        first = d.anticipation + d.first_event  # those of anticipation come after the base year, too
        weights[first:] = 1 / (after - first)
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
        average = found.effects["dr"].row(d.level)
        if not average["low"] <= 0 <= average["high"]:  # an effect that is not told from 0 anyway has nothing to lose
            at = falls_at(bent.table.to_dicts())
            verdict = "sound" if at is None or at > SMALL_BEND else "doubt"
            found.check("trend_bend", verdict, value=at, high=max(BENDS))
    except NoSupport:
        pass  # the periods' errors are not apart; the other bounds stand
    fine = bounds.breakdown is None or bounds.breakdown > 1
    found.check("trend_bounds", "sound" if fine else "doubt", value=bounds.breakdown)


def _attrition(found: Answers, panel: impact.HeldPanel, d: Declaration, outcome: str) -> None:
    """Whether treated firms have accounts at the horizon as often as the firms that they were matched with.

    A control that serves several members tells what becomes of one firm: controls count as many as those of equal
    weight that they are worth.
    """
    if found.matched is None:
        return
    own, other = _sides(found.matched)
    known = np.isfinite(panel.outcome(OUTCOME_COLUMN[outcome]))
    left, seen = _there(panel, known, own, d.horizon), _there(panel, known, other, d.horizon)
    weight = other["weight"].to_numpy()
    one, zero = float(left.mean()), float(seen @ weight / weight.sum())
    each = other.group_by("firm", maintain_order=True).agg(pl.col("weight").sum())  # the same digits each time
    n, shares = len(left), each["weight"].to_numpy() / weight.sum()
    se = float(np.sqrt(max(one * (1 - one), 1e-9) / n + max(zero * (1 - zero), 1e-9) * (shares @ shares)))
    apart = abs(one - zero)
    p = float(2 * ndtr(-apart / se))
    found.check("attrition", "doubt" if p < 0.05 and apart > 0.02 else "sound", value=one, high=zero, p=p, n=n)


def _sides(matched: Compared) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Members that were compared (firm, cohort), and their controls (firm, cohort, weight)."""
    if isinstance(matched, impact.MatchedEffects):
        own = matched.pairs.select("firm", "cohort").unique("firm", maintain_order=True)
        return own, matched.pairs.select(pl.col("control").alias("firm"), "cohort", "weight")
    own = matched.weights.filter(pl.col("treated")).select("firm", "cohort")
    return own, matched.weights.filter(~pl.col("treated")).select("firm", "cohort", "weight")


def _bounds_of_attrition(found: Answers, panel: impact.HeldPanel, d: Declaration, outcome: str) -> None:
    """What those without accounts could do to the effect of each declared year after joining (Lee); the last, in which
    most are missing, is the check."""
    if found.matched is None:
        return
    own, other = _sides(found.matched)
    other = other.group_by("firm", "cohort", maintain_order=True).agg(pl.col("weight").sum())
    places = [(places_of(panel, side["firm"]), side["cohort"].to_numpy()) for side in (own, other)]
    treated = np.repeat([1, 0], [own.height, other.height])
    weight = np.concatenate([np.ones(own.height), other["weight"].to_numpy()])
    for event in range(d.first_event, d.horizon + 1):
        change = _changes(panel, OUTCOME_COLUMN[outcome], replace(d, first_event=event, horizon=event))
        seen = pl.Series(np.concatenate([change(rows, base) for rows, base in places])).fill_nan(None)
        rows = pl.DataFrame({"treated": treated, "outcome": seen, "weight": weight})
        try:
            bounds = impact.lee_bounds(rows, weights="weight", level=d.level)
        except NoSupport as refused:
            if event == d.horizon:
                found.check("lee_bounds", "unknown", note=str(refused))
            continue
        found.trends.append({"kind": "lee", "m": float(event), "low": bounds.low, "high": bounds.high})
        if event == d.horizon:
            apart = bounds.low > 0 or bounds.high < 0
            verdict = "sound" if apart else "doubt"
            found.check("lee_bounds", verdict, value=bounds.lower, high=bounds.upper, n=rows.height)


def _clusters(found: Answers, d: Declaration) -> None:
    """How many firms that move on their own, or controls of equal weight, the leading estimator's errors rest on."""
    if d.estimator == "dr":
        count = None if found.group_time is None else found.group_time.clusters
    elif isinstance(found.matched, impact.MatchedEffects):
        count = found.matched.clusters
    else:
        count = None if found.matched is None else compared(found.matched)[0]
    if count is not None:
        found.check("clusters", "sound" if count >= FEW_CLUSTERS else "doubt", value=count, n=count)


def _there(panel: impact.HeldPanel, known: np.ndarray, firms: pl.DataFrame, horizon: int) -> np.ndarray:
    """1 for each firm (with its cohort) that has the outcome in the last year of the horizon, else 0."""
    rows, years = places_of(panel, firms["firm"]), firms["cohort"].to_numpy() + horizon
    at = np.searchsorted(panel.times, years)
    inside = at < len(panel.times)
    at = np.minimum(at, len(panel.times) - 1)
    inside &= panel.times[at] == years
    return np.asarray((inside & known[rows, at]).astype(float))


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
