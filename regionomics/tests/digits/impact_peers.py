"""Produce impact_r.json and impact_csdid.json: what R's did 2.1.1 (with DRDID 1.0.6) and csdid 0.4.3 give.

    python impact_peers.py [--rscript Rscript]

Needs csdid and R with did and jsonlite (name their library in R_LIBS); nothing of regionomics. csdid is a port of did
2.5, which repaired two faults of did 2.1.1: with controls not yet treated, cells before joining now admit the same
controls on both sides of the base period, and anticipation counts from the later period.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import json
import math
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
from csdid.att_gt import ATTgt
from impact_panel import panel

HERE = Path(__file__).resolve().parent
SETTINGS = itertools.product(
    ("dr", "ipw", "reg"), ("nevertreated", "notyettreated"), ("x", "z"), ("varying", "universal"), (0, 1)
)


def of_r(rscript: str, frame: pd.DataFrame) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(Path(folder) / "panel.csv", index=False)
        subprocess.run([rscript, str(HERE / "impact_peers.R"), folder], check=True)
        return json.loads((Path(folder) / "answers.json").read_text(encoding="utf-8"))


def of_csdid(frame: pd.DataFrame) -> dict[str, Any]:
    out = {}
    for method, control, covariate, base, anticipation in SETTINGS:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            found = ATTgt(
                yname="outcome",
                tname="time",
                idname="unit",
                gname="cohort",
                control_group=[control],
                xformla=f"outcome~{covariate}",
                data=frame,
                anticipation=anticipation,
            ).fit(est_method=method, bstrap=False, base_period=base)
            cells = found.results
            entry: dict[str, Any] = {
                "cohort": [int(v) for v in cells["group"]],
                "time": [int(v) for v in cells["year"]],
                "att": [round(float(v), 12) for v in cells["att"]],
                "se": [None if math.isnan(v) else round(float(v), 12) for v in cells["se"]],
            }
            for kind in ("simple", "dynamic", "group", "calendar"):
                found.aggte(typec=kind, bstrap=False, cband=False)
                whole = found.atte
                error = whole["overall_se"]
                entry[f"of_{kind}"] = [
                    float(whole["overall_att"]),
                    float(error[0] if hasattr(error, "__len__") else error),
                ]
        out["|".join([method, control, covariate, base, str(anticipation)])] = entry
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rscript", default="Rscript")
    frame = pd.DataFrame(panel())
    for name, answer in (("r", of_r(parser.parse_args().rscript, frame)), ("csdid", of_csdid(frame))):
        (HERE / f"impact_{name}.json").write_text(json.dumps(answer, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
