"""How often `life_cycle` finds the stage of simulated histories, by stage and by error of observation.

    python regionomics/benchmarks/life_cycle_simulation.py [--histories 200]

Writes life_cycle_simulation.json beside itself. The generator (tests/spec/simulated_clusters.py) knows nothing of the
classifier; its thresholds were chosen on seeds below 100, these begin at 50 000.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import polars as pl

import regionomics as rg

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "regionomics" / "tests" / "spec"))
from simulated_clusters import NOISE, history  # noqa: E402  (the folder of specs is not a package)

STAGES = ("emergence", "growth", "sustainment", "decline", "renewal")
FIRST_SEED = 50_000


def answers(stage: str, histories: int, noise: float, years: int = 10) -> pl.Series:
    """The stages found in histories that are in `stage` in their last year."""
    rows = [
        {"cluster": seed, **row}
        for seed in range(FIRST_SEED, FIRST_SEED + histories)
        for row in history(stage, seed, years=years, noise=noise)
    ]
    return rg.life_cycle(pl.DataFrame(rows), network="network", action="action").stages["stage"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=200)
    histories = parser.parse_args().histories
    found = {level: {s: answers(s, histories, noise) for s in STAGES} for level, noise in NOISE.items()}
    short = {s: answers(s, histories, NOISE["middle"], years=3) for s in STAGES}

    def shares(answered: dict[str, pl.Series], wanted: str | None = None) -> dict[str, float]:
        return {s: round(float((a == (wanted or s)).mean()), 3) for s, a in answered.items()}

    stored = {
        "histories": histories,
        "first seed": FIRST_SEED,
        "noise": NOISE,
        "right": {level: shares(a) for level, a in found.items()},
        "cannot tell": {level: shares(a, "cannot tell") for level, a in found.items()},
        "three years": shares(short, "cannot tell"),
    }
    target = Path(__file__).with_name("life_cycle_simulation.json")
    target.write_text(json.dumps(stored, indent=1) + "\n", encoding="ascii")
    print(target.read_text(encoding="ascii"))


if __name__ == "__main__":
    main()
