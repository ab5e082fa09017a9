"""Registers the permission matrix with Django, so that `user.has_perm("registry.import_members", cluster)` answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import rules

from poliedro.registry.queries.roles import roles_of, subject_of
from poliedro.registry.rules.permissions import GRANTS, Form, can
from poliedro.shared.region import region


def _ask(permission: str) -> Callable[[Any, Any], bool]:
    def allowed(user: Any, thing: Any = None) -> bool:
        return can(roles_of(user), permission, subject_of(thing), Form(region().form))

    return allowed


def register_permissions() -> None:
    for permission in GRANTS:
        if not rules.perm_exists(permission):
            rules.add_perm(permission, rules.predicate(_ask(permission), name=permission))
