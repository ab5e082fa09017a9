"""Programme > measure > call > line, dated; the rules of a call as data, in versions that are frozen once published."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.funding.rules.document import CallDocument, checksum, read_call
from poliedro.reference.models import Certainty, Code, Load, ProgrammePeriod, Source
from poliedro.shared.spoken import spoken


class Programme(models.Model):
    """A programme that pays for measures: the regional ERDF programme, a national plan, a bank foundation's."""

    key = models.SlugField(max_length=60, unique=True)
    name_it = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    authority = models.CharField(max_length=200)
    period = models.ForeignKey(ProgrammePeriod, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    budget_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    url = models.URLField(max_length=500, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    certainty = models.CharField(max_length=10, choices=Certainty)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return spoken(self.name_it, self.name_en)


class Measure(models.Model):
    """What a programme does for whom (R023): target groups, stages and instrument tell where measures overlap."""

    class Instrument(models.TextChoices):
        GRANT = "grant", _("grant")
        LOAN = "loan", _("loan")
        MIXED = "mixed", _("grant and loan")
        VOUCHER = "voucher", _("voucher")
        EQUITY = "equity", _("equity")
        SERVICE = "service", _("service")
        TRAINING = "training", _("training")

    class Stage(models.TextChoices):
        IDEA = "idea", _("idea")
        START_UP = "start_up", _("start-up")
        GROWTH = "growth", _("growth")
        MATURE = "mature", _("established firm")

    class Objective(models.TextChoices):
        """The three objectives of industrial modernisation since 2015 (R019)."""

        DIGITAL = "digital", _("diffusion of digital skills, tools and applications")
        CROSS_SECTOR = "cross_sector", _("cross-sector fertilisation")
        COLLABORATION = "collaboration", _("collaboration between firms and research")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="measures")
    key = models.SlugField(max_length=60, unique=True)
    name_it = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    groups = models.JSONField(
        default=list, help_text="Kinds and size classes of those it is for, as the facts name them."
    )
    stages = models.JSONField(default=list)
    instrument = models.CharField(max_length=10, choices=Instrument)
    innovation = models.JSONField(default=list, help_text="Types of innovation; empty: all.")
    trl_from = models.PositiveSmallIntegerField(default=1)
    trl_to = models.PositiveSmallIntegerField(default=9)
    objectives = models.JSONField(default=list)
    budget_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    is_proposed = models.BooleanField(
        default=False, help_text="Not adopted yet: shown apart, to see what it would add."
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    certainty = models.CharField(max_length=10, choices=Certainty)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(trl_from__gte=1, trl_to__lte=9, trl_from__lte=F("trl_to")), name="funding_measure_trl"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="funding_measure_days_in_order"
            ),
        ]

    def __str__(self) -> str:
        return spoken(self.name_it, self.name_en)


class Call(models.Model):
    """An invitation to apply. Where applications are handed in stays where it is: `portal_url` leads there."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("call", "draft")
        PUBLISHED = "published", pgettext_lazy("call", "published")
        CLOSED = "closed", pgettext_lazy("call", "closed")
        DECIDED = "decided", pgettext_lazy("call", "decided")

    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="calls")
    key = models.SlugField(max_length=60, unique=True)
    title_it = models.CharField(max_length=300)
    title_en = models.CharField(max_length=300)
    about_it = models.TextField(blank=True)
    about_en = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    opens_on = models.DateField(null=True, blank=True)
    closes_on = models.DateField(null=True, blank=True, help_text="The last day; empty: until the money is spent.")
    portal_url = models.URLField(max_length=500, blank=True, help_text="Where applications are handed in.")
    areas = models.ManyToManyField(Code, blank=True, related_name="+", help_text="S3 areas that it serves (R022).")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    certainty = models.CharField(max_length=10, choices=Certainty)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-opens_on", "key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on=None) | Q(opens_on=None) | Q(closes_on__gte=F("opens_on")),
                name="funding_call_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(opens_on__isnull=False), name="funding_call_published_has_day"
            ),
        ]

    def __str__(self) -> str:
        return spoken(self.title_it, self.title_en)

    @property
    def is_synthetic(self) -> bool:
        return self.certainty == Certainty.SYNTHETIC


class CallLine(models.Model):
    """A part of a call with its own budget; its rules are in the version's document under the same key."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="lines")
    key = models.CharField(max_length=20)
    title_it = models.CharField(max_length=300)
    title_en = models.CharField(max_length=300)
    budget_eur = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["call", "position", "key"]
        constraints = [models.UniqueConstraint(fields=["call", "key"], name="funding_callline_once")]

    def __str__(self) -> str:
        return f"{self.call_id} {self.key}"


class FrozenVersion(RuntimeError):
    """A published version of a call's rules is never changed; make a new version."""


class CallVersion(models.Model):
    """The rules of a call as one document. A version that was published is frozen."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    document = models.JSONField()
    checksum = models.CharField(max_length=64)
    note = models.CharField(max_length=300, blank=True, help_text="What changed against the version before.")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    window_reason = models.CharField(
        max_length=300, blank=True,
        help_text="Published without criteria: why it is a window procedure, by order of arrival.",
    )  # fmt: skip
    valid_to = models.DateTimeField(null=True, blank=True, help_text="When a later version took its place.")

    class Meta:
        ordering = ["call", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="funding_callversion_once"),
            models.UniqueConstraint(
                fields=["call"],
                condition=Q(published_at__isnull=False, valid_to=None),
                name="funding_callversion_one_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} v{self.number}"

    @property
    def rules(self) -> CallDocument:
        return read_call(self.document)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            old = CallVersion.objects.filter(pk=self.pk).values_list("published_at", "checksum").first()
            if old and old[0] is not None and old[1] != checksum(self.document):
                raise FrozenVersion(
                    f"version {self.number} of {self.call_id} was published on {old[0]:%Y-%m-%d}; make a new one"
                )
        self.checksum = checksum(self.document)
        super().save(*args, **kwargs)


class Simulation(models.Model):
    """What a version would do on the whole register, stored with what it was computed from."""

    version = models.ForeignKey(CallVersion, on_delete=models.CASCADE, related_name="simulations")
    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of rules, register and assumptions.")
    assumptions = models.JSONField(default=dict)
    inputs = models.JSONField(default=dict, help_text="Rows and checksum of the register that was read, and its day.")
    result = models.JSONField()
    seconds = models.FloatField()
    seed = models.PositiveIntegerField()
    certainty = models.CharField(max_length=10, choices=Certainty)
    source_names = models.CharField(max_length=300, blank=True)
    computed_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-computed_at"]
