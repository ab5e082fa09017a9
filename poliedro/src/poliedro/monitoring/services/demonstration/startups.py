"""Start-ups that left the region's incubators since 2005, of which clusters helped some. Help changes nothing in them:
what
an honest comparison has to find."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.reference.models import Certainty, Load
from poliedro.registry.models import (
    Delivery,
    IncubateeSpell,
    ManagementOrganisation,
    MembershipSpell,
    Organisation,
    StatusRecord,
)
from poliedro.registry.services.index import index_organisations
from poliedro.shared.region import Region

NUMBER = 260
PREFIX = "Demo Spin-off"
CLOSING, HELPING = 0.11, 0.22
"""Per year: the pace at which they close, and at which clusters begin to help those that are there."""
JOINED, LEAST_STAY = 4, 300
"""Members that were in an incubator before, and for how many days at least."""


def build_startups(*, region: Region, by: Any = None) -> str:
    load = Load.objects.filter(importer="demonstration", state=Load.State.LOADED).order_by("pk").first()
    incubators = list(Organisation.objects.current().filter(kind=Organisation.Kind.INCUBATOR).order_by("pk"))
    bodies = list(ManagementOrganisation.objects.select_related("organisation").order_by("pk"))
    if load is None or not incubators or not bodies:
        return "no start-ups: the register's demonstration is not loaded"
    with transaction.atomic():
        joined = let_members_come_from_incubators(load, incubators)
    if Organisation.objects.filter(load=load, name__startswith=PREFIX).exists():
        return f"start-ups are there already, {joined} members came from an incubator"
    dice = Random(load.parameters["seed"] + 61)
    today: date = region.raw["demonstration"]["today"]
    fact: dict[str, Any] = {"source": load.source, "load": load, "certainty": Certainty.SYNTHETIC}
    firms, spells, statuses, services = [], [], [], []
    for number in range(1, NUMBER + 1):
        incubator = dice.choice(incubators)
        entered = date(2003, 1, 1) + timedelta(days=dice.randrange(14 * 365))
        left = entered + timedelta(days=dice.randint(500, 1300))
        closed = left + timedelta(days=round(dice.expovariate(CLOSING) * 365.25) + 1)
        helped = left + timedelta(days=round(dice.expovariate(HELPING) * 365.25))
        end = min(closed, today)
        firm = Organisation(
            name=f"{PREFIX} {number:03d} S.r.l.",
            legal_form="S.r.l.",
            kind=Organisation.Kind.START_UP,
            size_class=Organisation.SizeClass.MICRO,
            country=region.country,
            territory=incubator.territory,
            founded_on=entered,
            closed_on=closed if closed <= today else None,
            **fact,
        )
        firms.append(firm)
        spells.append(IncubateeSpell(organisation=firm, incubator=incubator, valid_from=entered, valid_to=left, **fact))
        statuses.append(
            StatusRecord(
                organisation=firm, status="alive", valid_from=entered, valid_to=closed if closed <= today else None,
                checked_on=end - timedelta(days=1) if closed <= today else today, **fact,
            )
        )  # fmt: skip
        if closed <= today:
            statuses.append(
                StatusRecord(organisation=firm, status="closed", valid_from=closed, checked_on=today, **fact)
            )
        if helped < end:
            services.append(
                Delivery(
                    provider=dice.choice(bodies).organisation, client=firm, service="finance", delivered_on=helped,
                    hours=dice.randint(4, 30), **fact,
                )
            )  # fmt: skip
    with transaction.atomic():
        Organisation.objects.bulk_create(firms, batch_size=500)
        IncubateeSpell.objects.bulk_create(spells, batch_size=500)
        StatusRecord.objects.bulk_create(statuses, batch_size=500)
        Delivery.objects.bulk_create(services, batch_size=500)
        index_organisations([f.pk for f in firms])
        record(by=by, verb="build_demonstration_startups", subject_kind="load", subject_key=load.pk, rows=len(firms))
    return f"{len(firms)} start-ups after the incubator, {len(services)} helped"


def let_members_come_from_incubators(load: Load, incubators: list[Organisation]) -> int:
    """Some start-ups that are members of a cluster were in an incubator before they joined: the way from incubator to
    cluster has its end. How many; 0 where that was done before.

    No membership is added, so that the clusters' published figures stay. Each was last seen alive on the day on which
    it left, so that what became of start-ups afterwards is compared without firms that were chosen because they lived.
    """
    if IncubateeSpell.objects.filter(load=load, organisation__memberships__isnull=False).exists():
        return 0
    spells = MembershipSpell.objects.known().filter(
        load=load, organisation__kind=Organisation.Kind.START_UP, organisation__certainty=Certainty.SYNTHETIC,
        organisation__founded_on__isnull=False, valid_to=None,
    )  # fmt: skip
    by_cluster: dict[int, MembershipSpell] = {}
    taken: set[int] = set()
    for spell in spells.select_related("organisation").order_by("-valid_from", "pk"):
        if spell.cluster_id in by_cluster or spell.organisation_id in taken or spell.valid_from is None:
            continue
        if (spell.valid_from - spell.organisation.founded_on).days > LEAST_STAY:
            by_cluster[spell.cluster_id] = spell
            taken.add(spell.organisation_id)
    fact: dict[str, Any] = {"source": load.source, "load": load, "certainty": Certainty.SYNTHETIC}
    chosen = [by_cluster[key] for key in sorted(by_cluster)][:JOINED]
    for number, spell in enumerate(chosen):
        firm, joined = spell.organisation, spell.valid_from
        assert joined is not None  # chosen above among those with a day
        IncubateeSpell.objects.create(
            organisation=firm, incubator=incubators[number % len(incubators)], valid_from=firm.founded_on,
            valid_to=joined, **fact,
        )  # fmt: skip
        StatusRecord.objects.create(
            organisation=firm, status="alive", valid_from=firm.founded_on, checked_on=joined, **fact
        )
    return len(chosen)
