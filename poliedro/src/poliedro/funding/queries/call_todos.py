"""Deadlines of one's digest, on "My work"."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from poliedro.funding.queries.open_calls import digests_of
from poliedro.shared.todos import Todo

WARNED = timedelta(days=14)


def call_todos(user: Any, today: date) -> Iterator[Todo]:
    """Calls of the person's digest whose deadline is at most two weeks ahead and that were not opened."""
    person = getattr(user, "person", None)
    if person is None:
        return
    of_others, of_the_region = digests_of(person, today)
    for call in of_others:
        if call.deadline is not None and call.deadline <= today + WARNED:
            yield Todo(
                f"funding.open_call:{call.pk}",
                call.title,
                _("a call that you want to hear of closes soon"),
                reverse("funding:open_call", args=[call.pk]),
                _("Read"),
                call.deadline,
                kind=_("Open calls"),
            )
    for own in of_the_region:
        if own.closes_on is not None and own.closes_on <= today + WARNED:
            yield Todo(
                f"funding.regional_call:{own.pk}",
                own.title_it if (get_language() or "it").startswith("it") else own.title_en,
                _("a call of the region that you want to hear of closes soon"),
                reverse("funding:call", args=[own.key]),
                _("Read"),
                own.closes_on,
                kind=_("Open calls"),
            )
