"""Whether the site works: database, migrations, background work. No secrets, no names."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.utils import timezone

PATIENCE = timedelta(minutes=10)
"""How long a task may wait before somebody looks at the worker."""
SAYS = {
    "moving": "No task waits for longer than it should.",
    "catching up": "Tasks have waited, and a worker is doing them.",
    "no worker yet": "Tasks wait, and no worker was ever seen on this site: start one with `poliedro worker`.",
    "stuck": "Tasks wait, and the worker that was seen before does nothing: look at its log, and start it again.",
}
"""State of the queue -> what it means, and what to do. Only `stuck` is ill: a site without its worker still serves."""


def health_report() -> dict[str, Any]:
    """{"ok": bool, "version", "database", "migrations", "queue": one of `SAYS`, "says": in words, "waiting": tasks}."""
    report: dict[str, Any] = {"version": version("poliedro")}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        report["database"] = connection.vendor
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        report["migrations"] = "applied" if not waiting else f"{len(waiting)} waiting"
        report["queue"], report["waiting"] = _queue(timezone.now())
        report["says"] = SAYS[report["queue"]]
    except DatabaseError:
        report["database"] = "unreachable"
    report["ok"] = (
        report.get("database") != "unreachable"
        and report.get("migrations") == "applied"
        and report.get("queue") != "stuck"
    )
    return report


def _queue(now: datetime) -> tuple[str, int]:
    """(state, tasks that have waited too long). A worker is seen by the tasks that it began."""
    from django_tasks_db.models import DBTaskResult

    late = DBTaskResult.objects.filter(status="READY", enqueued_at__lt=now - PATIENCE, run_after__lt=now - PATIENCE)
    waiting = late.count()
    if not waiting:
        return "moving", 0
    seen = DBTaskResult.objects.aggregate(last=Max("started_at"))["last"]
    if seen is None:
        return "no worker yet", waiting
    return ("catching up" if seen > now - PATIENCE else "stuck"), waiting
