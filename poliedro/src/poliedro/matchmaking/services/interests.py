"""From interest to tie: each side agrees at each step, and everything ends in a tie or a reason why not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.matchmaking.models import Card, Interest
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.routing import working_days_later
from poliedro.matchmaking.rules.states import CARD, INTEREST, can_move
from poliedro.matchmaking.services.steps import check, creator, in_language, move, note, write_to
from poliedro.registry.models import Organisation

ANSWER_DAYS = 10
"""Working days that the owner of a card has to answer."""
LAPSES = timedelta(days=45)
"""An interest that nobody answered for so long after the promised day lapses."""
QUIET = timedelta(days=30)
"""After an introduction, so long without a result brings a reminder."""


@transaction.atomic
def express_interest(
    *,
    card: Card,
    organisation: Organisation,
    why: str,
    brings: str,
    by: Any,
    expects: str = "",
    route: str = Interest.Route.SEARCH,
    own_card: Card | None = None,
    today: date | None = None,
) -> Interest:
    """Tell the owner of a card that an organisation is interested, and who it is: by that it consents to be known to
    the owner. Raises Refused: own_card, not_published, rival, already."""
    check(by, "matchmaking.act_for", organisation)
    if card.organisation_id == organisation.pk:
        raise Refused("own_card", card.code)
    if card.state != Card.State.PUBLISHED:
        raise Refused("not_published", card.state)
    if are_rivals(card, organisation, own_card):
        raise Refused("rival", card.code)
    open_states = (Interest.State.SENT, Interest.State.ACCEPTED, Interest.State.INTRODUCED)
    if Interest.objects.filter(card=card, organisation=organisation, state__in=open_states).exists():
        raise Refused("already", card.code)
    day = today or timezone.localdate()
    made = Interest(
        card=card,
        organisation=organisation,
        own_card=own_card,
        route=route,
        why=why,
        brings=brings,
        expects=expects,
        answer_by=working_days_later(day, ANSWER_DAYS),
        created_by=creator(by),
        certainty=card.certainty,
    )
    made.full_clean()
    made.save(force_insert=True)
    note(made, Interest.State.SENT, by=by)
    _tell_owner(made, _("An organisation is interested in your card %(code)s") % {"code": card.code})
    return made


def are_rivals(card: Card, organisation: Organisation, own_card: Card | None = None) -> bool:
    """Direct competitors: same four-digit activity, same country, same size class; unless both cards open to them."""
    owner = card.organisation
    same = (
        owner.nace_id is not None
        and owner.nace_id == organisation.nace_id
        and owner.country == organisation.country
        and bool(owner.size_class)
        and owner.size_class == organisation.size_class
    )
    return same and not (card.open_to_rivals and own_card is not None and own_card.open_to_rivals)


@transaction.atomic
def answer_interest(*, interest: Interest, accept: bool, by: Any, text: str = "") -> Interest:
    """The owner of the card agrees to be known to the other side, or declines and stays unknown."""
    check(by, "matchmaking.act_for", interest.card)
    state = Interest.State.ACCEPTED if accept else Interest.State.DECLINED
    fields: dict[str, Any] = {"answered_at": timezone.now()}
    if not accept:
        fields |= {"closed_at": timezone.now()}
    moved = move(interest, INTEREST, state, by=by, text=text, **fields)
    asker = moved.created_by
    if asker is not None:
        with in_language(asker.language):
            write_to(
                asker.email,
                asker.language,
                _("Your interest in %(code)s was answered") % {"code": moved.card.code},
                _("Both sides are interested: see who it is and agree on a first meeting.")
                if accept
                else _("The other side declined."),
                f"/interests/{moved.pk}/",
            )
    return moved


@transaction.atomic
def introduce(*, interest: Interest, meeting_on: date | None, by: Any, text: str = "") -> Interest:
    """The two know each other and meet. Either side, or who reviews the card, may say so."""
    _check_side(interest, by)
    return move(
        interest,
        INTEREST,
        Interest.State.INTRODUCED,
        by=by,
        text=text,
        introduced_at=timezone.now(),
        meeting_on=meeting_on,
    )


@transaction.atomic
def go_on_after_meeting(*, card: Card, organisation: Organisation, event: str, tie: str, by: Any) -> Interest:
    """Two who met at an event go on about a card: introduced, since each knows the other; with `tie`, tied at once.

    An interest of the two that is open already is brought to the same state.
    """
    now = timezone.now()
    open_states = (Interest.State.SENT, Interest.State.ACCEPTED, Interest.State.INTRODUCED)
    found = Interest.objects.filter(card=card, organisation=organisation, state__in=open_states).first()
    if found is None:
        text = _("They met at %(event)s.") % {"event": event}
        found = Interest(
            card=card,
            organisation=organisation,
            route=Interest.Route.EVENT,
            why=text,
            brings=text,
            answer_by=timezone.localdate(),
            created_by=creator(by),
            certainty=card.certainty,
        )
        found.full_clean()
        found.save(force_insert=True)
        note(found, Interest.State.SENT, by=by, text=event)
    if found.state == Interest.State.SENT:
        found = move(found, INTEREST, Interest.State.ACCEPTED, by=by, text=event, answered_at=now)
    if found.state == Interest.State.ACCEPTED:
        found = move(found, INTEREST, Interest.State.INTRODUCED, by=by, text=event, introduced_at=now)
    if tie:
        found = move(
            found, INTEREST, Interest.State.TIED, by=by, text=event, tie=tie, outcome=event[:500], closed_at=now
        )
    return found


@transaction.atomic
def store_tie(
    *, interest: Interest, tie: str, outcome: str, by: Any, amount_eur: Any = None, settles: bool = False
) -> Interest:
    """It became a project, a contract, a hire, an investment, a licence or a visit."""
    _check_side(interest, by)
    moved = move(
        interest,
        INTEREST,
        Interest.State.TIED,
        by=by,
        text=outcome,
        tie=tie,
        outcome=outcome,
        amount_eur=amount_eur,
        closed_at=timezone.now(),
    )
    if settles and can_move(CARD, moved.card.state, Card.State.SETTLED):
        move(moved.card, CARD, Card.State.SETTLED, by=by)
    return moved


@transaction.atomic
def end_interest(*, interest: Interest, why_not: str, by: Any, outcome: str = "") -> Interest:
    """It led to nothing, and why."""
    _check_side(interest, by)
    return move(
        interest,
        INTEREST,
        Interest.State.ENDED,
        by=by,
        text=outcome,
        why_not=why_not,
        outcome=outcome,
        closed_at=timezone.now(),
    )


@transaction.atomic
def withdraw_interest(*, interest: Interest, by: Any) -> Interest:
    """The asking side takes its interest back."""
    check(by, "matchmaking.act_for", interest.organisation)
    return move(interest, INTEREST, Interest.State.WITHDRAWN, by=by, closed_at=timezone.now())


def _check_side(interest: Interest, by: Any) -> None:
    if by is None or by.has_perm("matchmaking.review_cards", interest.card):
        return
    if not {interest.organisation_id, interest.card.organisation_id} & set(own_organisations(by)):
        raise Refused("not_yours", f"interest {interest.pk}")


def remind_interests(today: date) -> str:
    """Daily: one reminder when an answer is late, one when an introduction stays without result; then it lapses."""
    reminded = lapsed = 0
    late = Interest.objects.filter(state=Interest.State.SENT, answer_by__lt=today).select_related("card__created_by")
    for interest in late:
        with transaction.atomic():
            if interest.answer_by + LAPSES < today:
                move(interest, INTEREST, Interest.State.LAPSED, by=None, closed_at=timezone.now())
                lapsed += 1
            elif interest.reminded_on is None:
                Interest.objects.filter(pk=interest.pk).update(reminded_on=today)
                _tell_owner(interest, _("An interest in %(code)s waits for you") % {"code": interest.card.code})
                note(interest, "reminded", by=None)
                reminded += 1
    quiet = Interest.objects.filter(
        state=Interest.State.INTRODUCED, introduced_at__date__lt=today - QUIET
    ).select_related("created_by")
    for interest in quiet:
        if interest.reminded_on is None or interest.reminded_on < today - QUIET:
            with transaction.atomic():
                Interest.objects.filter(pk=interest.pk).update(reminded_on=today)
                note(interest, "asked_result", by=None)
            reminded += 1
    return f"{reminded} reminded, {lapsed} lapsed"


def _tell_owner(interest: Interest, subject: str) -> None:
    owner = interest.card.created_by
    if owner is not None:
        with in_language(owner.language):
            write_to(
                owner.email,
                owner.language,
                subject,
                _("Read what it brings, and accept or decline. You stay unknown until you accept."),
                f"/interests/{interest.pk}/",
            )
