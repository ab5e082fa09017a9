"""Asking non-members in: targets, campaigns, whom they reach, and what each answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from poliedro.reference.models import Fact
from poliedro.registry.models.clusters import Cluster
from poliedro.registry.models.organisations import Organisation
from poliedro.registry.models.relations import Channel


class MembershipTarget(Fact):
    """What a cluster wants its membership to be by a day, and where it started (R018, R049, R056)."""

    class Aspect(models.TextChoices):
        MEMBERS = "members", _("members")
        BEYOND = "beyond", _("members beyond the catchment")
        SMALL = "small", _("micro and small firms among the members")
        START_UP = "start_up", _("start-ups among the members")

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="membership_targets")
    aspect = models.CharField(max_length=10, choices=Aspect)
    baseline = models.PositiveIntegerField()
    baseline_on = models.DateField()
    target = models.PositiveIntegerField()
    due_on = models.DateField()

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(due_on__gt=F("baseline_on")), name="registry_membershiptarget_due_after_baseline"
            ),
            models.UniqueConstraint(
                fields=["cluster", "aspect", "due_on"],
                condition=Q(retracted_at=None),
                name="registry_membershiptarget_once",
            ),
        ]


class OutreachCampaign(models.Model):
    """A round of asking prospects in, from a day to a day. Prospects asked one by one are in a round of the year, which
    has no name of anybody's, but the key SINGLE with the year."""

    SINGLE = "single:"

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="outreach_campaigns")
    name = models.CharField(max_length=120)
    goal = models.CharField(max_length=300, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="Last day.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="registry_outreachcampaign_days_in_order"
            ),
            models.UniqueConstraint(fields=["cluster", "name"], name="registry_outreachcampaign_one_name"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """Its name; that of single contacts in the reader's language."""
        if not self.name.startswith(self.SINGLE):
            return self.name
        return gettext("Single contacts %(year)s") % {"year": self.name.removeprefix(self.SINGLE)}


class OutreachContact(models.Model):
    """An organisation that a campaign reaches; where it stands follows from its last answer and from the register."""

    class State(models.TextChoices):
        LISTED = "listed", _("listed")
        CONTACTED = "contacted", _("contacted, no answer yet")
        INTERESTED = "interested", _("interested")
        TRIAL = "trial", _("on trial")
        REFUSED = "refused", _("declined")
        JOINED = "joined", _("joined")

    class Reason(models.TextChoices):
        """Why a firm stays outside (R048)."""

        NOT_READY = "not_ready", _("does not feel ready or innovative enough")
        NO_MONEY = "no_money", _("no money for the fee or the projects")
        NO_NEED = "no_need", _("sees no need")
        NO_TIME = "no_time", _("no time or staff")
        NOT_FOR_US = "not_for_us", _("thinks clusters are for others")
        OTHER_CLUSTER = "other_cluster", _("is in another cluster or network")
        OTHER = "other", _("another reason")

    class Offer(models.TextChoices):
        NONE = "", _("no offer")
        TRIAL = "trial", _("trial without fee")
        REDUCED = "reduced", _("reduced fee in the first year")
        CHECK_UP = "check_up", _("free self-assessment with a talk about it")
        SERVICE = "service", _("one service free")

    campaign = models.ForeignKey(OutreachCampaign, on_delete=models.CASCADE, related_name="contacts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="outreach")
    fit = models.PositiveSmallIntegerField(default=0, help_text="As it stood when listed, 0 to 100.")
    added_on = models.DateField(default=timezone.localdate)
    state = models.CharField(max_length=10, choices=State, default=State.LISTED)
    reason = models.CharField(max_length=15, choices=Reason, blank=True)
    offer = models.CharField(max_length=10, choices=Offer, blank=True)
    next_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-fit", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "organisation"], name="registry_outreachcontact_once"),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""), name="registry_outreachcontact_declined_why"
            ),
        ]
        indexes = [models.Index(fields=["campaign", "state"])]


class OutreachStep(models.Model):
    """One try to reach the organisation, and what came of it. Steps add up; the contact holds where they led."""

    contact = models.ForeignKey(OutreachContact, on_delete=models.CASCADE, related_name="steps")
    on = models.DateField()
    channel = models.CharField(max_length=10, choices=Channel)
    state = models.CharField(max_length=10, choices=OutreachContact.State)
    reason = models.CharField(max_length=15, choices=OutreachContact.Reason, blank=True)
    offer = models.CharField(max_length=10, choices=OutreachContact.Offer, blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["on", "pk"]
