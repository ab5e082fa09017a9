"""A questionnaire and its versions. A version's questions and scores are data, and do not change once published."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Questionnaire(models.Model):
    """What is asked, whatever the version. A self-assessment has a private result; a survey is read in aggregate."""

    class Kind(models.TextChoices):
        SELF_ASSESSMENT = "self_assessment", _("self-assessment")
        SURVEY = "survey", _("survey")

    key = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    position = models.PositiveSmallIntegerField(default=50)

    class Meta:
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return self.key


class QuestionnaireVersion(models.Model):
    """One wording, with its branching and scoring. content: as `rules.definition` reads it; texts by language."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveSmallIntegerField()
    content = models.JSONField()
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the content, hexadecimal.")
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["questionnaire", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "version"], name="surveys_questionnaireversion_once")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.said("title")

    @property
    def intro(self) -> str:
        return self.said("intro")

    def said(self, key: str) -> str:
        """A text of the questionnaire in the reader's language, else in its first one."""
        texts: dict[str, Any] = self.content.get(key) or {}
        language = (get_language() or "it").split("-")[0]
        return str(texts.get(language) or next(iter(texts.values()), ""))
