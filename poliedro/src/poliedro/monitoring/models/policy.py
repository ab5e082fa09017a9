"""The intervention logic, dated: focus area > objective > action > indicator, observations, quarterly reports."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.funding.models import Measure
from poliedro.reference.models import Certainty, Fact
from poliedro.registry.models import Project


class PolicyNode(models.Model):
    """A focus area, an objective or an action, by its key. What it says from day to day lies in its terms."""

    class Kind(models.TextChoices):
        AREA = "area", _("focus area")
        OBJECTIVE = "objective", _("objective")
        ACTION = "action", pgettext_lazy("policy", "action")

    key = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class PolicyTerms(Fact):
    """What a node says from a day to a day: its words, what it hangs from, who answers for it, its measure."""

    node = models.ForeignKey(PolicyNode, on_delete=models.PROTECT, related_name="terms")
    parent = models.ForeignKey(PolicyNode, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    title_it = models.CharField(max_length=300)
    title_en = models.CharField(max_length=300)
    about_it = models.TextField(blank=True)
    about_en = models.TextField(blank=True)
    owner = models.CharField(max_length=200, blank=True, help_text="The office or body that answers for it.")
    measure = models.ForeignKey(Measure, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(Fact.Meta):
        verbose_name_plural = "policy terms"
        ordering = ["position", "pk"]
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["node"], condition=Q(retracted_at=None, valid_to=None), name="monitoring_policyterms_one_open"
            ),
            models.CheckConstraint(condition=~Q(parent=F("node")), name="monitoring_policyterms_not_in_itself"),
            models.CheckConstraint(condition=Q(valid_from__isnull=False), name="monitoring_policyterms_has_start"),
        ]

    def __str__(self) -> str:
        return self.title_en


class PolicyIndicator(models.Model):
    """An output or result indicator of the policy, by its key."""

    key = models.SlugField(max_length=60, unique=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class IndicatorTerms(Fact):
    """What an indicator measures from a day to a day, and where it should go.

    card: key of its definition in the registry of indicators. computed_by: name in the catalogue of what the register
    computes; empty: observed and entered with evidence.
    """

    class Role(models.TextChoices):
        OUTPUT = "output", _("output")
        RESULT = "result", _("result")

    indicator = models.ForeignKey(PolicyIndicator, on_delete=models.PROTECT, related_name="terms")
    node = models.ForeignKey(PolicyNode, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=Role)
    card = models.SlugField(max_length=60)
    computed_by = models.CharField(max_length=40, blank=True)
    baseline = models.FloatField(null=True, blank=True)
    baseline_on = models.DateField(null=True, blank=True)
    target = models.FloatField(null=True, blank=True)
    target_on = models.DateField(null=True, blank=True)
    owner = models.CharField(max_length=200, blank=True)
    evidence = models.CharField(max_length=300, blank=True, help_text="Where its values can be checked.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(Fact.Meta):
        verbose_name_plural = "indicator terms"
        ordering = ["role", "pk"]
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["indicator"],
                condition=Q(retracted_at=None, valid_to=None),
                name="monitoring_indicatorterms_one_open",
            ),
            models.CheckConstraint(
                condition=Q(baseline_on=None) | Q(target_on=None) | Q(target_on__gt=F("baseline_on")),
                name="monitoring_indicatorterms_target_after_baseline",
            ),
            models.CheckConstraint(
                condition=Q(baseline=None, baseline_on=None) | Q(baseline__isnull=False, baseline_on__isnull=False),
                name="monitoring_indicatorterms_baseline_dated",
            ),
            models.CheckConstraint(
                condition=Q(target=None, target_on=None) | Q(target__isnull=False, target_on__isnull=False),
                name="monitoring_indicatorterms_target_dated",
            ),
            models.CheckConstraint(condition=Q(valid_from__isnull=False), name="monitoring_indicatorterms_has_start"),
        ]


class Observation(Fact):
    """A value that somebody observed on a day, with its evidence; only of what the register cannot compute."""

    indicator = models.ForeignKey(PolicyIndicator, on_delete=models.PROTECT, related_name="observations")
    on = models.DateField()
    value = models.FloatField()
    evidence = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(Fact.Meta):
        ordering = ["on", "pk"]
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["indicator", "on"], condition=Q(retracted_at=None), name="monitoring_observation_one_a_day"
            ),
            models.CheckConstraint(condition=~Q(evidence=""), name="monitoring_observation_has_evidence"),
        ]


class FrozenReport(RuntimeError):
    """A published quarterly report is never changed; publish another version."""


class QuarterReport(models.Model):
    """A quarterly report as it was published: its content, frozen. A later version stands beside it."""

    year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    content = models.JSONField()
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the content.")
    why = models.CharField(max_length=300, blank=True, help_text="What changed against the version before.")
    certainty = models.CharField(max_length=10, choices=Certainty)
    published_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-year", "-quarter", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["year", "quarter", "version"], name="monitoring_quarterreport_once"),
            models.CheckConstraint(
                condition=Q(quarter__gte=1, quarter__lte=4), name="monitoring_quarterreport_quarter"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} Q{self.quarter} v{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk and not self._state.adding:
            raise FrozenReport(
                f"the report {self} was published on {self.published_at:%Y-%m-%d}; publish a new version"
            )
        super().save(*args, **kwargs)


class ObjectiveTag(Fact):
    """Which of the three objectives of industrial modernisation a project serves (R019)."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="objective_tags")
    objective = models.CharField(max_length=20, choices=Measure.Objective)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["project", "objective"], condition=Q(retracted_at=None), name="monitoring_objectivetag_once"
            ),
        ]


class ServiceObjective(Fact):
    """Which objective of industrial modernisation a kind of service serves; every delivery of the kind carries it."""

    service = models.CharField(max_length=30)
    objective = models.CharField(max_length=20, choices=Measure.Objective)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["service", "objective"],
                condition=Q(retracted_at=None),
                name="monitoring_serviceobjective_once",
            ),
        ]
