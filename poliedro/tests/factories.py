"""The least valid object of each kind. Facts take their source from `source()`."""

from __future__ import annotations

from datetime import date
from typing import Any

from poliedro.accounts.models import Person, User
from poliedro.reference.models import Classification, Code, Source, Territory
from poliedro.registry.models import (
    Cluster,
    Delegation,
    Lineage,
    ManagementOrganisation,
    Mandate,
    MembershipSpell,
    Office,
    Organisation,
    StaffAssignment,
)


def source(key: str = "test", certainty: str = "reported", **fields: Any) -> Source:
    return Source.objects.get_or_create(
        key=key, defaults={"name": f"Source {key}", "publisher": "Test", "certainty": certainty, **fields}
    )[0]


def territory(code: str = "ITC11", name: str = "Torino", level: str = "nuts3", **fields: Any) -> Territory:
    return Territory.objects.get_or_create(code=code, version="2016", level=level, defaults={"name": name, **fields})[0]


def code(code: str = "62.01", key: str = "nace", version: str = "2", label: str = "", **fields: Any) -> Code:
    classification, _ = Classification.objects.get_or_create(
        key=key, version=version, defaults={"name": f"{key} {version}"}
    )
    return Code.objects.get_or_create(
        classification=classification, code=code, defaults={"label": label or f"Class {code}", **fields}
    )[0]


def organisation(name: str = "Officine Prova S.r.l.", kind: str = "enterprise", **fields: Any) -> Organisation:
    fields.setdefault("source", source())
    fields.setdefault("certainty", fields["source"].certainty)
    return Organisation.objects.create(name=name, kind=kind, **fields)


def cluster(key: str = "agrifood", **fields: Any) -> Cluster:
    fields.setdefault("name", key.title())
    fields.setdefault("founded_on", date(2009, 1, 1))
    return Cluster.objects.get_or_create(key=key, defaults=fields)[0]


def membership(
    organisation: Organisation, cluster: Cluster, start: date = date(2010, 1, 1), end: date | None = None, **fields: Any
) -> MembershipSpell:
    return MembershipSpell.objects.create(
        organisation=organisation, cluster=cluster, valid_from=start, valid_to=end, **_sourced(fields)
    )


def management(name: str = "Ente Gestore Prova") -> ManagementOrganisation:
    return ManagementOrganisation.objects.create(organisation=organisation(name, kind="management_body"))


def mandate(
    cluster: Cluster,
    body: ManagementOrganisation,
    start: date = date(2010, 1, 1),
    end: date | None = None,
    **fields: Any,
) -> Mandate:
    return Mandate.objects.create(cluster=cluster, body=body, valid_from=start, valid_to=end, **_sourced(fields))


def lineage(predecessor: Cluster, successor: Cluster, on: date = date(2015, 7, 1), **fields: Any) -> Lineage:
    return Lineage.objects.create(predecessor=predecessor, successor=successor, on=on, **_sourced(fields))


def user(email: str = "someone@test.example", name: str = "Someone") -> User:
    person_user = User.objects.create_user(email, "a long test password", name=name)
    Person.objects.create(user=person_user, name=name, email=email)
    return person_user


def manager_of(cluster: Cluster, email: str = "manager@test.example") -> User:
    """A user with a staff assignment under a current mandate: a cluster manager today."""
    login = user(email, name=f"Manager of {cluster.name}")
    body = management(f"Body of {cluster.name} {email}")
    mandate(cluster, body)
    StaffAssignment.objects.create(
        body=body,
        cluster=cluster,
        person=login.person,
        role="manager",
        fte="1.000",
        valid_from=date(2010, 1, 1),
        **_sourced({}),
    )
    return login


def officer(function: str, email: str | None = None) -> User:
    """A user with an office at the region: regional_officer, funding_officer, data_steward, auditor ..."""
    login = user(email or f"{function}@test.example", name=function)
    Office.objects.create(
        person=login.person,
        organisation=organisation(f"Office of {function}", kind="public_authority"),
        function=function,
        valid_from=date(2010, 1, 1),
        **_sourced({}),
    )
    return login


def delegate_of(organisation: Organisation, email: str = "delegate@test.example") -> User:
    login = user(email, name=f"Delegate of {organisation.name}")
    Delegation.objects.create(
        person=login.person, organisation=organisation, valid_from=date(2010, 1, 1), **_sourced({})
    )
    return login


def _sourced(fields: dict[str, Any]) -> dict[str, Any]:
    fields.setdefault("source", source())
    fields.setdefault("certainty", fields["source"].certainty)
    return fields
