"""Filling in a questionnaire: a section a page, saved as it goes, on a phone and without an account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from poliedro.registry.models import Organisation
from poliedro.shared.access import needs, public, signed_in
from poliedro.shared.components import Crumb
from poliedro.surveys.models import Invitation, QuestionnaireVersion, Sheet
from poliedro.surveys.queries.sheets import answers_of, assessments_of, bodies_of, definition_of
from poliedro.surveys.rules.definition import (
    Answers,
    InvalidAnswer,
    Question,
    Section,
    check_answer,
    missing,
    said,
    shown,
    visible_answers,
)
from poliedro.surveys.services.sheets import (
    SheetRefused,
    save_answers,
    start_assessment,
    start_invited,
    submit_sheet,
)
from poliedro.surveys.views.found import invitation_by_token, organisation_by_pk, sheet_by_pk


def language() -> str:
    return (get_language() or "it").split("-")[0]


@dataclass(frozen=True)
class Asked:
    """A question as the page shows it. options: (key, text, chosen). error: what is wrong with it."""

    question: Question
    text: str
    help: str
    options: list[tuple[str, str, bool]]
    ends: list[str]
    value: Any
    error: str


def asked(question: Question, answers: Answers, error: str) -> Asked:
    spoken, value = language(), answers.get(question.key)
    if question.kind == "scale":
        options = [(str(n), str(n), value == n) for n in range(1, question.points + 1)]
    else:
        chosen = value if isinstance(value, list) else [value]
        options = [(o.key, said(o.text, spoken), o.key in chosen) for o in question.options]
    ends = [e.strip() for e in said(question.ends, spoken).split("/")] if question.ends else []
    return Asked(question, said(question.text, spoken), said(question.help, spoken), options, ends, value, error)


@signed_in
def assessments(request: HttpRequest) -> HttpResponse:
    """The self-assessments of those for whom the person acts: begin, go on, read the result."""
    bodies = bodies_of(request.user)
    return render(
        request,
        "surveys/assessments.html",
        {
            "bodies": [(b, assessments_of(b)) for b in bodies],
            "synthetic_data": any(b.is_synthetic for b in bodies),
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Self-assessments"))],
        },
    )


@needs("surveys.assess", body=organisation_by_pk)
@require_POST
def start(request: HttpRequest, body: Organisation, version: int) -> HttpResponse:
    """Begin, or go on with, a self-assessment."""
    found = QuestionnaireVersion.objects.select_related("questionnaire").filter(pk=version).first()
    if found is None:
        raise Http404
    try:
        sheet = start_assessment(organisation=body, version=found, by=request.user)
    except SheetRefused as refused:
        raise Http404 from refused
    return redirect("surveys:section", pk=sheet.pk, number=1)


@needs("surveys.assess", sheet=sheet_by_pk)
@never_cache
def section(request: HttpRequest, sheet: Sheet, number: int) -> HttpResponse:
    """One section of a self-assessment."""
    if not sheet.is_open:
        return redirect("surveys:result", pk=sheet.pk)
    way = Way(lambda n: reverse("surveys:section", args=[sheet.pk, n]), reverse("surveys:hand_in", args=[sheet.pk]))
    return _section(request, sheet, number, way, private=True)


@needs("surveys.assess", sheet=sheet_by_pk)
@never_cache
def hand_in(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """Look over what is missing, then hand in."""
    if not sheet.is_open:
        return redirect("surveys:result", pk=sheet.pk)
    way = Way(lambda n: reverse("surveys:section", args=[sheet.pk, n]), reverse("surveys:hand_in", args=[sheet.pk]))
    return _hand_in(request, sheet, way, reverse("surveys:result", args=[sheet.pk]), by=request.user)


# --- by invitation, without an account ----------------------------------------------------------------------
@public
@never_cache
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """What is asked, by whom, who reads it; the button begins."""
    invitation = invitation_by_token(token)
    sheet = Sheet.objects.filter(invitation=invitation).first()
    today, campaign = timezone.localdate(), invitation.campaign
    is_open = campaign.opens_on <= today <= campaign.closes_on
    if request.method == "POST" and (sheet is None or sheet.is_open) and is_open:
        start_invited(invitation=invitation, today=today)
        return redirect("surveys:invited_section", token=token, number=1)
    return render(
        request,
        "surveys/invited.html",
        {
            "invitation": invitation,
            "campaign": campaign,
            "sheet": sheet,
            "is_open": is_open,
            "is_done": sheet is not None and not sheet.is_open,
            "synthetic_data": campaign.is_synthetic,
            "crumbs": [],
        },
    )


def _invited_sheet(token: str) -> tuple[Invitation, Sheet]:
    invitation = invitation_by_token(token)
    sheet = Sheet.objects.filter(invitation=invitation).select_related("version__questionnaire").first()
    campaign = invitation.campaign
    if sheet is None or not campaign.opens_on <= timezone.localdate() <= campaign.closes_on:
        raise Http404
    return invitation, sheet


@public
@never_cache
def invited_section(request: HttpRequest, token: str, number: int) -> HttpResponse:
    _invitation, sheet = _invited_sheet(token)
    if not sheet.is_open:
        return redirect("surveys:invited", token=token)
    return _section(request, sheet, number, _invited_way(token), private=False)


@public
@never_cache
def invited_hand_in(request: HttpRequest, token: str) -> HttpResponse:
    invitation, sheet = _invited_sheet(token)
    done = reverse("surveys:invited", args=[token])
    if not sheet.is_open:
        return redirect(done)
    may_sign = invitation.organisation_id is not None and invitation.campaign.cluster_id is not None
    return _hand_in(request, sheet, _invited_way(token), done, by=None, may_sign=may_sign)


@dataclass(frozen=True)
class Way:
    """Addresses of the pages of one sheet."""

    section: Callable[[int], str]
    hand_in: str


def _invited_way(token: str) -> Way:
    return Way(
        lambda n: reverse("surveys:invited_section", args=[token, n]),
        reverse("surveys:invited_hand_in", args=[token]),
    )


# --- what both share --------------------------------------------------------------------------------------------------
def _given(request: HttpRequest, section: Section) -> dict[str, Any]:
    """What the form states of the section's questions that it showed; those not shown stay as they are."""
    there = set(request.POST.getlist("asked"))
    return {
        q.key: request.POST.getlist(q.key) if q.kind == "many" else request.POST.get(q.key, "")
        for q in section.questions
        if q.key in there
    }


