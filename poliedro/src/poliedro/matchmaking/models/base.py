"""What the room's records share: who stands behind them, how they are known, and the steps they took."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from poliedro.reference.models import Certainty


class Recorded(models.Model):
    """Abstract: an operational record. certainty tells invented ones apart."""

    certainty = models.CharField(max_length=10, choices=Certainty, default=Certainty.REPORTED)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        abstract = True

    @property
    def is_synthetic(self) -> bool:
        return self.certainty == Certainty.SYNTHETIC


class Step(models.Model):
    """A step that something took: never changed, never deleted. subject: "interest:12"."""

    subject = models.CharField(max_length=60)
    state = models.CharField(max_length=20)
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["subject", "at"])]

    def __str__(self) -> str:
        return f"{self.subject} {self.state}"
