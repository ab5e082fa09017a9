"""List of studies, the wizard, and the acts on a version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from poliedro.monitoring.forms.impact import STEPS, RevisionForm, SignatureForm
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.queries.impact import Sample, joining_by_cluster, public_versions, sample_of, studies_for
from poliedro.monitoring.queries.membership_sources import sources_of_memberships
from poliedro.monitoring.report.meaning import declared_facts, headline
from poliedro.monitoring.report.paper import opened_earlier
from poliedro.monitoring.report.present import Results, stored_headline
from poliedro.monitoring.report.tables import flow_table
from poliedro.monitoring.report.words import STATE_WORDS, cell_words
from poliedro.monitoring.rules.impact import Declaration, DeclarationRefused, StudyRefused, spelled_out
from poliedro.monitoring.services.impact import (
    change_declaration,
    declare_study,
    freeze_study,
    open_data_room,
    revise_study,
    sign_study,
    start_study,
)
from poliedro.monitoring.views.impact.found import version_by_number
from poliedro.reference.models import ProgrammePeriod
from poliedro.shared.access import needs, public
from poliedro.shared.components import Crumb, Pages, Table
from poliedro.shared.jobs import seen_by

A_PAGE = 20


def step_labels() -> dict[str, str]:
    return {
        "question": _("Question and members"),
        "comparison": _("Comparison"),
        "outcomes": _("Outcomes and rules"),
        "review": _("Review and freeze"),
    }


def crumbs_of(*more: Crumb) -> list[Crumb]:
    return [
        Crumb(_("Home"), reverse("portal:home")),
        Crumb(_("Does membership work?"), reverse("monitoring:studies")),
        *more,
    ]


def to_version(version: StudyVersion) -> HttpResponse:
    return redirect("monitoring:study", key=version.study.key, number=version.number)


@public
def studies(request: HttpRequest) -> HttpResponse:
    """Signed studies for everyone; drafts and unsigned ones for those who work on them."""
    works = request.user.has_perm("monitoring.view_studies")
    shown: list[dict[str, Any]] = []
    page = Paginator(studies_for(request.user), A_PAGE).get_page(request.GET.get("page"))
    for study in page.object_list:
        visible = public_versions(sorted(study.versions.all(), key=lambda v: -v.number), works)
        for v in visible:
            v.study = study
        shown.append(
            {
                "study": study,
                "versions": [
                    {
                        "version": v,
                        "state": STATE_WORDS[v.state],
                        "open": works or bool(v.signed_at),
                        "found": stored_headline(v) if works or v.signed_at else "",
                    }
                    for v in visible
                ],
            }
        )
    return render(
        request,
        "monitoring/impact/studies.html",
        {
            "studies": shown,
            "pages": Pages(
                page.number,
                A_PAGE,
                len(shown),
                page.paginator.count,
                f"?page={page.previous_page_number()}" if page.has_previous() else "",
                f"?page={page.next_page_number()}" if page.has_next() else "",
            ),
            "may_see_tail": request.user.has_perm("registry.view_productivity_tail"),
            "may_design": request.user.has_perm("monitoring.design_studies"),
            "synthetic_data": any(
                v["version"].certainty == "synthetic" for s in shown for v in s["versions"] if v["version"].run_id
            ),
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Does membership work?"))],
        },
    )


@needs("monitoring.design_studies")
def new(request: HttpRequest) -> HttpResponse:
    """The first step of a new study."""
    initial = {**spelled_out(Declaration()), "cycle": "2007-13"}
    form = STEPS["question"](request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        version = declare_study(
            title=form.cleaned_data["title"], declaration=form.changed(Declaration()), by=request.user
        )
        return redirect("monitoring:declare", key=version.study.key, number=version.number, step="comparison")
    return _step_page(request, form, "question", None)


@needs("monitoring.design_studies", version=version_by_number)
def declare(request: HttpRequest, version: StudyVersion, step: str) -> HttpResponse:
    """A step of a draft's declaration, saved as one goes; the last one shows the sample and freezes."""
    if version.state != "draft":
        return to_version(version)
    if step == "review":
        return _review(request, version)
    if step not in STEPS:
        raise Http404(f"no step {step!r}")
    initial = {**spelled_out(version.declared), "title": version.study.title}
    form = STEPS[step](request.POST or None, initial=initial)
    if step == "question":
        form.fields["title"].disabled = True
    if request.method == "POST" and form.is_valid():
        change_declaration(version=version, declaration=form.changed(version.declared), by=request.user)
        names = [*STEPS, "review"]
        following = names[names.index(step) + 1]
        return redirect("monitoring:declare", key=version.study.key, number=version.number, step=following)
    return _step_page(request, form, step, version)


def _steps(step: str, version: StudyVersion | None) -> list[dict[str, Any]]:
    labels = step_labels()
    return [
        {
            "label": label,
            "here": name == step,
            "url": reverse("monitoring:declare", args=[version.study.key, version.number, name]) if version else "",
        }
        for name, label in labels.items()
    ]


def _step_page(request: HttpRequest, form: Any, step: str, version: StudyVersion | None) -> HttpResponse:
    label = step_labels()[step]
    return render(
        request,
        "monitoring/impact/declare.html",
        {
            "form": form,
            "version": version,
            "step": step,
            "label": label,
            "steps": _steps(step, version),
            "synthetic_data": False,
            "crumbs": crumbs_of(Crumb(version.study.title if version else _("New study"))),
        },
    )


