"""Start-ups and their incubators, and what became of firms (R059, R061)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from poliedro.reference.models import Fact
from poliedro.registry.models.organisations import Organisation


class IncubateeSpell(Fact):
    """A firm is in an incubator's programme from `valid_from` until it leaves, on `valid_to`."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="incubations")
    incubator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="incubatees")
    programme = models.CharField(max_length=120, blank=True)
    origin = models.CharField(max_length=200, blank=True, help_text="University laboratory or firm that it came from.")

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(valid_from__isnull=False), name="registry_incubateespell_has_start"),
            models.CheckConstraint(
                condition=~Q(organisation=F("incubator")), name="registry_incubateespell_not_in_itself"
            ),
        ]


class StatusRecord(Fact):
    """What became of a firm: alive, acquired or closed since `valid_from`, as seen last on `checked_on`.

    A firm is known to be alive up to the day of the last check and no longer; nobody counts it as alive beyond.
    """

    class Status(models.TextChoices):
        ALIVE = "alive", _("alive")
        ACQUIRED = "acquired", _("acquired")
        CLOSED = "closed", _("closed")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="statuses")
    status = models.CharField(max_length=10, choices=Status)
    checked_on = models.DateField()

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(valid_from__isnull=False), name="registry_statusrecord_has_start"),
            models.CheckConstraint(
                condition=Q(checked_on__gte=F("valid_from")), name="registry_statusrecord_checked_after_start"
            ),
        ]
