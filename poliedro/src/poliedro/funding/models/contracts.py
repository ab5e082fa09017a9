"""The contract after the decision: what was granted to whom, for what, until when, and who signed it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from poliedro.funding.models.applications import Application
from poliedro.reference.models import Load
from poliedro.registry.models import Organisation
from poliedro.shared.guards import Guard


class Contract(models.Model):
    """A contract over a granted application. Its terms are frozen when it is drawn up; a later one replaces it.

    terms: call, line, version, title, cup, regime, decided_on, starts_on, ends_on; parties, each with organisation,
    name, cost_eur, grant_eur, loan_eur (text, to the cent); milestones, each with title and due_on.
    """

    class State(models.TextChoices):
        DRAWN = "drawn", pgettext_lazy("contract", "to be signed")
        IN_FORCE = "in_force", pgettext_lazy("contract", "in force")
        DECLINED = "declined", pgettext_lazy("contract", "declined")
        ENDED = "ended", pgettext_lazy("contract", "ended")
        REPLACED = "replaced", pgettext_lazy("contract", "replaced by a later one")

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="contracts")
    number = models.PositiveSmallIntegerField()
    terms = models.JSONField()
    checksum = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.DRAWN)
    sign_by = models.DateField()
    drawn_at = models.DateTimeField(default=timezone.now)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    in_force_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    why = models.CharField(max_length=300, blank=True, help_text="Why it was declined or ended.")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["application", "number"]
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="funding_contract_once"),
            models.UniqueConstraint(
                fields=["application"], condition=Q(state="in_force"), name="funding_contract_one_in_force"
            ),
            models.UniqueConstraint(
                fields=["application"], condition=Q(state="drawn"), name="funding_contract_one_drawn"
            ),
            models.CheckConstraint(
                condition=~Q(state="in_force") | Q(in_force_on__isnull=False), name="funding_contract_in_force_has_day"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["declined", "ended"]) | ~Q(why=""), name="funding_contract_end_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.number}"

    def party(self, organisation: int) -> dict[str, Any] | None:
        """A party's terms, as they were frozen."""
        return next((p for p in self.terms["parties"] if p["organisation"] == organisation), None)

    def money(self, name: str) -> Decimal:
        """The sum over the parties of `cost_eur`, `grant_eur` or `loan_eur`."""
        return sum((Decimal(p[name]) for p in self.terms["parties"]), Decimal(0))


class ContractSignature(models.Model):
    """Who signed for a party, or (without organisation) for the region, and when."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="signatures")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: the region."
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "organisation"], name="funding_contractsignature_once"),
            models.UniqueConstraint(
                fields=["contract"], condition=Q(organisation=None), name="funding_contractsignature_region_once"
            ),
        ]


GUARDS = (
    Guard(
        "contract_terms",
        "funding_contract",
        "UPDATE",
        "NEW.checksum <> OLD.checksum OR NEW.application_id <> OLD.application_id OR NEW.number <> OLD.number "
        "OR CAST(NEW.terms AS TEXT) <> CAST(OLD.terms AS TEXT)",
        "the terms of a contract stay as they were drawn up; draw up a later one",
    ),
)
"""Terms are not changed, whoever writes."""
