"""What was answered. A sheet of an organisation is read by those who act for it, and by nobody else."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from poliedro.registry.models import Organisation
from poliedro.surveys.models.campaigns import Campaign, Invitation
from poliedro.surveys.models.questionnaires import QuestionnaireVersion


class Sheet(models.Model):
    """The answers of one organisation, or of one invitation, to a version; saved as they are given.

    result: what `rules.scoring` made of the answers when they were handed in. named: whether the cluster's managers may
    read the answers with the name beside them (surveys alone; a self-assessment never).
    """

    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="sheets")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="sheets"
    )
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="sheets")
    invitation = models.OneToOneField(Invitation, null=True, blank=True, on_delete=models.PROTECT, related_name="sheet")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    named = models.BooleanField(default=False)
    started_at = models.DateTimeField(default=timezone.now)
    saved_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "version"],
                condition=Q(submitted_at=None, campaign=None),
                name="surveys_sheet_one_open",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | Q(result__isnull=False), name="surveys_sheet_handed_in_with_result"
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | Q(invitation__isnull=False), name="surveys_sheet_of_somebody"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "submitted_at"]), models.Index(fields=["campaign"])]

    @property
    def is_open(self) -> bool:
        return self.submitted_at is None


class Answer(models.Model):
    """One answer. value: an option's key, a list of them, a number, or text."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=60)
    value = models.JSONField()
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["sheet", "question"], name="surveys_answer_once")]
