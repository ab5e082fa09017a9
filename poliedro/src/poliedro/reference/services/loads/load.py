"""The one way in for files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.reference.models import Load, RejectedRow, Source
from poliedro.reference.services.loads.run import BATCH, Change, Importer, Progress, Run, Silence
from poliedro.reference.sources.catalogue import SOURCES
from poliedro.reference.sources.files import UnreadableFile, checksum, undamaged
from poliedro.reference.sources.tables import Rejected


class LoadRefused(ValueError):
    """Nothing was loaded: too many rows are at fault. `outcome` lists them."""

    def __init__(self, problem: str, remedy: str, outcome: Outcome) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem, self.remedy, self.outcome = problem, remedy, outcome


class _Preview(Exception):
    """Rolls a preview back."""


@dataclass(frozen=True)
class Outcome:
    """What a load did, or in a preview would do. rows_loaded: rows of the file that changed the register."""

    importer: str
    file: str
    load: int | None
    preview: bool
    rows_read: int
    rows_loaded: int
    rows_unchanged: int
    rows_skipped: int
    rows_rejected: int
    findings: int
    seconds: float
    detail: dict[str, int]
    rejected: tuple[Rejected, ...]
    found: tuple[str, ...] = ()
    """Titles of the findings."""
    changes: tuple[Change, ...] = ()
    """What each row does, where the importer says it."""

    def summary(self) -> dict[str, Any]:
        """The figures for the command line, without the rejected rows, findings and changes themselves."""
        values = {k: v for k, v in self.__dict__.items() if k not in ("rejected", "found", "changes")}
        return values | {"seconds": round(self.seconds, 2)}


def ensure_sources() -> None:
    """Have a Source row for every importer, loaded or not: the sources page says what each would fill."""
    held = set(Source.objects.values_list("key", flat=True))
    Source.objects.bulk_create(
        Source(
            key=s.key,
            name=s.name,
            publisher=s.publisher,
            licence=s.licence,
            url=s.url,
            certainty=s.certainty,
            description_en=s.description_en,
            description_it=s.description_it,
            fills_en=s.fills_en,
            fills_it=s.fills_it,
        )
        for s in SOURCES
        if s.key not in held
    )


def load_file(
    importer: Importer,
    path: Path,
    *,
    by: Any,
    preview: bool = False,
    options: dict[str, Any] | None = None,
    progress: Progress | None = None,
    finish: Sequence[Callable[[Run], None]] = (),
    staged: Load | None = None,
) -> Outcome:
    """Load a file or folder, all of its good rows or nothing.

    Args:
        by: the user, or null for the command line. preview: do everything, then take it back; nothing stays written.
        options: choices that the importer knows. finish: called in the transaction after the rows are in.
        staged: the previewed load that this one makes real.
    Raises:
        UnreadableFile: not such a file. LoadRefused: more rows are at fault than the importer tolerates.
    """
    fingerprint = checksum(path)
    made: list[Outcome] = []
    try:
        with transaction.atomic():
            ensure_sources()
            load = staged or Load(by=by if getattr(by, "is_authenticated", False) else None)
            load.source = Source.objects.get(key=importer.source)
            load.importer, load.checksum, load.state = importer.key, fingerprint, Load.State.LOADED
            load.file_name = load.file_name or path.name
            load.parameters = {k: v for k, v in (options or {}).items() if isinstance(v, str | int | bool | None)}
            load.started_at = timezone.now()
            load.save()
            run = Run(load, load.source, by, load.started_at, options or {}, progress or Silence())
            with undamaged(path):
                importer.load(run, path)
            if not run.read and not importer.reads(path):
                raise UnreadableFile(f"{path.name} holds nothing of {importer.key}", f"it reads {importer.files}")
            for step in finish:
                step(run)
            outcome = _outcome(run, preview)
            made.append(outcome)
            if run.rows_rejected > importer.share_tolerated * run.read and not preview:
                raise LoadRefused(
                    f"{path.name}: {run.rows_rejected} of {run.read} rows are at fault, so nothing was loaded",
                    "correct them and load the file again (--preview lists them)",
                    outcome,
                )
            _record(run, outcome)
            if preview:
                raise _Preview
            if run.loaded > BATCH:
                count_anew()
    except _Preview:
        pass
    return made[0]


def count_anew() -> None:
    """Tell the database's planner the new sizes after many rows came; else the next questions take seconds or minutes.

    SQLite looks at a thousand rows of each index, a fifth of a second for the whole of H2020.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 1000")
        cursor.execute("ANALYZE")


def _outcome(run: Run, preview: bool) -> Outcome:
    return Outcome(
        importer=run.load.importer,
        file=run.load.file_name,
        load=None if preview else run.load.pk,
        preview=preview,
        rows_read=run.read,
        rows_loaded=run.loaded,
        rows_unchanged=run.unchanged,
        rows_skipped=run.skipped,
        rows_rejected=run.rows_rejected,
        findings=len(run.findings),
        seconds=run.seconds,
        detail={k: v for k, v in sorted(run.notes.items()) if v},
        rejected=tuple(run.rejected),
        found=tuple(f["title"] for f in run.findings),
        changes=tuple(run.changes),
    )


def _record(run: Run, outcome: Outcome) -> None:
    load = run.load
    load.rows_read, load.rows_loaded, load.rows_unchanged = run.read, run.loaded, run.unchanged
    load.rows_rejected = run.rows_rejected
    load.summary = outcome.summary()
    load.finished_at = timezone.now()
    load.save()
    keep_rejected(load, run.rejected)
    record(
        by=run.by, verb="load_file", subject_kind="Load", subject_key=load.pk, importer=load.importer,
        file=load.file_name, checksum=load.checksum, loaded=run.loaded, rejected=run.rows_rejected,
    )  # fmt: skip


def keep_rejected(load: Load, rejected: Sequence[Rejected]) -> None:
    """The list of refused rows, kept with the load."""
    load.rejected.all().delete()
    RejectedRow.objects.bulk_create(
        (
            RejectedRow(load=load, number=r.number, field=r.field[:100], value=r.value, problem=r.problem,
            remedy=r.remedy)
            for r in rejected
        ),
        batch_size=BATCH,
    )  # fmt: skip
