"""Reading the log and proving that it is whole."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from poliedro.audit.models import LogEntry
from poliedro.audit.rules import GENESIS, chain_hash


def first_broken_link() -> int | None:
    """The key of the first row whose content or predecessor was changed or deleted; None if the chain holds.

    A chain alone does not show that its last rows were cut off; the anchors outside the database do.
    """
    expected = GENESIS
    for entry in LogEntry.objects.order_by("pk").iterator():
        if entry.previous_hash != expected or chain_hash(entry.previous_hash, entry.content()) != entry.hash:
            return int(entry.pk)
        expected = entry.hash
    return lost_anchor()


def anchors_file() -> Path:
    """Where the last row of each day is noted, outside the database: a line of key and hash a day.

    Named after the log's first row, so that a new database begins anchors of its own.
    """
    first = LogEntry.objects.order_by("pk").values_list("hash", flat=True).first() or "empty"
    return Path(settings.VAR) / "audit" / f"anchors-{first[:16]}.txt"


def anchors() -> list[tuple[int, str]]:
    path = anchors_file()
    if not path.exists():
        return []
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return [(int(key), stamp) for key, stamp in lines]


def lost_anchor() -> int | None:
    """The key of the first anchored row that the log no longer holds as it was; None if all are there."""
    noted = anchors()
    there = dict(LogEntry.objects.filter(pk__in=[key for key, _stamp in noted]).values_list("pk", "hash"))
    return next((key for key, stamp in noted if there.get(key) != stamp), None)


def reads_of(kind: str, key: object) -> QuerySet[LogEntry]:
    """Who read protected data of a subject, last first."""
    return LogEntry.objects.filter(act=LogEntry.Act.READ, subject_kind=kind, subject_key=str(key)).order_by("-pk")
