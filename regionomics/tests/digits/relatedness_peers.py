"""Produce relatedness_peers.json: what the peers give for the table of relatedness_table.py.

Run in an environment of its own with econcomplex 1.0.1, ecomplexity 0.5.3 and economic-complexity 0.3.0 (which needs
pandas < 3):

    python relatedness_peers.py [folder of the R files of EconGeo 1.3]

EconGeo is run by Rscript, with round() replaced by the identity so that only the definitions are compared.
"""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

import econcomplex as ec
import economic_complexity as oec
import numpy as np
import pandas as pd
from ecomplexity import ecomplexity, proximity
from relatedness_table import ACTIVITIES, PLACES, ROWS

frame = pd.DataFrame(ROWS, columns=["place", "activity", "value"])
x = frame.pivot(index="place", columns="activity", values="value").fillna(0.0).loc[PLACES, ACTIVITIES]
m = (ec.rca(x) >= 1).astype(float)


def rounded(values):
    return np.round(np.asarray(values, dtype=float), 12).tolist()


out = {}
fitness, complexity = ec.fitness_complexity(m, use_rca=False, iterations=2000, tol=1e-14)
eci, pci = ec.eci_pci(m, use_rca=False)
out["econcomplex"] = {
    "eci": rounded(eci),
    "pci": rounded(pci),
    "cooccurrence": rounded(ec.co_occurrence(m)),
    "proximity": rounded(ec.proximity(m, use_rca=False)["product"]),
    "density": rounded(ec.relatedness_density(m, use_rca=False)),
    "relative": rounded(np.nan_to_num(ec.relative_relatedness(m, use_rca=False), nan=-99.0)),
    "cosine": rounded(ec.relatedness_index(m, "cosine")),
    "jaccard": rounded(ec.relatedness_index(m, "jaccard")),
    "association": rounded(ec.relatedness_index(m, "association")),
    "probability": rounded(ec.relatedness_index(m, "probability")),
    "coi": rounded(ec.coi(m, pci, use_rca=False)),
    "cog": rounded(ec.cog(m, pci, use_rca=False)),
    "fitness": rounded(fitness),
    "complexity": rounded(complexity),
    "correlation": rounded(ec.correlation_proximity(x)),
    "value_cosine": rounded(ec.cosine_proximity(x)),
    "cross": rounded(ec.cross_proximity(x.iloc[:, :8], x.iloc[:, 8:])),
    "cross_density": rounded(ec.cross_relatedness(x.iloc[:, :8], ec.cross_proximity(x.iloc[:, :8], x.iloc[:, 8:]))),
    "normalized_ubiquity": rounded(ec.normalized_ubiquity(x)),
}

with contextlib.redirect_stdout(io.StringIO()):
    timed = frame.assign(year=1)
    cols = {"time": "year", "loc": "place", "prod": "activity", "val": "value"}
    lab = ecomplexity(timed, cols).sort_values(["place", "activity"])
    near = proximity(timed, cols)
wide = {c: lab.pivot(index="place", columns="activity", values=c) for c in ("density", "cog")}
out["growthlab"] = {
    "eci": rounded(lab.groupby("place")["eci"].first()),
    "pci": rounded(lab.groupby("activity")["pci"].first()),
    "coi": rounded(lab.groupby("place")["coi"].first()),
    "density": rounded(wide["density"]),
    "cog": rounded(wide["cog"]),
    "proximity": rounded(near.pivot(index="activity_1", columns="activity_2", values="proximity").fillna(1.0)),
}

rca = oec.rca(x)
eci, pci = oec.complexity(rca)
near = oec.proximity(rca)
out["oec"] = {
    "eci": rounded(eci),
    "pci": rounded(pci),
    "proximity": rounded(near),
    "density": rounded(oec.relatedness(rca, proximities=near)),
    "gain": rounded(oec.opportunity_gain(rca, pci=pci, proximities=near)),
}

if len(sys.argv) > 1:
    np.savetxt("m.csv", m.to_numpy(), delimiter=",")
    script = """
    library(Matrix); round <- function(x, ...) x
    for (f in list.files(commandArgs(TRUE)[1], pattern = "[.]r$", full.names = TRUE)) try(source(f), silent = TRUE)
    m <- as.matrix(read.csv("m.csv", header = FALSE)); dimnames(m) <- NULL
    c <- co.occurrence(t(m))
    show <- function(name, v) cat(name, format(as.vector(t(as.matrix(v))), digits = 15), "\\n")
    for (k in c("prob", "association", "cosine", "jaccard")) show(k, relatedness(c, k))
    show("density", relatedness.density(m, relatedness(c, "prob")))
    show("kci", KCI(m)); show("tci", TCI(m)); show("morc", MORc(m)); show("mort", MORt(m))
    """
    Path("peers.R").write_text(script)
    done = subprocess.run(["Rscript", "peers.R", sys.argv[1]], capture_output=True, text=True, check=True)
    out["econgeo"] = {w[0]: rounded([float(v) for v in w[1:]]) for w in map(str.split, done.stdout.splitlines()) if w}
    Path("m.csv").unlink()
    Path("peers.R").unlink()

Path("relatedness_peers.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
