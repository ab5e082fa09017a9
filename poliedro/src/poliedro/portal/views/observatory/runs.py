"""Stored runs: what was computed from what, compared, repeated, downloaded."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from poliedro.evidence import store
from poliedro.evidence.models import PortfolioOption, ResultTable, Run
from poliedro.evidence.queries.runs import earlier_runs, latest_run, recent_runs, statistic_tables
from poliedro.evidence.rules import StateRefused
from poliedro.evidence.services.portfolio import AlreadyFollowed, comment_option, follow_option
from poliedro.portal.views.observatory.frame import rows
from poliedro.portal.views.observatory.words import analysis_words, column_words
from poliedro.registry.present import certainty_of
from poliedro.shared.access import needs, public
from poliedro.shared.components import Crumb, Table
from poliedro.shared.jobs import start_job


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [
        Crumb(_("Home"), reverse("portal:home")),
        Crumb(_("Observatory"), reverse("portal:observatory")),
        Crumb(_("Runs"), reverse("portal:runs")),
        *more,
    ]


@public
def runs(request: HttpRequest) -> HttpResponse:
    """Every stored run, newest first."""
    words = analysis_words()
    return render(
        request,
        "portal/observatory/runs.html",
        {
            "runs": [
                {"run": r, "title": words.get(r.analysis, r.analysis), "certainty": certainty_of(r.certainty)}
                for r in recent_runs()
            ],
            "may_run": request.user.has_perm("evidence.run_analyses"),
            "analyses": words,
            "tables": statistic_tables(),
            "crumbs": [*_crumbs()[:2], Crumb(_("Runs"))],
        },
    )


@public
def run(request: HttpRequest, key: str) -> HttpResponse:
    """One run: its parameters, inputs, tables, definitions; another run beside it where asked."""
    found = get_object_or_404(Run.objects.filter(open=True).prefetch_related("tables", "repetitions"), key=key)
    other = Run.objects.filter(open=True).prefetch_related("tables").filter(key=request.GET.get("with", "")).first()
    tables = [(t, _(t.title), column_words(t.columns)) for t in found.tables.all()]
    return render(
        request,
        "portal/observatory/run.html",
        {
            "run": found,
            "title": analysis_words().get(found.analysis, found.analysis),
            "tables": tables,
            "certainty": certainty_of(found.certainty),
            "others": earlier_runs(found),
            "compared": _compared(found, other) if other else None,
            "other": other,
            "may_run": request.user.has_perm("evidence.run_analyses"),
            "address": request.build_absolute_uri(reverse("portal:run", args=[found.key])),
            "crumbs": _crumbs(Crumb(found.key)),
            "synthetic_data": found.certainty == "synthetic",
        },
    )


def _compared(a: Run, b: Run) -> Table:
    """What differs between two runs, and what is the same."""
    lines: list[list[Any]] = [
        [_("Version"), a.version, b.version, a.version == b.version],
        [_("Code"), a.code, b.code, a.code == b.code],
    ]
    for name in sorted({*a.parameters, *b.parameters}):
        x, y = a.parameters.get(name), b.parameters.get(name)
        lines.append([f"{_('Parameter')} {name}", str(x), str(y), x == y])
    inputs = [{i["name"]: i["checksum"][:12] for i in r.inputs} for r in (a, b)]
    for name in sorted({*inputs[0], *inputs[1]}):
        x, y = inputs[0].get(name), inputs[1].get(name)
        lines.append([f"{_('Input')} {name}", x, y, x == y])
    results = [{t.name: t for t in r.tables.all()} for r in (a, b)]
    for name in sorted({*results[0], *results[1]}):
        s, t = results[0].get(name), results[1].get(name)
        same = s is not None and t is not None and s.checksum == t.checksum
        lines.append([f"{_('Table')} {name}, {_('rows')}", s.rows if s else None, t.rows if t else None, same])
    return Table(["", a.key, b.key, _("Same")], lines)


@public
def table(request: HttpRequest, key: str, name: str, kind: str) -> HttpResponse | StreamingHttpResponse | FileResponse:
    """A result table: CSV (of the rows asked for) or the stored Parquet."""
    found = get_object_or_404(ResultTable.objects.select_related("run"), run__key=key, run__open=True, name=name)
    try:
        path = store.path_of(found)
    except store.TableLost as error:
        raise Http404(str(error)) from error
    if kind == "parquet":
        return FileResponse(path.open("rb"), as_attachment=True, filename=f"{found.run.analysis}-{name}-{key}.parquet")
    types = {c["name"] for c in found.columns}
    where = {k: v for k, v in request.GET.items() if k in types and isinstance(v, str) and "\x00" not in v}
    typed = store.typed(found, where)
    response = StreamingHttpResponse(store.csv_of(found, typed), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.run.analysis}-{name}-{key}.csv"'
    return response


@public
def metadata(request: HttpRequest, key: str) -> HttpResponse:
    """Everything about a run but its rows, as JSON."""
    from django.http import JsonResponse

    found = get_object_or_404(Run.objects.filter(open=True).prefetch_related("tables"), key=key)
    return JsonResponse(
        {
            "key": found.key,
            "analysis": found.analysis,
            "version": found.version,
            "code": found.code,
            "parameters": found.parameters,
            "inputs": found.inputs,
            "seed": found.seed,
            "period": found.period,
            "certainty": found.certainty,
            "sources": found.source_names,
            "started_at": found.started_at,
            "finished_at": found.finished_at,
            "seconds": found.seconds,
            "headline": found.headline,
            "repetitions": [
                {"at": r.at, "same": r.same, "differing": r.differing} for r in found.repetitions.order_by("at", "pk")
            ],
            "tables": [
                {"name": t.name, "title": t.title, "rows": t.rows, "checksum": t.checksum, "columns": t.columns}
                for t in found.tables.all()
            ],
        }
    )


@needs("evidence.run_analyses")
@require_POST
def repeat(request: HttpRequest, key: str) -> HttpResponse:
    """Compute a run again and say whether it came out the same."""
    found = get_object_or_404(Run, key=key, open=True)
    what = analysis_words().get(found.analysis, found.analysis)
    title = _("Repeat run %(key)s of %(analysis)s") % {"key": key, "analysis": what}
    job = start_job(name="evidence.repeat_run", title=title, by=request.user, key=key)
    return redirect("shared:job", pk=job.pk)


@needs("evidence.run_analyses")
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Run an analysis on the tables as they are now, in the background."""
    key = request.POST.get("analysis", "")
    words = analysis_words()
    if key not in words:
        messages.error(request, _("There is no such analysis; choose one from the list."))
        return redirect("portal:runs")
    parameters = {"table": request.POST["table"]} if request.POST.get("table") else {}
    title = _("Run %(analysis)s") % {"analysis": words[key]}
    job = start_job(name="evidence.run_analysis", title=title, by=request.user, key=key, parameters=parameters)
    return redirect("shared:job", pk=job.pk)


