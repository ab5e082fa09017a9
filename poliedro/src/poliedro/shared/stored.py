"""Results kept for every process until a table under them changes: what is slow to count, the worker counts once.

A `Stored` result is a `Kept` one (`versions.py`) that also lies in a table. A process that does not hold it in memory
reads it from there if its version is that of the tables now, else it computes it, so that an answer is never stale.

# Note [Who stores]
Pages that are read write nothing: a load may hold the one writer of SQLite. The worker stores: every few seconds it
looks whether the version of a result has changed, and computes those again that it was told to keep ready. Without a
worker each process computes for itself, later and never wrongly. What changes while a result is computed leaves it
unstored until the next look, so that of two workers the slower one does not put an old result over a new one.

# Note [Whose code]
What another code has stored is not read: the version of a result names the code of the platform too, since a worker
that an upgrade has not restarted yet goes on storing. The migrate that ends an upgrade drops what the old code left.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection, models
from django.utils import timezone
from pydantic import TypeAdapter, ValidationError

import poliedro
from poliedro.shared.models import KeptResult
from poliedro.shared.versions import Kept, Version, version_of

LONGEST = 200
"""Letters of a key."""
log = logging.getLogger(__name__)
T = TypeVar("T")
Keys = Callable[[date], Iterable[tuple[Any, ...]]]
"""The keys to keep ready on a day."""
_STORED: dict[str, Stored[Any]] = {}
_LAST: dict[str, tuple[date, Version | None]] = {}
"""What this process has seen at its last look."""


class Stored(Kept[T]):
    """What `build(*key)` gives, kept as by `Kept` and stored under `name`; at most `most` keys in memory.

    kind: the type of the result, made of dataclasses, mappings, sequences and plain values, so that it comes back as it
    was. ready: the keys that the worker keeps stored; others are stored by `store` alone. The room's `apps.py` imports
    the module, so that the worker knows of it.
    """

    def __init__(
        self,
        name: str,
        kind: Any,
        tables: Callable[[], Sequence[type[models.Model]]],
        build: Callable[..., T],
        *,
        ready: Keys,
        most: int = 64,
    ) -> None:
        super().__init__(tables, build, most)
        self.name, self.ready = name, ready
        self._kind: Any = kind
        self._adapter: TypeAdapter[T] | None = None
        assert name not in _STORED, f"{name} is stored twice"
        _STORED[name] = self

    @property
    def _form(self) -> TypeAdapter[T]:
        if self._adapter is None:
            self._adapter = TypeAdapter(self._kind)
        return self._adapter

    def _made(self, version: Version, key: tuple[Any, ...]) -> T:
        found = self._row(key).filter(version=_digest(version)).values_list("value", flat=True).first()
        if found is not None:
            try:
                return self._form.validate_json(found)
            except ValidationError:
                log.warning("what is stored of %s cannot be read and is computed", self.name, exc_info=True)
        return self._build(*key)

    def store(self, *key: Any) -> bool:
        """Compute and store the result unless it is there. Returns whether it was computed. See Note [Who stores]."""
        version = version_of(self.tables())
        if version is None or self._row(key).filter(version=_digest(version)).exists():
            return False
        value = self._form.dump_json(self._build(*key)).decode()
        if version_of(self.tables()) != version:
            return True
        KeptResult.objects.update_or_create(
            name=self.name,
            key=_text(key),
            defaults={"version": _digest(version), "value": value, "made_at": timezone.now()},
        )
        return True

    def _row(self, key: tuple[Any, ...]) -> models.QuerySet[KeptResult]:
        return KeptResult.objects.filter(name=self.name, key=_text(key)).order_by("pk")


def keep_ready(today: date) -> int:
    """Store every result that is to be ready on the day and whose tables have changed. Returns how many were computed.
    One query where nothing has changed since this process looked last. What fails keeps no other from being ready, is
    raised at the end, and tried again at the next look."""
    tables = {table for stored in _STORED.values() for table in stored.tables()}
    seen = today, version_of(sorted(tables, key=lambda t: t._meta.db_table))
    if seen[1] is not None and _LAST.get("seen") == seen:
        return 0
    made, failed = 0, list[Exception]()
    for name, stored in sorted(_STORED.items()):
        try:
            made += sum(stored.store(*key) for key in stored.ready(today))
        except Exception as fault:
            fault.add_note(f"{name} is not ready")
            failed.append(fault)
    if failed:
        raise failed[0]
    _LAST["seen"] = seen
    return made


def drop_stored(**_signal: Any) -> None:
    """Forget everything that is stored. See Note [Who stores]."""
    _LAST.clear()
    if KeptResult._meta.db_table in connection.introspection.table_names():
        KeptResult.objects.all().delete()


def drop_old(today: date) -> str:
    """Daily: forget what is no longer to be ready, such as the figures of yesterday."""
    wanted = {(name, _text(key)) for name, stored in _STORED.items() for key in stored.ready(today)}
    old = [pk for pk, name, key in KeptResult.objects.values_list("pk", "name", "key") if (name, key) not in wanted]
    KeptResult.objects.filter(pk__in=old).delete()
    return f"{len(old)} stored results dropped"


def _text(key: tuple[Any, ...]) -> str:
    text = json.dumps(key, default=str)
    return text if len(text) <= LONGEST else hashlib.sha256(text.encode()).hexdigest()


def _digest(version: Version) -> str:
    return hashlib.sha256(f"{_code()} {version!r}".encode()).hexdigest()


@cache
def _code() -> str:
    """The platform's code, hashed once a process. See Note [Whose code]."""
    found = hashlib.sha256()
    for module in sorted(Path(poliedro.__file__).parent.rglob("*.py")):
        found.update(module.read_bytes())
    return found.hexdigest()
