"""Joint work of region and clusters: programmes, roundtables, incentives, shared services and their settlement."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.registry.models import Cluster, Organisation


class Theme(models.TextChoices):
    """The four that every programme has to carry (R030)."""

    ENTREPRENEURSHIP = "entrepreneurship", _("entrepreneurship")
    DIGITAL = "digital", _("digital transformation")
    DIFFUSION = "diffusion", _("diffusion of innovation")
    SKILLS = "skills", _("up- and re-skilling")


class JointProgramme(models.Model):
    """What region and cluster organisations do together over some years. cluster: of one cluster alone; null: joint."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("programme", "draft")
        APPROVED = "approved", pgettext_lazy("programme", "approved")
        ENDED = "ended", pgettext_lazy("programme", "ended")

    title = models.CharField(max_length=200)
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="support_jointprogramme_days")
        ]

    def __str__(self) -> str:
        return self.title


class JointAction(models.Model):
    """One action of a programme. days: how long the work takes, for the critical path."""

    programme = models.ForeignKey(JointProgramme, on_delete=models.CASCADE, related_name="actions")
    title = models.CharField(max_length=200)
    theme = models.CharField(max_length=20, choices=Theme, blank=True)
    lead = models.CharField(max_length=200, help_text="Who answers for it.")
    starts_on = models.DateField()
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    budget_eur = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    indicator = models.CharField(max_length=200, blank=True)
    target = models.CharField(max_length=100, blank=True)
    needs = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="needed_by")

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(due_on__gt=F("starts_on")), name="support_jointaction_days"),
            models.CheckConstraint(condition=Q(budget_eur__gte=0), name="support_jointaction_budget"),
        ]

    def __str__(self) -> str:
        return self.title


class ActionShare(models.Model):
    """What a partner puts in. A cluster, another organisation, or (both null) the region itself."""

    action = models.ForeignKey(JointAction, on_delete=models.CASCADE, related_name="shares")
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    amount_eur = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(cluster=None) | Q(organisation=None), name="support_actionshare_one"),
            models.CheckConstraint(condition=Q(amount_eur__gte=0), name="support_actionshare_amount"),
        ]


class JointMilestone(models.Model):
    action = models.ForeignKey(JointAction, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=200)
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "pk"]


class Roundtable(models.Model):
    """One sitting of the standing roundtable of region, cluster managers and universities (R029)."""

    title = models.CharField(max_length=200)
    held_on = models.DateField()
    place = models.CharField(max_length=200, blank=True)
    agenda = models.TextField(blank=True)
    minutes = models.TextField(blank=True)
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-held_on", "pk"]

    def __str__(self) -> str:
        return self.title


class RoundtableSeat(models.Model):
    """A seat, its group, and whether somebody sat on it."""

    class Group(models.TextChoices):
        REGION = "region", pgettext_lazy("group", "region")
        MANAGERS = "managers", pgettext_lazy("group", "cluster managers")
        UNIVERSITIES = "universities", pgettext_lazy("group", "universities")
        FIRMS = "firms", pgettext_lazy("group", "firms")
        OTHERS = "others", pgettext_lazy("group", "others")

    roundtable = models.ForeignKey(Roundtable, on_delete=models.CASCADE, related_name="seats")
    group = models.CharField(max_length=15, choices=Group)
    name = models.CharField(max_length=200)
    present = models.BooleanField(default=False)

    class Meta:
        ordering = ["group", "name"]


class RoundtableItem(models.Model):
    """A decision, or an action with an owner and a day."""

    class Kind(models.TextChoices):
        DECISION = "decision", pgettext_lazy("roundtable", "decision")
        ACTION = "action", pgettext_lazy("roundtable", "action")

    roundtable = models.ForeignKey(Roundtable, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.CharField(max_length=500)
    owner = models.CharField(max_length=200, blank=True)
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="action") | (Q(due_on__isnull=False) & ~Q(owner="")),
                name="support_roundtableitem_action_has_owner_and_day",
            )
        ]


class IncentiveFormula(models.Model):
    """Bonus rules as data (R024): [{measure, amount_eur, cap_eur}]. Simulated before it is approved, paid after."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("formula", "draft")
        APPROVED = "approved", pgettext_lazy("formula", "approved")
        PAID = "paid", pgettext_lazy("formula", "paid")

    title = models.CharField(max_length=200)
    starts_on = models.DateField()
    ends_on = models.DateField()
    rules = models.JSONField(default=list)
    budget_eur = models.DecimalField(max_digits=12, decimal_places=2)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="support_incentiveformula_days")
        ]

    def __str__(self) -> str:
        return self.title


class IncentivePayout(models.Model):
    """What a formula gave, simulated or paid: kept for good, with the measures that it was computed from."""

    class Kind(models.TextChoices):
        SIMULATED = "simulated", pgettext_lazy("payout", "simulated")
        PAID = "paid", pgettext_lazy("payout", "paid")

    formula = models.ForeignKey(IncentiveFormula, on_delete=models.PROTECT, related_name="payouts")
    kind = models.CharField(max_length=10, choices=Kind)
    rules = models.JSONField(help_text="The rules as they were.")
    rows = models.JSONField(help_text="[{cluster, name, measures: {measure: n}, amount_eur}]")
    total_eur = models.DecimalField(max_digits=12, decimal_places=2)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["formula"], condition=Q(kind="paid"), name="support_incentivepayout_paid_once"
            )
        ]


class SharedService(models.Model):
    """A service that clusters run together (R088). alone_eur: what a year of it would cost one of them by itself."""

    class Key(models.TextChoices):
        EQUAL = "equal", _("equal parts")
        HOURS = "hours", _("hours used")
        MEMBERS = "members", _("members of the cluster")

    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    fixed_eur = models.DecimalField(max_digits=12, decimal_places=2, help_text="A year, whoever uses it.")
    hour_eur = models.DecimalField(max_digits=8, decimal_places=2, help_text="Of each hour used.")
    alone_eur = models.DecimalField(max_digits=12, decimal_places=2)
    key = models.CharField(max_length=10, choices=Key, default=Key.HOURS)
    partners = models.ManyToManyField(Cluster, related_name="shared_services")
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class SharedUse(models.Model):
    """Hours that a partner used, or a cost that it paid for all."""

    service = models.ForeignKey(SharedService, on_delete=models.CASCADE, related_name="uses")
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    hours = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    paid_eur = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    text = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(hours__gte=0, paid_eur__gte=0), name="support_shareduse_not_negative")
        ]


class Settlement(models.Model):
    """Who owes whom for a year of a shared service. Balances add up to zero, to the cent."""

    service = models.ForeignKey(SharedService, on_delete=models.PROTECT, related_name="settlements")
    year = models.PositiveSmallIntegerField()
    rows = models.JSONField(help_text="[{cluster, name, paid_eur, share_eur, balance_eur}]")
    transfers = models.JSONField(help_text="[{payer, payee, amount_eur}]")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-year", "pk"]
        constraints = [models.UniqueConstraint(fields=["service", "year"], name="support_settlement_once_a_year")]
