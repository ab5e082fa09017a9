"""What clusters and the agency offer to firms: services with dated prices, and packages of them with partners."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from poliedro.reference.models import Certainty, Fact, Source
from poliedro.registry.models import Cluster, InnovationType, Organisation, ServiceOffer


class OfferedQuerySet(models.QuerySet[Any]):
    def open_on(self, day: date) -> Self:
        """Those that can be requested on the day."""
        return self.filter(Q(opened_on__lte=day), Q(closed_on=None) | Q(closed_on__gt=day))


class Offered(models.Model):
    """Abstract: something that can be requested, from a day to a day. Without a cluster: of the agency."""

    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="%(class)ss")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True, help_text="First day on which it is no longer offered.")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    certainty = models.CharField(max_length=10, choices=Certainty)

    class Meta:
        abstract = True
        ordering = ["cluster", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gt=F("opened_on")), name="%(app_label)s_%(class)s_days"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_synthetic(self) -> bool:
        return self.certainty == Certainty.SYNTHETIC


class Service(Offered):
    """A service that a firm can ask for: to whom it is open, what it renews, its price, how soon one is answered."""

    class Tier(models.TextChoices):
        FIRST_STEP = "first_step", _("first step: short and easy")
        STANDARD = "standard", _("standard")
        TAILORED = "tailored", _("tailored to the firm")

    class StateAid(models.TextChoices):
        NONE = "none", _("no aid: the full price is paid")
        NOT_STATED = "", _("not stated")
        DE_MINIMIS = "de_minimis", _("de minimis (Regulation 2023/2831)")
        GBER_18 = "gber_18", _("advice to SMEs (GBER, article 18)")
        GBER_25 = "gber_25", _("research and development (GBER, article 25)")
        GBER_27 = "gber_27", _("innovation clusters (GBER, article 27)")
        GBER_28 = "gber_28", _("innovation aid to SMEs (GBER, article 28)")
        GBER_31 = "gber_31", _("training (GBER, article 31)")

    kind = models.CharField(max_length=30, choices=ServiceOffer.Service)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="services_offered")
    innovation = models.CharField(max_length=15, choices=InnovationType)
    is_rd = models.BooleanField(default=False, help_text="Whether R&D is what it helps with.")
    tier = models.CharField(max_length=10, choices=Tier, default=Tier.STANDARD)
    audiences = models.JSONField(
        default=list, blank=True, help_text="Values of ServiceOffer.Audience; empty: everybody."
    )
    state_aid = models.CharField(max_length=12, choices=StateAid, blank=True, default=StateAid.NOT_STATED)
    answer_days = models.PositiveSmallIntegerField(default=3, help_text="Working days in which a request is answered.")
    usual_hours = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    yearly_capacity = models.PositiveIntegerField(null=True, blank=True, help_text="How often a year; null: no limit.")
    checklist = models.JSONField(
        default=list, blank=True, help_text="[{it, en, hours}]: what has to be done, and how long it takes."
    )
    priority = models.PositiveSmallIntegerField(
        default=3, help_text="1: goes first if money falls short; 5: kept the longest."
    )
    offers = models.ManyToManyField(ServiceOffer, blank=True, related_name="+", help_text="What the map shows for it.")

    objects = OfferedQuerySet.as_manager()

    class Meta(Offered.Meta):
        constraints = [
            *Offered.Meta.constraints,
            models.CheckConstraint(condition=Q(priority__gte=1, priority__lte=5), name="support_service_priority"),
            models.CheckConstraint(condition=Q(answer_days__gte=1), name="support_service_answer_days"),
        ]


class ServicePrice(Fact):
    """What a service costs over some days. Null: on request; 0: free."""

    class Unit(models.TextChoices):
        ONCE = "once", _("in all")
        HOUR = "hour", _("an hour")
        DAY = "day", _("a day")

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="prices")
    members_eur = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    others_eur = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    unit = models.CharField(max_length=5, choices=Unit, default=Unit.ONCE)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["service", "valid_from"], condition=Q(retracted_at=None), name="support_serviceprice_one_a_day"
            ),
            models.CheckConstraint(
                condition=(Q(members_eur=None) | Q(members_eur__gte=0)) & (Q(others_eur=None) | Q(others_eur__gte=0)),
                name="support_serviceprice_not_negative",
            ),
        ]


class Package(Offered):
    """Services in an order, each by a provider, asked for as one (R066). discount: share off the sum of prices."""

    discount = models.DecimalField(max_digits=4, decimal_places=3, default=0)

    objects = OfferedQuerySet.as_manager()

    class Meta(Offered.Meta):
        constraints = [
            *Offered.Meta.constraints,
            models.CheckConstraint(condition=Q(discount__gte=0, discount__lte=1), name="support_package_discount"),
        ]


class PackageStep(models.Model):
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="in_packages")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="package_steps")

    class Meta:
        ordering = ["package", "position"]
        constraints = [
            models.UniqueConstraint(fields=["package", "position"], name="support_packagestep_one_a_place"),
        ]
