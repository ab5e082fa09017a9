"""The replication package of a study: what is in it, and that it gives the digits."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override
from studies import EFFECT, SMALL, address, effects, entered, firms_with_accounts

import regionomics
from poliedro.evidence.store import read_rows
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.rules.impact import (
    fingerprint,
)
from poliedro.monitoring.services.impact import (
    declare_study,
    freeze_study,
    replication_package,
    run_study,
)

pytestmark = pytest.mark.django_db


def replicated(unpacked: Path) -> subprocess.CompletedProcess[str]:
    """The package's program, run with its own library: installed from the wheel within, without an index."""
    wheel = next(unpacked.glob("*.whl"))
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", "lib", wheel.name],
        cwd=unpacked, check=True, timeout=120,
    )  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", "import regionomics as r, runpy; print(r.__file__); runpy.run_path('replicate.py')"],
        cwd=unpacked, env={**os.environ, "PYTHONPATH": str(unpacked / "lib")}, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


def test_package_says_in_exact_versions_what_pip_is_to_install(computed: StudyVersion, evaluator: Any) -> None:
    with zipfile.ZipFile(io.BytesIO(replication_package(version=computed, by=evaluator))) as archive:
        lines = archive.read("requirements.txt").decode().splitlines()
        (wheel,) = (name for name in archive.namelist() if name.endswith(".whl"))
        library = zipfile.ZipFile(io.BytesIO(archive.read(wheel)))
    assert re.fullmatch(r"# Python \d+\.\d+\.\d+, \w+", lines[0])
    assert lines[1] == f"./{wheel}"
    stated = dict(line.split("==") for line in lines[2:])
    assert {"narwhals", "numpy", "polars", "pyarrow", "scipy"} <= stated.keys()
    assert stated == {name: metadata.version(name) for name in stated}
    assert not {"django", "poliedro", "pytest", "regionomics"} & stated.keys()
    own = {name for name in library.namelist() if name.startswith("regionomics/")}
    root = Path(next(iter(regionomics.__path__)))
    assert own == {f"regionomics/{p.relative_to(root).as_posix()}" for p in [*root.rglob("*.py"), root / "py.typed"]}
    for line in library.read(next(n for n in library.namelist() if n.endswith("RECORD"))).decode().splitlines():
        name, digest, size = line.rsplit(",", 2)
        if digest:
            body = library.read(name)
            assert len(body) == int(size), name
            assert urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode() == digest.removeprefix(
                "sha256="
            )


def test_replication_package_gives_the_digits(computed: StudyVersion, evaluator: Any, tmp_path: Path) -> None:
    with override("it"):
        body = replication_package(version=computed, by=evaluator)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.extractall(tmp_path)
    unpacked = {p.name for p in tmp_path.iterdir()}
    assert unpacked >= {"README.md", "declaration.json", "panel.parquet", "requirements.txt"}
    done = replicated(tmp_path)
    shown = [r for r in effects(computed, breakdown="all") if r["att"] is not None]
    assert {r["estimator"] for r in shown} == {"matched", "dr", "imputation", "twfe_extended", "naive", "two_way"}
    assert done.stdout.count("as stated") == len(shown)
    assert done.stdout.startswith(str(tmp_path / "lib")), "by the library that lies in the package"
    read_me = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "# Pacchetto di replica di" in read_me
    assert "    venv/bin/python -m pip install -r requirements.txt\n    venv/bin/python replicate.py" in read_me
    assert unpacked == {*re.findall(r"^- `(.+?)`: ", read_me, re.MULTILINE), "README.md"}, "each file is named, once"
    with override("it"):
        assert body == replication_package(version=computed, by=evaluator), "the same bytes each time"


def test_study_by_weights_finds_the_effect_and_its_package_gives_the_digits(evaluator: Any, tmp_path: Path) -> None:
    """Members gain 5 log points in the year before joining already: the declaration says that it may be so."""
    firms_with_accounts(ahead=0.05)
    weighed = replace(SMALL, distance="entropy", outcomes=("turnover",), anticipation=1)
    draft = declare_study(title="Turnover", declaration=weighed, by=evaluator)
    freeze_study(version=draft, by=evaluator)
    run_study(version=draft, by=evaluator)
    version = StudyVersion.objects.select_related("study", "run").get(pk=draft.pk)
    assert version.run is not None
    main = next(r for r in effects(version, breakdown="all") if r["estimator"] == "matched")
    assert main["low"] < EFFECT < main["high"]
    for one in effects(version, breakdown="all"):
        assert one["estimator"] in ("naive", "two_way") or one["att"] == pytest.approx(EFFECT, abs=3 * one["se"])
    events = read_rows(version.run.tables.get(name="events"), {"estimator": "dr"})
    assert [r["event"] for r in events] == [-4, -3, -1, 0, 1, 2], "-2 is what all others are compared with"
    assert next(r["att"] for r in events if r["event"] == -1) == pytest.approx(0.05, abs=0.02)
    assert version.hash != fingerprint(replace(weighed, anticipation=0))
    balance = read_rows(version.run.tables.get(name="balance"))
    assert max(abs(r["difference_after"]) for r in balance) < 1e-6
    pairs = read_rows(version.run.tables.get(name="pairs"))
    assert {r["firm"] for r in pairs} == {None}
    assert sum(r["weight"] for r in pairs) == pytest.approx(60, abs=0.01), "the controls of a cohort weigh as it does"
    checks = {r["check"] for r in read_rows(version.run.tables.get(name="checks"))}
    assert "rosenbaum" not in checks, "it speaks of pairs"
    assert "attrition" in checks
    page = entered(evaluator).get(address("study", version)).content.decode()
    assert "bilanciamento entropico" in page
    assert "un effetto può mostrarsi 1 anno prima dell" in page
    with zipfile.ZipFile(io.BytesIO(replication_package(version=version, by=evaluator))) as archive:
        archive.extractall(tmp_path)
    done = replicated(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("as stated") == 6, "by every estimator"
