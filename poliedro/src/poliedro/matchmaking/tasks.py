"""Background work of the room."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from poliedro.evidence.runs.base import Reports
from poliedro.matchmaking.services.engine import refresh
from poliedro.shared.jobs import job


@job("matchmaking.refresh")
def refresh_engine(report: Reports, by: Any) -> str:
    refresh(by=by, report=report)
    return reverse("matchmaking:cards")
