"""Asking to join, answering, withdrawing. What is accepted becomes a spell by the one service that makes them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from poliedro.audit.services import record
from poliedro.registry.models import Cluster, MembershipApplication, MembershipSpell, Organisation
from poliedro.registry.queries.applications import letters_to
from poliedro.registry.rules.applications import (
    check_can_apply,
    check_is_waiting,
    check_reason,
    promised_by,
)
from poliedro.registry.services.imports.uploads import check_may
from poliedro.registry.services.members import join_cluster
from poliedro.shared.letters import write_letter
from poliedro.shared.spoken import short_day

State = MembershipApplication.State


@transaction.atomic
def apply_for_membership(
    *, organisation: Organisation, cluster: Cluster, category: str, motive: str, on: date, by: Any
) -> MembershipApplication:
    """Ask on the organisation's behalf; the managers get a letter. Raises NotPermitted, ApplicationRefused."""
    check_may(by, "registry.apply_for_membership", organisation)
    held = MembershipSpell.objects.known().filter(organisation=organisation, cluster=cluster)
    waiting = MembershipApplication.objects.filter(organisation=organisation, cluster=cluster, state=State.WAITING)
    check_can_apply(
        is_member=held.filter(Q(valid_to=None) | Q(valid_to__gt=on)).exists(),
        waits=waiting.exists(),
    )
    made = MembershipApplication.objects.create(
        organisation=organisation,
        cluster=cluster,
        category=category,
        motive=motive.strip(),
        asked_on=on,
        promised_on=promised_by(on),
        by=by,
        is_synthetic=organisation.is_synthetic,
    )
    record(
        by=by, verb="apply_for_membership", subject_kind="MembershipApplication", subject_key=made.pk,
        cluster=cluster.key,
    )  # fmt: skip
    for email, language in letters_to(cluster, on):
        with translation.override(language):
            write_letter(
                to=[email],
                subject=_("%(firm)s asks to join %(cluster)s") % {"firm": organisation, "cluster": cluster.name},
                text=_("An answer is promised by %(day)s.") % {"day": short_day(made.promised_on)},
                path=reverse("registry:application", args=[made.pk]),
            )
    return made


@transaction.atomic
def accept_application(
    *, application: MembershipApplication, on: date, category: str, fee_class: str, reason: str, today: date, by: Any
) -> MembershipSpell:
    """The organisation is a member from `on`. Raises NotPermitted, ApplicationRefused, MembershipRefused."""
    found = _waiting(application, by)
    spell = join_cluster(
        organisation=found.organisation, cluster=found.cluster, on=on, category=category, fee_class=fee_class, by=by
    )
    _decide(found, State.ACCEPTED, reason, today, by, spell=spell)
    return spell


@transaction.atomic
def refuse_application(
    *, application: MembershipApplication, reason: str, today: date, by: Any
) -> MembershipApplication:
    """The cluster says no, and why; the applicant reads it. Raises NotPermitted, ApplicationRefused."""
    check_reason(reason)
    return _decide(_waiting(application, by), State.REFUSED, reason, today, by)


@transaction.atomic
def withdraw_application(*, application: MembershipApplication, today: date, by: Any) -> MembershipApplication:
    """The organisation does not ask any more. Raises NotPermitted, ApplicationRefused."""
    check_may(by, "registry.apply_for_membership", application.organisation)
    found = MembershipApplication.objects.select_for_update().get(pk=application.pk)
    check_is_waiting(found.state)
    found.state, found.decided_on, found.decided_by = State.WITHDRAWN, today, by
    found.save(update_fields=["state", "decided_on", "decided_by"])
    record(by=by, verb="withdraw_application", subject_kind="MembershipApplication", subject_key=found.pk)
    return found


def _waiting(application: MembershipApplication, by: Any) -> MembershipApplication:
    check_may(by, "registry.manage_members", application.cluster)
    found = MembershipApplication.objects.select_for_update(of=("self",)).select_related("organisation", "cluster")
    row = found.get(pk=application.pk)
    check_is_waiting(row.state)
    return row


def _decide(
    found: MembershipApplication, state: str, reason: str, today: date, by: Any, spell: MembershipSpell | None = None
) -> MembershipApplication:
    found.state, found.reason, found.decided_on, found.decided_by, found.spell = state, reason.strip(), today, by, spell
    found.save(update_fields=["state", "reason", "decided_on", "decided_by", "spell"])
    record(by=by, verb=f"application_{state}", subject_kind="MembershipApplication", subject_key=found.pk)
    if found.by is not None and found.by.email:
        with translation.override(getattr(found.by, "language", "") or settings.LANGUAGE_CODE):
            said = {"firm": found.organisation, "cluster": found.cluster.name, "answer": found.get_state_display()}
            write_letter(
                to=[found.by.email],
                subject=_("%(firm)s and %(cluster)s: %(answer)s") % said,
                text=found.reason or _("Welcome. The cluster's managers will get in touch with you."),
                path=reverse("registry:own_memberships", args=[found.organisation_id]),
            )
    return found
