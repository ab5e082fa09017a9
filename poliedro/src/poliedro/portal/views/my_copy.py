"""The copy of one's own data to read: the same as the JSON, in the reader's language."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache

from poliedro.accounts.held import register
from poliedro.accounts.services import copy_of_personal_data
from poliedro.audit.words import kind_words
from poliedro.shared.access import signed_in
from poliedro.shared.blocks import Block, Item, WorkingPage, show
from poliedro.shared.components import Crumb
from poliedro.shared.spoken import short_day
from poliedro.support.models.agency import COMPETENCE_LABELS, SEAT_LABELS, URGENCY_LABELS
from poliedro.support.models.coaching import COACHING_STATES

DAY = re.compile(r"^(\d{4}-\d{2}-\d{2})")
MOST = 200
"""Rows of one part on the page; the file has all."""


def _fields() -> dict[str, str]:
    return {
        "name": _("Name"),
        "email": _("E-mail"),
        "orcid": "ORCID",
        "language": _("Language"),
        "joined_at": _("Since"),
        "purpose": _("Purpose"),
        "given_at": _("Given on"),
        "withdrawn_at": _("Withdrawn on"),
        "about": _("About"),
        "reason": _("Reason"),
        "from": _("From"),
        "to": pgettext("day", "To"),
        "kind": _("Kind"),
        "need": _("Need"),
        "urgency": _("How soon"),
        "days": _("Days"),
        "text": _("Text"),
        "written_on": _("Written on"),
        "competence_grid": _("My competence grid"),
        "colleague_says": _("What a colleague says"),
        "level": _("Level"),
        "on": _("On"),
        "coaching": _("Coaching"),
        "asked_on": _("Asked on"),
        "state": pgettext("noun", "State"),
        "goal": _("Goal"),
        "agreed_to": _("What you agreed to"),
        "feedback": _("Feedback"),
        "score": _("Score"),
        "entries": _("Notes, meetings, documents and actions"),
        "goals_reached": _("How far goals were reached, from -2 to +2"),
        "course": _("Course"),
        "asked_a_colleague": _("Asked a colleague about"),
        "offers_to_show": _("Offers to show"),
        "contact_of": _("Contact of"),
    }


def _parts() -> dict[str, str]:
    return {
        "person": _("Who you are"),
        "login": _("Your login"),
        "consents": _("What you agreed to"),
        "conflicts": _("Conflicts of interest that you declared"),
        "ties": _("Ties that bar you from deciding"),
        "support.agency": _("Needs, coaching, training and colleagues, opened for you alone"),
    }


def _rooms() -> dict[str, str]:
    return {
        "accounts": _("Sign-in and roles"),
        "registry": _("The register"),
        "surveys": _("Surveys"),
        "evidence": _("Analyses"),
        "support": _("Services"),
        "funding": _("Calls and funding"),
        "matchmaking": _("Partners and meetings"),
        "monitoring": _("Monitoring"),
        "reports": _("Reports"),
        "shared": _("My work"),
        "audit": _("The log"),
    }


def _values() -> dict[str, str]:
    """Words of what the site keeps as keys."""
    return {
        "coaches": _("coaches it"),
        "funds": _("decides on its funding"),
        "asked": _("asked for"),
        **{key: str(label) for key, label in (*COACHING_STATES, *SEAT_LABELS)},
        **{key: str(label) for key, label in COMPETENCE_LABELS.items()},
    }


def _said(value: Any, words: dict[str, str]) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{words.get(k, k)} {v}" for k, v in value.items())
    if isinstance(value, list):
        return "; ".join(_said(v, words) for v in value)
    text = str(value)
    if DAY.match(text):
        return short_day(date.fromisoformat(text[:10]))
    return words.get(text, text)


def _row(row: dict[str, Any]) -> Item:
    """The first value as the title, the others with their names."""
    fields, words = _fields(), _values()
    urgency = {str(key): str(label) for key, label in URGENCY_LABELS.items()}
    told = [
        (fields.get(k, k), _said(v, urgency if k == "urgency" else words))
        for k, v in row.items()
        if v not in (None, "", [], {}) and not (k == "urgency" and v == 0)
    ]
    title = f"{told[0][0]}: {told[0][1]}" if told else _("Nothing.")
    return Item(title, text="\n".join(f"{name}: {said}" for name, said in told[1:]))


def _other(model: str, row: dict[str, str], words: tuple[str, ...]) -> Item:
    """A row of another table: what it is, the words in it, its days."""
    days = sorted({v[:10] for v in row.values() if DAY.match(v)})
    when = ", ".join(short_day(date.fromisoformat(d)) for d in days[:3])
    app, name = model.split(".")
    kind = next((k for k in (model, name, model.lower(), name.lower()) if kind_words(k) != k), "")
    title = kind_words(kind) if kind else _rooms().get(app, _("Sign-in and roles"))
    return Item(title, text="\n".join(row[w] for w in words if row.get(w)), meta=when)


@signed_in
@never_cache
def my_data_read(request: HttpRequest) -> HttpResponse:
    """All that is held of the reader, in words, for the reader alone."""
    person = getattr(request.user, "person", None)
    held = copy_of_personal_data(person=person, by=request.user) if person is not None else {}
    words = {entry.model: entry.words for entry in register()}
    own = _parts()
    blocks = [
        Block(title, items=[_row(r) for r in (held[part] if isinstance(held[part], list) else [held[part]])])
        for part, title in own.items()
        if held.get(part)
    ]
    by_room: dict[str, list[Item]] = {}
    for model, rows in held.items():
        if model not in own:
            room = _rooms().get(model.split(".")[0], _("Sign-in and roles"))
            by_room.setdefault(room, []).extend(_other(model, r, words.get(model, ())) for r in rows)
    for room, items in sorted(by_room.items()):
        more = _("The first %(n)d of %(all)d; the file has all.") % {"n": MOST, "all": len(items)}
        blocks.append(
            Block(folded=f"{room} ({len(items)})", items=items[:MOST], text=more if len(items) > MOST else "")
        )
    blocks.append(Block(links=[(_("The same as a file with every field (JSON)"), reverse("portal:my_data_copy"))]))
    page = WorkingPage(
        _("What is held of you"), _("For you alone. Print it, or keep it as PDF, from your browser."), blocks
    )
    crumbs = [Crumb(_("Privacy"), reverse("portal:privacy")), Crumb(_("My data"), reverse("portal:my_data"))]
    return show(request, page, [*crumbs, Crumb(_("What is held of you"))])
