"""Runs of analyses, their result tables, and the options that the region follows."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from poliedro.reference.models import Certainty

from .rules import STATES


class Run(models.Model):
    """An analysis that was computed. It exists only when it is complete; its key is made of all that went into it."""

    key = models.CharField(max_length=16, unique=True, help_text="SHA-256 of analysis, version, parameters, inputs.")
    analysis = models.SlugField(max_length=60)
    version = models.PositiveSmallIntegerField(help_text="Of the calculation: another version is another run.")
    code = models.CharField(max_length=100, help_text="Library and its version.")
    parameters = models.JSONField(default=dict)
    inputs = models.JSONField(default=list, help_text="name, checksum, rows, source of each table that was read.")
    seed = models.PositiveIntegerField(null=True, blank=True, help_text="Null where nothing is drawn at random.")
    headline = models.JSONField(default=dict, help_text="Few numbers that pages put into sentences.")
    certainty = models.CharField(max_length=10, choices=Certainty)
    source_names = models.CharField(max_length=300)
    period = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(default=timezone.now, help_text="When it was last asked for; pages show the last.")
    usual = models.BooleanField(default=True, help_text="Whether its parameters, but for the table, are the defaults.")
    open = models.BooleanField(default=True, help_text="False: shown only by the room that made it, to whom it may.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-finished_at", "-pk"]
        indexes = [models.Index(fields=["analysis", "-finished_at"])]

    def __str__(self) -> str:
        return f"{self.analysis} {self.key}"

    @property
    def seconds(self) -> float:
        return (self.finished_at - self.started_at).total_seconds()


class ResultTable(models.Model):
    """A table that a run made, kept as Parquet in the store."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="tables")
    name = models.SlugField(max_length=60)
    title = models.CharField(max_length=200)
    path = models.CharField(max_length=300, help_text="Relative to the store.")
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    rows = models.PositiveIntegerField()
    columns = models.JSONField(help_text="name, label, unit, null_means of each column, in order.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="evidence_resulttable_once")]

    def __str__(self) -> str:
        return self.title


class Repetition(models.Model):
    """A run that was computed again: which tables came out the same, bit for bit."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="repetitions")
    at = models.DateTimeField(default=timezone.now)
    same = models.BooleanField()
    differing = models.JSONField(default=list, help_text="Names of the tables that differ.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-at"]


class PortfolioOption(models.Model):
    """An activity that the region follows as an option, with what was known when it was taken up."""

    table = models.SlugField(max_length=60, help_text="Key of the statistics in which the activity has its code.")
    territory = models.CharField(max_length=20)
    activity = models.CharField(max_length=20)
    state = models.CharField(max_length=12, choices=[(s, s) for s in STATES], default=STATES[0])
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    density = models.FloatField(
        null=True, help_text="Relatedness density (0..100) when it was taken up; null: unknown."
    )
    location_quotient = models.FloatField(null=True, help_text="When it was taken up; null: unknown.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["activity"]
        constraints = [
            models.UniqueConstraint(fields=["table", "territory", "activity"], name="evidence_portfoliooption_once"),
            models.CheckConstraint(
                condition=Q(density=None) | Q(density__range=(0, 100)), name="evidence_portfoliooption_density"
            ),
        ]

    def __str__(self) -> str:
        return self.activity


class PortfolioNote(models.Model):
    """What was said about an option, or a change of its state. Never changed: a later note answers an earlier one."""

    option = models.ForeignKey(PortfolioOption, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(blank=True)
    state = models.CharField(max_length=12, blank=True, help_text="The new state; empty: none.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
