"""Organisations of every kind and what is known of each: names, identifiers, activities, sites, groups, accounts."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from poliedro.reference.models import Certainty, Code, Fact, Load, Source, Territory


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def current(self) -> OrganisationQuerySet:
        """Organisations that were not merged into another."""
        return self.filter(merged_into=None, retracted_at=None)

    def located_in(self, territory: Territory) -> OrganisationQuerySet:
        """Organisations in the territory or in one of its parts (up to four levels down)."""
        at = Q(territory=territory)
        for depth in range(1, 5):
            at |= Q(**{"territory__" + "__".join(["parent"] * depth): territory})
        return self.filter(at)


class Organisation(models.Model):
    """A body that takes part in the ecosystem. What changes over time lies in facts beside it."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", _("enterprise")
        START_UP = "start_up", _("start-up")
        LARGE_FIRM = "large_firm", _("large firm")
        RESEARCH_BODY = "research_body", _("research body")
        UNIVERSITY = "university", _("university")
        DEPARTMENT = "department", _("university department")
        ITS = "its", _("higher technical school (ITS)")
        INCUBATOR = "incubator", _("incubator")
        ACCELERATOR = "accelerator", _("accelerator")
        INVESTOR = "investor", _("investor")
        BANK_FOUNDATION = "bank_foundation", _("bank foundation")
        THIRD_SECTOR = "third_sector", _("third-sector body")
        PUBLIC_AUTHORITY = "public_authority", _("public authority")
        FDI_AGENCY = "fdi_agency", _("inward-investment agency")
        FOREIGN_CLUSTER = "foreign_cluster", _("foreign cluster")
        ASSOCIATION = "association", _("association")
        MANAGEMENT_BODY = "management_body", _("cluster management organisation")
        SCIENCE_PARK = "science_park", _("science park")
        UNKNOWN = "unknown", _("kind not known")

    class SizeClass(models.TextChoices):
        """EU size class, Recommendation 2003/361/EC, with linked and partner firms counted."""

        MICRO = "micro", _("micro")
        SMALL = "small", _("small")
        MEDIUM = "medium", _("medium")
        LARGE = "large", _("large")
        UNKNOWN = "", _("size not known")

    name = models.CharField(max_length=300, blank=True, help_text="Empty where no loaded file gives a name.")
    short_name = models.CharField(max_length=150, blank=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.UNKNOWN)
    legal_form = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 alpha-2 (GR and GB, not EL and UK).")
    territory = models.ForeignKey(
        Territory,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="organisations",
        help_text="The smallest place known: municipality, else province, else region.",
    )
    place_text = models.CharField(max_length=200, blank=True, help_text="The place as the source writes it.")
    street = models.CharField(max_length=300, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    website = models.URLField(max_length=500, blank=True)
    founded_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    description = models.TextField(blank=True)
    size_class = models.CharField(
        max_length=10,
        choices=SizeClass,
        blank=True,
        help_text="Stored by assess_sizes; the dated computation lies in FinancialStatement and GroupLink.",
    )
    nace = models.ForeignKey(
        Code,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Main activity of today, copied from Activity for the directory.",
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    certainty = models.CharField(max_length=10, choices=Certainty)
    recorded_at = models.DateTimeField(auto_now_add=True)
    retracted_at = models.DateTimeField(null=True, blank=True, help_text="When the load that brought it was undone.")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    objects = OrganisationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")),
                name="registry_organisation_not_merged_into_itself",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(founded_on=None) | Q(closed_on__gte=F("founded_on")),
                name="registry_organisation_closed_after_founded",
            ),
        ]
        indexes = [
            models.Index(fields=["name"]),
            models.Index(fields=["kind", "name"]),
            models.Index(fields=["territory", "name"]),
            models.Index(fields=["size_class", "name"]),
        ]

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"

    @property
    def is_synthetic(self) -> bool:
        return self.certainty == Certainty.SYNTHETIC


