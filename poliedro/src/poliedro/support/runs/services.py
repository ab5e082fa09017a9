"""Breadth of the services that clusters give: deliveries -> entropy with its interval -> stored result (R045)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from math import log2

import polars as pl

import regionomics as rg
from poliedro.reference.models import StoredResult
from poliedro.reference.rules import weakest
from poliedro.registry.models import Delivery, ServiceOffer
from poliedro.support.queries.use import BREADTH
from poliedro.support.rules.use import FEW, FUNDING, share_of

VERSION = 1
DRAWS = 199
SEED = 7


def run_breadth() -> StoredResult | None:
    """Store the breadth of every cluster, by year and over all years; None where nothing was given. Same deliveries,
    same result."""
    rows = list(
        Delivery.objects.known()
        .exclude(cluster=None)
        .order_by("pk")
        .values_list("cluster", "delivered_on__year", "service", "certainty", "source__name")
    )
    if not rows:
        return None
    counts: dict[str, dict[int, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for cluster, year, service, _certainty, _source in rows:
        counts[str(year)][cluster][service] += 1
        counts["all"][cluster][service] += 1
    stated = {y: {c: dict(sorted(n.items())) for c, n in sorted(by.items())} for y, by in sorted(counts.items())}
    checksum = hashlib.sha256(json.dumps([VERSION, DRAWS, SEED, stated]).encode()).hexdigest()
    existing = StoredResult.objects.filter(key=BREADTH, inputs_checksum=checksum).first()
    if existing is not None:
        return existing
    return StoredResult.objects.create(
        key=BREADTH,
        payload={"years": {year: _breadths(by) for year, by in stated.items()}},
        inputs_checksum=checksum,
        parameters={"draws": DRAWS, "seed": SEED, "kinds": len(ServiceOffer.Service.values)},
        certainty=weakest(sorted({r[3] for r in rows})),
        source_names="; ".join(sorted({r[4] for r in rows}))[:300],
    )


def _breadths(by_cluster: dict[int, dict[str, int]]) -> dict[str, dict[str, object]]:
    """The fields of Breadth by cluster."""
    most = log2(len(ServiceOffer.Service.values))
    table = pl.DataFrame(
        [(str(c), kind, n) for c, kinds in by_cluster.items() for kind, n in kinds.items()],
        schema={"place": pl.String, "activity": pl.String, "value": pl.Int64},
        orient="row",
    )
    entropy = dict(rg.entropy(table).select("place", "entropy").iter_rows())
    enough = [str(c) for c, kinds in by_cluster.items() if sum(kinds.values()) >= FEW]
    intervals = _intervals(table.filter(pl.col("place").is_in(enough))) if enough else {}
    found: dict[str, dict[str, object]] = {}
    for cluster, kinds in by_cluster.items():
        bits = entropy[str(cluster)]
        first = min(kinds, key=lambda k: (-kinds[k], k))
        n = sum(kinds.values())
        low, high = intervals.get(str(cluster), (None, None))
        found[str(cluster)] = {
            "n": n,
            "kinds": len(kinds),
            "entropy": bits,
            "evenness": bits / most,
            "low": None if low is None else max(0.0, low / most),
            "high": None if high is None else min(1.0, high / most),
            "first": first,
            "share": kinds[first] / n,
            "funding": share_of(kinds, FUNDING),
        }
    return found


def _intervals(table: pl.DataFrame) -> dict[str, tuple[float, float]]:
    """90% intervals of the entropy in bits: deliveries drawn anew in each cluster. Basic, since few draws of many kinds
    understate entropy."""
    drawn = rg.bootstrap(
        table,
        rg.entropy,
        counts="value",
        within="place",
        interval="basic",
        level=0.9,
        replicates=DRAWS,
        seed=SEED,
    )
    return {place: (low, high) for place, low, high in drawn.intervals.select("place", "low", "high").iter_rows()}
