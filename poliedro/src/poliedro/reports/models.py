"""The yearly public value report: drafted, then frozen at publication. Every version stays."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Report(models.Model):
    """One version of a year's report. Its figures are frozen when it is published: content says all that pages show."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"

    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    foreword = models.TextField(blank=True)
    comments = models.JSONField(default=dict, blank=True, help_text="Dimension -> what the region says about it.")
    change_note = models.CharField(max_length=300, blank=True, help_text="What is new in this version.")
    content = models.JSONField(default=dict, blank=True, help_text="The frozen figures; empty while it is a draft.")
    checksum = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the frozen content.")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-year", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="reports_report_one_version"),
            models.UniqueConstraint(fields=["year"], condition=Q(state="draft"), name="reports_report_one_draft"),
            models.CheckConstraint(
                condition=Q(state="draft") | (Q(published_at__isnull=False) & ~Q(checksum="")),
                name="reports_report_published_is_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} v{self.version}"
