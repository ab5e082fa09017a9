"""Delegations and offices: who may act for whom, from when to when."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from poliedro.accounts.models import Person
from poliedro.reference.models import Source
from poliedro.registry.models import Cluster, Delegation, Office, Organisation
from poliedro.registry.queries.roles import roles_of, subject_of
from poliedro.registry.rules.permissions import Form, check_can
from poliedro.registry.services.facts import correct_fact, record_fact
from poliedro.shared.region import region


def _check(by: Any, permission: str, thing: Any) -> None:
    check_can(roles_of(by), permission, subject_of(thing), Form(region().form))


@transaction.atomic
def grant_delegation(
    *,
    organisation: Organisation,
    person: Person,
    scope: str,
    valid_from: date,
    valid_to: date | None,
    source: Source,
    by: Any,
) -> Delegation:
    """Let `person` act for `organisation` from a day on. Raises NotPermitted unless `by` may delegate for it."""
    _check(by, "registry.grant_delegation", organisation)
    return record_fact(
        Delegation(
            organisation=organisation,
            person=person,
            scope=scope,
            valid_from=valid_from,
            valid_to=valid_to,
            granted_by=getattr(by, "person", None),
            source=source,
            certainty=source.certainty,
        ),
        by=by,
    )


@transaction.atomic
def end_delegation(*, delegation: Delegation, on: date, by: Any) -> Delegation:
    """`delegation` no longer holds from the day `on`. Raises NotPermitted."""
    _check(by, "registry.grant_delegation", delegation.organisation)
    ended: Delegation = correct_fact(delegation, by=by, valid_to=on)
    return ended


@transaction.atomic
def appoint_officer(
    *,
    person: Person,
    organisation: Organisation,
    function: str,
    valid_from: date,
    valid_to: date | None,
    source: Source,
    by: Any,
    cluster: Cluster | None = None,
) -> Office:
    """Give `person` a function at `organisation`. Raises NotPermitted unless `by` may appoint."""
    _check(by, "registry.appoint_officers", None)
    return record_fact(
        Office(
            person=person,
            organisation=organisation,
            function=function,
            valid_from=valid_from,
            valid_to=valid_to,
            cluster=cluster,
            source=source,
            certainty=source.certainty,
        ),
        by=by,
    )
