"""Loads a file on a copy of a database and is killed at seeded moments; prints what the database then holds.

Run by test_import_killed.py in a process of its own, with POLIEDRO_VAR set to an empty folder. Arguments: folder with
the files to load, number of kills, seed.
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


def state(path: Path) -> str:
    """A digest of all rows of all tables. Opening the file also lets SQLite recover from the kill."""
    digest = hashlib.sha256()
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        for (table,) in tables:
            columns = [r[1] for r in database.execute(f"PRAGMA table_info({table})") if r[1] not in MOMENTS]
            if columns:
                rows = database.execute(f"SELECT {', '.join(map(quoted, columns))} FROM {table} ORDER BY 1, 2")
                digest.update(f"{table}{rows.fetchall()}".encode())
    database.close()
    return digest.hexdigest()


def quoted(name: str) -> str:
    return f'"{name}"'


def restore(path: Path, clean: Path) -> None:
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    shutil.copy(clean, path)


def run(folder: Path, delay: float | None) -> float:
    """Load in a child; kill it after `delay` seconds. Answers how long the child lived."""
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            import_path(importer=IMPORTERS["cordis-h2020"], path=folder, by=None)
        finally:
            os._exit(0)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return time.monotonic() - started


def main() -> None:
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}  # the tables at once, in a second
    call_command("migrate", run_syncdb=True, verbosity=0)
    import_path(importer=IMPORTERS["cordis-h2020"], path=folder / "first", by=None)
    connections.close_all()
    path, clean = settings.VAR / "poliedro.sqlite3", settings.VAR / "clean.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    shutil.copy(path, clean)
    before = state(path)
    seconds = run(folder / "second", None)
    after = state(path)
    dice, seen = random.Random(seed), []
    for _ in range(kills):
        restore(path, clean)
        run(folder / "second", dice.uniform(0.02, 1.1) * seconds)
        seen.append({before: "before", after: "after"}.get(state(path), "neither"))
    print(json.dumps({"differ": before != after, "seconds": seconds, "seen": seen}))


if __name__ == "__main__":
    main()
