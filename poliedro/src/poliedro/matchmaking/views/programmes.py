"""Lessons from abroad and how far they reach; accelerators with their cohorts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.matchmaking.forms import (
    AcceleratorForm,
    CohortApplicationForm,
    CohortForm,
    LessonForm,
    LessonUseForm,
    ReferForm,
    TeamMentorForm,
)
from poliedro.matchmaking.models import Accelerator, Cohort, CohortApplication, CohortMentor, Lesson
from poliedro.matchmaking.queries.alike import done_by
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.queries.concepts import labels_of
from poliedro.matchmaking.queries.programmes import Funnel, Reach, funnels, reach_of, silent_abroad
from poliedro.matchmaking.queries.ties import may_see_results
from poliedro.matchmaking.services import programmes as programmes_
from poliedro.matchmaking.services.cohorts import place_of
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, page
from poliedro.matchmaking.views.find import host_of, managed_or_none, one, trained_mentors
from poliedro.registry.models import Cluster
from poliedro.registry.queries.memberships import members_of
from poliedro.shared.access import public, signed_in
from poliedro.shared.components import Crumb, Empty, Table
from poliedro.shared.dated import Moment
from poliedro.shared.templatetags.poliedro import day as spoken_day
from poliedro.shared.templatetags.poliedro import spoken_number


@signed_in
def lessons(request: HttpRequest) -> HttpResponse:
    """What firms that went abroad tell those that stay at home; for staff, how far it reaches."""
    user = request.user
    own = own_organisations(user)
    rows = list(Lesson.objects.select_related("organisation").prefetch_related("uses__organisation")[:100])
    used = sum(len(r.uses.all()) for r in rows)
    told = _tell(user, own) if own and set(own) & done_by("international") else []
    parts = [
        Part(
            _("What others learnt"),
            items=[_lesson(user, r, own) for r in rows],
            empty=Empty(
                _("No lesson yet"),
                _("Whoever was helped to go abroad tells the others here: whom they met and what it cost."),
            ),
            actions=told,
        )
    ]
    if may_see_results(user):
        every = user.has_perm("matchmaking.view_results")
        cluster = managed_or_none(user)
        clusters = Cluster.objects.all() if every else Cluster.objects.filter(pk=cluster.pk if cluster else 0)
        parts += [_reach(reach_of(clusters)), _silent(silent_abroad(clusters))]
    return page(
        request,
        Shown(
            _("%(n)d lessons from abroad, used %(used)d times") % {"n": len(rows), "used": used},
            _("Help to go abroad is paid by all; so whoever had it tells those who stay at home what they learnt."),
            parts,
            [Crumb(_("Lessons from abroad"))],
            synthetic=any(r.is_synthetic for r in rows),
        ),
    )


def _lesson(user: Any, found: Lesson, own: list[int]) -> Item:
    uses = list(found.uses.all())
    actions = []
    others = [pk for pk in own if pk != found.organisation_id and pk not in {u.organisation_id for u in uses}]
    if others:
        actions.append(
            Action(
                f"use-{found.pk}",
                _("We used it"),
                lambda **f: str(programmes_.use_lesson(lesson=found, by=user, **f) and reverse("matchmaking:lessons")),
                lambda *args, **more: LessonUseForm(*args, own=others, **more),
                title=_("Say what you did with it"),
                second=True,
                closed=True,
                done=_("Noted; it shows the others that it helps."),
            )
        )
    return Item(
        found.title,
        meta=f"{found.organisation} · {found.country} · {spoken_day(found.created_at.date())}",
        text=f"{found.text}\n\n{_('First step')}: {found.first_step}",
        tags=[_("used by %(n)d firms") % {"n": len(uses)}] if uses else [],
        actions=actions,
    )


def _tell(user: Any, own: list[int]) -> list[Action]:
    able = sorted(set(own) & done_by("international"))
    return [
        Action(
            "tell",
            _("Tell the others"),
            lambda country, **f: str(
                programmes_.share_lesson(country=country.upper(), by=user, **f) and reverse("matchmaking:lessons")
            ),
            lambda *args, **more: LessonForm(*args, own=able, **more),
            title=_("You went abroad: what should others know?"),
            under=_("Every member that signs in reads it, with your organisation's name."),
            done=_("Thank you; it is there for the others."),
            closed=True,
        )
    ]


def _reach(rows: list[Reach]) -> Part:
    return Part(
        _("How far it reaches"),
        table=Table(
            [
                _("Cluster"),
                _("Members"),
                _("Went abroad"),
                _("One step from them"),
                _("Two steps"),
                _("Out of reach"),
                _("Told it on"),
                _("Lessons used at home"),
            ],
            [
                [str(r.cluster), r.members, r.abroad, r.one_step, r.two_steps, r.beyond, r.shared, r.used]
                for r in rows
                if r.members
            ],
            numeric=[1, 2, 3, 4, 5, 6, 7],
        ),
        notes=[
            _(
                "A step is a joint project, or an introduction that became a tie. Went abroad: took part in a fair or "
                "a mission, or had a service for it. A way is no proof that knowledge took it; uses of lessons are "
                "what firms said themselves."
            )
        ],
    )


def _silent(rows: Any) -> Part:
    return Part(
        _("Went abroad and have told nothing yet"),
        items=[Item(str(o), reverse("portal:organisation", args=[o.pk])) for o in rows[:30]],
        empty=Empty(_("Everyone has told"), _("Members that go abroad with help appear here until they tell of it.")),
    )


@public
def accelerators(request: HttpRequest) -> HttpResponse:
    """Programmes that take start-ups in by cohorts."""
    user = request.user
    rows = list(Accelerator.objects.select_related("organisation"))
    cluster = managed_or_none(user) if user.is_authenticated else None
    able = user.is_authenticated and user.has_perm("matchmaking.run_accelerators", cluster)
    host = host_of(user, cluster) if able else None
    actions = []
    if host is not None:
        actions.append(
            Action(
                "found",
                _("Save"),
                lambda **f: reverse(
                    "matchmaking:accelerator",
                    args=[programmes_.found_accelerator(organisation=host, cluster=cluster, by=user, **f).pk],
                ),
                AcceleratorForm,
                title=_("New programme"),
                closed=True,
            )
        )
    open_ = Cohort.objects.filter(apply_by__gte=timezone.localdate()).count()
    return page(
        request,
        Shown(
            ngettext("%(n)d cohort takes applications", "%(n)d cohorts take applications", open_) % {"n": open_},
            _("Programmes with mentors and a demo day before investors; clusters propose their start-ups."),
            [
                Part(
                    items=[
                        Item(
                            str(a),
                            reverse("matchmaking:accelerator", args=[a.pk]),
                            meta=str(a.organisation),
                            text=a.text,
                            tags=labels_of(a.tags)[:5],
                        )
                        for a in rows
                    ],
                    empty=Empty(_("No accelerator yet"), _("Programmes, such as one for smart mobility, appear here.")),
                    actions=actions,
                )
            ],
            [Crumb(_("Accelerators"))],
            synthetic=any(a.is_synthetic for a in rows),
        ),
    )


@public
def accelerator(request: HttpRequest, pk: int) -> HttpResponse:
    """A programme: its cohorts, how to apply or propose a member, and what became of those who came."""
    found, user = one(Accelerator.objects.select_related("organisation", "cluster"), pk), request.user
    here = reverse("matchmaking:accelerator", args=[pk])
    runs = user.is_authenticated and user.has_perm("matchmaking.run_accelerators", found)
    rows = funnels(found)
    parts = [Part(text=found.text, facts=[(_("Who runs it"), found.organisation)])]
    parts += [_cohort(user, f.cohort, here, runs) for f in rows]
    if rows:
        parts.append(_funnel(rows, runs))
    if runs:
        parts.append(
            Part(
                _("Run the programme"),
                actions=[
                    Action(
                        "cohort",
                        _("Save"),
                        lambda **f: str(programmes_.plan_cohort(accelerator=found, by=user, **f) and here),
                        CohortForm,
                        title=_("New cohort"),
                        closed=True,
                    )
                ],
            )
        )
    finished = sum(f.finished for f in rows)
    return page(
        request,
        Shown(
            _("%(title)s: %(applied)d firms applied, %(finished)d finished")
            % {"title": found, "applied": sum(f.applied for f in rows), "finished": finished},
            "",
            parts,
            [Crumb(_("Accelerators"), reverse("matchmaking:accelerators")), Crumb(str(found))],
            synthetic=found.is_synthetic,
            tags=labels_of(found.tags),
        ),
    )


def _cohort(user: Any, found: Cohort, here: str, runs: bool) -> Part:
    own, actions = own_organisations(user), []
    rows = list(found.applications.select_related("organisation", "referred_by"))
    is_open = timezone.localdate() <= found.apply_by
    entered = {a.organisation_id for a in rows if a.state != CohortApplication.State.REFERRED}
    able = [pk for pk in own if pk not in entered]
    if is_open and able:
        actions.append(
            Action(
                f"apply-{found.pk}",
                _("Apply"),
                lambda **f: str(programmes_.apply_to_cohort(cohort=found, by=user, **f) and here),
                lambda *args, **more: CohortApplicationForm(*args, own=able, **more),
                title=_("Apply with our firm"),
                done=_("Your application is in; the programme answers after the last day."),
                closed=True,
            )
        )
    cluster = managed_or_none(user) if user.is_authenticated else None
    if is_open and cluster is not None:
        actions.append(_refer(user, found, cluster, here))
    mentors = list(found.mentoring.select_related("mentor__person"))
    if runs and timezone.localdate() <= found.demo_day_on:
        actions.append(
            Action(
                f"mentor-{found.pk}",
                _("Ask the mentor"),
                lambda mentor: str(programmes_.name_cohort_mentor(cohort=found, mentor=mentor, by=user) and here),
                lambda *args, **more: TeamMentorForm(*args, mentors=trained_mentors(), **more),
                title=_("Give the cohort a mentor"),
                second=True,
                closed=True,
                done=_("The mentor finds the question under the own work."),
            )
        )
    seen = rows if runs else [a for a in rows if a.organisation_id in own or _of(a, cluster)]
    return Part(
        _("Cohort of %(day)s") % {"day": spoken_day(found.starts_on)},
        facts=[
            (_("Apply by"), spoken_day(found.apply_by)),
            (_("Demo day"), spoken_day(found.demo_day_on)),
            (_("Places"), found.places),
            (_("Mentors"), ", ".join(_cohort_mentor(m) for m in mentors if m.agreed_at or runs) or "–"),
        ],
        items=[_application(user, a, here, runs) for a in seen] or None,
        actions=actions,
        links=[(_("Meetings and feedback"), reverse("matchmaking:cohort", args=[found.pk]))]
        if user.is_authenticated and (runs or place_of(found, user).belongs)
        else [],
    )


def _cohort_mentor(one: CohortMentor) -> str:
    return str(one.mentor) if one.agreed_at else f"{one.mentor} ({_('asked, no answer yet')})"


def _of(application: CohortApplication, cluster: Cluster | None) -> bool:
    return cluster is not None and application.referred_by_id == cluster.pk


def _refer(user: Any, found: Cohort, cluster: Cluster, here: str) -> Action:
    members = members_of(cluster, Moment.today()).order_by("name", "pk")
    return Action(
        f"refer-{found.pk}",
        _("Propose it"),
        lambda organisation: str(
            programmes_.refer(cohort=found, cluster=cluster, organisation=organisation, by=user) and here
        ),
        lambda *args, **more: ReferForm(*args, members=members, **more),
        title=_("Propose a member of %(cluster)s") % {"cluster": cluster},
        under=_("It decides itself whether it applies."),
        second=True,
        closed=True,
    )


def _application(user: Any, found: CohortApplication, here: str, runs: bool) -> Item:
    labels = {
        "accepted": _("Accept"),
        "refused": _("Refuse"),
        "finished": _("It finished"),
        "left": _("It left early"),
    }
    steps = {"sent": ("accepted", "refused"), "accepted": ("finished", "left")}.get(found.state, ()) if runs else ()
    back = []
    if found.organisation_id in own_organisations(user) and found.state in ("referred", "sent", "accepted"):
        back = [
            Action(
                f"back-{found.pk}",
                _("Withdraw"),
                lambda: str(programmes_.withdraw_from_cohort(application=found, by=user) and here),
                second=True,
            )
        ]
    return Item(
        str(found.organisation),
        meta=" · ".join(
            [str(found.get_state_display())]
            + ([_("proposed by %(cluster)s") % {"cluster": found.referred_by}] if found.referred_by else [])
        ),
        text=found.motive,
        actions=[
            *back,
            *(
                Action(
                    f"{state}-{found.pk}",
                    labels[state],
                    lambda state=state: str(
                        programmes_.settle_application(application=found, state=state, by=user) and here
                    ),
                    second=state in ("refused", "left"),
                )
                for state in steps
            ),
        ],
    )


def _funnel(rows: list[Funnel], runs: bool) -> Part:
    head = [_("Cohort"), _("Proposed by clusters"), _("Applied"), _("Accepted"), _("Finished")]
    cells: list[list[Any]] = [
        [spoken_day(f.cohort.starts_on), f.referred, f.applied, f.accepted, f.finished] for f in rows
    ]
    if runs:  # with few firms, a sum would tell a single deal
        head += [_("Found an investor"), _("Invested (EUR)")]
        cells = [[*row, f.invested, spoken_number(f.invested_eur, 0)] for row, f in zip(cells, rows, strict=True)]
    return Part(
        _("From application to investment"),
        table=Table(head, cells, numeric=list(range(1, len(head)))),
        notes=[_("Investment: deals of this site with firms that finished, since their cohort began; no others.")]
        if runs
        else [],
    )
