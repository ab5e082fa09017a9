"""Simulated histories of clusters for the test of `life_cycle`, firm by firm. Knows nothing of the classifier.

A cluster is a number of firms in each of 16 activities. Each year firms enter, leave, and change what they do at rates
that depend on its stage; ties and joint projects follow. What is seen of it (the register is late, a campaign is
answered in part) carries an error of `noise` on the counts and of a third of it on the entropy.
"""

from __future__ import annotations

import numpy as np

NOISE = {"low": 0.01, "middle": 0.03, "high": 0.08}
ACTIVITIES = 16


def history(stage: str, seed: int, *, years: int = 10, noise: float = NOISE["middle"]) -> list[dict[str, float]]:
    """Rows of year, size, heterogeneity, network and action of a cluster that is in `stage` in its last year."""
    rng = np.random.default_rng(seed)
    firms = _start(stage, rng)
    tie_rate, project_rate = (0.6, 0.05) if stage == "emergence" else (2.0, 0.4)
    turn = int(rng.integers(years * 4 // 10, years * 5 // 10 + 1))  # where a renewal begins
    before = rng.choice(["sustainment", "decline"])
    rows = []
    for year in range(years):
        now = (before if year < turn else "renewal") if stage == "renewal" else stage
        total = firms.sum()
        share = firms / total
        known = share[share > 0]
        entropy = float(-(known * np.log2(known)).sum())
        rows.append(
            {
                "year": 2010 + year,
                "size": max(1.0, total * np.exp(rng.normal(0, noise))),
                "heterogeneity": max(0.0, entropy * (1 + rng.normal(0, noise / 3))),
                "network": rng.poisson(tie_rate * total) * np.exp(rng.normal(0, noise)),
                "action": float(rng.poisson(project_rate * total)),
            }
        )
        firms = _next(now, firms, rng)
        drift = {"emergence": 0.10, "growth": 0.04, "sustainment": 0.0, "decline": -0.05, "renewal": 0.04}[now]
        tie_rate *= 1 + drift
        project_rate *= 1 + drift
    return rows


def _start(stage: str, rng: np.random.Generator) -> np.ndarray:
    firms = np.zeros(ACTIVITIES)
    if stage == "emergence":  # a handful of pioneers in two or three activities
        firms[:3] = rng.multinomial(int(rng.integers(12, 20)), [0.7, 0.2, 0.1])
        firms[0] += 1
        return firms
    total = int(rng.integers(90, 140)) if stage == "growth" else int(rng.integers(180, 320))
    weights = np.ones(ACTIVITIES) if stage == "growth" else 0.75 ** np.arange(ACTIVITIES)
    firms[:] = rng.multinomial(total, weights / weights.sum())
    return firms


def _next(stage: str, firms: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Leave, enter, change activity: one year."""
    total = firms.sum()
    rank = np.argsort(np.argsort(-firms, kind="stable"), kind="stable")
    core = 0.6**rank
    core /= core.sum()
    even = np.full(ACTIVITIES, 1 / ACTIVITIES)
    fringe = (rank + 1.0) / (rank + 1.0).sum()  # what the cluster does little of
    enter, leave, where, exits = {
        "emergence": (0.22, 0.02, even, None),  # newcomers try out everything
        "growth": (0.16, 0.05, core, None),  # imitators of what works
        "sustainment": (0.03, 0.03, firms / total, None),
        "decline": (0.01, 0.08, core, fringe),  # the edges go first
        "renewal": (0.10, 0.05, fringe, core),  # new activities in, the old core thins out
    }[stage]
    out = firms.copy()
    gone = rng.poisson(leave * total)
    odds = firms / total if exits is None else (firms > 0) * exits
    for _ in range(int(gone)):
        alive = odds * (out > 0)
        if out.sum() <= 3 or alive.sum() == 0:
            break
        out[rng.choice(ACTIVITIES, p=alive / alive.sum())] -= 1
    return out + rng.multinomial(rng.poisson(enter * total), where)
