"""Requests of firms and the cases that answer them. What was given is a `registry.Delivery`; here lies all round it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.accounts.models import Person
from poliedro.reference.models import Territory
from poliedro.registry.models import Cluster, Delivery, InnovationType, Organisation, ServiceOffer
from poliedro.support.models.catalogue import Package, Service
from poliedro.support.rules.cases import CaseState, RequestState

REQUEST_STATES = [
    (RequestState.UNCONFIRMED.value, _("not yet confirmed")),
    (RequestState.WAITING.value, _("waiting for an answer")),
    (RequestState.ACCEPTED.value, pgettext_lazy("request", "accepted")),
    (RequestState.DECLINED.value, pgettext_lazy("request", "declined")),
    (RequestState.WITHDRAWN.value, pgettext_lazy("request", "withdrawn")),
    (RequestState.EXPIRED.value, pgettext_lazy("request", "expired")),
]
CASE_STATES = [
    (CaseState.OPEN.value, pgettext_lazy("case", "open")),
    (CaseState.DELIVERED.value, pgettext_lazy("case", "services given")),
    (CaseState.FEEDBACK_ASKED.value, pgettext_lazy("case", "feedback asked")),
    (CaseState.CLOSED.value, pgettext_lazy("case", "closed")),
    (CaseState.UNANSWERED.value, pgettext_lazy("case", "closed without an answer")),
    (CaseState.STOPPED.value, pgettext_lazy("case", "stopped without a service")),
]


class DeclineReason(models.TextChoices):
    """Why a request was not met: the demand that is left."""

    NOT_OFFERED = "not_offered", _("nobody here offers it")
    NO_CAPACITY = "no_capacity", _("no capacity in time")
    NOT_ELIGIBLE = "not_eligible", _("the firm is not in the audience")
    TOO_DEAR = "too_dear", _("too dear for the firm")
    OUT_OF_AREA = "out_of_area", _("outside the area served")
    OTHER_BODY = "other_body", _("another body does it: the firm was sent there")
    NO_CONTACT = "no_contact", _("the firm could not be reached")
    OTHER = "other", _("another reason")


UNMET = (
    DeclineReason.NOT_OFFERED,
    DeclineReason.NO_CAPACITY,
    DeclineReason.NOT_ELIGIBLE,
    DeclineReason.TOO_DEAR,
    DeclineReason.OUT_OF_AREA,
    DeclineReason.OTHER,
)
"""Reasons that leave a demand unmet; a firm sent to another body or out of reach does not count."""


class Request(models.Model):
    """What a firm asked for. Without service and package: something that the catalogue lacks, in the firm's words."""

    cluster = models.ForeignKey(
        Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="requests", help_text="Null: the agency."
    )
    service = models.ForeignKey(Service, null=True, blank=True, on_delete=models.PROTECT, related_name="requests")
    package = models.ForeignKey(Package, null=True, blank=True, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=30, choices=ServiceOffer.Service, blank=True)
    innovation = models.CharField(max_length=15, choices=InnovationType, blank=True)
    text = models.TextField(max_length=3000, blank=True)
    price_eur = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="The price that the firm saw; null: on request.",
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="requests"
    )
    firm_name = models.CharField(max_length=300, blank=True)
    tax_code = models.CharField(max_length=30, blank=True)
    size_class = models.CharField(max_length=10, choices=Organisation.SizeClass, blank=True)
    territory = models.ForeignKey(Territory, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    contact_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=5, default="it")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    origin = models.CharField(max_length=64, blank=True, help_text="Keyed hash of where it came from; erased in a day.")
    state = models.CharField(max_length=12, choices=REQUEST_STATES, default=RequestState.UNCONFIRMED.value)
    asked_at = models.DateTimeField(default=timezone.now)
    promised_on = models.DateField(null=True, blank=True, help_text="Answered by then; null until it is confirmed.")
    answered_on = models.DateField(null=True, blank=True)
    reminded_on = models.DateField(null=True, blank=True, help_text="When those who should answer were last reminded.")
    decline_reason = models.CharField(max_length=15, choices=DeclineReason, blank=True)
    decline_note = models.CharField(max_length=500, blank=True)
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(decline_reason=""), name="support_request_declined_with_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(promised_on__isnull=False), name="support_request_waits_for_a_day"
            ),
            models.CheckConstraint(
                condition=Q(service=None) | Q(package=None), name="support_request_service_or_package"
            ),
        ]
        indexes = [models.Index(fields=["cluster", "state"]), models.Index(fields=["state", "promised_on"])]

    def __str__(self) -> str:
        return f"{self.subject} - {self.client_name}"

    @property
    def subject(self) -> str:
        """What is asked for, in words."""
        if self.service is not None:
            return self.service.name
        if self.package is not None:
            return self.package.name
        return str(self.get_kind_display()) if self.kind else str(_("Something else"))

    @property
    def client_name(self) -> str:
        return self.organisation.name if self.organisation is not None else self.firm_name

    @property
    def status(self) -> RequestState:
        return RequestState(self.state)


