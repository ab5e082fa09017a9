"""The observatory's pages: they answer from stored runs, in both languages, and say where each figure comes from."""

from __future__ import annotations

import csv
import io
import json
import re
import zlib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from factories import officer, user
from panel import KEY, load_panel

from poliedro.evidence import store
from poliedro.evidence.models import Repetition, Run
from poliedro.evidence.runs.catalogue import ANALYSES
from poliedro.evidence.services.runs import run_analysis
from poliedro.portal.views.observatory.words import analysis_words
from poliedro.shared.models import Job

pytestmark = pytest.mark.django_db
PAGES = (
    "",
    "specialisation/",
    "specialisation/?industry=C29&year=2011",
    "space/",
    "space/?industry=C13&measure=cosine",
    "options/",
    "options/?axis=pci",
    "variety/?part=unrelated",
    "complexity/",
    "partners/",
    "partners/?target=M70",
    "partners/?region=FRL0",
    "between/",
    "value-chain/",
    "value-chain/?industry=C29",
    "what-if/",
    "productivity/",
    "productivity/?measure=value_added",
    "region/",
    "runs/",
)


@pytest.fixture
def runs(tmp_path: Path) -> dict[str, Run]:
    load_panel(tmp_path)
    cache.clear()
    return {key: run_analysis(key=key) for key in ANALYSES}


def read(client: Client, page: str, language: str = "en") -> str:
    answer = client.get(f"/observatory/{page}", headers={"accept-language": language})
    assert answer.status_code == 200, page
    return answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_page_teaches_what_to_load_where_nothing_was_run(client: Client, page: str) -> None:
    text = read(client, page)
    assert "poliedro run all" in text or page == "runs/"


def test_every_page_answers_in_both_languages_and_names_its_run(client: Client, runs: dict[str, Run]) -> None:
    for page in PAGES:
        for language in ("it", "en"):
            text = read(client, page, language)
            assert f'lang="{language}"' in text
            if page != "runs/":
                assert any(f"/observatory/runs/{r.key}/" in text for r in runs.values()), page


@pytest.mark.parametrize(
    "page", ["specialisation/?region=nowhere&year=1066&industry=%00", "space/?measure=<script>", "partners/?target=x"]
)
def test_nonsense_in_the_address_falls_back_to_the_region(client: Client, runs: dict[str, Run], page: str) -> None:
    assert "<script>" not in read(client, page).replace("<script src", "").replace("<script id", "")


def test_names_offered_for_a_run_are_those_of_the_catalogue() -> None:
    with override("en-gb"):
        assert analysis_words() == {key: analysis.title for key, analysis in ANALYSES.items()}


def test_missing_stage_of_a_chain_is_named_with_its_share(client: Client, runs: dict[str, Run]) -> None:
    text = read(client, "value-chain/?industry=C29")
    assert re.search(r"<h1>[^<]*C29[^<]* lacks [^<]*C13", text)
    assert "20.0% of its output" in text  # from C25, 200 of 1000
    assert "lacks" not in re.search(r"<h1>(.*?)</h1>", read(client, "value-chain/?industry=C25"))[1]


def test_tables_are_downloaded_as_csv_of_the_rows_asked_for_and_as_parquet(
    client: Client, runs: dict[str, Run], tmp_path: Path
) -> None:
    address = f"/observatory/runs/{runs['specialisation'].key}/quotients"
    answer = client.get(f"{address}.csv?place=ITC1&year=2013")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert {r["place"] for r in rows} == {"ITC1"}
    assert {r["year"] for r in rows} == {"2013"}
    nothing = client.get(f"{address}.csv?year=soon")
    assert len(b"".join(nothing.streaming_content).decode().splitlines()) == 1
    file = tmp_path / "t.parquet"
    file.write_bytes(b"".join(client.get(f"{address}.parquet").streaming_content))
    assert pl.read_parquet(file).height == runs["specialisation"].tables.get(name="quotients").rows
    assert client.get("/observatory/runs/0000000000000000/x.csv").status_code == 404


def test_run_page_states_inputs_and_definitions_and_compares(client: Client, runs: dict[str, Run]) -> None:
    run = runs["options"]
    other = Run.objects.create(
        key="f" * 16, analysis="options", version=0, code="older", parameters={"table": "another"}, inputs=[],
        certainty="official", source_names="x", started_at=run.started_at,
    )  # fmt: skip
    text = read(client, f"runs/{run.key}/?with={other.key}")
    assert "Relatedness density" in text
    assert run.inputs[0]["checksum"][:16] in text
    assert "older" in text
    meta = json.loads(client.get(f"/observatory/runs/{run.key}/metadata.json").content)
    assert meta["tables"][0]["columns"][0]["name"] == "place"


