"""Produce digits/plants.json: what dbmss 2.11 and REAT 3.0.3 give for the plants of tables.py.

    python produce_plants.py [--rscript Rscript] [--sources FOLDER]

Needs R with jsonlite, spatstat, dbmss and REAT (name their library in R_LIBS); or, with FOLDER holding the sources of
the last two, with Rcpp and RcppParallel instead of them. Nothing of regionomics.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import tempfile
from pathlib import Path

import tables

DISTANCES = [2.0 * k for k in range(1, 26)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rscript", default="Rscript")
    parser.add_argument("--sources", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        for name, head, rows in (
            ("plants.csv", ["place", "activity", "x", "y", "size"], tables.plants()),
            ("distances.csv", ["distance"], [(d,) for d in DISTANCES]),
        ):
            with (where / name).open("w", newline="", encoding="utf-8") as file:
                out = csv.writer(file)
                out.writerow(head)
                out.writerows(rows)
        script = str(Path(__file__).with_name("produce_plants.R"))
        given = [] if options.sources is None else [str(options.sources)]
        subprocess.run([options.rscript, script, folder, *given], check=True)
        answers = json.loads((where / "answers.json").read_text(encoding="utf-8"))
    versions = {k: v[0] for k, v in answers.pop("versions").items()}
    stored = {"versions": versions, "distances": DISTANCES, "answers": answers}
    target = Path(__file__).parent / "digits" / "plants.json"
    target.write_text(json.dumps(stored, separators=(",", ":")) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
