"""Runs and their tables, for pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from poliedro.evidence.models import PortfolioOption, ResultTable, Run
from poliedro.reference.models import StatisticTable


def latest_run(analysis: str, parameters: Mapping[str, Any] | None = None) -> Run | None:
    """The run of an analysis that was asked for last, with the usual parameters but for those named. One query, two
    where it exists."""
    rows = Run.objects.filter(analysis=analysis, usual=True)
    for name, value in (parameters or {}).items():
        rows = rows.filter(**{f"parameters__{name}": value})
    return rows.prefetch_related("tables").order_by("-asked_at", "-pk").first()


def table_of(run: Run, name: str) -> ResultTable:
    """A table of a run that was fetched with its tables. Raises LookupError for a name that it does not have."""
    for table in run.tables.all():
        if table.name == name:
            table.run = run
            return table
    raise LookupError(f"run {run.key} of {run.analysis} has no table {name!r}")


def tables_with_runs(analysis: str) -> list[StatisticTable]:
    """The tables of statistics that an analysis was run on, the observatory's own first. Two queries."""
    used = [p.get("table") for p in Run.objects.filter(analysis=analysis).values_list("parameters", flat=True)]
    tables = StatisticTable.objects.filter(key__in={u for u in used if u}, retracted_at=None)
    return sorted(
        tables.select_related("classification", "source"),
        key=lambda t: (t.classification is not None and t.classification.key != "nace", t.key),
    )


def statistic_tables() -> list[StatisticTable]:
    """The tables of regions by activity that analyses can read."""
    rows = StatisticTable.objects.filter(retracted_at=None, classification__isnull=False).exclude(
        Q(key__startswith="sbs_na") | Q(key__startswith="naio") | Q(key="input-output")
    )
    return list(rows.order_by("key"))


def recent_runs(limit: int = 200) -> QuerySet[Run]:
    """Runs that anyone may read, newest first."""
    return (
        Run.objects.filter(open=True).prefetch_related("tables", "repetitions").order_by("-finished_at", "-pk")[:limit]
    )


def earlier_runs(run: Run) -> QuerySet[Run]:
    """Other runs of the same analysis and table, to compare with, newest first."""
    rows = Run.objects.filter(open=True, analysis=run.analysis, parameters__table=run.parameters.get("table")).exclude(
        pk=run.pk
    )
    return rows.order_by("-finished_at", "-pk")[:20]


def portfolio(table: str, territory: str) -> QuerySet[PortfolioOption]:
    return (
        PortfolioOption.objects.filter(table=table, territory=territory)
        .select_related("run")
        .prefetch_related("notes__by")
        .order_by("activity")
    )
