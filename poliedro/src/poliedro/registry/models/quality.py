"""What sources say, and where they disagree."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from poliedro.reference.models import Fact, Load
from poliedro.registry.models.clusters import Cluster


class ReportedFigure(Fact):
    """A figure that a publication states, kept beside what the register computes."""

    indicator = models.SlugField(max_length=60)
    cluster = models.ForeignKey(
        Cluster,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reported_figures",
        help_text="Null: the region as a whole.",
    )
    period = models.CharField(max_length=40)
    low = models.FloatField(null=True, blank=True)
    value = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=40)
    quote = models.TextField(blank=True)
    counting_rule = models.CharField(max_length=300, blank=True)


class DataQualityFinding(models.Model):
    """Two statements that cannot both hold, or a fault in a file. Both sides stay; the finding says what was seen."""

    class State(models.TextChoices):
        OPEN = "open"
        EXPLAINED = "explained"
        RESOLVED = "resolved"

    class Severity(models.TextChoices):
        NOTE = "note"
        WARNING = "warning"
        ERROR = "error"

    key = models.SlugField(max_length=100, unique=True)
    kind = models.SlugField(max_length=60)
    title = models.CharField(max_length=300)
    statement = models.TextField()
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.WARNING)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    explanation = models.TextField(blank=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_key = models.CharField(max_length=100, blank=True)
    sides = models.JSONField(default=list, help_text="Each side: what, value, source.")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.SET_NULL, related_name="quality_findings")
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["state", "-severity", "key"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="explained", explanation=""), name="registry_finding_explained_in_words"
            )
        ]

    def __str__(self) -> str:
        return self.title
