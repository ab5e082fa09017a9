"""What a serving process gets ready in the background as soon as it starts, so that no reader waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Thread

from django.db import connections

log = logging.getLogger(__name__)
_READY: dict[str, Callable[[], object]] = {}


def warm(name: str, work: Callable[[], object]) -> None:
    """Register what a process reads into memory before it is asked for, such as "matchmaking.index"."""
    _READY[name] = work


def start_warming() -> Thread:
    """Get everything ready in a thread of its own; what fails is logged and read when it is first asked for."""
    thread = Thread(target=_warm_all, name="warming", daemon=True)
    thread.start()
    return thread


def _warm_all() -> None:
    for name, work in sorted(_READY.items()):
        try:
            work()
        except Exception:  # a page that needs it says what is wrong; the others are served all the same
            log.warning("%s was not got ready", name, exc_info=True)
    connections.close_all()
