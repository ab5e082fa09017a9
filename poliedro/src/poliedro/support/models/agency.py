"""What the agency offers to cluster managers: providers, shared material, courses, peers, suggestions, contacts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.accounts.models import Person
from poliedro.registry.models import Cluster, Organisation
from poliedro.shared.vault import key_ring
from poliedro.support.models.sealed import Whose, sealed_field
from poliedro.support.rules.agency import REMINDERS, Asked, Tier

COMPETENCE_LABELS = {
    "strategy": _("strategy and positioning"),
    "governance": _("governance of a cluster"),
    "finance": _("finance and own income"),
    "member_relations": _("work with members"),
    "services": _("design of services"),
    "projects": _("collaborative projects"),
    "internationalisation": _("internationalisation"),
    "industry_40": _("Industry 4.0 applications"),
    "communication": _("communication and branding"),
    "evaluation": _("measuring results"),
    "team": _("leading a team"),
}
URGENCY_LABELS = {1: _("some time"), 2: _("this year"), 3: _("now")}
SUPPORT_LABELS = {
    "pr": _("Public relations"),
    "branding": _("Cluster branding"),
    "portal_page": _("Page on the portal"),
    "course": _("Course for a group"),
    "peer_exchange": _("Exchange with a peer"),
    "strategy_coaching": _("Strategy coaching"),
    "finance_coaching": _("Finance coaching"),
    "service_design": _("Service design with a coach"),
    "project_coaching": _("Project coaching"),
    "technical_coaching": _("Technical coaching"),
    "team_coaching": _("Team coaching"),
}
TIER_LABELS = {
    Tier.GENERAL: _("For all clusters"),
    Tier.GROUP: _("For a group"),
    Tier.INDIVIDUAL: _("For one cluster, in confidence"),
}


class Provider(models.Model):
    """Somebody who supports managers: a coach or trainer of the agency, or an outside expert."""

    person = models.OneToOneField(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="provides", help_text="Who would coach."
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="The employer."
    )
    name = models.CharField(max_length=200)
    is_agency = models.BooleanField(default=False)
    references = models.TextField(blank=True)
    fields = models.JSONField(default=list, help_text="Keys of clusters whose industry the provider knows.")
    price_day_eur = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    days_a_year = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    active = models.BooleanField(default=True)
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ProviderCompetence(models.Model):
    """How well a provider commands a competence, 0..4: a cell of the agency's grid."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="competences")
    competence = models.CharField(max_length=30)
    level = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["competence"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "competence"], name="support_providercompetence_once"),
            models.CheckConstraint(condition=Q(level__lte=4), name="support_providercompetence_level"),
        ]


class SharedAsset(models.Model):
    """Material for all clusters (general tier): a campaign, a template of a press release, brand elements, a date."""

    class Kind(models.TextChoices):
        CAMPAIGN = "campaign", _("joint campaign")
        BRAND = "brand", _("brand element")
        TEMPLATE = "template", pgettext_lazy("asset", "template")
        CALENDAR = "calendar", _("date of the joint calendar")

    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    url = models.URLField(max_length=500, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    added_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-added_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class AssetUse(models.Model):
    """A cluster used shared material: how use is counted."""

    asset = models.ForeignKey(SharedAsset, on_delete=models.CASCADE, related_name="uses")
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="+")
    on = models.DateField()
    reach = models.PositiveIntegerField(null=True, blank=True, help_text="People reached, where it was counted.")

    class Meta:
        ordering = ["-on", "pk"]
        constraints = [models.UniqueConstraint(fields=["asset", "cluster", "on"], name="support_assetuse_once_a_day")]


class Suggestion(models.Model):
    """You said, we did: what managers asked the agency to change, without a name, and what came of it."""

    text = models.TextField(max_length=1000)
    origin = models.CharField(max_length=20, help_text="coaching, course or page; never which one.")
    said_on = models.DateField()
    answer = models.TextField(blank=True, max_length=1000)
    changed_on = models.DateField(null=True, blank=True)
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-said_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(changed_on=None) | ~Q(answer=""), name="support_suggestion_change_in_words"
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]


