"""The invented business register firm by firm; invented firms move to municipalities, once these are loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from random import Random

from django.db import transaction

from poliedro.audit.services import record
from poliedro.reference.models import Certainty, Load, Territory
from poliedro.registry.models import Organisation, RegisterCount, RegisteredFirm
from poliedro.registry.queries.memberships import FIRM_KINDS
from poliedro.registry.services.index import rebuild_index

CAPITAL = 0.3
"""Part of a province's firms that settles in the municipality of the same name."""


def write_out_register(load: Load) -> None:
    """One row a firm of the invented register's counts, in its province, so that both say the same. An invented firm of
    the same activity, size class and province stands behind a row, as long as there are rows."""
    rows: list[RegisteredFirm] = []
    free: dict[tuple[int, int, str], list[RegisteredFirm]] = defaultdict(list)
    for count in RegisterCount.objects.filter(load=load, retracted_at=None).order_by("pk"):
        for _ in range(count.firms):
            row = RegisteredFirm(
                register_code=f"DEMO{len(rows) + 1:07}",
                code_id=count.code_id,
                territory_id=count.territory_id,
                size_class=count.size_class,
                load=load,
                certainty=Certainty.SYNTHETIC,
            )
            rows.append(row)
            free[count.code_id, count.territory_id, count.size_class].append(row)
    for firm in Organisation.objects.filter(load=load, kind__in=FIRM_KINDS).order_by("pk"):
        if alike := free.get((firm.nace_id or 0, firm.territory_id or 0, firm.size_class)):
            row = alike.pop()
            row.organisation, row.name = firm, firm.name
    RegisteredFirm.objects.bulk_create(rows, batch_size=1000)


@transaction.atomic
def settle_in_towns(load: Load) -> int:
    """Give invented organisations and register firms that have a province alone a municipality of it. Seeded by the
    load. Returns how many were placed: 0 where no municipality is loaded, or where all have one."""
    choose = _chooser(Random(f"{load.parameters['seed']}-towns"))
    moved = []
    for body in Organisation.objects.filter(load=load, territory__level=Territory.Level.NUTS3).order_by("pk"):
        if town := choose(body.territory_id or 0):
            body.territory, body.place_text = town, town.name
            moved.append(body)
    Organisation.objects.bulk_update(moved, ["territory", "place_text"], batch_size=500)
    town_of = {body.pk: body.territory for body in moved}
    placed = []
    for row in RegisteredFirm.objects.filter(load=load, territory__level=Territory.Level.NUTS3).order_by("pk"):
        if town := town_of.get(row.organisation_id or 0) or choose(row.territory_id):
            row.territory = town
            placed.append(row)
    RegisteredFirm.objects.bulk_update(placed, ["territory"], batch_size=1000)
    if moved or placed:
        record(
            by=None, verb="settle_in_towns", subject_kind="load", subject_key=load.pk, organisations=len(moved),
            register_firms=len(placed),
        )  # fmt: skip
        rebuild_index()
    return len(moved) + len(placed)


def _chooser(dice: Random) -> Callable[[int], Territory | None]:
    """choose(province id): one of its municipalities, few often and many seldom; None where none is loaded."""
    towns: dict[int, list[Territory]] = defaultdict(list)
    rows = Territory.objects.filter(level=Territory.Level.MUNICIPALITY, parent__level=Territory.Level.NUTS3)
    for town in rows.select_related("parent").order_by("code"):
        towns[town.parent_id or 0].append(town)
    capitals = {}
    for province, own in towns.items():
        capitals[province] = next((t for t in own if t.parent and t.name == t.parent.name), None)
        dice.shuffle(own)
    weights = {province: [1 / rank for rank in range(1, len(own) + 1)] for province, own in towns.items()}

    def choose(province: int) -> Territory | None:
        if province not in towns:
            return None
        capital = capitals[province]
        if capital is not None and dice.random() < CAPITAL:
            return capital
        return dice.choices(towns[province], weights[province])[0]

    return choose