@needs("evidence.manage_portfolio")
@require_POST
def follow(request: HttpRequest) -> HttpResponse:
    """Take an option into the region's portfolio."""
    found = latest_run("options", {"table": request.POST.get("table", "")})
    where = {"place": request.POST.get("region", ""), "activity": request.POST.get("activity", "")}
    row = next(iter(rows(found, "options", where)), None) if found else None
    back = redirect(reverse("portal:options") + _asked(request))
    if found is None or row is None:
        messages.error(request, _("That industry is not in the table; choose one from the list."))
        return back
    if row["present"] != 0:
        messages.error(request, _("That industry is no option: it is there already, or its number is not published."))
        return back
    try:
        follow_option(
            run=found,
            territory=where["place"],
            activity=where["activity"],
            density=row["density"],
            location_quotient=row["location_quotient"],
            text=request.POST.get("text", "").strip(),
            by=request.user,
        )
    except AlreadyFollowed:
        messages.warning(request, _("It is in the portfolio already; comment on it below."))
    else:
        messages.success(request, _("Taken into the portfolio."))
    return back


@needs("evidence.manage_portfolio")
@require_POST
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Comment on an option of the portfolio, or move it on."""
    option = get_object_or_404(PortfolioOption, pk=pk)
    text, state = request.POST.get("text", "").strip(), request.POST.get("state", "")
    if not text and not state:
        messages.error(request, _("Write a comment or choose a state."))
    else:
        try:
            comment_option(option=option, text=text, state=state, by=request.user)
        except StateRefused:
            messages.error(request, _("That state does not follow the present one."))
        else:
            messages.success(request, _("Noted."))
    return redirect(reverse("portal:options") + _asked(request) + f"#option-{pk}")


def _asked(request: HttpRequest) -> str:
    from django.http import QueryDict

    asked = QueryDict(mutable=True)
    for name in ("table", "region"):
        if request.POST.get(name):
            asked[name] = request.POST[name]
    return f"?{asked.urlencode()}" if asked else ""
