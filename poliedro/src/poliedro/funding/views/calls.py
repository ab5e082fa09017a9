"""Calls for everybody: which are open, what each asks, and whether one is in."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from poliedro.funding.forms import StartForm
from poliedro.funding.models import Application, Call, CallVersion
from poliedro.funding.queries.calls import applications_of, calls, open_documents, phase_of, version_in_force
from poliedro.funding.queries.facts import other_applications, register_facts
from poliedro.funding.rules.conditions import Dossier, Party
from poliedro.funding.rules.document import VERDICTS, CallDocument, judge, verdict
from poliedro.funding.rules.facts import FACTS
from poliedro.funding.rules.states import NotAllowed, is_open
from poliedro.funding.services.applications import start_application
from poliedro.funding.views.limits import threshold_table
from poliedro.funding.views.words import (
    answer_words,
    condition_words,
    fact_word,
    refusal_words,
    value_word,
)
from poliedro.registry.models import Organisation
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.permissions import RoleName
from poliedro.shared.access import needs, public
from poliedro.shared.components import Crumb, Empty, Table


def language() -> str:
    return get_language() or "it"


def in_words(it: str, en: str) -> str:
    return (it if language().startswith("it") else en) or it or en


def title_of(call: Call) -> str:
    return in_words(call.title_it, call.title_en)


def phase_words(phase: str) -> str:
    return {
        "open": pgettext("call", "open"),
        "forthcoming": pgettext("call", "forthcoming"),
        "closed": pgettext("call", "closed"),
        "draft": pgettext("call", "in preparation"),
    }[phase]


def organisations_of(request: HttpRequest) -> list[Organisation]:
    """Those that the person acts for: their facts can be filled in."""
    if not request.user.is_authenticated:
        return []
    numbers = [
        r.organisation_id
        for r in roles_of(request.user)
        if r.name is RoleName.DELEGATE and r.organisation_id is not None
    ]
    return list(Organisation.objects.filter(pk__in=numbers).order_by("name"))


def call_crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Calls"), reverse("funding:calls")), *more]


def published_call(key: str) -> Call:
    call = get_object_or_404(Call.objects.select_related("measure__programme", "source"), key=key)
    if call.state == Call.State.DRAFT:
        raise Http404
    return call


def organisation_by_number(pk: int) -> Organisation:
    return get_object_or_404(Organisation.objects.select_related("nace", "territory"), pk=pk)


@public
def directory(request: HttpRequest) -> HttpResponse:
    """Which calls are open, and for whom."""
    today = timezone.localdate()
    rows = calls(today)
    phase = request.GET.get("phase", "")
    shown = [r for r in rows if phase in ("", r.phase)]
    return render(
        request,
        "funding/calls.html",
        {
            "rows": [
                {"call": r.call, "title": title_of(r.call), "phase": phase_words(r.phase), "is_open": r.phase == "open",
                 "budget": r.budget_eur, "lines": r.lines,
                 "measure": in_words(r.call.measure.name_it, r.call.measure.name_en)}
                for r in shown
            ],
            "n_open": sum(r.phase == "open" for r in rows),
            "phases": [
                (p, phase_words(p)) for p in ("open", "forthcoming", "closed") if any(r.phase == p for r in rows)
            ],
            "chosen": phase,
            "own": organisations_of(request),
            "empty": Empty(
                _("No call is loaded"),
                _(
                    "Calls of the region appear here with their rules in words. An officer writes one at the desk, or "
                    "loads a file with `poliedro load-calls`."
                ),
            ),
            "synthetic_data": any(r.call.is_synthetic for r in shown),
            "crumbs": [*call_crumbs()[:1], Crumb(_("Calls"))],
        },
    )  # fmt: skip


@public
def call(request: HttpRequest, key: str) -> HttpResponse:
    """What a call asks, line by line, each rule with its reference and version."""
    found = published_call(key)
    version = version_in_force(found)
    if version is None:
        raise Http404
    document = version.rules
    today = timezone.localdate()
    lines = [
        {
            "line": line,
            "title": line.title.in_language(language()),
            "about": line.about.in_language(language()),
            "rules": [
                {"text": r.text.in_language(language()), "reference": r.reference, "since": r.since,
                 "data": condition_words(r.check)}
                for r in document.rules_of(line.key)
            ],
        }
        for line in document.lines
    ]  # fmt: skip
    return render(
        request,
        "funding/call.html",
        {
            "call": found,
            "title": title_of(found),
            "about": in_words(found.about_it, found.about_en),
            "measure": in_words(found.measure.name_it, found.measure.name_en),
            "programme": in_words(found.measure.programme.name_it, found.measure.programme.name_en),
            "phase": phase_words(phase_of(found, today)),
            "is_open": is_open(found.state, found.opens_on, found.closes_on, today),
            "version": version,
            "versions": list(found.versions.filter(published_at__isnull=False)),
            "lines": lines,
            "intensities": _intensities(document),
            "thresholds": threshold_table(document, found.opens_on or today),
            "criteria": [(c.text.in_language(language()), c.weight, c.least, c.most) for c in document.criteria],
            "window_reason": version.window_reason,
            "cofunding": list(found.cofunding.exclude(state="ended").select_related("organisation")),
            "synthetic_data": found.is_synthetic,
            "crumbs": call_crumbs(Crumb(title_of(found))),
        },
    )


def _intensities(document: CallDocument) -> Table | None:
    if not document.intensities:
        return None
    return Table(
        [_("Line"), _("Who"), _("Grant, %"), _("Loan, %"), _("Reference")],
        [
            [", ".join(i.lines) or _("every line"), condition_words(i.who), float(i.grant * 100), float(i.loan * 100),
             i.reference or None]
            for i in document.intensities
        ],
        numeric=[2, 3],
        caption=_("Part of its cost that a partner gets; the first row that fits counts"),
    )  # fmt: skip


# --- for a firm -------------------------------------------------------------------------------------------------------
@needs("funding.apply", organisation=organisation_by_number)
def fitting(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """The open calls for my organisation: which lines it is in, which refuse it and why, and its applications."""
    today = timezone.localdate()
    facts = register_facts(organisation, today)
    rows = []
    for found, document in open_documents(today):
        handed_in = other_applications(organisation.pk, found.pk)
        dossier = Dossier((Party({**facts, "other_applications": handed_in}),), {}, may_join=True)
        rules = {r.key: r for r in document.rules}
        for line in found.lines.all():
            answers = judge(document, line.key, dossier)
            word = verdict(list(answers.values()))
            rows.append(
                {
                    "call": found,
                    "title": title_of(found),
                    "line": line,
                    "line_title": in_words(line.title_it, line.title_en),
                    "verdict": word,
                    "word": answer_words(word),
                    "refusing": [rules[k].text.in_language(language()) for k, a in answers.items() if a.value is False],
                    "missing": sorted({fact_word(f) for a in answers.values() for f in a.missing}),
                    "effort": document.effort_hours,
                }
            )
    rows.sort(key=lambda r: VERDICTS.index(r["verdict"]))
    return render(
        request,
        "funding/fitting.html",
        {
            "organisation": organisation,
            "rows": rows,
            "fit": sum(r["verdict"] == "pass" for r in rows),
            "maybe": sum(r["verdict"] in ("unknown", "partner") for r in rows),
            "facts": [(fact_word(k), value_word(k, v)) for k, v in facts.items()],
            "unknown": [fact_word(k) for k, f in FACTS.items() if f.register and k not in facts],
            "applications": list(applications_of([organisation.pk])),
            "form": StartForm(),
            "synthetic_data": organisation.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(str(organisation), reverse("portal:organisation", args=[organisation.pk])),
                Crumb(_("Calls that fit")),
            ],
        },
    )


@needs("funding.apply", organisation=organisation_by_number)
def start(request: HttpRequest, organisation: Organisation, key: str, line: str) -> HttpResponse:
    """Begin an application on a line."""
    if request.method != "POST":
        return redirect("funding:fitting", organisation.pk)
    found = get_object_or_404(published_call(key).lines, key=line)
    form = StartForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the project a title."))
        return redirect("funding:fitting", organisation.pk)
    try:
        application = start_application(
            line=found, organisation=organisation, title=form.cleaned_data["title"], by=request.user,
            today=timezone.localdate(),
        )  # fmt: skip
    except NotAllowed as refused:
        messages.error(request, refusal_words(refused))
        return redirect("funding:fitting", organisation.pk)
    return redirect("funding:application", application.pk)


def application_state(application: Application) -> str:
    return str(Application.State(application.state).label)


def published_versions(call: Call) -> list[CallVersion]:
    return list(call.versions.filter(published_at__isnull=False))


def money(value: Decimal | None) -> str:
    from poliedro.shared.templatetags.poliedro import spoken_number

    return spoken_number(value, 2)
