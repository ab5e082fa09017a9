"""Managers learn from managers: what colleagues offer to show, who asked whom, and that they met."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from poliedro.accounts.models import Person
from poliedro.accounts.queries import person_of
from poliedro.registry.queries.roles import managed_clusters
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb
from poliedro.shared.spoken import short_day
from poliedro.support.forms.agency import PeerForm, RatePeerForm
from poliedro.support.models import PeerExchange, PeerOffer
from poliedro.support.models.agency import COMPETENCE_LABELS
from poliedro.support.queries.agency import exchanges_of
from poliedro.support.services.agency import ask_peer, close_exchange, offer_to_peers, rate_peer, withdraw_offer
from poliedro.support.views.agency import agency_tabs, home_crumb
from poliedro.support.views.found import inside


def exchange_by_pk(pk: int) -> PeerExchange:
    found: PeerExchange = inside(PeerExchange.objects.select_related("offer", "who", "score"), pk)
    return found


@needs("support.use_agency")
@never_cache
def peers(request: HttpRequest) -> HttpResponse:
    """Who can show what, among managers; one's own offers and exchanges."""
    person = person_of(request)
    clusters = list(managed_clusters(request.user))
    form = PeerForm(request.POST or None, clusters=clusters) if clusters else None
    today = timezone.localdate()
    if request.method == "POST" and request.POST.get("do") in ("withdraw", "rate"):
        return _own(request, person)
    if form is not None and request.method == "POST" and form.is_valid():
        offer_to_peers(person=person, on=today, by=request.user, **form.cleaned_data)
        return redirect("support:peers")
    offers = PeerOffer.objects.filter(withdrawn_on=None).select_related("person", "cluster")
    exchanges = exchanges_of(person)
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
                    else [Button(_("Take back"), fields={"do": "withdraw", "offer": o.pk}, second=True)]
                    if o.person_id == person.pk
                    else [],
                )
                for o in offers
            ],
            empty=_("Nobody has offered anything yet."),
        ),
        Block(
            _("My exchanges"),
            items=[_exchange(e, person) for e in exchanges],
            empty=_("None yet. Only the two of you see an exchange."),
        ),
        *(_rate(e) for e in exchanges if e.met_on and e.offer.person_id == person.pk and e.learner_name),
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


def _exchange(found: PeerExchange, mine: Person) -> Item:
    """One exchange, with the address of the other: the two have to agree on a day."""
    shows = found.offer.person_id == mine.pk
    other = found.person_of() if shows else found.offer.person
    meet = Button(
        _("We met"), reverse("support:peer_met", args=[found.pk]), second=True, of=other.name if other else ""
    )
    return Item(
        str(COMPETENCE_LABELS.get(found.offer.competence, "")),
        text=" ".join(w for w in (other.name, other.email) if w) if other else _("erased"),
        meta=(_("asked you on %(day)s") if shows else _("you asked on %(day)s")) % {"day": short_day(found.asked_on)},
        tag=_("met") if found.met_on else _("asked"),
        buttons=[] if found.met_on else [meet],
    )


def _rate(found: PeerExchange) -> Block:
    """Whoever showed it says how well the colleague commands it now (R086)."""
    what = COMPETENCE_LABELS.get(found.offer.competence, "")
    return Block(
        folded=_("Say how well %(who)s commands: %(what)s") % {"who": found.learner_name, "what": what},
        form=RatePeerForm(auto_id=f"id_rate_{found.pk}_%s"),
        button=_("Keep"),
        do="rate",
        action=f"?exchange={found.pk}",
    )


def _own(request: HttpRequest, person: Person) -> HttpResponse:
    """Take an own offer back, or rate a colleague whom one showed something."""
    if request.POST.get("do") == "withdraw":
        key = request.POST.get("offer", "")
        mine = PeerOffer.objects.filter(person=person, withdrawn_on=None)
        if key.isdigit() and (offer := mine.filter(pk=int(key)).first()) is not None:
            withdraw_offer(offer=offer, on=timezone.localdate(), by=request.user)
            messages.success(request, _("Taken back."))
        return redirect("support:peers")
    form, key = RatePeerForm(request.POST), request.GET.get("exchange", "")
    shown = [e for e in exchanges_of(person) if str(e.pk) == key and e.offer.person_id == person.pk and e.met_on]
    if shown and form.is_valid():
        rate_peer(exchange=shown[0], level=form.cleaned_data["level"], on=timezone.localdate(), by=request.user)
        messages.success(request, _("Kept in your colleague's own grid; nobody else reads it."))
    else:
        messages.error(request, _("Choose a level."))
    return redirect("support:peers")


@needs("support.use_agency")
@require_POST
def peer_ask(request: HttpRequest, pk: int) -> HttpResponse:
    offer = get_object_or_404(PeerOffer, pk=pk, withdrawn_on=None)
    person = person_of(request)
    if offer.person_id == person.pk:
        messages.error(request, _("This is your own offer."))
    else:
        ask_peer(offer=offer, learner=person, on=timezone.localdate(), by=request.user)
        messages.success(request, _("Asked. Your colleague reads it under 'My work', with your address."))
    return redirect("support:peers")


@needs("support.open_coaching", exchange=exchange_by_pk)
@require_POST
def peer_met(request: HttpRequest, exchange: PeerExchange) -> HttpResponse:
    close_exchange(exchange=exchange, met_on=timezone.localdate(), score=None, by=request.user)
    return redirect("support:peers")
