"""Method page of `life_cycle`, checked."""

import json
from pathlib import Path

from spec import Example, Spec, examples_of

SIMULATED = json.loads(
    (Path(__file__).resolve().parents[2] / "benchmarks" / "life_cycle_simulation.json").read_text("utf-8")
)


def shares() -> str:
    """The stored shares as a table."""
    lines = [
        "| stage | " + " | ".join(f"error {100 * e:g}%" for e in SIMULATED["noise"].values()) + " |",
        "|---|---:|---:|---:|",
    ]
    for stage in SIMULATED["right"]["middle"]:
        right = [f"{100 * SIMULATED['right'][level][stage]:g}%" for level in SIMULATED["noise"]]
        unknown = [f"({100 * SIMULATED['cannot tell'][level][stage]:g}%)" for level in SIMULATED["noise"]]
        lines.append(f"| {stage} | " + " | ".join(f"{r} {u}" for r, u in zip(right, unknown, strict=True)) + " |")
    return "\n".join(lines)


YEARS = [2020, 2021, 2022, 2023, 2024]
EXACT = {
    "history": {
        "cluster": ["aero"] * 5 + ["silk"] * 5 + ["wool"] * 5,
        "year": YEARS * 3,
        "size": [10000, 11000, 12100, 13310, 14641, 80, 80, 80, 80, 80, 625, 500, 400, 320, 256],
        "heterogeneity": [2.2, 2.1, 2.0, 1.9, 1.8, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2],
    }
}
SEEN = {
    "seen": {
        "cluster": ["aero"] * 5 + ["pizza"] * 3,
        "year": [*YEARS, 2022, 2023, 2024],
        "size": [100, 120, 125, 150, 160, 5, 8, 12],
        "heterogeneity": [2.0, 1.9, 2.0, 1.8, 1.8, 1.0, 1.5, 2.0],
    }
}

SPECS = [
    Spec(
        function="life_cycle",
        module="lifecycle",
        formula="stage = rule(trend of size, trend of heterogeneity), trends with their $t$ distributions, averaged "
        "over the places of the last turn with weights $\\propto e^{-\\mathrm{BIC}/2}$",
        source="Menzel and Fornahl (2010), Industrial and Corporate Change 19, doi:10.1093/icc/dtp036, for the "
        "stages; the numeric rule is this library's own",
        examples=[
            Example(
                "Without noise: 10% more firms a year that become more alike; nothing moves; 20% fewer each year",
                EXACT,
                "rg.life_cycle(history).stages",
                {
                    "cluster": ["aero", "silk", "wool"],
                    "stage": ["growth", "sustainment", "decline"],
                    "probability": ["=1 - 0.1 + 0.1 / 5"] * 3,
                    "failing": [None, None, "size"],
                },
            ),
            Example(
                "The trends, per year: of log size, and of heterogeneity over its mean of 1.9; three years are too few",
                SEEN,
                "rg.life_cycle(seen).dimensions",
                {
                    "cluster": ["aero", "aero", "pizza", "pizza"],
                    "dimension": ["size", "heterogeneity", "size", "heterogeneity"],
                    "years": [5, 5, 3, 3],
                    "trend": [
                        "=(-2 * log(100) - log(120) + log(150) + 2 * log(160)) / 10",
                        "=(-2 * 2.0 - 1.9 + 1.8 + 2 * 1.8) / 10 / 1.9",
                        None,
                        None,
                    ],
                },
            ),
            Example(
                "Where one cannot tell, the reason is given",
                SEEN,
                "rg.life_cycle(seen).stages",
                {
                    "cluster": ["aero", "pizza"],
                    "stage": ["growth", "cannot tell"],
                    "years": [5, 3],
                    "reason": [None, "3 years with size and heterogeneity, 5 are needed"],
                },
            ),
        ],
        notes="No standard numeric rule exists; this one is ours. On histories simulated firm by firm, ten years long, "
        f"it finds the right stage as often as this ({SIMULATED['histories']} histories of each kind on seeds "
        "that were not used to choose the thresholds, all four dimensions, counts seen with an error; in brackets how "
        "often it cannot tell; by `regionomics/benchmarks/life_cycle_simulation.py`):\n\n"
        f"{shares()}\n\n"
        f"With three years it cannot tell in {100 * min(SIMULATED['three years'].values()):g}% of them. The simulation "
        "is made after the same paper, so that this shows that the rule can be carried out, not that the paper is "
        "right. Errors of neighbouring years are taken as independent: smoothed series look surer than they are.",
    )
]

test_examples = examples_of(SPECS)
