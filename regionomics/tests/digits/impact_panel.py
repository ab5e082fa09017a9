"""The panel behind the digits of `impact_r.json` and `impact_csdid.json`: 300 units x 6 years, drawn from a seed."""

import numpy as np


def panel(units: int = 300, years: int = 6, seed: int = 8) -> dict[str, list[float]]:
    """Columns unit, time, cohort, outcome, x (of the unit), z (of unit and year); who has more x joins more often."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=units)
    joins = rng.random(units) < 1 / (1 + np.exp(0.3 - 0.6 * x))
    cohort = np.where(joins, 2010 + rng.integers(3, years, size=units), 0)
    t = 2010 + np.arange(years)
    since = t - cohort[:, None]
    effect = np.where((cohort[:, None] > 0) & (since >= 0), 0.02 + 0.01 * since, 0)
    level = rng.normal(size=units) + 0.5 * x
    outcome = level[:, None] + (0.1 + 0.05 * x[:, None]) * (t - 2010) + effect + rng.normal(0, 0.3, (units, years))
    z = x[:, None] + rng.normal(0, 0.1, (units, years))
    return {
        "unit": np.repeat(np.arange(units), years).tolist(),
        "time": np.tile(t, units).tolist(),
        "cohort": np.repeat(cohort, years).tolist(),
        "outcome": np.round(outcome, 6).ravel().tolist(),
        "x": np.repeat(np.round(x, 6), years).tolist(),
        "z": np.round(z, 6).ravel().tolist(),
    }
