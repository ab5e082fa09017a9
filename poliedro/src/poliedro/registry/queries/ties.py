"""What ties a person to bodies and clusters, told to `accounts` for conflicts of interest; who holds funding roles."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from poliedro.accounts.models import Person, Tie
from poliedro.accounts.rules import LOOK_BACK_DAYS, Through, TieFact, TieKind
from poliedro.registry.models import Cluster, Delegation, Mandate, Office, Organisation, StaffAssignment
from poliedro.registry.rules.permissions import Form, funding_roles


def ties_told(person: Person, since: date, on: date) -> list[TieFact]:
    """Clusters that the person manages, bodies that the person works or acts for, and what the employers manage."""
    until = on + timedelta(days=1)
    found: list[TieFact] = []
    offices = Office.objects.known().overlapping(since, until).filter(person=person)
    bodies: set[int] = set()
    for body, start, end in offices.values_list("organisation_id", "valid_from", "valid_to"):
        found.append(TieFact(TieKind.WORKS_FOR, f"organisation:{body}", start or date.min, end))
    staff = StaffAssignment.objects.known().overlapping(since, until).filter(person=person)
    for cluster, body, management, start, end in staff.values_list(
        "cluster__key", "body__organisation_id", "body_id", "valid_from", "valid_to"
    ):
        bodies.add(management)
        found.append(TieFact(TieKind.MANAGES, f"cluster:{cluster}", start or date.min, end))
        found.append(TieFact(TieKind.WORKS_FOR, f"organisation:{body}", start or date.min, end))
    delegations = Delegation.objects.known().overlapping(since, until).filter(person=person)
    for body, start, end in delegations.values_list("organisation_id", "valid_from", "valid_to"):
        found.append(TieFact(TieKind.ACTS_FOR, f"organisation:{body}", start or date.min, end))
    if bodies:
        mandates = Mandate.objects.known().overlapping(since, until).filter(body__in=bodies)
        for cluster, start, end in mandates.values_list("cluster__key", "valid_from", "valid_to"):
            found.append(TieFact(TieKind.MANAGES, f"cluster:{cluster}", start or date.min, end, Through.EMPLOYER))
    return found


def subject_told(words: str) -> str | None:
    """The key of a cluster or organisation of the register by its key or name; None where there is none."""
    kind, _colon, key = words.partition(":")
    if kind == "cluster" and key:
        return words if Cluster.objects.filter(key=key).exists() else None
    if kind == "organisation" and key.isascii() and key.isdecimal() and len(key) < 10:
        return f"organisation:{int(key)}" if Organisation.objects.filter(pk=int(key)).exists() else None
    cluster = Cluster.objects.filter(key=words.lower()).first() or Cluster.objects.filter(name__iexact=words).first()
    if cluster is not None:
        return f"cluster:{cluster.key}"
    body = Organisation.objects.filter(name__iexact=words).order_by("pk").first()
    return f"organisation:{body.pk}" if body else None


def places_told(person: Person, on: date) -> list[tuple[str, str]]:
    """(employer key, unit) of the person's offices on a day."""
    rows = Office.objects.known().active_on(on).filter(person=person).values_list("organisation_id", "unit")
    return [(f"organisation:{body}", unit) for body, unit in rows]


def held_funding_role(user: Any, form: Form, on: date) -> bool:
    """Whether the user holds a funding role on the day, or held one within the look-back period, in any cluster.

    One query of offices of the register, and of what the funding room stated in `accounts` (evaluations, decisions).
    """
    since, until = on - timedelta(days=LOOK_BACK_DAYS), on + timedelta(days=1)
    names = [role.value for role in funding_roles(form)]
    offices = Office.objects.known().overlapping(since, until).filter(person=OuterRef("pk"), function__in=names)
    ties = Tie.objects.filter(person=OuterRef("pk"), kind=TieKind.FUNDS.value, valid_from__lte=on)
    either = Exists(offices) | Exists(ties.exclude(valid_to__lte=since))
    return Person.objects.filter(either, user=user).exists()


def funding_people(form: Form, on: date) -> set[int]:
    """Keys of the people for whom `held_funding_role` holds. Two queries."""
    since, until = on - timedelta(days=LOOK_BACK_DAYS), on + timedelta(days=1)
    names = [role.value for role in funding_roles(form)]
    offices = Office.objects.known().overlapping(since, until).filter(function__in=names)
    funds = Tie.objects.filter(kind=TieKind.FUNDS.value, valid_from__lte=on).exclude(valid_to__lte=since)
    return {*offices.values_list("person_id", flat=True), *funds.values_list("person_id", flat=True)}
