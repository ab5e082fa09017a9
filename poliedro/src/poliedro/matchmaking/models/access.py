"""The single access point: questions, their tickets and owners; experts, equipment, slots and bookings."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.accounts.models import Person
from poliedro.matchmaking.models.base import Recorded
from poliedro.reference.models import Territory
from poliedro.registry.models import Cluster, Organisation, Project


class ContactPoint(models.Model):
    """Someone who answers questions. capacity: open tickets at a time that the person can carry."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="contact_points")
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    topics = models.JSONField(default=list, blank=True, help_text="Keys of concepts the person knows; empty: any.")
    capacity = models.PositiveSmallIntegerField(default=10)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "cluster"], name="matchmaking_contactpoint_once"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(cluster=None), name="matchmaking_contactpoint_one_for_all"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="matchmaking_contactpoint_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.person.name


class Ticket(Recorded):
    """A question in one's own words, its owner, the promise, the first contact and what came of it."""

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed", _("address not confirmed")
        OPEN = "open", _("open")
        CONTACTED = "contacted", _("in contact")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed")
        DROPPED = "dropped", _("never confirmed")

    class Outcome(models.TextChoices):
        PROJECT = "project", _("joint project")
        CONTRACT = "contract", _("contract or order")
        SERVICE = "service", _("a service was used")
        ANSWER = "answer", _("the answer was enough")
        NOTHING = "nothing", _("nothing was found")
        SILENT = "silent", _("the asker fell silent")

    code = models.CharField(max_length=12, unique=True)
    question = models.TextField(max_length=3000)
    language = models.CharField(max_length=5, default="it")
    email = models.EmailField()
    name = models.CharField(max_length=200)
    firm = models.CharField(max_length=200, blank=True)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets"
    )
    territory = models.ForeignKey(Territory, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    trl = models.PositiveSmallIntegerField(null=True, blank=True)
    budget_eur = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    wanted_by = models.DateField(null=True, blank=True)
    first_with_research = models.BooleanField(
        default=False, help_text="The firm has not worked with a university before (R105)."
    )
    sender = models.CharField(max_length=64, blank=True, help_text="Keyed hash of the network address; rate limit.")
    state = models.CharField(max_length=12, choices=State, default=State.UNCONFIRMED)
    owner = models.ForeignKey(ContactPoint, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets")
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    promised_on = models.DateField(null=True, blank=True, help_text="First contact is promised by this day.")
    contacted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    alarmed_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    outcome_note = models.CharField(max_length=500, blank=True)
    amount_eur = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    rating = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1..5, by the asker.")

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "promised_on"]), models.Index(fields=["sender", "created_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("unconfirmed", "dropped")) | Q(owner__isnull=False, promised_on__isnull=False),
                name="matchmaking_ticket_has_owner_and_promise",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | ~Q(outcome=""), name="matchmaking_ticket_closed_with_outcome"
            ),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__range=(1, 5)), name="matchmaking_ticket_rating"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class TicketMessage(models.Model):
    """What was written between the asker and the owner. by null: the asker."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    text = models.TextField(max_length=4000)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["at", "pk"]


class TicketSuggestion(models.Model):
    """What the search found for the question when it was asked, with the reasons, and what was done about it."""

    class State(models.TextChoices):
        FOUND = "found", _("found")
        PROPOSED = "proposed", _("proposed to the asker")
        TAKEN = "taken", _("took it on")
        WANTED = "wanted", _("the asker wants to be put in contact")
        DECLINED = "declined", _("declined")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="suggestions")
    document = models.CharField(max_length=60, help_text="Key of the found document, such as equipment:3.")
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=300)
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()
    score = models.FloatField()
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.FOUND)
    wanted_on = models.DateField(null=True, blank=True, help_text="When the asker let it know of the question.")
    reminded_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["ticket", "document"], name="matchmaking_ticketsuggestion_once")]


class ExpertProfile(Recorded):
    """What a person or a laboratory of a university or research body knows, in its own words."""

    class Kind(models.TextChoices):
        PERSON = "person", _("expert")
        LABORATORY = "laboratory", _("laboratory")

    kind = models.CharField(max_length=10, choices=Kind)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="expert_profiles")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="profiles")
    name = models.CharField(max_length=200)
    text = models.TextField(max_length=4000)
    tags = models.JSONField(default=list, blank=True)
    languages = models.JSONField(default=list, blank=True)
    website = models.URLField(max_length=500, blank=True)
    capacity = models.PositiveSmallIntegerField(default=3, help_text="Requests at a time.")
    agreed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the person agreed to be listed; others are not shown."
    )

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="person") | Q(person__isnull=False), name="matchmaking_expertprofile_has_person"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Publication(models.Model):
    """A publication of an expert or laboratory."""

    profile = models.ForeignKey(ExpertProfile, on_delete=models.CASCADE, related_name="publications")
    title = models.CharField(max_length=500)
    year = models.PositiveSmallIntegerField()
    doi = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["-year", "title"]


class Equipment(Recorded):
    """An instrument or facility that others may use: price by class, and slots to book."""

    laboratory = models.ForeignKey(ExpertProfile, on_delete=models.PROTECT, related_name="equipment")
    name = models.CharField(max_length=200)
    text = models.TextField(max_length=3000)
    tags = models.JSONField(default=list, blank=True)
    market_eur_hour = models.DecimalField(max_digits=8, decimal_places=2, help_text="Market price: no state aid.")
    member_eur_hour = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, blank=True, help_text="Reduced price; the difference is aid."
    )
    needs_operator = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(market_eur_hour__gte=0)
                & (Q(member_eur_hour=None) | Q(member_eur_hour__gte=0, member_eur_hour__lte=F("market_eur_hour"))),
                name="matchmaking_equipment_prices",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Slot(models.Model):
    """Hours in which equipment can be booked."""

    equipment = models.ForeignKey(Equipment, on_delete=models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField()
    hours = models.PositiveSmallIntegerField(default=4)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["equipment", "starts_at"], name="matchmaking_slot_once"),
            models.CheckConstraint(condition=Q(hours__range=(1, 24)), name="matchmaking_slot_hours"),
        ]


class Booking(Recorded):
    """A slot asked for by an organisation."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        CONFIRMED = "confirmed", _("confirmed")
        USED = "used", _("used")
        REFUSED = "refused", _("refused")
        CANCELLED = "cancelled", _("cancelled")

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="bookings")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bookings")
    purpose = models.CharField(max_length=500)
    at_member_price = models.BooleanField(default=False)
    price_eur = models.DecimalField(max_digits=10, decimal_places=2)
    aid_eur = models.DecimalField(max_digits=10, decimal_places=2, default=0, help_text="Market price less price.")
    first_with_research = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    result = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(state__in=("asked", "confirmed", "used")),
                name="matchmaking_booking_one_a_slot",
            )
        ]
