"""Produce digits/paths.json: what econcomplex gives for paths, on the panel of `tables.py` (made, and twice later).

    python produce_paths.py

Run in an environment with econcomplex 1.0.1 and pandas < 3. Nothing of regionomics is needed.
"""

from __future__ import annotations

import importlib.metadata
import json
import warnings
from pathlib import Path

import econcomplex as ec
import numpy as np
import pandas as pd
import tables


def panel() -> pd.DataFrame:
    now = tables.made()
    then = tables.later(now)
    parts = []
    for year, rows in ((2000, now), (2005, then), (2010, tables.later(then))):
        parts.append(pd.DataFrame(rows, columns=["place", "activity", "value"]).assign(year=year))
    return pd.concat(parts)


def main() -> None:
    df = panel()
    names = ("place", "activity", "value", "year")
    matrix = ec.pivot_to_matrix(df[df.year == 2000], *names[:3])
    presence = ec.mcp(matrix)
    network = ec.proximity_network(matrix, phi_threshold=0.3)
    law = ec.calibrate_contagion(df, *names, phi_threshold=0.3, n_bins=10)
    has = presence.loc["P05"]
    strategies = {}
    for strategy in ("greedy", "majority", "high_degree", "low_degree"):
        path = ec.diversification_strategy(network, has, B=0.5, alpha=1.2, strategy=strategy)
        strategies[strategy] = {"activities": list(path.activity), "time": list(path.expected_time)}
    model = ec.calibrate_steppingstone(df, *names, horizon=10, steppingstone=5)
    effort = ec.effort_matrix(matrix, model)
    forecast = ec.forecast_specialization(matrix, model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chosen = ec.eci_optimization(matrix, model, delta_eci=0.15)
    digits = {
        "versions": {"econcomplex": importlib.metadata.version("econcomplex")},
        "links": int(network.to_numpy().sum()),
        "probability": list(ec.activation_probabilities(network, has, B=0.5, alpha=1.2)),
        "contagion": {k: law[k] for k in ("B", "alpha", "n_events", "n_observations")},
        "bins": {
            "related": list(law["bins"].related_fraction),
            "share": list(law["bins"].entry_probability),
        },
        "strategies": strategies,
        "optimized": ec.optimize_sequence(network, has, B=0.5, alpha=1.2)["total_time"],
        "steppingstone": {k: model[k] for k in ("entry", "exit", "n_obs_entry", "n_obs_exit")},
        "effort": [[None if np.isnan(v) else v for v in row] for row in effort.to_numpy().tolist()],
        "forecast": forecast["rca"].to_numpy().tolist(),
        "chosen": {
            place: {
                "activities": list(rows.activity),
                "effort": list(rows.effort),
                "eci": rows.eci_projected.iloc[0],
                "eci_after": rows.eci_achieved.iloc[0],
            }
            for place, rows in chosen.groupby("location")
        },
        "pci": [None if np.isnan(v) else v for v in forecast["pci"]],
    }
    (Path(__file__).parent / "digits" / "paths.json").write_text(json.dumps(digits, indent=1, default=float) + "\n")


if __name__ == "__main__":
    main()
