"""Which part of a project counts for which cluster: all parts stated together, so that they add up to 1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.reference.models import Source
from poliedro.registry.models import Cluster, Project, ProjectShare
from poliedro.registry.queries.roles import roles_of, subject_of
from poliedro.registry.rules.permissions import Form, check_can
from poliedro.shared.region import region


class PartsNotOne(ValueError):
    """The parts of a project do not add up to 1."""


@transaction.atomic
def share_project(
    *, project: Project, parts: Mapping[Cluster, Decimal], source: Source, by: Any, at: datetime | None = None
) -> Project:
    """State the parts of all clusters in a project at once; what was known before stays as known on earlier days.

    parts: each over 0, together 1; empty: the project counts for no cluster. A part that stays as it is keeps its row.
    Raises NotPermitted; PartsNotOne.
    """
    check_can(roles_of(by), "registry.correct_projects", subject_of(None), Form(region().form))
    if parts and (sum(parts.values()) != 1 or min(parts.values()) <= 0):
        told = ", ".join(f"{cluster.name} {part}" for cluster, part in parts.items())
        raise PartsNotOne(f"the parts of {project} are {told}; each must be over 0, and together they must be 1")
    moment = at or timezone.now()
    wanted = {cluster.pk: part for cluster, part in parts.items()}
    held = {s.cluster_id: s for s in ProjectShare.objects.known().filter(project=project)}
    gone = [s.pk for key, s in held.items() if wanted.get(key) != s.share]
    ProjectShare.objects.filter(pk__in=gone).update(retracted_at=moment)
    for cluster, part in parts.items():
        if cluster.pk in held and held[cluster.pk].pk not in gone:
            continue
        fact = ProjectShare(
            project=project, cluster=cluster, share=part, source=source, certainty=source.certainty, recorded_at=moment
        )
        fact.full_clean()
        fact.save(force_insert=True)
    record(
        by=by,
        verb="share_project",
        subject_kind="project",
        subject_key=project.pk,
        parts={cluster.key: str(part) for cluster, part in parts.items()},
    )
    return project
