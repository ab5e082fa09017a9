"""Niches of a cluster's industry at the finest grain that the register's numbers allow, and who covers them.

# Note [Grain of a niche]
A class of the definition is split into groups and classes as far as each part holds LEAST_FIRMS register firms. Smaller
parts are told together as the rest of what they belong to, so that every member and every register firm inside the
definition counts in exactly one niche, and no share rests on a handful of firms. Members' names and activities are
public (the directory lists them) and the register's counts come as published, so that nothing has to be hidden here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language, override

from poliedro.reference.models import Code, Territory
from poliedro.registry.models import Cluster
from poliedro.registry.queries.coverage import (
    UNDER_COVERAGE,
    CodeTree,
    code_tree,
    definition_codes,
    in_each_language,
    kept_cluster,
    members_at,
)
from poliedro.registry.queries.register_counts import register_counts
from poliedro.shared.dated import Moment
from poliedro.shared.region import region
from poliedro.shared.stored import Stored

LEAST_FIRMS = 10
"""Register firms that a niche of its own holds at least. See Note [Grain of a niche]."""
LEAST_THERE = 3
"""Register firms of a niche in a province without a member, for the province to be named."""


@dataclass(frozen=True)
class Niche:
    """n member firms of N register firms in an activity. rest: of the activity's parts that are too small to stand
    alone. blank: provinces with LEAST_THERE register firms and no member, as (name, register firms), most firms first.
    """

    code: str
    label: str
    rest: bool
    n: int
    N: int
    blank: tuple[tuple[str, int], ...] = ()

    @property
    def share(self) -> float | None:
        return self.n / self.N if self.N else None


def niches_of(cluster: Cluster, moment: Moment, version: int | None = None) -> list[Niche]:
    """The niches of a cluster's industry, those without a member first, the largest of them on top; then the least
    covered. Empty without a definition. What is known now is kept in memory, not to be changed."""
    if moment.known is None:
        return _NICHES.get(cluster.pk, moment.on, version, region().code, get_language())
    return _niches(cluster, moment, version)


@dataclass
class _Part:
    """Members and register firms by territory."""

    members: Counter[int]
    firms: Counter[int]

    def add(self, other: _Part) -> None:
        self.members.update(other.members)
        self.firms.update(other.firms)


def _niches(cluster: Cluster, moment: Moment, version: int | None) -> list[Niche]:
    codes = definition_codes(cluster, moment, version)
    tree, register = code_tree(), register_counts(moment)
    inside = tree.below(codes)
    names = dict(
        Territory.objects.filter(pk__in={t for c in inside for t in register.firms.get(c, ())}).values_list(
            "pk", "name"
        )
    )
    parts = {c: _Part(Counter(), Counter(register.firms.get(c, {}))) for c in inside}
    for (activity, territory, parent), k in members_at(cluster, moment).items():
        if activity in inside:
            parts[activity].members[territory if territory in names else parent] += k
    told: list[tuple[int, bool, _Part]] = []
    # a class inside another one of the definition is told with that one
    for code in (c for c in codes if not any(c != other and c in tree.below([other]) for other in codes)):
        before = len(told)
        left = _split(code, tree, parts, told)
        if left.firms.total() or left.members.total():
            told.append((code, len(told) > before, left))
    labels = {c.pk: c for c in Code.objects.filter(pk__in=[code for code, _r, _p in told])}
    found = [_told(labels[code], rest, part, names) for code, rest, part in told]
    return sorted(found, key=lambda g: (g.share if g.share is not None else 2.0, -g.N, g.code, g.rest))


def _split(code: int, tree: CodeTree, parts: dict[int, _Part], told: list[tuple[int, bool, _Part]]) -> _Part:
    """Put the niches at and below a class into `told`; returns what is too small to be told here."""
    before, left = len(told), parts[code]
    for child in tree.children.get(code, ()):
        left.add(_split(child, tree, parts, told))
    if left.firms.total() < LEAST_FIRMS:
        return left
    told.append((code, len(told) > before, left))
    return _Part(Counter(), Counter())


def _told(code: Code, rest: bool, part: _Part, names: dict[int, str]) -> Niche:
    blank = sorted(
        ((names[t], firms) for t, firms in part.firms.items() if firms >= LEAST_THERE and not part.members[t]),
        key=lambda p: (-p[1], p[0]),
    )
    return Niche(code.code, str(code), rest, part.members.total(), part.firms.total(), tuple(blank))


def _niches_in(cluster: int, on: date, version: int | None, _region: str, language: str) -> list[Niche]:
    with override(language):
        return _niches(kept_cluster(cluster), Moment(on), version)


_NICHES: Stored[list[Niche]] = Stored(
    "registry.niches", list[Niche], lambda: UNDER_COVERAGE, _niches_in, ready=in_each_language, most=128
)
