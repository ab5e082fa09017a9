"""What a cohort does together: meetings, and what mentors and firms say of each other at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.matchmaking.models import Cohort, CohortFeedback, CohortMeeting, Mentor, Preference
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.services.steps import creator, note
from poliedro.registry.models import Organisation

TOOK_PART = ("accepted", "finished", "left")


@dataclass(frozen=True)
class Place:
    """Where a person stands in a cohort: runs it, mentors it, acts for firms of it."""

    runs: bool
    mentor: Mentor | None
    firms: tuple[Organisation, ...]

    @property
    def belongs(self) -> bool:
        return self.runs or self.mentor is not None or bool(self.firms)


def place_of(cohort: Cohort, user: Any) -> Place:
    own = own_organisations(user)
    return Place(
        bool(user.has_perm("matchmaking.run_accelerators", cohort)),
        next((m for m in mentors_of(cohort) if m.person.user_id == user.pk), None),
        tuple(f for f in firms_of(cohort) if f.pk in own),
    )


def mentors_of(cohort: Cohort) -> list[Mentor]:
    """Who agreed to accompany it."""
    rows = cohort.mentoring.filter(agreed_at__isnull=False).select_related("mentor__person__user")
    return [m.mentor for m in rows]


def firms_of(cohort: Cohort) -> list[Organisation]:
    """Who was taken in."""
    rows = cohort.applications.filter(state__in=TOOK_PART).select_related("organisation")
    return [a.organisation for a in rows.order_by("organisation__name", "pk")]


@transaction.atomic
def log_cohort_meeting(
    *,
    cohort: Cohort,
    on: date,
    agreed: str,
    by: Any,
    mentors: Sequence[Mentor] = (),
    firms: Sequence[Organisation] = (),
    next_on: date | None = None,
    today: date | None = None,
) -> CohortMeeting:
    """Noted by a mentor of the cohort or who runs it.

    Raises Refused: not_yours, not_begun (a day to come), nobody_there (a mentor and a firm at least), not_of_cohort,
    next_day (the next meeting lies before this one).
    """
    place = place_of(cohort, by) if by is not None else None
    if place is not None and not (place.runs or place.mentor):
        raise Refused("not_yours", str(cohort.pk))
    if on > (today or timezone.localdate()):
        raise Refused("not_begun", str(on))
    if not mentors or not firms:
        raise Refused("nobody_there", str(cohort.pk))
    if not set(mentors) <= set(mentors_of(cohort)) or not set(firms) <= set(firms_of(cohort)):
        raise Refused("not_of_cohort", str(cohort.pk))
    if next_on is not None and next_on <= on:
        raise Refused("next_day", str(next_on))
    made = CohortMeeting(cohort=cohort, on=on, agreed=agreed, next_on=next_on, by=creator(by))
    made.full_clean()
    made.save(force_insert=True)
    made.mentors.set(mentors)
    made.firms.set(firms)
    note(cohort.accelerator, "cohort_met", by=by)
    return made


def is_over(cohort: Cohort, today: date) -> bool:
    """From the demo day on, both sides are asked."""
    return today >= cohort.demo_day_on


@transaction.atomic
def rate_in_cohort(
    *,
    cohort: Cohort,
    side: str,
    mentor: Mentor,
    organisation: Organisation,
    rating: int,
    by: Any,
    text: str = "",
    today: date | None = None,
) -> CohortFeedback:
    """One side of a mentor and a firm rates the other, once. Raises Refused: not_yours, not_of_cohort, not_over,
    already."""
    if by is not None:
        place = place_of(cohort, by)
        mine = place.mentor == mentor if side == Preference.Side.MENTOR else organisation in place.firms
        if not mine:
            raise Refused("not_yours", side)
    if mentor not in mentors_of(cohort) or organisation not in firms_of(cohort):
        raise Refused("not_of_cohort", str(cohort.pk))
    if not is_over(cohort, today or timezone.localdate()):
        raise Refused("not_over", str(cohort.pk))
    told = {"cohort": cohort, "side": side, "mentor": mentor, "organisation": organisation}
    if CohortFeedback.objects.filter(**told).exists():
        raise Refused("already", side)
    made = CohortFeedback(**told, rating=rating, text=text)
    made.full_clean()
    made.save(force_insert=True)
    note(cohort.accelerator, "rated", by=by, text=side)
    return made
