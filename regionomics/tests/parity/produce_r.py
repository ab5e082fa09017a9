"""Produce digits/r.json: what EconGeo 2.1 and economiccomplexity 2.0 give for the tables of tables.py.

    python produce_r.py [FOLDER of real data] [--rscript Rscript]

Needs R with Matrix, reshape, jsonlite and the two packages (name their library in R_LIBS); nothing of regionomics.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import tables


def write(path: Path, labels: list[str], columns: list[str], values: list[list[float]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["", *columns])
        out.writerows([label, *row] for label, row in zip(labels, values, strict=True))


def ask(rscript: str, rows: list[tables.Row]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        places, activities, values = tables.matrix(rows)
        now = {(p, a): v for p, a, v in tables.later(rows)}
        write(where / "x.csv", places, activities, values)
        write(where / "then.csv", places, activities, [[now.get((p, a), 0.0) for a in activities] for p in places])
        write(where / "income.csv", places, ["income"], [[v] for v in tables.income(places)])
        subprocess.run([rscript, str(Path(__file__).with_name("produce_r.R")), folder], check=True)
        return json.loads((where / "answers.json").read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rscript", default="Rscript")
    options = parser.parse_args()
    out: dict[str, Any] = {}
    for name, rows in tables.tables(options.folder):
        answers = ask(options.rscript, rows)
        versions = answers.pop("versions")
        for key, answer in answers.items():
            peer, function = key.split(".", 1)
            stored = out.setdefault(peer, {"version": versions[peer][0], "tables": {}})["tables"].setdefault(name, {})
            if "error" in answer:
                stored[function] = {"error": answer["error"][0]}
            else:
                values = [float("nan") if v in (None, "NA", "NaN") else float(v) for v in answer["values"]]
                stored[function] = tables.digits(values)
    target = Path(__file__).parent / "digits" / "r.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(out, separators=(",", ":")) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
