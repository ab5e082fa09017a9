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
