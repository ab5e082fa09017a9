"""Hand-overs both ways between the two firms of the walk: each is the other's incubator, and each is handed to the
cluster of its own side. What is written at private items no cluster may read; nobody else reads anything."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from factories import source
from walk.world import the_world

from poliedro.registry.models import HandOver, IncubateeSpell
from poliedro.registry.services.hand_over_items import hand_over_items
from poliedro.registry.services.hand_overs import (
    confirm_hand_over,
    hand_start_up_over,
    open_hand_over,
    propose_clusters,
    state_item,
)

ENTERED = date(2020, 1, 1)


def samples() -> dict[str, list[dict[str, Any]]]:
    world, today = the_world(), timezone.localdate()
    for side, other in (("a", "b"), ("b", "a")):
        spell = IncubateeSpell.objects.create(
            organisation=world.firms[side], incubator=world.firms[other], valid_from=ENTERED,
            valid_to=today - timedelta(days=30), source=source(), certainty="reported",
        )  # fmt: skip
        keeper, firm = world.user(f"delegate_{other}"), world.user(f"delegate_{side}")
        row = open_hand_over(spell=spell, leaves_on=today, items=hand_over_items(), today=today, by=keeper)
        propose_clusters(hand_over=row, clusters=[world.clusters[side]], by=keeper)
        for key, words, readers in (
            ("money", f"owes the bank of {side} a loan", ()),
            ("contact", f"call the founder of {side}", (f"manager_{side}",)),
        ):
            state_item(
                hand_over=row, key=key, state="open", owner="start_up", cluster=None, due_on=today, today=today,
                note=world.keep_secret(words, "delegate_a", "delegate_b", *readers), by=keeper,
            )  # fmt: skip
        hand_start_up_over(hand_over=row, by=keeper)
        row.refresh_from_db()
        confirm_hand_over(hand_over=row, by=firm)
    rows = list(HandOver.objects.select_related("organisation").order_by("pk"))
    side_of = {firm.pk: side for side, firm in world.firms.items()}
    return {
        "registry:hand_overs": [{"pk": f.pk} for f in world.firms.values()],
        "registry:begin_hand_over": [{"pk": s.pk} for s in IncubateeSpell.objects.order_by("pk")],
        "registry:hand_over": [{"pk": h.pk} for h in rows],
        "registry:own_hand_over": [{"pk": h.pk} for h in rows],
        "registry:received_hand_overs": [{"key": c.key} for c in world.clusters.values()],
        "registry:received_hand_over": [
            {"key": world.clusters[side_of[h.organisation_id]].key, "pk": h.pk} for h in rows
        ],
    }
