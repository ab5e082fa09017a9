"""What the library refuses or warns of, always with the value at fault and the remedy."""

from __future__ import annotations


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
