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


_GROUP: ContextVar[str] = ContextVar("group of a panel", default="")


def warn(message: str) -> None:
    """Warn the caller of the library, at the line that called it; within a panel with the group named."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "regionomics":
        level, frame = level + 1, frame.f_back
    group = _GROUP.get()
    warnings.warn(f"{message} (in {group})" if group else message, RegionomicsWarning, stacklevel=level)


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
