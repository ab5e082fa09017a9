"""The quantiles of productivity are computed again, once a day; nothing changes where no statement did."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.reference.models import StoredResult
from poliedro.registry.runs.productivity import run_productivity


@transaction.atomic
def refresh_productivity(*, today: date, by: Any = None) -> StoredResult | None:
    """Store the quantiles of today's statements. None where there is no statement."""
    found = run_productivity()
    if found is not None:
        record(by=by, verb="refresh_productivity", subject_kind="StoredResult", subject_key=found.pk, day=today)
    return found
