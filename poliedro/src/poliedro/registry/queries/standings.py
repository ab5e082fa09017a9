"""What organisations and clusters were on a day, as known then. See Note [Present and past] beside `Standing`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from poliedro.registry.models import Cluster, ClusterProfile, Organisation, Standing
from poliedro.shared.dated import Moment

Aspect = Standing.Aspect


def then(aspect: str, day: date | str, known: datetime | None = None, path: str = "organisation") -> Combinable:
    """An expression: what the organisation at `path` of each row was on the day, as known at the moment.

    day: a day, or the name of the row's own field that holds it. Activities are ids of classes.
    """
    on = day if isinstance(day, date) else OuterRef(day)
    rows = (
        Standing.objects.known(known)
        .filter(organisation=OuterRef(path), aspect=aspect)
        .filter(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gt=on))
        .order_by("-valid_from", "-pk")
    )
    today = F(aspect if path == "pk" else f"{path}__{aspect}")
    if aspect == Aspect.ACTIVITY:  # null says "not known" here
        remembered_class = When(Exists(rows), then=Subquery(rows.values("nace")[:1]))
        return Case(remembered_class, default=today, output_field=BigIntegerField())
    return Coalesce(Subquery(rows.values("value")[:1]), today)


@dataclass(frozen=True)
class Past:
    """What is remembered of one aspect: {organisation: (first day, first day no longer, value)}."""

    rows: Mapping[int, tuple[tuple[date | None, date | None, Any], ...]]

    def of(self, organisation: int, day: date, today: Any) -> Any:
        """What it was on the day; `today` where nothing is remembered."""
        for start, end, value in self.rows.get(organisation, ()):
            if (start is None or start <= day) and (end is None or day < end):
                return value
        return today


def past(aspect: str, known: datetime | None = None) -> Past:
    """All that the register remembers of an aspect. One query."""
    found: dict[int, list[tuple[date | None, date | None, Any]]] = defaultdict(list)
    column = "nace_id" if aspect == Aspect.ACTIVITY else "value"
    rows = remembered(aspect, known).order_by("-valid_from", "-pk")
    for organisation, start, end, value in rows.values_list("organisation_id", "valid_from", "valid_to", column):
        found[organisation].append((start, end, value))
    return Past({organisation: tuple(spans) for organisation, spans in found.items()})


def remembered(aspect: str, known: datetime | None = None) -> QuerySet[Standing]:
    rows: QuerySet[Standing] = Standing.objects.known(known).filter(aspect=aspect)
    return rows


def history_of(organisation: Organisation, known: datetime | None = None) -> list[Standing]:
    """What it was, by aspect, latest first. One query."""
    rows = Standing.objects.known(known).filter(organisation=organisation).select_related("nace", "source")
    return sorted(rows.order_by("aspect", "-pk"), key=lambda s: (s.aspect, s.valid_from or date.min), reverse=True)


def as_of(clusters: Iterable[Cluster], moment: Moment) -> list[Cluster]:
    """The clusters under the name and type of the day, as known then: for reading, never to be saved. One query."""
    found = list(clusters)
    profiles = ClusterProfile.objects.at(moment).filter(cluster__in=[c.pk for c in found])
    then_called = {
        pk: (name, kind)
        for pk, name, kind in profiles.order_by("valid_from", "pk").values_list("cluster_id", "name", "type")
    }
    for cluster in found:
        if cluster.pk in then_called:
            cluster.name, cluster.type = then_called[cluster.pk]
    return found


def profiles_of(cluster: Cluster, known: datetime | None = None) -> list[ClusterProfile]:
    """Names and types of a cluster, latest first. One query."""
    rows = ClusterProfile.objects.known(known).filter(cluster=cluster).select_related("source")
    return sorted(rows.order_by("-pk"), key=lambda p: p.valid_from or date.min, reverse=True)
