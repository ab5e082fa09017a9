"""What the site holds of a person, told by the rooms that hold it: for the copy that one may have, and for erasure.

A room registers from `apps.py`: `tell_personal(name, teller, eraser)`. Tellers give plain values; erasers take words
away and leave what statistics count. `RECORD` is the record of processing activities (GDPR, article 30), for everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from poliedro.accounts.models import Person

Teller = Callable[[Person], list[dict[str, Any]]]
Eraser = Callable[[Person, date], int]
"""(person, on) -> how many texts were erased."""
_TELLERS: dict[str, Teller] = {}
_ERASERS: dict[str, Eraser] = {}


def tell_personal(name: str, teller: Teller, eraser: Eraser | None = None) -> None:
    """Register what a room holds of a person, under a name such as "support.coaching"."""
    _TELLERS[name] = teller
    if eraser is not None:
        _ERASERS[name] = eraser


def tellers() -> dict[str, Teller]:
    return dict(sorted(_TELLERS.items()))


def erasers() -> dict[str, Eraser]:
    return dict(sorted(_ERASERS.items()))


@dataclass(frozen=True)
class ToldConsent:
    """A consent that a room keeps by itself, since where it stands would tell too much.

    withdraw_url: takes a POST; then: what that does.
    """

    purpose: str
    wording: str
    given_at: datetime
    withdraw_url: str
    then: str


ConsentTeller = Callable[[Person], list[ToldConsent]]
_CONSENTS: dict[str, ConsentTeller] = {}


def tell_consents(name: str, teller: ConsentTeller) -> None:
    """Register the consents that a room keeps by itself, for the page on which a person takes them back."""
    _CONSENTS[name] = teller


def consents_told(person: Person) -> list[ToldConsent]:
    return [told for _name, teller in sorted(_CONSENTS.items()) for told in teller(person)]


@dataclass(frozen=True)
class Processing:
    """One processing activity. kept: how long, and what happens then."""

    what: str | Promise
    why: str | Promise
    basis: str | Promise
    who_reads: str | Promise
    kept: str | Promise


RECORD = (
    Processing(
        _("Logins: name, e-mail address, language"),
        _("to sign in"),
        _("task in the public interest"),
        _("the person; data stewards"),
        _("until the person asks for erasure"),
    ),
    Processing(
        _("Offices, mandates, delegations, with their days"),
        _("to know who may act for whom"),
        _("task in the public interest"),
        _("those concerned; data stewards; auditors"),
        _("as long as the decisions that rest on them"),
    ),
    Processing(
        _("Contacts of member organisations"),
        _("so that a cluster reaches its members"),
        _("consent, for each purpose"),
        _("the cluster that holds the consent"),
        _("until consent is withdrawn"),
    ),
    Processing(
        _("Needs, coaching and training of cluster managers"),
        _("to help managers grow"),
        _(
            "consent of the manager: kept for each coaching and taken back under My data; for needs and courses, by "
            "asking"
        ),
        _("the manager and the assigned coaches; encrypted; nobody who decides on funding"),
        _("words two years after a case closed, then erased by themselves; days and scores stay, without words"),
    ),
    Processing(
        _("Requests to services, questions to the single access point, invitations to surveys"),
        _("to answer, and to tell what came of it"),
        _("task in the public interest: what somebody asked is answered"),
        _("who answers; whoever asked"),
        _("three years (addresses of surveys one year after their end), then erased by themselves; counts stay"),
    ),
    Processing(
        _("Profiles of experts, mentors and people at events"),
        _("so that others find them"),
        _("consent, for each profile"),
        _("everybody, as the person agreed"),
        _("until the person takes it back; names at events three years"),
    ),
    Processing(
        _("Attempts to sign in, with address and browser"),
        _("to stop attacks"),
        _("legitimate interest in safety"),
        _("administrators of the site"),
        _("ninety days"),
    ),
    Processing(
        _("Declared conflicts of interest, and ties of coaching"),
        _("to keep funding and coaching apart"),
        _("legal obligation"),
        _(
            "the person; agency, funding and audit those declared; of ties of coaching they learn only that "
            "somebody is barred"
        ),
        _("three years after they ended"),
    ),
    Processing(
        _("The log: who did what, who read what"),
        _("to prove that rights were kept"),
        _("legal obligation"),
        _("auditors; the person for the own data"),
        _("ten years; it cannot be changed"),
    ),
)
