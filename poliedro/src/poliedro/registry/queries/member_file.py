"""The file of one member: its spells, fees, contacts with their consents, what was said, projects and services."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from poliedro.accounts.models import Consent
from poliedro.registry.models import (
    Cluster,
    Contact,
    Delivery,
    FeeInvoice,
    FieldVisibility,
    Interaction,
    MembershipSpell,
    Organisation,
    OutreachContact,
    ProjectShare,
)
from poliedro.registry.queries.fees import invoices_of


@dataclass(frozen=True)
class ContactCard:
    """A contact and the purposes to which the person said yes, with the day."""

    contact: Contact
    consents: dict[str, date]


@dataclass(frozen=True)
class MemberFile:
    organisation: Organisation
    spells: list[MembershipSpell]
    current: MembershipSpell | None
    invoices: list[FeeInvoice]
    contacts: list[ContactCard]
    interactions: list[Interaction]
    outreach: list[OutreachContact]
    projects: list[Any]
    services: list[Delivery]

    @property
    def is_member(self) -> bool:
        return self.current is not None


def contacts_of(cluster: Cluster, organisation: Organisation) -> list[ContactCard]:
    """The contacts of today, the main one first; none where the organisation keeps them to itself. Three queries."""
    kept = organisation.visibilities.filter(field=FieldVisibility.Field.CONTACTS)
    if kept.filter(audience=FieldVisibility.Audience.NOBODY).exists():
        return []
    rows = list(
        Contact.objects.filter(cluster=cluster, organisation=organisation, ended_on=None).select_related("person")
    )
    prefix = f"cluster:{cluster.key}:"
    given: dict[int, dict[str, date]] = defaultdict(dict)
    consents = Consent.objects.filter(
        person__in=[c.person_id for c in rows], purpose__startswith=prefix, withdrawn_at=None
    ).order_by("pk")
    for consent in consents:
        given[consent.person_id][consent.purpose.removeprefix(prefix)] = consent.given_at.date()
    return [ContactCard(c, given.get(c.person_id, {})) for c in rows]


def member_file(cluster: Cluster, organisation: Organisation, today: date) -> MemberFile:
    """Everything that the cluster's managers have on an organisation, member or not. A constant number of queries."""
    spells = list(
        MembershipSpell.objects.known()
        .filter(cluster=cluster, organisation=organisation)
        .select_related("source")
        .order_by("-valid_from")
    )
    current = next(
        (
            s
            for s in spells
            if s.valid_from is not None and s.valid_from <= today and (s.valid_to is None or s.valid_to > today)
        ),
        None,
    )
    shares = (
        ProjectShare.objects.known()
        .filter(cluster=cluster, project__retracted_at=None)
        .filter(
            Q(
                project__participations__organisation=organisation,
                project__participations__retracted_at=None,
            )
        )
        .select_related("project")
        .order_by("-project__starts_on", "project")
        .distinct()
    )
    return MemberFile(
        organisation,
        spells,
        current,
        list(invoices_of(cluster).filter(organisation=organisation).order_by("-year", "-number")),
        contacts_of(cluster, organisation),
        list(
            Interaction.objects.filter(cluster=cluster, organisation=organisation).select_related(
                "by", "contact__person"
            )[:100]
        ),
        list(
            OutreachContact.objects.filter(campaign__cluster=cluster, organisation=organisation).select_related(
                "campaign"
            )
        ),
        [s.project for s in shares[:20]],
        list(
            Delivery.objects.known()
            .filter(client=organisation, cluster=cluster)
            .select_related("provider")
            .order_by("-delivered_on")[:20]
        ),
    )
