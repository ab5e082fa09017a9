"""Writing the log: one row an act, chained to the row before."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction

from poliedro.audit.models import LogEntry

GENESIS = "0" * 64


def record(
    *, by: Any, verb: str, subject_kind: str, subject_key: object, act: str = LogEntry.Act.WRITE, **detail: Any
) -> LogEntry:
    """Add one act to the log, in the caller's transaction.

    Args:
        by: the user who acted, or None for the system itself (command line, worker).
        verb: the service's name, such as merge_organisations. subject_kind, subject_key: what it was done to.
        detail: further facts, JSON-serialisable; never confidential text.
    """
    user = by if getattr(by, "is_authenticated", False) else None
    with transaction.atomic():
        last = LogEntry.objects.select_for_update().order_by("-pk").first()
        entry = LogEntry(
            actor=user,
            actor_label=str(user) if user else "system",
            act=act,
            verb=verb,
            subject_kind=subject_kind,
            subject_key=str(subject_key)[:200],
            detail=json.loads(json.dumps(detail, default=str)),
            previous_hash=last.hash if last else GENESIS,
        )
        entry.hash = chain_hash(entry)
        entry.save(force_insert=True)
    return entry


def chain_hash(entry: LogEntry) -> str:
    """SHA-256 of the row's content and the hash of the row before, in hexadecimal."""
    content = json.dumps(
        [
            entry.previous_hash,
            entry.at.isoformat(),
            entry.actor_id,
            entry.actor_label,
            entry.act,
            entry.verb,
            entry.subject_kind,
            entry.subject_key,
            entry.detail,
        ],
        sort_keys=True,
    )
    return hashlib.sha256(content.encode()).hexdigest()
