"""What an expert says of a cluster's stage, beside what was computed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from poliedro.evidence.models import Run
from poliedro.monitoring.rules.lifecycle import STAGES
from poliedro.registry.models import Cluster


class StageOverride(models.Model):
    """An expert's judgement with its reason, from a day on. Never changed: a later one, or its withdrawal, ends it."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="stage_overrides")
    run = models.ForeignKey(
        Run, null=True, on_delete=models.SET_NULL, related_name="+", help_text="The run that it answers."
    )
    computed = models.CharField(max_length=20, blank=True, help_text="What that run said.")
    probability = models.FloatField(null=True, blank=True)
    stage = models.CharField(max_length=20, choices=[(s, s) for s in STAGES])
    reason = models.TextField()
    valid_from = models.DateField()
    ended_on = models.DateField(null=True, blank=True, help_text="First day on which it no longer holds.")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-valid_from", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="monitoring_stageoverride_has_reason"),
            models.UniqueConstraint(
                fields=["cluster"], condition=Q(ended_on=None), name="monitoring_stageoverride_one_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} ({self.cluster_id})"
