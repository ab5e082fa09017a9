"""Evaluation: the officer's table, the evaluator's own list, the ranking that is signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from poliedro.accounts.models import Person
from poliedro.funding.forms import EvaluatorForm, RecusalForm, ScoreForm, SignForm
from poliedro.funding.models import Application, Call, CallLine, EvaluatorAssignment, Score
from poliedro.funding.queries.calls import assignments_of
from poliedro.funding.queries.contracts import freed_budget
from poliedro.funding.queries.evaluation import (
    barred_from,
    brought_back,
    conflicts_with,
    own_scores,
    scores_by_application,
    signed_places,
    standing,
    to_score,
    waiting_for,
)
from poliedro.funding.queries.shortfalls import shortfalls_by_application
from poliedro.funding.rules.facts import Scope, read_values
from poliedro.funding.rules.ranking import Place
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.services.evaluation import (
    Conflicted,
    InvalidScore,
    assign_evaluator,
    begin_evaluation,
    declare_recusal,
    end_assignment,
    save_scores,
    sign_ranking,
)
from poliedro.funding.views.calls import application_state, call_crumbs, in_words, language, title_of
from poliedro.funding.views.desk import call_by_key
from poliedro.funding.views.limits import shortfall_words
from poliedro.funding.views.words import fact_word, refusal_words, value_word
from poliedro.shared.access import needs, signed_in
from poliedro.shared.components import Crumb, Table
from poliedro.shared.templatetags.poliedro import spoken_number

HANDLE = "funding.handle_applications"
GETS = ("funded", "tie", "reserve")
"""Outcomes after which money may be granted."""


def outcome_words(outcome: str) -> str:
    return {
        "funded": _("funded"),
        "reserve": _("reserve: the money ends before"),
        "below": _("below the least of a criterion"),
        "nothing": _("nothing can be granted: no intensity fits its costs"),
        "tie": _("equal where the money ends: people decide"),
        "open": _("scores are missing"),
    }[outcome]


@needs(HANDLE, call=call_by_key)
def evaluation(request: HttpRequest, call: Call) -> HttpResponse:
    """Applications, evaluators, who stands back, how the lines stand."""
    today = timezone.localdate()
    rows = list(
        Application.objects.filter(line__call=call)
        .exclude(state__in=[Application.State.DRAFT])
        .select_related("line", "organisation", "version")
        .order_by("line__position", "pk")
    )
    owed = {a.pk: n for a, n in waiting_for(call, today)}
    opened = not owed
    lines = []
    for line in call.lines.all():
        ranking = line.rankings.first()
        places = standing(line, today, freed_budget(line)) if opened and ranking is None else []
        own = {a.pk: a for a in rows if a.line_id == line.pk}
        beyond = shortfalls_by_application([own[p.application] for p in places if p.outcome in GETS], today)
        lines.append(
            {
                "line": line,
                "title": in_words(line.title_it, line.title_en),
                "table": _ranked(places or signed_places(ranking), own, criteria_texts(own)),
                "is_empty": not own,
                "ties": [(p.application, str(own[p.application])) for p in places if p.outcome == "tie"],
                "ranking": ranking,
                "can_sign": bool(places) and all(p.outcome != "open" for p in places),
                "beyond": [(own[pk], [shortfall_words(s) for s in found]) for pk, found in beyond.items()],
            }
        )
    evaluators = [(e, owed.get(e.pk, 0)) for e in call.evaluators.filter(ended_at=None).select_related("person")]
    return render(
        request,
        "funding/evaluation.html",
        {
            "call": call,
            "title": title_of(call),
            "rows": [(a, application_state(a)) for a in rows],
            "evaluators": evaluators,
            "recusals": [
                r for e, _n in evaluators for r in e.recusals.select_related("application", "assignment__person")
            ],
            "brought_back": brought_back(call) if opened else [],
            "opened": opened,
            "lines": lines,
            "form": EvaluatorForm(),
            "sign_form": SignForm(),
            "can_begin": call.state == Call.State.CLOSED and any(a.state == Application.State.SUBMITTED for a in rows),
            "synthetic_data": call.is_synthetic or any(a.organisation.is_synthetic for a in rows),
            "crumbs": call_crumbs(
                Crumb(title_of(call), reverse("funding:call", args=[call.key])), Crumb(_("Evaluation"))
            ),
        },
    )


def criteria_texts(applications: Mapping[int, Application]) -> dict[str, str]:
    """Key -> what the criterion says; of the version of the rules that the first was made under."""
    for application in applications.values():
        return {c.key: c.text.in_language(language()) for c in application.version.rules.criteria}
    return {}


def _ranked(places: list[Place], applications: Mapping[int, Application], criteria: Mapping[str, str]) -> Table | None:
    """Every place with its points, how far the evaluators lie apart, and what follows."""
    if not places:
        return None

    def named(pk: int) -> str:
        return str(applications.get(pk, pk))

    return Table(
        [pgettext("rank", "Place"), _("Application"), _("Points"), _("Equal to"), _("Evaluators"), _("Outcome")],
        [
            [
                p.place,
                named(p.application),
                p.total,
                ", ".join(named(a) for a in p.tied_with) or None,
                _apart(p, criteria),
                _outcome(p, criteria),
            ]
            for p in places
        ],
        numeric=[0, 2],
        decimals={2: 2},
        full=True,
        links={i: reverse("funding:application", args=[p.application]) for i, p in enumerate(places)},
    )


def _outcome(place: Place, criteria: Mapping[str, str]) -> str:
    fails = ", ".join(criteria.get(k, k) for k in place.fails)
    return outcome_words(place.outcome) + (f" ({fails})" if fails else "")


def _apart(place: Place, criteria: Mapping[str, str]) -> str | None:
    """Each evaluator's points, how far they lie apart, and on which criterion most; None where nobody scored."""
    if place.total is None or not place.totals:
        return None
    points = "; ".join(spoken_number(t, 2) for t in place.totals)
    if len(place.totals) == 1:
        return _("one evaluator: %(points)s") % {"points": points}
    blanks = {"points": points, "apart": spoken_number(place.totals[-1] - place.totals[0], 2)}
    says = (
        _("%(points)s: far apart, by %(apart)s") if place.diverges else _("%(points)s: apart by %(apart)s")
    ) % blanks
    most = criteria.get(place.widest, place.widest)
    return f"{says} ({_('most on: %(criterion)s') % {'criterion': most}})" if most else says


