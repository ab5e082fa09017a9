"""The digest by letter: for whoever chose it, what is new, and a link that ends the letters."""

from __future__ import annotations

from datetime import date, timedelta

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.funding.models import Call
from poliedro.funding.models.open_calls import CallInterest, OpenCall
from poliedro.funding.queries.open_calls import digests_of
from poliedro.shared.letters import address_of, write_letter
from poliedro.shared.spoken import short_day

SALT = "poliedro.funding.call_letters"
WEEK = timedelta(days=7)


def token_of(interest: CallInterest) -> str:
    """What proves that its bearer got the letter: signed, so that nobody ends another's."""
    return signing.dumps(interest.pk, salt=SALT)


def interest_of(token: str) -> CallInterest | None:
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return CallInterest.objects.filter(pk=pk).first()


def stop_letters(*, interest: CallInterest) -> None:
    """No letter from now on; what the person wants to hear of stays on the page."""
    interest.letter = CallInterest.Letter.NONE
    interest.save(update_fields=["letter"])


def send_call_letters(today: date) -> str:
    """Daily: a letter to each who chose one, where something is new. Twice on one day writes once."""
    wanted = CallInterest.objects.exclude(letter=CallInterest.Letter.NONE).filter(person__user__is_active=True)
    sent = sum(_write(row.pk, today) for row in wanted.order_by("pk"))
    return f"{sent} letters with open calls"


@transaction.atomic
def _write(pk: int, today: date) -> bool:
    interest = CallInterest.objects.select_for_update(of=("self",)).select_related("person__user").get(pk=pk)
    last, weekly = interest.letter_on, interest.letter == CallInterest.Letter.WEEKLY
    if last is not None and last > today - (WEEK if weekly else timedelta(days=1)):
        return False
    told = set(interest.told)
    of_others, of_the_region = digests_of(interest.person, today)
    new = [call for call in of_others if call.topic not in told]
    own = [call for call in of_the_region if _key(call) not in told]
    user, n = interest.person.user, len(new) + len(own)
    if not n or user is None:
        return False
    stop = reverse("funding:letter_stop", args=[token_of(interest)])
    with translation.override(user.language):
        write_letter(
            to=[user.email],
            subject=ngettext("%(n)d new call for you", "%(n)d new calls for you", n) % {"n": n},
            text="\n\n".join(
                [
                    *[*map(_own_line, own), *map(_line, new)][:NAMED],
                    *_more(n - NAMED),
                    _("You asked for these letters. End them here:") + f"\n{address_of(stop)}",
                ]
            ),
            path=reverse("funding:call_digest"),
            stop=stop,
        )
    topics = {*interest.told, *(call.topic for call in new)}
    still = OpenCall.objects.filter(topic__in=topics).exclude(status=OpenCall.Status.CLOSED)
    kept = {_key(call) for call in Call.objects.filter(state=Call.State.PUBLISHED).only("key")}
    regional = (told | {_key(call) for call in own}) & kept
    interest.told, interest.letter_on = sorted({*still.values_list("topic", flat=True), *regional}), today
    interest.save(update_fields=["told", "letter_on"])
    return True


NAMED = 30
"""So many calls a letter names; how many more there are it says."""


def _key(call: Call) -> str:
    """How a call of the region stands among what was told."""
    return f"call:{call.key}"


def _more(n: int) -> list[str]:
    if n <= 0:
        return []
    said = ngettext("And %(n)d more, in your digest:", "And %(n)d more, in your digest:", n) % {"n": n}
    return [f"{said}\n{address_of(reverse('funding:call_digest'))}"]


def _own_line(call: Call) -> str:
    title = call.title_it if (translation.get_language() or "it").startswith("it") else call.title_en
    said = _until(_("call of the region"), call.closes_on)
    return f"{title}\n{said}\n{address_of(reverse('funding:call', args=[call.key]))}"


def _line(call: OpenCall) -> str:
    page = address_of(reverse("funding:open_call", args=[call.pk]))
    return f"{call.title}\n{_until(call.programme, call.deadline)}\n{page}"


def _until(of: str, last: date | None) -> str:
    if last is None:
        return f"{of}, {_('no deadline stated')}"
    return _("%(programme)s, by %(day)s") % {"programme": of, "day": short_day(last)}
