"""Mentors and mentees, investors and rounds: who is paired with whom, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.accounts.models import Person
from poliedro.matchmaking.models.base import Recorded
from poliedro.matchmaking.models.cards import Card
from poliedro.registry.models import Organisation


class Mentor(Recorded):
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="mentor")
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=2000)
    tags = models.JSONField(default=list, blank=True)
    languages = models.JSONField(default=list, blank=True)
    capacity = models.PositiveSmallIntegerField(default=2)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["person__name", "pk"]

    def __str__(self) -> str:
        return self.person.name


class MentorTraining(models.Model):
    """A module of the training for mentors that one has done."""

    class Module(models.TextChoices):
        ROLE = "role", _("The mentor's role and its limits")
        LISTENING = "listening", _("Asking and listening")
        CONFLICTS = "conflicts", _("Confidentiality and conflicts of interest")
        CLOSING = "closing", _("Goals, feedback and closing well")

    mentor = models.ForeignKey(Mentor, on_delete=models.CASCADE, related_name="trainings")
    module = models.CharField(max_length=12, choices=Module)
    done_on = models.DateField()

    class Meta:
        ordering = ["done_on"]
        constraints = [models.UniqueConstraint(fields=["mentor", "module"], name="matchmaking_mentortraining_once")]


class Mentee(Recorded):
    """An organisation that asks for a mentor, and what for."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="mentee_requests")
    goals = models.TextField(max_length=2000)
    tags = models.JSONField(default=list, blank=True)
    stage = models.CharField(max_length=12, choices=Card.Stage, blank=True)
    languages = models.JSONField(default=list, blank=True)
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(is_open=True), name="matchmaking_mentee_one_open"
            )
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class MentorConflict(models.Model):
    """A mentor and an organisation that may not be paired."""

    mentor = models.ForeignKey(Mentor, on_delete=models.CASCADE, related_name="conflicts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mentor", "organisation"], name="matchmaking_mentorconflict_once")
        ]


class Preference(models.Model):
    """What one side says of the other: 1 is liked best. Without it, the engine ranks by fit."""

    class Side(models.TextChoices):
        MENTOR = "mentor", _("mentor")
        MENTEE = "mentee", _("mentee")

    side = models.CharField(max_length=6, choices=Side)
    mentor = models.ForeignKey(Mentor, on_delete=models.CASCADE, related_name="preferences")
    mentee = models.ForeignKey(Mentee, on_delete=models.CASCADE, related_name="preferences")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["side", "rank"]
        constraints = [models.UniqueConstraint(fields=["side", "mentor", "mentee"], name="matchmaking_preference_once")]


class Pair(Recorded):
    """A mentor and a mentee, for a time. run: key of the allocation that proposed it; empty: made by hand."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACTIVE = "active", _("active")
        ENDED = "ended", _("ended")
        DECLINED = "declined", _("declined")
        LAPSED = "lapsed", pgettext_lazy("pair", "not answered in time")

    class Result(models.TextChoices):
        REACHED = "reached", _("goals reached")
        PARTLY = "partly", _("goals partly reached")
        MISSED = "missed", _("goals not reached")
        STOPPED = "stopped", _("stopped early")

    mentor = models.ForeignKey(Mentor, on_delete=models.PROTECT, related_name="pairs")
    mentee = models.ForeignKey(Mentee, on_delete=models.PROTECT, related_name="pairs")
    run = models.CharField(max_length=16, blank=True)
    reasons = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    mentor_agreed_at = models.DateTimeField(null=True, blank=True)
    mentee_agreed_at = models.DateTimeField(null=True, blank=True)
    reminded_on = models.DateField(null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    result = models.CharField(max_length=10, choices=Result, blank=True)
    result_note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mentee"], condition=Q(state__in=("proposed", "active")), name="matchmaking_pair_one_mentor"
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(mentor_agreed_at__isnull=False, mentee_agreed_at__isnull=False),
                name="matchmaking_pair_both_agreed",
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | ~Q(result=""), name="matchmaking_pair_ended_with_result"
            ),
        ]

    @property
    def organisation_id(self) -> int:
        return self.mentee.organisation_id


class PairMeeting(models.Model):
    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="meetings")
    on = models.DateField()
    minutes = models.PositiveSmallIntegerField(default=60)
    notes = models.TextField(max_length=2000)
    next_step = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-on", "-pk"]


class PairFeedback(models.Model):
    """What one side says of the other, once."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="feedback")
    side = models.CharField(max_length=6, choices=Preference.Side)
    rating = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=1000, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["side"]
        constraints = [
            models.UniqueConstraint(fields=["pair", "side"], name="matchmaking_pairfeedback_once"),
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="matchmaking_pairfeedback_rating"),
        ]


class Thesis(Recorded):
    """What an investor looks for. fields: keys of concepts; places: territory codes; empty: any."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="theses")
    text = models.TextField(max_length=2000)
    stages = models.JSONField(default=list)
    fields = models.JSONField(default=list, blank=True)
    places = models.JSONField(default=list, blank=True)
    least_eur = models.DecimalField(max_digits=12, decimal_places=2)
    most_eur = models.DecimalField(max_digits=12, decimal_places=2)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["organisation__name", "pk"]
        verbose_name_plural = "theses"
        constraints = [
            models.CheckConstraint(
                condition=Q(least_eur__gt=0, most_eur__gte=F("least_eur")), name="matchmaking_thesis_ticket"
            )
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class FundingRound(Recorded):
    """A start-up looks for money. readiness: answers to the list in rules.readiness, key -> true or false."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="funding_rounds")
    text = models.TextField(max_length=2000)
    stage = models.CharField(max_length=12, choices=Card.Stage)
    fields = models.JSONField(default=list, blank=True)
    amount_eur = models.DecimalField(max_digits=12, decimal_places=2)
    readiness = models.JSONField(default=dict, blank=True)
    papers = models.JSONField(default=list, blank=True, help_text="What lies in the data room; shown once agreed.")
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="matchmaking_fundinground_amount"),
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(is_open=True), name="matchmaking_fundinground_one_open"
            ),
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class Deal(Recorded):
    """A round and an investor: suggested, offered by consent of the start-up, introduced, and how it ended."""

    class State(models.TextChoices):
        SUGGESTED = "suggested", _("suggested")
        OFFERED = "offered", _("offered to the investor")
        INTRODUCED = "introduced", _("introduced")
        TALKS = "talks", _("in talks")
        INVESTED = "invested", _("invested")
        DECLINED = "declined", _("declined")

    round = models.ForeignKey(FundingRound, on_delete=models.PROTECT, related_name="deals")
    thesis = models.ForeignKey(Thesis, on_delete=models.PROTECT, related_name="deals")
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.SUGGESTED)
    invested_eur = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "thesis"], name="matchmaking_deal_once"),
            models.CheckConstraint(
                condition=~Q(state="invested") | Q(invested_eur__gt=0), name="matchmaking_deal_invested_amount"
            ),
        ]

    @property
    def organisation_id(self) -> int:
        return self.round.organisation_id
