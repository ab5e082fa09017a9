"""Data campaigns: the region asks, managers answer, both sign; each published figure leads to its answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext

from poliedro.monitoring.rules.campaigns import (
    ASKABLE,
    ASKED,
    CLOSED,
    DRAFT,
    OPEN,
    RETURNED,
    SIGNED,
    STARTED,
    SUBMITTED,
)
from poliedro.reference.models import Source
from poliedro.registry.models import Cluster, ReportedFigure
from poliedro.shared.spoken import spoken


class DataCampaign(models.Model):
    """The region's question: which figures of which year, from which clusters, by when."""

    key = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200, help_text="As first written; names the address.")
    title_it = models.CharField(max_length=200, blank=True)
    title_en = models.CharField(max_length=200, blank=True)
    instructions = models.TextField(blank=True, help_text="As first written.")
    instructions_it = models.TextField(blank=True)
    instructions_en = models.TextField(blank=True)
    year = models.PositiveSmallIntegerField(help_text="The year that the figures speak of.")
    opens_on = models.DateField()
    due_on = models.DateField()
    threshold = models.FloatField(default=0.25, help_text="A change above this share needs an explanation.")
    state = models.CharField(max_length=10, choices=[(s, s) for s in (DRAFT, OPEN, CLOSED)], default=DRAFT)
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Of the facts it gives."
    )
    is_synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-year", "-due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__gte=F("opens_on")), name="monitoring_datacampaign_due_after_open"
            ),
            models.CheckConstraint(condition=Q(threshold__gt=0), name="monitoring_datacampaign_threshold"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def called(self) -> str:
        """The title in the reader's language; where nobody wrote it, the other one."""
        return spoken(self.title_it, self.title_en) or gettext(self.title)

    @property
    def told(self) -> str:
        """What managers should know, in the reader's language; where nobody wrote it, the other one."""
        return spoken(self.instructions_it, self.instructions_en) or self.instructions


class CampaignFigure(models.Model):
    """A figure that is asked for."""

    campaign = models.ForeignKey(DataCampaign, on_delete=models.CASCADE, related_name="figures")
    indicator = models.CharField(max_length=60, choices=[(k, k) for k in ASKABLE])
    position = models.PositiveSmallIntegerField(default=0)
    required = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "indicator"], name="monitoring_campaignfigure_once")]

    def __str__(self) -> str:
        return self.indicator


class CampaignReply(models.Model):
    """What one cluster is asked, and how far its answer is."""

    campaign = models.ForeignKey(DataCampaign, on_delete=models.CASCADE, related_name="replies")
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="campaign_replies")
    state = models.CharField(
        max_length=10, choices=[(s, s) for s in (ASKED, STARTED, SUBMITTED, RETURNED, SIGNED)], default=ASKED
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    return_note = models.TextField(blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["campaign", "cluster__position", "pk"]
        verbose_name_plural = "campaign replies"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "cluster"], name="monitoring_campaignreply_one_a_cluster"),
            models.CheckConstraint(
                condition=~Q(state=SIGNED) | Q(signed_at__isnull=False, submitted_at__isnull=False),
                name="monitoring_campaignreply_signed_by_both",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.cluster_id}"


class CampaignAnswer(models.Model):
    """One figure of one cluster: as prefilled, as answered, with its explanation, and the fact that it became."""

    reply = models.ForeignKey(CampaignReply, on_delete=models.CASCADE, related_name="answers")
    figure = models.ForeignKey(CampaignFigure, on_delete=models.CASCADE, related_name="answers")
    value = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    register = models.DecimalField(
        max_digits=18, decimal_places=4, null=True, blank=True, help_text="What the register held when it was asked."
    )
    last_year = models.DecimalField(
        max_digits=18,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="Last year's signed answer, else the register's.",
    )
    explanation = models.TextField(blank=True)
    fact = models.OneToOneField(
        ReportedFigure, null=True, blank=True, on_delete=models.SET_NULL, related_name="campaign_answer"
    )

    class Meta:
        ordering = ["reply", "figure__position", "pk"]
        constraints = [models.UniqueConstraint(fields=["reply", "figure"], name="monitoring_campaignanswer_once")]

    def __str__(self) -> str:
        return f"{self.figure_id}: {self.value}"


class CampaignQuestion(models.Model):
    """What a campaign asks in words, where no figure answers. Read by region and cluster; no figure comes of it."""

    campaign = models.ForeignKey(DataCampaign, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(max_length=300)
    position = models.PositiveSmallIntegerField(default=0)
    required = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "text"], name="monitoring_campaignquestion_once")]

    def __str__(self) -> str:
        return self.text


class CampaignText(models.Model):
    """One cluster's answer in words. last_year: what it said when the same was asked the year before."""

    reply = models.ForeignKey(CampaignReply, on_delete=models.CASCADE, related_name="texts")
    question = models.ForeignKey(CampaignQuestion, on_delete=models.CASCADE, related_name="answers")
    text = models.TextField(blank=True)
    last_year = models.TextField(blank=True)

    class Meta:
        ordering = ["reply", "question__position", "pk"]
        constraints = [models.UniqueConstraint(fields=["reply", "question"], name="monitoring_campaigntext_once")]

    def __str__(self) -> str:
        return self.text[:60]
