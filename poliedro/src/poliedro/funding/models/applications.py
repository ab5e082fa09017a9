"""From application to result: partners, work packages, decision, milestones, claims, outputs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.funding.models.calls import CallLine, CallVersion
from poliedro.reference.models import Certainty, Load
from poliedro.registry.models import Organisation, Project


class Application(models.Model):
    """What a firm asks for, with whom, on which line, under which version of the rules."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("application", "draft")
        SUBMITTED = "submitted", pgettext_lazy("application", "submitted")
        WITHDRAWN = "withdrawn", pgettext_lazy("application", "withdrawn")
        INADMISSIBLE = "inadmissible", pgettext_lazy("application", "not admissible")
        IN_EVALUATION = "in_evaluation", pgettext_lazy("application", "in evaluation")
        GRANTED = "granted", pgettext_lazy("application", "granted")
        RESERVE = "reserve", pgettext_lazy("application", "on the reserve list")
        REFUSED = "refused", pgettext_lazy("application", "refused")
        COMPLETED = "completed", pgettext_lazy("application", "completed")
        REVOKED = "revoked", pgettext_lazy("application", "revoked")

    line = models.ForeignKey(CallLine, on_delete=models.PROTECT, related_name="applications")
    version = models.ForeignKey(CallVersion, on_delete=models.PROTECT, related_name="applications")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="applications")
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    facts = models.JSONField(default=dict, help_text="Facts of the project, as the rules name them.")
    state = models.CharField(max_length=15, choices=State, default=State.DRAFT)
    verdict = models.JSONField(default=dict, help_text="Rule -> pass, fail or unknown, when it was submitted.")
    cup = models.CharField(max_length=15, blank=True)
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    certainty = models.CharField(max_length=10, choices=Certainty, default=Certainty.REPORTED)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at", "pk"]
        indexes = [models.Index(fields=["organisation", "state"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False),
                name="funding_application_submitted_has_time",
            ),
            models.UniqueConstraint(fields=["cup"], condition=~Q(cup=""), name="funding_application_one_cup"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def organisation_subject(self) -> Organisation:
        return self.organisation


class Partner(models.Model):
    """A party of an application, the applicant among them (is_lead). facts: what the register does not say."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="partners")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    is_lead = models.BooleanField(default=False)
    cost_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    facts = models.JSONField(default=dict)
    agreed_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody of the partner agreed to take part."
    )
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-is_lead", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "organisation"], name="funding_partner_once"),
            models.UniqueConstraint(fields=["application"], condition=Q(is_lead=True), name="funding_partner_one_lead"),
            models.CheckConstraint(condition=Q(cost_eur=None) | Q(cost_eur__gte=0), name="funding_partner_cost"),
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class WorkPackage(models.Model):
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="work_packages")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    lead = models.ForeignKey(Partner, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    first_month = models.PositiveSmallIntegerField(default=1)
    last_month = models.PositiveSmallIntegerField(default=12)
    cost_eur = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="funding_workpackage_once"),
            models.CheckConstraint(
                condition=Q(first_month__gte=1, last_month__gte=F("first_month")), name="funding_workpackage_months"
            ),
        ]


class Decision(models.Model):
    """What was decided about an application, with its reasons; never changed, a later one stands beside it."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="decisions")
    outcome = models.CharField(max_length=15, choices=Application.State)
    grant_eur = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    loan_eur = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    reasons = models.TextField()
    basis = models.JSONField(
        default=dict, blank=True, help_text="What the reasons rest on: act, total, place, fails, note, lowered."
    )
    shares = models.JSONField(
        default=dict, blank=True, help_text="Organisation -> grant in EUR; empty: in the parts that were asked for."
    )
    decided_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["decided_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reasons=""), name="funding_decision_has_reasons"),
            models.CheckConstraint(condition=Q(grant_eur__gte=0, loan_eur__gte=0), name="funding_decision_money"),
        ]


class Milestone(models.Model):
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=200)
    due_on = models.DateField()
    reached_on = models.DateField(null=True, blank=True)
    evidence = models.CharField(max_length=300, blank=True)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["due_on", "pk"]


class CostClaim(models.Model):
    """Cost that a partner reports, and what of it was accepted and paid."""

    class State(models.TextChoices):
        CLAIMED = "claimed", pgettext_lazy("claim", "claimed")
        ACCEPTED = "accepted", pgettext_lazy("claim", "accepted")
        REJECTED = "rejected", pgettext_lazy("claim", "rejected")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="claims")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="claims")
    period = models.CharField(max_length=40)
    cost_eur = models.DecimalField(max_digits=14, decimal_places=2)
    accepted_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    paid_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.CLAIMED)
    note = models.CharField(max_length=300, blank=True)
    claimed_at = models.DateTimeField(default=timezone.now)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["claimed_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(cost_eur__gt=0), name="funding_costclaim_cost"),
            models.CheckConstraint(
                condition=Q(accepted_eur=None) | Q(accepted_eur__gte=0, accepted_eur__lte=F("cost_eur")),
                name="funding_costclaim_accepted",
            ),
        ]


class Output(models.Model):
    """An output or result of a granted application: patent, prototype, jobs, turnover from new products."""

    class Kind(models.TextChoices):
        PROTOTYPE = "prototype", _("prototype")
        PATENT = "patent", _("patent application")
        PRODUCT = "product", _("new product or service")
        PROCESS = "process", _("new process")
        JOBS = "jobs", _("jobs, full-time equivalents")
        TURNOVER = "turnover", _("turnover of new products, EUR")
        HIRE = "hire", _("apprentice hired")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="outputs")
    kind = models.CharField(max_length=12, choices=Kind)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reached_on = models.DateField()
    evidence = models.CharField(max_length=300, blank=True)
    load = models.ForeignKey(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["reached_on", "pk"]
