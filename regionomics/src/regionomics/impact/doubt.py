"""How far to believe an effect: trends before joining, hidden differences, several outcomes at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import chdtrc, ndtr, stdtrit
from scipy.stats import rankdata

from regionomics.errors import InvalidParameter, NoSupport
from regionomics.impact.group_time import GroupTimeEffects
from regionomics.impact.panel import finite
from regionomics.tables import Family, read_columns


@dataclass(frozen=True)
class PretrendTest:
    """statistic: chi-squared with `freedom` degrees of freedom; p: of no effect in any period before joining.

    largest: the row before joining farthest from 0, in errors, and largest_event its event time.
    """

    statistic: float
    freedom: int
    p: float
    largest: float
    largest_event: int


def pretrend_test(effects: GroupTimeEffects, *, first: int | None = None, last: int = -1) -> PretrendTest:
    """Test that nothing happened before joining: all rows of the dynamic table before event time 0 at once.

    W = b' V^-1 b, chi-squared with as many degrees of freedom as rows

    Args:
        effects: a result of `group_time_effects`. first: the earliest event time to use; by default all.
        last: the latest one; with k periods of anticipation -1 - k, as an effect may show in those after it.
    Returns:
        PretrendTest. That it does not reject is no proof of parallel trends: `relative_magnitudes` says what violations
        as large as those seen would do.
    Raises:
        NoSupport: no period before joining has an estimate with an error.
    Source: Roth (2022), doi:10.1257/aeri.20210236, for what such a test can and cannot tell.
    """
    live = effects.event_influence.any(axis=0) & (effects.event_times <= min(last, -1))
    if first is not None:
        live &= effects.event_times >= first
    if not live.any():
        raise NoSupport("no period before joining has an estimate; add earlier periods or lower `first`")
    b = effects.event_effects[live]
    summed = effects.rule.summed(effects.event_influence[:, live])
    v = summed.T @ summed
    values, vectors = np.linalg.eigh(v)
    sound = values > values[-1] * 1e-10
    statistic = float((((vectors.T @ b) ** 2)[sound] / values[sound]).sum())
    ratio = b / np.sqrt(np.diag(v))
    worst = int(np.argmax(np.abs(ratio)))
    return PretrendTest(
        statistic,
        int(sound.sum()),
        float(chdtrc(int(sound.sum()), statistic)),
        float(ratio[worst]),
        int(effects.event_times[live][worst]),
    )


def romano_wolf(
    effects: Mapping[str, GroupTimeEffects],
    *,
    first: int = 0,
    last: int | None = None,
    draws: int = 9999,
    seed: int = 0,
    family: str = "polars",
) -> Any:
    """Correct the p-values of several outcomes for having looked at all of them, with how they move together.

    Step down from the largest |t|: p_k = max(p_(k-1), share of draws whose largest |t| among those left exceeds it)

    Args:
        effects: outcome -> result of `group_time_effects` on units with the same labels; the averages over event times
            `first` to `last` are compared. A unit that is missing in one of them counts 0 there.
        draws, seed: of the normal law with the influence functions' covariance, clustered as in the first result.
    Returns:
        One row per outcome: estimate, se, p (alone), p_adjusted.
    Raises:
        InvalidParameter: no outcome, fewer than 100 draws.
        NoSupport: an outcome has no error.
    Source: Romano and Wolf (2005), doi:10.1111/j.1468-0262.2005.00615.x; (2016), doi:10.1016/j.spl.2016.02.012.
    """
    if not effects:
        raise InvalidParameter("effects={}; name one outcome or more")
    if draws < 100:
        raise InvalidParameter(f"draws={draws!r}; 100 or more")
    found = {name: e.average(first, last) for name, e in effects.items()}
    labels: dict[Any, int] = {}
    for e in effects.values():
        for label in e.units.to_pylist():
            labels.setdefault(label, len(labels))
    scores = np.zeros((len(labels), len(effects)))
    groups = np.full(len(labels), -1)
    for k, (name, e) in enumerate(effects.items()):
        rows = np.array([labels[label] for label in e.units.to_pylist()])
        scores[rows, k] = found[name].influence / len(rows)
        fresh = groups[rows] < 0
        groups[rows[fresh]] = e.rule.clusters[fresh] if k == 0 else len(labels) + rows[fresh]
    codes = np.unique(groups, return_inverse=True)[1]
    summed = np.column_stack([np.bincount(codes, scores[:, k]) for k in range(scores.shape[1])])
    covariance = summed.T @ summed
    se = np.sqrt(np.diag(covariance))
    if (se <= 0).any():
        raise NoSupport(f"{list(effects)[int(np.argmin(se))]} has no error; its outcome does not vary")
    estimate = np.array([a.estimate for a in found.values()])
    t = np.abs(estimate / se)
    values, vectors = np.linalg.eigh(covariance / np.outer(se, se))
    root = vectors * np.sqrt(np.maximum(values, 0))
    normals = np.abs(np.random.default_rng(seed).standard_normal((draws, len(t))) @ root.T)
    adjusted, floor = np.zeros(len(t)), 0.0
    order = np.argsort(-t, kind="stable")
    for k, i in enumerate(order):
        peak = normals[:, order[k:]].max(axis=1)
        floor = max(floor, float((1 + (peak >= t[i]).sum()) / (draws + 1)))
        adjusted[i] = floor
    return Family(family).emit(
        {
            "outcome": pa.array(list(effects), pa.string()),
            "estimate": estimate,
            "se": se,
            "p": 2 * ndtr(-t),
            "p_adjusted": adjusted,
        }
    )


@dataclass(frozen=True)
class RosenbaumBounds:
    """table: one row per gamma: p_low, p_high (one-sided, of no effect above 0).

    critical: the largest gamma asked, from 1 on, up to which p_high stays below alpha; None if it does not at 1.
    """

    table: Any
    critical: float | None


def rosenbaum_bounds(
    pairs: Any,
    *,
    difference: str = "difference",
    gammas: Sequence[float] = (1, 1.25, 1.5, 1.75, 2, 2.5, 3),
    alpha: float = 0.05,
) -> RosenbaumBounds:
    """Bound the p-value of matched pairs if something hidden makes one of a pair up to gamma times likelier to join.

    Wilcoxon's signed rank T+ between normal laws with mean p n(n + 1) / 2 and variance p (1 - p) n (n + 1)(2n + 1) / 6,
    p = gamma / (1 + gamma) or 1 / (1 + gamma); ties by mid-ranks, differences of 0 left out

    Args:
        pairs: one row per pair. difference: outcome of the treated less that of its control. Null is left out.
        gammas: each 1 or more. alpha: for `.critical`.
    Returns:
        RosenbaumBounds.
    Raises:
        NoSupport: fewer than 10 pairs differ. InvalidParameter: a gamma below 1.
    Source: Rosenbaum (2002), Observational Studies, 2nd ed., section 4.3, doi:10.1007/978-1-4757-3692-2.
    """
    if not len(gammas) or min(gammas) < 1:
        raise InvalidParameter(f"gammas={list(gammas)}; one or more, each 1 or above")
    arrow, family = read_columns(pairs, [difference])
    d = finite(arrow[difference], difference)
    d = d[np.isfinite(d) & (d != 0)]
    if len(d) < 10:
        raise NoSupport(f"{len(d)} pairs differ, 10 are needed for the normal law")
    rank = rankdata(np.abs(d))
    plus = float(rank[d > 0].sum())
    g = np.sort(np.asarray(gammas, dtype=float))
    bounds = []
    for p in (1 / (1 + g), g / (1 + g)):
        spread = np.sqrt(p * (1 - p) * (rank**2).sum())
        bounds.append(ndtr(-(plus - p * rank.sum()) / spread))
    held = g[np.cumprod(bounds[1] < alpha).astype(bool)]
    return RosenbaumBounds(
        family.emit({"gamma": g, "p_low": bounds[0], "p_high": bounds[1]}), float(held[-1]) if len(held) else None
    )


@dataclass(frozen=True)
class OmittedVariable:
    """partial_r2: share of what is left of the outcome that the treatment explains.

    robustness: share of what is left of both treatment and outcome that a hidden variable must explain to bring the
    estimate down by `share`; robustness_alpha: to make it no longer significant.
    table: one row per strength: r2_treatment, r2_outcome, adjusted estimate, se, t.
    """

    partial_r2: float
    robustness: float
    robustness_alpha: float
    table: Any


def omitted_variable(
    estimate: float,
    se: float,
    freedom: int,
    *,
    share: float = 1.0,
    alpha: float = 0.05,
    strengths: Sequence[tuple[float, float]] = ((0.05, 0.05), (0.1, 0.1), (0.2, 0.2)),
    family: str = "polars",
) -> OmittedVariable:
    """Say how strong a hidden variable must be to explain an estimate of a regression away.

    f = |t| / sqrt(freedom), RV = (sqrt(f^4 + 4 f^2) - f^2) / 2; |bias| = se sqrt(freedom) sqrt(r2_y r2_d / (1 - r2_d))

    Args:
        estimate, se, freedom: coefficient, its usual error, residual degrees of freedom.
        share: of the estimate to be explained away (1 = all). alpha: two-sided.
        strengths: (r2 with the treatment, r2 with the outcome), both of what is left after the other covariates.
    Returns:
        OmittedVariable.
    Raises:
        InvalidParameter: se, freedom, share, alpha or a strength out of range.
    Source: Cinelli and Hazlett (2020), doi:10.1111/rssb.12348.
    """
    if not se > 0 or freedom < 2 or not share > 0 or not 0 < alpha < 1:
        raise InvalidParameter(f"se={se!r}, freedom={freedom!r}, share={share!r}, alpha={alpha!r}; one is out of range")
    if any(not (0 <= d < 1 and 0 <= y <= 1) for d, y in strengths):
        raise InvalidParameter(f"strengths={list(strengths)}; shares from 0 to 1, below 1 with the treatment")
    t = estimate / se
    f = share * abs(t) / np.sqrt(freedom)
    # Significance is asked with one degree of freedom less: the hidden variable takes it
    bar = abs(float(stdtrit(freedom - 1, alpha / 2))) / np.sqrt(freedom - 1)
    rows = []
    for d, y in strengths:
        bias = se * np.sqrt(freedom) * np.sqrt(y * d / (1 - d))
        error = se * np.sqrt((1 - y) / (1 - d) * freedom / (freedom - 1))
        moved = np.sign(estimate) * (abs(estimate) - bias)
        rows.append((d, y, moved, error, moved / error if error > 0 else np.nan))
    columns = np.array(rows).reshape(-1, 5).T
    names = ("r2_treatment", "r2_outcome", "estimate", "se", "t")
    return OmittedVariable(
        float(t**2 / (t**2 + freedom)),
        _robustness(f),
        _robustness(f, float(bar)),
        Family(family).emit(dict(zip(names, columns, strict=True))),
    )


def _robustness(f: float, bar: float = 0.0) -> float:
    gap = f - bar
    if gap <= 0:
        return 0.0
    value = (np.sqrt(gap**4 + 4 * gap**2) - gap**2) / 2
    # Where a variable that explains all of the outcome is not the worst case
    if bar > 0 and f > 1 / bar:
        value = (f**2 - bar**2) / (1 + f**2)
    return float(value)


def pair_differences(pairs: Any, outcomes: Any, *, unit: str = "unit", outcome: str = "outcome") -> Any:
    """Give each matched pair the outcome of the treated less the weighted mean of its controls.

    difference_i = Y_i - sum over its controls j of w_ij Y_j

    Args:
        pairs: `.pairs` of `match` (unit, control, weight). outcomes: one row per unit.
        unit, outcome: columns of `outcomes`; `unit` is also that of `pairs`.
    Returns:
        One row per treated unit: unit, difference (null where an outcome is null or missing).
    Raises:
        InvalidTable: a column is missing.
    Source: Rosenbaum and Rubin (1985), doi:10.1080/00031305.1985.10479383.
    """
    joined, family = read_columns(pairs, [unit, "control", "weight"])
    known, _ = read_columns(outcomes, [unit, outcome])
    value = dict(zip(known[unit].to_pylist(), finite(known[outcome], outcome).tolist(), strict=True))
    total: dict[Any, float] = {}
    for i, j, w in zip(
        joined[unit].to_pylist(), joined["control"].to_pylist(), joined["weight"].to_pylist(), strict=True
    ):
        own = value.get(i, np.nan)
        total[i] = total.get(i, own) - w * value.get(j, np.nan)
    table = pa.table({unit: pa.array(list(total)), "difference": pa.array(list(total.values()), from_pandas=True)})
    return family.emit(table)
