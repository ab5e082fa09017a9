"""Individual coaching and what managers say in confidence. All of their words are sealed. See Note [Sealed]."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from poliedro.accounts.models import Person
from poliedro.registry.models import Cluster
from poliedro.support.models.agency import Provider
from poliedro.support.models.sealed import Whose, sealed_field
from poliedro.support.rules.agency import OVER, REMINDERS, Asked, CoachingState

COACHING_STATES = [
    (CoachingState.ASKED.value, pgettext_lazy("coaching", "asked for")),
    (CoachingState.RUNNING.value, pgettext_lazy("coaching", "under way")),
    (CoachingState.FEEDBACK.value, pgettext_lazy("coaching", "feedback asked")),
    (CoachingState.CLOSED.value, pgettext_lazy("coaching", "closed")),
    (CoachingState.UNANSWERED.value, pgettext_lazy("coaching", "closed without an answer")),
    (CoachingState.STOPPED.value, pgettext_lazy("coaching", "stopped")),
]


class NeedCard(Whose):
    """What a manager wants to get better at: which competence, how urgently, in which words: all of it sealed.

    Counted without names where enough clusters share a need; shown to nobody but the manager, and to the coaches of a
    case that answers it.
    """

    KIND = "need-of"

    content = sealed_field()
    written_at = models.DateTimeField(default=timezone.now)
    closed_on = models.DateField(null=True, blank=True)

    class Meta(Whose.Meta):
        ordering = ["-written_at", "-pk"]

    def __str__(self) -> str:
        return f"need card {self.pk}"

    @property
    def named_people(self) -> frozenset[int]:
        coaches = CoachAssignment.objects.filter(case__need=self, valid_to=None).values_list("person_id", flat=True)
        return frozenset({*coaches, *([self.whose] if self.whose else [])})

    @property
    def cluster(self) -> Cluster | None:
        """For whose cluster it was written; sealed with the person."""
        return Cluster.objects.filter(key=self.opened_who.get("cluster", "")).first()


class CompetenceProfile(Whose):
    """A manager's own grid (self-assessment, and what peers add when asked): sealed."""

    KIND = "profile-of"

    content = sealed_field()
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta(Whose.Meta):
        ordering = ["pk"]

    @property
    def named_people(self) -> frozenset[int]:
        return frozenset({self.whose} if self.whose else ())


class CoachingCase(Whose):
    """One manager and the coaches assigned to them. Nobody else opens it, neither the own body nor the agency.

    Who the manager is, of which cluster, and which score they gave is sealed; so is the coach's tie to the cluster,
    which bars the coach from deciding (Note [A sealed tie]).
    """

    KIND = "coaching-of"

    need = models.ForeignKey(NeedCard, null=True, blank=True, on_delete=models.SET_NULL, related_name="cases")
    goal = sealed_field()
    consent = sealed_field(help_text="To what the manager agreed when asking, and when.")
    state = models.CharField(max_length=10, choices=COACHING_STATES, default=CoachingState.ASKED.value)
    asked_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    follow_up_on = models.DateField(null=True, blank=True)
    followed_up_on = models.DateField(null=True, blank=True)
    score = sealed_field()
    feedback = sealed_field()
    feedback_on = models.DateField(null=True, blank=True)
    feedback_asked_on = models.DateField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    erased_on = models.DateField(null=True, blank=True, help_text="When the words were erased; figures are kept.")

    class Meta(Whose.Meta):
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
                condition=Q(closed_on=None) | Q(closed_on__gte=F("asked_on")), name="support_coachingcase_days"
            ),
        ]

    def __str__(self) -> str:
        return f"coaching case {self.pk}"

    @property
    def status(self) -> CoachingState:
        return CoachingState(self.state)

    @property
    def manager(self) -> Person | None:
        """Whose case it is; None once that was erased."""
        return self.person_of()

    @property
    def cluster_name(self) -> str:
        """Of which cluster, as it was called then; "" once that was erased."""
        return str(self.opened_who.get("cluster_name", ""))

    @property
    def feedback_score(self) -> int | None:
        """1 (poor) to 5 (very good)."""
        return None if self.score is None else int(self.score.content())

    @property
    def asked(self) -> Asked:
        """Since when and how often feedback was asked for."""
        return Asked(self.feedback_asked_on, self.reminders)

    @property
    def open_actions(self) -> models.QuerySet[CoachingEntry]:
        """What was agreed and is neither done nor dropped."""
        return self.entries.filter(kind=CoachingEntry.Kind.ACTION, done_on=None, dropped_on=None)

    @property
    def unrated_goals(self) -> models.QuerySet[CoachingEntry]:
        """Goals of which nobody said yet how far they were reached."""
        return self.entries.filter(kind=CoachingEntry.Kind.GOAL, rating=None)

    @property
    def named_people(self) -> frozenset[int]:
        """The manager and the coaches who are assigned now."""
        coaches = self.coaches.filter(valid_to=None).values_list("person_id", flat=True)
        return frozenset({*coaches, *([self.whose] if self.whose else [])})


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
    """A note, a meeting, a document, an agreed action or goal of a case. due_on, done_on, dropped_on: of actions. name:
    of a document. rating: of a goal. coach: who wrote it; null: the manager, whom the case alone knows."""

    class Kind(models.TextChoices):
        NOTE = "note", pgettext_lazy("coaching", "note")
        MEETING = "meeting", pgettext_lazy("coaching", "meeting")
        DOCUMENT = "document", pgettext_lazy("coaching", "document")
        ACTION = "action", pgettext_lazy("coaching", "agreed action")
        GOAL = "goal", pgettext_lazy("coaching", "agreed goal")

    case = models.ForeignKey(CoachingCase, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind)
    content = sealed_field()
    name = sealed_field()
    rating = sealed_field(help_text="How far a goal was reached, -2 to 2.")
    coach = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    met_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    dropped_on = models.DateField(null=True, blank=True, help_text="When they agreed that it is not to be done.")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on=None) | Q(dropped_on=None), name="support_coachingentry_done_or_dropped"
            )
        ]

    @property
    def attainment(self) -> int | None:
        """How far a goal was reached: see `rules.agency.ATTAINMENT`."""
        return None if self.rating is None else int(self.rating.content())

    @property
    def named_people(self) -> frozenset[int]:
        return self.case.named_people
