"""Retention and the alarm on stagnation are looked at again: once a day, and when a manager asks."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.reference.models import StoredResult
from poliedro.registry.models import Cluster
from poliedro.registry.runs.retention import run_retention

KEPT = 12
"""Results of one cluster that are kept."""


@transaction.atomic
def refresh_retention(*, cluster: Cluster, today: date, by: Any = None) -> StoredResult:
    """Compute the cluster's retention as of a day, and forget all but the latest results."""
    found = run_retention(cluster, today)
    rows = StoredResult.objects.filter(key=found.key).order_by("-computed_at", "-pk")
    old = list(rows.values_list("pk", flat=True)[KEPT:])
    StoredResult.objects.filter(pk__in=old).delete()
    record(by=by, verb="refresh_retention", subject_kind="cluster", subject_key=cluster.key, result=found.pk)
    return found


def refresh_all(today: date) -> int:
    """Every cluster that exists on the day. Returns how many."""
    clusters = list(Cluster.objects.existing_on(today))
    for cluster in clusters:
        refresh_retention(cluster=cluster, today=today)
    return len(clusters)
