"""Vouchers for services: a scheme pays a share of the price of certain services of certain firms, up to an amount."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from poliedro.registry.models import Organisation
from poliedro.support.models.cases import CaseStep
from poliedro.support.models.catalogue import Offered, OfferedQuerySet, Service


class VoucherScheme(Offered):
    """Who gets a voucher, what it pays and from what budget. Opened and closed as services are; issued vouchers stay.

    face_eur: what one voucher pays in all. share: of each price; the rest is the firm's co-payment. sizes, kinds:
    values of Organisation.SizeClass and ServiceOffer.Service; empty: all. providers: who takes it; none: any provider.
    """

    face_eur = models.DecimalField(max_digits=9, decimal_places=2)
    share = models.DecimalField(max_digits=4, decimal_places=3)
    budget_eur = models.DecimalField(max_digits=11, decimal_places=2)
    valid_days = models.PositiveSmallIntegerField(default=365)
    sizes = models.JSONField(default=list, blank=True)
    kinds = models.JSONField(default=list, blank=True)
    without_rd = models.BooleanField(default=True, help_text="Only services that are not about R&D.")
    providers = models.ManyToManyField(Organisation, blank=True, related_name="+")
    state_aid = models.CharField(
        max_length=12, choices=Service.StateAid, blank=True, default=Service.StateAid.DE_MINIMIS
    )

    objects = OfferedQuerySet.as_manager()

    class Meta(Offered.Meta):
        constraints = [
            *Offered.Meta.constraints,
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="support_voucherscheme_share"),
            models.CheckConstraint(
                condition=Q(face_eur__gt=0, budget_eur__gte=F("face_eur")), name="support_voucherscheme_budget"
            ),
        ]


class Voucher(models.Model):
    """What one firm may have paid. Its balance is its face less its uses; a cancelled one keeps them."""

    scheme = models.ForeignKey(VoucherScheme, on_delete=models.PROTECT, related_name="vouchers")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="vouchers")
    face_eur = models.DecimalField(max_digits=9, decimal_places=2)
    issued_on = models.DateField()
    valid_to = models.DateField(help_text="The last day on which it pays.")
    cancelled_on = models.DateField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=300, blank=True)
    aid_key = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Key of the award in the register of state aid, where it is kept there."
    )

    class Meta:
        ordering = ["-issued_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "organisation"], name="support_voucher_one_a_firm"),
            models.CheckConstraint(condition=Q(valid_to__gte=F("issued_on")), name="support_voucher_days"),
            models.CheckConstraint(
                condition=Q(cancelled_on=None) | ~Q(cancel_reason=""), name="support_voucher_cancelled_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return str(_("voucher %(n)s")) % {"n": f"{self.scheme_id}-{self.pk}"}

    @property
    def cluster_id(self) -> Any:
        """Whose scheme it is: permissions are asked of it."""
        return self.scheme.cluster_id


class VoucherUse(models.Model):
    """What a voucher paid of one service that was given; the rest of the price is the firm's."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="uses")
    step = models.OneToOneField(CaseStep, on_delete=models.PROTECT, related_name="voucher_use")
    used_on = models.DateField()
    price_eur = models.DecimalField(max_digits=10, decimal_places=2)
    paid_eur = models.DecimalField(max_digits=9, decimal_places=2)

    class Meta:
        ordering = ["used_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(paid_eur__gt=0, paid_eur__lte=F("price_eur")), name="support_voucheruse_part_of_price"
            ),
        ]

    @property
    def own_eur(self) -> Any:
        """The firm's co-payment."""
        return self.price_eur - self.paid_eur