class OrganisationName(Fact):
    """A name that a source gives to the organisation: former, short, misspelt, translated."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="names")
    name = models.CharField(max_length=300)


class Identifier(Fact):
    """A number by which a register knows the organisation, in normal form."""

    class Scheme(models.TextChoices):
        VAT = "vat", _("VAT number")
        TAX_CODE = "tax_code", _("tax code")
        PIC = "pic", _("PIC")
        LEI = "lei", _("LEI")
        CUP = "cup", _("CUP")
        REA = "rea", _("REA number")
        LOCAL = "local", _("register number")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="identifiers")
    scheme = models.CharField(max_length=10, choices=Scheme)
    value = models.CharField(max_length=60)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["scheme", "value"], condition=Q(retracted_at=None), name="registry_identifier_one_holder"
            ),
        ]


class Activity(Fact):
    """An economic activity of the organisation, in a version of NACE or ATECO."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="activities")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="+")
    is_main = models.BooleanField(default=True)


class Standing(Fact):
    """What an organisation was over some days, in one respect: its kind, its size class or its main activity.

    # Note [Present and past]
    The organisation's own row holds what it is today; standings hold what it was, wherever that is known to differ. A
    day of which no standing speaks is answered by the row itself. `services.standings` alone writes them, so that row
    and standings agree; `queries.standings` reads them.
    """

    class Aspect(models.TextChoices):
        KIND = "kind", _("kind")
        SIZE = "size_class", _("size class")
        ACTIVITY = "nace", _("main activity")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="standings")
    aspect = models.CharField(max_length=10, choices=Aspect)
    value = models.CharField(max_length=20, blank=True, help_text="Kind or size class; empty: not known.")
    nace = models.ForeignKey(
        Code,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Main activity, NACE Rev. 2; null: not known.",
    )

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(aspect="nace", value="") | Q(aspect__in=("kind", "size_class"), nace=None),
                name="registry_standing_value_of_aspect",
            ),
            models.UniqueConstraint(
                fields=["organisation", "aspect", "valid_from"],
                condition=Q(retracted_at=None),
                name="registry_standing_one_a_day",
            ),
        ]

    @property
    def label(self) -> str:
        """A kind or size class in words; empty for an activity, which has its class."""
        words: dict[str, Any] = {
            self.Aspect.KIND: dict(Organisation.Kind.choices),
            self.Aspect.SIZE: dict(Organisation.SizeClass.choices),
        }
        return str(words.get(self.aspect, {}).get(self.value, ""))


class Establishment(Fact):
    """A site of the organisation other than, or including, its seat."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="establishments")
    name = models.CharField(max_length=200, blank=True)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    persons = models.PositiveIntegerField(null=True, blank=True)


class GroupLink(Fact):
    """`parent` holds `share` of `child`: partner from 25%, linked above 50% or by dominant influence."""

    parent = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="holdings")
    child = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="holders")
    share = models.DecimalField(max_digits=6, decimal_places=5, help_text="0..1 of capital or votes, the larger.")
    dominant = models.BooleanField(default=False, help_text="Controls by contract or board whatever the share.")

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="registry_grouplink_share"),
            models.CheckConstraint(condition=~Q(parent=F("child")), name="registry_grouplink_not_itself"),
        ]


class FinancialStatement(Fact):
    """Yearly accounts of one organisation. Money in euro; null where the statement does not say."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="statements")
    year = models.PositiveSmallIntegerField()
    turnover_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    total_assets_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    debt_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    labour_cost_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    value_added_eur = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    persons = models.DecimalField(
        max_digits=10, decimal_places=2, null=True, blank=True, help_text="Annual work units."
    )

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "year", "source"],
                condition=Q(retracted_at=None),
                name="registry_financialstatement_one_a_year_and_source",
            ),
        ]


class RegisterFlag(Fact):
    """Entry in a special section of a register (innovative start-up, innovative SME, university spin-off)."""

    class Flag(models.TextChoices):
        INNOVATIVE_START_UP = "innovative_start_up", _("innovative start-up")
        INNOVATIVE_SME = "innovative_sme", _("innovative SME")
        SPIN_OFF = "spin_off", _("university spin-off")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="flags")
    flag = models.CharField(max_length=30, choices=Flag)
    detail = models.JSONField(default=dict, blank=True)


