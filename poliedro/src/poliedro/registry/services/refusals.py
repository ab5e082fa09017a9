"""Tries to get inside the wall that were refused: each is a row of the log, with who tried and where."""

from __future__ import annotations

from django.http import HttpRequest

from poliedro.audit.models import LogEntry
from poliedro.audit.services import record
from poliedro.registry.rules.permissions import CONFIDENTIAL


def log_refusal(request: HttpRequest, permission: str) -> None:
    """Log a refused try at what is confidential. The row names the address that was asked for, never whether there is
    anything, and whoever tried is named in the clear: nobody confides by being refused."""
    if permission in CONFIDENTIAL:
        record(
            by=request.user,
            act=LogEntry.Act.REFUSED,
            verb="try_the_wall",
            subject_kind="wall",
            subject_key=request.path,
            permission=permission,
            method=request.method,
        )
