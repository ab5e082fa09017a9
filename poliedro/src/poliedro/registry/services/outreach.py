"""Outreach: targets, campaigns, whom they list, and each contact made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.registry.models import (
    Cluster,
    MembershipTarget,
    OutreachCampaign,
    OutreachContact,
    OutreachStep,
)
from poliedro.registry.queries.outreach import present_value
from poliedro.registry.rules.outreach import check_can_record
from poliedro.registry.rules.prospects import Prospect
from poliedro.registry.services.facts import record_fact, retract_fact
from poliedro.registry.services.imports.uploads import check_may
from poliedro.registry.services.region_setup import ensure_source


@transaction.atomic
def set_target(*, cluster: Cluster, aspect: str, target: int, due_on: date, on: date, by: Any) -> MembershipTarget:
    """What the membership is to be by a day; the baseline is what it is on the day `on`. One for the same day replaces
    the earlier one, which stays known. Raises NotPermitted."""
    check_may(by, "registry.set_targets", cluster)
    for old in MembershipTarget.objects.known().filter(cluster=cluster, aspect=aspect, due_on=due_on):
        retract_fact(old, by=by)
    source = ensure_source("member-entries")
    return record_fact(
        MembershipTarget(
            cluster=cluster,
            aspect=aspect,
            baseline=present_value(cluster, aspect, on),
            baseline_on=on,
            target=target,
            due_on=due_on,
            valid_from=on,
            source=source,
            certainty=source.certainty,
        ),
        by=by,
    )


@transaction.atomic
def open_outreach(
    *, cluster: Cluster, name: str, goal: str, starts_on: date, ends_on: date, prospects: Iterable[Prospect], by: Any
) -> OutreachCampaign:
    """A campaign with those that it is to reach. Raises NotPermitted."""
    check_may(by, "registry.run_outreach", cluster)
    campaign = OutreachCampaign(cluster=cluster, name=name, goal=goal, starts_on=starts_on, ends_on=ends_on, by=by)
    campaign.full_clean(exclude=["by"])
    campaign.save()
    record(by=by, verb="open_outreach", subject_kind="OutreachCampaign", subject_key=campaign.pk, cluster=cluster.key)
    list_prospects(campaign=campaign, prospects=prospects, on=starts_on, by=by)
    return campaign


@transaction.atomic
def list_prospects(*, campaign: OutreachCampaign, prospects: Iterable[Prospect], on: date, by: Any) -> int:
    """Add prospects to a campaign; those listed stay as they are. Returns how many came. Raises NotPermitted."""
    check_may(by, "registry.run_outreach", campaign.cluster)
    listed = set(campaign.contacts.values_list("organisation", flat=True))
    made = OutreachContact.objects.bulk_create(
        [
            OutreachContact(campaign=campaign, organisation_id=p.organisation_id, fit=p.fit, added_on=on)
            for p in prospects
            if p.organisation_id not in listed
        ]
    )
    if made:
        record(by=by, verb="list_prospects", subject_kind="OutreachCampaign", subject_key=campaign.pk, listed=len(made))
    return len(made)


@transaction.atomic
def ask_prospects(*, cluster: Cluster, prospects: Iterable[Prospect], name: str, on: date, by: Any) -> OutreachCampaign:
    """Prospects that are asked one by one: they come into the round of that name, which is opened from the day to the
    end of its year where it is not there yet. Raises NotPermitted."""
    check_may(by, "registry.run_outreach", cluster)
    campaign = OutreachCampaign.objects.filter(cluster=cluster, name=name).first()
    if campaign is None:
        last = date(on.year, 12, 31)
        return open_outreach(
            cluster=cluster, name=name, goal="", starts_on=on, ends_on=last, prospects=prospects, by=by
        )
    list_prospects(campaign=campaign, prospects=prospects, on=on, by=by)
    return campaign


@transaction.atomic
def record_outreach(
    *,
    contact: OutreachContact,
    on: date,
    channel: str,
    state: str,
    by: Any,
    reason: str = "",
    offer: str = "",
    note: str = "",
    next_on: date | None = None,
) -> OutreachStep:
    """A try to reach the prospect, and what came of it. Raises NotPermitted, OutreachRefused."""
    cluster = contact.campaign.cluster
    check_may(by, "registry.run_outreach", cluster)
    check_can_record(state, reason, contact.state)
    step = OutreachStep.objects.create(
        contact=contact,
        on=on,
        channel=channel,
        state=state,
        reason=reason if state == "refused" else "",
        offer=offer,
        note=note,
        by=by,
    )
    contact.state, contact.reason, contact.next_on = state, step.reason, None if state == "refused" else next_on
    contact.offer = offer or contact.offer
    contact.save(update_fields=["state", "reason", "offer", "next_on"])
    record(
        by=by, verb="record_outreach", subject_kind="OutreachContact", subject_key=contact.pk, state=state,
        cluster=cluster.key,
    )  # fmt: skip
    return step
