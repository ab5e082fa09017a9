"""One run of an importer: what it read, refused, stated and changed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from django.db import models

from poliedro.reference.models import ChangedRow, Fact, Load, Source
from poliedro.reference.services.loads.inserts import create, insert, record_history
from poliedro.reference.sources.tables import BadValue, Rejected, Row

BATCH = 2000
CHUNK = 500
"""Keys in one IN list."""


class Progress(Protocol):
    """Hears how far a load is. `total` is null where it is not known beforehand."""

    def start(self, label: str, total: int | None = None) -> None: ...
    def advance(self, rows: int) -> None: ...


class Silence:
    def start(self, label: str, total: int | None = None) -> None:
        pass

    def advance(self, rows: int) -> None:
        pass


@dataclass(frozen=True)
class Importer:
    """A kind of file that can be loaded.

    reads: whether the path holds such files. load: states what they say through the run. share_tolerated: the share of
    rejected rows above which nothing is loaded, because the file is then the wrong one (0: every row must be right).
    in_folders: whether `load all` takes it, needing no further choice.
    """

    key: str
    title: str
    source: str
    files: str
    reads: Callable[[Path], bool]
    load: Callable[[Run, Path], None]
    share_tolerated: float = 0.05
    order: int = 50
    in_folders: bool = True


@dataclass(frozen=True)
class Change:
    """What a row of a list would do, in the words of the reader: what it is about, what changes (nothing: it says what
    is known), and what to look at before it is loaded."""

    number: int
    what: str
    changes: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass
class Run:
    """Collects what an importer does in one transaction. `options`: what the caller chose, by importer."""

    load: Load
    source: Source
    by: Any
    at: datetime
    options: dict[str, Any] = field(default_factory=dict)
    progress: Progress = field(default_factory=Silence)
    read: int = 0
    loaded: int = 0
    unchanged: int = 0
    skipped: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    findings: list[dict[str, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def rows(self, table: Iterator[Row | Rejected], label: str) -> Iterator[Row]:
        """The good rows of a table; the others are kept as rejected. Counts and reports as it goes."""
        self.progress.start(label)
        pending = 0
        for row in table:
            self.read += 1
            pending += 1
            if pending == BATCH:
                self.progress.advance(pending)
                pending = 0
            if isinstance(row, Rejected):
                self.rejected.append(row)
            else:
                yield row
        self.progress.advance(pending)

    def reject(self, row: Row, *errors: BadValue) -> None:
        """Leave the row out, with everything that is wrong with it."""
        for error in errors:
            for fault in error.faults:
                self.rejected.append(fault.row(row.number, row.file, row.labels.get(fault.name, "")))

    @property
    def rows_rejected(self) -> int:
        return len({(r.file, r.number) for r in self.rejected})

    def tell(self, row: Row, what: str, *changes: str, remarks: Sequence[str] = ()) -> None:
        """Say to whoever looks at a preview what a row would do."""
        self.changes.append(Change(row.number, what, tuple(filter(None, changes)), tuple(filter(None, remarks))))

    def done(self, changed: bool) -> None:
        """A row was taken: it changed the register, or said what was known."""
        if changed:
            self.loaded += 1
        else:
            self.unchanged += 1

    def fact(self) -> dict[str, Any]:
        """The fields that every fact of this run carries."""
        return {
            "source_id": self.source.pk,
            "load_id": self.load.pk,
            "certainty": self.source.certainty,
            "recorded_at": self.at,
        }

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


class Facts:
    """What the file states of one kind of fact, beside what the register holds from the same source.

    of_any_source: beside what it holds from any source, where the file has the last word on a fact that counts once,
    as a cluster's list has on its memberships, accounts and projects.

    key: fields that tell two facts apart. values: fields that a later file may change. A changed fact is closed
    (`retracted_by` this load) and stated anew; one that a person corrected or retracted is left as the person wants it.
    """

    def __init__(
        self,
        run: Run,
        model: type[Fact],
        key: Sequence[str],
        values: Sequence[str] = (),
        scope: models.Q | None = None,
        *,
        of_any_source: bool = False,
    ) -> None:
        self.run, self.model, self.key, self.values = run, model, tuple(key), tuple(values)
        of_source = (models.Q() if of_any_source else models.Q(source=run.source)) & (scope or models.Q())
        width = len(self.key)
        self.held: dict[tuple[Any, ...], tuple[int, int | None, tuple[Any, ...]]] = {
            row[2 : 2 + width]: (row[0], row[1], row[2 + width :])
            for row in model._default_manager.filter(of_source, retracted_at=None).values_list(
                "pk", "load_id", *self.key, *self.values
            )
        }
        self.withdrawn: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        by_hand = model._default_manager.filter(
            of_source, retracted_at__isnull=False, retracted_by=None, load__state=Load.State.LOADED
        )
        for row in by_hand.values_list(*self.key, *self.values):
            self.withdrawn.setdefault(row[:width], []).append(row[width:])
        self.closing: list[int] = []
        self.adding: list[tuple[Any, ...]] = []
        self.more: tuple[str, ...] = ()
        self.stated: set[tuple[Any, ...]] = set()

    def state(self, key: tuple[Any, ...], values: tuple[Any, ...] = (), **more: Any) -> bool:
        """Say a fact. Answers whether it changes the register. A second statement of a key in one file is ignored."""
        if key in self.stated:
            self.run.notes["stated twice"] += 1
            return False
        self.stated.add(key)
        held = self.held.get(key)
        if held is not None:
            pk, load, before = held
            if before == values:
                return False
            if load is None:
                self.run.notes["kept as corrected by hand"] += 1
                return False
            self.closing.append(pk)
        elif values in self.withdrawn.get(key, ()):
            self.run.notes["kept as retracted by hand"] += 1
            return False
        self.more = tuple(more)
        self.adding.append((*key, *values, *more.values()))
        return True

    def close(self, key: tuple[Any, ...]) -> bool:
        """The file no longer says this. Answers whether a fact was closed; one written by hand stays."""
        pk, load, _ = self.held[key]
        if load is None or key in self.stated:
            return False
        self.closing.append(pk)
        return True

    def save(self) -> None:
        for start in range(0, len(self.closing), CHUNK):
            self.model._default_manager.filter(pk__in=self.closing[start : start + CHUNK]).update(
                retracted_at=self.run.at, retracted_by=self.run.load
            )
        insert(self.model, (*self.key, *self.values, *self.more), self.adding, **self.run.fact())
        name = self.model._meta.model_name or ""
        self.run.notes[f"{name} added"] += len(self.adding)
        self.run.notes[f"{name} closed"] += len(self.closing)
        self.adding, self.closing = [], []


class Rows:
    """Rows that are no facts (organisations, projects, territories, codes): made, or changed in place on record."""

    def __init__(self, run: Run, model: type[models.Model]) -> None:
        self.run, self.model = run, model
        self.new: list[models.Model] = []
        self.before: dict[int, dict[str, Any]] = {}
        self.touched: dict[int, models.Model] = {}

    def add(self, row: models.Model) -> None:
        self.new.append(row)

    def change(self, row: models.Model, **values: Any) -> bool:
        """Give the row these values. Answers whether any is new."""
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if not changed:
            return False
        if row.pk is None:
            for name, value in changed.items():
                setattr(row, name, value)
            return True
        before = self.before.setdefault(row.pk, {})
        for name, value in changed.items():
            before.setdefault(name, getattr(row, name))
            setattr(row, name, value)
        self.touched[row.pk] = row
        return True

    def create(self) -> None:
        """Write the new rows, so that they have keys."""
        create(self.model, self.new)
        if self.new and has_history(self.model):
            record_history(self.model, self.new, kind="+", at=self.run.at, reason=self._reason)
        self.run.notes[f"{self.model._meta.model_name} added"] += len(self.new)
        self.new = []

    def save(self) -> None:
        self.create()
        if not self.touched:
            return
        by_fields: dict[tuple[str, ...], list[models.Model]] = {}
        for key, row in self.touched.items():
            by_fields.setdefault(tuple(sorted(self.before[key])), []).append(row)
        for names, rows in by_fields.items():
            self.model._default_manager.bulk_update(rows, list(names), batch_size=200)
            if has_history(self.model):
                record_history(self.model, rows, kind="~", at=self.run.at, reason=self._reason)
        ChangedRow.objects.bulk_create(
            (
                ChangedRow(
                    load=self.run.load,
                    model=self.model._meta.label,
                    key=key,
                    before={n: as_json(v) for n, v in before.items()},
                    after={n: as_json(getattr(self.touched[key], n)) for n in before},
                )
                for key, before in self.before.items()
            ),
            batch_size=BATCH,
        )
        self.run.notes[f"{self.model._meta.model_name} changed"] += len(self.touched)
        self.before, self.touched = {}, {}

    @property
    def _reason(self) -> str:
        return f"load {self.run.load.pk}"


def has_history(model: type[models.Model]) -> bool:
    return hasattr(model, "history")


def as_json(value: Any) -> Any:
    """A field's value as JSON holds it; `Field.to_python` turns it back."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value
