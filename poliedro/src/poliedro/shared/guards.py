"""Rules that reach over rows and tables, kept by the database itself: what no check constraint can say.

A room says what breaks the rule in SQL that both databases read, and in which words it is refused; a trigger refuses it
to whoever writes, the site's own code included (as an `IntegrityError`).

# Note [Guards come after migrations]
Changing a table on SQLite makes it anew, which drops its triggers and fails over triggers of other tables that name it.
So guards are no part of migrations: they are taken away before each migrate and put back after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection

PREFIX = "guard_"


@dataclass(frozen=True)
class Guard:
    """Refuses an event on a table where `broken` holds of NEW and OLD. tables: the others that `broken` reads."""

    name: str
    table: str
    event: Literal["INSERT", "UPDATE", "DELETE"]
    broken: str
    says: str
    tables: tuple[str, ...] = ()

    @property
    def trigger(self) -> str:
        return f"{PREFIX}{self.name}_{self.event.lower()}"


_guards: dict[str, Guard] = {}


def guard(*guards: Guard) -> None:
    """Keep these rules from the next migrate on."""
    _guards.update({g.trigger: g for g in guards})


def missing_guards() -> list[str]:
    """Triggers that should be in the database and are not."""
    with connection.cursor() as cursor:
        return sorted(set(_guards) - set(_there(cursor)))


def take_guards(**_signal: Any) -> None:
    """Before a migrate. See Note [Guards come after migrations]."""
    with connection.cursor() as cursor:
        for name in _there(cursor):
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def put_guards(**_signal: Any) -> None:
    """After a migrate: every guard whose tables are there. See Note [Guards come after migrations]."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        there = _there(cursor)
        for name, rule in sorted(_guards.items()):
            if not {rule.table, *rule.tables} <= tables:
                continue
            for statement in _statements(rule):
                if there.get(name) == statement:
                    continue
                if name in there and connection.vendor == "sqlite":
                    cursor.execute(f"DROP TRIGGER {name}")
                cursor.execute(statement)


def _there(cursor: Any) -> dict[str, str]:
    """Triggers of ours in the database -> their text ("" on PostgreSQL, which replaces them)."""
    if connection.vendor == "postgresql":
        cursor.execute("SELECT tgname, '' FROM pg_trigger WHERE tgname LIKE 'guard\\_%' AND NOT tgisinternal")
    else:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard!_%' ESCAPE '!'")
    return dict(cursor.fetchall())


def _statements(rule: Guard) -> Iterator[str]:
    """All of it comes from the code, never from a reader."""
    name, on = rule.trigger, f"BEFORE {rule.event} ON {rule.table} FOR EACH ROW"
    if connection.vendor == "postgresql":
        row = "OLD" if rule.event == "DELETE" else "NEW"
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {rule.broken} THEN "
            f"RAISE EXCEPTION '{rule.says}' USING ERRCODE = 'check_violation'; END IF; RETURN {row}; END $$ "
            "LANGUAGE plpgsql"
        )
        yield f"CREATE OR REPLACE TRIGGER {name} {on} EXECUTE FUNCTION {name}()"
    else:
        yield f"CREATE TRIGGER {name} {on} WHEN {rule.broken} BEGIN SELECT RAISE(ABORT, '{rule.says}'); END"
