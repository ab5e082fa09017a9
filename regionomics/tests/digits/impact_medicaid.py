"""Produce impact_medicaid.json: the event study of HonestDiD's README, Medicaid expansion and insurance coverage.

    python impact_medicaid.py ehec_data.csv

The table is the one the README reads (Mixtape-Sessions, Advanced-DID, ehec_data: stfips, year, dins, yexp2). Two-way
fixed effects, errors clustered by state: states that expanded in 2014 against those that had not by 2015, base 2013.
"""

import json
import sys
from pathlib import Path

import pandas as pd
import pyfixest as pf

table = pd.read_csv(sys.argv[1])
table = table[(table.year < 2016) & (table.yexp2.isna() | (table.yexp2 != 2015))]
table = table.assign(D=(table.yexp2 == 2014).astype(int))
fit = pf.feols("dins ~ i(year, D, ref=2013) | stfips + year", data=table, vcov={"CRV1": "stfips"})
answer = {
    "estimates": [round(float(v), 10) for v in fit.coef()],
    "covariance": [[float(f"{v:.10g}") for v in row] for row in fit._vcov],
    "before": 5,
}
Path(__file__).with_suffix(".json").write_text(json.dumps(answer) + "\n", encoding="utf-8")
