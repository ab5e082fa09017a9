"""Who evaluates which call, who stands back from which application, scores, and the ranking that was signed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.funding.models.applications import Application
from poliedro.funding.models.calls import Call, CallLine
from poliedro.reference.models import Load


class EvaluatorAssignment(models.Model):
    """A person evaluates the applications of a call."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="evaluators")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="evaluations")
    assigned_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["assigned_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "person"], condition=Q(ended_at=None), name="funding_evaluatorassignment_once"
            )
        ]


class Recusal(models.Model):
    """An evaluator stands back from an application: found from relations, or declared."""

    assignment = models.ForeignKey(EvaluatorAssignment, on_delete=models.CASCADE, related_name="recusals")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="recusals")
    reason = models.CharField(max_length=300)
    is_declared = models.BooleanField(default=False, help_text="By the evaluator; else found from relations.")
    at = models.DateTimeField(default=timezone.now)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "application"], name="funding_recusal_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="funding_recusal_has_reason"),
        ]


class Score(models.Model):
    """One evaluator's score of one criterion. Hidden from the other evaluators until all are handed in."""

    assignment = models.ForeignKey(EvaluatorAssignment, on_delete=models.CASCADE, related_name="scores")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="scores")
    criterion = models.CharField(max_length=60)
    points = models.DecimalField(max_digits=6, decimal_places=2)
    comment = models.TextField(blank=True)
    handed_in_at = models.DateTimeField(null=True, blank=True, help_text="From then on it is not changed.")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["application", "criterion", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "application", "criterion"], name="funding_score_once"),
            models.CheckConstraint(condition=Q(points__gte=0), name="funding_score_not_negative"),
        ]


class Ranking(models.Model):
    """The ranking of a line as it was signed: rows are frozen, with the checksum of what they were computed from."""

    line = models.ForeignKey(CallLine, on_delete=models.PROTECT, related_name="rankings")
    rows = models.JSONField()
    checksum = models.CharField(max_length=64)
    signed_at = models.DateTimeField(default=timezone.now)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.TextField(blank=True, help_text="How ties at the edge of the budget were decided, and why.")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-signed_at"]
        constraints = [models.UniqueConstraint(fields=["line"], name="funding_ranking_one_a_line")]
