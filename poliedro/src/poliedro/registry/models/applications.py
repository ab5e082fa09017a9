"""Firms that ask to join a cluster, and what the cluster answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.registry.models.clusters import Cluster
from poliedro.registry.models.memberships import MembershipSpell
from poliedro.registry.models.organisations import Organisation
from poliedro.registry.rules.applications import ApplicationState


class MembershipApplication(models.Model):
    """An organisation's representative asks; the cluster's managers answer by the promised day, with a reason.

    spell: the membership that an accepted application became. reason: always given where it was refused.
    """

    class State(models.TextChoices):
        WAITING = ApplicationState.WAITING.value, _("waits for an answer")
        ACCEPTED = ApplicationState.ACCEPTED.value, _("accepted")
        REFUSED = ApplicationState.REFUSED.value, _("refused")
        WITHDRAWN = ApplicationState.WITHDRAWN.value, _("withdrawn")

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="membership_applications")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="membership_applications")
    category = models.CharField(
        max_length=10, choices=MembershipSpell.Category, default=MembershipSpell.Category.ORDINARY
    )
    motive = models.TextField(help_text="What it looks for in the cluster, in its own words.")
    asked_on = models.DateField(default=timezone.localdate)
    promised_on = models.DateField(help_text="By this day the cluster answers.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.TextField(blank=True)
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    spell = models.OneToOneField(
        MembershipSpell, null=True, blank=True, on_delete=models.PROTECT, related_name="application"
    )
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["promised_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "organisation"],
                condition=Q(state="waiting"),
                name="registry_membershipapplication_one_waits",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_on=None) | (~Q(state="waiting") & Q(decided_on__isnull=False)),
                name="registry_membershipapplication_decided_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""), name="registry_membershipapplication_refused_why"
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", spell__isnull=False) | (~Q(state="accepted") & Q(spell=None)),
                name="registry_membershipapplication_accepted_is_spell",
            ),
        ]
        indexes = [models.Index(fields=["cluster", "state"])]

    def __str__(self) -> str:
        return f"{self.organisation_id} to {self.cluster_id}, {self.asked_on}"
