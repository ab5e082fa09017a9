"""Reading the log and proving that it is whole."""

from __future__ import annotations

from poliedro.audit.models import LogEntry
from poliedro.audit.rules import GENESIS, chain_hash


def first_broken_link() -> int | None:
    """The key of the first row whose content or predecessor was changed or deleted; None if the chain holds."""
    expected = GENESIS
    for entry in LogEntry.objects.order_by("pk").iterator():
        if entry.previous_hash != expected or chain_hash(entry.previous_hash, entry.content()) != entry.hash:
            return int(entry.pk)
        expected = entry.hash
    return None
