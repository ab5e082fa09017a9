"""What of hand-overs needs a person now: a start-up that leaves, one to confirm, open items that one sees to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.registry.models import HandOverItem
from poliedro.registry.queries.hand_overs import bodies_of, due_at, open_items_of, waiting_for
from poliedro.registry.queries.roles import managed_keys, own_clusters
from poliedro.registry.rules.hand_overs import SOON_DAYS
from poliedro.shared.spoken import short_day
from poliedro.shared.todos import Todo

SHOWN = 12
"""Items of one kind; what is more comes up as others are settled."""


def hand_over_todos(user: Any, today: date) -> Iterable[Todo]:
    bodies, clusters = bodies_of(user), managed_keys(user)
    if bodies:
        yield from _leaving(bodies, today)
        yield from _to_confirm(bodies)
    if bodies or clusters:
        keys = {c.pk: c.key for c in own_clusters(user)}
        # What is due in a year is nobody's work today.
        soon = open_items_of(bodies=bodies, clusters=clusters).filter(due_on__lte=today + timedelta(days=SOON_DAYS))
        for item in soon[:SHOWN]:
            yield _item(item, keys)


def _leaving(bodies: list[int], today: date) -> Iterable[Todo]:
    for stay in due_at(bodies, today)[:SHOWN]:
        day = stay.left_on
        assert day is not None  # due_at gives those with a day
        yield Todo(
            f"registry.leaving:{stay.spell.organisation_id}:{stay.spell.incubator_id}:{stay.spell.valid_from}",
            _("Hand over %(firm)s") % {"firm": stay.spell.organisation},
            _("It leaves on %(day)s.") % {"day": short_day(day)}
            if day > today
            else _("It left on %(day)s.") % {"day": short_day(day)},
            reverse("registry:hand_over", args=[stay.hand_over.pk])
            if stay.hand_over
            else reverse("registry:hand_overs", args=[stay.spell.incubator_id]),
            _("Open the checklist"),
            day,
            _("hand-overs"),
        )


def _to_confirm(bodies: list[int]) -> Iterable[Todo]:
    for row in waiting_for(bodies)[:SHOWN]:
        assert row.handed_at is not None  # waiting_for gives those handed over
        yield Todo(
            f"registry.confirm:{row.pk}:{row.handed_at:%Y%m%d%H%M%S}",
            _("Confirm the hand-over by %(incubator)s") % {"incubator": row.incubator},
            _("The clusters proposed read it once you have confirmed it."),
            reverse("registry:own_hand_over", args=[row.pk]),
            _("Read and confirm"),
            None,
            _("hand-overs"),
        )


def _item(item: HandOverItem, keys: dict[int, str]) -> Todo:
    row = item.hand_over
    if item.owner == HandOverItem.Owner.INCUBATOR:
        url = reverse("registry:hand_over", args=[row.pk])
    elif item.owner == HandOverItem.Owner.START_UP:
        url = reverse("registry:own_hand_over", args=[row.pk])
    else:
        assert item.cluster_id is not None  # a constraint of the table
        url = reverse("registry:received_hand_over", args=[keys[item.cluster_id], row.pk])
    return Todo(
        f"registry.hand_over_item:{row.pk}:{item.key}",
        item.title,
        _("Open item of the hand-over of %(firm)s by %(incubator)s.")
        % {"firm": row.organisation, "incubator": row.incubator},
        f"{url}#{item.key}",
        _("Settle this item"),
        item.due_on,
        _("hand-overs"),
    )
