"""Retention by joining cohort and the alarm on stagnation: stays -> frames -> stored result."""

from __future__ import annotations

import hashlib
import json
import warnings
from datetime import date, timedelta
from typing import Any

import polars as pl

import regionomics as rg
from poliedro.reference.models import StoredResult
from poliedro.registry.models import Cluster
from poliedro.registry.queries.backing import members_backing
from poliedro.registry.queries.trends import movements, observed_until, stays_of
from poliedro.registry.rules.members import STILL, Movement, Stay
from poliedro.shared.dated import Moment

VERSION = 1
"""Of this calculation: another version is another result."""
YEARS = (1, 2, 3, 5)
COHORT_YEARS = 3
"""Years of joining that make up a cohort: single years hold too few firms."""
SMALLEST = 10
"""A cohort of fewer firms gets no curve of its own."""
SURE = 0.05


def run_retention(cluster: Cluster, today: date) -> StoredResult:
    """Store how long members stay, by joining cohort, and since when fewer join or more leave. The same stays and day:
    the same result, kept once."""
    until = observed_until(cluster, today)
    held = stays_of(cluster)
    moves = movements(cluster, until)
    stated = [[s.organisation_id, s.since, s.until] for s in held]
    seed = json.dumps([VERSION, cluster.key, until, stated], default=str)
    checksum = hashlib.sha256(seed.encode()).hexdigest()
    key = f"retention-{cluster.key}"
    existing = StoredResult.objects.filter(key=key, inputs_checksum=checksum).first()
    if existing:
        return existing
    backing = members_backing(cluster, Moment(until))
    with warnings.catch_warnings():
        # Where nobody left, or nobody is left, there is no interval: the page shows none.
        warnings.simplefilter("ignore", rg.InputWarning)
        survival = _survival(held, until)
    return StoredResult.objects.create(
        key=key,
        payload={"until": str(until), **survival, "alarm": _alarm(moves)},
        inputs_checksum=checksum,
        parameters={"cluster": cluster.key, "until": str(until), "cohort_years": COHORT_YEARS},
        certainty="estimated" if backing.certainty != "synthetic" else "synthetic",
        source_names=backing.source[:300],
    )


def _survival(held: list[Stay], until: date) -> dict[str, Any]:
    """All stays begun by the day, and by cohort: curve with interval, and what is left after some years."""
    rows = []
    for stay in held:
        if stay.since >= until:
            continue
        seen = stay.until is not None and stay.until <= until
        end = stay.until if seen and stay.until is not None else until
        year = stay.since.year - (stay.since.year - 2009) % COHORT_YEARS
        rows.append((f"{year}-{year + COHORT_YEARS - 1}", (end - stay.since).days / 365.25, seen))
    if not rows:
        return {"all": None, "cohorts": []}
    table = pl.DataFrame(rows, schema=["cohort", "duration", "event"], orient="row")
    whole = rg.survival_at(table, [float(y) for y in YEARS])
    sizes = table.group_by("cohort").len().filter(pl.col("len") >= SMALLEST).sort("cohort")
    large = table.filter(pl.col("cohort").is_in(sizes["cohort"].to_list()))
    cohorts, test = [], None
    if large.height:
        curves = rg.kaplan_meier(large, by="cohort")
        points = rg.survival_at(large, [float(y) for y in YEARS], by="cohort")
        for name in sizes["cohort"]:
            own = curves.filter(pl.col("cohort") == name)
            cohorts.append(
                {
                    "cohort": name,
                    "n": int(large.filter(pl.col("cohort") == name).height),
                    "left": int(large.filter((pl.col("cohort") == name) & pl.col("event")).height),
                    "curve": _yearly(own),
                    "after": _points(points.filter(pl.col("cohort") == name)),
                }
            )
    if sizes.height > 1 and bool(large["event"].any()):
        found = rg.log_rank(large, group="cohort")
        test = {"chi2": round(found["chi2"][0], 3), "p": round(found["p"][0], 4), "degrees": int(found["degrees"][0])}
    median = whole["median"][0]
    return {
        "all": {
            "n": table.height,
            "left": int(table["event"].sum()),
            "median": None if median is None else round(median, 2),
            "after": _points(whole),
            "curve": _yearly(rg.kaplan_meier(table)),
        },
        "cohorts": cohorts,
        "difference": test,
    }


def _yearly(curve: pl.DataFrame) -> list[dict[str, Any]]:
    """The curve read at each half year that was watched, so that it draws evenly."""
    last = curve["time"].max()
    steps = [i / 2 for i in range(int(float(str(last)) * 2) + 1)]
    read = pl.DataFrame({"time": steps}).join_asof(curve.sort("time"), on="time", strategy="backward")
    return [_rounded(r) for r in read.select("time", "survival", "low", "high", "at_risk").to_dicts()]


def _points(read: pl.DataFrame) -> list[dict[str, Any]]:
    return [_rounded(r) for r in read.select("time", "survival", "low", "high", "at_risk").to_dicts()]


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {k: None if v is None else round(v, 4) for k, v in row.items()}


def _alarm(moves: list[Movement]) -> dict[str, Any]:
    """Whether the membership stands still, and since when it does. Rates are of whole years alone.

    state: growing, stagnant, declining, or unknown (fewer than four years). entries, exits: the break in each, with p.
    """
    whole = [m for m in moves if (m.end - m.start) >= timedelta(days=360) and m.stock_start]
    if len(whole) < 4:
        return {"state": "unknown", "years": len(whole)}
    last = whole[-3:]
    growth = (last[-1].stock_end / last[0].stock_start) ** (1 / len(last)) - 1
    state = "growing" if growth > STILL else "declining" if growth < -STILL else "stagnant"
    years = [m.end.year for m in whole]
    exposure = [float(m.stock_start) for m in whole]
    found: dict[str, Any] = {"state": state, "growth": round(growth, 4), "years": len(whole)}
    for name, counts in (("entries", [m.entries for m in whole]), ("exits", [m.exits for m in whole])):
        table = pl.DataFrame({"period": years, "events": counts, "at_risk": exposure})
        change = rg.rate_change(table, exposure="at_risk", seed=1).row(0, named=True)
        found[name] = {
            "from": change["from_period"],
            "before": round(change["rate_before"], 4),
            "after": round(change["rate_after"], 4),
            "p": change["p"],
            "is_break": bool(change["p"] < SURE and change["from_period"] is not None),
        }
    return found
