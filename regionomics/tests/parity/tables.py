"""The tables on which ours and the peers' answers are compared. Needs only Python, so that every environment reads it.

`made` is written by a formula. `sbs` and `us` are real: persons employed by NUTS-2 region and NACE division in 2012
(Eurostat, structural business statistics) and by metropolitan area and 3-digit NAICS industry in 2019 (US Census,
County Business Patterns); they are read from the folder named by POLIEDRO_DATA and never stored here.
"""

from __future__ import annotations

import csv
import gzip
import math
import re
from collections.abc import Iterator
from functools import cache
from operator import mul
from pathlib import Path

Row = tuple[str, str, float]


def made() -> list[Row]:
    """18 places x 24 activities, about half of the pairs; every place and every activity has something."""
    rows = []
    for p in range(18):
        for a in range(24):
            if (7 * p + 5 * a) % 17 + a > 9 + 1.4 * p and a != (p * 5) % 24:
                continue
            rows.append(
                (f"P{p:02d}", f"A{a:02d}", float(1 + (11 * p + 13 * a + p * a) % 29 + (60 if (p + a) % 6 == 0 else 0)))
            )
    return rows


@cache
def sbs(folder: Path, *, year: int = 2012) -> list[Row]:
    """NUTS-2 regions x NACE divisions, persons employed; confidential and missing cells are left out."""
    rows = []
    with gzip.open(folder / "region_industry" / "sbs_r_nuts06_r2_2008_2013.tsv.gz", "rt", encoding="utf-8") as file:
        lines = csv.reader(file, delimiter="\t")
        years = [int(y) for y in next(lines)[1:]]
        at = 1 + years.index(year)
        for cells in lines:
            activity, indicator, place = cells[0].split(",")
            if indicator != "V16110" or not re.fullmatch(r"[A-Z]\d\d", activity) or len(place) != 4:
                continue
            number = cells[at].strip().split(" ")[0]
            if re.fullmatch(r"\d+", number) and int(number):
                rows.append((place, activity, float(number)))
    return rows


@cache
def us(folder: Path) -> list[Row]:
    """Metropolitan areas x 3-digit NAICS industries, employment."""
    with gzip.open(folder / "region_industry" / "us_cbp_cbsa_naics_emp_2019.csv.gz", "rt", encoding="utf-8") as file:
        lines = csv.reader(file)
        place, activity, level, persons = map(next(lines).index, ("cbsa_code", "naics_code", "naics_level", "EMP"))
        return [
            (r[place], r[activity], float(r[persons])) for r in lines if r[level] == "3" and float(r[persons] or 0) > 0
        ]


def later(rows: list[Row]) -> list[Row]:
    """The same table one period on, made by a formula: some pairs gone, some new, others grown."""
    places, activities = sorted({r[0] for r in rows}), sorted({r[1] for r in rows})
    now = {(p, a): v for p, a, v in rows}
    out = []
    for i, p in enumerate(places):
        for j, a in enumerate(activities):
            mark = (3 * i + 7 * j) % 11
            value = now.get((p, a), 0.0)
            value = 0.0 if mark == 0 else 5.0 + i if mark == 1 and not value else float(round(value * (1 + mark / 10)))
            if value:
                out.append((p, a, value))
    return out


def matrix(rows: list[Row]) -> tuple[list[str], list[str], list[list[float]]]:
    """Sorted places, sorted activities, and the dense table."""
    places, activities = sorted({r[0] for r in rows}), sorted({r[1] for r in rows})
    at_p, at_a = {p: i for i, p in enumerate(places)}, {a: i for i, a in enumerate(activities)}
    out = [[0.0] * len(activities) for _ in places]
    for p, a, v in rows:
        out[at_p[p]][at_a[a]] = v
    return places, activities, out


def filled() -> list[Row]:
    """The made table with 1 added to every pair, so that nothing starts from 0."""
    has = {(p, a): v for p, a, v in made()}
    places, activities = sorted({p for p, _ in has}), sorted({a for _, a in has})
    return [(p, a, has.get((p, a), 0.0) + 1) for p in places for a in activities]


def freiburg(folder: Path) -> tuple[list[Row], list[Row]]:
    """Employment by industry in Freiburg and in the rest of Germany, 2008 and 2014."""
    now, then = [], []
    with (folder / "region_industry" / "reat_Freiburg.csv").open(encoding="utf-8") as file:
        for r in csv.DictReader(file):
            for rows, year in ((now, "2008"), (then, "2014")):
                mine, all_of = float(r[f"e_Freiburg{year}"]), float(r[f"e_Germany{year}"])
                rows += [("Freiburg", r["industry"], mine), ("rest", r["industry"], all_of - mine)]
    return now, then


def plants() -> list[tuple[str, str, float, float, float]]:
    """Place, activity, x, y and size of 300 plants in 5 activities and 12 places; a0 gathers, the others are spread."""
    rows = []
    for k in range(300):
        activity = (7 * k + k // 11) % 5
        x, y = (k * 0.618034 * 100) % 100, (k * 0.754878 * 100) % 100
        if activity == 0:
            x, y = 40 + x / 6, 55 + y / 8
        rows.append((f"P{int(x // 25)}{int(y // 34)}", f"a{activity}", x, y, float(1 + (13 * k) % 97)))
    return rows


def income(places: list[str]) -> list[float]:
    """A made-up income of each place, for prody and expy."""
    return [1000.0 + 37 * i + 211 * (i % 7) for i in range(len(places))]


def tables(folder: Path | None) -> Iterator[tuple[str, list[Row]]]:
    """Name and rows: the made table, and the real ones where their folder is given."""
    yield "made", made()
    if folder is not None:
        yield "sbs", sbs(folder)
        yield "us", us(folder)


# --- digits, stored small ---------------------------------------------------------------------------------------------
KEPT = 100  # values stored as they are; larger answers are stored as figures that no wrong answer would share


def digits(values: list[float]) -> dict[str, object]:
    """The answer itself, or its length, count of unknowns, three weighted sums and 40 of its values."""
    values = [float(v) for v in values]
    if len(values) <= KEPT:
        return {"values": [None if math.isnan(v) else v for v in values]}
    known = [0.0 if math.isnan(v) else v for v in values]
    step = len(values) / 40
    return {
        "length": len(values),
        "unknown": sum(math.isnan(v) for v in values),
        "sums": [math.fsum(map(mul, known, weights)) for weights in _weights(len(known))],
        "some": [None if math.isnan(v := values[int(k * step)]) else v for k in range(40)],
    }


@cache
def _weights(n: int) -> tuple[list[float], ...]:
    return [1.0] * n, [math.cos(i) for i in range(n)], [math.sin(0.37 * i + 1) for i in range(n)]


def same(mine: list[float], stored: dict[str, object], *, tolerance: float = 1e-9) -> bool:
    """Do my values have these digits? tolerance: relative to the largest value or sum."""
    got = digits(mine)
    if (
        got.keys() != stored.keys()
        or got.get("length") != stored.get("length")
        or got.get("unknown") != stored.get("unknown")
    ):
        return False
    largest = max([abs(v) for v in mine if not math.isnan(v)] or [1.0])
    for key in ("values", "some", "sums"):
        scale = tolerance * max(largest, 1e-300) * (len(mine) if key == "sums" else 1)
        for a, b in zip(got.get(key, ()), stored.get(key, ()), strict=True):  # type: ignore[call-overload]
            if (a is None) != (b is None) or (a is not None and abs(a - b) > scale):
                return False
    return True