def _section(request: HttpRequest, sheet: Sheet, number: int, way: Way, *, private: bool) -> HttpResponse:
    """Show a section; a POST saves it. With htmx (a choice was made) the questions come back, as branching wants."""
    definition = definition_of(sheet.version)
    if not 1 <= number <= len(definition.sections):
        raise Http404
    part = definition.sections[number - 1]
    errors: dict[str, str] = {}
    if request.method == "POST":
        given, good = _given(request, part), {}
        for key, value in given.items():
            question = definition.question(key)
            assert question is not None  # it is of the section
            try:
                check_answer(question, value)
                good[key] = value
            except InvalidAnswer:
                errors[key] = _("Give a number of 0 or more.")
        save_answers(sheet=sheet, given=good)
        if not getattr(request, "htmx", False) and not errors:
            open_ = [q.key for q in missing(definition, answers_of(sheet)) if q in part.questions]
            if not open_:
                last = number == len(definition.sections)
                return redirect(way.hand_in if last else way.section(number + 1))
            errors = dict.fromkeys(open_, _("Choose an answer."))
    counted = visible_answers(definition, answers_of(sheet))
    context = {
        "sheet": sheet,
        "definition": definition,
        "title": said(definition.title, language()),
        "part": said(part.title, language()),
        "number": number,
        "total": len(definition.sections),
        "asked": [asked(q, counted, errors.get(q.key, "")) for q in shown(part.questions, counted)],
        "here": way.section(number),
        "back": way.section(number - 1) if number > 1 else "",
        "private": private,
        "errors": [(key, definition.question(key)) for key in errors],
        "saved_at": sheet.saved_at,
        "synthetic_data": sheet.is_synthetic,
        "crumbs": [],
    }
    if getattr(request, "htmx", False):
        return render(request, "surveys/questions.html", context)
    return render(request, "surveys/section.html", context, status=422 if errors else 200)


def _hand_in(
    request: HttpRequest, sheet: Sheet, way: Way, done: str, *, by: Any, may_sign: bool = False
) -> HttpResponse:
    definition = definition_of(sheet.version)
    answers = answers_of(sheet)
    open_ = missing(definition, answers)
    if request.method == "POST" and not open_:
        submit_sheet(sheet=sheet, by=by, named=may_sign and "named" in request.POST)
        return redirect(done)
    places = {q.key: i for i, s in enumerate(definition.sections, 1) for q in s.questions}
    return render(
        request,
        "surveys/hand_in.html",
        {
            "sheet": sheet,
            "title": said(definition.title, language()),
            "open": [(said(q.text, language()), way.section(places[q.key])) for q in open_],
            "sections": [(said(s.title, language()), way.section(i)) for i, s in enumerate(definition.sections, 1)],
            "answered": len(visible_answers(definition, answers)),
            "may_sign": may_sign,
            "is_private": sheet.campaign_id is None,
            "synthetic_data": sheet.is_synthetic,
            "crumbs": [],
        },
        status=422 if request.method == "POST" else 200,
    )
