"""Meeting events: who comes, who wants to meet whom, and the plan of meetings with its distance from the best."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.accounts.models import Person
from poliedro.matchmaking.models.base import Recorded
from poliedro.registry.models import Cluster, Organisation


class MeetingEvent(Recorded):
    title = models.CharField(max_length=200)
    text = models.TextField(max_length=2000, blank=True)
    place = models.CharField(max_length=200)
    on = models.DateField()
    first_slot = models.TimeField()
    slots = models.PositiveSmallIntegerField(default=8)
    slot_minutes = models.PositiveSmallIntegerField(default=20)
    tables = models.PositiveSmallIntegerField(default=6)
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    register_by = models.DateField()

    class Meta:
        ordering = ["-on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(slots__range=(1, 60), tables__gte=1, slot_minutes__gte=5),
                name="matchmaking_meetingevent_sizes",
            ),
            models.CheckConstraint(
                condition=Q(register_by__lte=F("on")), name="matchmaking_meetingevent_registered_before"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Attendee(Recorded):
    """Someone who comes. away: numbers of the slots (from 1) in which the person is not there."""

    event = models.ForeignKey(MeetingEvent, on_delete=models.CASCADE, related_name="attendees")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    looks_for = models.TextField(max_length=1000, blank=True)
    away = models.JSONField(default=list, blank=True)
    agreed_to_list = models.BooleanField(default=True, help_text="Others see the name in the list.")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "person"], condition=Q(person__isnull=False), name="matchmaking_attendee_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Wish(models.Model):
    """One attendee wants to meet another. must: before all others."""

    of = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="wishes")
    to = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="wished_by")
    must = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["of", "to"], name="matchmaking_wish_once"),
            models.CheckConstraint(condition=~Q(of=F("to")), name="matchmaking_wish_not_itself"),
        ]


class Plan(models.Model):
    """A version of an event's plan. value: worth of its meetings; bound: no plan is worth more."""

    event = models.ForeignKey(MeetingEvent, on_delete=models.CASCADE, related_name="plans")
    version = models.PositiveSmallIntegerField()
    value = models.FloatField()
    bound = models.FloatField()
    wished = models.PositiveIntegerField()
    kept = models.PositiveIntegerField(default=0, help_text="Meetings of the version before, in the same slot.")
    dropped = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["event", "version"], name="matchmaking_plan_one_version")]

    @property
    def share(self) -> float:
        return self.value / self.bound if self.bound else 1.0


class Meeting(models.Model):
    """A meeting of a plan. Its two seats keep anyone from being in two meetings at once."""

    class Result(models.TextChoices):
        AGAIN = "again", _("they will meet again")
        TIE = "tie", _("it became a project or contract")
        NOTHING = "nothing", _("nothing came of it")
        MISSED = "missed", _("it did not take place")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="meetings")
    slot = models.PositiveSmallIntegerField()
    table = models.PositiveSmallIntegerField()
    kept = models.BooleanField(default=False)
    result = models.CharField(max_length=8, choices=Result, blank=True)

    class Meta:
        ordering = ["slot", "table"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "slot", "table"], name="matchmaking_meeting_one_a_table")
        ]


class Seat(models.Model):
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="seats")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="+")
    slot = models.PositiveSmallIntegerField()
    attendee = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="seats")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "slot", "attendee"], name="matchmaking_seat_nobody_twice")
        ]
