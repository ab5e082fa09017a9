"""What the region measures with: sources, loads, territories, classifications, periods, indicator cards, statistics."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.shared.countries import country_names
from poliedro.shared.dated import Dated


class Certainty(models.TextChoices):
    """How a figure came to be. Shown as a small mark beside every figure."""

    OFFICIAL = "official"
    REPORTED = "reported"
    ESTIMATED = "estimated"
    SYNTHETIC = "synthetic"


class Source(models.Model):
    """A publisher's data set, a study, or a questionnaire: what a figure can be traced to."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=400, help_text="Carries both languages where a person wrote both.")
    publisher = models.CharField(max_length=200)
    licence = models.CharField(max_length=100, blank=True)
    url = models.URLField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    fills = models.TextField(blank=True, help_text="What appears on the site once this source is loaded.")
    certainty = models.CharField(max_length=10, choices=Certainty)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Load(models.Model):
    """One run of an importer: all of its rows are in the register, or none."""

    class State(models.TextChoices):
        PREVIEWED = "previewed", _("previewed")
        LOADED = "loaded", _("loaded")
        UNDONE = "undone", _("undone")

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="loads")
    importer = models.CharField(max_length=60)
    file_name = models.CharField(max_length=300)
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the file's content, hexadecimal.")
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State)
    rows_read = models.PositiveIntegerField(default=0)
    rows_loaded = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_rejected = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=dict)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["importer", "checksum"])]

    def __str__(self) -> str:
        return f"{self.importer} {self.file_name} {self.started_at:%Y-%m-%d %H:%M}"


class RejectedRow(models.Model):
    """A row that an importer refused: where, which value, and what to do about it."""

    load = models.ForeignKey(Load, on_delete=models.CASCADE, related_name="rejected")
    number = models.PositiveIntegerField(help_text="Row of the file, the header being row 1.")
    field = models.CharField(max_length=100)
    value = models.CharField(max_length=300, blank=True)
    problem = models.CharField(max_length=300)
    remedy = models.CharField(max_length=300)

    class Meta:
        ordering = ["number", "field"]


class ChangedRow(models.Model):
    """A row that a load changed in place (no fact, so no history of its own): what it held before and after."""

    load = models.ForeignKey(Load, on_delete=models.CASCADE, related_name="changed")
    model = models.CharField(max_length=60, help_text="app_label.ModelName")
    key = models.BigIntegerField()
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        ordering = ["pk"]


class Fact(Dated):
    """Abstract: a dated statement with its source. `load` is set where a file brought it, so that it can be undone."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    retracted_by = models.ForeignKey(
        Load,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The load that replaced this row, if a load did.",
    )
    certainty = models.CharField(max_length=10, choices=Certainty)

    class Meta(Dated.Meta):
        abstract = True


class Territory(models.Model):
    """A place with borders: country, NUTS 1 to 3, municipality. Codes are of one version (NUTS 2016)."""

    class Level(models.TextChoices):
        COUNTRY = "nuts0"
        NUTS1 = "nuts1"
        NUTS2 = "nuts2"
        NUTS3 = "nuts3"
        MUNICIPALITY = "lau"

    code = models.CharField(max_length=20)
    version = models.CharField(max_length=10, default="2016")
    level = models.CharField(max_length=5, choices=Level)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    national_code = models.CharField(
        max_length=20, blank=True, help_text="ISTAT code or the like; province sign for NUTS 3."
    )
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    geometry = models.JSONField(null=True, blank=True, help_text="GeoJSON geometry, WGS 84; null where not loaded.")
    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="+")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "territories"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version", "level"], name="reference_territory_one_code"),
            models.CheckConstraint(
                condition=Q(latitude=None) | Q(latitude__range=(-90, 90)), name="reference_territory_latitude"
            ),
        ]
        indexes = [models.Index(fields=["level", "name"])]

    @property
    def title(self) -> str:
        """Its name in the reader's language: a country has one in each, other places are called as at home."""
        return country_names().get(self.code, self.name) if self.level == self.Level.COUNTRY else self.name

    def __str__(self) -> str:
        return self.name


