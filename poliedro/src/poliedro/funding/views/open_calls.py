"""Open calls of others: the list with filters, one call, one's digest, what is read."""

from __future__ import annotations

import re
from datetime import date

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from poliedro.funding.models import Call
from poliedro.funding.models.open_calls import CallInterest, OpenCall
from poliedro.funding.queries.open_calls import (
    counted,
    countries_worked_with,
    digests_of,
    firms_of,
    open_calls,
    reach,
)
from poliedro.funding.rules.open_hint import Ask, Hint, With, ask_of, hint
from poliedro.funding.services.call_letters import interest_of, stop_letters
from poliedro.funding.services.open_calls import note_applied, note_reading, set_interest
from poliedro.funding.views.calls import title_of
from poliedro.funding.views.open_call_forms import FilterForm, InterestForm
from poliedro.shared.access import needs, public, signed_in
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb, Table
from poliedro.shared.spoken import short_day
from poliedro.shared.spreadsheet import csv_file
from poliedro.shared.templatetags.poliedro import source_words, spoken_number

SIZE = 25


def _item(call: OpenCall) -> Item:
    until = short_day(call.deadline) if call.deadline else _("no deadline stated")
    money = f", {_grant(call)} EUR" if call.least_eur and call.most_eur else ""
    return Item(
        call.title,
        url=reverse("funding:open_call", args=[call.pk]),
        tag=str(call.get_status_display()),
        meta=_("%(programme)s, by %(day)s") % {"programme": call.programme, "day": until} + money,
        text=" · ".join(t for t in (call.kind, _short(ask_of(call.kind))) if t),
    )


def _short(ask: Ask) -> str:
    """Whether a firm can take part, in a few words; nothing where the type of action does not tell."""
    if ask.who is With.PARTNERS:
        return _("for firms, with partners from %(n)d countries together") % {"n": ask.countries}
    return {
        With.ALONE: _("for firms, also alone"),
        With.NOT_FIRMS: _("firms are no applicants"),
        With.UNKNOWN: "",
    }[ask.who]


def _paragraphs(text: str) -> str:
    """The text with a paragraph before each heading of the Commission's template: they arrive glued to the rest."""
    return re.sub(r"\s*(?<![A-Z])(Expected Outcomes?|Expected Impacts?|Scope|Objectives?|Specific Challenge):\s*",
                  r"\n\n\1:\n", text).strip()  # fmt: skip


def _procedure(stages: str) -> str:
    return {"single-stage": _("in one stage"), "two-stage": _("in two stages")}.get(stages, stages)


def _grant(call: OpenCall) -> str:
    """What one grant may be, in the reader's numbers; a question mark for an end that is not stated."""
    ends = ["?" if n is None else spoken_number(n, 0) for n in (call.least_eur, call.most_eur)]
    return ends[0] if ends[0] == ends[1] else " - ".join(ends)


