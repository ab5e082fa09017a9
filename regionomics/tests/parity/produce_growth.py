"""Produce digits/growth.json: what econcomplex 1.0.1 gives for the panel of growth_panel.py.

    python produce_growth.py

Run in an environment with econcomplex; nothing of regionomics is needed.
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import econcomplex as ec
import pandas as pd
from growth_panel import panel

if __name__ == "__main__":
    table = pd.DataFrame(panel())
    model = ec.calibrate_growth_model(table, "place", "year", "income", "eci", horizon=10)
    last = table[table["year"] == max(model["z_stats"])]
    expected = ec.expected_growth(model, last["eci"].to_numpy(), last["income"].to_numpy())
    needed = ec.eci_target_for_growth(model, 0.03, last["income"].to_numpy())
    out = {
        "version": importlib.metadata.version("econcomplex"),
        "coefficients": [
            model["a1_eci"],
            model["a2_z_gdppc"],
            model["a3_interaction"],
            *(model["period_effects"][t] for t in sorted(model["period_effects"])),
        ],
        "observations": model["n_obs"],
        "places": list(last["place"]),
        "expected_growth": [float(v) for v in expected],
        "eci_needed": [float(v) for v in needed],
    }
    target = Path(__file__).parent / "digits" / "growth.json"
    target.write_text(json.dumps(out, separators=(",", ":")) + "\n", encoding="ascii")
