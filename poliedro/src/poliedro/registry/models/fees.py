"""Membership fees: what a class pays from when, the run of a year, its invoices, and what was paid."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.reference.models import Fact
from poliedro.registry.models.clusters import Cluster, ManagementOrganisation
from poliedro.registry.models.organisations import Organisation


class FeeRate(Fact):
    """What members of a class pay a year, from a day to a day. A class is a size class, or a name of the cluster's."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="fee_rates")
    fee_class = models.CharField(max_length=20)
    amount_eur = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(amount_eur__gte=0), name="registry_feerate_not_negative"),
            models.CheckConstraint(condition=~Q(fee_class=""), name="registry_feerate_has_class"),
            models.UniqueConstraint(
                fields=["cluster", "fee_class", "valid_from"],
                condition=Q(retracted_at=None),
                name="registry_feerate_one_start",
            ),
        ]


class FeeRun(models.Model):
    """The fees of a cluster for a year: issued once; a later look adds only members that have no invoice yet."""

    class Part(models.TextChoices):
        WHOLE = "whole", _("the whole year's fee, whenever a member joined")
        DAYS = "days", _("by days of membership in the year")

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="fee_runs")
    body = models.ForeignKey(ManagementOrganisation, on_delete=models.PROTECT, related_name="fee_runs")
    year = models.PositiveSmallIntegerField()
    part = models.CharField(max_length=6, choices=Part, default=Part.WHOLE)
    issued_on = models.DateField()
    due_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(fields=["cluster", "year"], name="registry_feerun_one_a_year"),
            models.CheckConstraint(condition=Q(due_on__gte=F("issued_on")), name="registry_feerun_due_after_issue"),
        ]


class FeeInvoice(models.Model):
    """One member's fee for a year. Never changed: a wrong one is cancelled, with a reason, and made anew."""

    run = models.ForeignKey(FeeRun, on_delete=models.PROTECT, related_name="invoices")
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="fee_invoices")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="fee_invoices")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField(help_text="Within the issuing body and the year, without gaps.")
    body = models.ForeignKey(ManagementOrganisation, on_delete=models.PROTECT, related_name="fee_invoices")
    fee_class = models.CharField(max_length=20)
    amount_eur = models.DecimalField(max_digits=10, decimal_places=2)
    days = models.PositiveSmallIntegerField(help_text="Days of membership in the year.")
    issued_on = models.DateField()
    due_on = models.DateField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-year", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "organisation", "year"],
                condition=Q(cancelled_at=None),
                name="registry_feeinvoice_one_a_year",
            ),
            models.UniqueConstraint(fields=["body", "year", "number"], name="registry_feeinvoice_one_number"),
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="registry_feeinvoice_above_nothing"),
            models.CheckConstraint(condition=Q(due_on__gte=F("issued_on")), name="registry_feeinvoice_due_after_issue"),
            models.CheckConstraint(
                condition=Q(cancelled_at=None) | ~Q(cancel_reason=""), name="registry_feeinvoice_cancelled_why"
            ),
        ]
        indexes = [models.Index(fields=["cluster", "year", "due_on"])]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """As printed: 2026/0042."""
        return f"{self.year}/{self.number:04d}"


class FeePayment(models.Model):
    """Money that came in for an invoice; a negative amount gives money back."""

    invoice = models.ForeignKey(FeeInvoice, on_delete=models.PROTECT, related_name="payments")
    on = models.DateField()
    amount_eur = models.DecimalField(max_digits=10, decimal_places=2)
    reference = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["on", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(amount_eur=0), name="registry_feepayment_of_something")]


class FeeReminder(models.Model):
    """A reminder that was written for an unpaid invoice."""

    invoice = models.ForeignKey(FeeInvoice, on_delete=models.PROTECT, related_name="reminders")
    on = models.DateField()
    level = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["level"]
        constraints = [models.UniqueConstraint(fields=["invoice", "level"], name="registry_feereminder_one_a_level")]