@public
def feed(request: HttpRequest) -> HttpResponse:
    """What is open, for whom, until when."""
    today = timezone.localdate()
    asked = {name: request.GET.get(name, "").strip()[:200] for name in ("words", "programme", "kind", "status")}
    form = FilterForm(
        initial=asked, programmes=counted(today, "programme"), kinds=counted(today, "kind"), auto_id="filter_%s"
    )
    rows = open_calls(today, **asked)
    page = Paginator(rows, SIZE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    links = []
    for number, label in ((page.number - 1, _("Previous")), (page.number + 1, _("Next"))):
        if 1 <= number <= page.paginator.num_pages:
            kept["page"] = str(number)
            links.append((label, f"?{kept.urlencode()}"))
    links.append((_("All as CSV"), f"{reverse('funding:open_calls_csv')}?{request.GET.urlencode()}"))
    if request.user.is_authenticated:
        links.append((_("My digest"), reverse("funding:call_digest")))
    if request.user.has_perm("funding.view_call_reach"):
        links.append((_("What is read"), reverse("funding:call_reach")))
    blocks = [
        Block(form=form, button=_("Filter"), method="get"),
        Block(
            items=[_item(c) for c in page.object_list],
            empty=_("Nothing fits. Take a word away, or load the EU's open calls with 'poliedro open-calls'."),
            links=links,
        ),
    ]
    n = page.paginator.count
    title = ngettext("%(n)d call is open or opens soon", "%(n)d calls are open or open soon", n) % {"n": n}
    return show(
        request,
        WorkingPage(title, _("From the European Commission's Funding & Tenders portal, next deadline first."), blocks),
        [Crumb(_("Open calls"))],
    )


@public
def feed_csv(request: HttpRequest) -> HttpResponse:
    """The same list as CSV."""
    asked = {name: request.GET.get(name, "").strip()[:200] for name in ("words", "programme", "kind", "status")}
    header = ["topic", "title", "programme", "kind", "status", "deadline", "least_eur", "most_eur", "url"]
    rows = [
        [c.topic, c.title, c.programme, c.kind, c.status, c.deadline, c.least_eur, c.most_eur, c.url]
        for c in open_calls(timezone.localdate(), **asked)
    ]
    return csv_file("open-calls", [header, *rows])


@public
def open_call(request: HttpRequest, pk: int) -> HttpResponse:
    """One call. Opening it is counted for whoever signed in."""
    call = get_object_or_404(OpenCall, pk=pk)
    person = getattr(request.user, "person", None) if request.user.is_authenticated else None
    buttons = []
    if person is not None:
        reading = note_reading(call=call, person=person)
        if reading.applied_on is None:
            buttons = [Button(_("We applied"), reverse("funding:call_applied", args=[call.pk]))]
    facts = [
        (_("Programme"), call.programme),
        (_("Call"), f"{call.call} {call.call_title}".strip()),
        (_("Type of action"), call.kind),
        (_("Deadline"), short_day(call.deadline) if call.deadline else _("no deadline stated")),
        (_("Procedure"), _procedure(call.stages)),
        (_("One grant, EUR"), _grant(call)),
        (_("Grants expected"), "" if call.grants is None else str(call.grants)),
        (_("Keywords"), call.keywords),
    ]
    blocks = [
        Block(table=Table(["", ""], [[k, v] for k, v in facts if v], full=True, caption=_("At a glance"))),
        Block(_("Can a firm take part?"), text=_general(ask_of(call.kind)), items=_for_firms(request, call)),
        Block(_("What it is about"), text=_paragraphs(call.text[:6000]) or _("Not stated.")),
        Block(folded=_("For whom, and on which conditions"), text=call.who[:12000] or _("Not stated.")),
        Block(links=[(_("At the Commission"), call.url)] if call.url else []),
    ]
    if buttons:
        blocks.append(Block(items=[Item(_("Did your cluster or one of its members apply?"), buttons=buttons)]))
    page = WorkingPage(call.title, f"{call.topic}, {call.get_status_display()}", blocks)
    return show(request, page, [Crumb(_("Open calls"), reverse("funding:open_calls")), Crumb(call.topic)])


def _general(ask: Ask) -> str:
    """What the type of action asks of anyone, with the rule behind it."""
    if ask.who is With.UNKNOWN:
        return _("The type of action does not tell; read the conditions below.")
    said = {
        With.ALONE: _("Yes, also alone."),
        With.PARTNERS: _("Yes, with partners: bodies from at least %(n)d countries take part together.")
        % {"n": ask.countries},
        With.NOT_FIRMS: _("Not as an applicant: it is for others, as the rule says."),
    }[ask.who]
    if ask.rate is not None:
        said += " " + _("A firm gets up to %(rate)s%% of its cost.") % {"rate": spoken_number(100 * ask.rate, 0)}
    return f"{said} " + _("A hint from the type of action (%(rule)s); the published conditions decide.") % {
        "rule": source_words(ask.source)
    }


def _for_firms(request: HttpRequest, call: OpenCall) -> list[Item]:
    """The hint for each organisation that the reader acts for."""
    items = []
    for firm in firms_of(request.user, timezone.localdate()):
        worked = countries_worked_with(firm.pk)
        found = hint(call.kind, home=firm.country, partners=set(worked), least_eur=call.least_eur)
        items.append(
            Item(str(firm), url=reverse("portal:organisation", args=[firm.pk]), text=_firm_words(found, worked))
        )
    return items


def _firm_words(found: Hint, worked: dict[str, int]) -> str:
    said = []
    if found.ask.who is With.PARTNERS:
        known = ", ".join(f"{country} ({n})" for country, n in list(worked.items())[:8])
        if found.missing:
            said.append(_("Partners from %(n)d more countries are needed.") % {"n": found.missing})
        else:
            said.append(_("It has worked with bodies from enough countries."))
        said.append(_("So far it has worked with: %(known)s.") % {"known": known or _("nobody from another country")})
    if found.own_eur is not None:
        said.append(
            _("With the least grant all partners together pay EUR %(own)s themselves.")
            % {"own": spoken_number(found.own_eur, 0)}
        )
    return " ".join(said)


@signed_in
@require_POST
def call_applied(request: HttpRequest, pk: int) -> HttpResponse:
    call = get_object_or_404(OpenCall, pk=pk)
    person = getattr(request.user, "person", None)
    if person is not None:
        note_applied(call=call, person=person, on=timezone.localdate(), by=request.user)
    return redirect("funding:open_call", pk)


@signed_in
def digest(request: HttpRequest) -> HttpResponse:
    """What I want to hear of, and what is new to me."""
    person = getattr(request.user, "person", None)
    today = timezone.localdate()
    interest = CallInterest.objects.filter(person=person).first() if person else None
    start = {name: getattr(interest, name) for name in ("words", "programme", "days", "letter")} if interest else {}
    form = InterestForm(request.POST or None, initial=start, programmes=counted(today, "programme"))
    if person is not None and request.method == "POST" and form.is_valid():
        set_interest(person=person, by=request.user, **form.cleaned_data)
        return redirect("funding:call_digest")
    found, own = digests_of(person, today) if person else ([], [])
    n = len(found) + len(own)
    title = ngettext("%(n)d call for you", "%(n)d calls for you", n) % {"n": n}
    page = Paginator(found, SIZE).get_page(request.GET.get("page"))
    news = [
        Block(
            _("Of the region"),
            items=[_own_item(c, today) for c in own],
            empty=_("No call of the region fits what you want to hear of."),
            links=[(_("Calls of the region"), reverse("funding:calls"))],
        ),
        Block(
            _("Of the European Union"),
            text=_shown(page) if page.has_other_pages() else "",
            items=[_item(c) for c in page.object_list],
            empty=_("Nothing new. Say below what you want to hear of; what you opened leaves the digest."),
            links=[
                (label, f"?page={number}")
                for number, label in ((page.number - 1, _("Previous")), (page.number + 1, _("Next")))
                if 1 <= number <= page.paginator.num_pages
            ],
        ),
    ]
    if interest is None:  # not "0 calls": nobody was asked yet
        n = open_calls(today).count()
        title = _("Say what you want to hear of")
        every = ngettext("%(n)d call is open or opens soon", "%(n)d calls are open or open soon", n) % {"n": n}
        news = [
            Block(links=[(every, reverse("funding:open_calls")), (_("Calls of the region"), reverse("funding:calls"))])
        ]
    blocks = [*news, Block(_("What I want to hear of"), form=form, button=_("Keep"))]
    crumbs = [Crumb(_("Open calls"), reverse("funding:open_calls")), Crumb(_("My digest"))]
    lead = _("Also on 'My work', from two weeks before a deadline.")
    return show(request, WorkingPage(title, lead, blocks), crumbs, synthetic=any(c.is_synthetic for c in own))


def _shown(page: Page[OpenCall]) -> str:
    """Which of how many stand on the page: nothing is cut without being said."""
    return _("%(first)d to %(last)d of %(n)d, the next deadline first.") % {
        "first": page.start_index(),
        "last": page.end_index(),
        "n": page.paginator.count,
    }


def _own_item(call: Call, today: date) -> Item:
    """A call of the region in the digest."""
    later = call.opens_on is not None and call.opens_on > today
    until = short_day(call.closes_on) if call.closes_on else _("no deadline stated")
    return Item(
        title_of(call),
        url=reverse("funding:call", args=[call.key]),
        tag=_("opens later") if later else _("open for proposals"),
        meta=_("%(programme)s, by %(day)s") % {"programme": _("call of the region"), "day": until},
    )


@public
@csrf_exempt
def letter_stop(request: HttpRequest, token: str) -> HttpResponse:
    """From the link in a letter, without signing in: one button ends them. A mail program may post it by itself."""
    interest = interest_of(token)
    if interest is None:
        raise Http404
    if request.method == "POST":
        stop_letters(interest=interest)
    over = interest.letter == CallInterest.Letter.NONE
    block = (
        Block(text=_("No more letters come. You can ask for them again in your digest."))
        if over
        else Block(
            items=[Item(_("You get a letter with new calls."), buttons=[Button(_("End the letters"), token=False)])]
        )
    )
    return show(
        request,
        WorkingPage(_("Letters about open calls"), "", [block]),
        [Crumb(_("Open calls"), reverse("funding:open_calls")), Crumb(_("Letters"))],
    )


@needs("funding.view_call_reach")
def call_reach(request: HttpRequest) -> HttpResponse:
    """Which calls are read, and how many say that they applied (R074)."""
    rows = reach()
    table = Table(
        [_("Call"), _("People who read it"), _("Who applied")],
        [[r.call.title, r.read, r.applied] for r in rows],
        numeric=(1, 2),
        links={i: reverse("funding:open_call", args=[r.call.pk]) for i, r in enumerate(rows)},
        full=True,
    )
    blocks = [Block(table=table if rows else None, text="" if rows else _("Nobody has opened a call yet."))]
    page = WorkingPage(_("What is read of the open calls"), _("Counted once a person, without names."), blocks)
    return show(request, page, [Crumb(_("Open calls"), reverse("funding:open_calls")), Crumb(_("What is read"))])
