"""Needs and offers: the list, a card, and what its reader may do with it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.matchmaking.forms import InterestForm, NoteForm, NotRelevantForm
from poliedro.matchmaking.models import Card, Interest
from poliedro.matchmaking.queries.cards import (
    Face,
    faces,
    is_inside,
    may_read,
    own_organisations,
    visible_cards,
)
from poliedro.matchmaking.queries.concepts import labels_of
from poliedro.matchmaking.queries.engine import matches_of
from poliedro.matchmaking.rules.faces import face_words
from poliedro.matchmaking.services import cards as cards_
from poliedro.matchmaking.services import interests as interests_
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, choices, page, steps_of
from poliedro.matchmaking.views.find import card_by_code
from poliedro.reference.models import Territory
from poliedro.registry.models import Organisation
from poliedro.registry.present import facet, link
from poliedro.registry.queries.visibility import kept_back
from poliedro.shared.access import public
from poliedro.shared.components import Crumb, Empty, Facet, Pages
from poliedro.shared.search import every_key
from poliedro.shared.spreadsheet import csv_file
from poliedro.shared.templatetags.poliedro import day as spoken_day
from poliedro.shared.templatetags.poliedro import spoken_number

SIZE = 20


def crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(_("Needs and offers"), reverse("matchmaking:cards")), *more]


@public
def cards(request: HttpRequest) -> HttpResponse:
    """What is needed and offered in the region."""
    rows = _chosen(request)
    text = request.GET.get("page", "1")
    number = max(1, int(text)) if text.isascii() and text.isdigit() else 1
    total = rows.count()
    shown = list(rows[(number - 1) * SIZE : number * SIZE])
    known = faces(shown, request.user)
    every = visible_cards(request.user)
    needs = every.filter(kind="need").count()
    actions: list[tuple[str, str]] = [(_("Ask in your own words"), reverse("matchmaking:ask"))]
    if own_organisations(request.user):
        actions += [
            (_("New card"), reverse("matchmaking:new_card")),
            (_("My cards"), reverse("matchmaking:my_cards")),
        ]
    return page(
        request,
        Shown(
            _("%(needs)d needs look for a partner, %(offers)d offers for a user")
            % {"needs": needs, "offers": every.count() - needs},
            _(
                "Firms, laboratories and schools say what they need and what they offer. Who stands behind a card may "
                "stay unknown until both sides are interested."
            ),
            [
                Part(
                    links=actions,
                    items=[item_of(c, known[c.pk]) for c in shown],
                    empty=Empty(
                        _("No card matches"),
                        _("Cards of needs and offers appear here once they are reviewed, such as: test of a film."),
                        _("Ask in your own words"),
                        reverse("matchmaking:ask"),
                    ),
                ),
                Part(links=[(_("Download CSV"), reverse("matchmaking:cards_csv") + link(request.GET))]),
            ],
            [Crumb(_("Needs and offers"))],
            synthetic=any(c.is_synthetic for c in shown),
            facets=_facets(request),
            pages=Pages(
                number,
                SIZE,
                len(shown),
                total,
                link(request.GET, page=number - 1) if number > 1 else "",
                _next(request, number) if number * SIZE < total else "",
            ),
        ),
    )


def _next(request: HttpRequest, number: int) -> str:
    query = link(request.GET)
    return f"{query}{'&' if len(query) > 1 else ''}page={number + 1}"


def item_of(card: Card, face: Face, **more: Any) -> Item:
    return Item(
        card.title,
        reverse("matchmaking:card", args=[card.code]),
        meta=f"{card.get_kind_display()}, {card.get_topic_display()} · {face_words(face)}",
        text=card.text,
        tags=labels_of(card.tags)[:5],
        **more,
    )


def _chosen(request: HttpRequest) -> QuerySet[Card]:
    rows = visible_cards(request.user)
    query = request.GET
    if query.get("kind") in Card.Kind.values:
        rows = rows.filter(kind=query["kind"])
    if query.get("topic") in Card.Topic.values:
        rows = rows.filter(topic=query["topic"])
    if query.get("field"):
        # JSON containment differs between the databases; the keys are few and quoted, so text does.
        rows = rows.filter(tags__icontains=f'"{query["field"][:60]}"')
    if query.get("province"):
        # Provinces only: by the code of its municipality an anonymous card would say where exactly it comes from.
        here = Q(code=query["province"][:20], level=Territory.Level.NUTS3)
        places = Territory.objects.filter(here | Q(parent__in=Territory.objects.filter(here)))
        rows = rows.filter(organisation__territory__in=places)
        rows = rows.exclude(organisation__in=kept_back(request.user)["place"])
    if query.get("q"):
        rows = rows.filter(code__in=every_key(query["q"][:200], "card"))
    return rows


def _facets(request: HttpRequest) -> list[Facet]:
    every = visible_cards(request.user)
    kinds = dict(every.order_by().values_list("kind").annotate(n=Count("pk")))
    topics = dict(every.order_by().values_list("topic").annotate(n=Count("pk")))
    tags: dict[str, int] = {}
    for own in every.order_by().values_list("tags", flat=True):
        for tag in own:
            tags[tag] = tags.get(tag, 0) + 1
    most = sorted(tags, key=lambda t: (-tags[t], t))[:12]
    return [
        facet("kind", _("Kind"), [(k, str(v), kinds.get(k, 0)) for k, v in Card.Kind.choices], request.GET),
        facet(
            "topic",
            _("About"),
            [(k, str(v), topics[k]) for k, v in Card.Topic.choices if k in topics],
            request.GET,
        ),
        facet(
            "field",
            _("Field"),
            [(t, words, tags[t]) for t, words in zip(most, labels_of(most), strict=True)],
            request.GET,
        ),
    ]


@public
def cards_csv(request: HttpRequest) -> HttpResponse:
    """The list as a file; of who stands behind a card, what the list itself shows."""
    rows = list(_chosen(request)[:5000])
    known = faces(rows, request.user)
    lines: list[list[Any]] = [
        ["code", "kind", "topic", "title", "text", "tags", "who", "published_on", "expires_on", "certainty"]
    ]
    for c in rows:
        cells = [c.code, c.kind, c.topic, c.title, c.text, " ".join(c.tags), face_words(known[c.pk])]
        published = c.published_at.date() if c.published_at else ""
        lines.append([*cells, published, c.expires_on, c.certainty])
    return csv_file("cards", lines)


@public
def card(request: HttpRequest, code: str) -> HttpResponse:
    """A card: what is wanted, who may stand behind it, what fits, and what the reader may do."""
    found = card_by_code(code)
    user = request.user
    if not may_read(user, found):
        raise Http404(code)
    face = faces([found], user)[found.pk]
    inside = is_inside(user, found)
    own = user.is_authenticated and user.has_perm("matchmaking.act_for", found)
    facts = [(_("Who"), face_words(face)), (_("Kind"), found.get_topic_display())]
    if found.trl_from or found.trl_to:
        facts.append((_("Technology readiness"), f"{found.trl_from or 1}-{found.trl_to or 9}"))
    if found.stage:
        facts.append((_("Stage"), found.get_stage_display()))
    if found.budget_eur is not None:
        facts.append((_("Budget"), f"{spoken_number(found.budget_eur, 0)} EUR"))
    if found.wanted_by:
        facts.append((_("Needed by"), spoken_day(found.wanted_by)))
    if found.within_km:
        facts.append((_("Partner within"), f"{found.within_km} km"))
    if found.partner_kinds:
        kinds = dict(Organisation.Kind.choices)
        facts.append((_("Kind of partner"), ", ".join(str(kinds[k]) for k in found.partner_kinds)))
    if found.rights:
        facts.append((_("Patents and licences"), found.rights))
    if found.expires_on:
        facts.append((_("Shown until"), spoken_day(found.expires_on)))
    parts = [Part(text=found.text, facts=facts, actions=_actions(request, found, own))]
    if face.organisation_id:
        parts[0].links = [(face.name, reverse("portal:organisation", args=[face.organisation_id]))]
    if inside:
        if found.review_note:
            parts.append(Part(_("From the review"), found.review_note))
        parts += _inside(request, found, own)
    return page(
        request,
        Shown(
            found.title,
            "",
            parts,
            crumbs(Crumb(found.code)),
            synthetic=found.is_synthetic,
            tags=[str(found.get_kind_display()), str(found.get_state_display()), *labels_of(found.tags)],
        ),
    )


def _actions(request: HttpRequest, found: Card, own: bool) -> list[Action]:
    user, state = request.user, found.state
    here = reverse("matchmaking:card", args=[found.code])
    actions: list[Action] = []
    if user.is_authenticated and state == Card.State.SUBMITTED and user.has_perm("matchmaking.review_cards", found):
        actions += [
            Action(
                "publish",
                _("Publish"),
                lambda: str(cards_.publish_card(card=found, by=user) and here),
                done=_("It is published; the index and the matches are being brought up to date."),
            ),
            Action(
                "refuse",
                _("Send back"),
                lambda note_to_owner: str(
                    cards_.refuse_card(card=found, by=user, note_to_owner=note_to_owner) and here
                ),
                NoteForm,
                done=_("It went back to its owner with your word."),
                second=True,
                closed=True,
            ),
        ]
    if own:
        actions += _own_actions(user, found, here)
    elif user.is_authenticated and state == Card.State.PUBLISHED and own_organisations(user):
        actions.append(_interest_action(request, found))
    return actions


def _own_actions(user: Any, found: Card, here: str) -> list[Action]:
    state, actions = found.state, []
    if state in (Card.State.DRAFT, Card.State.REFUSED, Card.State.EXPIRED):
        actions.append(
            Action(
                "submit",
                _("Ask for publication"),
                lambda: str(cards_.submit_card(card=found, by=user) and here),
                done=_("It is in review; you will read here what came of it."),
            )
        )
    if state in (Card.State.PUBLISHED, Card.State.EXPIRED):
        actions.append(
            Action(
                "renew",
                _("Renew for 180 days"),
                lambda: str(cards_.renew_card(card=found, by=user) and here),
                done=_("It shows for another 180 days."),
                second=True,
            )
        )
    if state == Card.State.PUBLISHED:
        actions.append(
            Action(
                "settle",
                _("It found what it looked for"),
                lambda: str(cards_.settle_card(card=found, by=user) and here),
                second=True,
            )
        )
    if state not in (Card.State.SETTLED, Card.State.WITHDRAWN):
        actions.append(
            Action(
                "withdraw",
                _("Withdraw"),
                lambda: str(cards_.withdraw_card(card=found, by=user) and reverse("matchmaking:my_cards")),
                done=_("It is withdrawn."),
                danger=True,
            )
        )
    return actions


def _interest_action(request: HttpRequest, found: Card) -> Action:
    user, own = request.user, own_organisations(request.user)
    route = request.GET.get("route", "")

    def do(organisation: Organisation, why: str, brings: str, expects: str, agreed: bool) -> str:
        made = interests_.express_interest(
            card=found,
            organisation=organisation,
            why=why,
            brings=brings,
            expects=expects,
            by=user,
            route=route if route in Interest.Route.values else Interest.Route.SEARCH,
        )
        return reverse("matchmaking:interest", args=[made.pk])

    return Action(
        "interest",
        _("Send our interest"),
        do,
        lambda *args, **more: InterestForm(*args, own=own, **more),
        title=_("We are interested"),
        under=_(
            "Three short answers. The owner reads them with your name, then accepts or declines; until then you "
            "do not learn who it is."
        ),
        done=_("Your interest was sent; the owner has ten working days to answer."),
    )


def _inside(request: HttpRequest, found: Card, own: bool) -> list[Part]:
    """What its own people and its reviewers see: matches, interests, steps."""
    user = request.user
    parts: list[Part] = []
    if own:
        parts[:0] = [
            Part(links=[(_("Change the card"), reverse("matchmaking:edit_card", args=[found.code]))]),
        ]
    if found.state == Card.State.PUBLISHED:
        matches = matches_of(found, user)
        known = faces([m.card for m in matches], user)
        items = []
        for m in matches:
            actions = []
            if own:
                actions.append(_not_relevant(user, found, m.card))
            item = item_of(m.card, known[m.card.pk], reasons=m.reasons, score=m.score, actions=actions)
            item.url += "?route=match"
            items.append(item)
        parts.append(
            Part(
                _("What fits, for both sides"),
                items=items,
                empty=Empty(
                    _("Nothing fits yet"),
                    _("The engine runs when a card is published and every night; what fits appears here with reasons."),
                ),
                notes=[
                    _("Each side's wishes are weighed; the score is the harmonic mean of the two: both must want it."),
                    _("Direct competitors are never suggested, nor is anyone shown too often."),
                    _("Saying why a match is none leaves the pair out and weighs that reason more in the next run."),
                ],
            )
        )
    rows = found.interests.select_related("organisation").order_by("-created_at")
    parts.append(
        Part(
            _("Interest in this card"),
            items=[
                Item(
                    str(i.organisation),
                    reverse("matchmaking:interest", args=[i.pk]),
                    meta=f"{i.get_state_display()} · {spoken_day(i.created_at.date())}",
                    text=i.why,
                )
                for i in rows
            ],
            empty=Empty(_("Nobody yet"), _("Interests of others appear here, to accept or decline.")),
        )
    )
    words = {
        **choices(Card, "state"),
        "not_relevant": _("a match was said to be none"),
        "renewed": _("renewed"),
        "changed": _("changed"),
    }
    parts.append(Part(_("Steps"), events=steps_of(f"card:{found.pk}", words)))
    return parts


def _not_relevant(user: Any, found: Card, other: Card) -> Action:
    return Action(
        f"no-{other.pk}",
        _("Say so"),
        lambda reason: str(
            cards_.say_not_relevant(card=found, other=other, reason=reason, by=user)
            and reverse("matchmaking:card", args=[found.code])
        ),
        NotRelevantForm,
        title=_("Not relevant"),
        done=_("Noted; the next run takes it into account."),
        second=True,
        closed=True,
    )