class Classification(models.Model):
    """One version of a classification: NACE Rev. 2, ATECO 2025, S3 areas 2021-27, size classes ..."""

    key = models.SlugField(max_length=40, help_text="nace, ateco, s3, sdg, size, trl, organisation-kind ...")
    version = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="reference_classification_one_version")]

    def __str__(self) -> str:
        return self.name


class Code(models.Model):
    """A class of a classification, with its label in Italian and English."""

    classification = models.ForeignKey(Classification, on_delete=models.PROTECT, related_name="codes")
    code = models.CharField(max_length=20)
    label = models.CharField(max_length=500)
    level = models.PositiveSmallIntegerField(default=1)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["classification", "code"]
        constraints = [models.UniqueConstraint(fields=["classification", "code"], name="reference_code_once")]

    @property
    def title(self) -> str:
        """The label as a sentence: some publishers write theirs in capitals."""
        return self.label.capitalize() if len(self.label) > 4 and self.label.isupper() else self.label

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Concordance(models.Model):
    """A class of one version and what it became in another; share is the part that goes there (null: not stated)."""

    origin = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="successors")
    target = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="predecessors")
    share = models.FloatField(null=True, blank=True)
    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="+")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "target"], name="reference_concordance_once"),
            models.CheckConstraint(
                condition=Q(share=None) | Q(share__gt=0, share__lte=1), name="reference_concordance_share"
            ),
        ]


class ProgrammePeriod(models.Model):
    """A programming period of cohesion policy: 2007-13, 2014-20, 2021-27."""

    key = models.CharField(max_length=10, unique=True)
    valid_from = models.DateField()
    valid_to = models.DateField()

    def __str__(self) -> str:
        return self.key


class IndicatorCard(Dated):
    """What an indicator means: one version of its definition."""

    key = models.SlugField(max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=200)
    definition = models.TextField()
    formula = models.TextField()
    unit = models.CharField(max_length=60)
    counting_rule = models.TextField(blank=True)
    null_means = models.CharField(max_length=200)
    direction = models.CharField(
        max_length=10, choices=[("up", "up"), ("down", "down"), ("none", "none")], default="none"
    )
    owner = models.CharField(max_length=200, blank=True)
    source_text = models.CharField(max_length=300)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["key", "version"], name="reference_indicatorcard_one_version"),
        ]

    def __str__(self) -> str:
        return self.name


class StatisticTable(Fact):
    """A table of open statistics in long form, kept as Parquet in the store; the row says what it holds.

    Columns of the file: territory, activity (code or null), indicator, year, value (float, null: not available), flag.
    """

    key = models.SlugField(max_length=60)
    title = models.CharField(max_length=300)
    path = models.CharField(max_length=300, help_text="Relative to the store.")
    checksum = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    first_year = models.PositiveSmallIntegerField()
    last_year = models.PositiveSmallIntegerField()
    classification = models.ForeignKey(Classification, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["key"], condition=Q(retracted_at=None), name="reference_statistictable_one_current"
            ),
        ]


class Statistic(Fact):
    """One official or reported number: indicator x territory x class x year. For what pages show; bulk is in tables."""

    indicator = models.CharField(max_length=60)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="statistics")
    code = models.ForeignKey(Code, null=True, blank=True, on_delete=models.PROTECT, related_name="statistics")
    size_class = models.CharField(max_length=10, blank=True)
    year = models.PositiveSmallIntegerField()
    value = models.FloatField(null=True)
    flag = models.CharField(max_length=10, blank=True)

    class Meta(Fact.Meta):
        indexes = [models.Index(fields=["indicator", "territory", "year"])]

    def __str__(self) -> str:
        return f"{self.indicator} {self.territory_id} {self.year}: {self.value}"


class StoredResult(models.Model):
    """What a run computed, as the page will show it. Same inputs, same checksum: a run that finds it does nothing."""

    key = models.SlugField(max_length=60)
    parameters = models.JSONField(default=dict)
    payload = models.JSONField()
    inputs_checksum = models.CharField(max_length=64)
    certainty = models.CharField(max_length=10, choices=Certainty)
    source_names = models.CharField(max_length=300, blank=True)
    computed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["key", "-computed_at"])]
