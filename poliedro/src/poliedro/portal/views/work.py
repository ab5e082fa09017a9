"""The page of a person who signed in: what needs them now, and their ways in."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from poliedro.portal.forms import PutOffForm, TaskForm
from poliedro.registry.queries.roles import own_clusters, roles_of
from poliedro.registry.shown import cluster_tabs
from poliedro.shared.access import signed_in
from poliedro.shared.components import Crumb
from poliedro.shared.doors import doors_at
from poliedro.shared.todos import add_task, call_back, put_off, todos_of, work_of
from poliedro.shared.vault import KeyMissing, SealBroken, key_ring

SHOWN = 40
"""Items on the page; a kind or the button shows the rest."""


@signed_in
@never_cache
def work(request: HttpRequest) -> HttpResponse:
    """What needs me now, why, by when, and the one button that settles it; below, where I may go."""
    today = timezone.localdate()
    found = work_of(request.user, today)
    todos = found.todos
    kinds = sorted({t.kind for t in todos if t.kind})
    chosen = request.GET.get("kind", "")
    links = sorted(doors_at("work", request.user), key=lambda way: way.group)
    asked = [t for t in todos if chosen in ("", t.kind)]
    shown = asked if "all" in request.GET else asked[:SHOWN]
    return render(
        request,
        "portal/work.html",
        {
            "todos": shown,
            "more": len(asked) - len(shown),
            "n": len(todos),
            "late": sum(t.is_late(today) for t in todos),
            "alarms": sum(t.alarm for t in todos),
            "kinds": [(k, sum(t.kind == k for t in todos)) for k in kinds] if len(kinds) > 1 else [],
            "chosen": chosen,
            "today": today,
            "away": found.away,
            "undo": _undo_of(request),
            "form": TaskForm(),
            "groups": [(group, list(ways)) for group, ways in groupby(links, key=lambda way: way.group)],
            "clusters": [
                (c, [(g, list(tabs)) for g, tabs in groupby(cluster_tabs(c, request.user, ""), key=lambda t: t.group)])
                for c in own_clusters(request.user)
            ],
            "has_roles": bool(roles_of(request.user)),
            "synthetic_data": False,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("My work"))],
        },
    )


@signed_in
@require_POST
def task(request: HttpRequest) -> HttpResponse:
    """Add something of one's own to do."""
    form = TaskForm(request.POST)
    if form.is_valid():
        add_task(user=request.user, title=form.cleaned_data["title"], due_on=form.cleaned_data["due_on"])
    else:
        messages.error(request, _("Write what there is to do, and the day as year, month, day."))
    return redirect("portal:work")


@signed_in
@require_POST
def put(request: HttpRequest) -> HttpResponse:
    """Put an item off, close it, or call it back. Undone with one button rather than asked about."""
    form = PutOffForm(request.POST)
    if not form.is_valid():
        return redirect("portal:work")
    key, days, now = form.cleaned_data["key"], form.cleaned_data["days"], timezone.now()
    if "back" in request.POST:
        call_back(user=request.user, key=key)
        return redirect("portal:work")
    found = next((t for t in todos_of(request.user, timezone.localdate()) if t.key == key), None)
    if found is None or (days is None and not found.may_close):
        return redirect("portal:work")
    put_off(user=request.user, key=key, until=timezone.localdate() + timedelta(days=days) if days else None, at=now)
    _keep_undo(request, {"key": key, "title": found.title, "days": days})
    return redirect("portal:work")


UNDO = "work_undo"


def _keep_undo(request: HttpRequest, what: dict[str, Any]) -> None:
    """What one button takes back. Encrypted: a session stands in the database, and a title may tell who is coached."""
    request.session[UNDO] = list(key_ring().seal(json.dumps(what).encode(), UNDO))


def _undo_of(request: HttpRequest) -> dict[str, Any] | None:
    kept = request.session.pop(UNDO, None)
    if kept is None:
        return None
    key_id, token = kept
    try:
        what: dict[str, Any] = json.loads(key_ring().open(key_id, token, UNDO))
    except (KeyMissing, SealBroken):  # the keys were turned in between: nothing to take back
        return None
    return what
