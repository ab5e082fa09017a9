"""Hackathons and open challenges: call, teams, blind jury, decision, follow-up."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.matchmaking.forms import ChallengeForm, ClosingForm, FollowUpForm, TeamForm, TeamMentorForm
from poliedro.matchmaking.models import Challenge, FollowUp, Team, TeamMentor
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.queries.concepts import labels_of
from poliedro.matchmaking.queries.ties import firms_without_tie
from poliedro.matchmaking.services import challenges as challenges_
from poliedro.matchmaking.services import follow_ups as follow_ups_
from poliedro.matchmaking.services.challenges import not_counted
from poliedro.matchmaking.services.teams import path_of
from poliedro.matchmaking.services.tickets import sender_of
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, choices, page, starting, steps_of
from poliedro.matchmaking.views.find import challenge_by_pk, host_of, managed_or_none, trained_mentors
from poliedro.matchmaking.views.follow_ups import projects_part
from poliedro.matchmaking.views.juries import jurors_part
from poliedro.registry.models import Organisation
from poliedro.registry.present import facet
from poliedro.shared.access import public, signed_in
from poliedro.shared.components import Crumb, Empty, Table
from poliedro.shared.templatetags.poliedro import day as spoken_day
from poliedro.shared.templatetags.poliedro import spoken_number


def crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(_("Challenges"), reverse("matchmaking:challenges")), *more]


@public
def challenges(request: HttpRequest) -> HttpResponse:
    """Hackathons and challenges of firms, open and decided."""
    user = request.user
    rows = list(Challenge.objects.exclude(state="draft").select_related("organisation"))
    drafts = []
    if user.is_authenticated:
        drafts = [
            c
            for c in Challenge.objects.filter(state="draft").select_related("organisation", "cluster")
            if user.has_perm("matchmaking.run_challenges", c)
        ]
    kind = request.GET.get("kind", "")
    counts = {k: sum(c.kind == k for c in rows) for k in Challenge.Kind.values}
    shown = [c for c in rows if c.kind == kind] if kind in counts else rows
    became = FollowUp.objects.exclude(result="nothing").values("team").distinct().count()
    links = []
    if user.is_authenticated and (own_organisations(user) or managed_or_none(user) or _agency(user)):
        links.append((_("New challenge"), reverse("matchmaking:new_challenge")))

    def item(c: Challenge) -> Item:
        return Item(
            c.title,
            reverse("matchmaking:challenge", args=[c.pk]),
            meta=f"{c.get_kind_display()} · {c.organisation} · "
            + _("until %(day)s") % {"day": spoken_day(c.closes_on)},
            text=c.text,
            tags=[str(c.get_state_display()), *labels_of(c.tags)[:4]],
        )

    without, firms = firms_without_tie()
    return page(
        request,
        Shown(
            ngettext(
                "%(n)d challenge is open, %(became)d teams went on afterwards",
                "%(n)d challenges are open, %(became)d teams went on afterwards",
                sum(c.state == Challenge.State.OPEN for c in rows),
            )
            % {"n": sum(c.state == Challenge.State.OPEN for c in rows), "became": became},
            _("Tasks of firms and cities, teams with ideas, a jury that does not see names, and what became of it."),
            [
                *([Part(_("Drafts"), items=[item(c) for c in drafts])] if drafts else []),
                Part(
                    links=links,
                    items=[item(c) for c in shown],
                    empty=Empty(_("No challenge yet"), _("Hackathons and open challenges of firms appear here.")),
                ),
                Part(
                    _("Who has no tie to a large firm yet"),
                    _(
                        "%(n)s of %(all)s small and mid-sized members share no project with a large firm. Challenges "
                        "are a way in."
                    )
                    % {"n": spoken_number(without), "all": spoken_number(firms)},
                ),
            ],
            [Crumb(_("Challenges"))],
            synthetic=any(c.is_synthetic for c in rows),
            facets=[
                facet("kind", _("What is it"), [(k, str(v), counts[k]) for k, v in Challenge.Kind.choices], request.GET)
            ],
        ),
    )


def _agency(user: Any) -> bool:
    return bool(user.has_perm("matchmaking.run_challenges"))


@signed_in
def new_challenge(request: HttpRequest) -> HttpResponse:
    user = request.user
    cluster = managed_or_none(user)
    body = host_of(user, cluster)
    if body is None:
        raise PermissionDenied(_("a challenge belongs to a cluster, the agency, or an organisation that one acts for"))

    def do(criteria_text: list[dict[str, Any]], **fields: Any) -> str:
        made = challenges_.announce(organisation=body, cluster=cluster, by=user, criteria=criteria_text, **fields)
        return reverse("matchmaking:challenge", args=[made.pk])

    return page(
        request,
        Shown(
            _("New challenge"),
            _("On behalf of %(body)s. It opens when you say so.") % {"body": body},
            [
                Part(
                    actions=[
                        Action(
                            "save",
                            _("Save as draft"),
                            do,
                            ChallengeForm,
                            title=_("The task"),
                            done=_("Saved; open it when it is ready."),
                        )
                    ]
                )
            ],
            crumbs(Crumb(_("New challenge"))),
        ),
    )


@public
def challenge(request: HttpRequest, pk: int) -> HttpResponse:
    """A challenge: the task, how to take part, the result, what became of the teams."""
    found, user = challenge_by_pk(pk), request.user
    runs = user.is_authenticated and user.has_perm("matchmaking.run_challenges", found)
    if found.state == Challenge.State.DRAFT and not runs:
        raise Http404(str(pk))
    here = reverse("matchmaking:challenge", args=[pk])
    teams = list(found.teams.taking_part().select_related("organisation").prefetch_related("follow_ups"))
    today = timezone.localdate()
    facts: list[tuple[str, Any]] = [
        (_("Who asks"), found.organisation),
        (_("Prize"), found.prize or "–"),
        (_("Teams may enter until"), spoken_day(found.closes_on)),
        (_("Criteria"), ", ".join(f"{c['label']} {c['weight']}%" for c in found.criteria)),
        (_("Teams"), _("%(n)d of %(all)d") % {"n": len(teams), "all": found.places}),
    ]
    actions = []
    if found.state == Challenge.State.OPEN and today <= found.closes_on:
        sender = "" if user.is_authenticated else sender_of(request.META.get("REMOTE_ADDR", ""))
        actions.append(_enter(user, found, here, request.LANGUAGE_CODE[:2], sender))
    own = [t for t in teams if user.is_authenticated and t.created_by_id == user.pk]
    links = [(_("Our team %(team)s") % {"team": t}, path_of(t)) for t in own]
    parts = [Part(text=found.text, facts=facts, actions=actions, links=links)]
    juror = user.is_authenticated and found.jurors.sitting().filter(person__user=user).exists()
    if juror and found.state == Challenge.State.JUDGING:
        parts.append(Part(_("You are on the jury"), links=[(_("Judge"), reverse("matchmaking:jury", args=[pk]))]))
    if found.state in (Challenge.State.DECIDED, Challenge.State.CLOSED):
        parts.append(_results(user, found, teams, runs, here))
        parts += projects_part(user, found, runs, here)
    blind = juror and found.state in (Challenge.State.OPEN, Challenge.State.JUDGING)
    if runs:
        parts.append(_run_part(user, found, [] if blind else teams, here, blind))
        parts.append(jurors_part(user, found, here))
        if not blind and found.state in (Challenge.State.OPEN, Challenge.State.JUDGING) and teams:
            parts.append(_mentors(user, teams, here))
    words = {
        **choices(Challenge, "state"),
        "juror": _("a juror was named"),
        "juror_removed": _("a juror was taken off"),
        "closing_moved": _("the last day was moved"),
        "changed": _("the draft was changed"),
    }
    if runs:
        parts.append(Part(_("Steps"), events=steps_of(f"challenge:{found.pk}", words)))
    return page(
        request,
        Shown(
            found.title,
            "",
            parts,
            crumbs(Crumb(found.title)),
            synthetic=found.is_synthetic,
            tags=[str(found.get_kind_display()), str(found.get_state_display()), *labels_of(found.tags)],
        ),
    )


def _enter(user: Any, found: Challenge, here: str, language: str, sender: str) -> Action:
    def do(name: str, email: str, members: str, idea: str) -> str:
        own = own_organisations(user)
        body = Organisation.objects.filter(pk__in=own).order_by("name").first() if own else None
        challenges_.enter_team(
            challenge=found,
            name=name,
            email=email,
            members=[m.strip() for m in members.splitlines() if m.strip()],
            idea=idea,
            organisation=body,
            language=language,
            sender=sender,
            by=user if user.is_authenticated else None,
        )
        return here

    return Action(
        "enter",
        _("Enter"),
        do,
        TeamForm,
        title=_("Take part with a team"),
        under=_("No account is needed. The jury reads the idea under a number, without your names."),
        done=_(
            "Your team is in; the letter that confirms it holds the address at which you change or withdraw the idea."
        ),
        closed=True,
    )


def _results(user: Any, found: Challenge, teams: list[Team], runs: bool, here: str) -> Part:
    items = []
    for t in sorted(teams, key=lambda t: (t.place or 999, t.number)):
        last = t.follow_ups.all()[:1]
        actions = []
        if runs and timezone.localdate() >= found.closes_on:
            actions.append(
                Action(
                    f"follow-{t.pk}",
                    _("Store"),
                    lambda result, note, t=t: str(
                        follow_ups_.follow_up(team=t, result=result, note_=note, by=user) and here
                    ),
                    FollowUpForm,
                    title=_("What became of it"),
                    done=_("Stored."),
                    second=True,
                    closed=True,
                )
            )
        items.append(
            Item(
                _("%(place)d. %(name)s") % {"place": t.place or 0, "name": t.name},
                meta=_("%(n)s points of 100") % {"n": spoken_number(t.points, 1)},
                text="\n".join([t.idea, *(f.note for f in last if f.note)]),
                tags=[_("afterwards: %(what)s") % {"what": f.get_result_display()} for f in last],
                actions=actions,
            )
        )
    removed = [j for j in found.jurors.all() if j.removed_at is not None]
    why = ", ".join(dict.fromkeys(str(j.get_removed_why_display()) for j in removed))
    said = _("%(said)s Reason: %(why)s.") % {"said": not_counted(len(removed)), "why": why} if removed else ""
    return Part(_("Result"), said, items=items)


def _mentors(user: Any, teams: list[Team], here: str) -> Part:
    """Who accompanies which team; for the organiser."""
    able = trained_mentors()
    asked = {
        m.team_id: m
        for m in TeamMentor.objects.filter(team__in=teams)
        .select_related("mentor__person")
        .annotate(met=Count("team__meetings"))
    }
    items = []
    for t in teams:
        one = asked.get(t.pk)
        said = "" if one is None else (_("agreed") if one.agreed_at else _("asked, no answer yet"))
        if one is not None and one.met:
            said += " · " + ngettext("met %(n)d time", "met %(n)d times", one.met) % {"n": one.met}
        items.append(
            Item(
                t.name,
                meta=f"{one.mentor} · {said}" if one else _("no mentor yet"),
                actions=[
                    Action(
                        f"mentor-{t.pk}",
                        _("Ask the mentor"),
                        lambda mentor, t=t: str(challenges_.name_team_mentor(team=t, mentor=mentor, by=user) and here),
                        lambda *args, **more: TeamMentorForm(*args, mentors=able, **more),
                        title=_("Give the team a mentor"),
                        second=True,
                        closed=True,
                        done=_("The mentor finds the question on the own page."),
                    )
                ],
            )
        )
    return Part(
        _("Mentors of the teams"),
        items=items,
        notes=[_("Only mentors who have done the whole training, who are not on the jury and have no conflict.")],
    )


def _change(user: Any, found: Challenge, here: str) -> Action:
    lines = "\n".join(f"{c['label']} {c['weight']}" for c in found.criteria)
    return Action(
        "change",
        _("Save as draft"),
        lambda criteria_text, **f: str(
            challenges_.change_challenge(challenge=found, by=user, criteria=criteria_text, **f) and here
        ),
        starting(ChallengeForm, {**model_to_dict(found), "criteria_text": lines}),
        title=_("Change the draft"),
        second=True,
        closed=True,
    )


def _move_closing(user: Any, found: Challenge, here: str) -> Action:
    return Action(
        "closing",
        _("Move the last day"),
        lambda **f: str(challenges_.move_closing(challenge=found, by=user, **f) and here),
        starting(ClosingForm, {"closes_on": found.closes_on}),
        title=_("Another last day for teams"),
        under=_("Teams and jurors are told by letter. A later day puts the follow-up off by as many days."),
        done=_("Moved; teams and jurors are told by letter."),
        second=True,
        closed=True,
    )


def _decide(user: Any, found: Challenge, here: str) -> list[Action]:
    if found.state != Challenge.State.JUDGING:
        return []
    return [
        Action(
            "decide",
            _("Compute the result"),
            lambda: str(challenges_.decide(challenge=found, by=user) and here),
            done=_("Decided; every team is told its place by letter."),
        )
    ]


def _run_part(user: Any, found: Challenge, teams: list[Team], here: str, blind: bool) -> Part:
    """blind: the organiser is on the jury as well, and may not learn who has which idea."""
    actions = []
    if found.state == Challenge.State.DRAFT:
        actions.append(_change(user, found, here))
        actions.append(
            Action(
                "open",
                _("Open it"),
                lambda: str(challenges_.open_challenge(challenge=found, by=user) and here),
                done=_("It is open; teams can enter."),
            )
        )
    waits = found.state == Challenge.State.OPEN and timezone.localdate() < found.closes_on
    if found.state == Challenge.State.OPEN and not waits:
        actions.append(
            Action(
                "judge",
                _("Close and let the jury read"),
                lambda: str(challenges_.start_judging(challenge=found, by=user) and here),
                done=_("The jury is told and finds the ideas under its work."),
            )
        )
    if found.state == Challenge.State.OPEN:
        actions.append(_move_closing(user, found, here))
    actions += _decide(user, found, here)
    return Part(
        _("Run the challenge"),
        _("The jury reads from %(day)s on, the last day for teams. Move that day to begin earlier.")
        % {"day": spoken_day(found.closes_on)}
        if waits
        else "",
        table=Table(
            [_("Team"), _("People in the team"), _("Organisation"), _("E-mail address"), _("Idea")],
            [
                [f"{t.number}. {t.name}", len(t.members), str(t.organisation or "") or None, t.email, t.idea[:120]]
                for t in teams
            ],
            numeric=[1],
        )
        if teams
        else None,
        actions=actions,
        notes=[
            _(
                "Each juror gives 0 to 10 a criterion; a team's points are the weighted mean, averaged over the jurors "
                "who scored all criteria. Jurors see numbers and ideas, never names."
            ),
            *(
                [_("You are on the jury: the teams show here once it has decided, the ideas on the page of the jury.")]
                if blind
                else []
            ),
        ],
    )