class CaseResult(models.TextChoices):
    """What came of a case for the firm."""

    KNOWS_MORE = "knows_more", _("the firm knows what to do next")
    PARTNER = "partner", _("a partner was found")
    APPLICATION = "application", _("an application was handed in")
    FUNDED = "funded", _("money was won")
    TRIED = "tried", _("something was tested or tried out")
    NEW_PRACTICE = "new_practice", _("a new way of working is in use")
    NEW_PRODUCT = "new_product", _("a new product or service is on the market")
    TRAINED = "trained", _("people were trained")
    NONE = "none", _("no result")


class Case(models.Model):
    """The work that answers a request, from its opening to its close. See Note [Nothing ends in a drawer]."""

    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="case")
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="cases", help_text="The client."
    )
    assigned_to = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="cases")
    state = models.CharField(max_length=15, choices=CASE_STATES, default=CaseState.OPEN.value)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    result = models.CharField(max_length=15, choices=CaseResult, blank=True)
    result_text = models.CharField(max_length=500, blank=True)
    follow_up_on = models.DateField(null=True, blank=True)
    stop_reason = models.CharField(max_length=15, choices=DeclineReason, blank=True)

    class Meta:
        ordering = ["-opened_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=("closed", "unanswered"))
                | (~Q(result="") & Q(follow_up_on__isnull=False) & Q(closed_on__isnull=False)),
                name="support_case_closes_with_result_and_follow_up",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(state__in=("closed", "unanswered", "stopped")),
                name="support_case_ends_in_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(state="stopped") | ~Q(stop_reason=""), name="support_case_stops_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")), name="support_case_days"
            ),
        ]
        indexes = [models.Index(fields=["cluster", "state"]), models.Index(fields=["state", "follow_up_on"])]

    def __str__(self) -> str:
        return str(self.request)

    @property
    def status(self) -> CaseState:
        return CaseState(self.state)


class CaseStep(models.Model):
    """One service of a case. Once it is given, `delivery` is the register's fact with hours, cost and result."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    service = models.ForeignKey(Service, null=True, blank=True, on_delete=models.PROTECT, related_name="case_steps")
    kind = models.CharField(max_length=30, choices=ServiceOffer.Service)
    innovation = models.CharField(max_length=15, choices=InnovationType, blank=True)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="case_steps")
    delivery = models.OneToOneField(Delivery, null=True, blank=True, on_delete=models.PROTECT, related_name="case_step")
    dropped_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["case", "position"]
        constraints = [
            models.UniqueConstraint(fields=["case", "position"], name="support_casestep_one_a_place"),
            models.CheckConstraint(
                condition=Q(delivery=None) | Q(dropped_because=""), name="support_casestep_given_or_dropped"
            ),
        ]

    @property
    def title(self) -> str:
        return self.service.name if self.service is not None else str(self.get_kind_display())

    @property
    def is_open(self) -> bool:
        return self.delivery_id is None and not self.dropped_because


class CaseTask(models.Model):
    """A line of the checklist of a service, to be ticked off. hours: the estimate."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tasks")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    hours = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["case", "position", "pk"]


class CaseEvent(models.Model):
    """What happened to a request or its case, and what was noted. Never changed."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    verb = models.CharField(max_length=30)
    text = models.TextField(blank=True)
    for_client = models.BooleanField(default=False, help_text="Whether the client sees it.")

    class Meta:
        ordering = ["at", "pk"]


class Feedback(models.Model):
    """What the client says of a case. Scores 1 (poor) to 5 (very good); null until answered."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="feedback")
    asked_on = models.DateField()
    answered_on = models.DateField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    reminded_on = models.DateField(null=True, blank=True)
    usefulness = models.PositiveSmallIntegerField(null=True, blank=True)
    promptness = models.PositiveSmallIntegerField(null=True, blank=True)
    would_return = models.BooleanField(null=True, blank=True)
    text = models.TextField(blank=True, max_length=2000)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(usefulness=None) | Q(usefulness__range=(1, 5)))
                & (Q(promptness=None) | Q(promptness__range=(1, 5))),
                name="support_feedback_scores",
            ),
            models.CheckConstraint(
                condition=Q(answered_on=None) | Q(usefulness__isnull=False), name="support_feedback_answer_has_score"
            ),
        ]


class FollowUp(models.Model):
    """What was found when somebody looked again at a closed case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="follow_ups")
    on = models.DateField()
    result = models.CharField(max_length=15, choices=CaseResult)
    text = models.TextField(blank=True, max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["on", "pk"]
