"""The members of a cluster as its managers work with them: facets, what needs attention, one page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Max

from poliedro.registry.models import Cluster, Contact, FeeInvoice, Interaction, MembershipSpell, Organisation
from poliedro.registry.queries.fees import in_arrears
from poliedro.registry.queries.geography import provinces
from poliedro.registry.rules.members import Stay, stays
from poliedro.shared.search import fold
from poliedro.shared.versions import Kept

PAGE = 50
FACETS = ("attention", "kind", "size", "category", "fee_class", "province", "since")
QUIET = timedelta(days=365)
"""A member with whom nothing was noted for longer needs attention."""
SOON = timedelta(days=60)
"""A membership that ends within this time wants renewing."""
SINCE = (("new", 1), ("recent", 3), ("settled", 8), ("old", 200))
"""Years of membership: less than 1, 1 to 2, 3 to 7, 8 and more."""
ATTENTION = ("arrears", "ends_soon", "no_contact", "quiet")
"""Most pressing first."""


@dataclass(frozen=True)
class MemberLine:
    """A member on the day. since: first day of its stay. until: the day its spell ends, if one is set. last_on: when
    something was last noted with it. owed_eur: overdue fees. attention: what it needs, most pressing first."""

    organisation_id: int
    spell_id: int
    name: str
    kind: str
    size: str
    category: str
    fee_class: str
    province: str
    since: date
    until: date | None
    last_on: date | None
    owed_eur: Decimal
    attention: tuple[str, ...]
    folded: str = field(repr=False, default="")

    def values(self, today: date) -> dict[str, tuple[str, ...]]:
        return {
            "attention": self.attention,
            "kind": (self.kind,),
            "size": (self.size or "unknown",),
            "category": (self.category,),
            "fee_class": (self.fee_class or "none",),
            "province": (self.province or "unknown",),
            "since": (since_group(self.since, today),),
        }


def since_group(since: date, today: date) -> str:
    years = (today - since).days / 365.25
    return next(group for group, limit in SINCE if years < limit)


@dataclass(frozen=True)
class FoundMembers:
    """One page. total: all that match. facets: counts within what matches the other choices. everyone: all members."""

    rows: list[MemberLine]
    total: int
    everyone: int
    facets: dict[str, dict[str, int]]


Spells = Mapping[int, Sequence[tuple[int, int, date, date | None, str, str, str]]]


def find_members(
    cluster: Cluster, today: date, values: Mapping[str, str], text: str = "", page: int = 1, size: int = PAGE
) -> FoundMembers:
    """The members of the day that match, those who need attention first, then by name. A constant number of queries."""
    everyone = member_lines(cluster, today)
    words = fold(text).split()
    asked = {f: v for f, v in values.items() if v}
    held = [(m, m.values(today)) for m in everyone if all(w in m.folded for w in words)]
    matching = [m for m, own in held if all(v in own[f] for f, v in asked.items())]
    facets = {}
    for facet in FACETS:
        others = {f: v for f, v in asked.items() if f != facet}
        counted: Counter[str] = Counter()
        for _m, own in held:
            if all(v in own[f] for f, v in others.items()):
                counted.update(own[facet])
        facets[facet] = dict(counted)
    start = (page - 1) * size
    return FoundMembers(matching[start : start + size], len(matching), len(everyone), facets)


def member_lines(cluster: Cluster, today: date) -> list[MemberLine]:
    """Every member of the day with what it needs. Kept in memory until a table under it changes."""
    return _LINES.get(cluster.pk, today)


def _lines(cluster_id: int, today: date) -> list[MemberLine]:
    cluster = Cluster.objects.get(pk=cluster_id)
    rows = list(
        MembershipSpell.objects.known()
        .filter(cluster=cluster, organisation__merged_into=None)
        .order_by("organisation", "valid_from")
        .values_list("pk", "organisation", "valid_from", "valid_to", "category", "fee_class", "leave_reason")
    )
    since = _since([(o, start, end, reason) for _pk, o, start, end, _c, _f, reason in rows], today)
    now = {
        o: (pk, end, category, fee)
        for pk, o, start, end, category, fee, _r in rows
        if start <= today and (end is None or end > today)
    }
    last = dict(
        Interaction.objects.filter(cluster=cluster, on__lte=today)
        .order_by()
        .values_list("organisation")
        .annotate(d=Max("on"))
    )
    reached = set(Contact.objects.filter(cluster=cluster, ended_on=None).values_list("organisation", flat=True))
    owed, place = in_arrears(cluster, today), provinces()
    bodies = Organisation.objects.filter(memberships__cluster=cluster, memberships__retracted_at=None).distinct()
    lines = []
    for pk, name, kind, size, territory in bodies.order_by("pk").values_list(
        "pk", "name", "kind", "size_class", "territory"
    ):
        if pk not in now:
            continue
        spell, until, category, fee = now[pk]
        quiet = last.get(pk) is None or today - last[pk] > QUIET
        facts = {
            "arrears": bool(owed.get(pk)),
            "ends_soon": until is not None and until - today <= SOON,
            "no_contact": pk not in reached,
            "quiet": quiet,
        }
        lines.append(
            MemberLine(
                pk, spell, name, kind, size, category, fee or size, place[territory][1] if territory in place else "",
                since[pk], until, last.get(pk), owed.get(pk, Decimal(0)),
                tuple(a for a in ATTENTION if facts[a]), fold(name),
            )
        )  # fmt: skip
    order = {a: i for i, a in enumerate(ATTENTION)}
    return sorted(
        lines, key=lambda m: (order.get(m.attention[0], 9) if m.attention else 9, m.folded, m.organisation_id)
    )


def _since(spells: Sequence[tuple[int, date, date | None, str]], today: date) -> dict[int, date]:
    held: list[Stay] = stays(spells)
    return {s.organisation_id: s.since for s in held if s.holds_on(today)}


def _tables() -> Sequence[type]:
    from poliedro.reference.models import Territory
    from poliedro.registry.models import FeePayment

    return (MembershipSpell, Organisation, Interaction, Contact, FeeInvoice, FeePayment, Territory)


_LINES: Kept[list[MemberLine]] = Kept(_tables, _lines, most=24)
