"""Open calls of others (EU Funding & Tenders) that managers are told of: what is open, for whom, until when (R074)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.accounts.models import Person
from poliedro.reference.models import Source


class OpenCall(models.Model):
    """One topic of a call as its publisher states it. Amounts in EUR for one grant; null: not stated."""

    class Status(models.TextChoices):
        OPEN = "open", _("open for proposals")
        FORTHCOMING = "forthcoming", _("opens later")
        CLOSED = "closed", _("no longer open")

    topic = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=500)
    programme = models.CharField(max_length=200)
    call = models.CharField(max_length=120, blank=True)
    call_title = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=200, blank=True, help_text="Type of action, such as HORIZON-RIA.")
    status = models.CharField(max_length=12, choices=Status)
    deadline = models.DateField(null=True, blank=True)
    stages = models.CharField(max_length=60, blank=True)
    least_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    most_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    grants = models.PositiveIntegerField(null=True, blank=True)
    keywords = models.TextField(blank=True)
    text = models.TextField(blank=True)
    who = models.TextField(blank=True, help_text="Conditions, as published.")
    url = models.URLField(max_length=500, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    loaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = [F("deadline").asc(nulls_last=True), "topic"]
        indexes = [models.Index(fields=["status", "deadline"], name="funding_opencall_deadline")]
        constraints = [
            models.CheckConstraint(
                condition=Q(least_eur=None) | Q(most_eur=None) | Q(most_eur__gte=F("least_eur")),
                name="funding_opencall_amounts",
            )
        ]

    def __str__(self) -> str:
        return self.title


class CallInterest(models.Model):
    """What a person wants to hear of: words, and a programme; by letter, if the person chose so."""

    class Letter(models.TextChoices):
        NONE = "", _("no letter")
        DAILY = "daily", _("every day on which there is something new")
        WEEKLY = "weekly", _("once a week")

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="call_interest")
    words = models.CharField(max_length=300, blank=True, help_text="Any of them; empty: everything.")
    programme = models.CharField(max_length=200, blank=True)
    days = models.PositiveSmallIntegerField(default=60, help_text="Deadlines at most so far ahead.")
    letter = models.CharField(max_length=10, choices=Letter, blank=True, default=Letter.NONE)
    letter_on = models.DateField(null=True, blank=True, help_text="When the last letter went out.")
    told = models.JSONField(default=list, blank=True, help_text="Topics of open calls that a letter named.")


class CallReading(models.Model):
    """A person opened a call, and said that the cluster or one of its members applied."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey(OpenCall, on_delete=models.CASCADE, related_name="readings")
    read_at = models.DateTimeField(default=timezone.now)
    applied_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "call"], name="funding_callreading_once")]
