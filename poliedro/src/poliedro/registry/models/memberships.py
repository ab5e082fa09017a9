"""Membership as dated spells."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from poliedro.reference.models import Fact
from poliedro.registry.models.clusters import Cluster
from poliedro.registry.models.organisations import Organisation


class MembershipSpell(Fact):
    """An organisation is a member of a cluster from `valid_from` to `valid_to` (half-open)."""

    class Category(models.TextChoices):
        ORDINARY = "ordinary"
        ASSOCIATE = "associate"
        EXTERNAL = "external"
        HONORARY = "honorary"

    class LeaveReason(models.TextChoices):
        NOT_STATED = ""
        NO_BENEFIT = "no_benefit"
        COST = "cost"
        CLOSED = "closed"
        MERGED = "merged"
        MOVED = "moved"
        ARREARS = "arrears"
        CLUSTER_MERGED = "cluster_merged"

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="memberships")
    category = models.CharField(max_length=10, choices=Category, default=Category.ORDINARY)
    fee_class = models.CharField(max_length=20, blank=True)
    leave_reason = models.CharField(max_length=15, choices=LeaveReason, blank=True)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(valid_from__isnull=False), name="registry_membershipspell_has_start"),
            models.UniqueConstraint(
                fields=["organisation", "cluster", "valid_from"],
                condition=Q(retracted_at=None),
                name="registry_membershipspell_one_start",
            ),
        ]
        indexes = [
            models.Index(fields=["cluster", "valid_from", "valid_to"]),
            models.Index(fields=["organisation", "valid_from"]),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} in {self.cluster_id} from {self.valid_from}"
