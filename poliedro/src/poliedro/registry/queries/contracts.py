"""Research that firms order from research bodies (R035): who from whom, for how much.

# Note [Whose amounts]
What a firm pays a laboratory is theirs: the amount of a single contract is read by the firm, the laboratory, the
manager of the cluster that reported it, and the region. Everybody else, on every page and in every file, reads sums of
finished years as `services/contracts.py` published them, with small ones hidden (`published_contracts`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from poliedro.reference.models import StoredResult
from poliedro.registry.models import Cluster, ResearchContract
from poliedro.registry.queries.backing import Backing, together, total_backing
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.permissions import Form, Reach, grants_of
from poliedro.shared.disclosure import TOTAL, Why
from poliedro.shared.region import region

PUBLISHED = "contracts-published"
CLUSTERS, BODIES = "clusters", "bodies"
NO_CLUSTER = "~none"
"""Row of contracts that no cluster reported."""


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


@dataclass(frozen=True)
class Counts:
    """How many contracts, and of how many firms."""

    contracts: int
    firms: int


def counts(rows: QuerySet[ResearchContract]) -> Counts:
    """That firms order is no secret, what they pay is. One query."""
    found = rows.aggregate(contracts=Count("pk"), firms=Count("firm", distinct=True))
    return Counts(**found)


def contracts_backing(rows: QuerySet[ResearchContract]) -> Backing:
    return total_backing(rows)


def readable(rows: QuerySet[ResearchContract], user: Any) -> QuerySet[ResearchContract]:
    """The contracts among them whose amounts the person may read. See Note [Whose amounts]."""
    reach = grants_of(Form(region().form))["registry.view_contracts"]
    own = Q(pk__in=())
    for role in roles_of(user):
        reaches = reach.get(role.name)
        if reaches is Reach.ALL and role.cluster_id is None:
            return rows
        if reaches is not None and role.cluster_id is not None:
            own |= Q(cluster=role.cluster_id)
        if reaches is Reach.OWN and role.organisation_id is not None:
            own |= Q(firm=role.organisation_id) | Q(research_body=role.organisation_id)
    return rows.filter(own)


@dataclass(frozen=True)
class PublishedSum:
    """eur: None where a year of it is hidden (why says the reason) or none is published. first, last: its years."""

    eur: float | None
    why: Why | None = None
    first: int = 0
    last: int = 0

    @property
    def period(self) -> str:
        return "" if not self.first else str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True)
class PublishedContracts:
    """What everybody may read. years: year -> CLUSTERS or BODIES -> row -> (euro, why hidden)."""

    years: Mapping[int, Mapping[str, Mapping[str, tuple[float | None, str]]]]
    backings: Mapping[int, Backing]

    def within(self, first: int, last: int) -> list[int]:
        return [year for year in sorted(self.years) if first <= year <= last]

    def sum(self, first: int, last: int, row: str = TOTAL, by: str = CLUSTERS) -> PublishedSum:
        """Of a cluster (its key), a research body (its id, by=BODIES) or the region (TOTAL), over the published years
        among first..last. Hidden where one of the years is: less the others, the sum would tell it."""
        found = self.within(first, last)
        if not found:
            return PublishedSum(None)
        total = 0.0
        for year in found:
            eur, why = self._cell(year, by, row)
            if eur is None:
                return PublishedSum(None, Why(why), found[0], found[-1])
            total += eur
        return PublishedSum(round(total, 2), None, found[0], found[-1])

    def rows(self, first: int, last: int, by: str) -> list[str]:
        """The clusters or bodies of the years, in order of key, without the total."""
        return sorted({r for year in self.within(first, last) for r in self.years[year].get(by, ()) if r != TOTAL})

    def backing(self, first: int, last: int) -> Backing:
        return together([self.backings[year] for year in self.within(first, last)])

    def _cell(self, year: int, by: str, row: str) -> tuple[float | None, str]:
        table = self.years[year].get(by)
        if not table:
            return None, str(Why.EARLIER)
        return table.get(row, (0.0, ""))


def last_published() -> StoredResult | None:
    return StoredResult.objects.filter(key=PUBLISHED).order_by("-computed_at", "-pk").first()


def published_contracts(known: datetime | None = None) -> PublishedContracts:
    """As published last, or as it stood at the moment. One query."""
    rows = StoredResult.objects.filter(key=PUBLISHED)
    if known is not None:
        rows = rows.filter(computed_at__lte=known)
    payload = rows.order_by("-computed_at", "-pk").values_list("payload", flat=True).first() or {}
    years, backings = {}, {}
    for year, told in payload.items():
        years[int(year)] = {by: {row: (eur, why) for row, (eur, why) in told[by].items()} for by in (CLUSTERS, BODIES)}
        backings[int(year)] = Backing(told["certainty"], told["source"])
    return PublishedContracts(years, backings)
