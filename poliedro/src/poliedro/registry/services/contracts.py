"""What is published of research contracts: sums of finished years by cluster and by body, small ones hidden."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.reference.models import StoredResult
from poliedro.reference.rules import weakest
from poliedro.registry.models import ResearchContract
from poliedro.registry.queries.contracts import BODIES, CLUSTERS, NO_CLUSTER, PUBLISHED, last_published
from poliedro.shared.disclosure import (
    TOTAL,
    USUAL,
    CannotPublish,
    Cells,
    Why,
    changed_parties,
    is_sensitive,
    list_of,
    publish,
    whole_is_sensitive,
)

LEAST_CHANGED = 10
"""A year is published anew only when what changed concerns so many firms: two sums of a year that differ by a few
firms would tell what those few ordered."""
MEASURES = {CLUSTERS: "research-contracts", BODIES: "research-contracts-bodies"}
PAGE = "contracts"
HIDDEN_BESIDE = [None, str(Why.COMPLEMENT)]


@transaction.atomic
def publish_contracts(today: date) -> StoredResult | None:
    """Publish the finished years that were not published, or that changed enough; the others stay as they were.

    Returns what is published now; None where nothing is. Safe to run twice on a day.
    """
    held = last_published()
    before: Mapping[str, Any] = held.payload if held else {}
    marks: dict[str, Any] = dict(held.parameters["marks"]) if held else {}
    years = dict(before)
    for year, rows in _finished(today.year).items():
        key, now = str(year), {str(c.pk): _mark(c) for c in rows}
        if key in before and changed_parties(marks[key], now) < LEAST_CHANGED:
            continue
        years[key], marks[key] = _year(key, rows, today), now
    if years == before:
        return held
    made = StoredResult.objects.create(
        key=PUBLISHED,
        payload=years,
        inputs_checksum=hashlib.sha256(json.dumps(years, sort_keys=True).encode()).hexdigest(),
        parameters={"marks": marks, "least_changed": LEAST_CHANGED},
        certainty=weakest(sorted({y["certainty"] for y in years.values()})),
        source_names="; ".join(sorted({y["source"] for y in years.values()}))[:300],
    )
    record(by=None, verb="publish_contracts", subject_kind="registry.contracts", subject_key=made.pk, years=len(years))
    return made


Marked = Sequence[tuple[str, ResearchContract]]
"""Contracts with the row of a table that they belong to."""


def _finished(before_year: int) -> dict[int, list[ResearchContract]]:
    rows = ResearchContract.objects.known().filter(signed_on__lt=date(before_year, 1, 1))
    found: dict[int, list[ResearchContract]] = defaultdict(list)
    for contract in rows.select_related("cluster", "source").order_by("pk"):
        found[contract.signed_on.year].append(contract)
    return found


def _year(year: str, rows: Sequence[ResearchContract], today: date) -> dict[str, Any]:
    by = {
        CLUSTERS: [(c.cluster.key if c.cluster else NO_CLUSTER, c) for c in rows],
        BODIES: [(str(c.research_body_id), c) for c in rows],
    }
    told: dict[str, Mapping[str, Any]] = {
        name: _published(name, year, sums_by_firm(marked)) for name, marked in by.items()
    }
    hidden_total = None in (told[name].get(TOTAL, (None, ""))[0] for name in (CLUSTERS, BODIES))
    if hidden_total or _told_together(by, told):
        told[BODIES] = {}  # what one table hides, a total among it, must not be told by the other or by both
        told[CLUSTERS] = _safe_alone(by, told[CLUSTERS])
    return {
        "published_on": today.isoformat(),
        "certainty": weakest(sorted({c.certainty for c in rows})),
        "source": "; ".join(sorted({c.source.name for c in rows}))[:300],
        **told,
    }


def _safe_alone(by: Mapping[str, Marked], clusters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table by cluster so that it tells no body's sum by itself.

    Clusters in each of which the same firm stands alone hide each other, but what the total leaves for them together
    may be all that a body got, of that firm. Then the total is hidden, or the whole table.
    """
    every = set(clusters)
    for shown in (every, every - {TOTAL}):
        left = {row: cell if row in shown or cell[0] is None else HIDDEN_BESIDE for row, cell in clusters.items()}
        if not _told_together(by, {CLUSTERS: left, BODIES: {}}, on_either_side=False):
            return left
    return {}


def _told_together(
    by: Mapping[str, Marked], told: Mapping[str, Mapping[str, Any]], *, on_either_side: bool = True
) -> bool:
    """Whether both tables together tell a sum of few firms, or of one firm nearly alone."""
    from poliedro.registry.runs.contracts import Part, told_together  # the numeric libraries cost seconds to load

    shown: list[tuple[set[Part], float]] = []
    secret: list[tuple[set[Part], float]] = []
    for name, marked in by.items():
        parts: dict[str, set[Part]] = defaultdict(set)
        sums: dict[str, float] = defaultdict(float)
        cells = sums_by_firm(marked).cells
        for row, c in marked:
            for key in (row, TOTAL):
                parts[key].add((c.firm_id, c.cluster.key if c.cluster else NO_CLUSTER, str(c.research_body_id)))
                sums[key] += float(c.amount_eur)
        for row, who in parts.items():
            if told[name].get(row, (None, ""))[0] is not None:
                shown.append((who, sums[row]))
            elif (cell := cells.get((row, "eur"))) is not None and is_sensitive(cell):
                secret.append((who, sums[row]))
    return told_together(shown, secret, USUAL.spread, on_either_side=on_either_side)


def _published(name: str, year: str, table: Cells) -> dict[str, Any]:
    """Row -> [euro, ""] or [None, why]; "" is the row of the total. Empty where nothing of it may be told."""
    if hidden := whole_is_sensitive(table):
        return {row: [None, str(hidden)] for row in table.all_rows}
    try:
        with transaction.atomic():
            found = publish(name=PAGE, measure=MEASURES[name], period=year, table=table, by=None)
    except CannotPublish:
        return {}
    return {row: [None if (why := found.reason(row)) else found.value(row), str(why or "")] for row in table.all_rows}


def sums_by_firm(marked: Marked) -> Cells:
    """Euro by row with the firms behind them."""
    sums: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row, contract in marked:
        sums[row][contract.firm_id] += float(contract.amount_eur)
    return list_of(sums, "eur")


def _mark(contract: ResearchContract) -> list[Any]:
    """The firm, and a short fingerprint of what is counted of the contract."""
    told = [contract.cluster_id, contract.research_body_id, str(contract.amount_eur), contract.signed_on.isoformat()]
    return [contract.firm_id, hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]]
