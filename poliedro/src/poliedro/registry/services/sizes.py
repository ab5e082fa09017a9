"""Size classes of the register, computed from statements and group links, and stored for the directory."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.reference.models import Certainty
from poliedro.registry.models import FinancialStatement, GroupLink, Organisation, Standing
from poliedro.registry.rules.sizes import (
    Accounts,
    Holding,
    SizeClass,
    class_of_year,
    consolidated,
    counted,
    is_publicly_held,
    size_class,
)
from poliedro.registry.rules.standings import replaced
from poliedro.registry.services.region_setup import ensure_source
from poliedro.registry.services.standings import News, Stamp, remember
from poliedro.shared.dated import Moment

PASSIVE = (Organisation.Kind.INVESTOR, Organisation.Kind.UNIVERSITY, Organisation.Kind.RESEARCH_BODY)
"""Owners that leave a firm its own as long as they do not control it."""
PUBLIC = (Organisation.Kind.PUBLIC_AUTHORITY,)


def size_on(organisation: Organisation, moment: Moment) -> str:
    """The size class on the day, from earlier years' statements and the links in force; empty: not known."""
    return _sizes([organisation.pk], moment).get(organisation.pk, "")


@transaction.atomic
def assess_sizes(*, moment: Moment, by: Any = None) -> int:
    """Store the size class of every organisation that has a statement, as it was from the first of January of each year
    and from each day on which a link of its group began or ended. Returns how many have another class on the day."""
    found: dict[int, list[tuple[date, str]]] = defaultdict(list)
    for day, keys in _days(moment):
        for key, size in _sizes(keys, Moment(day, moment.known)).items():
            if size:
                found[key].append((day, size))
    bodies = Organisation.objects.filter(pk__in=found).order_by("pk")
    news = [_assessed(o, found[o.pk]) for o in bodies]
    before = {n.organisation.pk: n.before for n in news}
    remember(news, Stamp(ensure_source("size-assessment"), Certainty.ESTIMATED, timezone.now()))
    changed = [n.organisation for n in news if n.organisation.size_class != before[n.organisation.pk]]
    Organisation.objects.bulk_update(changed, ["size_class"], batch_size=500)
    record(by=by, verb="assess_sizes", subject_kind="register", subject_key=moment.on, changed=len(changed))
    return len(changed)


def _days(moment: Moment) -> list[tuple[date, list[int]]]:
    """The days up to the moment's on which classes may change, in order, each with the organisations it may touch."""
    statements = FinancialStatement.objects.known(moment.known).filter(year__lt=moment.on.year)
    keys = sorted(set(statements.order_by().values_list("organisation_id", flat=True)))
    if not keys:
        return []
    first = statements.aggregate(first=Min("year"))["first"]
    days = {date(year, 1, 1): set(keys) for year in range(first + 1, moment.on.year + 1)}
    links = list(GroupLink.objects.known(moment.known).order_by("pk"))
    near: dict[int, list[Holding]] = defaultdict(list)
    for link in links:
        near[link.parent_id].append(Holding(link.parent_id, link.child_id, link.share))
        near[link.child_id].append(near[link.parent_id][-1])
    for link in links:
        group = {link.parent_id, link.child_id}
        for holding in _around(link.parent_id, near):
            group |= {holding.parent, holding.child}
        for day in (link.valid_from, link.valid_to):
            if day and date(first + 1, 1, 1) < day <= moment.on:
                days.setdefault(day, set()).update(group.intersection(keys))
    return [(day, sorted(touched)) for day, touched in sorted(days.items())]


def _assessed(organisation: Organisation, classes: list[tuple[date, str]]) -> News:
    return News(organisation, Standing.Aspect.SIZE, organisation.size_class, lambda spans: replaced(spans, classes))


def _sizes(keys: list[int], moment: Moment) -> dict[int, str]:
    links = list(GroupLink.objects.at(moment).order_by("pk").values_list("parent_id", "child_id", "share", "dominant"))
    near: dict[int, list[Holding]] = defaultdict(list)
    for parent, child, share, dominant in links:
        holding = Holding(parent, child, share, dominant)
        near[parent].append(holding)
        near[child].append(holding)
    years: dict[int, dict[int, Accounts]] = defaultdict(dict)
    rows = FinancialStatement.objects.known(moment.known).filter(year__lt=moment.on.year).order_by("year", "pk")
    for organisation, year, persons, turnover, assets in rows.values_list(
        "organisation_id", "year", "persons", "turnover_eur", "total_assets_eur"
    ):
        years[year][organisation] = Accounts(persons, turnover, assets)
    owners = {parent for parent, *_ in links}
    kinds = dict(Organisation.objects.filter(pk__in=owners).order_by("pk").values_list("pk", "kind"))
    passive, public = ({pk for pk, kind in kinds.items() if kind in which} for which in (PASSIVE, PUBLIC))
    result = {}
    for key in keys:
        everything = _around(key, near)
        if is_publicly_held(key, everything, public):
            result[key] = SizeClass.LARGE.value
            continue
        holdings = counted(everything, passive)
        classes = [
            class_of_year(consolidated(key, accounts, holdings))
            for _, accounts in sorted(years.items())
            if key in accounts
        ]
        found = size_class(classes)
        result[key] = found.value if found else ""
    return result


def _around(key: int, near: dict[int, list[Holding]]) -> list[Holding]:
    """The links that can matter for a firm: all that are reached from it."""
    seen, todo, found = {key}, [key], []
    while todo:
        for holding in near.get(todo.pop(), ()):
            found.append(holding)
            for other in (holding.parent, holding.child):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
    return list(dict.fromkeys(found))
