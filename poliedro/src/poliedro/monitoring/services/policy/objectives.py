"""Tags of projects and kinds of services with the objectives of industrial modernisation (R019)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.funding.models import Measure
from poliedro.monitoring.models import ObjectiveTag, ServiceObjective
from poliedro.monitoring.rules.policy.logic import LogicRefused
from poliedro.monitoring.services.policy.logic import check_may
from poliedro.reference.models import Source
from poliedro.registry.models import Project, ServiceOffer
from poliedro.registry.services.region_setup import ensure_source


def _check(objectives: Collection[str]) -> None:
    unknown = sorted(set(objectives) - set(Measure.Objective.values))
    if unknown:
        raise LogicRefused(
            "'%(unknown)s' is no objective; there are %(objectives)s",
            unknown=unknown[0],
            objectives=Measure.Objective.values,
        )


@transaction.atomic
def tag_projects(
    *, projects: Sequence[Project], objectives: Collection[str], by: Any, source: Source | None = None
) -> int:
    """Give the projects these objectives in place of those that they had. Returns how many tags were stated.

    Raises NotPermitted, LogicRefused.
    """
    check_may(by)
    _check(objectives)
    held, now = source or ensure_source("policy-entries"), timezone.now()
    ObjectiveTag.objects.known().filter(project__in=projects).exclude(objective__in=objectives).update(retracted_at=now)
    there = set(ObjectiveTag.objects.known().filter(project__in=projects).values_list("project_id", "objective"))
    fresh = [
        ObjectiveTag(project=p, objective=o, source=held, certainty=held.certainty, valid_from=None, by=by)
        for p in projects
        for o in sorted(objectives)
        if (p.pk, o) not in there
    ]
    ObjectiveTag.objects.bulk_create(fresh)
    record(by=by, verb="tag_projects", subject_kind="policy.objectives", subject_key="projects", tags=len(fresh))
    return len(fresh)


@transaction.atomic
def tag_service(*, service: str, objectives: Collection[str], by: Any, source: Source | None = None) -> int:
    """Give a kind of service these objectives in place of those that it had. Raises NotPermitted, LogicRefused."""
    check_may(by)
    _check(objectives)
    if service not in ServiceOffer.Service.values:
        raise LogicRefused(
            "'%(service)s' is no kind of service; there are %(services)s",
            service=service,
            services=ServiceOffer.Service.values,
        )
    held = source or ensure_source("policy-entries")
    rows = ServiceObjective.objects.known().filter(service=service)
    rows.exclude(objective__in=objectives).update(retracted_at=timezone.now())
    there = set(rows.values_list("objective", flat=True))
    fresh = [
        ServiceObjective(service=service, objective=o, source=held, certainty=held.certainty, by=by)
        for o in sorted(set(objectives) - there)
    ]
    ServiceObjective.objects.bulk_create(fresh)
    record(by=by, verb="tag_service", subject_kind="policy.objectives", subject_key=service, tags=len(fresh))
    return len(fresh)
