"""The review queue of entity resolution."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from poliedro.registry.models import MatchCandidate, Merge, Organisation
from poliedro.registry.queries.geography import in_region

SIDES = ("left", "right")


def open_candidates(*, here: bool = False, text: str = "") -> QuerySet[MatchCandidate]:
    """Pairs that wait for a person, most probable first; those of which one was merged since are left out.

    here: only those of which one lies in the region. text: only those with it in a name or place.
    """
    found = MatchCandidate.objects.filter(
        state=MatchCandidate.State.OPEN, left__merged_into=None, right__merged_into=None
    )
    if here:
        found = found.filter(in_region("left__territory") | in_region("right__territory"))
    if text:
        sides = [Q(**{f"{side}__{field}__icontains": text}) for side in SIDES for field in ("name", "place_text")]
        found = found.filter(reduce(or_, sides))
    return found.select_related("left__territory", "left__source", "right__territory", "right__source").order_by(
        "-probability", "pk"
    )


def counterparts(organisation: Organisation) -> list[Organisation]:
    """Those that may be the same organisation, as long as nobody has decided; most probable first."""
    pairs = open_candidates().filter(Q(left=organisation) | Q(right=organisation))
    return [p.right if p.left_id == organisation.pk else p.left for p in pairs[:5]]


def recent_merges(limit: int) -> list[Merge]:
    return list(
        Merge.objects.filter(undone_at=None)
        .select_related("survivor", "duplicate", "merged_by")
        .order_by("-merged_at", "-pk")[:limit]
    )


def kept_apart() -> list[tuple[int, int]]:
    """The pairs that a person declared two, or made two again, by what stands for them after merges: the decision
    outlives a merge."""
    apart = list(MatchCandidate.objects.filter(state=MatchCandidate.State.DISTINCT).values_list("left_id", "right_id"))
    apart += Merge.objects.filter(undone_at__isnull=False).values_list("survivor_id", "duplicate_id")
    into = dict(Organisation.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into_id"))

    def survivor(key: int) -> int:
        seen = {key}
        while key in into and into[key] not in seen:
            key = into[key]
            seen.add(key)
        return key

    pairs = {tuple(sorted((survivor(a), survivor(b)))) for a, b in apart}
    return sorted((a, b) for a, b in pairs if a != b)
