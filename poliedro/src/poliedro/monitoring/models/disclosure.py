"""What was published of confidential measures, cell by cell, so that the next table is held against it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class PublishedTable(models.Model):
    """A table that left the house. Never changed: publishing anew makes the next version."""

    name = models.CharField(max_length=100, help_text="Of the page or export.")
    measure = models.CharField(max_length=100, help_text="Tables of one measure are held against each other.")
    period = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    edition = models.PositiveSmallIntegerField(
        default=1, help_text="Of the period's values: others are another edition."
    )
    whole = models.BooleanField(default=False, help_text="Whether its values are counts.")
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the table before cells were hidden.")
    published_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["measure", "period", "name", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "measure", "period", "version"], name="monitoring_publishedtable_one_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.period}"


class PublishedCell(models.Model):
    """A cell of such a table. why: empty where it was shown. Only the platform's own check reads hidden values."""

    table = models.ForeignKey(PublishedTable, on_delete=models.CASCADE, related_name="cells")
    row = models.CharField(max_length=120, blank=True, help_text="Empty: totals.")
    column = models.CharField(max_length=120, blank=True, help_text="Empty: totals.")
    value = models.FloatField()
    contributors = models.JSONField(default=list)
    why = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ["table", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["table", "row", "column"], name="monitoring_publishedcell_once"),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="monitoring_publishedcell_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.row} {self.column}"
