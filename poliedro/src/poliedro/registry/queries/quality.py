"""Findings and published figures, for their pages."""

from __future__ import annotations

from datetime import datetime

from poliedro.registry.models import DataQualityFinding, ReportedFigure


def findings() -> list[DataQualityFinding]:
    """All findings, open ones first."""
    order = {"open": 0, "explained": 1, "resolved": 2}
    rank = {"error": 0, "warning": 1, "note": 2}
    return sorted(
        DataQualityFinding.objects.select_related("load").order_by("key"),
        key=lambda f: (order[f.state], rank[f.severity], f.key),
    )


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
