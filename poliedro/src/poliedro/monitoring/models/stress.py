"""Saved scenarios of the stress test: what was assumed, on which accounts, and with whom it is shared."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.registry.models import Cluster


class StressScenario(models.Model):
    """A scenario as it was saved. accounts: the figures it rests on, as they were then; later accounts change nothing.

    Amounts and shares are kept as text, exact to the cent.
    """

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="stress_scenarios")
    name = models.CharField(max_length=120)
    assumptions = models.JSONField()
    accounts = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    with_region = models.BooleanField(default=False)
    shared_with = models.ManyToManyField(Person, blank=True, related_name="stress_scenarios")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-saved_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["cluster", "by", "name"], name="monitoring_stressscenario_one_name")
        ]

    def __str__(self) -> str:
        return self.name
