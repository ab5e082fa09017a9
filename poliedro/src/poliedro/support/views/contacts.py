"""One contact at the agency for each cluster: today's board, the history, the handing over."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.registry.models import Cluster
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Item, WorkingPage, show
from poliedro.shared.components import Crumb, Event
from poliedro.shared.spoken import short_day
from poliedro.support.forms.agency import HandoverForm
from poliedro.support.models import ContactTerm
from poliedro.support.queries.agency import contact_board, contact_history, office_people
from poliedro.support.services.agency import HandoverRefused, hand_over
from poliedro.support.views.agency import agency_tabs
from poliedro.support.views.found import cluster_by_key


@needs("support.view_contacts")
def contacts(request: HttpRequest) -> HttpResponse:
    """One contact for each cluster, today; vacancies on top."""
    today = timezone.localdate()
    board = contact_board(today)
    alarms = {
        "never_named": _("nobody was ever named"),
        "not_yet": _("nobody yet: the first contact begins later"),
        "left": _("holds no office any more: hand over"),
        "": "",
    }
    vacant = sum(bool(line.alarm) for line in board)
    items = [
        Item(
            line.cluster.name,
            url=reverse("support:contact", args=[line.cluster.key]),
            text=f"{line.term.person.name}" if line.term else "",
            meta=alarms[line.alarm]
            or _("since %(day)s") % {"day": short_day(line.term.starts_on) if line.term else ""},
            tag=_("vacant") if line.alarm else "",
            bad=bool(line.alarm),
        )
        for line in board
    ]
    title = (
        _("Every cluster has its contact at the agency")
        if not vacant
        else ngettext("%(n)d cluster has nobody to turn to", "%(n)d clusters have nobody to turn to", vacant)
        % {"n": vacant}
    )
    page = WorkingPage(
        title,
        _("From the first day on, exactly one person at a time; a new one takes over on a day."),
        [Block(items=items, empty=_("There is no cluster yet."))],
        note=_("In the demonstration one cluster is left without a contact on purpose: so the alarm can be seen.")
        if vacant and settings.DEMO
        else "",
        tabs=agency_tabs(request.user, "support:contacts"),
    )
    return show(request, page, [Crumb(_("Contacts"))], synthetic=any(x.cluster.is_synthetic for x in board))


def _before_the_first(cluster: Cluster, history: list[ContactTerm]) -> str:
    """The days without anybody, between the cluster's beginning and its first contact."""
    if not history:
        return _("Nobody was ever named.")
    until = history[-1].starts_on
    if until <= cluster.founded_on:
        return ""
    days = {"since": short_day(cluster.founded_on), "until": short_day(until)}
    return _("Nobody from %(since)s to %(until)s.") % days


@needs("support.view_contacts")
def contact(request: HttpRequest, key: str) -> HttpResponse:
    """Who was the contact of a cluster when, and the handing over."""
    cluster = cluster_by_key(key)
    history = contact_history(cluster)
    may = request.user.has_perm("support.manage_agency")
    form = HandoverForm(request.POST or None, people=office_people(timezone.localdate())) if may else None
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            hand_over(cluster=cluster, by=request.user, **form.cleaned_data)
            return redirect("support:contact", cluster.key)
        except HandoverRefused:
            why = _("Another contact begins then, the cluster is not there or the office does not last.")
            form.add_error("starts_on", why)
    blocks = [
        Block(
            _("Who was it when"),
            events=[
                Event(
                    t.starts_on,
                    t.person.name,
                    t.handover if may else "",
                    until=history[i - 1].starts_on if i else None,
                    colour=cluster.colour,
                )
                for i, t in enumerate(history)
            ],
            text=_before_the_first(cluster, history),
        )
    ]
    if form is not None:
        blocks.append(Block(_("Hand over"), form=form, button=_("Hand over")))
    page = WorkingPage(
        _("Contact of %(cluster)s") % {"cluster": cluster.name},
        _("A term ends on the day on which the next begins."),
        blocks,
    )
    return show(request, page, [Crumb(_("Contacts"), reverse("support:contacts")), Crumb(cluster.name)])
