from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from import_samples import write

SEED = 20240301
KILLS = 20


def h2020_of(folder: Path, projects: int, contribution: int) -> None:
    lines = ["rcn,role,pic,type,contribution,country,start_date,end_date,max_contribution,total_cost"]
    lines += [
        f"{project},participant,{900000000 + (project * 7 + n) % 900},PRC,{contribution + n},IT,2016-01-01,2018-12-31,,"
        for project in range(1, projects + 1)
        for n in range(4)
    ]
    write(folder / "h2020_participations.csv", "\n".join(lines) + "\n")


@pytest.mark.own_database
def test_load_killed_at_any_moment_leaves_all_or_nothing(tmp_path: Path) -> None:
    """Twenty SIGKILLs at seeded moments of a load that adds, closes and changes rows; every row is compared. On the
    database of the run: SQLite, or a database of its own on the PostgreSQL server."""
    h2020_of(tmp_path / "first", projects=200, contribution=10)
    h2020_of(tmp_path / "second", projects=1000, contribution=20)
    environment = os.environ | {
        "POLIEDRO_VAR": str(tmp_path / "var"),
        "DJANGO_SETTINGS_MODULE": "poliedro.config.settings",
        "POLIEDRO_SECRET_KEY": "a key for tests alone",
    }
    (tmp_path / "var").mkdir()
    script = Path(__file__).with_name("killed_load.py")
    answer = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "first"), str(tmp_path / "second"), str(KILLS), str(SEED)],
        env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["differ"]
    assert len(found["seen"]) == KILLS
    assert set(found["seen"]) <= {"before", "after"}
    assert "before" in found["seen"]
