"""Writing the log: one row an act, chained to the row before."""

from __future__ import annotations

import json
import secrets
from datetime import date
from typing import Any

from django.db import connection, transaction

from poliedro.audit.models import ActorKey, LogEntry
from poliedro.audit.queries import SEALED, anchors, anchors_file, belongs_to
from poliedro.audit.rules import GENESIS, chain_hash
from poliedro.shared.vault import encrypt

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
            actor_label=label or (_sealed_name(user) if user else "system"),
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


NAME_BYTES = 112
"""So much of a name fits into the log once it is sealed."""


def _sealed_name(user: Any) -> str:
    """The user's name under that user's own key. See Note [Names in the log]."""
    row = ActorKey.objects.filter(user=user.pk).first()
    if row is None:
        fresh = ActorKey(user=user.pk)
        fresh.put(secrets.token_bytes(32))
        row, _made = ActorKey.objects.get_or_create(
            user=user.pk, defaults={"key_id": fresh.key_id, "token": fresh.token}
        )
    key = row.key()
    name = str(user).encode()[:NAME_BYTES].decode(errors="ignore") if key is not None else ""
    return SEALED + (encrypt(key, name.encode(), belongs_to(user.pk)) if key is not None else "")


@transaction.atomic
def forget_actor(user: Any) -> None:
    """Destroy the key of a login's names: what the log says of its acts stays, who it was does not."""
    ActorKey.objects.update_or_create(user=user.pk, defaults={"key_id": "", "token": ""})


def reseal_actors() -> int:
    """Seal the keys of names with the ring's current key; part of a rotation. How many."""
    rows = list(ActorKey.objects.exclude(token="").order_by("pk").select_for_update())
    for row in rows:
        key = row.key()
        if key is not None:
            row.put(key)
            row.save(update_fields=["key_id", "token"])
    return len(rows)


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
