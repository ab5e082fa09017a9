"""What `poliedro load --json` says when it refuses: always an object, with the remedy and the place of the fault."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db.migrations.executor import MigrationExecutor
from factories import cluster
from import_samples import write

from poliedro.config.cli import main
from poliedro.reference.models import Load
from poliedro.registry.services.imports import IMPORTERS

pytestmark = pytest.mark.django_db
HEADER = "denominazione;data adesione;tipo\n"


def refused(*asked: str, code: int = 1) -> Any:
    """What stands on standard output; the same is told in words on standard error, and nothing is loaded."""
    done = CliRunner().invoke(main, ["load", *asked, "--json"])
    assert done.exit_code == code, done.output
    answer = json.loads(done.stdout)
    last = answer[-1] if isinstance(answer, list) else answer
    assert last["error"] in " ".join(done.stderr.split())
    assert last["remedy"]
    assert not Load.objects.exists()
    return answer


def test_unknown_source_names_all_sources(tmp_path: Path) -> None:
    answer = refused("cordes", str(tmp_path))
    assert (answer["error"], answer["field"], answer["value"]) == ("no source 'cordes'", "SOURCE", "cordes")
    assert "cordis-h2020" in answer["remedy"]
    assert answer["row"] is None


def test_list_of_nobody_names_the_option_and_the_clusters(tmp_path: Path) -> None:
    cluster("agrifood")
    path = write(tmp_path / "m.csv", HEADER)
    assert refused("members", str(path))["field"] == "--cluster"
    answer = refused("members", str(path), "--cluster", "agrifoot")
    assert (answer["field"], answer["value"]) == ("--cluster", "agrifoot")
    assert answer["remedy"] == "name one of: agrifood"


def test_file_without_a_column_names_the_column_and_the_header_row(tmp_path: Path) -> None:
    cluster("agrifood")
    answer = refused(
        "members", str(write(tmp_path / "m.csv", "denominazione;tipo\nA;impresa\n")), "--cluster", "agrifood"
    )
    assert (answer["row"], answer["field"]) == (1, "joined_on")


def test_rows_that_stop_the_load_come_with_the_first_of_them(tmp_path: Path) -> None:
    cluster("agrifood")
    path = write(tmp_path / "m.csv", HEADER + "A;01/01/2020;impresa\nB;01/01/2020;fattoria\nC;32/01/2020;impresa\n")
    answer = refused("members", str(path), "--cluster", "agrifood")
    assert answer["error"] == "m.csv: 2 of 3 rows are at fault, so nothing was loaded"
    assert (answer["row"], answer["field"], answer["value"]) == (3, "tipo", "fattoria")
    assert [(r["number"], r["value"]) for r in answer["rejected"]] == [(3, "fattoria"), (4, "32/01/2020")]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (["nuts"], "PATH"),
        (["nuts", "no-such-file.csv"], "PATH"),
        (["business-register", ".", "--year", "last"], "--year"),
        (["nuts", ".", "--claster", "agrifood"], "--claster"),
    ],
)
def test_wrong_options_are_told_with_their_name(asked: list[str], field: str) -> None:
    assert refused(*asked, code=2)["field"] == field


def test_database_without_its_layout_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda self, targets: ["tables"])
    answer = refused("nuts", ".")
    assert answer["remedy"] == "run: poliedro migrate"


@pytest.mark.parametrize("source", [*IMPORTERS, "all", "cordis"])
def test_file_of_another_kind_is_refused_by_every_source_instead_of_loading_nothing(
    source: str, tmp_path: Path
) -> None:
    cluster("agrifood")
    whole = gzip.compress(b"name;value\n" * 5000)
    bodies = {"x.csv": b"\x00\xfe\x07;nothing\n", "x.csv.gz": b"no archive", "y.csv.gz": whole[:40], "z.zip": b"PK no"}
    for name, body in bodies.items():
        path = tmp_path / name
        path.write_bytes(body)
        refused(source, str(path), "--cluster", "agrifood", "--year", "2020")


def test_whole_folder_tells_what_was_loaded_before_the_file_that_stopped_it(tmp_path: Path) -> None:
    feature = {"type": "Feature", "geometry": None, "properties": {"LEVL_CODE": 0, "NUTS_ID": "IT", "CNTR_CODE": "IT"}}
    (tmp_path / "NUTS_RG_60M_2016_4326_LEVL_0.geojson").write_text(json.dumps({"features": [feature]}))
    (tmp_path / "limits_IT_provinces.topo.json").write_text("{}")
    done = CliRunner().invoke(main, ["load", "all", str(tmp_path), "--json"])
    loaded, stopped = json.loads(done.stdout)
    assert (done.exit_code, loaded["importer"], "error" in loaded) == (1, "nuts", False)
    assert stopped["remedy"] == "load the NUTS boundaries first"
