from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.reference.models import Load
from poliedro.reference.services.loads import LoadRefused, UndoRefused
from poliedro.reference.sources.files import UnreadableFile
from poliedro.registry.forms import UploadForm
from poliedro.registry.models import Cluster
from poliedro.registry.queries.loads import loads_of_cluster
from poliedro.registry.services.imports import undo_import
from poliedro.registry.services.imports.uploads import (
    LISTS,
    NotConfirmable,
    confirm_list,
    discard_preview,
    preview_list,
)
from poliedro.registry.shown import cluster_tabs, manage_crumbs
from poliedro.registry.sources.lists import template_csv, template_xlsx
from poliedro.registry.views.found import ClusterList, cluster_by_key, list_by_pk
from poliedro.shared.access import needs, signed_in
from poliedro.shared.components import Crumb, Table
from poliedro.shared.jobs import start_job
from poliedro.shared.spreadsheet import csv_file

AT_ONCE = 500
"""Rows that load while the reader waits; longer lists load in the background."""
SHOWN = 200
"""Rejected rows on the page; the download has them all."""


def _kind_words(kind: str) -> str:
    return {"members": _("Member list"), "accounts": _("Yearly accounts"), "projects": _("Projects")}[kind]


def _state_words(load: Load) -> str:
    return {
        Load.State.PREVIEWED: _("checked, not loaded"),
        Load.State.LOADED: _("loaded"),
        Load.State.UNDONE: _("undone"),
    }[Load.State(load.state)]


def _check(request: HttpRequest, kind: str, cluster: Cluster) -> None:
    if not request.user.has_perm(f"registry.import_{kind}", cluster):
        raise PermissionDenied(_("Only the cluster's managers may load its lists."))


def _load(request: HttpRequest, uploaded: ClusterList) -> tuple[Load, Cluster]:
    _check(request, uploaded.load.importer, uploaded.cluster)
    return uploaded.load, uploaded.cluster


def _crumbs(cluster: Cluster, *more: Crumb) -> list[Crumb]:
    address = reverse("registry:imports", args=[cluster.key]) if more else ""
    return manage_crumbs(cluster, Crumb(_("Lists"), address), *more)


