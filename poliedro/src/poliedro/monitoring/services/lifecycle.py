"""Writes about life cycles: runs, and experts' overrides beside them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.evidence.models import Run
from poliedro.evidence.services.runs import run_analysis
from poliedro.monitoring.models import StageOverride
from poliedro.monitoring.queries.lifecycle import ANALYSIS, life_cycle_of
from poliedro.monitoring.rules.lifecycle import STAGES, ReasonMissing, check_reason
from poliedro.registry.models import Cluster


class UnknownStage(ValueError):
    """No stage of that name."""


def run_life_cycles(*, by: Any = None) -> Run:
    """Compute the life cycle of every cluster from the register as it is; the stored run where nothing changed."""
    return run_analysis(key=ANALYSIS, by=by)


@transaction.atomic
def override_stage(*, cluster: Cluster, stage: str, reason: str, on: date, by: Any) -> StageOverride:
    """Set an expert's judgement beside the computed stage, from a day on; an earlier one ends that day.

    Raises UnknownStage, ReasonMissing.
    """
    if stage not in STAGES:
        raise UnknownStage(f"stage is {stage!r}; it can be {', '.join(STAGES)}")
    text = check_reason(reason)
    computed = life_cycle_of(cluster)
    StageOverride.objects.filter(cluster=cluster, ended_on=None).update(ended_on=on)
    made = StageOverride.objects.create(
        cluster=cluster,
        stage=stage,
        reason=text,
        valid_from=on,
        run=computed.run if computed else None,
        computed=computed.stage if computed else "",
        probability=computed.probability if computed else None,
        by=by,
    )
    record(
        by=by,
        verb="override_stage",
        subject_kind="cluster",
        subject_key=cluster.key,
        stage=stage,
        computed=made.computed,
    )
    return made


@transaction.atomic
def withdraw_override(*, cluster: Cluster, on: date, by: Any) -> int:
    """End the judgement in force; what was computed stands alone again. Returns how many ended (0 or 1)."""
    ended = StageOverride.objects.filter(cluster=cluster, ended_on=None).update(ended_on=on)
    if ended:
        record(by=by, verb="withdraw_override", subject_kind="cluster", subject_key=cluster.key)
    return ended


__all__ = ["ReasonMissing", "UnknownStage", "override_stage", "run_life_cycles", "withdraw_override"]
