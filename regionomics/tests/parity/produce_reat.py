"""Produce digits/reat.json: what REAT 3.0.3 gives for the made table with 1 added everywhere, and for real Freiburg.

    python produce_reat.py [FOLDER of real data] [--rscript Rscript]

Needs R with jsonlite and REAT (name its library in R_LIBS); nothing of regionomics. REAT multiplies what starts from 0
by an infinite rate, so that the table has no zeros at the start.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import tables
from produce_r import write


def ask(rscript: str, rows: list[tables.Row], after: list[tables.Row]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        places, activities, values = tables.matrix(rows)
        end = {(p, a): v for p, a, v in after}
        write(where / "x.csv", places, activities, values)
        write(where / "then.csv", places, activities, [[end.get((p, a), 0.0) for a in activities] for p in places])
        write(where / "income.csv", places, ["income"], [[v] for v in tables.income(places)])
        subprocess.run([rscript, str(Path(__file__).with_name("produce_reat.R")), folder], check=True)
        answers: dict[str, Any] = json.loads((where / "answers.json").read_text(encoding="utf-8"))
        return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rscript", default="Rscript")
    options = parser.parse_args()
    cases = {"filled": (tables.filled(), tables.later(tables.filled()))}
    if options.folder is not None:
        cases["freiburg"] = tables.freiburg(options.folder)
    out: dict[str, Any] = {"version": "", "tables": {}}
    for name, (rows, after) in cases.items():
        answers = ask(options.rscript, rows, after)
        out["version"] = answers.pop("version")[0]
        out["tables"][name] = {k: tables.digits([float(v) for v in values]) for k, values in answers.items()}
    target = Path(__file__).parent / "digits" / "reat.json"
    target.write_text(json.dumps(out, separators=(",", ":")) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
