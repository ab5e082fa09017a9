"""How many firms the region has in each industry, and which clusters speak for it: the stages of a value chain."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from poliedro.reference.models import Code
from poliedro.reference.rules import divisions_in
from poliedro.registry.models import Cluster
from poliedro.registry.queries.coverage import codes_inside, members_here
from poliedro.registry.queries.register_counts import register_counts
from poliedro.shared.dated import Moment
from poliedro.shared.versions import Kept


@dataclass(frozen=True)
class Stage:
    """An industry of the region.

    register: firms in the business register, None where it does not count the industry. members: firms of the
    region in clusters, a firm in two of them twice. clusters: those whose definition holds it.
    """

    register: int | None
    members: int
    clusters: tuple[Cluster, ...]


def stages(groups: Sequence[str], clusters: Sequence[Cluster], moment: Moment) -> dict[str, Stage]:
    """{product group: its stage}, for groups of NACE sections and divisions as input-output tables write them."""
    division = _DIVISIONS.get()
    counts = register_counts(moment)
    register: Counter[str] = Counter()
    for code, by_place in counts.firms.items():
        register[division.get(code, "")] += sum(by_place.values())
    members: Counter[str] = Counter()
    for by_class in members_here(moment).values():
        for (code_id, _size), n in by_class.items():
            members[division.get(code_id or 0, "")] += n
    speak: dict[str, list[Cluster]] = defaultdict(list)
    for cluster in clusters:
        for name in sorted({division.get(code, "") for code in codes_inside(cluster, moment)}):
            speak[name].append(cluster)
    known = sorted({d for d in {*division.values(), *speak} if d})
    found = {}
    for group in groups:
        inside = divisions_in(group, known)
        asked = {c.pk: c for d in inside for c in speak.get(d, ())}
        found[group] = Stage(
            sum(register[d] for d in inside) if any(d in register for d in inside) else None,
            sum(members[d] for d in inside),
            tuple(c for c in clusters if c.pk in asked),
        )
    return found


def _divisions() -> dict[int, str]:
    """{class: its division with the section's letter, C29}, of NACE and ATECO. One query."""
    rows = Code.objects.filter(classification__key__in=("nace", "ateco")).order_by("pk")
    parent: dict[int, int | None] = {}
    name: dict[int, tuple[str, int]] = {}
    for pk, code, level, above in rows.values_list("pk", "code", "level", "parent_id"):
        parent[pk], name[pk] = above, (code, level)
    found = {}
    for pk in parent:
        at: int | None = pk
        while at is not None and name[at][1] > 2:
            at = parent[at]
        if at is None or name[at][1] != 2:
            continue
        section = parent[at]
        if section is not None:
            found[pk] = f"{name[section][0]}{name[at][0]}"
    return found


_DIVISIONS: Kept[dict[int, str]] = Kept(lambda: (Code,), _divisions)
