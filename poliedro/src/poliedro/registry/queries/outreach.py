"""Outreach: targets and where they stand, campaigns with their funnel, why firms stay outside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from poliedro.reference.models import Code
from poliedro.registry.models import (
    Cluster,
    MembershipSpell,
    MembershipTarget,
    Organisation,
    OutreachCampaign,
    OutreachContact,
    OutreachStep,
)
from poliedro.registry.queries.clusters import catchment
from poliedro.registry.queries.geography import provinces
from poliedro.registry.queries.memberships import FIRM_KINDS
from poliedro.registry.rules.outreach import Funnel, funnel
from poliedro.registry.rules.prospects import SMALL
from poliedro.shared.dated import Moment


def present_value(cluster: Cluster, aspect: str, on: date) -> int:
    """Members on the day of which a target speaks: all, outside the seat's province, micro and small, start-ups."""
    rows = MembershipSpell.objects.at(Moment(on)).filter(cluster=cluster)
    Aspect = MembershipTarget.Aspect
    if aspect == Aspect.SMALL:
        rows = rows.filter(organisation__size_class__in=SMALL, organisation__kind__in=FIRM_KINDS)
    elif aspect == Aspect.START_UP:
        rows = rows.filter(organisation__kind=Organisation.Kind.START_UP)
    elif aspect == Aspect.BEYOND:
        place, seat = provinces(), catchment(cluster, Moment(on)).seat
        held = rows.values_list("organisation", "organisation__territory").distinct()
        return len({o for o, t in held if seat and t in place and place[t][1] != seat})
    return rows.values("organisation").distinct().count()


@dataclass(frozen=True)
class TargetLine:
    """A target and where it stands. progress: share of the way from the baseline; expected: share of the time gone."""

    target: MembershipTarget
    now: int
    progress: float | None
    expected: float
    on_track: bool


def targets_of(cluster: Cluster, today: date) -> list[TargetLine]:
    lines = []
    for target in (
        MembershipTarget.objects.known().filter(cluster=cluster).select_related("cluster").order_by("due_on", "aspect")
    ):
        now = present_value(cluster, target.aspect, today)
        way = target.target - target.baseline
        progress = (now - target.baseline) / way if way else None
        length = (target.due_on - target.baseline_on).days
        expected = min(1.0, max(0.0, (today - target.baseline_on).days / length))
        lines.append(TargetLine(target, now, progress, expected, progress is None or progress >= expected - 0.05))
    return lines


def targets_of_all(today: date) -> list[TargetLine]:
    """The targets of every cluster that exists on the day, those behind first, the first due on top."""
    clusters = Cluster.objects.filter(pk__in=MembershipTarget.objects.known().values("cluster")).existing_on(today)
    lines = [line for c in clusters.order_by("position", "pk") for line in targets_of(c, today)]
    return sorted(lines, key=lambda t: (t.on_track, t.target.due_on, t.target.cluster.position, t.target.pk))


# Note [Joining follows from the register]
# Whoever is a member of the cluster has joined, also where a list brought the membership and nobody noted it on the
# contact. Members leave the list of those to call, and stay in the funnel.
def standing_contacts(today: date) -> QuerySet[OutreachContact]:
    """Contacts with `is_member`: whether the register has them as members of the campaign's cluster on the day."""
    spells = MembershipSpell.objects.known().active_on(today)
    ours = spells.filter(cluster=OuterRef("campaign__cluster"), organisation=OuterRef("organisation"))
    return OutreachContact.objects.annotate(is_member=Exists(ours))


def _standing(contacts: Iterable[OutreachContact]) -> list[OutreachContact]:
    """The contacts, those of members as joined. See Note [Joining follows from the register]."""
    found = list(contacts)
    for contact in found:
        if contact.is_member:  # type: ignore[attr-defined]
            contact.state, contact.reason, contact.next_on = OutreachContact.State.JOINED, "", None
    return found


def running_rounds(cluster: Cluster, today: date) -> list[OutreachCampaign]:
    """The rounds to which a prospect can be added on the day, latest first."""
    return list(OutreachCampaign.objects.filter(cluster=cluster, starts_on__lte=today, ends_on__gte=today))


@dataclass(frozen=True)
class CampaignLine:
    campaign: OutreachCampaign
    funnel: Funnel
    due: int
    """Contacts whose next step is due."""


def campaigns_of(cluster: Cluster, today: date) -> list[CampaignLine]:
    """Every campaign with its funnel, latest first. Three queries."""
    campaigns = list(OutreachCampaign.objects.filter(cluster=cluster))
    contacts: dict[int, list[OutreachContact]] = defaultdict(list)
    for contact in _standing(standing_contacts(today).filter(campaign__in=campaigns)):
        contacts[contact.campaign_id].append(contact)
    steps = _states([c.pk for own in contacts.values() for c in own])
    return [
        CampaignLine(
            campaign,
            funnel((c.state, c.reason, steps.get(c.pk, ())) for c in contacts[campaign.pk]),
            sum(c.next_on is not None and c.next_on <= today for c in contacts[campaign.pk]),
        )
        for campaign in campaigns
    ]


def _states(keys: Sequence[int]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = OutreachStep.objects.filter(contact__in=keys).order_by("on", "pk").values_list("contact", "state")
    for contact, state in rows:
        found[contact].append(state)
    return found


@dataclass(frozen=True)
class CampaignPage:
    """A campaign with its contacts, those due first, and its refusals by reason and size class, and by reason and
    division of NACE ("" where the activity is not known). contacts: those that are to be called; joined: the others."""

    campaign: OutreachCampaign
    contacts: list[OutreachContact]
    joined: list[OutreachContact]
    funnel: Funnel
    reasons: Mapping[tuple[str, str], int]
    by_industry: Mapping[tuple[str, str], int]


def campaign_page(campaign: OutreachCampaign, today: date) -> CampaignPage:
    rows = _standing(
        standing_contacts(today)
        .filter(campaign=campaign)
        .select_related("organisation__territory", "organisation__nace")
        .prefetch_related("steps")
    )
    order = {"interested": 0, "trial": 1, "contacted": 2, "listed": 3, "joined": 4, "refused": 5}
    rows.sort(key=lambda c: (c.next_on is None, c.next_on or date.max, order[c.state], -c.fit, c.pk))
    refused = [(c.reason, c.organisation) for c in rows if c.state == "refused"]
    reasons = Counter((reason, o.size_class) for reason, o in refused)
    by_industry = Counter((reason, o.nace.code[:2] if o.nace else "") for reason, o in refused)
    found = funnel((c.state, c.reason, [s.state for s in c.steps.all()]) for c in rows)
    open_, joined = [c for c in rows if c.state != "joined"], [c for c in rows if c.state == "joined"]
    return CampaignPage(campaign, open_, joined, found, reasons, by_industry)


def reached_by(cluster: Cluster) -> dict[int, OutreachContact]:
    """{organisation: its latest contact in any campaign of the cluster}. One query."""
    rows = OutreachContact.objects.filter(campaign__cluster=cluster).select_related("campaign").order_by("pk")
    return {c.organisation_id: c for c in rows}


def division_names(codes: Collection[str]) -> dict[str, str]:
    """{two digits: label} of divisions of NACE Rev. 2. One query."""
    rows = Code.objects.filter(classification__key="nace", classification__version="2", level=2, code__in=codes)
    return dict(rows.order_by("code").values_list("code", "label"))
