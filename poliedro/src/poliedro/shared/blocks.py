"""Working pages are put together from blocks: a heading with a text, a list, a table, a chart, figures, or a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.shared.components import Chart, Crumb, Empty, Event, Figure, Tab, Table


@dataclass(frozen=True)
class Button:
    """A verb that posts. fields: hidden values; of: what it is about, for screen readers.

    token: False where the address itself proves who may post, and the page sets no cookie.
    """

    label: str
    url: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    second: bool = False
    of: str = ""
    token: bool = True


@dataclass(frozen=True)
class Item:
    """A line of a list. tag: a word set apart; bad: it is an alarm."""

    title: str
    meta: str = ""
    url: str = ""
    text: str = ""
    tag: str = ""
    bad: bool = False
    buttons: Sequence[Button] = ()


@dataclass(frozen=True)
class Block:
    """One part of a page. do: which of a page's forms it is; empty: what is said where there is nothing to list."""

    heading: str = ""
    text: str = ""
    items: Sequence[Item] = ()
    table: Table | None = None
    chart: Chart | None = None
    figures: Sequence[Figure] = ()
    events: Sequence[Event] = ()
    form: Any = None
    button: str = ""
    action: str = ""
    do: str = ""
    multipart: bool = False
    method: str = "post"
    empty: str = ""
    folded: str = ""
    links: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class WorkingPage:
    title: str
    lead: str
    blocks: Sequence[Block]
    note: str = ""
    """Who reads this page: said at its top where that matters."""
    tabs: Sequence[Tab] = ()
    empty: Empty | None = None


def _from(request: HttpRequest) -> Crumb:
    """Where such pages hang: the person's work, or for a visitor the home page."""
    if request.user.is_authenticated:
        return Crumb(_("My work"), reverse("portal:work"))
    return Crumb(_("Home"), reverse("portal:home"))


def show(
    request: HttpRequest, page: WorkingPage, crumbs: Sequence[Crumb], *, status: int = 200, synthetic: bool = False
) -> HttpResponse:
    """The page in its frame. A page with a wrong form answers 422."""
    wrong = any(getattr(b.form, "errors", None) for b in page.blocks if b.form is not None)
    return render(
        request,
        "shared/blocks.html",
        {
            "page": page,
            "crumbs": [_from(request), *crumbs],
            "synthetic_data": synthetic,
        },
        status=422 if wrong else status,
    )
