"""Runs analyses and keeps what came out: all of it, or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.evidence.files import folder, keep_file
from poliedro.evidence.models import Repetition, ResultTable, Run
from poliedro.evidence.runs.base import (
    Analysis,
    Context,
    Encoded,
    Input,
    Reports,
    code_version,
    compute,
    run_key,
    silent,
)

CERTAINTY = ("official", "reported", "estimated", "synthetic")


class UnknownAnalysis(LookupError):
    """No analysis has that name."""


_OFFERED: dict[str, str] = {}


def offer_analysis(key: str, module: str) -> None:
    """A room above offers an analysis of its own: `module.ANALYSIS`, loaded only when it runs. Called from `ready`."""
    _OFFERED[key] = module


def analyses() -> dict[str, Analysis]:
    """Every analysis by name, those of the catalogue first."""
    # The numeric libraries cost seconds to load, which no web page must pay.
    from poliedro.evidence.runs.catalogue import ANALYSES

    return {**ANALYSES, **{key: import_module(module).ANALYSIS for key, module in sorted(_OFFERED.items())}}


def analysis_of(key: str) -> Analysis:
    found = analyses()
    if key not in found:
        raise UnknownAnalysis(f"no analysis {key!r}; there are {', '.join(found)}")
    return found[key]


def run_analysis(
    *,
    key: str,
    parameters: Mapping[str, Any] | None = None,
    by: Any = None,
    engine: str = "polars",
    report: Reports = silent,
) -> Run:
    """The run of these inputs: the stored one if there is one, else a new one.

    Raises UnknownAnalysis, InvalidParameters, NoInput.
    """
    return keep_analysis(analysis=analysis_of(key), parameters=parameters, by=by, engine=engine, report=report)


def keep_analysis(
    *,
    analysis: Analysis,
    parameters: Mapping[str, Any] | None = None,
    by: Any = None,
    engine: str = "polars",
    report: Reports = silent,
) -> Run:
    """The same for an analysis of a room above, which is not in the catalogue. Raises InvalidParameters, NoInput."""
    chosen = analysis.with_defaults(parameters or {})
    inputs = analysis.inputs(chosen)
    address = run_key(analysis, chosen, inputs)
    existing = Run.objects.filter(key=address).first()
    if existing is not None and _is_whole(existing):
        Run.objects.filter(pk=existing.pk).update(asked_at=timezone.now())  # pages show it again
        return existing
    started = timezone.now()
    outcome, tables = compute(analysis, Context(chosen, engine, analysis.seed, report))
    if run_key(analysis, chosen, analysis.inputs(chosen)) != address:
        raise InputsChanged("a table changed while the analysis ran; nothing was kept, run it again")
    paths = {t.card.name: _keep(address, t) for t in tables}
    with transaction.atomic():
        if existing is not None:  # its files were lost; the same inputs make the same files
            stored = {t.name: t.checksum for t in existing.tables.all()}
            if stored != {t.card.name: t.checksum for t in tables}:
                raise InputsChanged(f"the files of run {address} are lost, and computing it again gives other ones")
            Run.objects.filter(pk=existing.pk).update(asked_at=timezone.now())
            return existing
        run, made = Run.objects.get_or_create(
            key=address,
            defaults={
                "analysis": analysis.key,
                "version": analysis.version,
                "code": code_version(),
                "parameters": chosen,
                "open": analysis.open,
                "usual": all(chosen[k] == v for k, v in analysis.defaults.items() if k != "table"),
                "inputs": [i.stated() for i in inputs],
                "seed": analysis.seed,
                "headline": dict(outcome.headline),
                "certainty": _certainty(analysis, inputs),
                "source_names": ", ".join(dict.fromkeys(i.source for i in inputs))[:300],
                "period": outcome.period,
                "started_at": started,
                "finished_at": timezone.now(),
                "by": by if getattr(by, "is_authenticated", False) else None,
            },
        )
        if made:  # else another process was faster, with the same result
            ResultTable.objects.bulk_create(
                ResultTable(
                    run=run,
                    name=t.card.name,
                    title=t.card.title,
                    path=paths[t.card.name],
                    checksum=t.checksum,
                    rows=t.rows,
                    columns=[
                        {"name": c.name, "label": c.label, "unit": c.unit, "null_means": c.null_means}
                        for c in t.card.columns
                    ],
                )
                for t in tables
            )
            record(by=by, verb="run_analysis", subject_kind="evidence.run", subject_key=run.key, analysis=analysis.key)
    return run


def repeat_run(
    *,
    run: Run,
    by: Any = None,
    engine: str = "polars",
    report: Reports = silent,
    analysis: Analysis | None = None,
) -> Repetition:
    """Compute a run again from its inputs as they are now, and say whether every table came out the same, bit for bit.

    analysis: of a room above; else the catalogue's.
    Raises InputsChanged where a table that it read is no longer the same.
    """
    analysis = analysis or analysis_of(run.analysis)
    inputs = analysis.inputs(run.parameters)
    if run_key(analysis, run.parameters, inputs) != run.key:
        raise InputsChanged(
            f"run {run.key} read tables that have changed since, or an older version of the analysis; run it anew"
        )
    _outcome, tables = compute(analysis, Context(run.parameters, engine, run.seed, report))
    stored = {t.name: t.checksum for t in run.tables.all() if _is_as_kept(t)}
    differing = sorted(t.card.name for t in tables if stored.get(t.card.name) != t.checksum)
    with transaction.atomic():
        repetition = Repetition.objects.create(
            run=run,
            same=not differing,
            differing=differing,
            by=by if getattr(by, "is_authenticated", False) else None,
        )
        record(by=by, verb="repeat_run", subject_kind="evidence.run", subject_key=run.key, same=not differing)
    return repetition


class InputsChanged(ValueError):
    """A run cannot be repeated, as what it read is not there any more."""


def _certainty(analysis: Analysis, inputs: list[Input]) -> str:
    kinds = [i.certainty for i in inputs] + (["estimated"] if analysis.modelled else [])
    return max(kinds, key=CERTAINTY.index)


def _is_whole(run: Run) -> bool:
    return all((folder() / t.path).exists() for t in run.tables.all())


def _is_as_kept(table: ResultTable) -> bool:
    """Whether the file still is what was written."""
    path = folder() / table.path
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == table.checksum


def _keep(address: str, table: Encoded) -> str:
    relative = f"results/{address}/{table.card.name}-{table.checksum[:16]}.parquet"
    keep_file(relative, table.body)
    return relative
