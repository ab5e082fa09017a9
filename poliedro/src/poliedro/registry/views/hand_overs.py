"""The incubator's pages of hand-overs: who leaves, the checklist of one, handing it over."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from poliedro.registry.forms.hand_overs import ClustersForm, ItemForm, OpenForm
from poliedro.registry.models import Cluster, HandOver, HandOverItem, Organisation
from poliedro.registry.queries.hand_overs import Checklist, Stay, checklist_of, is_due, stays_at, stays_of
from poliedro.registry.rules.hand_overs import HandOverRefused
from poliedro.registry.services.hand_over_items import hand_over_items
from poliedro.registry.services.hand_overs import hand_start_up_over, open_hand_over, propose_clusters, state_item
from poliedro.registry.views.found import HandOverBy, StayAt, hand_over_by_pk, organisation_by_pk, stay_by_pk
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb


def crumbs_of(body: Organisation, *more: Crumb) -> list[Crumb]:
    here = [Crumb(_("My work"), reverse("portal:work"))]
    if not more:
        return [*here, Crumb(_("Hand-overs of %(name)s") % {"name": body})]
    way = Crumb(_("Hand-overs of %(name)s") % {"name": body}, reverse("registry:hand_overs", args=[body.pk]))
    return [*here, way, *more]


@needs("registry.hand_over", organisation=organisation_by_pk)
@require_safe
def hand_overs(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Start-ups that this incubator has or had; and where the organisation itself was in one."""
    today = timezone.localdate()
    stays, own = stays_at(organisation), stays_of(organisation)
    due = [s for s in stays if is_due(s, today)]
    n = len(due)
    title = (
        ngettext("%(n)d start-up waits for its hand-over", "%(n)d start-ups wait for their hand-over", n) % {"n": n}
        if n
        else _("Hand-overs of %(name)s") % {"name": organisation}
    )
    return render(
        request,
        "registry/hand_overs.html",
        {
            "organisation": organisation,
            "title": title,
            "groups": [
                (_("To hand over now"), [(s, _begin_form(s)) for s in due]),
                (_("With a checklist"), [(s, None) for s in stays if s.hand_over and s not in due]),
                (
                    _("In the incubator"),
                    [(s, _begin_form(s)) for s in stays if s not in due and not s.hand_over and not _is_out(s, today)],
                ),
            ],
            "without": sum(s not in due and not s.hand_over and _is_out(s, today) for s in stays),
            "own": own,
            "today": today,
            "synthetic_data": organisation.is_synthetic or any(s.is_synthetic for s in (*stays, *own)),
            "crumbs": crumbs_of(organisation),
        },
    )


def _is_out(stay: Stay, today: date) -> bool:
    return stay.left_on is not None and stay.left_on <= today


def _begin_form(stay: Stay) -> OpenForm | None:
    if stay.hand_over is not None:
        return None
    return OpenForm(initial={"leaves_on": stay.left_on}, auto_id=f"stay{stay.spell.pk}_%s")


@needs("registry.hand_over", found=stay_by_pk)
@require_POST
def begin(request: HttpRequest, found: StayAt) -> HttpResponse:
    """Open a checklist for a start-up of the incubator."""
    spell, form = found.spell, OpenForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write the day on which it leaves."))
        return redirect("registry:hand_overs", pk=spell.incubator_id)
    try:
        made = open_hand_over(
            spell=spell, leaves_on=form.cleaned_data["leaves_on"], items=hand_over_items(),
            today=timezone.localdate(), by=request.user,
        )  # fmt: skip
    except HandOverRefused:
        messages.error(request, _("It has a checklist already, or would leave before it came."))
        return redirect("registry:hand_overs", pk=spell.incubator_id)
    return redirect("registry:hand_over", pk=made.pk)


@needs("registry.hand_over", found=hand_over_by_pk)
def hand_over_page(request: HttpRequest, found: HandOverBy) -> HttpResponse:
    """The checklist as the incubator keeps it."""
    row = found.row
    checklist = checklist_of(row)
    act = request.POST.get("act", "")
    items = [(i, _item_form(request, i, checklist)) for i in checklist.items]
    clusters = list(Cluster.objects.existing_on(timezone.localdate()).order_by("position", "name"))
    proposed = ClustersForm(
        request.POST if act == "clusters" else None,
        clusters=clusters,
        initial={"clusters": [c.key for c in checklist.clusters]},
    )
    if request.method == "POST" and _done(request, row, act, items, proposed, clusters):
        return redirect(reverse("registry:hand_over", args=[row.pk]) + (f"#{act}" if act else ""))
    return render(
        request,
        "registry/hand_over.html",
        {
            "hand_over": row,
            "checklist": checklist,
            "title": headline(checklist),
            "items": items,
            "proposed": proposed,
            "today": timezone.localdate(),
            "synthetic_data": row.is_synthetic,
            "crumbs": crumbs_of(row.incubator, Crumb(str(row.organisation))),
        },
        status=422 if request.method == "POST" else 200,
    )


def headline(checklist: Checklist) -> str:
    """The answer in words: how far it is."""
    n, of = len(checklist.open_items), len(checklist.items)
    firm = {"firm": checklist.hand_over.organisation, "n": n, "of": of}
    if not n:
        return _("%(firm)s: nothing is open") % firm
    return ngettext("%(firm)s: %(n)d item of %(of)d is open", "%(firm)s: %(n)d items of %(of)d are open", n) % firm


def _item_form(request: HttpRequest, item: HandOverItem, checklist: Checklist) -> ItemForm:
    owner = f"cluster:{item.cluster.key}" if item.cluster else item.owner
    return ItemForm(
        request.POST if request.POST.get("act") == item.key else None,
        prefix=item.key,
        clusters=checklist.clusters,
        initial={"state": item.state, "note": item.note, "owner": owner, "due_on": item.due_on},
    )


def _done(
    request: HttpRequest, row: HandOver, act: str, items: list[tuple[HandOverItem, ItemForm]], proposed: ClustersForm,
    clusters: list[Cluster],
) -> bool:  # fmt: skip
    """Whether what was asked for is done; else the forms say why not."""
    try:
        if act == "hand-over":
            hand_start_up_over(hand_over=row, by=request.user)
            messages.success(request, _("Handed over: the start-up is asked to confirm it."))
            return True
        if act == "clusters":
            if not proposed.is_valid():
                return False
            chosen = [c for c in clusters if c.key in proposed.cleaned_data["clusters"]]
            propose_clusters(hand_over=row, clusters=chosen, by=request.user)
            return True
        form = next((f for i, f in items if i.key == act), None)
        if form is None or not form.is_valid():
            return False
        data = form.cleaned_data
        owner, _colon, key = data["owner"].partition(":")
        state_item(
            hand_over=row, key=act, state=data["state"], note=data["note"], owner=owner,
            cluster=next((c for c in clusters if c.key == key), None), due_on=data["due_on"],
            today=timezone.localdate(), by=request.user,
        )  # fmt: skip
    except HandOverRefused:
        messages.error(
            request,
            _("Nothing was changed since the last time.")
            if act == "hand-over"
            else _("A cluster that sees to an open item has to be proposed; give the item to somebody else first."),
        )
        return False
    return True
