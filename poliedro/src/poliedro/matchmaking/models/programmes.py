"""What firms that went abroad tell the others; accelerators with their cohorts; mentors of teams."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.matchmaking.models.base import Recorded
from poliedro.matchmaking.models.challenges import FairApplication, Team
from poliedro.matchmaking.models.people import Mentor, Preference
from poliedro.registry.models import Cluster, Organisation


class Lesson(Recorded):
    """What a firm learnt abroad, for members that work at home only."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="lessons")
    application = models.ForeignKey(
        FairApplication, null=True, blank=True, on_delete=models.SET_NULL, related_name="lessons"
    )
    title = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    text = models.TextField(max_length=2000)
    first_step = models.CharField(max_length=300, help_text="What another firm should do first.")

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class LessonUse(models.Model):
    """A firm says that it used a lesson, and for what."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="uses")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    on = models.DateField(default=timezone.localdate)
    what = models.CharField(max_length=300)

    class Meta:
        ordering = ["on", "pk"]
        constraints = [models.UniqueConstraint(fields=["lesson", "organisation"], name="matchmaking_lessonuse_once")]


class Accelerator(Recorded):
    """A programme that takes start-ups in by cohorts."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="accelerators", help_text="Who runs it."
    )
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    text = models.TextField(max_length=4000)
    tags = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title


class Cohort(models.Model):
    accelerator = models.ForeignKey(Accelerator, on_delete=models.CASCADE, related_name="cohorts")
    apply_by = models.DateField()
    starts_on = models.DateField()
    demo_day_on = models.DateField(help_text="When the firms show investors what they have.")
    places = models.PositiveSmallIntegerField(default=8)

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(apply_by__lte=F("starts_on"), demo_day_on__gt=F("starts_on")),
                name="matchmaking_cohort_days_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.accelerator} {self.starts_on:%Y}"

    @property
    def cluster_id(self) -> int | None:
        return self.accelerator.cluster_id


class CohortApplication(Recorded):
    """A start-up and a cohort. referred_by: the cluster that proposed it; it applies only by its own word."""

    class State(models.TextChoices):
        REFERRED = "referred", _("proposed by its cluster")
        SENT = "sent", _("applied")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", pgettext_lazy("application", "refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        FINISHED = "finished", _("finished the programme")
        LEFT = "left", _("left early")

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="applications")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cohort_applications")
    motive = models.TextField(max_length=1500, blank=True)
    referred_by = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.SENT)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "organisation"], name="matchmaking_cohortapplication_once"),
            models.CheckConstraint(
                condition=~Q(state="referred") | Q(referred_by__isnull=False),
                name="matchmaking_cohortapplication_referred_by",
            ),
        ]

    @property
    def cluster_id(self) -> int | None:
        return self.cohort.cluster_id


class TeamMentor(models.Model):
    """A mentor who accompanies a team of a challenge, once the mentor agreed."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="mentoring")
    mentor = models.ForeignKey(Mentor, on_delete=models.PROTECT, related_name="teams")
    named_at = models.DateTimeField(default=timezone.now)
    agreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["named_at", "pk"]


class CohortMentor(models.Model):
    """A mentor who accompanies the firms of a cohort, once the mentor agreed."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="mentoring")
    mentor = models.ForeignKey(Mentor, on_delete=models.PROTECT, related_name="cohorts")
    named_at = models.DateTimeField(default=timezone.now)
    agreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["named_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["cohort", "mentor"], name="matchmaking_cohortmentor_once")]


class TeamMeeting(models.Model):
    """What a team and its mentor spoke about. It stays when another mentor takes the place."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="meetings")
    mentor = models.ForeignKey(Mentor, on_delete=models.PROTECT, related_name="team_meetings")
    on = models.DateField()
    minutes = models.PositiveSmallIntegerField(default=60)
    notes = models.TextField(max_length=2000)
    next_step = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-on", "-pk"]


class CohortMeeting(models.Model):
    """A meeting of a cohort: who was there, what was agreed, and when it meets next."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="meetings")
    on = models.DateField()
    mentors = models.ManyToManyField(Mentor, related_name="+")
    firms = models.ManyToManyField(Organisation, related_name="+")
    agreed = models.TextField(max_length=2000)
    next_on = models.DateField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_on=None) | Q(next_on__gt=F("on")), name="matchmaking_cohortmeeting_next_is_later"
            )
        ]


class CohortFeedback(models.Model):
    """What a mentor of a cohort and a firm of it say of each other, once each, from the demo day on."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="feedback")
    side = models.CharField(max_length=6, choices=Preference.Side)
    mentor = models.ForeignKey(Mentor, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    rating = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=1000, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["mentor", "organisation", "side"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "side", "mentor", "organisation"], name="matchmaking_cohortfeedback_once"
            ),
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="matchmaking_cohortfeedback_rating"),
        ]