def _back(call: Call) -> HttpResponse:
    return redirect("funding:evaluation", call.key)


@needs(HANDLE, call=call_by_key)
def assign(request: HttpRequest, call: Call) -> HttpResponse:
    form = EvaluatorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = Person.objects.filter(user__email=form.cleaned_data["email"].lower()).first()
        if person is None:
            messages.error(request, _("Nobody with this address has a login; ask the person to register first."))
        else:
            try:
                assign_evaluator(call=call, person=person, by=request.user, on=timezone.localdate())
                messages.success(request, _("%(name)s evaluates this call.") % {"name": person})
            except Conflicted as refused:
                messages.error(request, refusal_words(refused))
    return _back(call)


@needs(HANDLE, call=call_by_key)
def end(request: HttpRequest, call: Call, number: int) -> HttpResponse:
    if request.method == "POST":
        end_assignment(assignment=get_object_or_404(call.evaluators, pk=number, ended_at=None), by=request.user)
    return _back(call)


@needs(HANDLE, call=call_by_key)
def begin(request: HttpRequest, call: Call) -> HttpResponse:
    if request.method == "POST":
        try:
            n = begin_evaluation(call=call, by=request.user, on=timezone.localdate())
            messages.success(
                request,
                ngettext("%(n)s application is in evaluation.", "%(n)s applications are in evaluation.", n) % {"n": n},
            )
        except NotAllowed as refused:
            messages.error(request, refusal_words(refused))
    return _back(call)


@needs("funding.sign_rankings", call=call_by_key)
def sign(request: HttpRequest, call: Call, line: str) -> HttpResponse:
    """Sign a line's ranking; ties at the edge of the budget with the choice that people made."""
    found = get_object_or_404(CallLine, call=call, key=line)
    form = SignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = {
            int(name.removeprefix("tie_")): str(value)
            for name, value in request.POST.items()
            if name.startswith("tie_") and name.removeprefix("tie_").isdecimal()
        }
        try:
            sign_ranking(
                line=found, by=request.user, on=timezone.localdate(), chosen=chosen, note=form.cleaned_data["note"]
            )
            messages.success(request, _("Signed. Each application has its decision with the reason."))
        except NotAllowed as refused:
            messages.error(request, refusal_words(refused))
    return _back(call)


# --- for evaluators ---------------------------------------------------------------------------------------------------
def _own(request: HttpRequest, pk: int) -> EvaluatorAssignment:
    assignment = get_object_or_404(EvaluatorAssignment.objects.select_related("call", "person"), pk=pk, ended_at=None)
    if assignment.person.user_id != request.user.pk:
        raise PermissionDenied
    return assignment