@needs("registry.import_members", cluster=cluster_by_key)
def imports(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Upload a list of a cluster; what was loaded before."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        _check(request, form.cleaned_data["kind"], cluster)
        try:
            load = preview_list(
                kind=form.cleaned_data["kind"], cluster=cluster, upload=form.cleaned_data["file"], by=request.user
            )
            return redirect("registry:import_preview", load.pk)
        except UnreadableFile as error:
            form.add_error("file", str(error))
    rows = [(load, _kind_words(load.importer), _state_words(load)) for load in loads_of_cluster(cluster)[:100]]
    context: dict[str, Any] = {
        "cluster": cluster,
        "form": form,
        "rows": rows,
        "templates": [(kind, _kind_words(kind)) for kind in LISTS],
        "may_undo": request.user.has_perm("registry.undo_load", cluster),
        "crumbs": _crumbs(cluster),
        "tabs": cluster_tabs(cluster, request.user, "registry:imports"),
    }
    return render(request, "registry/imports.html", context, status=422 if form.errors else 200)


@needs("registry.import_members", uploaded=list_by_pk)
@require_safe
def preview(request: HttpRequest, uploaded: ClusterList) -> HttpResponse:
    """What loading the file would do, and each row that is at fault."""
    load, cluster = _load(request, uploaded)
    rejected = list(load.rejected.all()[:SHOWN])
    headers = (_("Row"), _("Column"), _("Value"), _("What is wrong"), _("What to do"))
    table = Table(
        headers=headers,
        rows=[(r.number, r.field, r.value, r.problem, r.remedy) for r in rejected],
        numeric=(0,),
        caption=_("Rows to correct"),
        full=True,
    )
    told = load.summary.get("changes", [])
    changes = Table(
        headers=(_("Row"), _("Who"), _("What would change"), _("Look at it first")),
        rows=[
            (c["number"], c["what"], "; ".join(c["changes"]) or _("nothing"), "; ".join(c["remarks"]))
            for c in sorted(told, key=lambda c: (not c["remarks"], c["number"]))[:SHOWN]
        ],
        numeric=(0,),
        caption=_("What loading this list would change"),
        full=True,
    )
    return render(
        request,
        "registry/import_preview.html",
        {
            "load": load,
            "cluster": cluster,
            "kind": _kind_words(load.importer),
            "state": _state_words(load),
            "table": table if rejected else None,
            "changes": changes if told else None,
            "changes_more": max(len(told) - SHOWN, 0),
            "more": max(load.rejected.count() - len(rejected), 0),
            "is_open": load.state == Load.State.PREVIEWED,
            "may_undo": load.state == Load.State.LOADED and request.user.has_perm("registry.undo_load", cluster),
            "crumbs": _crumbs(cluster, Crumb(load.file_name)),
            "tabs": cluster_tabs(cluster, request.user, "registry:imports"),
        },
    )


@needs("registry.import_members", uploaded=list_by_pk)
@require_safe
def errors(request: HttpRequest, uploaded: ClusterList) -> HttpResponse:
    """The rows at fault as CSV."""
    load, _cluster = _load(request, uploaded)
    header = [_("Row"), _("Column"), _("Value"), _("What is wrong"), _("What to do")]
    rows = [[row.number, row.field, row.value, row.problem, row.remedy] for row in load.rejected.all()]
    return csv_file(f"rejected-{load.pk}", [header, *rows], in_words=True)


@needs("registry.import_members", uploaded=list_by_pk)
@require_POST
def confirm(request: HttpRequest, uploaded: ClusterList) -> HttpResponse:
    load, cluster = _load(request, uploaded)
    if load.rows_read > AT_ONCE:
        title = _("Load %(file)s of %(cluster)s") % {"file": load.file_name, "cluster": cluster.name}
        begun = start_job(name="registry.confirm_list", title=title, by=request.user, load=load.pk)
        return redirect("shared:job", pk=begun.pk)
    try:
        outcome = confirm_list(load=load, by=request.user)
    except (NotConfirmable, LoadRefused, UnreadableFile) as error:
        messages.error(request, str(error))
        return redirect("registry:import_preview", load.pk)
    messages.success(
        request,
        _("%(file)s is loaded: %(n)d rows changed the register, %(m)d said what was known.")
        % {"file": load.file_name, "n": outcome.rows_loaded, "m": outcome.rows_unchanged},
    )
    return redirect("registry:imports", cluster.key)


@needs("registry.import_members", uploaded=list_by_pk)
@require_POST
def discard(request: HttpRequest, uploaded: ClusterList) -> HttpResponse:
    load, cluster = _load(request, uploaded)
    try:
        discard_preview(load=load, by=request.user)
    except NotConfirmable as error:
        messages.error(request, str(error))
    return redirect("registry:imports", cluster.key)


@needs("registry.undo_load", uploaded=list_by_pk)
@require_POST
def undo(request: HttpRequest, uploaded: ClusterList) -> HttpResponse:
    load, cluster = _load(request, uploaded)
    try:
        undo_import(load=load, by=request.user)
        messages.success(request, _("%(file)s is undone.") % {"file": load.file_name})
    except UndoRefused as error:
        messages.error(request, _("It was not undone: %(reason)s") % {"reason": error})
    return redirect("registry:imports", cluster.key)


@signed_in
@require_safe
def template(request: HttpRequest, kind: str, suffix: str) -> HttpResponse:
    """The template of a list, with an example row, in the reader's language."""
    if kind not in LISTS:
        raise Http404
    language = "en" if (get_language() or "it").startswith("en") else "it"
    if suffix == "xlsx":
        body: str | bytes = template_xlsx(kind, language)
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    else:
        body, content_type = "\ufeff" + template_csv(kind, language), "text/csv; charset=utf-8"
    response = HttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{kind}-{language}.{suffix}"'
    return response
