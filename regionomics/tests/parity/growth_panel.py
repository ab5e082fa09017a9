"""A made panel of places and years with income and complexity, by formula; standard library only."""

from __future__ import annotations

import math


def panel() -> dict[str, list[object]]:
    """40 places, 1990 to 2015 by five years: income grows with complexity and less where it is high already."""
    out: dict[str, list[object]] = {"place": [], "year": [], "eci": [], "income": []}
    for i in range(40):
        log = 7 + 3 * (i * 17 % 40) / 40
        for k, year in enumerate(range(1990, 2020, 5)):
            eci = math.sin(1.7 * i) + 0.1 * math.cos(i + k)
            out["place"].append(f"P{i:02d}")
            out["year"].append(year)
            out["eci"].append(round(eci, 6))
            out["income"].append(round(math.exp(log), 4))
            log += 5 * (0.02 + 0.008 * eci - 0.006 * (log - 8.5) + 0.01 * math.sin(5 * i + 3 * k))
    return out
