"""Size classes of the register, computed from statements and group links, and stored for the directory."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.registry.models import FinancialStatement, GroupLink, Organisation
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
from poliedro.shared.dated import Moment

PASSIVE = (Organisation.Kind.INVESTOR, Organisation.Kind.UNIVERSITY, Organisation.Kind.RESEARCH_BODY)
"""Owners that leave a firm its own as long as they do not control it."""
PUBLIC = (Organisation.Kind.PUBLIC_AUTHORITY,)


def size_on(organisation: Organisation, moment: Moment) -> str:
    """The size class on the day, from earlier years' statements and the links in force; empty: not known."""
    return _sizes([organisation.pk], moment).get(organisation.pk, "")


@transaction.atomic
def assess_sizes(*, moment: Moment, by: Any = None) -> int:
    """Store the size class of every organisation that has a statement. Returns how many changed."""
    keys = list(
        FinancialStatement.objects.known(moment.known).order_by().values_list("organisation_id", flat=True).distinct()
    )
    found = _sizes(keys, moment)
    changed = [
        o
        for o in Organisation.objects.filter(pk__in=found).order_by("pk")
        if found[o.pk] and o.size_class != found[o.pk]
    ]
    for organisation in changed:
        organisation.size_class = found[organisation.pk]
    Organisation.objects.bulk_update(changed, ["size_class"], batch_size=500)
    record(by=by, verb="assess_sizes", subject_kind="register", subject_key=moment.on, changed=len(changed))
    return len(changed)


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
