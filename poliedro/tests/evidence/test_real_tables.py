"""The observatory on the real tables: published magnitudes, time, another continent, another engine."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from django.test import Client

from poliedro.evidence import store
from poliedro.evidence.queries.runs import table_of
from poliedro.evidence.runs.base import NoInput
from poliedro.evidence.runs.catalogue import ANALYSES
from poliedro.evidence.services.runs import repeat_run, run_analysis
from poliedro.registry.services.imports import IMPORTERS, import_path

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
US = "us_cbp_cbsa_naics_emp_2019"


def load(key: str, path: Path) -> None:
    import_path(importer=IMPORTERS[key], path=path, by=None)


def test_from_eurostats_files_to_every_page_in_a_minute(real_data: Path, client: Client) -> None:
    started = time.process_time()  # of this process alone: other tests share the machine
    load("nuts", real_data / "geo")
    load("nuts-crosswalk", real_data / "geo")
    load("eurostat-sbs", real_data / "region_industry")
    load("input-output", real_data / "io")
    runs = {key: run_analysis(key=key) for key in ANALYSES}
    for page in (
        "",
        "specialisation/",
        "space/",
        "options/",
        "variety/",
        "complexity/",
        "partners/",
        "productivity/",
        "value-chain/",
    ):
        assert client.get(f"/observatory/{page}").status_code == 200
    seconds = time.process_time() - started
    quotients = table_of(runs["specialisation"], "quotients")
    vehicles = store.read_rows(quotients, {"year": 2012, "place": "ITC1", "activity": "C29"})[0]
    assert round(vehicles["national"], 1) == 3.9
    assert round(vehicles["location_quotient"], 1) == 2.7
    finland = {r["place"] for r in store.read_rows(quotients, {"year": 2010}) if r["place"].startswith("FI")}
    assert finland == {"FI19", "FI1B", "FI1C", "FI1D", "FI20"}  # the file has the older FI13, FI18, FI1A beside them
    tested = store.read_rows(table_of(runs["options"], "backtest"), {"year_from": 2008, "year": 2013})
    auc = {r["score"]: r["auc"] for r in tested}
    print(f"\nfrom file to pages {seconds:.0f} s; entries 2008-2013, AUC: {auc}")
    assert 0.5 < auc["density"] < auc["location_quotient"]
    assert seconds < 60


@pytest.mark.one_database
def test_us_metropolitan_areas_run_unchanged(real_data: Path, client: Client) -> None:
    load("us-cbp", real_data / "region_industry")
    for key in ANALYSES:
        lacks = {"productivity": "wages or value added", "value-chain": "industries in NACE"}.get(key)
        if lacks:
            with pytest.raises(NoInput, match=lacks):
                run_analysis(key=key, parameters={"table": US})
        else:
            run_analysis(key=key, parameters={"table": US})
    for page in ("specialisation", "space", "options", "variety", "complexity", "partners", "region"):
        answer = client.get(f"/observatory/{page}/?table={US}&region=41940")
        assert answer.status_code == 200
        assert "41940" in answer.content.decode()
    assert client.get(f"/observatory/productivity/?table={US}").status_code == 200


@pytest.mark.one_database
@pytest.mark.enable_socket
@pytest.mark.filterwarnings("ignore")  # of pyspark and the libraries under it
@pytest.mark.skipif(shutil.which("java") is None, reason="needs Java: apt-get install default-jre-headless")
def test_spark_gives_every_stored_table_bit_for_bit(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    from panel import load_panel

    from poliedro.evidence.runs.spark import session

    load_panel(tmp_path)
    try:
        for key in ANALYSES:
            run = run_analysis(key=key)
            again = repeat_run(run=run, engine="spark")
            assert again.same, (key, again.differing)
    finally:
        session().stop()
        session.cache_clear()
