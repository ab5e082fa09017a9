"""Letters about a mentoring pair: proposed, waiting, begun, not to be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.matchmaking.models import Pair, Preference
from poliedro.matchmaking.rules.states import PAIR
from poliedro.matchmaking.services.steps import in_language, move, note, reach_of, tell, write_to
from poliedro.shared.templatetags.poliedro import day as spoken_day

REMIND_AFTER = timedelta(days=7)
LAPSE_AFTER = timedelta(days=21)
"""A proposal that one side has not answered for so long falls away; both are free for the next round."""
REMINDED_BEFORE = timedelta(days=14)
"""Nothing falls away of which nobody was reminded so long before, however old it is."""
SIDES = (Preference.Side.MENTOR, Preference.Side.MENTEE)


def tell_proposed(pair: Pair) -> None:
    """Both sides are asked whether they want each other."""
    for side in SIDES:
        _write(pair, side, lambda: _("A mentoring pair is proposed to you"), lambda: _asks(pair))


def tell_begun(pair: Pair) -> None:
    for side in SIDES:
        _write(
            pair,
            side,
            lambda: _("Your mentoring pair begins"),
            lambda: (
                _("%(mentor)s and %(mentee)s have both agreed. Fix a first meeting, and note it on the page.")
                % {"mentor": pair.mentor, "mentee": pair.mentee}
            ),
        )


def tell_not_to_be(pair: Pair, side: str) -> None:
    """The other side said no, did not answer, or staff took the proposal back."""
    _write(
        pair,
        side,
        lambda: _("A mentoring pair does not come about"),
        lambda: (
            _("%(mentor)s – %(mentee)s: %(state)s. Both are free for the next round.")
            % {"mentor": pair.mentor, "mentee": pair.mentee, "state": pair.get_state_display()}
        ),
    )


def remind_pairs(today: date) -> str:
    """Daily: one reminder to whoever has not answered for REMIND_AFTER; after LAPSE_AFTER the proposal falls away.

    Whoever answers meanwhile is left in peace: each pair is read again, locked.
    """
    reminded = lapsed = 0
    waiting = Pair.objects.filter(state=Pair.State.PROPOSED, created_at__date__lte=today - REMIND_AFTER).select_related(
        "mentor__person__user", "mentee__organisation", "mentee__created_by"
    )
    for pair in waiting:
        with transaction.atomic():
            held = Pair.objects.select_for_update().filter(pk=pair.pk, state=Pair.State.PROPOSED).first()
            if held is None:
                continue
            pair.mentor_agreed_at, pair.mentee_agreed_at = held.mentor_agreed_at, held.mentee_agreed_at
            pair.reminded_on = held.reminded_on
            if pair.reminded_on is not None and last_day(pair) <= today:
                over = move(pair, PAIR, Pair.State.LAPSED, by=None)
                for side in SIDES:
                    tell_not_to_be(over, side)
                lapsed += 1
            elif pair.reminded_on is None:
                pair.reminded_on = today
                pair.save(update_fields=["reminded_on"])
                note(pair, "reminded", by=None)
                _remind(pair)
                reminded += 1
    return f"{reminded} pairs reminded, {lapsed} lapsed"


def _remind(pair: Pair) -> None:
    for side in silent(pair):
        _write(pair, side, lambda: _("A mentoring pair still waits for you"), lambda: _asks(pair))


def silent(pair: Pair) -> list[str]:
    """The sides that have not agreed yet."""
    said = {SIDES[0]: pair.mentor_agreed_at, SIDES[1]: pair.mentee_agreed_at}
    return [side for side in SIDES if said[side] is None]


def last_day(pair: Pair) -> date:
    """When the proposal falls away."""
    usual = timezone.localdate(pair.created_at) + LAPSE_AFTER
    return max(usual, pair.reminded_on + REMINDED_BEFORE) if pair.reminded_on else usual


def _asks(pair: Pair) -> str:
    return _(
        "Mentor: %(mentor)s. Mentee: %(mentee)s, who wants to reach:\n\n%(goals)s\n\nOpen the page and say yes or no "
        "before %(day)s; without an answer the proposal falls away."
    ) % {"mentor": pair.mentor, "mentee": pair.mentee, "goals": pair.mentee.goals, "day": spoken_day(last_day(pair))}


def _write(pair: Pair, side: str, subject: Callable[[], str], text: Callable[[], str]) -> None:
    path = f"/mentors/pairs/{pair.pk}/"
    if side == Preference.Side.MENTEE:
        tell(pair.mentee.organisation_id, pair.mentee.created_by, subject, text, path)
        return
    address, language = reach_of(pair.mentor.person)
    with in_language(language):
        write_to(address, subject(), text(), path)
