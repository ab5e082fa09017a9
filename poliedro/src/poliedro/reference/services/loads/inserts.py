"""Many rows at once.

# Note [Bulk inserts]
`bulk_create` compiles an INSERT for every thirty rows on SQLite; with 200 000 rows that is most of the time of a load.
Here one statement a table is prepared and run for all rows; values pass through the same field preparation. PostgreSQL
gets them by COPY: a statement a row would fire the table's statement trigger (shared/versions.py) as often.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import connection, models

BATCH = 1000


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[tuple[Any, ...]], **same: Any) -> None:
    """Add rows to the model's table.

    Args:
        names: the columns that differ, by attribute name; rows: their values. same: columns equal in all rows.
        Columns named in neither get the field's default.
    """
    fields = {f.attname: f for f in model._meta.concrete_fields}
    given = [fields[n] for n in names]
    rest = [f for f in fields.values() if f.attname not in names and not (f.primary_key and f.attname not in same)]
    constant = tuple(_prepared(f, same[f.attname] if f.attname in same else f.get_default()) for f in rest)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(f.column or f.attname) for f in (*given, *rest))
    table, prepare = quote(model._meta.db_table), [_preparer(f) for f in given]
    prepared = ((*(p(v) for p, v in zip(prepare, row, strict=True)), *constant) for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in prepared:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * (len(given) + len(rest)))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608  names of our own
        while batch := list(islice(prepared, BATCH)):
            cursor.executemany(statement, batch)


def _prepared(field: Any, value: Any) -> Any:
    return field.get_db_prep_save(value, connection)


def _preparer(field: Any) -> Any:
    """Prepares values of the field; the same day or amount comes often, so answers are remembered."""
    if isinstance(field, (models.ForeignKey, models.BigAutoField)):
        return lambda value: value
    if isinstance(field, (models.CharField, models.FloatField, models.BooleanField)):
        return lambda value: value
    if isinstance(field, (models.DateField, models.DecimalField)):
        return lru_cache(maxsize=65536)(lambda value: _prepared(field, value))
    return lambda value: _prepared(field, value)


def create(model: type[models.Model], objects: list[Any]) -> None:
    """Add the objects, and give each its key."""
    if not objects:
        return
    for key, made in zip(reserve_keys(model, len(objects)), objects, strict=True):
        made.pk = key
        made._state.adding = False
        made._state.db = connection.alias
    names = [f.attname for f in model._meta.concrete_fields]
    for field in model._meta.concrete_fields:
        if getattr(field, "auto_now_add", False):
            for made in objects:
                field.pre_save(made, add=True)
    insert(model, names, (tuple(getattr(o, n) for n in names) for o in objects))


def reserve_keys(model: type[models.Model], count: int) -> Iterable[int]:
    """Keys that nobody else will get: the transaction holds SQLite's only write lock; PostgreSQL has sequences."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), model._meta.pk.column, count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
        return range(last + 1, last + 1 + count)


def record_history(model: Any, objects: list[Any], *, kind: str, at: datetime, reason: str) -> None:
    """History rows of objects just made (`+`) or changed (`~`), as simple_history writes them."""
    history = model.history.model
    tracked = [f.attname for f in history.tracked_fields]
    same = {"history_date": at, "history_type": kind, "history_change_reason": reason, "history_user_id": None}
    insert(history, tracked, (tuple(getattr(o, n) for n in tracked) for o in objects), **same)
