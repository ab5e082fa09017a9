"""The excellence self-check of cluster managers: answers by year, each with its evidence."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from poliedro.registry.models import Cluster


class SelfCheck(models.Model):
    """A cluster's answers to one version of the self-check in a year. Seen by its managers; compared without names."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="self_checks")
    version = models.PositiveSmallIntegerField(help_text="Of the set of items in monitoring/data/excellence.")
    year = models.PositiveSmallIntegerField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["cluster", "-year"]
        constraints = [
            models.UniqueConstraint(fields=["cluster", "version", "year"], name="monitoring_selfcheck_one_a_year")
        ]

    def __str__(self) -> str:
        return f"{self.cluster_id} {self.year}"


class SelfCheckAnswer(models.Model):
    """How far an item is met: 0 not at all to 4 fully."""

    check_of = models.ForeignKey(SelfCheck, on_delete=models.CASCADE, related_name="answers")
    item = models.SlugField(max_length=60)
    level = models.PositiveSmallIntegerField()
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["check_of", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["check_of", "item"], name="monitoring_selfcheckanswer_once"),
            models.CheckConstraint(condition=Q(level__lte=4), name="monitoring_selfcheckanswer_level"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.level}"


class Evidence(models.Model):
    """A file that backs an answer. Kept under its checksum; read by those who may read the answer."""

    answer = models.ForeignKey(SelfCheckAnswer, on_delete=models.CASCADE, related_name="evidence")
    file = models.FileField(upload_to="evidence/%Y/")
    name = models.CharField(max_length=200)
    checksum = models.CharField(max_length=64, help_text="SHA-256 of its content.")
    bytes = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["answer", "pk"]
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return self.name

    @property
    def cluster_id(self) -> int:
        """The cluster whose answer it backs: what permissions are asked about."""
        return self.answer.check_of.cluster_id
