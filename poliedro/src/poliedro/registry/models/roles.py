"""The dated relations from which a person's roles follow, beside staff assignments and mandates."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from poliedro.accounts.models import Person
from poliedro.reference.models import Fact
from poliedro.registry.models.clusters import Cluster
from poliedro.registry.models.organisations import Organisation


class Office(Fact):
    """A person holds a function at a body: regional officer, funding officer, agency staff, coach, evaluator ..."""

    class Function(models.TextChoices):
        REGIONAL_OFFICER = "regional_officer"
        FUNDING_OFFICER = "funding_officer"
        AGENCY_STAFF = "agency_staff"
        COACH = "coach"
        EVALUATOR = "evaluator"
        FDI_OFFICER = "fdi_officer"
        DATA_STEWARD = "data_steward"
        AUDITOR = "auditor"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="offices")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="offices")
    unit = models.CharField(max_length=200, blank=True)
    function = models.CharField(max_length=20, choices=Function)
    cluster = models.ForeignKey(
        Cluster,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="offices",
        help_text="Where the function is for one cluster alone.",
    )


class Delegation(Fact):
    """An organisation lets a person act for it, within a scope."""

    class Scope(models.TextChoices):
        FULL = "full", _("everything")
        PROFILE = "profile", _("its profile")
        APPLICATIONS = "applications", _("its applications")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delegations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="delegations")
    scope = models.CharField(max_length=15, choices=Scope, default=Scope.FULL)
    granted_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="delegations_granted"
    )
