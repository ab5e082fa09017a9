"""The calendar of an expert whom small firms share, and the hours that they booked (R050)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from poliedro.accounts.models import Person
from poliedro.funding.models.applications import Application
from poliedro.reference.models import Certainty, Load


class SharedExpert(models.Model):
    """A person who helps small firms with their applications. Never evaluates one of a firm that booked."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    topics_it = models.CharField(max_length=200)
    topics_en = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True, blank=True)
    certainty = models.CharField(max_length=10, choices=Certainty, default=Certainty.REPORTED)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended_at=None), name="funding_sharedexpert_one_in_office"
            )
        ]

    def __str__(self) -> str:
        return str(self.person)


class ExpertSlot(models.Model):
    """An hour that the expert offers. seats: how many firms may share it. Withdrawn ones stay, marked."""

    expert = models.ForeignKey(SharedExpert, on_delete=models.PROTECT, related_name="slots")
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(default=60)
    seats = models.PositiveSmallIntegerField(default=1)
    place = models.CharField(max_length=200, help_text="Address, or the link of a call.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["expert", "starts_at"], condition=Q(withdrawn_at=None), name="funding_expertslot_once"
            ),
            models.CheckConstraint(condition=Q(minutes__gte=15, minutes__lte=240), name="funding_expertslot_minutes"),
            models.CheckConstraint(condition=Q(seats__gte=1, seats__lte=20), name="funding_expertslot_seats"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


class ExpertBooking(models.Model):
    """A seat in an hour, booked by a firm for its application. What is given back stays, with its reason."""

    class State(models.TextChoices):
        BOOKED = "booked", pgettext_lazy("booking", "booked")
        CANCELLED = "cancelled", pgettext_lazy("booking", "cancelled")
        HELD = "held", pgettext_lazy("booking", "held")
        MISSED = "missed", pgettext_lazy("booking", "missed")

    slot = models.ForeignKey(ExpertSlot, on_delete=models.PROTECT, related_name="bookings")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="expert_bookings")
    seat = models.PositiveSmallIntegerField(help_text="1 to the seats of the hour: each is taken once.")
    question = models.CharField(max_length=300, blank=True, help_text="What the firm wants to speak about.")
    state = models.CharField(max_length=10, choices=State, default=State.BOOKED)
    why = models.CharField(max_length=300, blank=True)
    booked_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["slot__starts_at", "seat", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "seat"], condition=~Q(state="cancelled"), name="funding_expertbooking_one_a_seat"
            ),
            models.UniqueConstraint(
                fields=["application"], condition=Q(state="booked"), name="funding_expertbooking_one_ahead"
            ),
            models.CheckConstraint(condition=Q(seat__gte=1), name="funding_expertbooking_seat"),
        ]

    def __str__(self) -> str:
        return f"{self.slot} {self.application}"
