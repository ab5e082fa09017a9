"""Research and innovation projects: who took part, with what money, for which cluster, with how much work."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from poliedro.reference.models import Certainty, Fact, Load, Source, Territory
from poliedro.registry.models.clusters import Cluster
from poliedro.registry.models.organisations import Organisation


class Project(models.Model):
    """A funded project. Its title is empty where no loaded file gives one; pages then show its number."""

    class Scheme(models.TextChoices):
        H2020 = "h2020", _("Horizon 2020")
        HORIZON_EUROPE = "horizon_europe", _("Horizon Europe")
        COHESION = "cohesion", _("cohesion policy")
        REGIONAL = "regional", _("regional project")
        OTHER = "other", _("other")

    scheme = models.CharField(max_length=20, choices=Scheme)
    number = models.CharField(max_length=120, help_text="rcn or grant number, or the local project code.")
    rcn = models.CharField(
        max_length=20, blank=True, help_text="CORDIS record number: ties files by rcn to files by grant number."
    )
    acronym = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=600, blank=True)
    objective = models.TextField(blank=True)
    programme = models.CharField(max_length=200, blank=True)
    cup = models.CharField(max_length=15, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    total_cost_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    public_contribution_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    certainty = models.CharField(max_length=10, choices=Certainty)
    recorded_at = models.DateTimeField(auto_now_add=True)
    retracted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "number"], condition=Q(retracted_at=None), name="registry_project_one_number"
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="registry_project_days_in_order",
            ),
        ]
        indexes = [models.Index(fields=["cup"]), models.Index(fields=["rcn"])]

    def __str__(self) -> str:
        return self.title or self.acronym or self.number


class ProjectTerms(Fact):
    """Days and money of a project, as the register knew them from a moment to a moment.

    A project that was never corrected has none: its own row holds what is known (Note [Present and past]). The first
    correction writes two: what was known until then, and what is known from then on.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="terms")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    total_cost_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    public_contribution_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name_plural = "project terms"
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["project"], condition=Q(retracted_at=None), name="registry_projectterms_one_known"
            ),
        ]


class ProjectShare(Fact):
    """The part of a project that counts for a cluster. The current shares of a project add up to 1."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="shares")
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="project_shares")
    share = models.DecimalField(max_digits=9, decimal_places=8)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="registry_projectshare_share"),
            models.UniqueConstraint(
                fields=["project", "cluster"], condition=Q(retracted_at=None), name="registry_projectshare_once"
            ),
        ]


class ProjectPlace(Fact):
    """Where a project is carried out, as its source states it."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="places")
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, related_name="+", help_text="The smallest place known."
    )
    address = models.CharField(max_length=300, blank=True)

    class Meta(Fact.Meta):
        indexes = [models.Index(fields=["territory", "project"])]


class ProjectSpending(Fact):
    """What an official file of a day states of a project's money and of who receives it.

    A later file is another fact, so that spending has a path. cycle: the programming period in the file's own words.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="spending")
    stated_on = models.DateField(help_text="The day that the amounts speak of.")
    committed_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    paid_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    beneficiary = models.CharField(max_length=300, blank=True)
    beneficiary_tax_code = models.CharField(max_length=20, blank=True)
    cycle = models.CharField(max_length=80, blank=True)

    class Meta(Fact.Meta):
        verbose_name_plural = "project spending"
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["project", "stated_on"],
                condition=Q(retracted_at=None),
                name="registry_projectspending_one_a_day",
            ),
        ]


class Participation(Fact):
    """An organisation's part in a project."""

    class Role(models.TextChoices):
        COORDINATOR = "coordinator", _("coordinator")
        PARTICIPANT = "participant", _("participant")
        PARTNER = "partner", _("partner")
        THIRD_PARTY = "third_party", _("third party")
        HOST = "host", _("host institution")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="participations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="participations")
    role = models.CharField(max_length=15, choices=Role)
    contribution_eur = models.DecimalField(
        max_digits=16,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Public contribution; null where the file gives none.",
    )
    cost_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)

    class Meta(Fact.Meta):
        indexes = [models.Index(fields=["organisation", "project"]), models.Index(fields=["project"])]


class ResearchContract(Fact):
    """A firm orders research from a research body."""

    firm = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="research_ordered")
    research_body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="research_contracts")
    cluster = models.ForeignKey(
        Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="research_contracts"
    )
    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.PROTECT, related_name="research_contracts"
    )
    amount_eur = models.DecimalField(max_digits=14, decimal_places=2)
    signed_on = models.DateField()

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="registry_researchcontract_positive"),
        ]


class EffortRecord(Fact):
    """Hours that a group of persons worked on a project in a year. FTE = hours / full-time hours of a year."""

    class Group(models.TextChoices):
        MANAGEMENT = "management"
        RESEARCH = "research"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="efforts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="efforts")
    year = models.PositiveSmallIntegerField()
    group = models.CharField(max_length=12, choices=Group)
    hours = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(hours__gte=0), name="registry_effortrecord_not_negative"),
        ]
