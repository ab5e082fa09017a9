"""The directory of organisations: chosen facets, counts, a page of results. A constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from poliedro.reference.models import Code, Territory
from poliedro.registry.models import Cluster, MembershipSpell, Organisation, RegisterFlag
from poliedro.registry.queries.directory_index import (
    ANY,
    ELSEWHERE,
    FIRMS,
    HERE,
    DirectoryIndex,
    directory_index,
    eu_parts,
    facet_labels,
)
from poliedro.registry.queries.geography import in_region
from poliedro.registry.queries.memberships import FIRM_KINDS
from poliedro.registry.queries.visibility import kept_back, without_place
from poliedro.shared.dated import Moment

PAGE = 25
FACETS = ("where", "kind", "cluster", "province", "size", "activity", "projects", "certainty")


@dataclass(frozen=True)
class Choice:
    """What the reader chose: free text, and values by facet. order: name, newest, or best (of the text)."""

    text: str = ""
    values: dict[str, str] = field(default_factory=dict)
    order: str = "name"


@dataclass(frozen=True)
class FacetCount:
    value: str
    label: str
    count: int


@dataclass(frozen=True)
class Found:
    """One page of the directory. total: all that match. facets: counts within what matches the other choices."""

    rows: list[Organisation]
    total: int
    facets: dict[str, list[FacetCount]]
    clusters: dict[int, list[Cluster]]
    start_ups: set[int]


def organisations(choice: Choice, moment: Moment, keys: Sequence[int] | None = None) -> QuerySet[Organisation]:
    """Organisations that match. keys: those whose text matches, if text was asked for.

    Whoever keeps size, province or activity back is not found by it, whatever it is; nobody's own rows are treated
    otherwise.
    """
    rows = Organisation.objects.current()
    values = {k: v for k, v in choice.values.items() if v}
    if keys is not None:
        rows = rows.filter(pk__in=keys)
    if "where" in values:
        rows = rows.filter(in_region()) if values["where"] == HERE else rows.exclude(in_region() | Q(territory=None))
    if "kind" in values:
        rows = rows.filter(kind__in=FIRM_KINDS) if values["kind"] == FIRMS else rows.filter(kind=values["kind"])
    hidden = kept_back() if {"size", "activity", "province"} & set(values) else {}
    if "size" in values:
        rows = rows.exclude(pk__in=hidden["size"])
        rows = rows.filter(size_class="" if values["size"] == "unknown" else values["size"])
    if "certainty" in values:
        rows = rows.filter(certainty=values["certainty"])
    if "province" in values:
        rows = rows.exclude(pk__in=hidden["place"]).filter(territory__in=_places(values["province"]))
    if "activity" in values:
        rows = rows.exclude(pk__in=hidden["activities"])
        rows = rows.filter(nace__in=_classes(values["activity"]))
    if "cluster" in values:
        held = MembershipSpell.objects.at(moment).filter(organisation=OuterRef("pk"))
        if values["cluster"] != ANY:
            held = held.filter(cluster__key=values["cluster"])
        rows = rows.filter(Exists(held))
    if "projects" in values:
        rows = rows.filter(Exists(eu_parts().filter(organisation=OuterRef("pk"))))
    return rows


def _places(code: str) -> Subquery:
    """The province and its municipalities."""
    return Subquery((Territory.objects.filter(code=code) | Territory.objects.filter(parent__code=code)).values("pk"))


def _classes(code: str) -> list[int]:
    """A NACE division and all that lies below it."""
    rows = Code.objects.filter(classification__key__in=("nace", "ateco"))
    return list(rows.filter(code=code).values_list("pk", flat=True)) + list(
        rows.filter(code__startswith=f"{code}.").values_list("pk", flat=True)
    )


def find(
    choice: Choice,
    moment: Moment,
    *,
    page: int = 1,
    keys: Sequence[int] | None = None,
    best: Sequence[int] = (),
) -> Found:
    """A page of what matches, and the counts of every facet within what matches the other choices.

    best: those of `keys` that match the text best, in that order; the others follow by name.
    """
    index = directory_index(moment)
    values = {facet: value for facet, value in choice.values.items() if value}
    chosen = {facet: _mask(index, facet, value, moment) for facet, value in values.items()}
    text = index.everybody if keys is None else index.mask_of(keys)
    matching = _all_of(chosen, text)
    first = best if choice.order == "best" else ()
    ids = index.page(matching, (page - 1) * PAGE, PAGE, newest=choice.order == "newest", first=first)
    found = Organisation.objects.select_related("territory__parent", "nace", "source").in_bulk(ids)
    hidden = kept_back(among=ids)
    for pk in hidden["activities"] & set(found):
        found[pk].nace = None
    for pk in hidden["place"] & set(found):
        without_place(found[pk])
    facets = {
        facet: _counts(index.masks[facet], _all_of({f: m for f, m in chosen.items() if f != facet}, text))
        for facet in FACETS
    }
    return Found(
        [found[i] for i in ids if i in found],
        matching.bit_count(),
        _labelled(facets),
        clusters_of(ids, moment),
        _start_ups(ids, moment) - hidden["flags"],
    )


def _mask(index: DirectoryIndex, facet: str, value: str, moment: Moment) -> int:
    """Who has the value; asked of the database where it is no value of the facet (a municipality, a class)."""
    known = index.masks[facet].get(value)
    if known is not None:
        return known
    one = Choice(values={facet: value})
    return index.mask_of(organisations(one, moment).values_list("pk", flat=True))


def _all_of(masks: dict[str, int], start: int) -> int:
    for mask in masks.values():
        start &= mask
    return start


def _counts(masks: Mapping[str, int], within: int) -> dict[str, int]:
    counted = {value: (mask & within).bit_count() for value, mask in masks.items()}
    return {value: n for value, n in counted.items() if n}


def _labelled(counts: dict[str, dict[str, int]]) -> dict[str, list[FacetCount]]:
    """Counts with their words, most first; clusters in their usual order."""
    labels = facet_labels()
    kinds = dict(Organisation.Kind.choices)
    sizes = dict(Organisation.SizeClass.choices)
    most = {facet: sorted(c.items(), key=lambda p: (-p[1], p[0])) for facet, c in counts.items()}
    clusters = {ANY: "", **labels["cluster"]}
    return {
        "where": [FacetCount(v, v, counts["where"][v]) for v in (HERE, ELSEWHERE) if v in counts["where"]],
        "projects": [FacetCount(v, v, n) for v, n in most["projects"]],
        "kind": [FacetCount(v, str(kinds.get(v, v)), n) for v, n in most["kind"]],
        "size": [FacetCount(v, str(sizes.get(v, "")), n) for v, n in most["size"]],
        "certainty": [FacetCount(v, v, n) for v, n in most["certainty"]],
        "province": [FacetCount(v, labels["province"].get(v, v), n) for v, n in most["province"][:40]],
        "activity": [
            FacetCount(v, f"{v} {labels['activity'].get(v, '')}".strip(), n) for v, n in most["activity"][:40]
        ],
        "cluster": [
            FacetCount(v, name, counts["cluster"][v]) for v, name in clusters.items() if v in counts["cluster"]
        ],
    }


def clusters_of(ids: Sequence[int], moment: Moment) -> dict[int, list[Cluster]]:
    """{organisation id: its clusters on the day}. One query."""
    spells = (
        MembershipSpell.objects.at(moment)
        .filter(organisation__in=ids)
        .select_related("cluster")
        .order_by("cluster__position")
    )
    result: dict[int, list[Cluster]] = {}
    for spell in spells:
        result.setdefault(spell.organisation_id, []).append(spell.cluster)
    return result


def _start_ups(ids: Sequence[int], moment: Moment) -> set[int]:
    return set(
        RegisterFlag.objects.at(moment)
        .filter(organisation__in=ids, flag="innovative_start_up")
        .values_list("organisation_id", flat=True)
    )
