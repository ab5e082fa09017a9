"""Who may write: asked once in each service. Nobody (None) stands for the system itself: the daily round, a loader."""

from __future__ import annotations

from typing import Any

from poliedro.registry.queries.roles import roles_of, subject_of
from poliedro.registry.rules.permissions import Form, check_can
from poliedro.shared.region import region


def check_may(by: Any, permission: str, thing: Any) -> None:
    """Raises NotPermitted unless the user holds the permission on the thing."""
    if by is not None:
        check_can(roles_of(by), permission, subject_of(thing), Form(region().form))
