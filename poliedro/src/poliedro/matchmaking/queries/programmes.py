"""How far what is learnt abroad reaches (R134), and what became of those who applied to an accelerator (R065)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone

from poliedro.matchmaking.models import Accelerator, Cohort, CohortApplication, Deal, Interest, Lesson, LessonUse
from poliedro.matchmaking.queries.alike import done_by
from poliedro.registry.models import Cluster, MembershipSpell, Organisation, Participation


@dataclass(frozen=True)
class Reach:
    """Members of a cluster today by how far they are from those that went abroad.

    one_step: share a project, or an introduction that became a tie, with one that did; two_steps: with one of those.
    shared: those abroad that wrote a lesson; used: lessons used by members at home.
    """

    cluster: Cluster
    members: int
    abroad: int
    one_step: int
    two_steps: int
    shared: int
    used: int

    @property
    def beyond(self) -> int:
        """At home and without such a way."""
        return self.members - self.abroad - self.one_step - self.two_steps


def tied_to(bodies: set[int]) -> set[int]:
    """Organisations that share a project or a tie with one of the bodies, without them. Three queries."""
    known = Participation.objects.known().filter(project__retracted_at=None)
    joint = known.filter(organisation__in=bodies).values("project")
    found = set(known.filter(project__in=joint).values_list("organisation_id", flat=True).distinct())
    ties = Interest.objects.filter(state="tied").order_by().values_list("organisation_id", "card__organisation_id")
    for one, other in ties:
        found |= {other} if one in bodies else {one} if other in bodies else set()
    return found - bodies


def reach_of(clusters: QuerySet[Cluster]) -> list[Reach]:
    """How far the clusters' members are from those that went abroad, the largest cluster first."""
    spells = MembershipSpell.objects.known().active_on(timezone.localdate()).filter(cluster__in=clusters)
    members: dict[int, set[int]] = {}
    for cluster, body in spells.values_list("cluster_id", "organisation_id"):
        members.setdefault(cluster, set()).add(body)
    abroad = done_by("international")
    first = tied_to(abroad)
    second = tied_to(abroad | first)
    told = set(Lesson.objects.order_by().values_list("organisation_id", flat=True))
    uses = list(LessonUse.objects.order_by().values_list("organisation_id", flat=True))
    found = []
    for cluster in clusters.order_by("key"):
        own = members.get(cluster.pk, set())
        went = own & abroad
        used = sum(body in own and body not in abroad for body in uses)
        found.append(Reach(cluster, len(own), len(went), len(own & first), len(own & second), len(went & told), used))
    return sorted(found, key=lambda r: (-r.members, r.cluster.key))


def silent_abroad(clusters: QuerySet[Cluster]) -> QuerySet[Organisation]:
    """Members that went abroad and have told nothing of it yet."""
    spells = MembershipSpell.objects.known().active_on(timezone.localdate()).filter(cluster__in=clusters)
    told = Lesson.objects.values("organisation")
    went = done_by("international") & set(spells.values_list("organisation_id", flat=True))
    return Organisation.objects.filter(pk__in=went).exclude(pk__in=told).order_by("name", "pk")


@dataclass(frozen=True)
class Funnel:
    """Of a cohort: firms proposed by clusters, that applied, were accepted, finished; and who invested later.

    invested: firms that finished and found an investor since the cohort began; invested_eur: what they were given.
    """

    cohort: Cohort
    referred: int
    applied: int
    accepted: int
    finished: int
    invested: int
    invested_eur: Decimal


def funnels(accelerator: Accelerator) -> list[Funnel]:
    """The cohorts, the newest first."""
    return [_funnel(c) for c in accelerator.cohorts.prefetch_related("applications")]


def _funnel(cohort: Cohort) -> Funnel:
    rows: list[CohortApplication] = list(cohort.applications.all())
    states = Counter(str(a.state) for a in rows)
    finished = [a.organisation_id for a in rows if a.state == CohortApplication.State.FINISHED]
    deals = Deal.objects.filter(
        state="invested", round__organisation__in=finished, created_at__date__gte=cohort.starts_on
    ).order_by()
    total: Any = deals.aggregate(sum=Sum("invested_eur"))["sum"]
    return Funnel(
        cohort,
        sum(a.referred_by_id is not None for a in rows),
        len(rows) - states["referred"],
        states["accepted"] + states["finished"] + states["left"],
        len(finished),
        deals.values("round__organisation").distinct().count(),
        total or Decimal(0),
    )