class ServiceOffer(Fact):
    """A support service that an ecosystem body offers, to whom and where (R008: who helps whom with what)."""

    class Service(models.TextChoices):
        MATCHMAKING = "matchmaking", _("matchmaking")
        PROJECT_DEVELOPMENT = "project_development", _("R&D project development")
        FINANCE = "finance", _("access to finance")
        TECHNOLOGY_TRANSFER = "technology_transfer", _("technology transfer")
        TRAINING = "training", _("training")
        INCUBATION = "incubation", _("incubation")
        LABORATORY = "laboratory", _("laboratories")
        INTERNATIONALISATION = "internationalisation", _("internationalisation")
        INVESTMENT = "investment", _("investment")
        PLACEMENT = "placement", _("student placement")
        DIGITALISATION = "digitalisation", _("digitalisation")
        MANAGEMENT = "management", _("organisation and management")
        MARKETING = "marketing", _("marketing and design")
        EU_FUNDS = "eu_funds", _("help with EU funds")

    class Audience(models.TextChoices):
        START_UP = "start_up", _("start-ups")
        MICRO_SMALL = "micro_small", _("micro and small firms")
        MEDIUM = "medium", _("medium firms")
        LARGE = "large", _("large firms")
        RESEARCH = "research", _("research bodies")
        STUDENTS = "students", _("students")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="offers")
    service = models.CharField(max_length=30, choices=Service)
    audience = models.CharField(max_length=20, choices=Audience)
    territory = models.ForeignKey(
        Territory,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Where it serves: a province, or the region as a whole.",
    )
    note = models.CharField(max_length=300, blank=True)


class InnovationType(models.TextChoices):
    """What is new, in the broad sense of the Oslo Manual: R&D is one way to it, not the only one (R025)."""

    PRODUCT = "product", _("product or service")
    PROCESS = "process", _("process")
    ORGANISATION = "organisation", _("organisation of work")
    MANAGEMENT = "management", pgettext_lazy("innovation", "management")
    MARKETING = "marketing", pgettext_lazy("innovation", "marketing")
    DESIGN = "design", _("design")


class Delivery(Fact):
    """A service that was given: who to whom, when, hours, cost, result (R012). The one place where this is kept:
    what is planned, asked and said of it lies in `support`."""

    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="deliveries")
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="services_received")
    cluster = models.ForeignKey(
        "registry.Cluster", null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    service = models.CharField(max_length=30, choices=ServiceOffer.Service)
    delivered_on = models.DateField()
    hours = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    cost_eur = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    result = models.CharField(max_length=300, blank=True)
    innovation = models.CharField(
        max_length=15, choices=InnovationType, blank=True, help_text="What it helps to renew; empty: not stated."
    )
    is_rd = models.BooleanField(null=True, blank=True, help_text="Whether R&D is what it helps with; null: not stated.")

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(hours=None) | Q(hours__gte=0), name="registry_delivery_hours_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(cost_eur=None) | Q(cost_eur__gte=0), name="registry_delivery_cost_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["cluster", "delivered_on"])]


class RegisteredFirm(models.Model):
    """A firm of the business register: the denominator of coverage. Bulk data, no history of its own."""

    register_code = models.CharField(max_length=20, help_text="Tax code or the register's own number.")
    name = models.CharField(max_length=300, blank=True)
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="+")
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, related_name="+", help_text="Province or municipality."
    )
    size_class = models.CharField(max_length=10, choices=Organisation.SizeClass, blank=True)
    persons = models.PositiveIntegerField(null=True, blank=True)
    active_from = models.DateField(null=True, blank=True)
    active_to = models.DateField(null=True, blank=True)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="register_rows"
    )
    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="+")
    certainty = models.CharField(max_length=10, choices=Certainty)

    class Meta:
        indexes = [
            # All that counting by municipality needs (queries/towns.py), so that it reads the index alone.
            models.Index(
                fields=["code", "territory", "certainty", "load", "active_from", "active_to"],
                name="registry_registeredfirm_counts",
            ),
            models.Index(fields=["register_code"]),
        ]


class RegisterCount(models.Model):
    """Active firms of the register by class, province, size class and year: computed when a register is loaded."""

    year = models.PositiveSmallIntegerField()
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="+")
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    size_class = models.CharField(max_length=10, choices=Organisation.SizeClass, blank=True)
    firms = models.PositiveIntegerField()
    persons = models.PositiveIntegerField(null=True)
    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    certainty = models.CharField(max_length=10, choices=Certainty)
    recorded_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["year", "code", "territory", "size_class", "source"],
                condition=Q(retracted_at=None),
                name="registry_registercount_once",
            )
        ]
