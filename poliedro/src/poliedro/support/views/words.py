"""Words of the rules and of prices, for people."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from poliedro.shared.templatetags.poliedro import spoken_number
from poliedro.support.models import ServicePrice
from poliedro.support.queries.vouchers import SchemeLine


def refusal_words(reasons: Iterable[str]) -> list[str]:
    """Why a step cannot be done now, and what to do first."""
    words = {
        "client_not_known": _("Say first which organisation of the register the client is."),
        "steps_open": _("A service is neither given nor dropped: record it or drop it."),
        "nothing_given": _("No service was given: record one, or stop the case with its reason."),
        "no_result": _("What came of it for the firm is missing."),
        "feedback_not_asked": _("The firm was not asked what it was worth."),
        "feedback_awaited": _("The firm was asked and has not answered; it has 14 days and is reminded twice."),
        "no_follow_up": _("The day on which somebody looks again is missing."),
        "follow_up_past": _("The day on which somebody looks again must lie ahead."),
        "something_given": _("A service was given: close the case instead of stopping it."),
        "step_is_over": _("This service was given or dropped already."),
        "too_many_requests": _("Too many requests came from here. Try again tomorrow, or call the cluster."),
        "case_is_open": _("The case is still under way."),
        "case_is_delivered": _("All services of the case were given."),
        "case_is_feedback_asked": _("The firm was asked for its feedback."),
        "case_is_closed": _("The case is closed; reopen it first."),
        "case_is_unanswered": _("The case was closed without an answer; reopen it first."),
        "case_is_stopped": _("The case was stopped; reopen it first."),
    }
    return [words.get(r, _("This request was settled in the meantime.")) for r in reasons]


def pays_words(line: SchemeLine | None) -> str:
    """What an open scheme pays of a service; nothing where none does."""
    if line is None:
        return ""
    said = {"share": spoken_number(line.scheme.share * 100, 0), "face": spoken_number(line.scheme.face_eur, 0)}
    return _("A voucher pays %(share)s%% of it, up to EUR %(face)s") % said


def voucher_words(reasons: Iterable[str]) -> list[str]:
    """Why a voucher is not issued or does not pay."""
    words = {
        "scheme_is_closed": _("The scheme is closed."),
        "closes_too_soon": _("It was opened today: it can close from tomorrow."),
        "has_one": _("It has a voucher of this scheme already."),
        "size_not_meant": _("It is for firms of another size."),
        "size_not_known": _("The size of the firm is not known: have it stated in the register first."),
        "budget_is_spent": _("The budget is spent."),
        "over_ceiling": _(
            "It would pass what the firm and its linked firms may still get as de minimis aid, what waits for a "
            "signature counted in."
        ),
        "voucher_is_over": _("The voucher is no longer good."),
        "nothing_left": _("Nothing is left on the voucher."),
        "service_not_meant": _("The scheme does not pay for this service, or not for who gave it."),
        "service_not_given": _("A voucher pays for a service that was given to its firm."),
        "paid_before": _("A voucher paid for this service already."),
    }
    return [words[r] for r in reasons]


def verb_words(verb: str) -> str:
    words = {
        "asked": _("asked"),
        "confirmed": _("e-mail confirmed"),
        "withdrawn": _("withdrawn by the firm"),
        "declined": pgettext("event", "declined"),
        "handed_over": _("handed over"),
        "opened": _("case opened"),
        "assigned": _("handed to a colleague"),
        "identified": _("client found in the register"),
        "delivered": _("service given"),
        "voucher_used": _("voucher used"),
        "corrected": _("record corrected"),
        "dropped": _("service dropped"),
        "step_added": _("service added"),
        "note": _("note"),
        "outcome": _("result noted"),
        "feedback_asked": pgettext("event", "feedback asked"),
        "feedback": _("the firm gave its feedback"),
        "closed": _("case closed"),
        "no_answer": _("case closed: the firm gave no feedback"),
        "feedback_reminded": _("feedback asked again"),
        "stopped": _("case stopped"),
        "reopened": _("case opened again"),
        "followed_up": _("looked at again"),
        "unanswered": _("the promised day passed without an answer"),
    }
    return words.get(verb, verb)


def reason_words(reason: str) -> str:
    return {
        "wanted": _("it renews what you want to renew"),
        "for_firms_like_it": _("made for bodies like yours"),
        "first_step": _("short and easy to begin with"),
        "affordable": _("free, or within what you can spend"),
        "capacity": _("fits the people you have"),
    }[reason]


def price_words(amount: Decimal | None, unit: str = "once") -> str:
    """free; on request; EUR 1.200 a day."""
    if amount is None:
        return _("on request")
    if amount == 0:
        return _("free")
    shown = (
        f"EUR {number_format(amount, 0 if amount == amount.to_integral() else 2, use_l10n=True, force_grouping=True)}"
    )
    return shown if unit == "once" else f"{shown} {ServicePrice.Unit(unit).label}"
