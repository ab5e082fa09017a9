"""Joining, renewing, changing category, leaving: each a new fact, so that what was known before stays known."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from poliedro.registry.models import Cluster, MembershipSpell, Organisation, OutreachContact
from poliedro.registry.rules.members import check_can_end, check_can_join, check_can_renew
from poliedro.registry.services.facts import correct_fact, record_fact
from poliedro.registry.services.imports.uploads import check_may
from poliedro.registry.services.region_setup import ensure_source


@transaction.atomic
def join_cluster(
    *,
    organisation: Organisation,
    cluster: Cluster,
    on: date,
    category: str,
    fee_class: str,
    by: Any,
    until: date | None = None,
) -> MembershipSpell:
    """The organisation is a member from a day on. Prospects of the cluster's campaigns that join are marked so.

    Raises:
        NotPermitted. MembershipRefused: it is a member on that day or later.
    """
    check_may(by, "registry.manage_members", cluster)
    held = MembershipSpell.objects.known().filter(organisation=organisation, cluster=cluster)
    check_can_join(held.order_by("valid_from").values_list("valid_from", "valid_to"), on)
    source = ensure_source("member-entries")
    spell = record_fact(
        MembershipSpell(
            organisation=organisation,
            cluster=cluster,
            category=category,
            fee_class=fee_class,
            valid_from=on,
            valid_to=until,
            source=source,
            certainty=source.certainty,
        ),
        by=by,
    )
    OutreachContact.objects.filter(organisation=organisation, campaign__cluster=cluster, added_on__lte=on).exclude(
        state="joined"
    ).update(state="joined", reason="", next_on=None)
    return spell


@transaction.atomic
def renew_membership(*, spell: MembershipSpell, until: date | None, by: Any) -> MembershipSpell:
    """A membership with an end goes on to a later day, or without end. Raises NotPermitted, MembershipRefused."""
    check_may(by, "registry.manage_members", spell.cluster)
    assert spell.valid_from is not None  # a constraint of the table
    check_can_renew(spell.valid_from, spell.valid_to, until)
    renewed: MembershipSpell = correct_fact(spell, by=by, valid_to=until, leave_reason="")
    return renewed


@transaction.atomic
def change_membership(*, spell: MembershipSpell, on: date, category: str, fee_class: str, by: Any) -> MembershipSpell:
    """From a day on the member has another category or fee class: the spell ends there and one more begins, which is
    neither an exit nor an entry. Raises NotPermitted, MembershipRefused."""
    check_may(by, "registry.manage_members", spell.cluster)
    assert spell.valid_from is not None
    if on == spell.valid_from:
        changed: MembershipSpell = correct_fact(spell, by=by, category=category, fee_class=fee_class)
        return changed
    check_can_end(spell.valid_from, spell.valid_to, on)
    until, reason = spell.valid_to, spell.leave_reason
    correct_fact(spell, by=by, valid_to=on, leave_reason="")
    source = ensure_source("member-entries")
    return record_fact(
        MembershipSpell(
            organisation=spell.organisation,
            cluster=spell.cluster,
            category=category,
            fee_class=fee_class,
            valid_from=on,
            valid_to=until,
            leave_reason=reason,
            source=source,
            certainty=source.certainty,
        ),
        by=by,
    )


@transaction.atomic
def leave_cluster(*, spell: MembershipSpell, on: date, reason: str, by: Any) -> MembershipSpell:
    """The membership ends: `on` is the first day outside. Raises NotPermitted, MembershipRefused."""
    check_may(by, "registry.manage_members", spell.cluster)
    assert spell.valid_from is not None
    check_can_end(spell.valid_from, spell.valid_to, on)
    ended: MembershipSpell = correct_fact(spell, by=by, valid_to=on, leave_reason=reason)
    return ended
