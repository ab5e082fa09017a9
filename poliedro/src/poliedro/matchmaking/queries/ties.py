"""Ties of members: who has none to a large firm (R069), and what introductions became, by route."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from poliedro.matchmaking.models import ContactPoint, Interest
from poliedro.registry.models import MembershipSpell, Participation
from poliedro.registry.queries.roles import managed_clusters

SMALLER = ("micro", "small", "medium")


def contacts_now() -> QuerySet[ContactPoint]:
    """Contact points of today."""
    day = timezone.localdate()
    return (
        ContactPoint.objects.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gt=day)).order_by("pk")
    )


def firms_without_tie() -> tuple[int, int]:
    """(without, all) of the smaller member firms: those that share no project with a large firm. Three queries."""
    large = Participation.objects.known().filter(organisation__size_class="large").values("project")
    tied = set(
        Participation.objects.known().filter(project__in=large).values_list("organisation_id", flat=True).distinct()
    )
    members = set(
        MembershipSpell.objects.known()
        .active_on(timezone.localdate())
        .filter(organisation__size_class__in=SMALLER)
        .values_list("organisation_id", flat=True)
        .distinct()
    )
    return len(members - tied), len(members)


@dataclass(frozen=True)
class Route:
    """What interests that came one way led to. ended: closed without a tie, whatever the reason."""

    key: str
    sent: int
    accepted: int
    introduced: int
    tied: int
    ended: int

    @property
    def conversion(self) -> float | None:
        """Ties over interests sent that are over, 0..1; None where none is over."""
        over = self.tied + self.ended
        return self.tied / over if over else None


def by_route(rows: QuerySet[Interest]) -> list[Route]:
    """The routes that were used, most interests first. One query."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for route, state, answered, introduced in rows.order_by().values_list(
        "route", "state", "answered_at", "introduced_at"
    ):
        own = counts[route]
        own["sent"] += 1
        own["accepted"] += answered is not None and state != "declined"
        own["introduced"] += introduced is not None
        own["tied"] += state == "tied"
        own["ended"] += state in ("ended", "declined", "withdrawn", "lapsed")
    found = [Route(k, c["sent"], c["accepted"], c["introduced"], c["tied"], c["ended"]) for k, c in counts.items()]
    return sorted(found, key=lambda r: (-r.sent, r.key))


def may_see_results(user: Any) -> bool:
    """Whether the person may see what introductions become: staff of clusters, agency and region, and evaluators."""
    return bool(user.has_perm("matchmaking.view_results")) or managed_clusters(user).exists()
