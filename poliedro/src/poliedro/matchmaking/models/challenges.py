"""Hackathons and open challenges; fairs and missions. Each ends in a stored outcome."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.accounts.models import Person
from poliedro.matchmaking.models.base import Recorded
from poliedro.reference.models import Territory
from poliedro.registry.models import Cluster, Organisation, Project


class Challenge(Recorded):
    class Kind(models.TextChoices):
        HACKATHON = "hackathon", _("hackathon")
        OPEN = "open", _("open challenge of a firm")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", _("open")
        JUDGING = "judging", _("with the jury")
        DECIDED = "decided", _("decided")
        CLOSED = "closed", _("followed up")

    kind = models.CharField(max_length=10, choices=Kind)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="challenges")
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    text = models.TextField(max_length=4000)
    prize = models.CharField(max_length=300, blank=True)
    tags = models.JSONField(default=list, blank=True)
    criteria = models.JSONField(help_text="List of {key, label, weight}; the weights add up to 100.")
    places = models.PositiveSmallIntegerField(default=20, help_text="Teams at most.")
    opens_on = models.DateField()
    closes_on = models.DateField(help_text="Last day for teams and ideas.")
    follow_up_on = models.DateField(help_text="When what became of the teams is asked.")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)

    class Meta:
        ordering = ["-closes_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on"), follow_up_on__gt=F("closes_on")),
                name="matchmaking_challenge_days_in_order",
            )
        ]

    def __str__(self) -> str:
        return self.title


class TeamQuerySet(models.QuerySet["Team"]):
    def taking_part(self) -> TeamQuerySet:
        """Without those that withdrew."""
        return self.filter(withdrawn_at=None)


class Team(Recorded):
    """A team (or a firm) with its idea. number: all that the jury sees of who they are.

    A team that withdrew keeps its number and its name; idea, members and address are erased.
    """

    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="teams")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    email = models.EmailField()
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    members = models.JSONField(default=list, help_text="Names.")
    idea = models.TextField(max_length=4000, blank=True)
    place = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1: the winner.")
    points = models.FloatField(null=True, blank=True)
    language = models.CharField(max_length=5, blank=True, help_text="Of the letters; empty: that of who entered it.")
    sender = models.CharField(max_length=64, blank=True, help_text="Keyed hash of the network address; rate limit.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["challenge", "number"], name="matchmaking_team_one_number"),
            models.UniqueConstraint(
                fields=["challenge", "name"], condition=Q(withdrawn_at=None), name="matchmaking_team_one_name"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(idea="", place=None), name="matchmaking_team_withdrawn_is_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class JurorQuerySet(models.QuerySet["Juror"]):
    def sitting(self) -> JurorQuerySet:
        """Without those who were removed."""
        return self.filter(removed_at=None)


class Juror(models.Model):
    """Who judges. One who is removed stays here with the scores given, which do not count any more."""

    class Removed(models.TextChoices):
        CONFLICT = "conflict", _("conflict of interest")
        ABSENT = "absent", _("did not judge in time")
        STEPPED_BACK = "stepped", _("stepped back")
        OTHER = "other", pgettext_lazy("juror", "another reason")

    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="jurors")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="juries")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_why = models.CharField(max_length=8, choices=Removed, blank=True)
    objects = JurorQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["challenge", "person"], name="matchmaking_juror_once"),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_why="") | Q(removed_at__isnull=False, removed_why__gt=""),
                name="matchmaking_juror_removed_with_reason",
            ),
        ]


class JuryScore(models.Model):
    juror = models.ForeignKey(Juror, on_delete=models.CASCADE, related_name="scores")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="scores")
    criterion = models.CharField(max_length=30)
    points = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["juror", "team", "criterion"], name="matchmaking_juryscore_once"),
            models.CheckConstraint(condition=Q(points__range=(0, 10)), name="matchmaking_juryscore_points"),
        ]


class FollowUp(models.Model):
    """What became of a team, asked after the day of the follow-up."""

    class Result(models.TextChoices):
        START_UP = "start_up", _("founded a start-up")
        PROJECT = "project", _("joint project")
        CONTRACT = "contract", _("contract with the owner of the challenge")
        HIRE = "hire", _("members were hired")
        GOES_ON = "goes_on", _("still working on it")
        NOTHING = "nothing", _("nothing")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="follow_ups")
    on = models.DateField()
    result = models.CharField(max_length=10, choices=Result)
    note = models.CharField(max_length=500, blank=True)
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    joint_title = models.CharField(max_length=300, blank=True, help_text="Told by one side, not confirmed yet.")
    starts_on = models.DateField(null=True, blank=True)
    cost_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(project=None) | Q(result="project"), name="matchmaking_followup_project_is_one"
            ),
            models.CheckConstraint(condition=Q(cost_eur=None) | Q(cost_eur__gte=0), name="matchmaking_followup_cost"),
        ]


class Fair(Recorded):
    """A fair or a mission: where, when, what it costs, how many may join."""

    class Kind(models.TextChoices):
        FAIR = "fair", _("trade fair")
        MISSION = "mission", _("business mission")

    kind = models.CharField(max_length=8, choices=Kind)
    title = models.CharField(max_length=200)
    text = models.TextField(max_length=2000, blank=True)
    place = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    apply_by = models.DateField()
    places = models.PositiveSmallIntegerField(default=8)
    cost_eur = models.DecimalField(max_digits=12, decimal_places=2, help_text="Of the joint part: stand, travel.")
    subsidy_share = models.DecimalField(max_digits=4, decimal_places=3, default=0, help_text="0..1 of own costs.")

    class Meta:
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on"), apply_by__lte=F("starts_on")),
                name="matchmaking_fair_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(cost_eur__gte=0, subsidy_share__range=(0, 1)), name="matchmaking_fair_money"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Stand(models.Model):
    """A joint stand at a fair."""

    fair = models.OneToOneField(Fair, on_delete=models.CASCADE, related_name="stand")
    hall = models.CharField(max_length=60)
    area_m2 = models.DecimalField(max_digits=6, decimal_places=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(area_m2__gt=0), name="matchmaking_stand_area")]


class FairApplication(Recorded):
    class State(models.TextChoices):
        SENT = "sent", _("applied")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", pgettext_lazy("application", "refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        TOOK_PART = "took_part", _("took part")

    fair = models.ForeignKey(Fair, on_delete=models.CASCADE, related_name="applications")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="fair_applications")
    motive = models.TextField(max_length=1500)
    first_time = models.BooleanField(default=False, help_text="Its first time in that market.")
    wants_stand = models.BooleanField(default=True)
    own_cost_eur = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    points = models.PositiveSmallIntegerField(default=0, help_text="See rules.fairs.")
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.SENT)

    class Meta:
        ordering = ["-points", "created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["fair", "organisation"], name="matchmaking_fairapplication_once"),
            models.CheckConstraint(condition=Q(own_cost_eur__gte=0), name="matchmaking_fairapplication_cost"),
        ]

    @property
    def cluster_id(self) -> int | None:
        return self.fair.cluster_id


class Lead(models.Model):
    """A contact brought home from a fair, and what was made of it."""

    class Result(models.TextChoices):
        OPEN = "open", _("not followed up yet")
        TALKS = "talks", _("in talks")
        ORDER = "order", _("order")
        LOST = "lost", _("lost")

    application = models.ForeignKey(FairApplication, on_delete=models.CASCADE, related_name="leads")
    company = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    territory = models.ForeignKey(Territory, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    quality = models.PositiveSmallIntegerField(default=2, help_text="1 weak, 2 fair, 3 strong.")
    note = models.CharField(max_length=500, blank=True)
    noted_at = models.DateTimeField(default=timezone.now)
    followed_up_on = models.DateField(null=True, blank=True)
    result = models.CharField(max_length=6, choices=Result, default=Result.OPEN)
    value_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["noted_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quality__range=(1, 3)), name="matchmaking_lead_quality"),
            models.CheckConstraint(
                condition=Q(result="open") | Q(followed_up_on__isnull=False), name="matchmaking_lead_followed_up"
            ),
        ]
