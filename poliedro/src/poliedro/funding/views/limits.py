"""What state-aid law leaves, in words: on applications, rankings and contracts, before anything is signed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from poliedro.funding.models import Application, CallVersion
from poliedro.funding.queries.equivalents import loan_aid
from poliedro.funding.queries.shortfalls import DE_MINIMIS, GBER, Shortfall, left_for, shortfalls
from poliedro.funding.rules.document import CallDocument
from poliedro.funding.rules.thresholds import LAST, Per, Threshold, threshold_on
from poliedro.registry.models import Organisation
from poliedro.shared.components import Table
from poliedro.shared.templatetags.poliedro import day, spoken_number

CATEGORY_WORDS: dict[str, str | Promise] = {
    "sme_investment": gettext_lazy("investment of small and medium firms (art. 17)"),
    "sme_consultancy": gettext_lazy("consultancy for small and medium firms (art. 18)"),
    "start_up": gettext_lazy("start-ups (art. 22)"),
    "start_up_assisted_area": gettext_lazy("start-ups in assisted areas (art. 22)"),
    "start_up_innovative": gettext_lazy("small and innovative start-ups (art. 22(5))"),
    "fundamental_research": gettext_lazy("mostly fundamental research (art. 25)"),
    "industrial_research": gettext_lazy("mostly industrial research (art. 25)"),
    "experimental_development": gettext_lazy("mostly experimental development (art. 25)"),
    "feasibility_study": gettext_lazy("feasibility studies (art. 25)"),
    "research_infrastructure": gettext_lazy("research infrastructures (art. 26)"),
    "innovation_cluster": gettext_lazy("innovation clusters (art. 27)"),
    "sme_innovation": gettext_lazy("innovation of small and medium firms (art. 28)"),
    "process_innovation": gettext_lazy("process and organisational innovation (art. 29)"),
    "training": gettext_lazy("training (art. 31)"),
}


def shortfall_words(found: Shortfall) -> str:
    """Who would get more than the law leaves, what is left, and what of it waits for a signature elsewhere."""
    blanks = {
        "who": found.organisation, "grant": spoken_number(found.grant_eur, 2), "room": spoken_number(found.room_eur, 2),
        "point": found.point,
    }  # fmt: skip
    if found.limit == DE_MINIMIS:
        says = _("%(who)s: EUR %(room)s are left under the de minimis ceiling, the grant is EUR %(grant)s.") % blanks
    else:
        says = (
            _("%(who)s: EUR %(room)s are left below the threshold of the GBER, art. 4(1)%(point)s; the grant is EUR "
              "%(grant)s. Beyond it aid is notified to the Commission first.")
            % blanks
        )  # fmt: skip
    if found.loan_aid_eur:
        says += " " + _("EUR %(eur)s of the grant are what its loan is worth as one.") % {
            "eur": spoken_number(found.loan_aid_eur, 2)
        }
    if found.pending_eur:
        says += " " + _("EUR %(eur)s that were decided elsewhere and are not signed yet are counted.") % {
            "eur": spoken_number(found.pending_eur, 2)
        }
    return says


def warnings_of(application: Application, on: date, only: Collection[int] | None = None) -> list[str]:
    """Each grant of the application that passes what is left; what is not known of its regime.

    only: whose amounts the reader may know; of the other parties it is told that the grant passes, not by how much.
    None: everybody's.
    """
    document, line = application.version.rules, application.line.key
    passing = _("%(who)s: the grant passes what state-aid law leaves; by how much, it knows itself.")
    found = [
        shortfall_words(s) if only is None or s.organisation.pk in only else passing % {"who": s.organisation}
        for s in shortfalls(application, on)
    ]
    return [*found, *unknown_limit(document, line, on)]


def unknown_limit(document: CallDocument, line: str, on: date) -> list[str]:
    """What cannot be checked: a call that does not say its category, or a day after the regulation's last."""
    if _lends(document, line) and loan_aid(document, Decimal(1000), on) is None:
        return [
            _("What the loan is worth as a grant is not known: the call does not say its terms, or a rate of the day "
              "is missing. It is not counted."),
            *_unknown_threshold(document, line, on),
        ]  # fmt: skip
    return _unknown_threshold(document, line, on)


