"""Research that firms order from research bodies (R035): who from whom, for how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from poliedro.registry.models import Cluster, ResearchContract
from poliedro.registry.queries.backing import Backing, total_backing


@dataclass(frozen=True)
class ContractFlow:
    """What one firm orders from one research body. firm_id: None where `firms` of them are shown as one."""

    firm_id: int | None
    firm: str
    body_id: int
    body: str
    eur: Decimal
    contracts: int
    firms: int = 1


def contracts(
    first: int, last: int, known: datetime | None = None, cluster: Cluster | None = None
) -> QuerySet[ResearchContract]:
    """The contracts signed in the years first..last, largest first: of all, or those of one cluster."""
    rows = ResearchContract.objects.known(known).filter(
        signed_on__gte=date(first, 1, 1), signed_on__lt=date(last + 1, 1, 1)
    )
    if cluster is not None:
        rows = rows.filter(cluster=cluster)
    return rows.order_by("-amount_eur", "pk")


def flows(rows: QuerySet[ResearchContract]) -> list[ContractFlow]:
    """From firm to research body, largest first. One query."""
    grouped = rows.values("firm", "firm__name", "research_body", "research_body__name").annotate(
        eur=Sum("amount_eur"), n=Count("pk")
    )
    return [
        ContractFlow(r["firm"], r["firm__name"], r["research_body"], r["research_body__name"], r["eur"], r["n"])
        for r in grouped.order_by("-eur", "firm", "research_body")
    ]


def drawn(found: Sequence[ContractFlow], most: int) -> list[ContractFlow]:
    """The flows of the `most` firms that order most; the other firms as one, without a name."""
    by_firm: dict[int | None, Decimal] = {}
    for f in found:
        by_firm[f.firm_id] = by_firm.get(f.firm_id, Decimal(0)) + f.eur
    shown = set(sorted(by_firm, key=lambda k: (-by_firm[k], k or 0))[:most])
    kept = [f for f in found if f.firm_id in shown]
    rest: dict[int, list[Any]] = {}
    for f in found:
        if f.firm_id not in shown:
            rest.setdefault(f.body_id, []).append(f)
    kept += [
        ContractFlow(
            None, "", body, fs[0].body, sum((f.eur for f in fs), Decimal(0)), sum(f.contracts for f in fs), len(fs)
        )
        for body, fs in rest.items()
    ]
    return kept


def by_cluster(rows: QuerySet[ResearchContract]) -> dict[tuple[int | None, int], Decimal]:
    """Euro by cluster (None: of none) and research body: {(cluster id, organisation id): euro}. One query."""
    grouped = rows.values_list("cluster", "research_body").annotate(eur=Sum("amount_eur")).order_by()
    return {(cluster, body): eur for cluster, body, eur in grouped}


def contracts_backing(rows: QuerySet[ResearchContract]) -> Backing:
    return total_backing(rows)
