"""What of the surveys needs a person now: sheets begun, campaigns closing, follow-ups due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.registry.queries.roles import managed_keys
from poliedro.shared.todos import Todo
from poliedro.surveys.models import Campaign, FollowUp, Sheet
from poliedro.surveys.queries.campaigns import unanswered_by_campaign
from poliedro.surveys.queries.sheets import bodies_of

CLOSING = timedelta(days=21)
"""A campaign that closes within this time is to be chased."""
AGAIN = timedelta(days=365)
"""A self-assessment is worth doing again after this time."""


def survey_todos(user: Any, today: date) -> Iterable[Todo]:
    yield from _own(user, today)
    clusters = managed_keys(user)
    if clusters:
        yield from _running(Q(cluster__in=clusters), "surveys:campaign", today)
    if user.has_perm("surveys.run_region_campaigns"):
        yield from _running(Q(cluster=None), "surveys:region_campaign", today)


def _running(whose: Q, page: str, today: date) -> Iterable[Todo]:
    """Campaigns that close soon with answers missing, and what was to follow. Three queries."""
    campaigns = {c.pk: c for c in Campaign.objects.filter(whose).order_by("closes_on", "pk")}
    open_ = unanswered_by_campaign(list(campaigns))
    for campaign in campaigns.values():
        n = open_.get(campaign.pk, 0)
        if n and campaign.opens_on <= today <= campaign.closes_on <= today + CLOSING:
            yield Todo(
                f"surveys.campaign:{campaign.pk}",
                _("%(name)s closes soon") % {"name": campaign.name},
                ngettext("%(n)d has not answered yet.", "%(n)d have not answered yet.", n) % {"n": n},
                reverse(page, args=[campaign.pk]),
                _("Remind them"),
                campaign.closes_on,
                _("surveys"),
            )
    due = FollowUp.objects.filter(campaign__in=campaigns, done_on=None).select_related("campaign")
    for follow_up in due.order_by("due_on", "pk"):
        yield Todo(
            f"surveys.follow_up:{follow_up.pk}",
            follow_up.text,
            _("After %(campaign)s") % {"campaign": follow_up.campaign.name},
            reverse(page, args=[follow_up.campaign_id]),
            _("See the campaign"),
            follow_up.due_on,
            _("surveys"),
        )


def _own(user: Any, today: date) -> Iterable[Todo]:
    """Sheets begun and not handed in; self-assessments of more than a year ago."""
    bodies = bodies_of(user)
    if not bodies:
        return
    rows = Sheet.objects.filter(organisation__in=bodies, campaign=None).select_related(
        "version__questionnaire", "organisation"
    )
    latest: dict[tuple[int, int], Sheet] = {}
    for sheet in rows.order_by("started_at", "pk"):
        if sheet.organisation_id is not None:
            latest[sheet.organisation_id, sheet.version.questionnaire_id] = sheet
    for sheet in latest.values():
        if sheet.is_open:
            yield Todo(
                f"surveys.sheet:{sheet.pk}",
                _("Finish: %(title)s") % {"title": sheet.version.title},
                _("Begun for %(body)s; your answers are saved.") % {"body": sheet.organisation},
                reverse("surveys:section", args=[sheet.pk, 1]),
                _("Go on"),
                kind=_("self-assessments"),
            )
        elif sheet.submitted_at and sheet.submitted_at.date() + AGAIN <= today:
            yield Todo(
                f"surveys.again:{sheet.pk}",
                _("See what changed: %(title)s") % {"title": sheet.version.title},
                _("The last one of %(body)s is more than a year old.") % {"body": sheet.organisation},
                reverse("surveys:assessments"),
                _("Begin"),
                kind=_("self-assessments"),
                may_close=True,
            )
