"""Simulate firms that join clusters, and see whether `regionomics.impact` finds what was planted.

    python regionomics/benchmarks/impact_simulation.py [--runs 500] [--jobs 2] [--worlds none] [--methods matched]
        [--to FILE]

Prints what it found and writes it to docs/methods/impact_simulation.json; fewer runs than the stored 500 go to a file
of one's own. Firms that grow faster join more often, so that a plain comparison is wrong.
Four worlds: +6.2% for all who join; no effect; effects that grow and differ by cohort (there growth does not drive
joining: what two-way effects get wrong is theirs alone); a covariate that tells members from others without fail.
Each estimator is held against the average that it is about: over all treated firm-years in expectation ("doubly
robust", "not yet"), over those of the sample (the models, whose errors do not count that another sample would have
larger or smaller cohorts), or over event times 1 to 3 ("years", as studies of the platform declare; pairs and weights).
The world without an effect has random numbers of its own, and four times the runs: one in twenty is to be told from one
in seventeen.
"""

from __future__ import annotations

import argparse
import json
import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import polars as pl

from regionomics import NoSupport, impact

STORED = Path(__file__).resolve().parents[2] / "docs" / "methods" / "impact_simulation.json"
EFFECT = float(np.log(1.062))
NORMAL = 1.959963984540054
LEAST = 500
"""Runs of the study that is stored."""
FOUND = ("mean", "monte_carlo_error", "bias", "covers", "rejects_zero")
RUNS = {"planted": 1, "none": 4, "growing": 1, "no support": 0.2}
"""Runs of each world, in parts of those asked for."""
FIRST_SEED = {"none": 10_000}
FIRMS, YEARS = 800, np.arange(2010, 2020)
COHORTS = np.array([2013, 2014, 2015, 2016])


