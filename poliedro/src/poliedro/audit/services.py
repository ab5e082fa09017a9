"""Writing the log: one row an act, chained to the row before."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.db import connection, transaction

from poliedro.audit.models import LogEntry
from poliedro.audit.queries import anchors, anchors_file
from poliedro.audit.rules import GENESIS, chain_hash

LOG_LOCK = 7_001
"""Two writers must not chain to the same row. Held to the end of the transaction, so audit last in a long one."""


def record(
    *,
    by: Any,
    verb: str,
    subject_kind: str,
    subject_key: object,
    act: str = LogEntry.Act.WRITE,
    label: str = "",
    **detail: Any,
) -> LogEntry:
    """Add one act to the log, in the caller's transaction.

    Args:
        by: the user who acted, or None for the system itself (command line, worker).
        label: what stands where the actor's name would; by default the name, or "system".
        verb: the service's name, such as merge_organisations. subject_kind, subject_key: what it was done to.
        detail: further facts, JSON-serialisable; never confidential text.
    """
    user = by if getattr(by, "is_authenticated", False) else None
    with transaction.atomic():
        if connection.vendor == "postgresql":  # SQLite has one writer at a time as it is
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
        last = LogEntry.objects.order_by("-pk").first()
        entry = LogEntry(
            actor=user,
            actor_label=label or (str(user) if user else "system"),
            act=act,
            verb=verb,
            subject_kind=subject_kind,
            subject_key=str(subject_key)[:200],
            detail=json.loads(json.dumps(detail, default=str)),
            previous_hash=last.hash if last else GENESIS,
        )
        entry.hash = chain_hash(entry.previous_hash, entry.content())
        entry.save(force_insert=True)
    return entry


def anchor_log(today: date) -> str:
    """Daily: note the last row's key and hash outside the database, so that rows cut off its end show."""
    last = LogEntry.objects.order_by("-pk").values_list("pk", "hash").first()
    if last is None or last in anchors():
        return "nothing new in the log"
    path = anchors_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{last[0]} {last[1]}\n")
    return f"row {last[0]} anchored"
