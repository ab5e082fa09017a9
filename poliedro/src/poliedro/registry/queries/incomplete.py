"""Public profiles that lack something a reader needs, for the steward of the data (R075)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from poliedro.registry.models import Cluster, Identifier, MembershipSpell, Organisation
from poliedro.registry.queries.memberships import FIRM_KINDS
from poliedro.registry.rules.completeness import PARTS

MISSING: Mapping[str, Q] = {
    "name": Q(name=""),
    "kind": Q(kind=Organisation.Kind.UNKNOWN),
    "place": Q(territory=None),
    "activity": Q(nace=None),
    "number": Q(has_number=False),
    "size": Q(size_class="", kind__in=FIRM_KINDS),
    "website": Q(website=""),
    "description": Q(description=""),
}
"""What each of PARTS lacks, as `queries/organisation.py` shows it on the organisation's page."""
PAGE = 50


@dataclass(frozen=True)
class Incomplete:
    """counts: organisations that lack each part. rows: those of the page, with `lacks`, most lacking first."""

    total: int
    all: int
    counts: Mapping[str, int]
    rows: Sequence[Any]

    def missing(self, row: Any) -> list[str]:
        return [part for part in PARTS if getattr(row, f"lacks_{part}")]


def incomplete_profiles(*, cluster: Cluster | None, part: str, everybody: bool, page: int) -> Incomplete:
    """Organisations with an incomplete profile: members of clusters, of one cluster, or everybody. Two queries.

    part: only those that lack it; "" for any. page: from 1, PAGE rows each.
    """
    rows: QuerySet[Any] = Organisation.objects.current()
    if cluster is not None or not everybody:
        held = MembershipSpell.objects.known().active_on(timezone.localdate())
        held = held.filter(cluster=cluster) if cluster is not None else held
        rows = rows.filter(pk__in=held.values("organisation"))
    numbers = Identifier.objects.known().filter(organisation=OuterRef("pk"))
    rows = rows.annotate(has_number=Exists(numbers)).annotate(
        **{
            f"lacks_{name}": Case(When(q, then=Value(1)), default=Value(0), output_field=IntegerField())
            for name, q in MISSING.items()
        }
    )
    rows = rows.annotate(lacks=sum((F(f"lacks_{name}") for name in PARTS), Value(0)))
    told = rows.aggregate(
        all=Count("pk"),
        total=Count("pk", filter=Q(lacks__gt=0)),
        **{name: Count("pk", filter=Q(**{f"lacks_{name}": 1})) for name in PARTS},
    )
    wanted = rows.filter(**({f"lacks_{part}": 1} if part in PARTS else {"lacks__gt": 0}))
    start = (page - 1) * PAGE
    shown = list(wanted.select_related("territory").order_by("-lacks", "name", "pk")[start : start + PAGE])
    return Incomplete(told["total"], told["all"], {name: told[name] for name in PARTS}, shown)