def _lends(document: CallDocument, line: str) -> bool:
    return any(i.loan and (not i.lines or line in i.lines) for i in document.intensities)


def _unknown_threshold(document: CallDocument, line: str, on: date) -> list[str]:
    if document.regime != GBER:
        return []
    if not document.category_of(line):
        return [_("The call does not say under which article of the GBER its aid falls: its threshold is not checked.")]
    if on > LAST:
        return [
            _("The GBER ended on %(day)s and what follows it is not encoded: its last thresholds are used.")
            % {"day": day(LAST)}
        ]
    return []


def room_words(firm: Organisation, version: CallVersion, line: str, part: Any, on: date) -> tuple[str, bool]:
    """What the law leaves to a firm that asks whether it is in, and whether its part passes it; ("", False) where no
    limit is known. part: what it would get; None: not known."""
    room, waiting = left_for(firm.pk, version, line, on)
    if room is None:
        return "", False
    left = max(Decimal(0), room - waiting)
    says = (
        _("Under the de minimis ceiling EUR %(left)s are left to you and the firms linked to you.")
        if version.rules.regime == DE_MINIMIS
        else _("Below the threshold of the GBER EUR %(left)s are left to you and the firms linked to you.")
    ) % {"left": spoken_number(left, 2)}
    if waiting:
        says += " " + _("EUR %(eur)s that were decided elsewhere and are not signed yet are counted.") % {
            "eur": spoken_number(waiting, 2)
        }
    lent = (loan_aid(version.rules, part.loan_eur, on) or Decimal(0)) if part is not None else Decimal(0)
    is_over = part is not None and part.grant_eur + lent > left
    if is_over:
        says += " " + _("You would get more: the grant is lowered to what is left, or goes under another regime.")
    return says, is_over


def threshold_table(document: CallDocument, on: date) -> Table | None:
    """Which threshold holds for each line; None outside the GBER or where no line says its category."""
    if document.regime != GBER:
        return None
    rows = []
    for line in document.lines:
        limit = threshold_on(document.category_of(line.key), on)
        if limit is not None:
            rows.append([line.key, str(CATEGORY_WORDS[limit.category]), limit.most_eur, _per(limit), _point(limit)])
    if not rows:
        return None
    heads = [_("Line"), _("Aid for"), _("Exempt up to, EUR"), _("Counted"), _("Reference")]
    caption = _("Above this, aid is notified to the Commission first")
    return Table(heads, rows, numeric=[2], decimals={2: 0}, caption=caption)


def _per(limit: Threshold) -> str:
    return _("per undertaking and project") if limit.per is Per.PROJECT else _("per undertaking")


def _point(limit: Threshold) -> str:
    return _("Reg. (EU) 651/2014, art. 4(1)%(point)s, since %(day)s") % {"point": limit.point, "day": day(limit.since)}


def award_basis_words(basis: dict[str, Any]) -> str:
    """What the amount of a loan's or guarantee's award was worked out from."""
    way = _("by the market's price") if basis["way"] == "market" else _("as a share of the ceiling")
    what = _("guarantee of EUR %(eur)s over %(n)s months at %(rate)s%%, %(way)s")
    if basis["instrument"] == "loan":
        what = _("loan of EUR %(eur)s over %(n)s months at %(rate)s%%, %(way)s")
    eur, rate = spoken_number(Decimal(basis["amount_eur"]), 2), percent_words(Decimal(basis["percent"]))
    return what % {"eur": eur, "n": basis["months"], "rate": rate, "way": way}


def percent_words(rate: Decimal | None) -> str:
    """As it was entered: a third decimal is not rounded away."""
    return spoken_number(rate, 2 if rate is None or rate == round(rate, 2) else 3)
