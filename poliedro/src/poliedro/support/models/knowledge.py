"""What clusters know: good practices with a transfer checklist, templates, questions and answers (R068, R089)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.accounts.models import Person
from poliedro.registry.models import Cluster


class KnowledgeItem(models.Model):
    """One piece, as a version: a change makes a new row that supersedes the old one. steps, checklist: a line each."""

    class Kind(models.TextChoices):
        PRACTICE = "practice", _("good practice")
        TEMPLATE = "template", pgettext_lazy("knowledge", "template")
        ARTICLE = "article", pgettext_lazy("knowledge", "article")
        QUESTION = "question", pgettext_lazy("knowledge", "question")

    class Audience(models.TextChoices):
        PUBLIC = "public", _("everybody")
        MANAGERS = "managers", _("cluster managers and the agency")

    kind = models.CharField(max_length=10, choices=Kind)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.MANAGERS)
    title = models.CharField(max_length=200)
    problem = models.TextField(help_text="Which problem it answers.")
    context = models.TextField(blank=True, help_text="Where it worked: size, industry, money, people.")
    steps = models.JSONField(default=list)
    checklist = models.JSONField(default=list, help_text="What has to be in place elsewhere for it to work.")
    cost_eur = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    evidence = models.TextField(blank=True, help_text="How it is known that it works.")
    source_url = models.URLField(max_length=500, blank=True)
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveSmallIntegerField(default=1)
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    written_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(supersedes=None, version=1) | Q(supersedes__isnull=False, version__gt=1),
                name="support_knowledgeitem_version",
            )
        ]

    def __str__(self) -> str:
        return self.title


class KnowledgeAnswer(models.Model):
    """An answer or a comment under a piece."""

    item = models.ForeignKey(KnowledgeItem, on_delete=models.CASCADE, related_name="answers")
    text = models.TextField(max_length=2000)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]


class KnowledgeReuse(models.Model):
    """A cluster takes a piece up: which lines of its transfer checklist it fulfils, and what came of it."""

    item = models.ForeignKey(KnowledgeItem, on_delete=models.CASCADE, related_name="reuses")
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="+")
    on = models.DateField()
    fulfilled = models.JSONField(default=list, help_text="Positions in the checklist.")
    result = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-on", "pk"]
        constraints = [models.UniqueConstraint(fields=["item", "cluster"], name="support_knowledgereuse_once")]
