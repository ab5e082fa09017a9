"""The directory in memory: for each value of a facet, which organisations have it, as the bits of one number.

Counting what matches several choices is then an `and` and a count of bits, so that all counts beside a page of 100 000
organisations take a few milliseconds. Kept in each process until a table under it changes (`shared.versions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils.translation import get_language

from poliedro.reference.models import Code, Territory
from poliedro.registry.models import Cluster, FieldVisibility, MembershipSpell, Organisation, Participation
from poliedro.registry.queries.geography import in_region_itself, provinces
from poliedro.registry.queries.memberships import FIRM_KINDS
from poliedro.registry.queries.visibility import kept_back
from poliedro.shared.dated import Moment
from poliedro.shared.versions import Kept

NAMELESS_LAST = Case(When(name="", then=Value(1)), default=Value(0), output_field=IntegerField())
"""Orders organisations whose name is not known behind the others."""

HERE, ELSEWHERE = "here", "elsewhere"
"""Values of "where": placed in the region, placed outside. Whoever has no place is in neither."""
FIRMS = "firms"
"""The value of "kind" that takes firms of every kind together, as the figures on firms do."""
ANY = "any"
"""The value of "cluster" for the members of at least one."""
EU = "eu"
"""The value of "projects" for whoever takes part in a loaded EU project."""


def eu_parts() -> QuerySet[Participation]:
    return Participation.objects.known().filter(project__scheme__in=("h2020", "horizon_europe"))


Masks = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class DirectoryIndex:
    """Organisations of today by position, which is their order by name (those without a name last).

    ids: primary keys by position. at: position by primary key. masks: facet -> value -> the positions that have it, as
    bits. newest: positions, founded last first.
    """

    ids: list[int]
    at: Mapping[int, int]
    masks: Masks
    newest: list[int]

    @property
    def everybody(self) -> int:
        return (1 << len(self.ids)) - 1

    def mask_of(self, ids: Iterable[int]) -> int:
        """The positions of these primary keys; those that are not in the directory are left out."""
        return bits(len(self.ids), (self.at[i] for i in ids if i in self.at))

    def page(self, mask: int, start: int, count: int, *, newest: bool = False, first: Sequence[int] = ()) -> list[int]:
        """Primary keys of the organisations in `mask`, from the start-th on. first: those before the others."""
        held = mask.to_bytes(len(self.ids) // 8 + 1, "little")
        if first:
            places = (self.at[i] for i in first if i in self.at)
            ahead = [p for p in places if held[p >> 3] >> (p & 7) & 1]
            behind = self.page(mask & ~bits(len(self.ids), ahead), max(0, start - len(ahead)), count)
            return ([self.ids[p] for p in ahead[start : start + count]] + behind)[:count]
        found = _in_order(held, self.newest) if newest else _positions(held, start)
        if newest:
            for _ in range(start):
                if next(found, None) is None:
                    return []
        return [self.ids[p] for p, _ in zip(found, range(count), strict=False)]


def bits(size: int, positions: Iterable[int]) -> int:
    """A number with these bits set, of at most `size` bits."""
    held = bytearray(size // 8 + 1)
    for p in positions:
        held[p >> 3] |= 1 << (p & 7)
    return int.from_bytes(held, "little")


def _positions(held: bytes, skip: int) -> Iterator[int]:
    """The positions of the bits set, lowest first, without the first `skip`."""
    for i, byte in enumerate(held):
        n = byte.bit_count()
        if skip >= n:
            skip -= n
            continue
        for j in range(8):
            if byte >> j & 1:
                if skip:
                    skip -= 1
                else:
                    yield i * 8 + j


def _in_order(held: bytes, order: list[int]) -> Iterator[int]:
    return (p for p in order if held[p >> 3] >> (p & 7) & 1)


def directory_index(moment: Moment) -> DirectoryIndex:
    """The index of all that is known now, with the memberships of the day. Raises ValueError where `known` is given."""
    if moment.known is not None:
        raise ValueError("the directory shows what is known now; ask the register for an earlier knowledge")
    return _KEPT.get(moment.on)


def _build(on: date) -> DirectoryIndex:
    rows = list(
        Organisation.objects.current()
        .order_by(NAMELESS_LAST, "name", "pk")
        .values_list("pk", "kind", "size_class", "certainty", "territory", "nace", "founded_on")
    )
    ids = [r[0] for r in rows]
    at = {pk: i for i, pk in enumerate(ids)}
    place, division = {pk: code for pk, (code, _name) in provinces().items()}, _divisions()
    clusters = dict(Cluster.objects.order_by("position", "key").values_list("pk", "key"))
    held: dict[str, dict[str, bytearray]] = {
        name: {} for name in ("where", "kind", "size", "certainty", "province", "activity", "cluster", "projects")
    }
    here = set(Territory.objects.filter(in_region_itself()).values_list("pk", flat=True))
    held["cluster"] = {key: bytearray(len(ids) // 8 + 1) for key in clusters.values()}
    size = len(ids) // 8 + 1

    def put(facet: str, value: str | None, position: int) -> None:
        if not value:
            return
        found = held[facet].get(value)
        if found is None:
            found = held[facet][value] = bytearray(size)
        found[position >> 3] |= 1 << (position & 7)

    hidden = kept_back()
    for i, (pk, kind, size_class, certainty, territory, nace, _founded) in enumerate(rows):
        put("kind", kind, i)
        put("kind", FIRMS if kind in FIRM_KINDS else None, i)
        put("where", None if territory is None else HERE if territory in here else ELSEWHERE, i)
        put("size", None if pk in hidden["size"] else size_class or "unknown", i)
        put("certainty", certainty, i)
        put("province", None if pk in hidden["place"] else place.get(territory), i)
        put("activity", None if pk in hidden["activities"] else division.get(nace), i)
    spells = MembershipSpell.objects.at(Moment(on)).order_by().values_list("organisation", "cluster")
    for organisation, cluster in spells.iterator(chunk_size=5000):
        if organisation in at and cluster in clusters:
            put("cluster", clusters[cluster], at[organisation])
            put("cluster", ANY, at[organisation])
    for organisation in eu_parts().order_by().values_list("organisation", flat=True).distinct():
        if organisation in at:
            put("projects", EU, at[organisation])
    last = date.min
    founded = [None if r[0] in hidden["founded_on"] else r[6] for r in rows]
    newest = sorted(range(len(rows)), key=lambda i: founded[i] or last, reverse=True)
    return DirectoryIndex(
        ids,
        at,
        {facet: {v: int.from_bytes(b, "little") for v, b in values.items()} for facet, values in held.items()},
        newest,
    )


def _divisions() -> dict[int, str]:
    """{id of a class: its division of two digits}."""
    rows = Code.objects.filter(classification__key__in=("nace", "ateco")).values_list("pk", "code")
    return {pk: code[:2] for pk, code in rows.iterator(chunk_size=5000)}


def facet_labels() -> dict[str, dict[str, str]]:
    """What provinces, divisions and clusters are called, in the reader's language; clusters in their usual order."""
    return _LABELS.get(get_language())


def _labels(_language: str) -> dict[str, dict[str, str]]:
    divisions = Code.objects.filter(classification__key__in=("nace", "ateco"), code__regex=r"^..$").order_by("pk")
    return {
        "province": dict(Territory.objects.filter(level="nuts3").order_by("pk").values_list("code", "name")),
        "activity": {c.code: c.title for c in divisions},
        "cluster": dict(Cluster.objects.order_by("position", "key").values_list("key", "name")),
    }


_KEPT: Kept[DirectoryIndex] = Kept(
    lambda: (Organisation, MembershipSpell, Cluster, Territory, Code, FieldVisibility, Participation), _build, most=2
)
_LABELS: Kept[dict[str, dict[str, str]]] = Kept(lambda: (Cluster, Territory, Code), _labels, most=4)
