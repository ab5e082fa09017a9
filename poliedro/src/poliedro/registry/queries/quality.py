"""Findings and published figures, for their pages."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, Count, QuerySet, When

from poliedro.registry.models import DataQualityFinding, ReportedFigure


def findings(state: str = "open") -> QuerySet[DataQualityFinding]:
    """The findings in a state, the gravest first."""
    grave = Case(When(severity="error", then=0), When(severity="warning", then=1), default=2)
    return DataQualityFinding.objects.filter(state=state).select_related("load").order_by(grave, "key")


def findings_by_state() -> dict[str, int]:
    """How many there are: open, explained, resolved."""
    counted = dict(DataQualityFinding.objects.order_by().values_list("state").annotate(n=Count("pk")))
    return {state: counted.get(state, 0) for state in ("open", "explained", "resolved")}


def open_findings(known: datetime | None = None) -> list[DataQualityFinding]:
    """Those that are open now; of these, those that had been found at the moment, where one is given."""
    rows = DataQualityFinding.objects.filter(state="open")
    if known is not None:
        rows = rows.filter(found_at__lte=known)
    return list(rows.order_by("key"))


def published_figures() -> list[ReportedFigure]:
    return list(
        ReportedFigure.objects.known().select_related("source", "cluster").order_by("indicator", "period", "pk")
    )
