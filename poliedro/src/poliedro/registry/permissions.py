"""Registers the permission matrix with Django, so that `user.has_perm("registry.import_members", cluster)` answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import rules
from django.utils import timezone

from poliedro.registry.queries.roles import roles_of, subject_of
from poliedro.registry.queries.ties import held_funding_role
from poliedro.registry.rules.permissions import CONFIDENTIAL, GRANTS, Form, Reach, RoleName, add_grants, can, grants_of
from poliedro.shared.region import region


def _ask(permission: str) -> Callable[[Any, Any], bool]:
    def allowed(user: Any, thing: Any = None) -> bool:
        form, roles = Form(region().form), roles_of(user)
        # Never kept on the user: a tie that was recorded a moment ago closes the wall at once.
        walled = permission in CONFIDENTIAL and bool(roles) and held_funding_role(user, form, timezone.localdate())
        return can(roles, permission, subject_of(thing), form, held_funding_role=walled)

    return allowed


def somewhere(permission: str) -> Callable[[Any], bool]:
    """Whether a role of the person has the permission for anything at all; for ways in, never for what they open."""

    def holds(user: Any) -> bool:
        granted = grants_of(Form(region().form))[permission]
        return any(role.name in granted for role in roles_of(user))

    return holds


def register_permissions(
    grants: dict[str, dict[RoleName, Reach]] | None = None,
    differences: dict[Form, dict[str, dict[RoleName, Reach | None]]] | None = None,
    confidential: Iterable[str] = (),
) -> None:
    """Make the matrix known to Django; a room above calls it from `ready` with its own part (its `rules`).

    confidential: permissions of that part that are inside the wall between coaching and funding.
    """
    add_grants(grants or {}, differences, confidential)
    for permission in GRANTS:
        if not rules.perm_exists(permission):
            rules.add_perm(permission, rules.predicate(_ask(permission), name=permission))
