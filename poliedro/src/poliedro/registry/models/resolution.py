"""Which rows of different sources are the same organisation: runs, doubtful pairs, merges that can be undone."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from poliedro.registry.models.organisations import Organisation


class ResolutionRun(models.Model):
    """One run of entity resolution, with its parameters and what it did."""

    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    parameters = models.JSONField(default=dict)
    organisations = models.PositiveIntegerField(default=0)
    merged = models.PositiveIntegerField(default=0)
    queued = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")


class MatchCandidate(models.Model):
    """A pair that may be one organisation, for a person to decide."""

    class State(models.TextChoices):
        OPEN = "open"
        MERGED = "merged"
        DISTINCT = "distinct"

    run = models.ForeignKey(ResolutionRun, on_delete=models.CASCADE, related_name="candidates")
    left = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    right = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    probability = models.FloatField()
    reasons = models.JSONField(
        default=list, help_text="One entry a comparison: what was compared, how it agreed, its weight."
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-probability", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="registry_matchcandidate_ordered"),
            models.UniqueConstraint(fields=["left", "right"], name="registry_matchcandidate_once"),
        ]


class Merge(models.Model):
    """`duplicate` was declared the same as `survivor`. What moved is listed, so that it can be moved back."""

    survivor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="merges")
    duplicate = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    moved = models.JSONField(
        default=dict, help_text="Model and field -> keys of the rows that were pointed to the survivor."
    )
    merged_at = models.DateTimeField(default=timezone.now)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-merged_at"]
        constraints = [
            models.UniqueConstraint(fields=["duplicate"], condition=Q(undone_at=None), name="registry_merge_one_open")
        ]
