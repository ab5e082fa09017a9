"""Seconds and memory of `poliedro load` over the whole H2020 set (participations, organisations, programme parts).

    POLIEDRO_DATA=... .venv/bin/python poliedro/benchmarks/load_h2020.py [--folder PATH] [--places]

On an empty SQLite database of its own. Goal: under 60 s and 1.5 GB on 2 cores. `--places` loads the territories first,
so that organisations get theirs. Exits with 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOAL_SECONDS, GOAL_MB = 60.0, 1536.0


def run(var: str, *arguments: str) -> tuple[float, str]:
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {"POLIEDRO_VAR": var}
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "poliedro.config.cli", *arguments], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr)
    return time.perf_counter() - started, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser()
    data = os.environ.get("POLIEDRO_DATA")
    parser.add_argument("--folder", type=Path, default=Path(data) / "cordis" if data else None)
    parser.add_argument("--places", action="store_true")
    chosen = parser.parse_args()
    if chosen.folder is None:
        sys.exit("set POLIEDRO_DATA, or name the folder of the H2020 files with --folder")
    with tempfile.TemporaryDirectory() as var:
        run(var, "migrate")
        if chosen.places and data:
            run(var, "load", "nuts", str(Path(data) / "geo"))
            run(var, "load", "italy-geo", str(Path(data) / "geo" / "italy"))
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        first, out = run(var, "load", "cordis-h2020", str(chosen.folder), "--json")
        memory = max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
        again, _ = run(var, "load", "cordis-h2020", str(chosen.folder), "--json")
    summary = json.loads(out)
    rows = {key: summary[key] for key in ("rows_read", "rows_loaded", "rows_rejected")}
    print(
        json.dumps({**rows, "seconds": round(first, 1), "again_seconds": round(again, 1), "memory_mb": round(memory)})
    )
    sys.exit(0 if first < GOAL_SECONDS and memory < GOAL_MB else 1)


if __name__ == "__main__":
    main()
