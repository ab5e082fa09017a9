"""The review queue of entity resolution."""

from __future__ import annotations

from django.db.models import QuerySet

from poliedro.registry.models import MatchCandidate, Merge


def open_candidates() -> QuerySet[MatchCandidate]:
    """Pairs that wait for a person, most probable first; those of which one was merged since are left out."""
    return (
        MatchCandidate.objects.filter(state=MatchCandidate.State.OPEN, left__merged_into=None, right__merged_into=None)
        .select_related("left__territory", "left__source", "right__territory", "right__source")
        .order_by("-probability", "pk")
    )


def recent_merges(limit: int) -> list[Merge]:
    return list(
        Merge.objects.filter(undone_at=None)
        .select_related("survivor", "duplicate", "merged_by")
        .order_by("-merged_at", "-pk")[:limit]
    )
