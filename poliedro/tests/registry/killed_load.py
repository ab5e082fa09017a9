"""Loads files on a copy of a database and is killed at seeded moments; prints what the database then holds.

Run by test_import_killed.py, and by hand for a set of any size, in a process of its own with POLIEDRO_VAR set to an
empty folder. Arguments: the path to load first (or -: nothing), that of the load that is killed, number of kills, seed.
DATABASE_URL names a PostgreSQL server to make databases on; without it, SQLite.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any, Protocol

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from poliedro.registry.services.imports import IMPORTERS, import_path  # noqa: E402

MOMENTS = {
    "recorded_at", "retracted_at", "started_at", "finished_at", "history_date", "found_at", "at", "summary", "hash",
    "previous_hash", "applied", "stamp",
}  # fmt: skip
"""Columns that differ between two runs of the same load."""
ROWS = 5000
"""Rows read at a time."""


class Store(Protocol):
    """A database that can be kept aside, brought back and summed up."""

    def keep(self) -> None: ...
    def restore(self) -> None: ...
    def state(self) -> str: ...


def digest_of(tables: dict[str, list[str]], execute: Any) -> str:
    """One digest over all rows of all tables, in the order of their first columns."""
    digest = hashlib.sha256()
    for table, columns in tables.items():
        kept = [c for c in columns if c not in MOMENTS]
        if not kept:
            continue
        names = ", ".join(f'"{c}"' for c in kept)
        rows = execute(f'SELECT {names} FROM "{table}" ORDER BY {", ".join(f"{i + 1}" for i in range(len(kept[:2])))}')
        digest.update(table.encode())
        while part := rows.fetchmany(ROWS):
            digest.update(repr(part).encode())
    return digest.hexdigest()


class Sqlite:
    def __init__(self) -> None:
        self.path, self.clean = settings.VAR / "poliedro.sqlite3", settings.VAR / "clean.sqlite3"

    def keep(self) -> None:
        with sqlite3.connect(self.path) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        shutil.copy(self.path, self.clean)

    def restore(self) -> None:
        for suffix in ("-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.clean, self.path)

    def state(self) -> str:
        """Opening the file also lets SQLite recover from the kill."""
        with sqlite3.connect(self.path) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
            tables = {t: [r[1] for r in database.execute(f"PRAGMA table_info({t})")] for (t,) in names}
            found = digest_of(tables, database.execute)
        database.close()
        return found


class Postgres:
    """Databases of this run on the server that DATABASE_URL names: one worked on, one kept as its template."""

    def __init__(self) -> None:
        import psycopg

        self.parameters = connections["default"].get_connection_params()
        self.name, self.clean = f"killed_{os.getpid()}", f"killed_{os.getpid()}_clean"
        self.psycopg = psycopg
        self._run(f"CREATE DATABASE {self.name}")
        settings.DATABASES["default"]["NAME"] = connections["default"].settings_dict["NAME"] = self.name

    def _connect(self, name: str) -> Any:
        names = ("user", "host", "port", "password")
        given = {k: v for k, v in self.parameters.items() if k in names}
        return self.psycopg.connect(dbname=name, autocommit=True, **given)

    def _run(self, *statements: str) -> None:
        with self._connect("postgres") as server:
            for statement in statements:
                server.execute(statement)

    def keep(self) -> None:
        self._run(f"CREATE DATABASE {self.clean} TEMPLATE {self.name}")

    def restore(self) -> None:
        self._run(f"DROP DATABASE {self.name} WITH (FORCE)", f"CREATE DATABASE {self.name} TEMPLATE {self.clean}")

    def state(self) -> str:
        """Waits until the server has noticed that the killed client is gone."""
        with self._connect(self.name) as database:
            others = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            for _ in range(600):
                if database.execute(others, [self.name]).fetchone() == (0,):
                    break
                time.sleep(0.1)
            columns = database.execute(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
                "ORDER BY table_name, ordinal_position"
            ).fetchall()
            tables: dict[str, list[str]] = {}
            for table, column in columns:
                tables.setdefault(table, []).append(column)
            tables.pop("shared_tableversion", None)  # a row a server process: not the load's
            return digest_of(tables, database.execute)

    def drop(self) -> None:
        self._run(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in (self.name, self.clean)))


def run(path: Path, delay: float | None) -> float:
    """Load in a child; kill it after `delay` seconds. Answers how long the child lived."""
    started = time.monotonic()
    connections.close_all()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            import_path(importer=IMPORTERS["cordis-h2020"], path=path, by=None)
            code = 0
        finally:
            os._exit(code)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    if delay is None and status:
        sys.exit("the load failed without being killed")
    return time.monotonic() - started


def main() -> None:
    first, second, kills, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    store: Any = Postgres() if connections["default"].vendor == "postgresql" else Sqlite()
    try:
        settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}  # the tables, in a second
        call_command("migrate", run_syncdb=True, verbosity=0)
        if first != "-":
            import_path(importer=IMPORTERS["cordis-h2020"], path=Path(first), by=None)
        connections.close_all()
        store.keep()
        before = store.state()
        seconds = run(second, None)
        after = store.state()
        dice, seen = random.Random(seed), []
        for _ in range(kills):
            store.restore()
            run(second, dice.uniform(0.02, 1.1) * seconds)
            seen.append({before: "before", after: "after"}.get(store.state(), "neither"))
        print(json.dumps({"differ": before != after, "seconds": seconds, "seen": seen}))
    finally:
        connections.close_all()
        if isinstance(store, Postgres):
            store.drop()


if __name__ == "__main__":
    main()
