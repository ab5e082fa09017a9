"""Managers learn from managers: what colleagues offer to show, who asked whom, and that they met."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from poliedro.registry.queries.roles import managed_clusters
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb
from poliedro.support.forms.agency import PeerForm
from poliedro.support.models import PeerExchange, PeerOffer
from poliedro.support.models.agency import COMPETENCE_LABELS
from poliedro.support.queries.agency import exchanges_of
from poliedro.support.services.agency import ask_peer, close_exchange, offer_to_peers
from poliedro.support.views.agency import agency_tabs, home_crumb
from poliedro.support.views.found import inside


def exchange_by_pk(pk: int) -> PeerExchange:
    found: PeerExchange = inside(PeerExchange.objects.select_related("offer", "who", "score"), pk)
    return found


@needs("support.use_agency")
def peers(request: HttpRequest) -> HttpResponse:
    """Who can show what, among managers; one's own offers and exchanges."""
    person = request.user.person  # type: ignore[union-attr]
    clusters = list(managed_clusters(request.user))
    form = PeerForm(request.POST or None, clusters=clusters) if clusters else None
    today = timezone.localdate()
    if form is not None and request.method == "POST" and form.is_valid():
        offer_to_peers(person=person, on=today, by=request.user, **form.cleaned_data)
        return redirect("support:peers")
    offers = PeerOffer.objects.filter(withdrawn_on=None).select_related("person", "cluster")
    blocks = [
        Block(
            _("Who can show what"),
            items=[
                Item(
                    str(COMPETENCE_LABELS.get(o.competence, o.competence)),
                    text=o.text,
                    meta=f"{o.person.name}, {o.cluster.name}",
                    buttons=[
                        Button(
                            _("Ask"),
                            reverse("support:peer_ask", args=[o.pk]),
                            of=f"{o.person.name}: {COMPETENCE_LABELS.get(o.competence, '')}",
                        )
                    ]
                    if clusters and o.person_id != person.pk
                    else [],
                )
                for o in offers
            ],
            empty=_("Nobody has offered anything yet."),
        ),
        Block(
            _("My exchanges"),
            items=[
                Item(
                    str(COMPETENCE_LABELS.get(e.offer.competence, "")),
                    meta=f"{e.learner_name or _('erased')} - {e.offer.person.name}, {e.asked_on:%d.%m.%Y}",
                    tag=_("met") if e.met_on else _("asked"),
                    buttons=[]
                    if e.met_on
                    else [Button(_("We met"), reverse("support:peer_met", args=[e.pk]), second=True)],
                )
                for e in exchanges_of(person)
            ],
            empty=_("None yet. Only the two of you see an exchange."),
        ),
    ]
    if form is not None:
        blocks.append(Block(_("What can you show others?"), form=form, button=_("Offer")))
    page = WorkingPage(
        _("Managers learn from managers"),
        _("What colleagues of other clusters offer to show, and how to reach them."),
        blocks,
        tabs=agency_tabs(request.user, "support:peers"),
    )
    return show(request, page, [home_crumb(), Crumb(_("Colleagues"))])


@needs("support.use_agency")
@require_POST
def peer_ask(request: HttpRequest, pk: int) -> HttpResponse:
    offer = get_object_or_404(PeerOffer, pk=pk, withdrawn_on=None)
    ask_peer(offer=offer, learner=request.user.person, on=timezone.localdate(), by=request.user)  # type: ignore[union-attr]
    messages.success(request, _("Asked. Your colleague sees it under 'Colleagues'."))
    return redirect("support:peers")


@needs("support.open_coaching", exchange=exchange_by_pk)
@require_POST
def peer_met(request: HttpRequest, exchange: PeerExchange) -> HttpResponse:
    close_exchange(exchange=exchange, met_on=timezone.localdate(), score=None, by=request.user)
    return redirect("support:peers")
