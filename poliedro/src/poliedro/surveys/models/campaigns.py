"""Campaigns: a questionnaire put to some organisations from a day to a day, by a link that needs no account."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.registry.models import Cluster, Organisation
from poliedro.surveys.models.questionnaires import QuestionnaireVersion

SALT = "surveys.invitation"


class Campaign(models.Model):
    """cluster: whose managers run it; null: the region's."""

    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="campaigns")
    cluster = models.ForeignKey(
        Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="survey_campaigns"
    )
    name = models.CharField(max_length=150)
    opens_on = models.DateField()
    closes_on = models.DateField(help_text="Last day.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-opens_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")), name="surveys_campaign_closes_after_opening"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """One organisation, or one of a group, asked once. Its link carries its number, signed: nothing to keep secret."""

    class Group(models.TextChoices):
        MEMBER = "member", _("members")
        NON_MEMBER = "non_member", _("non-members")
        UNIVERSITY = "university", _("universities and research bodies")
        OWN = "own", _("the cluster's own staff")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="invitations")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="survey_invitations"
    )
    group = models.CharField(max_length=10, choices=Group, default=Group.MEMBER)
    stratum = models.CharField(
        max_length=20, blank=True, help_text="Size class on the day of inviting: what non-response is weighted by."
    )
    email = models.EmailField(blank=True)
    invited_on = models.DateField(default=timezone.localdate)
    written_on = models.DateField(null=True, blank=True, help_text="The letter with the link went out.")
    reminded_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "organisation", "group"],
                condition=Q(organisation__isnull=False),
                name="surveys_invitation_once",
            )
        ]

    @property
    def token(self) -> str:
        return signing.Signer(salt=SALT).sign(str(self.pk))


def invitation_number(token: str) -> int | None:
    """The number in an invitation's link; None where the link was not made here."""
    try:
        return int(signing.Signer(salt=SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None


class FollowUp(models.Model):
    """What a cluster does about what a campaign showed (R044)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="follow_ups")
    text = models.CharField(max_length=300)
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["due_on", "pk"]
