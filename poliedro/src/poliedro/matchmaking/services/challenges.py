"""Hackathons and open challenges: a call, teams, a blind jury, a decision, and what became of the teams."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.accounts.models import Person
from poliedro.matchmaking.models import (
    Challenge,
    Juror,
    JuryScore,
    Mentor,
    MentorTraining,
    Team,
    TeamMeeting,
    TeamMentor,
)
from poliedro.matchmaking.queries.cards import people_of
from poliedro.matchmaking.rules.jury import check_criteria, standings
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.states import CHALLENGE
from poliedro.matchmaking.services.mentoring import mentor_answers
from poliedro.matchmaking.services.steps import check, creator, in_language, move, note, reach_of, write_to
from poliedro.matchmaking.services.teams import check_not_too_often, language_of, path_of
from poliedro.registry.models import Organisation
from poliedro.shared.templatetags.poliedro import day as spoken_day


@transaction.atomic
def announce(*, organisation: Organisation, by: Any, cluster: Any = None, **fields: Any) -> Challenge:
    """A challenge of an organisation, as a draft. Raises Refused: weights."""
    check(by, "matchmaking.run_challenges", cluster or organisation)
    _check_weights(fields["criteria"])
    made = Challenge(organisation=organisation, cluster=cluster, created_by=creator(by), **fields)
    made.full_clean()
    made.save()
    note(made, Challenge.State.DRAFT, by=by)
    return made


@transaction.atomic
def change_challenge(*, challenge: Challenge, by: Any, **fields: Any) -> Challenge:
    """A draft is put right before teams come. Raises Refused: not_yours, past, weights."""
    check(by, "matchmaking.run_challenges", challenge)
    fresh = Challenge.objects.select_for_update().get(pk=challenge.pk)
    if fresh.state != Challenge.State.DRAFT:
        raise Refused("past", fresh.state)
    _check_weights(fields["criteria"])
    for name, value in fields.items():
        setattr(fresh, name, value)
    fresh.full_clean()
    fresh.save()
    note(fresh, "changed", by=by)
    return fresh


def _check_weights(criteria: list[dict[str, Any]]) -> None:
    try:
        check_criteria(criteria)
    except ValueError as wrong:
        raise Refused("weights", str(wrong)) from wrong


def open_challenge(*, challenge: Challenge, by: Any) -> Challenge:
    """Teams may come."""
    check(by, "matchmaking.run_challenges", challenge)
    return move(challenge, CHALLENGE, Challenge.State.OPEN, by=by)


@transaction.atomic
def enter_team(
    *,
    challenge: Challenge,
    name: str,
    email: str,
    members: list[str],
    idea: str,
    by: Any,
    organisation: Organisation | None = None,
    language: str = "",
    sender: str = "",
    today: date | None = None,
) -> Team:
    """A team with its idea; no account is needed, a letter says that it is in and holds the team's own address.

    Raises Refused: past, full, name_taken, conflict (a juror enters no team), too_often (see check_not_too_often).
    """
    check_not_too_often(email=email, sender=sender, by=creator(by))
    fresh = Challenge.objects.select_for_update().get(pk=challenge.pk)
    if fresh.state != Challenge.State.OPEN or (today or timezone.localdate()) > fresh.closes_on:
        raise Refused("past", fresh.state)
    if fresh.teams.taking_part().count() >= fresh.places:
        raise Refused("full", str(fresh.pk))
    if fresh.teams.taking_part().filter(name=name).exists():
        raise Refused("name_taken", name)
    if creator(by) is not None and fresh.jurors.sitting().filter(person__user=by).exists():
        raise Refused("conflict", str(fresh.pk))
    made = Team(
        challenge=fresh,
        number=(fresh.teams.aggregate(n=Max("number"))["n"] or 0) + 1,
        name=name,
        email=email,
        members=members,
        idea=idea,
        organisation=organisation,
        language=language,
        sender=sender,
        created_by=creator(by),
        certainty=fresh.certainty,
    )
    made.full_clean()
    made.save()
    note(made, "entered", by=by)
    with in_language(language_of(made)):
        write_to(
            email,
            _("Your team %(team)s takes part in %(challenge)s") % {"team": name, "challenge": fresh},
            _(
                "The jury reads your idea as number %(n)d. You get a letter with the result.\n\nUntil %(day)s you can "
                "change or withdraw the idea on the page below. It is your team's own: whoever has the address can do "
                "so, so pass it on to nobody else."
            )
            % {"n": made.number, "day": spoken_day(fresh.closes_on)},
            path_of(made),
        )
    return made


def _tell_teams(challenge: Challenge) -> None:
    """A letter with the result to every team, in the language of who entered it."""
    removed = challenge.jurors.exclude(removed_at=None).count()
    for team in challenge.teams.taking_part().select_related("created_by"):
        with in_language(language_of(team)):
            said = _("Your team %(team)s: place %(place)d, %(points)s points of 100.") % {
                "team": team,
                "place": team.place or 0,
                "points": number_format(team.points or 0, 1),
            }
            write_to(
                team.email,
                _("The jury of %(challenge)s has decided") % {"challenge": challenge},
                "\n\n".join([said, *([not_counted(removed)] if removed else [])]),
                path_of(team),
            )


def not_counted(removed: int) -> str:
    """What a result says of jurors who were removed."""
    return ngettext(
        "%(n)d juror was taken off the jury; the points given are kept, and do not count.",
        "%(n)d jurors were taken off the jury; the points given are kept, and do not count.",
        removed,
    ) % {"n": removed}


@transaction.atomic
def move_closing(*, challenge: Challenge, closes_on: date, why: str, by: Any, today: date | None = None) -> Challenge:
    """Another last day for teams and ideas; teams and jurors are told by letter. A later one puts the follow-up off by
    as many days.

    Raises Refused: not_yours, past (it is with the jury, or the day is over), before_teams (a team came in time and
    would be late), before_opening, already (it is that day).
    """
    check(by, "matchmaking.run_challenges", challenge)
    fresh = Challenge.objects.select_for_update().get(pk=challenge.pk)
    if fresh.state != Challenge.State.OPEN or closes_on < (today or timezone.localdate()):
        raise Refused("past", fresh.state)
    before = fresh.closes_on
    if closes_on == before:
        raise Refused("already", str(closes_on))
    if closes_on < fresh.opens_on:
        raise Refused("before_opening", str(closes_on))
    last = fresh.teams.taking_part().aggregate(at=Max("created_at"))["at"]
    if last is not None and closes_on < timezone.localdate(last):
        raise Refused("before_teams", str(closes_on))
    fresh.closes_on = closes_on
    fresh.follow_up_on += max(closes_on - before, timedelta(0))
    fresh.full_clean()
    fresh.save(update_fields=["closes_on", "follow_up_on"])
    note(fresh, "closing_moved", by=by, text=f"{spoken_day(before)} → {spoken_day(closes_on)}: {why}")
    for address, language, path in _whom_it_concerns(fresh):
        with in_language(language):
            write_to(
                address,
                _("%(challenge)s: the last day is now %(day)s")
                % {"challenge": fresh, "day": spoken_day(fresh.closes_on)},
                _("Teams may enter and change their ideas until %(day)s; it was %(before)s.\n\n%(why)s")
                % {"day": spoken_day(fresh.closes_on), "before": spoken_day(before), "why": why},
                path,
            )
    return fresh


def _whom_it_concerns(challenge: Challenge) -> list[tuple[str, str, str]]:
    """Address, language and page of each team and each juror."""
    found = [(t.email, language_of(t), path_of(t)) for t in challenge.teams.taking_part().select_related("created_by")]
    for juror in challenge.jurors.sitting().select_related("person__user"):
        found.append((*reach_of(juror.person), f"/challenges/{challenge.pk}/"))
    return found


@transaction.atomic
def add_juror(*, challenge: Challenge, person: Person, by: Any) -> Juror:
    """One more on the jury, who is written to at once where it already reads.

    Raises Refused: past (it has decided), conflict (the person made a team, accompanies one, or acts for the
    organisation of one), removed (was taken off this jury).
    """
    check(by, "matchmaking.run_challenges", challenge)
    challenge = _locked(challenge)
    if challenge.state in (Challenge.State.DECIDED, Challenge.State.CLOSED):
        raise Refused("past", challenge.state)
    teams = challenge.teams.taking_part()
    made_one = person.user_id and teams.filter(created_by=person.user_id).exists()
    accompanies = teams.filter(mentoring__mentor__person=person).exists()
    bodies = teams.exclude(organisation=None).values_list("organisation", flat=True).distinct()
    if made_one or accompanies or any(person in people_of(body) for body in bodies):
        raise Refused("conflict", str(person.pk))
    made, new = Juror.objects.get_or_create(challenge=challenge, person=person)
    # Whoever was taken off may have seen since who has which idea.
    if made.removed_at is not None:
        raise Refused("removed", str(person.pk))
    note(challenge, "juror", by=by)
    if new and challenge.state == Challenge.State.JUDGING:
        _call_juror(made)
    return made


@transaction.atomic
def remove_juror(*, juror: Juror, why: str, by: Any, text: str = "") -> Juror:
    """Take someone off the jury: the scores stay, and do not count; the result says so. The person is told by letter.

    why: one of Juror.Removed; text: for those who run the challenge. Raises Refused: not_yours, past (the jury has
    decided), already.
    """
    challenge = Challenge.objects.select_for_update().get(pk=juror.challenge_id)
    check(by, "matchmaking.run_challenges", challenge)
    if challenge.state in (Challenge.State.DECIDED, Challenge.State.CLOSED):
        raise Refused("past", challenge.state)
    fresh = Juror.objects.select_related("person__user").get(pk=juror.pk)
    if fresh.removed_at is not None:
        raise Refused("already", str(fresh.pk))
    fresh.removed_at, fresh.removed_why = timezone.now(), why
    fresh.save(update_fields=["removed_at", "removed_why"])
    note(
        challenge,
        "juror_removed",
        by=by,
        text=": ".join([str(fresh.get_removed_why_display()), *([text] if text else [])]),
    )
    address, language = reach_of(fresh.person)
    with in_language(language):
        write_to(
            address,
            _("You are no longer on the jury of %(challenge)s") % {"challenge": challenge},
            _("Whoever runs it took you off the jury: %(why)s. Points that you gave are kept, and do not count.")
            % {"why": fresh.get_removed_why_display()},
            f"/challenges/{challenge.pk}/",
        )
    return fresh


def _locked(challenge: Challenge) -> Challenge:
    """The challenge as it stands, until the transaction ends: no score, juror or team comes or goes meanwhile."""
    return (
        Challenge.objects.select_for_update(of=["self"]).select_related("organisation", "cluster").get(pk=challenge.pk)
    )


def _call_juror(juror: Juror) -> None:
    address, language = reach_of(juror.person)
    with in_language(language):
        write_to(
            address,
            _("You are on the jury of %(challenge)s") % {"challenge": juror.challenge},
            _("The ideas wait for your points. You see numbers and ideas, no names."),
            f"/challenges/{juror.challenge_id}/jury/",
        )


@transaction.atomic
def name_team_mentor(*, team: Team, mentor: Mentor, by: Any) -> TeamMentor:
    """The organiser asks a mentor to accompany a team; the mentor agrees or not. Another one takes the place.

    Raises Refused: not_yours, past (the jury has decided), not_trained, conflict (on the jury, or barred from the
    team's organisation).
    """
    check(by, "matchmaking.run_challenges", team.challenge)
    if team.challenge.state not in (Challenge.State.OPEN, Challenge.State.JUDGING) or team.withdrawn_at is not None:
        raise Refused("past", team.challenge.state)
    if mentor.trainings.count() < len(MentorTraining.Module.values):
        raise Refused("not_trained", str(mentor.pk))
    barred = mentor.conflicts.filter(organisation=team.organisation_id).exists() if team.organisation_id else False
    if barred or team.challenge.jurors.sitting().filter(person=mentor.person_id).exists():
        raise Refused("conflict", str(mentor.pk))
    TeamMentor.objects.filter(team=team).delete()
    made = TeamMentor.objects.create(team=team, mentor=mentor)
    note(team, "mentor_asked", by=by, text=str(mentor))
    return made


@transaction.atomic
def answer_team(*, mentoring: TeamMentor, accept: bool, by: Any) -> TeamMentor | None:
    """The mentor's word; who says no leaves the place free. Raises Refused: not_yours."""
    return mentoring if mentor_answers(mentoring, mentoring.team, accept=accept, by=by) else None


@transaction.atomic
def log_team_meeting(*, mentoring: TeamMentor, by: Any, **fields: Any) -> TeamMeeting:
    """The mentor notes a meeting with the team. Raises Refused: not_yours, not_agreed."""
    if by is not None and mentoring.mentor.person.user_id != by.pk:
        raise Refused("not_yours", str(mentoring.pk))
    if mentoring.agreed_at is None:
        raise Refused("not_agreed", str(mentoring.pk))
    made = TeamMeeting(team=mentoring.team, mentor=mentoring.mentor, by=creator(by), **fields)
    made.full_clean()
    made.save(force_insert=True)
    note(mentoring.team, "met_mentor", by=by)
    return made


@transaction.atomic
def start_judging(*, challenge: Challenge, by: Any, today: date | None = None) -> Challenge:
    """No more teams; the jury reads, and is written to.

    Raises Refused: no_jury (it has no team, or no juror), too_early (until the last day teams were told that they may
    change their ideas; who wants to begin earlier moves that day, which is told).
    """
    check(by, "matchmaking.run_challenges", challenge)
    challenge = _locked(challenge)
    if challenge.state == Challenge.State.OPEN and (today or timezone.localdate()) < challenge.closes_on:
        raise Refused("too_early", str(challenge.closes_on))
    if not challenge.teams.taking_part().exists() or not challenge.jurors.sitting().exists():
        raise Refused("no_jury", str(challenge.pk))
    judging = move(challenge, CHALLENGE, Challenge.State.JUDGING, by=by)
    for juror in judging.jurors.sitting().select_related("person__user", "challenge"):
        _call_juror(juror)
    return judging


@transaction.atomic
def score_team(*, challenge: Challenge, team: Team, points: dict[str, int], by: Any) -> int:
    """A juror's points for a team, criterion -> 0..10. Raises Refused: not_juror."""
    challenge = _locked(challenge)
    juror = challenge.jurors.sitting().filter(person__user=by).first() if by is not None else None
    closed = challenge.state != Challenge.State.JUDGING or team.withdrawn_at is not None
    if juror is None or closed or team.challenge_id != challenge.pk:
        raise Refused("not_juror", str(challenge.pk))
    for criterion, n in points.items():
        JuryScore.objects.update_or_create(juror=juror, team=team, criterion=criterion, defaults={"points": n})
    note(team, "scored", by=by)
    return len(points)


@transaction.atomic
def decide(*, challenge: Challenge, by: Any) -> Challenge:
    """Points and places from the scores of the jurors who sit: those of removed ones are left out.

    Raises Refused: no_scores; jury_open (who is on the jury decides only once every juror has judged every team).
    """
    check(by, "matchmaking.run_challenges", challenge)
    challenge = _locked(challenge)
    jury, teams = challenge.jurors.sitting(), challenge.teams.taking_part()
    given = JuryScore.objects.filter(team__in=teams, juror__in=jury)
    on_jury = by is not None and jury.filter(person__user=by).exists()
    if on_jury and given.values("juror", "team").distinct().count() < jury.count() * teams.count():
        raise Refused("jury_open", str(challenge.pk))
    scores: dict[int, dict[int, dict[str, int]]] = {t.pk: {} for t in teams}
    for s in given.order_by("pk"):
        scores[s.team_id].setdefault(s.juror_id, {})[s.criterion] = s.points
    weights = {c["key"]: c["weight"] for c in challenge.criteria}
    found = standings(weights, scores)
    if not any(one.jurors for one in found):
        raise Refused("no_scores", str(challenge.pk))
    for one in found:
        Team.objects.filter(pk=one.team).update(points=one.points, place=one.place)
    decided = move(challenge, CHALLENGE, Challenge.State.DECIDED, by=by)
    _tell_teams(decided)
    return decided
