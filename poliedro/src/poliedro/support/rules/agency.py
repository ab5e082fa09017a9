"""What the agency works with: three tiers, competences, types of support, and which provider suits a need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from poliedro.shared.refusals import Refusal


class Tier(StrEnum):
    """R076-R078: for all managing bodies, for a group of them, for one."""

    GENERAL = "general"
    GROUP = "group"
    INDIVIDUAL = "individual"


COMPETENCES = (
    "strategy",
    "governance",
    "finance",
    "member_relations",
    "services",
    "projects",
    "internationalisation",
    "industry_40",
    "communication",
    "evaluation",
    "team",
)
"""What managing a cluster takes: rows of the competence grid."""
LEVELS = (0, 1, 2, 3, 4)
"""0 none, 1 has heard of it, 2 does it with help, 3 does it alone, 4 teaches it."""
ENOUGH, TEACHES = 3, 4


@dataclass(frozen=True)
class SupportType:
    """A type of support: in which tier, for which competences, and what its provider must be able to do."""

    key: str
    tier: Tier
    competences: tuple[str, ...]
    days: float
    """Usual length."""


SUPPORT_TYPES = (
    SupportType("pr", Tier.GENERAL, ("communication",), 0.5),
    SupportType("branding", Tier.GENERAL, ("communication", "strategy"), 1),
    SupportType("portal_page", Tier.GENERAL, ("communication",), 0.25),
    SupportType("course", Tier.GROUP, COMPETENCES, 2),
    SupportType("peer_exchange", Tier.GROUP, COMPETENCES, 0.5),
    SupportType("strategy_coaching", Tier.INDIVIDUAL, ("strategy", "governance"), 4),
    SupportType("finance_coaching", Tier.INDIVIDUAL, ("finance",), 3),
    SupportType("service_design", Tier.INDIVIDUAL, ("services", "member_relations"), 3),
    SupportType("project_coaching", Tier.INDIVIDUAL, ("projects", "internationalisation"), 3),
    SupportType("technical_coaching", Tier.INDIVIDUAL, ("industry_40", "evaluation"), 3),
    SupportType("team_coaching", Tier.INDIVIDUAL, ("team", "governance"), 3),
)
GROUP_SIZE = 3
"""So many clusters with one need make a course worth while; fewer are never shown, as they could be told apart."""


def types_for(competence: str, *, clusters_with_it: int) -> list[SupportType]:
    """Which types of support answer a need, best first: for one manager coaching, for many a course, always peers."""
    fitting = [t for t in SUPPORT_TYPES if competence in t.competences]
    shared = clusters_with_it >= GROUP_SIZE
    order = {
        Tier.GROUP: 0 if shared else 1,
        Tier.INDIVIDUAL: 1 if shared else 0,
        Tier.GENERAL: 2,
    }
    return sorted(fitting, key=lambda t: (order[t.tier], len(t.competences), t.key))


@dataclass(frozen=True)
class Candidate:
    """A provider as the ranking sees it. levels: competence -> 0..4; price_eur: a day; conflict: why it is out."""

    key: int
    name: str
    levels: Mapping[str, int]
    price_eur: float | None = None
    rating: float | None = None
    free_days: float | None = None
    is_agency: bool = False
    knows_field: bool = False
    conflict: str = ""


@dataclass(frozen=True)
class Suited:
    """One provider of a shortlist, with the reasons: (what, points)."""

    candidate: Candidate
    points: int
    reasons: tuple[tuple[str, int], ...]


def shortlist(candidates: Iterable[Candidate], competences: Sequence[str], *, days: float) -> list[Suited]:
    """Providers able to do all that is needed (level 3 or more), best first, each with its reasons.

    Points: 20 for being able, 10 for each competence that the provider teaches, 8 for knowing the industry, up to 10
    for a rating of 5, 4 for costing nothing. Those with a conflict of interest, without a needed competence or without
    the days are left out.
    """
    found = []
    for c in candidates:
        if c.conflict or any(c.levels.get(name, 0) < ENOUGH for name in competences):
            continue
        if c.free_days is not None and c.free_days < days:
            continue
        reasons = [("able", 20), *(("teaches", 10) for name in competences if c.levels[name] >= TEACHES)]
        if c.knows_field:
            reasons.append(("field", 8))
        if c.rating is not None:
            reasons.append(("rating", round(2 * c.rating)))
        if c.is_agency or c.price_eur == 0:
            reasons.append(("free", 4))
        found.append(Suited(c, sum(p for _r, p in reasons), tuple(reasons)))
    return sorted(found, key=lambda s: (-s.points, s.candidate.price_eur or 0, s.candidate.name))


def gaps(grid: Mapping[str, Sequence[int]], wanted: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """Competences that the agency's own people do not have enough of (R082): (competence, able people, asked for).

    grid: competence -> levels of its people; wanted: competence -> clusters that asked for it.
    """
    able = {name: sum(level >= ENOUGH for level in grid.get(name, ())) for name in COMPETENCES}
    short = []
    for name in COMPETENCES:
        asked = wanted.get(name, 0)
        if able[name] == 0 or asked > able[name] * 2:
            short.append((name, able[name], asked))
    return sorted(short, key=lambda row: (row[1], -row[2], row[0]))


class CoachingState(StrEnum):
    ASKED = "asked"
    RUNNING = "running"
    FEEDBACK = "feedback"
    CLOSED = "closed"
    UNANSWERED = "unanswered"
    STOPPED = "stopped"


OVER = (CoachingState.CLOSED, CoachingState.UNANSWERED, CoachingState.STOPPED)
NEXT = {
    CoachingState.ASKED: {CoachingState.RUNNING, CoachingState.STOPPED},
    CoachingState.RUNNING: {CoachingState.FEEDBACK},  # once they met, no way out goes round the feedback
    CoachingState.FEEDBACK: {CoachingState.CLOSED, CoachingState.UNANSWERED, CoachingState.RUNNING},
    CoachingState.CLOSED: set(),
    CoachingState.UNANSWERED: {CoachingState.CLOSED},  # an answer, however late
    CoachingState.STOPPED: set(),
}


ANSWER_WITHIN = timedelta(days=7)
"""By then a coach who was asked answers: with a meeting, or with a no. See Note [Nothing ends in a drawer]."""
REMIND_AFTER_DAYS = (10, 20)
"""Days after the question on which a manager who gave no feedback is asked again."""
REMINDERS = len(REMIND_AFTER_DAYS)
PATIENCE_DAYS = 30
"""From then on coaching, or a course, may end without an answer. See Note [Closed without an answer]."""


ATTAINMENT = range(-2, 3)
"""Goal attainment scaling: -2 much less than agreed, 0 as agreed, 2 much more. It stays in the case and is never added
up: goals that people set themselves compare nobody."""


class CannotMove(Refusal):
    """The state does not follow, or what it needs is missing; the message says what."""


@dataclass(frozen=True)
class Asked:
    """Since when feedback is asked for, and how often it was asked again."""

    on: date | None = None
    reminders: int = 0

    def is_to_remind(self, today: date) -> bool:
        """Whether the next reminder is due."""
        return (
            self.on is not None
            and self.reminders < REMINDERS
            and (today - self.on).days >= REMIND_AFTER_DAYS[self.reminders]
        )

    def was_long_enough(self, today: date) -> bool:
        """Whether it may end without an answer. See Note [Closed without an answer]."""
        return self.on is not None and self.reminders >= REMINDERS and (today - self.on).days >= PATIENCE_DAYS


def check_can_move(
    state: CoachingState,
    to: CoachingState,
    *,
    feedback_given: bool,
    has_follow_up: bool,
    asked: Asked | None = None,
    today: date | None = None,
    open_actions: int = 0,
    unrated_goals: int = 0,
) -> None:
    """No case closes without feedback and a day on which somebody looks again (R083), nor with an agreed action that is
    neither done nor dropped, or an agreed goal of which nobody said how far it was reached; one whose manager was
    asked, was reminded and never answered ends as `unanswered`.

    Raises:
        CannotMove
    """
    if to not in NEXT[state]:
        raise CannotMove("a case that is %(state)s cannot become %(to)s", state=state.value, to=to.value)
    if to is CoachingState.CLOSED and not feedback_given:
        raise CannotMove("the manager has given no feedback yet; ask for it before closing.")
    if to is CoachingState.UNANSWERED and feedback_given:
        raise CannotMove("the manager gave feedback; close the case.")
    if to is CoachingState.UNANSWERED and not (asked and today and asked.was_long_enough(today)):
        raise CannotMove(
            "the manager has %(days)s days and %(reminders)s reminders to answer.",
            days=PATIENCE_DAYS,
            reminders=REMINDERS,
        )
    if to in (CoachingState.CLOSED, CoachingState.UNANSWERED) and not has_follow_up:
        raise CannotMove("no follow-up day is set; choose one three to six months ahead.")
    if to in (CoachingState.CLOSED, CoachingState.UNANSWERED) and state is CoachingState.FEEDBACK and open_actions:
        raise CannotMove("an agreed action is still open; mark it as done, or drop it, before closing.")
    if to is CoachingState.CLOSED and state is CoachingState.FEEDBACK and unrated_goals:
        raise CannotMove("an agreed goal is not rated yet; say how far it was reached before closing.")


def can_move(
    state: CoachingState,
    to: CoachingState,
    *,
    feedback_given: bool,
    has_follow_up: bool,
    asked: Asked | None = None,
    today: date | None = None,
    open_actions: int = 0,
    unrated_goals: int = 0,
) -> bool:
    try:
        check_can_move(
            state,
            to,
            feedback_given=feedback_given,
            has_follow_up=has_follow_up,
            asked=asked,
            today=today,
            open_actions=open_actions,
            unrated_goals=unrated_goals,
        )
    except CannotMove:
        return False
    return True


FEW_SEATS = 0.34
"""Up to this share of its seats a course has few left."""


def seats_left(seats: int, taken: int) -> str:
    """ "left", "few" or "full": a number that moved would tell who enrolled to whoever looks before and after."""
    if taken >= seats:
        return "full"
    return "few" if (seats - taken) <= seats * FEW_SEATS else "left"


def is_enough_feedback(present: int, feedback: int) -> bool:
    """Whether a course closes with so many answers: half of those who were there, and one at least."""
    return feedback > 0 and feedback * 2 >= present


def check_can_close_course(
    *,
    held: bool,
    present: int,
    feedback: int,
    follow_up_set: bool,
    follow_up_action: str,
    asked: Asked | None = None,
    today: date | None = None,
) -> None:
    """No course closes without feedback of at least half of those present, a follow-up day and action (R083); one whose
    participants were asked, were reminded and did not answer ends as `unanswered`.

    Raises:
        CannotMove
    """
    if not held:
        raise CannotMove("a session is still to come, or its attendance was not taken.")
    if not present:
        raise CannotMove("nobody came: cancel the course.")
    silent = asked is not None and today is not None and asked.was_long_enough(today)
    if not is_enough_feedback(present, feedback) and not silent:
        raise CannotMove(
            "only %(feedback)s of %(present)s gave feedback; half have to.", feedback=feedback, present=present
        )
    if not follow_up_set or not follow_up_action.strip():
        raise CannotMove("say when and how it is followed up.")
