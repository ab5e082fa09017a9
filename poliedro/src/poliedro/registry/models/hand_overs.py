"""Checklists with which an incubator hands a start-up over (R061).

See Note [The start-up passes it on] in `registry/rules/hand_overs.py`.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from poliedro.reference.models import Fact
from poliedro.registry.models.clusters import Cluster
from poliedro.registry.models.organisations import Organisation
from poliedro.registry.rules.hand_overs import ItemState, Owner


class HandOver(models.Model):
    """A start-up and the incubator that it entered on a day: its spell, found again after a list corrected it.

    changed_at: when the incubator last changed something. handed_at, confirmed_at: the last time; earlier ones stand in
    the log, and what was confirmed then is the items as known at that moment.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="own_hand_overs")
    incubator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="hand_overs")
    entered_on = models.DateField()
    leaves_on = models.DateField()
    opened_on = models.DateField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True, blank=True)
    handed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-leaves_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "incubator", "entered_on"], name="registry_handover_one_a_stay"
            ),
            models.CheckConstraint(condition=Q(leaves_on__gt=F("entered_on")), name="registry_handover_left_later"),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(handed_at__isnull=False), name="registry_handover_handed_first"
            ),
            models.CheckConstraint(condition=~Q(organisation=F("incubator")), name="registry_handover_not_to_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}, {self.leaves_on}"


class HandOverItem(Fact):
    """One item as it stands; what changes closes the row and adds another. valid_from: since when it stands so.

    note: erased when its time is over (config/personal.py), so that only the service asks why something is not needed.
    It carries its own words, so that what was confirmed stays what it was when the region's list changes.
    """

    class State(models.TextChoices):
        OPEN = ItemState.OPEN.value, pgettext_lazy("item of a hand-over", "open")
        DONE = ItemState.DONE.value, pgettext_lazy("item of a hand-over", "done")
        NOT_NEEDED = ItemState.NOT_NEEDED.value, pgettext_lazy("item of a hand-over", "not needed")

    class Owner(models.TextChoices):
        INCUBATOR = Owner.INCUBATOR.value, _("the incubator")
        START_UP = Owner.START_UP.value, _("the start-up")
        CLUSTER = Owner.CLUSTER.value, _("a cluster")

    hand_over = models.ForeignKey(HandOver, on_delete=models.PROTECT, related_name="items")
    key = models.SlugField(max_length=40)
    position = models.PositiveSmallIntegerField()
    title_it = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    help_it = models.CharField(max_length=300, blank=True)
    help_en = models.CharField(max_length=300, blank=True)
    is_private = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    note = models.CharField(max_length=500, blank=True, help_text="What was done, or why it is not needed.")
    owner = models.CharField(max_length=10, choices=Owner)
    cluster = models.ForeignKey(
        Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="hand_over_items"
    )
    due_on = models.DateField()
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(Fact.Meta):
        ordering = ["position", "pk"]
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["hand_over", "key"], condition=Q(retracted_at=None), name="registry_handoveritem_one_stands"
            ),
            models.CheckConstraint(
                condition=Q(owner="cluster", cluster__isnull=False) | (~Q(owner="cluster") & Q(cluster=None)),
                name="registry_handoveritem_cluster_if_its",
            ),
        ]

    @property
    def title(self) -> str:
        return self.title_it if (get_language() or "it").startswith("it") else self.title_en

    @property
    def help(self) -> str:
        return self.help_it if (get_language() or "it").startswith("it") else self.help_en

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class HandOverCluster(Fact):
    """A cluster that the incubator proposes to the start-up, from `recorded_at` until it is taken back."""

    hand_over = models.ForeignKey(HandOver, on_delete=models.PROTECT, related_name="proposed")
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="hand_overs")

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["hand_over", "cluster"], condition=Q(retracted_at=None),
                name="registry_handovercluster_once",
            ),
        ]  # fmt: skip