def test_run_is_started_and_repeated_from_the_page_by_those_who_may(
    client: Client, runs: dict[str, Run], django_capture_on_commit_callbacks: Any
) -> None:
    start, repeat = "/observatory/runs/start/", f"/observatory/runs/{runs['variety'].key}/repeat/"
    assert client.post(start, {"analysis": "variety"}).status_code == 302
    client.force_login(user())
    assert client.post(start, {"analysis": "variety"}).status_code == 403
    assert client.post(repeat).status_code == 403
    client.force_login(officer("evaluator"))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(start, {"analysis": "variety", "table": KEY})
        client.post(repeat)
    job = Job.objects.get(name="evidence.run_analysis")
    assert answer.headers["location"] == f"/shared/jobs/{job.pk}/"
    assert (job.state, job.result_url) == ("done", f"/observatory/runs/{runs['variety'].key}/")
    assert Repetition.objects.get().same
    with django_capture_on_commit_callbacks(execute=True):
        client.post(start, {"analysis": "variety", "table": "no-such-table"})
    failed = Job.objects.first()
    assert failed is not None
    assert "is not loaded" in failed.problem
    assert client.post(start, {"analysis": "prophecy"}).headers["location"] == "/observatory/runs/"


def test_pages_ask_a_constant_number_of_queries(
    client: Client, runs: dict[str, Run], django_assert_max_num_queries: Any
) -> None:
    for page in PAGES:
        read(client, page)
        with django_assert_max_num_queries(42):
            read(client, page)


def test_region_card_is_a_tagged_pdf(client: Client, runs: dict[str, Run]) -> None:
    answer = client.get("/observatory/region.pdf?region=FRL0")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", answer.content, re.DOTALL)
    texts = [zlib.decompressobj().decompress(s) for s in streams if s.startswith(b"x")]
    assert any(b"/StructTreeRoot" in t for t in [answer.content, *texts])


def test_region_that_the_table_cannot_show_is_named_with_the_reason(client: Client, runs: dict[str, Run]) -> None:
    assert "DE30 is not in this table; Piedmont is shown." in read(client, "variety/?region=DE30")
    assert "is not in this table" not in read(client, "variety/?region=ITC4")


def test_pages_about_clusters_offer_no_region(client: Client, runs: dict[str, Run]) -> None:
    assert 'name="region"' not in read(client, "between/")
    assert 'name="region"' in read(client, "variety/")


def test_industry_that_is_present_or_withheld_cannot_be_followed(client: Client, runs: dict[str, Run]) -> None:
    client.force_login(officer("regional_officer"))
    for place, activity in (("ITC1", "C29"), ("FRL0", "M71")):
        data = {"table": KEY, "region": place, "activity": activity, "text": "no"}
        answer = client.post("/observatory/options/follow/", data, follow=True, headers={"accept-language": "en"})
        assert "That industry is no option" in answer.content.decode()


def test_backtest_says_what_its_numbers_say(client: Client, runs: dict[str, Run]) -> None:
    table = runs["options"].tables.get(name="backtest")
    last = [r for r in store.read_rows(table) if (r["year_from"], r["year"]) == (2010, 2013)]
    density = next(r for r in last if r["score"] == "density")
    said = "better than chance" if density["low"] > 0.5 else "not surely better than chance"
    text = read(client, "options/")
    assert f"density {'foresaw entries' if said[0] == 'b' else 'is'} {said} (AUC {density['auc']:.2f}" in text
    assert "Wilson" not in text


def test_productivity_leads_to_the_studies_of_members_and_back_and_to_firms_only_for_those_who_may(
    client: Client, runs: dict[str, Run]
) -> None:
    studies, tail = reverse("monitoring:studies"), reverse("registry:productivity_tail")
    text = read(client, "productivity/")
    assert f'href="{studies}"' in text.partition("<main")[2]
    assert tail not in text
    assert f'href="{reverse("portal:productivity")}"' in client.get(studies).content.decode().partition("<main")[2]
    client.force_login(officer("regional_officer", "region@test.example"))
    assert tail in read(client, "productivity/")