class PeerOffer(models.Model):
    """A manager tells the others what they can be shown (peer learning); by choice, and open."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="peer_offers")
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="+")
    competence = models.CharField(max_length=30)
    text = models.CharField(max_length=500, blank=True)
    offered_on = models.DateField()
    withdrawn_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["competence", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "competence"], condition=Q(withdrawn_on=None), name="support_peeroffer_once"
            )
        ]


class PeerExchange(Whose):
    """One manager asked another to show them something. Only the two see it; who asked is sealed, and the score."""

    KIND = "exchange-of"

    offer = models.ForeignKey(PeerOffer, on_delete=models.CASCADE, related_name="exchanges")
    asked_on = models.DateField()
    met_on = models.DateField(null=True, blank=True)
    score = sealed_field()

    class Meta(Whose.Meta):
        ordering = ["-asked_on", "-pk"]

    @property
    def learner_name(self) -> str:
        """Who asked; "" once that was erased."""
        return str(self.opened_who.get("name", ""))

    @property
    def named_people(self) -> frozenset[int]:
        return frozenset({self.offer.person_id, *([self.whose] if self.whose else [])})


class ContactTerm(models.Model):
    """From this day on, this person is the cluster's contact at the agency, until the next term begins.

    # Note [One contact]
    A term has a first day and no last one: it ends where the next begins. So from a cluster's first term on there is
    exactly one contact on every day, never two and never none. The database refuses two terms that begin on one day, a
    second first term, a term without a person, and, by triggers (`contact_guards.py`): a term that follows none of its
    cluster, one of a person whose office of agency, coach or region does not last, one outside the cluster's own days,
    a change or removal of what was recorded, and the end of an office whose holder is somebody's contact beyond it.
    Three things no database can refuse: that a cluster begins, that its first contact begins later, and that an office
    turns out never to have been held. Each is a vacancy, told as an alarm on that very day (`queries/agency.py`).
    """

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="contact_terms")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contact_terms")
    starts_on = models.DateField()
    previous = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="next", help_text="Null: the first."
    )
    handover = models.TextField(blank=True, max_length=2000, help_text="What the next contact has to know.")
    recorded_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["cluster", "-starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["cluster", "starts_on"], name="support_contactterm_one_a_day"),
            models.UniqueConstraint(
                fields=["cluster"], condition=Q(previous=None), name="support_contactterm_one_first"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.starts_on:%Y-%m-%d}"


class Course(models.Model):
    """Training for a group of managing bodies (group tier). coach: who runs it, and alone reads who takes part."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("course", "open")
        DAYS = "days", pgettext_lazy("course", "looking for a day")
        HELD = "held", pgettext_lazy("course", "held")
        CLOSED = "closed", pgettext_lazy("course", "closed")
        UNANSWERED = "unanswered", pgettext_lazy("course", "closed without an answer")
        CANCELLED = "cancelled", pgettext_lazy("course", "cancelled")

    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    competence = models.CharField(max_length=30)
    provider = models.ForeignKey(Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="courses")
    coach = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    seats = models.PositiveSmallIntegerField(default=12)
    place = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    follow_up_on = models.DateField(null=True, blank=True)
    follow_up_action = models.CharField(max_length=500, blank=True)
    followed_up_on = models.DateField(null=True, blank=True)
    feedback_asked_on = models.DateField(null=True, blank=True, help_text="When the last session had been held.")
    reminders = models.PositiveSmallIntegerField(default=0)
    is_synthetic = models.BooleanField(default=False)

    RUNNING = (State.DAYS, State.OPEN, State.HELD)
    ENDED = (State.CLOSED, State.UNANSWERED)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=("closed", "unanswered"))
                | (Q(follow_up_on__isnull=False) & ~Q(follow_up_action="")),
                name="support_course_closes_with_follow_up",
            ),
            models.CheckConstraint(
                condition=~Q(state="unanswered") | Q(feedback_asked_on__isnull=False, reminders__gte=REMINDERS),
                name="support_course_unanswered_was_asked",
            ),
            models.CheckConstraint(condition=Q(seats__gte=1), name="support_course_seats"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def asked(self) -> Asked:
        """Since when and how often feedback was asked for."""
        return Asked(self.feedback_asked_on, self.reminders)

    @property
    def named_people(self) -> frozenset[int]:
        """The coach assigned to it."""
        return frozenset({self.coach_id} if self.coach_id else ())


class CourseSession(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="sessions")
    on = models.DateField()
    starts_at = models.TimeField()
    ends_at = models.TimeField()
    attendance_taken = models.BooleanField(default=False)

    class Meta:
        ordering = ["on", "starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="support_coursesession_times"),
            models.UniqueConstraint(fields=["course", "on", "starts_at"], name="support_coursesession_once"),
        ]

    @property
    def hours(self) -> float:
        start, end = self.starts_at, self.ends_at
        return (end.hour - start.hour) + (end.minute - start.minute) / 60


class ProposedDay(models.Model):
    """A day on which a course could be held, while it looks for one."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="proposed")
    on = models.DateField()
    starts_at = models.TimeField()
    ends_at = models.TimeField()

    class Meta:
        ordering = ["on", "starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="support_proposedday_times"),
            models.UniqueConstraint(fields=["course", "on", "starts_at"], name="support_proposedday_once"),
        ]


class Enrolment(models.Model):
    """A seat in a course, or a place on its waiting list (by time of asking). Whose it is, is sealed.

    # Note [Training demand]
    That somebody asks for training is confidential (R081). So the row holds no person and no cluster: `who` is sealed
    like coaching, and `mark` is a keyed hash of course and person, by which people find their own seat. Marks of one
    person in two courses do not look alike. Seats, hours, scores and states stay in the clear: they are what is
    counted. While a course looks for a day the row is a wish; on which days the person can, and how much they need it,
    is sealed with who they are.
    """

    class State(models.TextChoices):
        WISH = "wish", pgettext_lazy("enrolment", "said on which days")
        SEAT = "seat", pgettext_lazy("enrolment", "has a seat")
        WAITING = "waiting", pgettext_lazy("enrolment", "on the waiting list")
        CANCELLED = "cancelled", pgettext_lazy("enrolment", "cancelled")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="enrolments")
    mark = models.CharField(max_length=64)
    who = sealed_field()
    state = models.CharField(max_length=10, choices=State)
    asked_at = models.DateTimeField(default=timezone.now)
    attended = models.ManyToManyField(CourseSession, blank=True, related_name="present")
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    feedback_on = models.DateField(null=True, blank=True)
    applied = models.BooleanField(null=True, blank=True, help_text="Used in one's work, said at the follow-up.")
    certificate = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "mark"], condition=~Q(state="cancelled"), name="support_enrolment_once"
            ),
            models.UniqueConstraint(
                fields=["certificate"], condition=~Q(certificate=""), name="support_enrolment_certificate"
            ),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__gte=1, score__lte=5), name="support_enrolment_score"
            ),
        ]

    @property
    def named_people(self) -> frozenset[int]:
        found = self.opened
        return frozenset({found.person} if found else ())

    @property
    def opened(self) -> Enrolled | None:
        """Whose seat it is; None once that was erased."""
        return None if self.who is None else Enrolled(**json.loads(self.who.content()))


SEAT_LABELS = Enrolment.State.choices
"""For rooms that say what a person holds; they read no seat."""


@dataclass(frozen=True)
class Enrolled:
    """Whose seat it is: key and name of the person, key and name of the cluster ("" for none).

    days: keys of the proposed days on which the person can; urgency: 1..3; both empty where nobody asked.
    """

    person: int
    name: str
    cluster: str = ""
    cluster_name: str = ""
    days: Sequence[int] = ()
    urgency: int = 0


def enrolment_mark(course: int, person: int, key_id: str = "") -> str:
    """The mark of a person's seat in a course. See Note [Training demand]."""
    return key_ring().mark(f"enrolment:{course}:{person}", key_id)


def enrolment_marks(courses: Iterable[int], person: int) -> list[str]:
    """The marks that the person's seats in these courses can have."""
    ring = key_ring()
    return [mark for course in courses for mark in ring.marks(f"enrolment:{course}:{person}")]
