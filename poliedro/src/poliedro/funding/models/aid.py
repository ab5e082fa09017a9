"""State aid that was granted, and money that others put beside the region's."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.funding.models.applications import Application
from poliedro.funding.models.calls import Call
from poliedro.reference.models import Certainty, Load, Source
from poliedro.registry.models import Organisation


class AidAward(models.Model):
    """Aid granted to a firm. amount_eur: gross grant equivalent, to the cent. Withdrawn awards stay, marked."""

    class Regime(models.TextChoices):
        DE_MINIMIS = "de_minimis", _("de minimis")
        GBER = "gber", _("block exemption (GBER)")
        NOTIFIED = "notified", _("notified scheme")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="aid_awards")
    regime = models.CharField(max_length=12, choices=Regime)
    category = models.CharField(
        max_length=30, blank=True, help_text="Under block exemption: whose threshold it counts against; empty: unsaid."
    )
    amount_eur = models.DecimalField(max_digits=14, decimal_places=2)
    granted_on = models.DateField()
    measure = models.CharField(max_length=200)
    reference = models.CharField(max_length=60, blank=True, help_text="Number in the national register of aid.")
    application = models.ForeignKey(Application, null=True, blank=True, on_delete=models.PROTECT, related_name="aid")
    costs_of = models.ForeignKey(
        Application, null=True, blank=True, on_delete=models.PROTECT, related_name="other_aid",
        help_text="The project whose costs another measure aids too: all aid for them counts together.",
    )  # fmt: skip
    pending_reason = models.CharField(
        max_length=300, blank=True,
        help_text="Why aid that was decided and not signed falls away, where the award passes the ceiling with it.",
    )  # fmt: skip
    basis = models.JSONField(
        default=dict, blank=True, help_text="Of a loan or guarantee: its terms and the rates that the amount rests on."
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    certainty = models.CharField(max_length=10, choices=Certainty)
    recorded_at = models.DateTimeField(default=timezone.now)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-granted_on", "-pk"]
        indexes = [models.Index(fields=["organisation", "granted_on"])]
        constraints = [
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="funding_aidaward_amount"),
            models.UniqueConstraint(
                fields=["reference"], condition=~Q(reference=""), name="funding_aidaward_one_reference"
            ),
        ]


class CoFunding(models.Model):
    """Money or services that a bank foundation or another body puts beside a call (R064)."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("cofunding", "proposed")
        AGREED = "agreed", pgettext_lazy("cofunding", "agreed")
        PAID = "paid", pgettext_lazy("cofunding", "paid")
        ENDED = "ended", pgettext_lazy("cofunding", "ended")

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="cofunding")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cofunding")
    amount_eur = models.DecimalField(max_digits=14, decimal_places=2)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    for_what = models.CharField(max_length=300)
    agreed_on = models.DateField(null=True, blank=True)
    certainty = models.CharField(max_length=10, choices=Certainty, default=Certainty.REPORTED)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["call", "organisation"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="funding_cofunding_amount"),
            models.CheckConstraint(
                condition=Q(state="proposed") | Q(agreed_on__isnull=False), name="funding_cofunding_agreed_has_day"
            ),
        ]
