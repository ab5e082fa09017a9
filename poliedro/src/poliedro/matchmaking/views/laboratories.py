"""Experts and laboratories, their equipment, slots and bookings."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.matchmaking.forms import (
    BookingForm,
    EquipmentForm,
    ProfileForm,
    PublicationForm,
    ResultForm,
    SlotForm,
)
from poliedro.matchmaking.models import Booking, Equipment, ExpertProfile, Slot
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.queries.concepts import labels_of
from poliedro.matchmaking.services import laboratories as labs_
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, page
from poliedro.matchmaking.views.find import one
from poliedro.registry.models import Participation
from poliedro.registry.present import facet
from poliedro.registry.queries.visibility import hidden_from, kept_back
from poliedro.shared.access import public, signed_in
from poliedro.shared.components import Crumb, Empty
from poliedro.shared.templatetags.poliedro import day as spoken_day
from poliedro.shared.templatetags.poliedro import spoken_number

SHOWN_SLOTS = 12


def crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(_("Experts and laboratories"), reverse("matchmaking:experts")), *more]


@public
def experts(request: HttpRequest) -> HttpResponse:
    """Who knows what at universities and laboratories, and which instruments can be booked."""
    hidden = kept_back(request.user)["expertise"]
    rows = ExpertProfile.objects.filter(agreed_at__isnull=False).select_related("organisation", "person")
    rows = rows.exclude(organisation__in=hidden)
    kind = request.GET.get("kind", "")
    counts = dict(rows.order_by().values_list("kind").annotate(n=Count("pk")))
    if kind in ExpertProfile.Kind.values:
        rows = rows.filter(kind=kind)
    found = list(rows.order_by("name", "pk")[:200])
    instruments = Equipment.objects.exclude(laboratory__organisation__in=hidden)
    kits = list(instruments.select_related("laboratory__organisation").order_by("name", "pk")[:200])
    free = dict(
        Slot.objects.filter(starts_at__gt=timezone.now())
        .exclude(bookings__state__in=("asked", "confirmed", "used"))
        .order_by()
        .values_list("equipment")
        .annotate(n=Count("pk"))
    )
    links = [(_("Ask in your own words"), reverse("matchmaking:ask"))]
    if own_organisations(request.user):
        links.append((_("New profile"), reverse("matchmaking:new_expert")))
        links.append((_("Our bookings"), reverse("matchmaking:bookings")))
    return page(
        request,
        Shown(
            _("%(n)d experts and laboratories can be asked, %(kits)d instruments booked")
            % {"n": sum(counts.values()), "kits": len(kits)},
            _("What they know in their own words, with projects and publications; prices with and without aid."),
            [
                Part(
                    links=links,
                    items=[
                        Item(
                            p.name,
                            reverse("matchmaking:expert", args=[p.pk]),
                            meta=f"{p.get_kind_display()} · {p.organisation}",
                            text=p.text,
                            tags=labels_of(p.tags)[:6],
                        )
                        for p in found
                    ],
                    empty=Empty(
                        _("No profile yet"),
                        _("Universities and laboratories describe here what they know; the page Ask finds it."),
                    ),
                ),
                Part(
                    _("Instruments and facilities"),
                    items=[
                        Item(
                            e.name,
                            reverse("matchmaking:equipment", args=[e.pk]),
                            meta=f"{e.laboratory}, {e.laboratory.organisation}",
                            text=e.text,
                            tags=[
                                ngettext("%(n)d free slot", "%(n)d free slots", free.get(e.pk, 0))
                                % {"n": free.get(e.pk, 0)},
                                _("%(eur)s EUR an hour") % {"eur": spoken_number(e.market_eur_hour, 0)},
                            ],
                        )
                        for e in kits
                    ],
                    empty=Empty(_("No instrument yet"), _("Laboratories list here what others may book.")),
                ),
            ],
            [Crumb(_("Experts and laboratories"))],
            synthetic=any(p.is_synthetic for p in found),
            facets=[
                facet(
                    "kind",
                    _("What is it"),
                    [(k, str(v), counts.get(k, 0)) for k, v in ExpertProfile.Kind.choices],
                    request.GET,
                )
            ],
        ),
    )


@public
def expert(request: HttpRequest, pk: int) -> HttpResponse:
    """What an expert or laboratory knows: own words, publications, the projects of its organisation, equipment."""
    found = one(ExpertProfile.objects.select_related("organisation", "person"), pk)
    user = request.user
    own = user.is_authenticated and user.has_perm("matchmaking.act_for", found)
    hidden = hidden_from(found.organisation, user)
    if not own and (found.agreed_at is None or "expertise" in hidden):
        raise Http404(str(pk))
    facts: list[tuple[str, Any]] = [(_("Organisation"), found.organisation)]
    if found.person and found.person.orcid:
        facts.append(("ORCID", found.person.orcid))
    if found.languages:
        facts.append((_("Languages"), ", ".join(found.languages)))
    if found.website:
        facts.append((_("Page"), found.website))
    parts = Participation.objects.known().filter(organisation=found.organisation, project__retracted_at=None)
    projects = list(parts.select_related("project").order_by("-project__starts_on", "project_id")[:8])
    if "projects" in hidden:
        projects = []
    here = reverse("matchmaking:expert", args=[pk])
    actions = []
    if own:
        actions = [
            Action(
                "publication",
                _("Add"),
                lambda **f: str(labs_.add_publication(profile=found, by=user, **f) and here),
                PublicationForm,
                title=_("Add a publication"),
                closed=True,
            )
        ]
        if found.kind == ExpertProfile.Kind.LABORATORY:
            actions.append(
                Action(
                    "equipment",
                    _("Add"),
                    lambda **f: reverse(
                        "matchmaking:equipment",
                        args=[labs_.add_equipment(laboratory=found, by=user, **f).pk],
                    ),
                    EquipmentForm,
                    title=_("Add an instrument"),
                    closed=True,
                )
            )
    return page(
        request,
        Shown(
            found.name,
            "",
            [
                Part(
                    text=found.text,
                    facts=facts,
                    links=[
                        (
                            _("Ask this laboratory") if found.kind == "laboratory" else _("Ask this expert"),
                            reverse("matchmaking:ask") + f"?q={found.name}",
                        ),
                        (str(found.organisation), reverse("portal:organisation", args=[found.organisation_id])),
                    ],
                    actions=actions,
                ),
                Part(
                    _("Instruments and facilities"),
                    items=[
                        Item(e.name, reverse("matchmaking:equipment", args=[e.pk]), text=e.text)
                        for e in found.equipment.order_by("name")
                    ],
                    empty=Empty(_("None listed"), _("What others may book is listed here.")),
                ),
                Part(
                    _("Publications"),
                    items=[
                        Item(p.title, f"https://doi.org/{p.doi}" if p.doi else "", meta=str(p.year))
                        for p in found.publications.all()
                    ],
                    empty=Empty(_("None listed"), _("Publications make the profile easier to find.")),
                ),
                Part(
                    _("Latest projects of %(body)s") % {"body": found.organisation},
                    items=[
                        Item(
                            str(p.project),
                            reverse("portal:project", args=[p.project_id]),
                            meta=f"{p.project.get_scheme_display()}"
                            + (f", {p.project.starts_on.year}" if p.project.starts_on else ""),
                        )
                        for p in projects
                    ],
                    empty=Empty(_("No project is loaded for it."), _("CORDIS and regional projects fill this.")),
                ),
            ],
            crumbs(Crumb(found.name)),
            synthetic=found.is_synthetic,
            tags=[str(found.get_kind_display()), *labels_of(found.tags)],
        ),
    )


@signed_in
def new_expert(request: HttpRequest) -> HttpResponse:
    own = own_organisations(request.user)
    if not own:
        raise PermissionDenied(_("a profile belongs to an organisation that the person acts for"))
    return page(
        request,
        Shown(
            _("New profile"),
            _("Write as you would explain it to a firm: what you know, what you have done, what you would like to do."),
            [
                Part(
                    actions=[
                        Action(
                            "save",
                            _("Save"),
                            lambda **f: reverse(
                                "matchmaking:expert",
                                args=[labs_.describe_expertise(by=request.user, **f).pk],
                            ),
                            lambda *args, **more: ProfileForm(*args, own=own, **more),
                            title=_("Expert or laboratory"),
                            done=_("Saved; it is found once the index is built tonight."),
                        )
                    ]
                )
            ],
            crumbs(Crumb(_("New profile"))),
        ),
    )


@public
def equipment(request: HttpRequest, pk: int) -> HttpResponse:
    """An instrument: price classes, free slots, and for its laboratory the bookings."""
    found = one(Equipment.objects.select_related("laboratory__organisation"), pk)
    user = request.user
    here = reverse("matchmaking:equipment", args=[pk])
    own = user.is_authenticated and user.has_perm("matchmaking.act_for", found.laboratory)
    if not own and "expertise" in hidden_from(found.laboratory.organisation, user):
        raise Http404(str(pk))
    bodies = own_organisations(user) if user.is_authenticated else []
    busy = Q(bookings__state__in=("asked", "confirmed", "used"))
    slots = list(found.slots.filter(starts_at__gt=timezone.now()).exclude(busy).order_by("starts_at")[:SHOWN_SLOTS])
    facts: list[tuple[str, Any]] = [
        (_("Laboratory"), f"{found.laboratory}, {found.laboratory.organisation}"),
        (_("Market price"), _("%(eur)s EUR an hour, no state aid") % {"eur": spoken_number(found.market_eur_hour, 2)}),
    ]
    if found.member_eur_hour is not None:
        saved = found.market_eur_hour - found.member_eur_hour
        facts.append(
            (
                _("Reduced price"),
                _("%(eur)s EUR an hour; %(aid)s EUR an hour is aid to the user")
                % {"eur": spoken_number(found.member_eur_hour, 2), "aid": spoken_number(saved, 2)},
            )
        )
    if found.needs_operator:
        facts.append((_("Use"), _("with its operator")))
    items = []
    for s in slots:
        actions = []
        if bodies and not own:
            actions.append(
                Action(
                    f"book-{s.pk}",
                    _("Ask for this slot"),
                    lambda s=s, **f: str(labs_.book(slot=s, by=user, **f) and here),
                    lambda *args, **more: BookingForm(*args, own=bodies, **more),
                    title=_("Book this slot"),
                    done=_("Asked for; the laboratory confirms."),
                    second=True,
                    closed=True,
                )
            )
        local = timezone.localtime(s.starts_at)
        items.append(
            Item(
                f"{spoken_day(local.date())}, {local:%H:%M}",
                meta=ngettext("%(n)d hour", "%(n)d hours", s.hours) % {"n": s.hours},
                actions=actions,
            )
        )
    parts = [
        Part(text=found.text, facts=facts),
        Part(
            _("Free slots"),
            "" if user.is_authenticated else _("Sign in for your organisation to book."),
            items=items,
            empty=Empty(_("No free slot"), _("Ask the laboratory; it lists new slots here.")),
        ),
    ]
    if own:
        parts.append(_bookings_of(user, found, here))
    return page(
        request,
        Shown(
            found.name,
            "",
            parts,
            crumbs(
                Crumb(str(found.laboratory), reverse("matchmaking:expert", args=[found.laboratory_id])),
                Crumb(found.name),
            ),
            synthetic=found.is_synthetic,
            tags=labels_of(found.tags),
        ),
    )


def _bookings_of(user: Any, found: Equipment, here: str) -> Part:
    rows = (
        Booking.objects.filter(slot__equipment=found).select_related("organisation", "slot").order_by("slot__starts_at")
    )
    items = []
    for b in rows:
        actions = []
        if b.state == Booking.State.ASKED:
            actions = [
                Action(
                    f"confirm-{b.pk}",
                    _("Confirm"),
                    lambda b=b: str(labs_.decide_booking(booking=b, confirm=True, by=user) and here),
                ),
                Action(
                    f"refuse-{b.pk}",
                    _("Refuse"),
                    lambda b=b: str(labs_.decide_booking(booking=b, confirm=False, by=user) and here),
                    second=True,
                ),
            ]
        elif b.state == Booking.State.CONFIRMED:
            actions = [
                Action(
                    f"used-{b.pk}",
                    _("It was used"),
                    lambda result, b=b: str(labs_.finish_booking(booking=b, result=result, by=user) and here),
                    ResultForm,
                    title=_("What came of it"),
                    closed=True,
                )
            ]
        items.append(
            Item(
                str(b.organisation),
                meta=f"{spoken_day(b.slot.starts_at.date())} · {b.get_state_display()} · "
                f"{spoken_number(b.price_eur, 2)} EUR",
                text=b.result or b.purpose,
                tags=[_("first contact with research")] if b.first_with_research else [],
                actions=actions,
            )
        )
    return Part(
        _("Bookings"),
        items=items,
        empty=Empty(_("No booking yet"), _("Who asks for a slot appears here, to confirm.")),
        actions=[
            Action(
                "slot",
                _("Add"),
                lambda **f: str(labs_.add_slot(equipment=found, by=user, **f) and here),
                SlotForm,
                title=_("Add a slot"),
                closed=True,
            )
        ],
    )


@signed_in
def bookings(request: HttpRequest) -> HttpResponse:
    """The slots that one's organisations asked for."""
    user = request.user
    own = own_organisations(user)
    here = reverse("matchmaking:bookings")
    rows = list(
        Booking.objects.filter(organisation__in=own)
        .select_related("slot__equipment__laboratory", "organisation")
        .order_by("-slot__starts_at")
    )
    aid = sum(b.aid_eur for b in rows if b.state in ("confirmed", "used"))
    return page(
        request,
        Shown(
            ngettext("%(n)d slot asked for, %(aid)s EUR of aid", "%(n)d slots asked for, %(aid)s EUR of aid", len(rows))
            % {"n": len(rows), "aid": spoken_number(aid, 0)},
            _("What the reduced price saved you is aid; keep it for your de minimis count."),
            [
                Part(
                    items=[
                        Item(
                            str(b.slot.equipment),
                            reverse("matchmaking:equipment", args=[b.slot.equipment_id]),
                            meta=f"{spoken_day(b.slot.starts_at.date())} · {b.get_state_display()} · "
                            f"{spoken_number(b.price_eur, 2)} EUR",
                            text=b.result or b.purpose,
                            actions=[
                                Action(
                                    f"cancel-{b.pk}",
                                    _("Cancel"),
                                    lambda b=b: str(labs_.cancel_booking(booking=b, by=user) and here),
                                    second=True,
                                )
                            ]
                            if b.state in ("asked", "confirmed")
                            else [],
                        )
                        for b in rows
                    ],
                    empty=Empty(
                        _("No booking yet"),
                        _("Find an instrument and ask for one of its slots."),
                        _("Experts and laboratories"),
                        reverse("matchmaking:experts"),
                    ),
                )
            ],
            crumbs(Crumb(_("Our bookings"))),
            synthetic=any(b.is_synthetic for b in rows),
        ),
    )
