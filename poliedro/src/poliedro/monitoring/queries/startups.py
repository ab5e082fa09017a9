"""Start-ups after their incubator: when each left, when support by a cluster began, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import latest_run
from poliedro.reference.rules import weakest
from poliedro.registry.models import Delivery, IncubateeSpell, ManagementOrganisation, MembershipSpell, StatusRecord

ANALYSIS = "startup-survival"


@dataclass(frozen=True)
class StartUp:
    """left: the day it left its incubator. supported: first day of support by a cluster after that, if any. last: the
    day
    it closed, or the last one on which it was seen. closed: whether it closed (an acquired firm did not)."""

    pk: int
    incubator: int
    left: date
    supported: date | None
    last: date
    closed: bool

    def stored(self) -> list[object]:
        return [self.pk, self.incubator, self.left, self.supported, self.last, self.closed]


def startups_after_incubation() -> list[StartUp]:
    """Every firm that left an incubator and of which a status is known. Four queries.

    Support: the first membership of a cluster, or service given by a body that manages clusters, after leaving; what
    began before and went on counts from the day of leaving.
    """
    left: dict[int, tuple[date, int]] = {}
    spells = IncubateeSpell.objects.known().filter(valid_to__isnull=False).order_by("valid_to", "pk")
    for pk, end, incubator in spells.values_list("organisation_id", "valid_to", "incubator_id"):
        if end is not None:
            left[pk] = (end, incubator)
    support: dict[int, date] = {}

    def begins(pk: int, day: date | None, until: date | None = None) -> None:
        if day is None or pk not in left or (until is not None and until <= left[pk][0]):
            return
        start = max(day, left[pk][0])
        support[pk] = min(support.get(pk, start), start)

    members = MembershipSpell.objects.known().filter(organisation__in=list(left)).order_by("pk")
    for pk, start, end in members.values_list("organisation_id", "valid_from", "valid_to"):
        begins(pk, start, end)
    bodies = ManagementOrganisation.objects.values("organisation")
    given = Delivery.objects.known().filter(client__in=list(left), provider__in=bodies).order_by("pk")
    for pk, day in given.values_list("client_id", "delivered_on"):
        if pk in left and day >= left[pk][0]:
            begins(pk, day)
    found = []
    last: dict[int, tuple[date, bool]] = {}
    statuses = StatusRecord.objects.known().filter(organisation__in=list(left)).order_by("valid_from", "pk")
    for pk, status, start, checked in statuses.values_list("organisation_id", "status", "valid_from", "checked_on"):
        alive = status == StatusRecord.Status.ALIVE
        last[pk] = (checked, False) if alive else (start, status == StatusRecord.Status.CLOSED)
    for pk, (day, incubator) in sorted(left.items()):
        if pk in last and last[pk][0] > day:
            end, closed = last[pk]
            helped = support.get(pk)
            found.append(StartUp(pk, incubator, day, helped if helped and helped < end else None, end, closed))
    return found


def certainty_of_startups() -> str:
    return weakest(IncubateeSpell.objects.known().order_by().values_list("certainty", flat=True).distinct())


def startup_run() -> Run | None:
    return latest_run(ANALYSIS)
