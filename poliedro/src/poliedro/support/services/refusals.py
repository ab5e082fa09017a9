"""Tries to get inside the wall that were refused: each is a row of the log, with who tried and where."""

from __future__ import annotations

from django.http import HttpRequest

from poliedro.audit.models import LogEntry
from poliedro.audit.services import record
from poliedro.registry.rules.permissions import CONFIDENTIAL
from poliedro.support.services.sealed import TRIES, record_sealed


def log_refusal(request: HttpRequest, permission: str) -> None:
    """Log a refused try at what is confidential. The row names the address that was asked for, never whether there is
    anything.

    # Note [A try from inside]
    Who has no business inside the wall and tries is named in the clear: nobody confides by being refused. A manager or
    a coach who is refused has mostly opened what was theirs a while ago: a case whose consent they took back, a need
    that they erased, a case that they handed on. Such a row would tell all that was sealed, so its actor is sealed, and
    the log tells its day alone; whose case it is reads the name.
    """
    if permission not in CONFIDENTIAL:
        return
    who, refused = request.user, LogEntry.Act.REFUSED
    if who.has_perm("support.confide"):
        record_sealed(by=who, act=refused, verb="try_the_wall", subject_kind=TRIES, subject_key=request.path)
        return
    record(
        by=who,
        act=refused,
        verb="try_the_wall",
        subject_kind="wall",
        subject_key=request.path,
        permission=permission,
        method=request.method,
    )
