"""Counts for the home page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min

from poliedro.reference.models import Territory
from poliedro.registry.models import Cluster, Organisation, Participation, Project
from poliedro.registry.queries.money import mandates_of
from poliedro.registry.queries.projects import term
from poliedro.shared.dated import Moment
from poliedro.shared.region import Region
from poliedro.shared.versions import Kept


@dataclass(frozen=True)
class OfficialTotals:
    """What official files say of the region. organisations: None where no EU project is loaded."""

    organisations: int | None
    period: str

    @staticmethod
    def seats(clusters: list[Cluster], moment: Moment) -> list[tuple[Cluster, tuple[float, float]]]:
        """Latitude and longitude of the seat of each cluster's leading body, else of the place that it lies in."""
        result = []
        for cluster_id, mandates in mandates_of(clusters, moment).items():
            body = mandates[0].body.organisation
            latitude, longitude = body.latitude, body.longitude
            if (latitude is None or longitude is None) and body.territory is not None:
                latitude, longitude = body.territory.latitude, body.territory.longitude
            if latitude is not None and longitude is not None:
                result.append((next(c for c in clusters if c.pk == cluster_id), (latitude, longitude)))
        return result


def official_totals(region: Region, known: datetime | None = None) -> OfficialTotals:
    """Organisations of the region in the loaded EU projects, and the years that these span, as known at the moment.
    What is known now is kept in memory."""
    return _NOW.get(region.code) if known is None else _totals(region.code, known)


def _totals(code: str, known: datetime | None = None) -> OfficialTotals:
    places = Territory.objects.filter(code__startswith=code) | Territory.objects.filter(parent__code__startswith=code)
    taking_part = Participation.objects.known(known).filter(
        organisation__territory__in=places.values("pk"), project__scheme__in=("h2020", "horizon_europe")
    )
    if not taking_part.exists():
        return OfficialTotals(None, "")
    dated = taking_part.annotate(starts_then=term("starts_on", known, "project__"))
    years = dated.aggregate(first=Min("starts_then"), last=Max("starts_then"))
    number = Organisation.objects.filter(pk__in=taking_part.values("organisation")).count()
    period = f"{years['first'].year}-{years['last'].year}" if years["first"] else ""
    return OfficialTotals(number, period)


_NOW: Kept[OfficialTotals] = Kept(lambda: (Territory, Organisation, Project, Participation), _totals)
