"""Privacy: the record of processing for everybody; for a person the own consents, a copy of the own data, erasure."""

from __future__ import annotations

import json

from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from poliedro.accounts.models import Consent
from poliedro.accounts.personal import RECORD, ToldConsent, consents_told
from poliedro.accounts.services import copy_of_personal_data, erase_person, withdraw_consent
from poliedro.shared.access import public, signed_in
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb, Table
from poliedro.shared.spoken import short_day


@public
def privacy(request: HttpRequest) -> HttpResponse:
    """What is processed, why, on which basis, who reads it, how long it is kept."""
    table = Table(
        [_("What"), _("Why"), _("Legal basis"), _("Who reads it"), _("How long it is kept")],
        [[str(p.what), str(p.why), str(p.basis), str(p.who_reads), str(p.kept)] for p in RECORD],
        full=True,
        caption=_("Record of processing activities"),
    )
    gone = Block(
        _("Your data are erased"),
        text=_(
            "You are signed out and can no longer sign in. What was counted stays under nobody's name; conflicts of "
            "interest stay for three years, and the log as long as the table below says."
        ),
    )
    blocks = [
        *([gone] if "erased" in request.GET and not request.user.is_authenticated else []),
        Block(table=table),
        Block(
            _("Cookies"),
            text=_(
                "Pages that are only read set no cookie. Signing in sets one for the session, choosing a language one "
                "for the language; nothing else, and nothing of others."
            ),
        ),
        Block(links=[(_("My data"), reverse("portal:my_data"))] if request.user.is_authenticated else []),
    ]
    page = WorkingPage(
        _("What this site knows of people, and why"), _("Nobody is profiled, and nothing is sold."), blocks
    )
    return show(request, page, [Crumb(_("Privacy"))])


@signed_in
@never_cache
def my_data(request: HttpRequest) -> HttpResponse:
    """The own consents, the copy, and erasure."""
    person = getattr(request.user, "person", None)
    consents = list(Consent.objects.filter(person=person).order_by("-given_at", "pk")) if person else []
    blocks = [
        Block(
            _("What you agreed to"),
            items=[
                Item(
                    c.purpose,
                    text=c.wording,
                    meta=_("given on %(day)s") % {"day": short_day(c.given_at)},
                    tag=_("withdrawn") if c.withdrawn_at else "",
                    buttons=[]
                    if c.withdrawn_at
                    else [
                        Button(
                            _("Withdraw"),
                            reverse("portal:consent_withdraw", args=[c.pk]),
                            second=True,
                            of=c.purpose,
                        )
                    ],
                )
                for c in consents
            ]
            + [_told(t) for t in (consents_told(person) if person else ())],
            empty=_("Nothing. Where consent is needed, you are asked for each purpose."),
        ),
        Block(
            links=[
                (_("Read all that is held of me"), reverse("portal:my_data_read")),
                (_("Copy of all that is held of me (JSON)"), reverse("portal:my_data_copy")),
            ]
        ),
        Block(
            folded=_("Erase my data"),
            text=_(
                "Your name, address and words are erased at once, needs, coaching and your grid among them, and you "
                "can no longer sign in: clusters and organisations that you alone act for have nobody then, so hand "
                "over first. What was counted stays counted, under nobody's name. Conflicts of interest stay for three "
                "years, as the law asks."
            ),
            items=[
                Item(
                    _("This cannot be undone"),
                    buttons=[Button(_("Erase"), reverse("portal:my_data_erase"), {"sure": "yes"})],
                )
            ],
        ),
    ]
    page = WorkingPage(_("My data"), _("What is held of you, and what you can do about it."), blocks)
    return show(request, page, [Crumb(_("Privacy"), reverse("portal:privacy")), Crumb(_("My data"))])


def _told(consent: ToldConsent) -> Item:
    """A consent that a room keeps by itself, with what taking it back does."""
    return Item(
        consent.purpose,
        text=consent.wording,
        meta=_("given on %(day)s") % {"day": short_day(localtime(consent.given_at))} + ". " + consent.then,
        buttons=[Button(_("Withdraw"), consent.withdraw_url, second=True, of=consent.purpose)],
    )


@signed_in
@require_POST
def consent_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    consent = get_object_or_404(Consent, pk=pk)
    person = getattr(request.user, "person", None)
    if person is None or consent.person_id != person.pk:
        raise PermissionDenied
    withdraw_consent(consent=consent, by=request.user)
    return redirect("portal:my_data")


@signed_in
@never_cache
def my_data_copy(request: HttpRequest) -> HttpResponse:
    """All that is held of the reader, for the reader alone."""
    person = getattr(request.user, "person", None)
    held = copy_of_personal_data(person=person, by=request.user) if person is not None else {}
    response = HttpResponse(
        json.dumps(held, ensure_ascii=False, indent=1, default=str), content_type="application/json"
    )
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@signed_in
@require_POST
def my_data_erase(request: HttpRequest) -> HttpResponse:
    person = getattr(request.user, "person", None)
    if person is None or request.POST.get("sure") != "yes":
        messages.error(request, _("Nothing was erased: say that you are sure."))
        return redirect("portal:my_data")
    by = request.user
    erase_person(person=person, on=timezone.localdate(), by=by)
    logout(request)
    return redirect(f"{reverse('portal:privacy')}?erased=1")  # said there without a cookie
