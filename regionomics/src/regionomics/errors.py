"""What the library refuses or warns of, always with the value at fault and the remedy."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class RegionomicsError(Exception):
    """Any refusal of this library."""


class InvalidTable(RegionomicsError, ValueError):
    """The table breaks a rule of the function: a duplicate, a negative, a null, a missing column, an empty place."""


class InvalidParameter(RegionomicsError, ValueError):
    """A parameter has a value that the function does not know."""


class NoSupport(RegionomicsError):
    """The data cannot answer the question; the message says what is missing."""


class MissingDependency(RegionomicsError, ImportError):
    """An optional package is needed for this function; the message names the extra to install."""


class RegionomicsWarning(UserWarning):
    """The answer holds, but not for everything asked: dropped rows, disconnected groups, no convergence."""


class InputWarning(RegionomicsWarning):
    """The table holds what cannot be answered for: an empty place, an activity of nobody, a single place, groups that
    share nothing. See Note [Null is said] in `unknown`."""


_OURS = ("regionomics", "contextlib")  # whose lines a caller does not want to see
_GROUP: ContextVar[str] = ContextVar("group of a panel", default="")


_HELD: ContextVar[list[tuple[str, str]] | None] = ContextVar("warnings of the groups of a panel", default=None)


def warn(message: str, category: type[RegionomicsWarning] = RegionomicsWarning) -> None:
    """Warn the caller of the library, at the line that called it; within a panel with the group named."""
    held = _HELD.get()
    if category is InputWarning and held is not None:
        held.append((message, _GROUP.get()))
        return
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _OURS:
        level, frame = level + 1, frame.f_back
    group = _GROUP.get()
    warnings.warn(f"{message} (in {group})" if group else message, category, stacklevel=level)


@contextmanager
def once_a_call() -> Iterator[None]:
    """Say in one warning what the parts of a call have to say about its table, each thing once; of the groups of a
    panel the first is named and the others are counted."""
    if _HELD.get() is not None:  # inside another call of ours, which will say it
        yield
        return
    held: list[tuple[str, str]] = []
    token = _HELD.set(held)
    try:
        yield
    finally:
        _HELD.reset(token)
    if held:
        group = held[0][1]
        message = "; ".join(dict.fromkeys(text for text, where in held if where == group))
        others = len({where for _, where in held} - {group})
        more = f", and the like in {others} more group{'s' if others > 1 else ''}" if others else ""
        warn(f"{message} (in {group}{more})" if group else message, InputWarning)


@contextmanager
def said_by_the_call() -> Iterator[None]:
    """What a part of a call would say of its table is left unsaid: the call says it better itself, with the period."""
    token = _HELD.set([])
    try:
        yield
    finally:
        _HELD.reset(token)


@contextmanager
def naming_group(group: Mapping[str, Any]) -> Iterator[None]:
    """Refusals and warnings from inside say which group of a panel (year -> 2020, country -> IT) they are about."""
    where = ", ".join(f"{key}={value}" for key, value in group.items())
    token = _GROUP.set(where)
    try:
        yield
    except (InvalidTable, NoSupport) as error:
        counted = ", rows counted there" if " in row " in str(error) else ""
        raise type(error)(f"{error} (in {where}{counted})") from error
    finally:
        _GROUP.reset(token)
