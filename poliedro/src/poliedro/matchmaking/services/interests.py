"""From interest to tie: each side agrees at each step, and everything ends in a tie or a reason why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.matchmaking.models import Card, Interest
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.routing import working_days_later
from poliedro.matchmaking.rules.states import CARD, INTEREST, can_move
from poliedro.matchmaking.services.steps import check, creator, move, note, tell
from poliedro.registry.models import Organisation
from poliedro.registry.services.joint import record_joint_project, record_research_order

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
    the owner. Raises Refused: own_card, not_published, rival, interested."""
    check(by, "matchmaking.act_for", organisation)
    if card.organisation_id == organisation.pk:
        raise Refused("own_card", card.code)
    if card.state != Card.State.PUBLISHED:
        raise Refused("not_published", card.state)
    if are_rivals(card, organisation, own_card):
        raise Refused("rival", card.code)
    open_states = (Interest.State.SENT, Interest.State.ACCEPTED, Interest.State.INTRODUCED)
    if Interest.objects.filter(card=card, organisation=organisation, state__in=open_states).exists():
        raise Refused("interested", card.code)
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
    _tell_owner(made, lambda: _("An organisation is interested in your card %(code)s") % {"code": card.code})
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
    tell(
        moved.organisation_id,
        moved.created_by,
        lambda: _("Your interest in %(code)s was answered") % {"code": moved.card.code},
        lambda: (
            _("Both sides are interested: see who it is and agree on a first meeting.")
            if accept
            else _("The other side declined.")
        ),
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
        found = _become_tie(found, tie=tie, outcome=event[:500], by=by)
    return found


@transaction.atomic
def store_tie(
    *,
    interest: Interest,
    tie: str,
    outcome: str,
    by: Any,
    amount_eur: Any = None,
    settles: bool = False,
    joint_title: str = "",
    starts_on: date | None = None,
) -> Interest:
    """It became a project, a contract, a hire, an investment, a licence or a visit.

    A side that tells it asks the other one by letter to confirm it; a project or research contract enters the register
    when both have told it, or when staff in charge say so for both.
    """
    _check_side(interest, by)
    moved = _become_tie(
        interest,
        tie=tie,
        outcome=outcome,
        by=by,
        amount_eur=amount_eur,
        joint_title=joint_title,
        starts_on=starts_on,
    )
    if settles and may_settle(moved, by) and can_move(CARD, moved.card.state, Card.State.SETTLED):
        move(moved.card, CARD, Card.State.SETTLED, by=by)
    return moved


def may_settle(interest: Interest, by: Any) -> bool:
    """Whether the person may close the card: who acts for its owner, or staff in charge; not who answered it."""
    return by is None or any(by.has_perm(p, interest.card) for p in ("matchmaking.act_for", "matchmaking.review_cards"))


def _become_tie(interest: Interest, *, tie: str, outcome: str, by: Any, **fields: Any) -> Interest:
    told_by = _side_of(interest, by)
    moved = move(
        interest,
        INTEREST,
        Interest.State.TIED,
        by=by,
        text=outcome,
        tie=tie,
        outcome=outcome,
        told_by=told_by,
        closed_at=timezone.now(),
        **fields,
    )
    if told_by is None:
        return _keep_in_register(moved, by)
    _ask_to_confirm(moved)
    return moved


@transaction.atomic
def confirm_tie(*, interest: Interest, by: Any) -> Interest:
    """The other side tells the same: what both agreed on enters the register. Raises Refused: not_yours, already."""
    _check_side(interest, by)
    fresh = Interest.objects.select_for_update().get(pk=interest.pk)
    if fresh.state != Interest.State.TIED or fresh.confirmed_at is not None:
        raise Refused("already", str(fresh.pk))
    if not may_confirm(fresh, by):
        raise Refused("not_yours", f"interest {fresh.pk}")
    kept = _keep_in_register(fresh, by)
    note(kept, "confirmed", by=by)
    return kept


def may_confirm(interest: Interest, by: Any) -> bool:
    """Whether the person speaks for the side that has not told the tie yet, or for the staff in charge."""
    if interest.state != Interest.State.TIED or interest.confirmed_at is not None or interest.told_by_id is None:
        return False
    if by is None or by.has_perm("matchmaking.review_cards", interest.card):
        return True
    return other_side(interest) in own_organisations(by)


def other_side(interest: Interest) -> int:
    """The organisation of the two that did not tell the tie."""
    owner = interest.card.organisation_id
    return interest.organisation_id if interest.told_by_id == owner else owner


def _side_of(interest: Interest, by: Any) -> Organisation | None:
    """For whom the person speaks; None for the system and for staff, who speak for both."""
    own = set(own_organisations(by)) if by is not None else set()
    for side in (interest.organisation, interest.card.organisation):
        if side.pk in own:
            return side
    return None


def _keep_in_register(interest: Interest, by: Any) -> Interest:
    """Both sides have told it: a project becomes a project of both, an order of research a research contract."""
    parties = (interest.card.organisation, interest.organisation)
    day = interest.starts_on or timezone.localdate()
    if interest.tie == Interest.Tie.PROJECT:
        title = interest.joint_title or _("Joint project of %(a)s and %(b)s") % {"a": parties[0], "b": parties[1]}
        interest.project = record_joint_project(
            number=f"introduction-{interest.pk}",
            title=title,
            organisations=parties,
            starts_on=day,
            cost_eur=interest.amount_eur,
            certainty=interest.certainty,
            by=by,
        )
    elif interest.tie == Interest.Tie.CONTRACT:
        interest.contract = record_research_order(
            parties=parties,
            cluster=interest.card.cluster,
            amount_eur=interest.amount_eur,
            signed_on=day,
            certainty=interest.certainty,
            by=by,
        )
    interest.confirmed_at = timezone.now()
    interest.save(update_fields=["project", "contract", "confirmed_at"])
    return interest


def _ask_to_confirm(interest: Interest) -> None:
    other = other_side(interest)
    said = {"who": interest.told_by, "outcome": interest.outcome}
    tell(
        other,
        interest.created_by if other == interest.organisation_id else interest.card.created_by,
        lambda: _("%(code)s became a tie: is it so?") % {"code": interest.card.code},
        lambda: _("%(who)s says what came of your introduction: %(outcome)s\n\nOpen the page and confirm it.") % said,
        f"/interests/{interest.pk}/",
    )


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
                _tell_owner(interest, partial(_waits, interest.card.code))
                note(interest, "reminded", by=None)
                reminded += 1
    quiet = Interest.objects.filter(
        state=Interest.State.INTRODUCED, introduced_at__date__lt=today - QUIET
    ).select_related("created_by", "card__created_by")
    for interest in quiet:
        if interest.reminded_on is None or interest.reminded_on < today - QUIET:
            with transaction.atomic():
                Interest.objects.filter(pk=interest.pk).update(reminded_on=today)
                note(interest, "asked_result", by=None)
                _ask_result(interest)
            reminded += 1
    return f"{reminded} reminded, {lapsed} lapsed"


def _ask_result(interest: Interest) -> None:
    """Both sides are asked what came of it."""
    for side, author in (
        (interest.organisation_id, interest.created_by),
        (interest.card.organisation_id, interest.card.created_by),
    ):
        tell(
            side,
            author,
            lambda: _("What came of %(code)s?") % {"code": interest.card.code},
            lambda: _(
                "You were introduced a while ago. Say whether it became a project, a contract, or why it did not."
            ),
            f"/interests/{interest.pk}/",
        )


def _waits(code: str) -> str:
    return _("An interest in %(code)s waits for you") % {"code": code}


def _tell_owner(interest: Interest, subject: Callable[[], str]) -> None:
    tell(
        interest.card.organisation_id,
        interest.card.created_by,
        subject,
        lambda: _("Read what it brings, and accept or decline. You stay unknown until you accept."),
        f"/interests/{interest.pk}/",
    )
