"""Ties of members: who has none to a large firm (R069), and what introductions became, by route."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from poliedro.matchmaking.models import ContactPoint, Interest
from poliedro.registry.models import MembershipSpell, Participation
from poliedro.registry.queries.roles import managed_keys
from poliedro.surveys.rules.shares import MINIMUM_CELL, wilson

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
    def over(self) -> int:
        return self.tied + self.ended

    @property
    def conversion(self) -> float | None:
        """Ties over interests sent that are over, 0..1; None where fewer than MINIMUM_CELL are over: of so few, a share
        says more of chance than of the way."""
        return self.tied / self.over if self.over >= MINIMUM_CELL else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95% interval of the conversion (Wilson 1927); None where there is none."""
        return wilson(self.conversion, self.over) if self.conversion is not None else None


def best_way(routes: Sequence[Route]) -> tuple[Route | None, bool]:
    """The way with the highest conversion among those that have one, and whether it stands out: its interval lies above
    that of every other."""
    known = [(r, r.conversion, r.interval) for r in routes if r.conversion is not None and r.interval is not None]
    if not known:
        return None, False
    best, _share, (low, _high) = max(known, key=lambda x: (x[1], x[0].over))
    others = [high for r, _s, (_low, high) in known if r is not best]
    return best, bool(others) and low > max(others)


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
    return bool(user.has_perm("matchmaking.view_results")) or bool(managed_keys(user))
