"""Where productivity is low: quantiles by industry and size class, and the tail by province -> stored result."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import polars as pl

from poliedro.reference.models import StoredResult
from poliedro.reference.rules import weakest
from poliedro.registry.queries.productivity import KEY, SMALLEST_CELL, Statement, latest_statements

VERSION = 1
QUANTILES = (0.10, 0.25, 0.50, 0.75, 0.90)
MEASURES = ("value_added", "turnover")
LEAST_IN_PROVINCE = 10
"""Firms below which a province's share is not shown."""


def run_productivity() -> StoredResult | None:
    """Store the quantiles of value added and of turnover a person, of the latest statement of each firm of the region
    with staff. Cells of fewer than SMALLEST_CELL firms are left out. None where no statement is known."""
    rows = latest_statements()
    if not rows:
        return None
    stated = json.dumps([VERSION, [r.key() for r in rows]], default=str)
    checksum = hashlib.sha256(stated.encode()).hexdigest()
    existing = StoredResult.objects.filter(key=KEY, inputs_checksum=checksum).first()
    if existing:
        return existing
    return StoredResult.objects.create(
        key=KEY,
        payload={name: _measure(rows, name) for name in MEASURES},
        inputs_checksum=checksum,
        parameters={"quantiles": QUANTILES, "smallest_cell": SMALLEST_CELL},
        certainty="synthetic" if weakest([r.certainty for r in rows]) == "synthetic" else "estimated",
        source_names="; ".join(sorted({r.source for r in rows}))[:300],
    )


def _measure(rows: list[Statement], name: str) -> dict[str, Any]:
    known = [(r.division, r.size, r.province, v) for r in rows if (v := getattr(r, name)) is not None]
    if len(known) < SMALLEST_CELL:
        return {"cells": [], "provinces": [], "n": len(known)}
    frame = pl.DataFrame(known, schema=["division", "size", "province", "value"], orient="row")
    cells = []
    for keys in (("division", "size"), ("division",), ("size",), ()):
        grouped = (frame.group_by(keys) if keys else frame.group_by(pl.lit(0).alias("all"))).agg(
            pl.len().alias("n"), *(pl.col("value").quantile(q, "linear").alias(f"q{q}") for q in QUANTILES)
        )
        for row in grouped.filter(pl.col("n") >= SMALLEST_CELL).to_dicts():
            cells.append(
                {
                    "division": row.get("division", ""),
                    "size": row.get("size", ""),
                    "n": row["n"],
                    "quantiles": [round(row[f"q{q}"], 2) for q in QUANTILES],
                }
            )
    small = frame.filter(pl.col("size") != "large")
    floor = small.select(pl.col("value").quantile(QUANTILES[0], "linear")).item() if small.height else None
    provinces = [
        {"province": r["province"], "n": r["n"], "low": r["low"], "share": round(r["low"] / r["n"], 4)}
        for r in small.group_by("province")
        .agg(pl.len().alias("n"), (pl.col("value") <= floor).sum().alias("low"))
        .filter((pl.col("n") >= LEAST_IN_PROVINCE) & (pl.col("province") != ""))
        .sort("province")
        .to_dicts()
    ]
    cells.sort(key=lambda c: (c["division"], c["size"]))
    return {
        "cells": cells,
        "provinces": provinces,
        "n": len(known),
        "floor": None if floor is None else round(floor, 2),
    }
