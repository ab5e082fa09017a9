"""Individual coaching and what managers say in confidence. All of their words are sealed. See Note [Sealed]."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from poliedro.accounts.models import Person
from poliedro.registry.models import Cluster
from poliedro.support.models.agency import Provider
from poliedro.support.models.sealed import sealed_field
from poliedro.support.rules.agency import OVER, REMINDERS, Asked, CoachingState

COACHING_STATES = [
    (CoachingState.ASKED.value, pgettext_lazy("coaching", "asked for")),
    (CoachingState.RUNNING.value, pgettext_lazy("coaching", "under way")),
    (CoachingState.FEEDBACK.value, pgettext_lazy("coaching", "feedback asked")),
    (CoachingState.CLOSED.value, pgettext_lazy("coaching", "closed")),
    (CoachingState.UNANSWERED.value, pgettext_lazy("coaching", "closed without an answer")),
    (CoachingState.STOPPED.value, pgettext_lazy("coaching", "stopped")),
]


class NeedCard(models.Model):
    """What a manager wants to get better at: which competence, how urgently, in which words: all of it sealed.

    Counted without names where enough clusters share a need; shown to nobody but the manager, and to the coaches of a
    case that answers it.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="need_cards")
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="+")
    content = sealed_field()
    written_at = models.DateTimeField(default=timezone.now)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-written_at", "-pk"]

    def __str__(self) -> str:
        return f"need card {self.pk}"

    @property
    def named_people(self) -> frozenset[int]:
        coaches = CoachAssignment.objects.filter(case__need=self, valid_to=None).values_list("person_id", flat=True)
        return frozenset({self.person_id, *coaches})


class CompetenceProfile(models.Model):
    """A manager's own grid (self-assessment, and what peers add when asked): sealed."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="competence_profile")
    content = sealed_field()
    changed_at = models.DateTimeField(default=timezone.now)

    @property
    def named_people(self) -> frozenset[int]:
        return frozenset({self.person_id})


class CoachingCase(models.Model):
    """One manager and the coaches assigned to them. Nobody else opens it, neither the own body nor the agency."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="+")
    manager = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="coaching_cases")
    need = models.ForeignKey(NeedCard, null=True, blank=True, on_delete=models.SET_NULL, related_name="cases")
    goal = sealed_field()
    state = models.CharField(max_length=10, choices=COACHING_STATES, default=CoachingState.ASKED.value)
    asked_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    follow_up_on = models.DateField(null=True, blank=True)
    followed_up_on = models.DateField(null=True, blank=True)
    feedback_score = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 (poor) to 5 (very good).")
    feedback = sealed_field()
    feedback_on = models.DateField(null=True, blank=True)
    feedback_asked_on = models.DateField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    erased_on = models.DateField(null=True, blank=True, help_text="When the words were erased; figures are kept.")

    class Meta:
        ordering = ["-asked_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="closed")
                | Q(feedback_on__isnull=False, follow_up_on__isnull=False, closed_on__isnull=False),
                name="support_coachingcase_closes_with_feedback_and_follow_up",
            ),
            models.CheckConstraint(
                condition=~Q(state="unanswered")
                | Q(
                    feedback_on=None,
                    feedback_asked_on__isnull=False,
                    reminders__gte=REMINDERS,
                    follow_up_on__isnull=False,
                    closed_on__isnull=False,
                ),
                name="support_coachingcase_unanswered_was_asked",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(state__in=[s.value for s in OVER]),
                name="support_coachingcase_ends_in_an_end",
            ),
            models.CheckConstraint(
                condition=Q(feedback_score=None) | Q(feedback_score__gte=1, feedback_score__lte=5),
                name="support_coachingcase_score",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("asked_on")), name="support_coachingcase_days"
            ),
        ]

    def __str__(self) -> str:
        return f"coaching case {self.pk}"

    @property
    def status(self) -> CoachingState:
        return CoachingState(self.state)

    @property
    def asked(self) -> Asked:
        """Since when and how often feedback was asked for."""
        return Asked(self.feedback_asked_on, self.reminders)

    @property
    def named_people(self) -> frozenset[int]:
        """The manager and the coaches who are assigned now."""
        coaches = self.coaches.filter(valid_to=None).values_list("person_id", flat=True)
        return frozenset({self.manager_id, *coaches})


class CoachAssignment(models.Model):
    """A coach works on a case from a day to a day; afterwards the case is closed to them."""

    case = models.ForeignKey(CoachingCase, on_delete=models.CASCADE, related_name="coaches")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="coaching")
    provider = models.ForeignKey(Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["valid_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person"], condition=Q(valid_to=None), name="support_coachassignment_once"
            )
        ]


class CoachingEntry(models.Model):
    """A note, a meeting, a document or an agreed action of a case. due_on, done_on: of actions. name: of a document."""

    class Kind(models.TextChoices):
        NOTE = "note", pgettext_lazy("coaching", "note")
        MEETING = "meeting", pgettext_lazy("coaching", "meeting")
        DOCUMENT = "document", pgettext_lazy("coaching", "document")
        ACTION = "action", pgettext_lazy("coaching", "agreed action")

    case = models.ForeignKey(CoachingCase, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind)
    content = sealed_field()
    name = sealed_field()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    met_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    @property
    def named_people(self) -> frozenset[int]:
        return self.case.named_people
