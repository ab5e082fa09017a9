"""The directory of organisations: chosen facets, counts, a page of results. A constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery

from poliedro.reference.models import Code, Territory
from poliedro.registry.models import Cluster, MembershipSpell, Organisation, RegisterFlag
from poliedro.shared.dated import Moment

PAGE = 25
FACETS = ("kind", "cluster", "province", "size", "activity", "certainty")


@dataclass(frozen=True)
class Choice:
    """What the reader chose: free text, and values by facet."""

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
    """Organisations that match. keys: those whose text matches, if text was asked for."""
    return _chosen(Organisation.objects.current(), choice, moment, keys, skip="")


def _chosen(
    rows: QuerySet[Organisation], choice: Choice, moment: Moment, keys: Sequence[int] | None, skip: str
) -> QuerySet[Organisation]:
    values = {k: v for k, v in choice.values.items() if v and k != skip}
    if keys is not None:
        rows = rows.filter(pk__in=keys)
    if "kind" in values:
        rows = rows.filter(kind=values["kind"])
    if "size" in values:
        rows = rows.filter(size_class="" if values["size"] == "unknown" else values["size"])
    if "certainty" in values:
        rows = rows.filter(certainty=values["certainty"])
    if "province" in values:
        rows = rows.filter(territory__in=_places(values["province"]))
    if "activity" in values:
        rows = rows.filter(nace__in=_classes(values["activity"]))
    if "cluster" in values:
        held = MembershipSpell.objects.at(moment).filter(cluster__key=values["cluster"], organisation=OuterRef("pk"))
        rows = rows.filter(Exists(held))
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


def find(choice: Choice, moment: Moment, *, page: int = 1, keys: Sequence[int] | None = None) -> Found:
    """A page of what matches, and the counts of every facet."""
    matching = organisations(choice, moment, keys)
    order = {"name": ("name", "pk"), "newest": (F("founded_on").desc(nulls_last=True), "name", "pk")}[choice.order]
    rows = list(
        matching.select_related("territory__parent", "nace", "source").order_by(*order)[(page - 1) * PAGE : page * PAGE]
    )
    ids = [o.pk for o in rows]
    return Found(
        rows, matching.count(), _facets(choice, moment, keys), clusters_of(ids, moment), _start_ups(ids, moment)
    )


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


def _facets(choice: Choice, moment: Moment, keys: Sequence[int] | None) -> dict[str, list[FacetCount]]:
    def within(facet: str) -> QuerySet[Organisation]:
        return _chosen(Organisation.objects.current(), choice, moment, keys, skip=facet)

    kinds = dict(Organisation.Kind.choices)
    sizes = {**dict(Organisation.SizeClass.choices), "": ""}
    counted = {
        "kind": [FacetCount(v, str(kinds[v]), n) for v, n in _count(within("kind"), "kind")],
        "size": [
            FacetCount(v or "unknown", str(sizes[v]) if v else "", n) for v, n in _count(within("size"), "size_class")
        ],
        "certainty": [FacetCount(v, v, n) for v, n in _count(within("certainty"), "certainty")],
    }
    places: dict[tuple[str, str], int] = {}
    for row in (
        within("province")
        .filter(territory__isnull=False)
        .values(
            "territory__level",
            "territory__code",
            "territory__name",
            "territory__parent__code",
            "territory__parent__name",
        )
        .annotate(n=Count("pk"))
        .order_by()
    ):
        up = row["territory__level"] == "lau"
        code = row["territory__parent__code"] if up else row["territory__code"]
        name = row["territory__parent__name"] if up else row["territory__name"]
        if code and len(code) == 5:
            places[code, name] = places.get((code, name), 0) + row["n"]
    counted["province"] = [
        FacetCount(code, name, n) for (code, name), n in sorted(places.items(), key=lambda p: (-p[1], p[0][1]))[:40]
    ]
    divisions: dict[str, int] = {}
    for code, n in _count(within("activity").filter(nace__isnull=False), "nace__code"):
        divisions[code[:2]] = divisions.get(code[:2], 0) + n
    labels = {
        c.code: c.label for c in Code.objects.filter(code__in=divisions, classification__key__in=("nace", "ateco"))
    }
    counted["activity"] = [
        FacetCount(code, f"{code} {labels.get(code, '')}".strip(), n)
        for code, n in sorted(divisions.items(), key=lambda d: (-d[1], d[0]))[:40]
    ]
    held = MembershipSpell.objects.at(moment)
    if any(v for k, v in choice.values.items() if k != "cluster") or keys is not None:
        held = held.filter(organisation__in=within("cluster"))
    counted["cluster"] = [
        FacetCount(r["cluster__key"], r["cluster__name"], r["n"])
        for r in held.values("cluster__key", "cluster__name", "cluster__position")
        .annotate(n=Count("organisation", distinct=True))
        .order_by("cluster__position")
    ]
    return counted


def _count(rows: QuerySet[Organisation], path: str) -> list[tuple[str, int]]:
    return [(r[path], r["n"]) for r in rows.values(path).annotate(n=Count("pk")).order_by("-n", path)]
