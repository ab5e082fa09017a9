"""Reading the log and proving that it is whole."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from poliedro.audit.models import ActorKey, LogEntry
from poliedro.audit.rules import GENESIS, chain_hash
from poliedro.audit.words import kinds_alike
from poliedro.shared.vault import decrypt


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


_BY_DAY: set[str] = set()


def tell_by_day(*kinds_and_verbs: str) -> None:
    """Acts of these kinds of subject, and these verbs, are told by the day, apart from the rest: a moment beside other
    rows would tell who was at work then."""
    _BY_DAY.update(kinds_and_verbs)


def log_of(kind: str, key: str) -> tuple[QuerySet[LogEntry], bool]:
    """(rows of the log for its readers, whether they are told by the day alone).

    All but what is told by the day, newest first; or, where such a kind or verb is asked for, its rows by day, and
    within a day in no order of time.
    """
    told = Q(subject_kind__in=_BY_DAY) | Q(verb__in=_BY_DAY)
    by_day = kind in _BY_DAY
    rows = LogEntry.objects.filter(told) if by_day else LogEntry.objects.exclude(told)
    if kind:
        alike = kinds_alike(kind)
        rows = rows.filter(Q(subject_kind=kind) | Q(verb=kind)) if by_day else rows.filter(subject_kind__in=alike)
    if key:
        rows = rows.filter(subject_key=key)
    return (rows.order_by("-at__date", "verb", "hash") if by_day else rows.order_by("-pk")), by_day


def kinds_in_log() -> list[str]:
    """Kinds of subjects of which the log has rows, but those told by the day."""
    found = LogEntry.objects.exclude(subject_kind__in=_BY_DAY).order_by("subject_kind")
    return list(found.values_list("subject_kind", flat=True).distinct())


def kinds_by_day() -> list[str]:
    return sorted(_BY_DAY)


SEALED = "sealed:"
"""Before a sealed name in `actor_label`; what stands there without it is no person's."""


def belongs_to(user: int) -> str:
    return f"audit.actor:{user}"


def named(entries: Iterable[LogEntry]) -> list[LogEntry]:
    """The rows with `actor_name`: who acted, in words; "" where the person was erased. One query.

    See Note [Names in the log].
    """
    rows = list(entries)
    found = ActorKey.objects.filter(user__in={e.actor_id for e in rows if e.actor_id is not None})
    keys = {row.user: row.key() for row in found}
    for entry in rows:
        entry.actor_name = _name(entry, keys.get(entry.actor_id or 0))
    return rows


def _name(entry: LogEntry, key: bytes | None) -> str:
    if not entry.actor_label.startswith(SEALED):
        return entry.actor_label
    if key is None or entry.actor_id is None:
        return ""
    return decrypt(key, entry.actor_label.removeprefix(SEALED), belongs_to(entry.actor_id)).decode()


def reads_of(kind: str, key: object) -> QuerySet[LogEntry]:
    """Who read protected data of a subject, last first."""
    return LogEntry.objects.filter(act=LogEntry.Act.READ, subject_kind=kind, subject_key=str(key)).order_by("-pk")
