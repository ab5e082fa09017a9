"""The search of the single access point, for pages: reads the stored index, computes nothing anew."""

from __future__ import annotations

from collections import Counter
from typing import Any

from poliedro.matchmaking.queries.found import KINDS, Found, shown

DEEP = 5
"""Times as many hits are fetched as are shown: for what the reader may not see, and so that those nearby come up."""


def search(text: str, user: Any, limit: int, kind: str = "") -> list[Found]:
    """Who can help with a question, best first, each with its reasons; nothing where no index was built."""
    # The numeric libraries cost seconds to load; only who asks pays for them, once a process.
    from poliedro.matchmaking.runs.index import find

    kinds = (kind,) if kind in KINDS else ()
    return shown(find(text, limit * DEEP, kinds), user, limit)


def get_ready() -> None:
    """Read the stored index into memory, and all that reads a question; nothing where no index was built."""
    from poliedro.matchmaking.runs.index import current_index

    current_index()


def kinds_found(text: str) -> list[tuple[str, int]]:
    """How many of the best hundred hits are of each kind."""
    from poliedro.matchmaking.runs.index import find

    counts = Counter(hit.document.partition(":")[0] for hit in find(text, 100))
    return [(kind, counts[kind]) for kind in KINDS if counts[kind]]
