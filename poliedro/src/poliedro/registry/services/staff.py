"""Who works for a cluster's management: assigned and ended by its managers (R011)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from poliedro.accounts.models import Person
from poliedro.reference.models import Source
from poliedro.registry.models import Cluster, ManagementOrganisation, Mandate, StaffAssignment
from poliedro.registry.queries.roles import roles_of, subject_of
from poliedro.registry.rules.permissions import Form, check_can
from poliedro.registry.services.facts import correct_fact, record_fact, retract_fact
from poliedro.shared.region import region


class NoMandate(ValueError):
    """The body does not manage the cluster on the first day of the assignment."""


def _check(by: Any, cluster: Cluster) -> None:
    check_can(roles_of(by), "registry.edit_roster", subject_of(cluster), Form(region().form))


@transaction.atomic
def assign_staff(
    *,
    cluster: Cluster,
    body: ManagementOrganisation,
    name: str,
    email: str,
    role: str,
    fte: Decimal,
    competences: str,
    valid_from: date,
    valid_to: date | None,
    source: Source,
    by: Any,
) -> StaffAssignment:
    """A person works for the cluster on behalf of the body from a day on. The person is found by the address, else
    entered without a login. Raises NotPermitted, NoMandate."""
    _check(by, cluster)
    if not Mandate.objects.known().active_on(valid_from).filter(cluster=cluster, body=body).exists():
        raise NoMandate(f"{body} does not manage {cluster} on {valid_from}; choose another body or day")
    person = Person.objects.filter(email__iexact=email).order_by("pk").first() if email else None
    person = person or Person.objects.create(name=name, email=email)
    return record_fact(
        StaffAssignment(
            cluster=cluster,
            body=body,
            person=person,
            role=role,
            fte=fte,
            competences=competences,
            valid_from=valid_from,
            valid_to=valid_to,
            source=source,
            certainty=source.certainty,
        ),
        by=by,
    )


@transaction.atomic
def end_assignment(*, assignment: StaffAssignment, on: date, by: Any) -> StaffAssignment:
    """The person no longer works for the cluster from the day `on`; up to the first day, never. Raises NotPermitted."""
    _check(by, assignment.cluster)
    if assignment.valid_from is not None and on <= assignment.valid_from:
        retract_fact(assignment, by=by)
        return assignment
    ended: StaffAssignment = correct_fact(assignment, by=by, valid_to=on)
    return ended
