"""Results kept in memory until a table under them changes: never stale, whatever wrote to the table.

Triggers in the database put a new random stamp beside a table's name whenever a row of it is added, changed or removed.
The stamps of the tables that a result rests on are its version; they are read with one query. A transaction that is
rolled back takes its stamps with it, and a random stamp never comes twice, so what was built on rows that came to
nothing is not found again.

# Note [Shards]
On PostgreSQL each server process stamps a row of its own (one of SHARDS), so that two long transactions do not wait for
each other. SQLite has one writer at a time and needs one row.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any, Generic, TypeAlias, TypeVar

from django.db import connection, models

from poliedro.shared.models import TableVersion

SHARDS = 1024
_watched: list[type[models.Model]] = []

Version: TypeAlias = tuple[tuple[str, int, int], ...]
Tables: TypeAlias = Callable[[], Sequence[type[models.Model]]]
T = TypeVar("T")


def watch(*tables: type[models.Model]) -> None:
    """Give these tables a version from the next migrate on."""
    _watched.extend(t for t in tables if t not in _watched)


def version_of(tables: Sequence[type[models.Model]]) -> Version | None:
    """The present version of the tables together; None where one has none, so that nothing may be kept."""
    names = sorted({t._meta.db_table for t in tables})
    stamps = TableVersion.objects.filter(name__in=names).order_by("name", "shard")
    rows = tuple(stamps.values_list("name", "shard", "stamp"))
    return rows if {name for name, _shard, _stamp in rows} == set(names) else None


class Kept(Generic[T]):
    """What `build(*key)` gives, kept in this process while the tables stay as they are; at most `most` keys."""

    def __init__(
        self, tables: Callable[[], Sequence[type[models.Model]]], build: Callable[..., T], most: int = 4
    ) -> None:
        self._tables, self._build, self._most = tables, build, most
        self._found: OrderedDict[Any, T] = OrderedDict()
        self._lock = RLock()

    def get(self, *key: Any) -> T:
        version = version_of(self._tables())
        if version is None:
            return self._build(*key)
        with self._lock:
            if (version, key) not in self._found:
                self._found[version, key] = self._build(*key)
            self._found.move_to_end((version, key))
            while len(self._found) > self._most:
                self._found.popitem(last=False)
            return self._found[version, key]


def install_stamps(**_signal: Any) -> None:
    """Put the triggers on the watched tables. Runs after every migrate, since changing a table on SQLite drops them."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        if TableVersion._meta.db_table not in there:
            return
        for table in _watched:
            name = table._meta.db_table
            if name in there:
                for statement in _statements(name):
                    cursor.execute(statement)
    known = set(TableVersion.objects.values_list("name", flat=True))
    TableVersion.objects.bulk_create(
        [
            TableVersion(name=t._meta.db_table, shard=-1, stamp=secrets.randbits(62))
            for t in _watched
            if t._meta.db_table in there and t._meta.db_table not in known
        ],
        ignore_conflicts=True,
    )


def _statements(name: str) -> list[str]:
    """name comes from a model, never from a reader."""
    if connection.vendor == "postgresql":
        run = "FOR EACH STATEMENT EXECUTE FUNCTION shared_stamp()"
        return [
            _STAMP,
            f"CREATE OR REPLACE TRIGGER {name}_stamp AFTER INSERT OR UPDATE OR DELETE ON {name} {run}",
            f"CREATE OR REPLACE TRIGGER {name}_stamp_all AFTER TRUNCATE ON {name} {run}",
        ]
    stamp = f"UPDATE shared_tableversion SET stamp = random() WHERE name = '{name}'"  # noqa: S608  a model's own name
    return [
        f"CREATE TRIGGER IF NOT EXISTS {name}_{event.lower()}_stamp AFTER {event} ON {name} BEGIN {stamp}; END"
        for event in ("INSERT", "UPDATE", "DELETE")
    ]


_STAMP = f"""CREATE OR REPLACE FUNCTION shared_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO shared_tableversion (name, shard, stamp)
VALUES (TG_TABLE_NAME, pg_backend_pid() % {SHARDS}, (random() * 9e15)::bigint)
ON CONFLICT (name, shard) DO UPDATE SET stamp = EXCLUDED.stamp;
RETURN NULL; END $$"""  # noqa: S608  nothing but a number is put in
