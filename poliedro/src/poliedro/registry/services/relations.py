"""The address book and the log of a cluster's managers: contacts, their consents, what was said and what follows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.accounts.models import Consent, Person
from poliedro.audit.services import record
from poliedro.registry.models import Cluster, Contact, Interaction, Organisation
from poliedro.registry.services.imports.uploads import check_may

PURPOSES = ("news", "events", "surveys", "introductions")
"""What a contact may consent to, each apart."""


class ContactExists(ValueError):
    """The person is a contact of this member already."""


def purpose_key(cluster: Cluster, purpose: str) -> str:
    """As `accounts.Consent` keeps it: consent is given to one cluster, not to all."""
    return f"cluster:{cluster.key}:{purpose}"


@transaction.atomic
def add_contact(
    *,
    cluster: Cluster,
    organisation: Organisation,
    name: str,
    email: str,
    by: Any,
    position: str = "",
    phone: str = "",
    is_main: bool = False,
) -> Contact:
    """Add a person to the address book; one with the same e-mail address is the same person.

    Raises:
        NotPermitted. ContactExists.
    """
    check_may(by, "registry.manage_members", cluster)
    person = Person.objects.filter(email__iexact=email).order_by("pk").first() if email else None
    if person is None:
        person = Person.objects.create(name=name, email=email)
    book = Contact.objects.filter(cluster=cluster, organisation=organisation, ended_on=None)
    if book.filter(person=person).exists():
        raise ContactExists(f"{person} is a contact of {organisation} already")
    if is_main:
        book.update(is_main=False)
    contact = Contact.objects.create(
        cluster=cluster, organisation=organisation, person=person, position=position, phone=phone, is_main=is_main
    )
    record(by=by, verb="add_contact", subject_kind="Contact", subject_key=contact.pk, cluster=cluster.key)
    return contact


@transaction.atomic
def end_contact(*, contact: Contact, on: date, by: Any) -> Contact:
    """The person is no longer a contact; consents given for this cluster end with it. Raises NotPermitted."""
    check_may(by, "registry.manage_members", contact.cluster)
    contact.ended_on, contact.is_main, contact.phone = on, False, ""
    contact.save(update_fields=["ended_on", "is_main", "phone"])
    keys = [purpose_key(contact.cluster, p) for p in PURPOSES]
    if not Contact.objects.filter(person=contact.person, cluster=contact.cluster, ended_on=None).exists():
        Consent.objects.filter(person=contact.person, purpose__in=keys, withdrawn_at=None).update(
            withdrawn_at=timezone.now()
        )
    record(by=by, verb="end_contact", subject_kind="Contact", subject_key=contact.pk)
    return contact


@transaction.atomic
def set_consents(
    *, contact: Contact, purposes: set[str], wording: str, by: Any, at: datetime | None = None
) -> dict[str, bool]:
    """Record to what the person said yes; what is not named is withdrawn. Returns what changed: purpose -> given.

    wording: what the person agreed to, kept with each consent. Raises NotPermitted.
    """
    check_may(by, "registry.manage_members", contact.cluster)
    moment, changed = at or timezone.now(), {}
    for purpose in PURPOSES:
        key = purpose_key(contact.cluster, purpose)
        held = Consent.objects.filter(person=contact.person, purpose=key, withdrawn_at=None)
        if purpose in purposes and not held.exists():
            Consent.objects.create(person=contact.person, purpose=key, given_at=moment, wording=wording)
            changed[purpose] = True
        elif purpose not in purposes and held.update(withdrawn_at=moment):
            changed[purpose] = False
    if changed:
        record(by=by, verb="set_consents", subject_kind="Contact", subject_key=contact.pk, changed=changed)
    return changed


@transaction.atomic
def record_interaction(
    *,
    cluster: Cluster,
    organisation: Organisation,
    channel: str,
    on: date,
    text: str,
    by: Any,
    contact: Contact | None = None,
    next_step: str = "",
    next_on: date | None = None,
) -> Interaction:
    """Note what was said, and what follows by when. The log of acts says that, not what. Raises NotPermitted."""
    check_may(by, "registry.manage_members", cluster)
    interaction = Interaction(
        cluster=cluster,
        organisation=organisation,
        contact=contact,
        channel=channel,
        on=on,
        text=text,
        next_step=next_step,
        next_on=next_on,
        by=by,
    )
    interaction.full_clean(exclude=["by"])
    interaction.save()
    record(
        by=by, verb="record_interaction", subject_kind="Interaction", subject_key=interaction.pk, cluster=cluster.key
    )
    return interaction


@transaction.atomic
def settle_next_step(*, interaction: Interaction, on: date, by: Any) -> Interaction:
    """The next step was taken. Raises NotPermitted."""
    check_may(by, "registry.manage_members", interaction.cluster)
    interaction.settled_on = on
    interaction.save(update_fields=["settled_on"])
    record(by=by, verb="settle_next_step", subject_kind="Interaction", subject_key=interaction.pk)
    return interaction