def effects(world: str, cohort: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Log points, for each cohort and period from joining on."""
    after = (cohort > 0) & (time >= cohort)
    if world in ("none", "no support"):
        return np.zeros(after.shape)
    if world == "growing":
        return np.where(after, (0.02 + 0.04 * (time - cohort)) * np.where(cohort <= 2014, 2.0, 0.5), 0.0)
    return np.where(after, EFFECT, 0.0)


SHOWN = (1, 3)
"""First and last event time of the averages by years."""


def truth(world: str) -> float:
    """The average over all treated firm-years; cohorts are equally likely."""
    cohort, time = COHORTS[:, None], YEARS[None, :]
    return float(effects(world, cohort, time)[time >= cohort].mean())


def truth_of_years(world: str, cohorts: np.ndarray) -> float:
    """The average over event times 1 to 3 of the firms of these cohorts; all are seen so long."""
    events = np.arange(SHOWN[0], SHOWN[1] + 1)
    return float(effects(world, cohorts[:, None], cohorts[:, None] + events).mean())


def truth_of_sample(world: str, table: pl.DataFrame) -> float:
    """The average over the treated firm-years of one region."""
    cohort, time = table["cohort"].to_numpy(), table["time"].to_numpy()
    return float(effects(world, cohort, time)[(cohort > 0) & (time >= cohort)].mean())


def firms(world: str, seed: int) -> pl.DataFrame:
    """A panel of log turnover; x is the leaning to grow, known before joining."""
    rng = np.random.default_rng(seed)
    x, sector = rng.normal(size=FIRMS), rng.integers(0, 3, FIRMS)
    joins = rng.random(FIRMS) < 1 / (1 + np.exp(1.2 - 1.2 * x))
    cohort = np.where(joins, rng.choice(COHORTS, FIRMS), 0)
    if world == "no support":
        x = x + 12 * joins
    level = rng.normal(0, 1, FIRMS) + 0.3 * sector
    slope = 0.02 + (0.0 if world == "growing" else 0.03) * x
    y = level[:, None] + slope[:, None] * (YEARS - 2010) + rng.normal(0, 0.15, (FIRMS, len(YEARS)))
    y = y + effects(world, cohort[:, None], YEARS[None, :])
    size = len(YEARS)
    return pl.DataFrame(
        {
            "unit": np.repeat(np.arange(FIRMS), size),
            "time": np.tile(YEARS, FIRMS),
            "cohort": np.repeat(cohort, size),
            "outcome": y.ravel(),
            "x": np.repeat(x, size),
            "sector": np.repeat(np.array(["a", "b", "c"])[sector], size),
        }
    )


METHODS = (
    "naive",
    "two-way",
    "doubly robust",
    "doubly robust, years",
    "not yet",
    "imputation",
    "extended",
    "matched",
    "matched, three each",
    "balanced",
)
OF_SAMPLE = ("imputation", "extended")
OF_YEARS = ("doubly robust, years", "matched", "matched, three each", "balanced")


def years_of(found: impact.MatchedEffects | impact.BalancedEffects) -> tuple[float, float]:
    """Mean of the effects at event times 1 to 3, and its error from their covariance."""
    chosen = found.table["event"].is_between(*SHOWN).to_numpy()
    covariance = found.average.covariance
    assert covariance is not None
    return float(found.table["att"].to_numpy()[chosen].mean()), float(np.sqrt(covariance[chosen][:, chosen].mean()))


def single(found: Any) -> tuple[float, float | None]:
    return found.estimate, getattr(found, "se", None)


def run(asked: tuple[str, int], methods: Sequence[str] = METHODS) -> dict[str, Any]:
    """One simulated region: method -> [estimate, low, high, truth], or the reason of a refusal."""
    world, seed = asked
    table = firms(world, seed)
    same = {"on": ["x"], "exact": ["sector"], "draws": 100}
    ways = {
        "naive": lambda: single(impact.group_time_effects(table, draws=100).simple),
        "two-way": lambda: single(impact.goodman_bacon(table)),
        "doubly robust": lambda: single(impact.group_time_effects(table, covariates=["x"], draws=100).simple),
        "doubly robust, years": lambda: single(
            impact.group_time_effects(table, covariates=["x", "sector"], base="universal", draws=100).average(*SHOWN)
        ),
        "not yet": lambda: single(
            impact.group_time_effects(table, covariates=["x"], control="not-yet", draws=100).simple
        ),
        "imputation": lambda: single(impact.imputation_effects(table, covariates=["x"], draws=100).simple),
        "extended": lambda: single(impact.extended_twfe(table, covariates=["x"], draws=100).simple),
        "matched": lambda: years_of(impact.matched_did(table, **same)),
        "matched, three each": lambda: years_of(impact.matched_did(table, **same, neighbours=3)),
        "balanced": lambda: years_of(impact.balanced_did(table, **same)),
    }
    out: dict[str, Any] = {}
    for name, way in ways.items():
        if name not in methods:
            continue
        true = truth(world)
        if name in OF_SAMPLE:
            true = truth_of_sample(world, table)
        if name in OF_YEARS:
            joined = table.unique("unit").filter(pl.col("cohort") > 0)["cohort"].to_numpy()
            true = truth_of_years(world, COHORTS if name.startswith("doubly") else joined)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                estimate, se = way()
        except NoSupport as refusal:
            out[name] = str(refusal)
        else:
            reach = None if se is None else NORMAL * se
            out[name] = [estimate, *((None, None) if reach is None else (estimate - reach, estimate + reach)), true]
    return out


def summary(world: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """By method: refusals, mean and its Monte Carlo error, bias, how often the interval covers and leaves 0 out."""
    out = {}
    for name in rows[0]:
        answers = [r[name] for r in rows]
        given = [a for a in answers if not isinstance(a, str)]
        entry: dict[str, Any] = {"runs": len(rows), "refused": len(rows) - len(given)}
        if given:
            values, true = np.array([a[0] for a in given]), np.array([a[3] for a in given])
            entry["truth"] = round(float(true.mean()), 6)
            entry["mean"] = round(float(values.mean()), 6)
            if len(values) > 1:
                entry["monte_carlo_error"] = round(float((values - true).std(ddof=1) / np.sqrt(len(values))), 6)
            entry["bias"] = round(float((values - true).mean()), 6)
            if given[0][1] is not None:
                low, high = (np.array([a[k] for a in given]) for k in (1, 2))
                entry["covers"] = round(float(((low <= true) & (true <= high)).mean()), 4)
                entry["rejects_zero"] = round(float(((low > 0) | (high < 0)).mean()), 4)
        out[name] = entry
    return {"truth": round(truth(world), 6), "methods": out}


def said(world: str, found: dict[str, Any], methods: Sequence[str]) -> list[str]:
    """What a world's runs found, a line a method."""
    lines = [f"{world}: truth {found['truth']}"]
    for name in methods:
        entry = found["methods"][name]
        parts = [f"{entry['refused']} of {entry['runs']} refused"]
        parts += [f"{key.replace('_', ' ')} {entry[key]}" for key in FOUND if key in entry]
        lines.append(f"  {name}: {', '.join(parts)}")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--worlds", nargs="+", choices=list(RUNS), default=list(RUNS), help="the others stay as stored")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS, help="the others stay as stored")
    parser.add_argument(
        "--to", type=Path, default=STORED, help="the file that is written; it keeps what is not asked for"
    )
    asked = parser.parse_args(arguments)
    if asked.runs < LEAST and asked.to.resolve() == STORED:
        parser.error(f"--runs {asked.runs} would replace those of {LEAST} in {STORED.name}; name a file with --to")
    answer: dict[str, Any] = json.loads(asked.to.read_text(encoding="utf-8")) if asked.to.exists() else {}
    with ExitStack() as stack:
        # One job needs no process of its own
        pool = stack.enter_context(ProcessPoolExecutor(asked.jobs)) if asked.jobs > 1 else None
        each: Callable[..., Any] = map if pool is None else partial(pool.map, chunksize=5)
        for world in asked.worlds:
            first = FIRST_SEED.get(world, 0)
            seeds = range(first, first + int(asked.runs * RUNS[world]))
            work = partial(run, methods=asked.methods)
            found = summary(world, list(each(work, [(world, s) for s in seeds])))
            kept = answer.get(world, {}).get("methods", {})
            found["methods"] = {m: {**kept, **found["methods"]}[m] for m in METHODS if m in {*kept, *found["methods"]}}
            answer[world] = found
            print("\n".join(said(world, found, asked.methods)), flush=True)
    answer = {world: answer[world] for world in RUNS if world in answer}
    asked.to.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
