"""Interviews, their fragments, and the codes that each coder gave them (R047).

# Note [Coded apart]
Two people code an interview without seeing each other's codes; how far they agree says how far the codes can be
trusted. What one coder said is kept back, on the interview and in figures, from whoever has not coded all of it, until
two have. Agreement rests on what each said first: who changes codes after seeing another's does not raise it. A
fragment carries a code in figures where everybody who coded it gave it. A codebook does not change once it
is there: other codes are its next version, and each interview keeps the version that it was coded with.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from poliedro.registry.models import Cluster


class Codebook(models.Model):
    """A version of the codes. codes: a list of {"key", "label", "meaning"}, in order."""

    title = models.CharField(max_length=120)
    version = models.PositiveSmallIntegerField(default=1)
    codes = models.JSONField()
    published_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["title", "-version"]
        constraints = [models.UniqueConstraint(fields=["title", "version"], name="surveys_codebook_once")]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class Interview(models.Model):
    """A conversation that was written down. with_whom: the role of who spoke, never a name."""

    title = models.CharField(max_length=150)
    held_on = models.DateField()
    with_whom = models.CharField(max_length=150)
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="interviews")
    codebook = models.ForeignKey(Codebook, on_delete=models.PROTECT, related_name="interviews")
    agreed = models.BooleanField(help_text="Who spoke agreed that it is written down and coded.")
    entered_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-held_on", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(agreed=True), name="surveys_interview_agreed")]

    def __str__(self) -> str:
        return self.title


class Fragment(models.Model):
    """A passage of an interview, as it was written down."""

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="fragments")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ["interview", "position"]
        constraints = [models.UniqueConstraint(fields=["interview", "position"], name="surveys_fragment_once")]


class Coding(models.Model):
    """What one coder said of a fragment; codes: keys of the codebook, none where nothing applies. first: those said
    before another coder's could be seen."""

    fragment = models.ForeignKey(Fragment, on_delete=models.CASCADE, related_name="codings")
    coder = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    codes = models.JSONField(default=list)
    first = models.JSONField(default=list)
    coded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["fragment", "pk"]
        constraints = [models.UniqueConstraint(fields=["fragment", "coder"], name="surveys_coding_once")]
