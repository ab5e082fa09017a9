"""Campaigns: opened with those invited, reminded of, followed up; aggregates of self-assessments, published."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from poliedro.accounts.models import Consent
from poliedro.audit.services import record
from poliedro.reference.models import StoredResult
from poliedro.registry.models import Cluster, Contact, MembershipSpell, Organisation, StaffAssignment
from poliedro.registry.queries.geography import in_region
from poliedro.registry.queries.memberships import FIRM_KINDS, members_of
from poliedro.registry.queries.prospects import prospects
from poliedro.registry.services.relations import purpose_key
from poliedro.shared.dated import Moment
from poliedro.shared.letters import write_letter
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.surveys.models import Campaign, FollowUp, Invitation, Questionnaire, QuestionnaireVersion, Sheet
from poliedro.surveys.queries.campaigns import unanswered
from poliedro.surveys.queries.sheets import definition_of
from poliedro.surveys.rules.shares import MINIMUM_CELL, mean_of
from poliedro.surveys.services.sheets import check_may

NON_MEMBERS = 60
"""Non-members that a campaign invites: the best-fitting prospects (the region's: of each cluster)."""
REMIND_BEFORE = timedelta(days=7)
"""So long before it closes the site reminds by itself."""
Group = Invitation.Group


@transaction.atomic
def open_campaign(
    *,
    cluster: Cluster,
    version: QuestionnaireVersion,
    name: str,
    opens_on: date,
    closes_on: date,
    groups: set[str],
    by: Any,
) -> Campaign:
    """A campaign with an invitation for each organisation of the groups, and one for each of the cluster's staff.

    An e-mail address is kept with an invitation only where the main contact consented to surveys; the others are handed
    their link. Raises NotPermitted.
    """
    check_may(by, "surveys.run_campaigns", cluster)
    campaign = Campaign(version=version, cluster=cluster, name=name, opens_on=opens_on, closes_on=closes_on, by=by)
    campaign.full_clean(exclude=["by"])
    campaign.save()
    moment, emails = Moment(opens_on), _emails(cluster)
    rows: list[Invitation] = []

    def invite(bodies: list[tuple[int, str]], group: str) -> None:
        rows.extend(
            Invitation(
                campaign=campaign, organisation_id=pk, group=group, stratum=size, email=emails.get(pk, ""),
                invited_on=opens_on,
            )
            for pk, size in bodies
        )  # fmt: skip

    members = list(members_of(cluster, moment).values_list("pk", "size_class"))
    if Group.MEMBER in groups:
        invite(members, Group.MEMBER)
    if Group.NON_MEMBER in groups:
        found = prospects(cluster, moment)[:NON_MEMBERS]
        invite([(p.organisation_id, p.size) for p in found], Group.NON_MEMBER)
    if Group.UNIVERSITY in groups:
        kinds = (Organisation.Kind.UNIVERSITY, Organisation.Kind.RESEARCH_BODY)
        of_cluster = MembershipSpell.objects.at(moment).filter(cluster=cluster, organisation=OuterRef("pk"))
        bodies = Organisation.objects.current().filter(in_region(), kind__in=kinds).filter(~Exists(of_cluster))
        invite([(pk, "") for pk in bodies.order_by("pk").values_list("pk", flat=True)[:NON_MEMBERS]], Group.UNIVERSITY)
    if Group.OWN in groups:
        staff = StaffAssignment.objects.at(moment).filter(cluster=cluster).values("person").distinct().count()
        rows.extend(Invitation(campaign=campaign, group=Group.OWN, invited_on=opens_on) for _ in range(staff))
    Invitation.objects.bulk_create(rows)
    record(
        by=by, verb="open_campaign", subject_kind="Campaign", subject_key=campaign.pk, cluster=cluster.key,
        invited=len(rows),
    )  # fmt: skip
    write_invitations(campaign=campaign, today=timezone.localdate())
    return campaign


@transaction.atomic
def open_region_campaign(
    *,
    version: QuestionnaireVersion,
    name: str,
    opens_on: date,
    closes_on: date,
    groups: set[str],
    by: Any,
) -> Campaign:
    """The region's campaign over all clusters: an organisation is asked once, whatever the number of its clusters.

    Raises NotPermitted.

    # Note [The region asks through the clusters]
    A contact said yes to surveys of a cluster, not of the region. So the region hands out no links and sees no address:
    the site writes to those who said yes to one of their clusters, on behalf of it.
    """
    check_may(by, "surveys.run_region_campaigns", None)
    campaign = Campaign(version=version, cluster=None, name=name, opens_on=opens_on, closes_on=closes_on, by=by)
    campaign.full_clean(exclude=["by", "cluster"])
    moment, clusters = Moment(opens_on), list(Cluster.objects.existing_on(opens_on).order_by("pk"))
    campaign.is_synthetic = bool(clusters) and all(c.is_synthetic for c in clusters)
    campaign.save()
    emails: dict[int, str] = {}
    for cluster in clusters:
        emails |= _emails(cluster)
    asked: dict[int, tuple[str, str]] = {}
    spells = MembershipSpell.objects.at(moment).filter(cluster__in=clusters)
    members = Organisation.objects.current().filter(Exists(spells.filter(organisation=OuterRef("pk"))))
    firms = Q(kind__in=FIRM_KINDS)
    if Group.MEMBER in groups:
        rows = members.filter(firms).order_by("pk").values_list("pk", "size_class")
        asked |= {pk: (Group.MEMBER, size) for pk, size in rows}
    if Group.UNIVERSITY in groups:
        kinds = (Organisation.Kind.UNIVERSITY, Organisation.Kind.RESEARCH_BODY)
        bodies = Organisation.objects.current().filter(in_region(), kind__in=kinds).order_by("pk")
        asked |= dict.fromkeys(bodies.values_list("pk", flat=True)[:NON_MEMBERS], (Group.UNIVERSITY, ""))
    if Group.NON_MEMBER in groups:
        inside = set(members.values_list("pk", flat=True))
        for cluster in clusters:
            for p in prospects(cluster, moment)[:NON_MEMBERS]:
                if p.organisation_id not in inside:
                    asked.setdefault(p.organisation_id, (Group.NON_MEMBER, p.size))
    Invitation.objects.bulk_create(
        Invitation(
            campaign=campaign, organisation_id=pk, group=group, stratum=size, email=emails.get(pk, ""),
            invited_on=opens_on,
        )
        for pk, (group, size) in sorted(asked.items())
    )  # fmt: skip
    record(
        by=by, verb="open_campaign", subject_kind="Campaign", subject_key=campaign.pk, cluster="", invited=len(asked)
    )
    write_invitations(campaign=campaign, today=timezone.localdate())
    return campaign


def check_may_run(by: Any, campaign: Campaign) -> None:
    """Raises NotPermitted: a cluster's campaign is its managers', the region's is the region's."""
    permission = "surveys.run_campaigns" if campaign.cluster is not None else "surveys.run_region_campaigns"
    check_may(by, permission, campaign.cluster)


def write_invitations(*, campaign: Campaign, today: date) -> int:
    """A letter with its link to everyone who has an address and was not written to, while it is open: how many."""
    if not campaign.opens_on <= today <= campaign.closes_on:
        return 0
    rows = list(campaign.invitations.filter(written_on=None).exclude(email=""))
    for row in rows:
        _write(row, campaign, first=True)
    Invitation.objects.filter(pk__in=[r.pk for r in rows]).update(written_on=today)
    return len(rows)


def _write(row: Invitation, campaign: Campaign, *, first: bool) -> None:
    """The letter in the site's language: a contact of an address book has no other."""
    with translation.override(settings.LANGUAGE_CODE):
        said = {
            "who": campaign.cluster.name if campaign.cluster else region().name,
            "what": campaign.version.title,
            "day": short_day(campaign.closes_on),
        }
        subject = _("%(who)s asks: %(what)s") if first else _("%(who)s still asks: %(what)s")
        write_letter(
            to=[row.email],
            subject=subject % said,
            text=_(
                "A few questions, answered without an account until %(day)s. You get this because you said yes to "
                "surveys of your cluster; tell its managers if you want no more of them."
            )
            % said,
            path=reverse("surveys:invited", args=[row.token]),
        )


def _emails(cluster: Cluster) -> dict[int, str]:
    """{organisation: address of its main contact, if that person consented to surveys of this cluster}."""
    agreed = Consent.objects.filter(
        person=OuterRef("person"), purpose=purpose_key(cluster, "surveys"), withdrawn_at=None
    )
    rows = Contact.objects.filter(cluster=cluster, ended_on=None).filter(Exists(agreed)).exclude(person__email="")
    return dict(rows.order_by("is_main", "pk").values_list("organisation", "person__email"))


@transaction.atomic
def remind_unanswered(*, campaign: Campaign, on: date, by: Any) -> int:
    """Write again to those who have not answered and have an address, and mark all of them as reminded on the day.
    Returns how many. Raises NotPermitted."""
    check_may_run(by, campaign)
    rows = unanswered(campaign)
    n = _remind(campaign, rows, on)
    record(by=by, verb="remind_unanswered", subject_kind="Campaign", subject_key=campaign.pk, reminded=n)
    return n


def _remind(campaign: Campaign, rows: QuerySet[Invitation], on: date) -> int:
    found = list(rows)
    for row in found:
        if row.email:
            _write(row, campaign, first=False)
    return Invitation.objects.filter(pk__in=[r.pk for r in found]).update(reminded_on=on)


def write_due(today: date) -> str:
    """The daily round: letters of campaigns that open today, and one reminder a week before they close."""
    running = Campaign.objects.filter(opens_on__lte=today, closes_on__gte=today).select_related(
        "cluster", "version__questionnaire"
    )
    first = again = 0
    for campaign in running.order_by("pk"):
        with transaction.atomic():
            first += write_invitations(campaign=campaign, today=today)
            last_week = campaign.closes_on - REMIND_BEFORE <= today and campaign.opens_on < today
            if last_week:
                rows = unanswered(campaign).exclude(email="").filter(written_on__lt=today)
                again += _remind(campaign, rows.filter(reminded_on=None), today)
    return f"{first} invitations and {again} reminders written"


@transaction.atomic
def add_follow_up(*, campaign: Campaign, text: str, due_on: date, by: Any) -> FollowUp:
    """What the cluster does about a result, and by when. Raises NotPermitted."""
    check_may_run(by, campaign)
    made = FollowUp.objects.create(campaign=campaign, text=text, due_on=due_on, by=by)
    record(by=by, verb="add_follow_up", subject_kind="FollowUp", subject_key=made.pk)
    return made


@transaction.atomic
def settle_follow_up(*, follow_up: FollowUp, on: date, by: Any) -> FollowUp:
    """It was done. Raises NotPermitted."""
    check_may_run(by, follow_up.campaign)
    follow_up.done_on = on
    follow_up.save(update_fields=["done_on"])
    record(by=by, verb="settle_follow_up", subject_kind="FollowUp", subject_key=follow_up.pk)
    return follow_up


@transaction.atomic
def publish_aggregates(*, cluster: Cluster, today: date, by: Any = None) -> int:
    """Scores of the members' latest self-assessments, over at least five firms. Returns how many were published anew.

    # Note [Looking twice]
    A new mean beside the last one would tell the firm that came between. So a new one is published only once at least
    five firms are other ones, or answered anew.
    """
    members = set(members_of(cluster, Moment(today)).values_list("pk", flat=True))
    latest: dict[int, dict[int, Sheet]] = defaultdict(dict)
    sheets = (
        Sheet.objects.filter(
            organisation__in=members,
            campaign=None,
            submitted_at__isnull=False,
            version__questionnaire__kind=Questionnaire.Kind.SELF_ASSESSMENT,
        )
        .select_related("version__questionnaire")
        .order_by("submitted_at", "pk")
    )
    for sheet in sheets:
        if sheet.organisation_id is not None:
            latest[sheet.version.questionnaire_id][sheet.organisation_id] = sheet
    published = 0
    for own in latest.values():
        newest = max(own.values(), key=lambda s: s.version.version).version
        chosen = sorted(s.pk for s in own.values())
        key = f"assess-{cluster.key}-{newest.questionnaire.key}"[:60]
        before = StoredResult.objects.filter(key=key).order_by("-computed_at").first()
        seen = set(before.parameters["sheets"]) if before else set()
        if len(chosen) < MINIMUM_CELL or len(set(chosen) ^ seen) < MINIMUM_CELL:
            continue
        StoredResult.objects.create(
            key=key,
            payload=_aggregate(newest, list(own.values())),
            inputs_checksum=hashlib.sha256(json.dumps(chosen).encode()).hexdigest(),
            parameters={"sheets": chosen},
            certainty="synthetic" if any(s.is_synthetic for s in own.values()) else "reported",
            source_names="",
        )
        published += 1
    if published:
        record(by=by, verb="publish_aggregates", subject_kind="cluster", subject_key=cluster.key, published=published)
    return published


def _aggregate(version: QuestionnaireVersion, sheets: list[Sheet]) -> dict[str, Any]:
    definition = definition_of(version)

    def mean(values: list[float | None]) -> dict[str, Any]:
        share = mean_of([(v, 1.0) for v in values if v is not None])
        return {
            "n": share.n,
            "mean": None if share.weighted is None else round(100 * share.weighted, 1),
            "low": None if share.low is None else round(100 * share.low, 1),
            "high": None if share.high is None else round(100 * share.high, 1),
        }

    results = [s.result or {} for s in sheets]
    return {
        "questionnaire": definition.key,
        "title": dict(definition.title),
        "n": len(sheets),
        "total": mean([r.get("total") for r in results]),
        "dimensions": [
            {
                "key": d.key,
                "title": dict(d.title),
                **mean([r.get("dimensions", {}).get(d.key, {}).get("value") for r in results]),
            }
            for d in definition.dimensions
        ],
    }


def publish_all(today: date) -> str:
    """Once a day: the aggregates of every cluster."""
    n = sum(publish_aggregates(cluster=c, today=today) for c in Cluster.objects.existing_on(today))
    return f"{n} aggregates published"
