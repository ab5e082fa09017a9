"""Whether the site works: database, migrations, background work. No secrets, no names."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import version
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

PATIENCE = timedelta(minutes=10)
"""A task that waits longer than this means that no worker runs."""


def health_report() -> dict[str, Any]:
    """{"ok": bool, "version": ..., "database": ..., "migrations": ..., "queue": ...}."""
    report: dict[str, Any] = {"version": version("poliedro")}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        report["database"] = connection.vendor
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        report["migrations"] = "applied" if not waiting else f"{len(waiting)} waiting"
        report["queue"] = _queue()
    except DatabaseError:
        report["database"] = "unreachable"
    report["ok"] = (
        report.get("database") != "unreachable"
        and report.get("migrations") == "applied"
        and report.get("queue") != "stuck"
    )
    return report


def _queue() -> str:
    from django_tasks_db.models import DBTaskResult

    stuck = DBTaskResult.objects.filter(status="READY", enqueued_at__lt=timezone.now() - PATIENCE).exists()
    return "stuck" if stuck else "moving"
