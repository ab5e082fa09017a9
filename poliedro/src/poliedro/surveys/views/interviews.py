"""Interviews: entered in fragments, coded apart by more than one person, and what the codes come to (R047)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from poliedro.registry.models import Cluster
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb, Table
from poliedro.surveys.forms import CodebookForm, InterviewForm
from poliedro.surveys.models import Codebook, Interview
from poliedro.surveys.queries.interviews import Coded, coded_with, interview_lines, passages_of
from poliedro.surveys.services.interviews import code_interview, enter_interview, publish_codebook
from poliedro.surveys.views.found import codebook_by_pk, interview_by_pk


@needs("surveys.code_interviews")
def interviews(request: HttpRequest) -> HttpResponse:
    """Every interview with its coders, the codebooks, and the forms for one more of each."""
    codebooks, clusters = list(Codebook.objects.all()), list(Cluster.objects.existing_on(timezone.localdate()))
    act = request.POST.get("act", "")
    book = CodebookForm(request.POST if act == "codebook" else None, prefix="codebook")
    form = InterviewForm(
        request.POST if act == "interview" else None, prefix="interview", clusters=clusters, codebooks=codebooks
    )
    if act == "codebook" and book.is_valid():
        made = publish_codebook(by=request.user, **book.cleaned_data)
        messages.success(request, _("The codebook is there: %(name)s.") % {"name": made})
        return redirect("surveys:interviews")
    if act == "interview" and form.is_valid():
        data = form.cleaned_data
        entered = enter_interview(
            title=data["title"],
            held_on=data["held_on"],
            with_whom=data["with_whom"],
            cluster=next((c for c in clusters if c.key == data["cluster"]), None),
            codebook=next(b for b in codebooks if str(b.pk) == data["codebook"]),
            texts=data["text"],
            agreed=data["agreed"],
            by=request.user,
        )
        return redirect("surveys:interview", pk=entered.pk)
    return render(
        request,
        "surveys/interviews.html",
        {
            "lines": interview_lines(),
            "codebooks": codebooks,
            "form": form,
            "book": book,
            "act": act,
            "synthetic_data": False,
            "crumbs": _crumbs(),
        },
        status=422 if form.errors or book.errors else 200,
    )


@needs("surveys.code_interviews", interview=interview_by_pk)
def interview(request: HttpRequest, interview: Interview) -> HttpResponse:
    """The fragments of an interview, each with the codes; kept together."""
    passages = passages_of(interview, request.user)
    if request.method == "POST":
        given = {p.fragment.pk: request.POST.getlist(f"codes-{p.fragment.pk}") for p in passages}
        n = code_interview(interview=interview, codes=given, by=request.user)
        messages.success(request, ngettext("%(n)d fragment coded.", "%(n)d fragments coded.", n) % {"n": n})
        return redirect("surveys:interview", pk=interview.pk)
    labels = {c["key"]: c["label"] for c in interview.codebook.codes}
    return render(
        request,
        "surveys/interview.html",
        {
            "interview": interview,
            "codes": interview.codebook.codes,
            "passages": [
                (p, [(c.coder, [labels.get(k, k) for k in c.codes], c.coded_at) for c in p.others]) for p in passages
            ],
            "through": all(p.own is not None for p in passages),
            "synthetic_data": False,
            "crumbs": _crumbs(Crumb(interview.title)),
        },
    )


@needs("surveys.code_interviews", codebook=codebook_by_pk)
@require_safe
def codebook(request: HttpRequest, codebook: Codebook) -> HttpResponse:
    """How often each code was found, how far the coders agree, and the fragments behind a figure."""
    found = coded_with(codebook, request.user)
    chosen = next((line for line in found.lines if line.key == request.GET.get("code")), None)
    labels = {c["key"]: c["label"] for c in codebook.codes}
    return render(
        request,
        "surveys/codebook.html",
        {
            "codebook": codebook,
            "found": found,
            "table": _table(codebook, found),
            "chosen": labels[chosen.key] if chosen else "",
            "agreed": [found.fragments[pk] for pk in chosen.agreed] if chosen else [],
            "disputed": [found.fragments[pk] for pk in chosen.disputed] if chosen else [],
            "synthetic_data": False,
            "crumbs": _crumbs(Crumb(str(codebook))),
        },
    )


def _table(codebook: Codebook, found: Coded) -> Table:
    words = {c["key"]: c for c in codebook.codes}
    return Table(
        [
            _("Code"), _("When it applies"), _("Interviews"), _("Fragments, agreed"), _("Fragments, disputed"),
            _("Coded by two"), _("Agreement (kappa)"),
        ],
        [
            [
                words[line.key]["label"], words[line.key]["meaning"] or None, line.interviews, len(line.agreed),
                len(line.disputed), line.twice, line.kappa,
            ]
            for line in found.lines
        ],
        numeric=range(2, 7),
        decimals={6: 2},
        links={i: f"?code={line.key}#fragments" for i, line in enumerate(found.lines)},
        full=True,
    )  # fmt: skip


def _crumbs(*more: Crumb) -> list[Crumb]:
    title = _("Interviews")
    return [
        Crumb(_("Home"), reverse("portal:home")),
        Crumb(_("My work"), reverse("portal:work")),
        *([Crumb(title, reverse("surveys:interviews")), *more] if more else [Crumb(title)]),
    ]
