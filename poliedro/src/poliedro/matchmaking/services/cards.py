"""Cards: drafted, reviewed, published for a time, renewed or let go."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.matchmaking.models import Card, NotRelevant
from poliedro.matchmaking.queries.cards import cluster_of
from poliedro.matchmaking.queries.concepts import fields_named
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.states import CARD
from poliedro.matchmaking.services.steps import check, creator, in_language, move, note, write_to
from poliedro.registry.models import Organisation
from poliedro.shared.jobs import start_job
from poliedro.shared.search import Entry, index, remove

LIFE = timedelta(days=180)
WARNED = timedelta(days=14)


@transaction.atomic
def draft_card(*, organisation: Organisation, by: Any, **fields: Any) -> Card:
    """A new card of an organisation, seen by its own people alone. Raises Refused."""
    check(by, "matchmaking.act_for", organisation)
    kind = fields["kind"]
    letter = "N" if kind == Card.Kind.NEED else "O"
    newest = Card.objects.filter(kind=kind).aggregate(n=Max("pk"))["n"] or 0
    card = Card(organisation=organisation, cluster=cluster_of(organisation), created_by=creator(by), **fields)
    card.code = f"{letter}-{newest + 1:04d}"
    while Card.objects.filter(code=card.code).exists():
        newest += 1
        card.code = f"{letter}-{newest + 1:04d}"
    card.tags = sorted({*card.tags, *fields_named(f"{card.title} {card.text}")})
    _check_anonymous(card)
    card.full_clean()
    card.save(force_insert=True)
    note(card, "draft", by=by)
    return card


@transaction.atomic
def change_card(*, card: Card, by: Any, **fields: Any) -> Card:
    """Change a card; one that was published goes back to review. Raises Refused, MoveRefused."""
    check(by, "matchmaking.act_for", card)
    for name, value in fields.items():
        setattr(card, name, value)
    card.tags = sorted({*card.tags, *fields_named(f"{card.title} {card.text}")})
    _check_anonymous(card)
    card.full_clean()
    card.save(update_fields=[*fields, "tags"])
    if card.state == Card.State.PUBLISHED:
        remove("card", [card.code])
        return move(card, CARD, Card.State.SUBMITTED, by=by, submitted_at=timezone.now())
    note(card, "changed", by=by)
    return card


def submit_card(*, card: Card, by: Any) -> Card:
    """Ask for its publication."""
    check(by, "matchmaking.act_for", card)
    return move(card, CARD, Card.State.SUBMITTED, by=by, submitted_at=timezone.now())


@transaction.atomic
def publish_card(*, card: Card, by: Any, note_to_owner: str = "", today: date | None = None) -> Card:
    """Let others read it, for LIFE. The index and the matches are brought up to date in the background."""
    check(by, "matchmaking.review_cards", card)
    day = today or timezone.localdate()
    published = move(
        card,
        CARD,
        Card.State.PUBLISHED,
        by=by,
        text=note_to_owner,
        published_at=timezone.now(),
        expires_on=day + LIFE,
        review_note=note_to_owner,
    )
    index_card(published)
    refresh_later(by=by)
    return published


def refuse_card(*, card: Card, by: Any, note_to_owner: str) -> Card:
    """Send it back with what has to change."""
    check(by, "matchmaking.review_cards", card)
    return move(card, CARD, Card.State.REFUSED, by=by, text=note_to_owner, review_note=note_to_owner)


def withdraw_card(*, card: Card, by: Any) -> Card:
    check(by, "matchmaking.act_for", card)
    remove("card", [card.code])
    return move(card, CARD, Card.State.WITHDRAWN, by=by)


def settle_card(*, card: Card, by: Any) -> Card:
    """It found what it looked for."""
    check(by, "matchmaking.act_for", card)
    remove("card", [card.code])
    return move(card, CARD, Card.State.SETTLED, by=by)


@transaction.atomic
def renew_card(*, card: Card, by: Any, today: date | None = None) -> Card:
    """Show it for another LIFE from today; what was reviewed needs no new review. Raises Refused."""
    check(by, "matchmaking.act_for", card)
    day = today or timezone.localdate()
    if card.state == Card.State.EXPIRED:
        renewed = move(card, CARD, Card.State.PUBLISHED, by=by, published_at=timezone.now(), expires_on=day + LIFE)
        index_card(renewed)
        return renewed
    if card.state != Card.State.PUBLISHED:
        raise Refused("not_published", card.state)
    Card.objects.filter(pk=card.pk).update(expires_on=day + LIFE)
    note(card, "renewed", by=by)
    card.expires_on = day + LIFE
    return card


def expire_cards(today: date) -> str:
    """Daily: what is past its last day shows no more, and its owner is told."""
    gone = list(Card.objects.filter(state=Card.State.PUBLISHED, expires_on__lte=today).select_related("created_by"))
    for card in gone:
        with transaction.atomic():
            move(card, CARD, Card.State.EXPIRED, by=None)
            remove("card", [card.code])
            owner = card.created_by
            if owner is not None:
                with in_language(owner.language):
                    write_to(
                        owner.email,
                        _("Your card %(code)s has expired") % {"code": card.code},
                        _("It no longer shows. Renew it with one click if it still holds."),
                        f"/cards/{card.code}/",
                    )
    return f"{len(gone)} cards expired"


@transaction.atomic
def say_not_relevant(*, card: Card, other: Card, reason: str, by: Any) -> NotRelevant:
    """Why a match is none; the next run leaves the pair out and weighs that reason more."""
    check(by, "matchmaking.act_for", card)
    said, _made = NotRelevant.objects.update_or_create(
        card=card, other=other, defaults={"reason": reason, "by": creator(by), "at": timezone.now()}
    )
    note(card, "not_relevant", by=by, text=f"{other.code}: {reason}")
    return said


def index_card(card: Card) -> None:
    """Make a public card findable by words. Who stands behind it is no part of that."""
    if card.audience == Card.Audience.PUBLIC:
        index([Entry("card", card.code, card.title, card.text, f"/cards/{card.code}/")])


def refresh_later(*, by: Any) -> None:
    start_job(name="matchmaking.refresh", title=_("Search index and matches"), by=by)


def _check_anonymous(card: Card) -> None:
    """An anonymous card that names its organisation is none."""
    name = (card.organisation.short_name or card.organisation.name).strip().lower()
    if card.anonymous and len(name) > 3 and name in f"{card.title} {card.text}".lower():
        raise Refused("names_itself", card.code)
