"""A hand-over as the others see it: the start-up, which confirms it, and the clusters that it is handed to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from poliedro.audit.models import LogEntry
from poliedro.audit.services import record
from poliedro.registry.forms.hand_overs import DoneForm
from poliedro.registry.models import Cluster, HandOverItem
from poliedro.registry.queries.hand_overs import Checklist, checklist_of, handed_to, open_items_of, seen_by_cluster
from poliedro.registry.rules.hand_overs import HandOverRefused
from poliedro.registry.services.hand_overs import confirm_hand_over, settle_item
from poliedro.registry.shown import cluster_tabs, manage_crumbs
from poliedro.registry.views.found import (
    HandOverOf,
    HandOverTo,
    cluster_by_key,
    hand_over_to,
    own_hand_over_by_pk,
)
from poliedro.registry.views.hand_overs import crumbs_of, headline
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb


@needs("registry.hand_over", found=own_hand_over_by_pk)
def own(request: HttpRequest, found: HandOverOf) -> HttpResponse:
    """What the incubator hands over, for the start-up to read, settle and confirm; before, nothing."""
    row = found.row
    if request.method == "POST":
        if request.POST.get("act") == "confirm":
            try:
                confirm_hand_over(hand_over=row, by=request.user)
            except HandOverRefused:
                messages.error(request, _("The incubator changed something in the meantime, or you have confirmed it."))
            else:
                messages.success(request, _("Confirmed. The clusters proposed can read it now."))
            return redirect("registry:own_hand_over", pk=row.pk)
        if _settled(request, found):
            return redirect(reverse("registry:own_hand_over", args=[row.pk]) + "#items")
    checklist = checklist_of(row)
    return render(
        request,
        "registry/own_hand_over.html",
        {
            "hand_over": row,
            "checklist": checklist,
            "title": _own_title(checklist),
            "items": _with_forms(request, checklist.items, lambda i: i.owner == HandOverItem.Owner.START_UP),
            "today": timezone.localdate(),
            "synthetic_data": row.is_synthetic,
            "crumbs": crumbs_of(row.organisation, Crumb(str(row.incubator))),
        },
        status=422 if request.method == "POST" else 200,
    )


def _own_title(checklist: Checklist) -> str:
    row = checklist.hand_over
    if row.handed_at is None:
        return _("%(incubator)s prepares your hand-over") % {"incubator": row.incubator}
    return headline(checklist)


@needs("registry.receive_hand_overs", cluster=cluster_by_key)
@require_safe
def received(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Start-ups that were handed to a cluster, with how many items are open."""
    rows = list(handed_to([cluster.pk]))
    open_here: dict[int, int] = {}
    for item in open_items_of(clusters=[cluster.pk]):
        open_here[item.hand_over_id] = open_here.get(item.hand_over_id, 0) + 1
    n = len(rows)
    title = (
        ngettext("%(n)d start-up was handed to %(name)s", "%(n)d start-ups were handed to %(name)s", n)
        if n
        else _("No start-up was handed to %(name)s yet")
    ) % {"n": n, "name": cluster.name}
    return render(
        request,
        "registry/received_hand_overs.html",
        {
            "cluster": cluster,
            "title": title,
            "tabs": cluster_tabs(cluster, request.user, "registry:received_hand_overs"),
            "rows": [(r.hand_over, open_here.get(r.hand_over_id, 0)) for r in rows],
            "synthetic_data": any(r.hand_over.is_synthetic for r in rows),
            "crumbs": manage_crumbs(cluster, Crumb(_("Hand-overs"))),
        },
    )


@needs("registry.receive_hand_overs", found=hand_over_to)
def received_one(request: HttpRequest, found: HandOverTo) -> HttpResponse:
    """One checklist as the cluster reads it; what it sees to, it settles here."""
    row, cluster = found.row, found.cluster
    if request.method == "POST" and _settled(request, found, cluster):
        return redirect("registry:received_hand_over", key=cluster.key, pk=row.pk)
    record(
        by=request.user, act=LogEntry.Act.READ, verb="view_hand_over", subject_kind="organisation",
        subject_key=row.organisation_id,
    )  # fmt: skip
    checklist = checklist_of(row)
    seen = seen_by_cluster(checklist)
    return render(
        request,
        "registry/received_hand_over.html",
        {
            "cluster": cluster,
            "hand_over": row,
            "checklist": checklist,
            "title": headline(checklist),
            "tabs": cluster_tabs(cluster, request.user, "registry:received_hand_overs"),
            "items": _with_forms(request, seen, lambda i: i.cluster_id == cluster.pk),
            "today": timezone.localdate(),
            "synthetic_data": row.is_synthetic,
            "crumbs": manage_crumbs(
                cluster,
                Crumb(_("Hand-overs"), reverse("registry:received_hand_overs", args=[cluster.key])),
                Crumb(str(row.organisation)),
            ),
        },
        status=422 if request.method == "POST" else 200,
    )


def _with_forms(request: HttpRequest, items: list[HandOverItem], mine: Any) -> list[tuple[HandOverItem, Any]]:
    """Each item, with a form where the reader sees to it and it is open."""
    return [
        (
            i,
            DoneForm(
                request.POST if request.POST.get("act") == i.key else None,
                prefix=i.key,
                initial={"state": HandOverItem.State.DONE, "note": i.note},
            )
            if i.is_open and mine(i)
            else None,
        )
        for i in items
    ]


def _settled(request: HttpRequest, found: HandOverOf | HandOverTo, cluster: Cluster | None = None) -> bool:
    key = request.POST.get("act", "")
    form = DoneForm(request.POST, prefix=key)
    if not form.is_valid():
        return False
    try:
        settle_item(
            hand_over=found.row, key=key, today=timezone.localdate(), by=request.user, cluster=cluster,
            **form.cleaned_data,
        )  # fmt: skip
    except HandOverRefused:
        messages.error(request, _("It was settled in the meantime, or somebody else sees to it now."))
    else:
        messages.success(request, _("Settled."))
    return True