@signed_in
def evaluations(request: HttpRequest) -> HttpResponse:
    """What I evaluate: the applications that wait for my scores, those that are done last."""
    groups = []
    today = timezone.localdate()
    waiting, is_invented = 0, False
    for assignment in assignments_of(request.user):
        rows = []
        kept = scores_by_application(assignment)
        for application in to_score(assignment, today):
            scores = kept.get(application.pk, [])
            done = bool(scores) and all(s.handed_in_at for s in scores)
            line = in_words(application.line.title_it, application.line.title_en)
            word = _("handed in") if done else (_("begun") if scores else _("to score"))
            rows.append((done, application, line, word))
            is_invented |= application.certainty == "synthetic"
        waiting += sum(not row[0] for row in rows)
        back = [r.application for r in assignment.recusals.select_related("application")]
        in_hand = Application.objects.filter(line__call=assignment.call, state=Application.State.IN_EVALUATION)
        rest = list(in_hand.exclude(pk__in=[a.pk for a in back]).select_related("line__call").order_by("pk"))
        barred = barred_from(assignment, rest, today)
        groups.append(
            {
                "assignment": assignment,
                "title": title_of(assignment.call),
                "rows": [row[1:] for row in sorted(rows, key=lambda row: row[0])],
                "back": back,
                "barred": [a for a in rest if a.pk in barred],
            }
        )
        is_invented |= assignment.call.is_synthetic
    title = ngettext("%(n)d application waits for your score", "%(n)d applications wait for your score", waiting)
    return render(
        request,
        "funding/evaluations.html",
        {
            "title": title % {"n": waiting} if waiting else _("Nothing waits for your score"),
            "groups": groups,
            "synthetic_data": is_invented,
            "crumbs": call_crumbs(Crumb(_("My evaluations"))),
        },
    )


@signed_in
def score(request: HttpRequest, pk: int, application: int) -> HttpResponse:
    """Score one application; others' scores stay hidden until all are handed in."""
    assignment = _own(request, pk)
    found = get_object_or_404(
        Application.objects.select_related("line__call", "version", "organisation"),
        pk=application,
        line__call=assignment.call,
        state=Application.State.IN_EVALUATION,
    )
    tied = conflicts_with(assignment.person, found, timezone.localdate())
    if tied or found.recusals.filter(assignment=assignment).exists():  # neither scored nor read by whoever is tied
        messages.error(request, _("You stand back from this application, or a tie of yours bars it: others score it."))
        return redirect("funding:evaluations")
    document = found.version.rules
    own = own_scores(assignment, found)
    initial: dict[str, Any] = {}
    for key, kept in own.items():
        initial[f"points_{key}"], initial[f"comment_{key}"] = kept.points, kept.comment
    criteria = [(c.key, c.text.in_language(language()), c.most) for c in document.criteria]
    form = ScoreForm(criteria, request.POST or None, initial=initial)
    handed_in = bool(own) and all(s.handed_in_at for s in own.values())
    if request.method == "POST" and form.is_valid():
        try:
            save_scores(
                assignment=assignment, application=found, points=form.points(), comments=form.comments(),
                hand_in="hand_in" in request.POST, by=request.user, on=timezone.localdate(),
            )  # fmt: skip
            messages.success(request, _("Saved."))
            return redirect("funding:evaluations")
        except (NotAllowed, Conflicted, InvalidScore) as refused:
            form.add_error(None, refusal_words(refused))
    return render(
        request,
        "funding/score.html",
        {
            "assignment": assignment,
            "application": found,
            "partners": list(found.partners.select_related("organisation")),
            "plan": _plan(found),
            "form": form,
            "scores": _own_table(criteria, own) if handed_in else None,
            "recusal_form": RecusalForm(),
            "synthetic_data": found.organisation.is_synthetic,
            "crumbs": call_crumbs(Crumb(_("My evaluations"), reverse("funding:evaluations")), Crumb(found.title)),
        },
    )


def _plan(application: Application) -> dict[str, Any]:
    """What there is to judge: the facts that the project states, its work packages, what each partner bears."""
    packages = [
        [f"{w.number}. {w.title}", w.first_month, w.last_month, w.cost_eur] for w in application.work_packages.all()
    ]
    costs = [[str(p.organisation), p.cost_eur] for p in application.partners.select_related("organisation")]
    return {
        "facts": [(fact_word(k), value_word(k, v)) for k, v in read_values(application.facts, Scope.PROJECT).items()],
        "packages": Table(
            [_("Work package"), _("First month"), _("Last month"), _("Cost, EUR")], packages, numeric=[1, 2, 3],
            decimals={3: 2}, caption=_("Work packages"),
        ),
        "costs": Table(
            [_("Partner"), _("Cost, EUR")], costs, numeric=[1], decimals={1: 2}, caption=_("What each bears"),
        ),
    }  # fmt: skip


def _own_table(criteria: list[tuple[str, str, Any]], own: dict[str, Score]) -> Table:
    return Table(
        [_("Criterion"), _("Points"), _("Of"), _("Comment")],
        [[text, own[key].points, most, own[key].comment] for key, text, most in criteria if key in own],
        numeric=[1, 2],
        decimals={1: 2},
        caption=_("Your scores"),
    )


@signed_in
def recuse(request: HttpRequest, pk: int, application: int) -> HttpResponse:
    """Stand back from one application."""
    assignment = _own(request, pk)
    found = get_object_or_404(Application, pk=application, line__call=assignment.call)
    form = RecusalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            declare_recusal(
                assignment=assignment, application=found, reason=form.cleaned_data["reason"], by=request.user
            )
            messages.success(request, _("You stand back from this application; others score it."))
        except NotAllowed as refused:
            messages.error(request, refusal_words(refused))
    return redirect("funding:evaluations")
