"""Impact studies: each version is declared, frozen, computed from a frozen extract, and signed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from poliedro.evidence.models import Run
from poliedro.monitoring.rules.impact import Declaration, declaration_of
from poliedro.reference.models import Certainty


class Study(models.Model):
    """A question about the effect of membership, asked in one version or more."""

    key = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name_plural = "studies"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class StudyVersion(models.Model):
    """One declaration and what became of it. Later changes make a new version; none is ever overwritten.

    # Note [Declared before opened]
    Outcomes live in the extract alone. It is made after freezing, from a declaration that cannot change any more: the
    services refuse, constraints hold the order of the moments, and a trigger keeps a frozen declaration as it is.
    """

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    declaration = models.JSONField(default=dict)
    why = models.CharField(max_length=300, blank=True, help_text="What changed against the version before.")
    created_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the declaration.")
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    opened_at = models.DateTimeField(null=True, blank=True, help_text="When outcomes were first read.")
    extract_path = models.CharField(max_length=300, blank=True, help_text="Relative to the store.")
    extract_checksum = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file.")
    extract_rows = models.PositiveIntegerField(null=True, blank=True)
    extract_sources = models.CharField(max_length=300, blank=True)
    certainty = models.CharField(max_length=10, choices=Certainty, blank=True, help_text="Of the accounts.")
    flow = models.JSONField(default=list, blank=True, help_text="What became of the firms, step by step.")

    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    computed_at = models.DateTimeField(null=True, blank=True)

    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opinion = models.TextField(blank=True, help_text="What the evaluator says with the signature.")

    class Meta:
        ordering = ["study", "number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="monitoring_studyversion_once"),
            models.CheckConstraint(
                condition=Q(frozen_at=None, hash="") | (Q(frozen_at__isnull=False) & ~Q(hash="")),
                name="monitoring_studyversion_frozen_with_hash",
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None) | (Q(frozen_at__isnull=False) & Q(opened_at__gte=F("frozen_at"))),
                name="monitoring_studyversion_opened_after_frozen",
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None, extract_checksum="", extract_path="")
                | (Q(opened_at__isnull=False) & ~Q(extract_checksum="")),
                name="monitoring_studyversion_extract_when_opened",
            ),
            models.CheckConstraint(
                condition=Q(run=None) | Q(opened_at__isnull=False), name="monitoring_studyversion_run_after_opened"
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None) | Q(run__isnull=False), name="monitoring_studyversion_signed_after_run"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study} ({self.number})"

    @property
    def state(self) -> str:
        if self.signed_at:
            return "signed"
        if self.run_id:
            return "computed"
        return "frozen" if self.frozen_at else "draft"

    @property
    def declared(self) -> Declaration:
        return declaration_of(self.declaration)
