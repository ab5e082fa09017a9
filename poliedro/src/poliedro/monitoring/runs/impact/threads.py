"""Parts of a study side by side, on the processors that there are."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock

from regionomics.errors import RegionomicsWarning


def together(*works: Callable[[], None]) -> None:
    """Does all of them, numbers at the same time (numpy lets other threads work meanwhile); raises what the first of
    them raised. They touch no database and no progress: both belong to the thread that called."""
    with ThreadPoolExecutor(min(len(works), os.cpu_count() or 1)) as pool:
        for work in [pool.submit(work) for work in works]:
            work.result()


@contextmanager
def quiet() -> Iterator[None]:
    """Warnings of single comparisons are meant to be read from the stored tables, which list what has no answer.

    What is warned of belongs to the process, not to a thread: it is put back when the last thread leaves.
    """
    _QUIET.enter()
    try:
        yield
    finally:
        _QUIET.leave()


class _Quiet:
    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0
        self._kept: warnings.catch_warnings[None]

    def enter(self) -> None:
        with self._lock:
            if not self._inside:
                self._kept = warnings.catch_warnings()
                self._kept.__enter__()
                warnings.simplefilter("ignore", RegionomicsWarning)
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._kept.__exit__(None, None, None)


_QUIET = _Quiet()
