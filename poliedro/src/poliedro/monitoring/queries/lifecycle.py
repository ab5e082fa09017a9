"""What the last run says of each cluster's life, with the expert's judgement beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from poliedro.evidence import store
from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import latest_run, table_of
from poliedro.monitoring.models import StageOverride
from poliedro.monitoring.rules.lifecycle import STAGES, Basis, Light, actions_for, bases, warning
from poliedro.registry.models import Cluster

ANALYSIS = "life-cycle"


@dataclass(frozen=True)
class StageCard:
    """One cluster's stage. probabilities: stage -> 0..1, empty with too few years. dimensions: a row a dimension
    (trend, low, high, rising, steady, falling). measures: a row a year. override: the expert's, if one is in force."""

    cluster: str
    stage: str
    probability: float | None
    probabilities: Mapping[str, float]
    years: int
    turn: int | None
    failing: str | None
    reason: str | None
    entry_rate: float | None
    novelty: float | None
    run: Run
    override: StageOverride | None = None
    dimensions: Sequence[Mapping[str, Any]] = field(default=())
    measures: Sequence[Mapping[str, Any]] = field(default=())

    @property
    def light(self) -> Light:
        return warning(self.stage, self.failing, self.entry_rate, self.novelty)

    @property
    def failed(self) -> tuple[str, ...]:
        """Levers that fail, then the dimension that falls."""
        return (*self.light.failed, *filter(None, [self.failing]))

    @property
    def actions(self) -> list[str]:
        return actions_for(self.failing, self.light.failed)

    @property
    def bases(self) -> list[Basis]:
        """What the dimensions rest on; empty where the series were not read."""
        return bases(self.measures) if self.measures else []

    @property
    def said(self) -> str:
        """The stage that decisions use: the expert's where there is one."""
        return self.override.stage if self.override else self.stage


def stage_cards() -> dict[str, StageCard]:
    """The card of every cluster by key, without series; empty where the analysis never ran. Three queries."""
    run = latest_run(ANALYSIS)
    if run is None:
        return {}
    overrides = {o.cluster.key: o for o in StageOverride.objects.filter(ended_on=None).select_related("cluster", "by")}
    return {row["cluster"]: _card(row, run, overrides) for row in store.read_rows(table_of(run, "stages"))}


def life_cycle_of(cluster: Cluster) -> StageCard | None:
    """The card of one cluster with its series; None where the analysis never ran or knows nothing of it."""
    run = latest_run(ANALYSIS)
    if run is None:
        return None
    where = {"cluster": cluster.key}
    rows = store.read_rows(table_of(run, "stages"), where)
    if not rows:
        return None
    held = StageOverride.objects.filter(cluster=cluster, ended_on=None).select_related("cluster", "by").first()
    return _card(
        rows[0],
        run,
        {cluster.key: held} if held else {},
        store.read_rows(table_of(run, "dimensions"), where),
        store.read_rows(table_of(run, "measures"), where, order="year"),
    )


def trajectories() -> dict[str, list[Mapping[str, Any]]]:
    """The yearly measures of every cluster by key; empty where the analysis never ran."""
    run = latest_run(ANALYSIS)
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    if run is not None:
        for row in store.read_rows(table_of(run, "measures"), order="year"):
            found[row["cluster"]].append(row)
    return found


def overrides_of(cluster: Cluster) -> list[StageOverride]:
    """Every judgement that was ever made of the cluster, the latest first."""
    return list(StageOverride.objects.filter(cluster=cluster).select_related("by"))


def _card(
    row: Mapping[str, Any],
    run: Run,
    overrides: Mapping[str, StageOverride],
    dimensions: Sequence[Mapping[str, Any]] = (),
    measures: Sequence[Mapping[str, Any]] = (),
) -> StageCard:
    known = {s: row[s] for s in STAGES if row[s] is not None}
    return StageCard(
        row["cluster"],
        row["stage"],
        row["probability"],
        known,
        row["years"],
        row["turn"],
        row["failing"],
        row["reason"],
        row["entry_rate"],
        row["novelty"],
        run,
        overrides.get(row["cluster"]),
        dimensions,
        measures,
    )