def _review(request: HttpRequest, version: StudyVersion) -> HttpResponse:
    """Who would be studied, from the register alone: no outcome is read."""
    d = version.declared
    sample = sample_of(d)
    sources, kind = sources_of_memberships()
    names = cell_words()
    clusters = Table(
        [_("Cluster"), _("Members that joined here first")],
        [[names.get(k, k), n] for k, n in joining_by_cluster(sample).items()],
        numeric=[1],
    )
    return render(
        request,
        "monitoring/impact/review.html",
        {
            "version": version,
            "facts": declared_facts(version.declared),
            "flow": flow_table([s.stored() for s in sample.flow], d.anticipation),
            "clusters": clusters,
            "treated": len(sample.treated),
            "controls": len(sample.controls),
            "enough": _enough(sample, d),
            "outside": _outside(d),
            "opened_before": opened_earlier(version, works=True),
            "steps": _steps("review", version),
            "sources": sources,
            "kind": kind,
            "synthetic_data": kind == "synthetic",
            "crumbs": crumbs_of(Crumb(version.study.title)),
        },
    )


def _enough(sample: Sample, d: Declaration) -> bool:
    """Whether there are as many members as declared, and somebody to compare them with."""
    return len(sample.treated) >= d.minimum and len(sample.controls) > 0


def _outside(d: Declaration) -> str:
    """What the review says if some of the years of joining lie outside of the programming period that is named."""
    period = ProgrammePeriod.objects.filter(key=d.cycle).first() if d.cycle else None
    if period is None or (d.first_join >= period.valid_from.year and d.last_join <= period.valid_to.year):
        return ""
    return _(
        "Some of the years of joining, %(first)s to %(last)s, are not in the period that the report names, %(period)s."
    ) % {
        "first": d.first_join,
        "last": d.last_join,
        "period": period.key,
    }


@needs("monitoring.design_studies", version=version_by_number)
@require_POST
def freeze(request: HttpRequest, version: StudyVersion) -> HttpResponse:
    """Freeze; a declaration that can only be refused only if the person says that it is meant."""
    if (
        version.state == "draft"
        and "anyway" not in request.POST
        and not _enough(sample_of(version.declared), version.declared)
    ):
        messages.error(request, _("This study can give no estimate. Change it, or say that it is to be frozen anyway."))
        return redirect("monitoring:declare", key=version.study.key, number=version.number, step="review")
    try:
        freeze_study(version=version, by=request.user)
    except DeclarationRefused as refused:
        messages.error(
            request,
            _("The declaration is not complete (%(field)s). Go through its steps again.") % {"field": refused.field},
        )
        return redirect("monitoring:declare", key=version.study.key, number=version.number, step="review")
    except StudyRefused:
        messages.warning(request, _("It was frozen already."))
    else:
        messages.success(request, _("The declaration is frozen. Outcomes can be opened now."))
    return to_version(version)


@needs("monitoring.run_studies", version=version_by_number)
@require_POST
def run(request: HttpRequest, version: StudyVersion) -> HttpResponse:
    """Compute in the background."""
    title = _("Compute %(study)s") % {"study": str(version)}
    try:
        job = start_study(version=version, title=title, by=request.user)
    except StudyRefused:
        messages.error(request, _("Outcomes stay closed until the declaration is frozen."))
        return to_version(version)
    if not seen_by(job, request.user):
        messages.info(request, _("The study is being computed already; somebody else started it."))
        return to_version(version)
    return redirect("shared:job", pk=job.pk)


@needs("monitoring.design_studies", version=version_by_number)
def revise(request: HttpRequest, version: StudyVersion) -> HttpResponse:
    """A new version beside this one, with the reason."""
    form = RevisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = revise_study(version=version, why=form.cleaned_data["why"], by=request.user)
        except StudyRefused:
            messages.error(request, _("A draft of this study is open already; change that one."))
            return to_version(version)
        return redirect("monitoring:declare", key=made.study.key, number=made.number, step="question")
    return _act_page(request, version, form, _("New version of %(study)s"), _("Make the new version"))


@needs("monitoring.sign_studies", version=version_by_number)
def sign(request: HttpRequest, version: StudyVersion) -> HttpResponse:
    """The evaluator's opinion and name."""
    if version.state != "computed":
        return to_version(version)
    form = SignatureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sign_study(
            version=version,
            opinion=form.cleaned_data["opinion"],
            by=request.user,
            site=request.build_absolute_uri("/"),
        )
        messages.success(request, _("Signed. Anyone can read it now."))
        return to_version(version)
    return _act_page(request, version, form, _("Sign %(study)s"), _("Sign and publish"))


def _act_page(request: HttpRequest, version: StudyVersion, form: Any, title: str, verb: str) -> HttpResponse:
    return render(
        request,
        "monitoring/impact/act.html",
        {
            "version": version,
            "form": form,
            "title": title % {"study": version.study.title},
            "verb": verb,
            "found": headline(Results.of(version)) if version.run_id else "",
            "synthetic_data": version.certainty == "synthetic",
            "crumbs": crumbs_of(
                Crumb(version.study.title, reverse("monitoring:study", args=[version.study.key, version.number]))
            ),
        },
    )


@needs("monitoring.open_data_room", version=version_by_number)
@require_POST
def open_room(request: HttpRequest, version: StudyVersion) -> HttpResponse:
    """Draw the extract."""
    try:
        open_data_room(version=version, by=request.user)
    except StudyRefused:
        messages.error(request, _("Outcomes stay closed until the declaration is frozen."))
        return to_version(version)
    except LookupError:
        messages.error(
            request,
            _("No firm to study: load memberships and several years of financial statements of members and others."),
        )
        return to_version(version)
    return redirect("monitoring:data_room", key=version.study.key, number=version.number)
