"""Clusters (the ecosystems) and the organisations that manage them: two things, tied by dated mandates."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from poliedro.accounts.models import Person
from poliedro.reference.models import Code, Fact, ProgrammePeriod
from poliedro.registry.models.organisations import Organisation


class ClusterQuerySet(models.QuerySet["Cluster"]):
    def existing_on(self, day: object) -> ClusterQuerySet:
        return self.filter(founded_on__lte=day).filter(Q(closed_on=None) | Q(closed_on__gt=day))


class Cluster(models.Model):
    """The ecosystem of firms and actors round an industry or a technology. Not its management organisation."""

    class Type(models.TextChoices):
        SECTORAL = "sectoral"
        TRANSVERSAL = "transversal"

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    field = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=12, choices=Type, default=Type.SECTORAL)
    description = models.TextField(blank=True)
    website = models.URLField(max_length=500, blank=True)
    founded_on = models.DateField()
    closed_on = models.DateField(
        null=True, blank=True, help_text="First day on which it no longer existed under this name."
    )
    colour = models.CharField(max_length=7, default="#5c6f82", help_text="The same on every page.")
    position = models.PositiveSmallIntegerField(default=0)
    is_synthetic = models.BooleanField(default=False)

    objects = ClusterQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gt=F("founded_on")),
                name="registry_cluster_closed_after_founded",
            )
        ]

    def last_day(self, today: date) -> date | None:
        """Its last day, where that is past; None while it exists."""
        return self.closed_on - timedelta(days=1) if self.closed_on and self.closed_on <= today else None

    def __str__(self) -> str:
        return self.name


class ClusterProfile(Fact):
    """What a cluster was called over some days, and of which type it was. See Note [Present and past]: days of which no
    profile speaks are answered by the cluster's own row."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="profiles")
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=12, choices=Cluster.Type)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["cluster", "valid_from"],
                condition=Q(retracted_at=None),
                name="registry_clusterprofile_one_a_day",
            ),
        ]


class Lineage(Fact):
    """`predecessor` went into `successor` on a day. A series of a cluster sums those of its ancestors before that day.

    share: the part of the predecessor that went this way; the shares of one predecessor add up to 1.
    """

    predecessor = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="successors")
    successor = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="predecessors")
    on = models.DateField()
    share = models.FloatField(default=1.0)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["predecessor", "successor"], condition=Q(retracted_at=None), name="registry_lineage_once"
            ),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="registry_lineage_not_itself"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="registry_lineage_share"),
        ]


class ClusterDefinition(Fact):
    """One version of the list of activities that make up the cluster's industry. Each version stays quotable."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="definitions")
    version = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=300, blank=True)

    class Meta(Fact.Meta):
        ordering = ["cluster", "version"]
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["cluster", "version"],
                condition=Q(retracted_at=None),
                name="registry_clusterdefinition_one_version",
            ),
        ]


class DefinitionCode(models.Model):
    """A class inside a definition. It stands for all classes below it."""

    definition = models.ForeignKey(ClusterDefinition, on_delete=models.CASCADE, related_name="codes")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["definition", "code"], name="registry_definitioncode_once")]


class ClusterAreaLink(Fact):
    """How much of a cluster's work belongs to an S3 area in a programming period; a cluster's weights add up to at
    most 1."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="areas")
    area = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(ProgrammePeriod, on_delete=models.PROTECT, related_name="+")
    weight = models.FloatField(default=1.0)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(weight__gt=0, weight__lte=1), name="registry_clusterarealink_weight"),
        ]


class ManagementOrganisation(models.Model):
    """A body with staff and a budget that manages clusters."""

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="management")

    def __str__(self) -> str:
        return self.organisation.name


class Mandate(Fact):
    """A body manages a cluster from a day to a day, alone, as leader or as co-manager."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="mandates")
    body = models.ForeignKey(ManagementOrganisation, on_delete=models.PROTECT, related_name="mandates")
    is_lead = models.BooleanField(default=True)


class StaffAssignment(Fact):
    """A person's work for a cluster on behalf of its managing body. fte: share of a full-time year, 0..1."""

    class Role(models.TextChoices):
        MANAGER = "manager"
        OFFICER = "officer"
        PROJECT = "project"
        COMMUNICATION = "communication"
        ADMINISTRATION = "administration"

    body = models.ForeignKey(ManagementOrganisation, on_delete=models.PROTECT, related_name="staff")
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="staff")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=20, choices=Role)
    fte = models.DecimalField(max_digits=4, decimal_places=3)
    competences = models.CharField(max_length=300, blank=True)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(fte__gt=0, fte__lte=1), name="registry_staffassignment_fte"),
        ]


class RevenueSource(models.TextChoices):
    ERDF = "erdf", _("ERDF")
    OTHER_EU = "other_eu", _("other EU funds")
    FEES = "fees", _("membership fees")
    SERVICES = "services", _("services sold")
    OTHER_PUBLIC = "other_public", _("other public funds")
    PRIVATE = "private", _("private funds")


class RevenueLine(Fact):
    """Revenue of a managing body for a cluster in a year, by source."""

    body = models.ForeignKey(ManagementOrganisation, on_delete=models.PROTECT, related_name="revenues")
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="revenues")
    year = models.PositiveSmallIntegerField()
    origin = models.CharField(max_length=15, choices=RevenueSource)
    amount_eur = models.DecimalField(max_digits=14, decimal_places=2)
    note = models.CharField(max_length=200, blank=True)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(amount_eur__gte=0), name="registry_revenueline_not_negative"),
        ]
        indexes = [models.Index(fields=["cluster", "year"])]


class CostLine(Fact):
    """Cost of a managing body for a cluster in a year."""

    class Kind(models.TextChoices):
        STAFF = "staff"
        SERVICES = "services"
        PREMISES = "premises"
        EVENTS = "events"
        OTHER = "other"

    body = models.ForeignKey(ManagementOrganisation, on_delete=models.PROTECT, related_name="costs")
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="costs")
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=15, choices=Kind)
    amount_eur = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(amount_eur__gte=0), name="registry_costline_not_negative"),
        ]


class LabelAward(Fact):
    """An excellence label (ESCA Bronze, Silver, Gold ...) of a cluster; valid_to is its expiry."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="labels")
    label = models.CharField(max_length=100)
    awarded_by = models.CharField(max_length=200, blank=True)
