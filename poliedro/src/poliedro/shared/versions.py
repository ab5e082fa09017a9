"""Results kept in memory until a table under them changes: never stale, whatever wrote to the table.

Triggers in the database put a new random stamp beside a table's name whenever a row of it is added, changed or removed.
The stamps of the tables that a result rests on are its version; they are read with one query. A transaction that is
rolled back takes its stamps with it, and a random stamp never comes twice, so what was built on rows that came to
nothing is not found again.

# Note [Shards]
On PostgreSQL each server process stamps a row of its own (one of SHARDS), so that two long transactions do not wait for
each other. SQLite has one writer at a time and needs one row.

# Note [One reading a page]
A page asks for a dozen kept results. While a page is read (`reading`), the stamps of all tables are read together with
one query and stand for the whole page, as if all its questions had been asked at that moment. The first statement that
is no SELECT ends that: from then on each question reads its own stamps, and sees what was written, or rolled back.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock
from typing import Any, Generic, TypeAlias, TypeVar

from django.db import connection, models
from django.db.models import Count, Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from poliedro.shared.models import TableVersion

SHARDS = 1024
_watched: list[type[models.Model]] = []

Version: TypeAlias = tuple[tuple[str, int, int], ...]
"""Of each table: its name, its rows of stamps, and their sum. Stamps are random, so that no two sums are the same."""
Tables: TypeAlias = Callable[[], Sequence[type[models.Model]]]
T = TypeVar("T")


def watch(*tables: type[models.Model]) -> None:
    """Give these tables a version from the next migrate on."""
    _watched.extend(t for t in tables if t not in _watched)


def version_of(tables: Sequence[type[models.Model]]) -> Version | None:
    """The present version of the tables together; None where one has none, so that nothing may be kept."""
    names = sorted({t._meta.db_table for t in tables})
    page = _page.get()
    if page is None or page.written:
        held = _stamps(TableVersion.objects.filter(name__in=names))
    else:
        if page.stamps is None:
            page.stamps = _stamps(TableVersion.objects.all())
        held = page.stamps
    return tuple((name, *held[name]) for name in names) if all(name in held for name in names) else None


def _stamps(rows: models.QuerySet[TableVersion]) -> dict[str, tuple[int, int]]:
    found = rows.order_by().values_list("name").annotate(n=Count("pk"), total=Sum("stamp"))
    return {name: (n, int(total)) for name, n, total in found}


class _Page:
    """What a page knows of the stamps. See Note [One reading a page]."""

    def __init__(self) -> None:
        self.stamps: dict[str, tuple[int, int]] | None = None
        self.written = False

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Sees every statement of the connection."""
        if not self.written and not str(sql).lstrip().upper().startswith("SELECT"):
            self.written = True
        return execute(sql, params, many, context)


_page: ContextVar[_Page | None] = ContextVar("page", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """See Note [One reading a page]."""
    page = _Page()
    token = _page.set(page)
    try:
        with connection.execute_wrapper(page):
            yield
    finally:
        _page.reset(token)


def reading(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: pages that are only read read the stamps once."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return get_response(request)
        with one_reading():
            return get_response(request)

    return answer


class Kept(Generic[T]):
    """What `build(*key)` gives, kept in this process while the tables stay as they are; at most `most` keys."""

    def __init__(
        self, tables: Callable[[], Sequence[type[models.Model]]], build: Callable[..., T], most: int = 4
    ) -> None:
        self.tables, self._build, self._most = tables, build, most
        self._found: OrderedDict[Any, T] = OrderedDict()
        self._lock = RLock()

    def get(self, *key: Any) -> T:
        version = version_of(self.tables())
        if version is None:
            return self._build(*key)
        with self._lock:
            if (version, key) not in self._found:
                self._found[version, key] = self._made(version, key)
            self._found.move_to_end((version, key))
            while len(self._found) > self._most:
                self._found.popitem(last=False)
            return self._found[version, key]

    def _made(self, _version: Version, key: tuple[Any, ...]) -> T:
        return self._build(*key)


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
