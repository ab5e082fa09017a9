"""Papers of a study, its extract's words and names, and the year that firms are compared with."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from factories import officer
from studies import SMALL, firms_with_accounts, signed_study

from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.queries.impact import DRAW
from poliedro.monitoring.report import paper
from poliedro.monitoring.report.present import Results, figures, love_picture
from poliedro.monitoring.report.tables import effects_in_words, flow_table, trends_table, vanished_table
from poliedro.monitoring.report.words import step_words, why_unmatched
from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.runs.extract import _listed, pseudonyms
from poliedro.monitoring.runs.impact.progress import Progress, steps_of
from poliedro.monitoring.services.impact import declare_study, freeze_study, open_data_room
from poliedro.monitoring.tasks.impact import _draw
from poliedro.shared.components import Chart, Table
from poliedro.shared.models import Job
from poliedro.shared.progress import progress_of
from poliedro.shared.templatetags.poliedro import chart, data_table


@pytest.mark.django_db
def test_papers_drawn_before_the_address_of_the_site_is_known_are_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    version, drawn, said = signed_study(by=officer("evaluator")), list[str](), list[tuple[int, int]]()

    def pdf_of(page: str, _styles: Any) -> bytes:
        drawn.append(page)
        return b"%PDF"

    monkeypatch.setattr(paper, "pdf_of", pdf_of)
    _draw(lambda done, of, _what="": said.append((done, of)), version.pk, "")
    assert len(drawn) == len(paper.PAPERS) == len(said), "every paper once, each told as progress"
    address = {"key": version.study.key, "number": version.number}
    for kind in paper.KINDS:
        assert Client().get(reverse("monitoring:study_report", kwargs={**address, "kind": kind})).content == b"%PDF"
    assert len(drawn) == len(paper.PAPERS), "nobody waited for one"
    page = Client().get(reverse("monitoring:study", kwargs=address)).content.decode()
    assert "impaginato quando lo si chiede" not in page


@pytest.mark.django_db
def test_drafts_are_kept_for_their_run_and_day_and_go_when_it_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    version = signed_study(by=officer("evaluator"))
    monkeypatch.setattr(paper, "pdf_of", lambda *_: b"%PDF")
    signed_at, version.signed_at = version.signed_at, None
    paper.paper_of(version, "pdf", "it", "")
    folder_of = (paper.folder() / paper._place(version, "pdf", "it", "")).parent
    assert len(list(folder_of.glob("1-draft-*"))) == 1
    assert paper.ready(version, "summary-it", "") is False
    version.signed_at = signed_at
    paper.paper_of(version, "pdf", "it", "")
    assert not list(folder_of.glob("1-draft-*-pdf-it.pdf")), "no draft stays beside what was signed"


@pytest.mark.django_db
def test_steps_of_a_running_study_are_told_in_words_in_either_language() -> None:
    declared = Declaration(outcomes=("turnover", "tfp"), breakdowns=("cluster",))
    told: list[tuple[int, int, str]] = []
    progress = Progress(lambda done, total, message: told.append((done, total, message)), declared)
    for step, outcome in steps_of(declared):
        progress.begin(step, outcome)
    assert [done for done, _total, _m in told] == list(range(10))
    assert {total for _done, total, _m in told} == {10}
    job = Job(pk=1, title="Study", state="running", done=3, total=10, message=told[3][2], heard_at=timezone.now())
    with override("en"):
        shown = render_to_string("shared/components/progress.html", {"p": progress_of(job)})
        assert "4 of 10: Turnover, matching and effects" in shown
    with override("it"):
        shown = render_to_string("shared/components/progress.html", {"p": progress_of(job)})
        assert "4 di 10: Fatturato, abbinamento ed effetti" in shown
        job.message = "an internal word"
        assert "internal" not in render_to_string("shared/components/progress.html", {"p": progress_of(job)})


@pytest.mark.parametrize("secret", ["short", "x" * 64, "longer than a block " * 5])
def test_pseudonyms_are_the_keyed_digest_of_study_and_firm(secret: str) -> None:
    with override_settings(SECRET_KEY=secret):
        made = pseudonyms("growth", [7, 123_456])
    assert made == [hmac.digest(secret.encode(), b"growth/%d" % pk, "sha256").hex()[:12] for pk in (7, 123_456)]


def test_words_of_the_extract_are_listed_in_their_order_whatever_the_rows() -> None:
    a, b = _listed(pl.Series(["C", "", "A"])), _listed(pl.Series(["A", "A", "C", ""]))
    assert a.dtype == b.dtype == pl.Enum(["", "A", "C"])
    assert a.to_list() == ["C", "", "A"]


def test_with_anticipation_no_label_speaks_of_the_year_before_joining() -> None:
    with override("en"):
        for text in ("a covariate is null", "no outcome or stratum in the period before joining"):
            assert "year before joining" in why_unmatched(text)
            assert "year that all are compared with" in why_unmatched(text, 1)
        assert "year before joining" in step_words()["with_accounts"]
        assert "year that all are compared with" in step_words(2)["with_accounts"]


def named_twice(headers: Sequence[str]) -> list[str]:
    return [h for h in headers if list(headers).count(h) > 1]


@pytest.mark.django_db
def test_no_two_columns_of_a_table_bear_one_name() -> None:
    results = Results.of(signed_study(by=officer("evaluator")))
    for language in ("it", "en"):
        with override(language):
            assert not named_twice(flow_table([]).headers)
            assert not named_twice(effects_in_words(results)[0])


@pytest.mark.django_db
def test_declaration_frozen_after_outcomes_were_opened_says_so_before_freezing_and_on_every_paper() -> None:
    """The one page said "Declared before outcomes were opened" also of a study that came after another had been."""
    evaluator = officer("evaluator")
    early = signed_study(by=evaluator, title="The first study")
    client = Client()
    client.force_login(evaluator)
    draft = declare_study(title="The second study", declaration=SMALL, by=evaluator)
    at = {"key": draft.study.key, "number": 1}
    review = client.get(reverse("monitoring:declare", kwargs={**at, "step": "review"})).content.decode()
    assert "Gli esiti sono già stati aperti" in review
    assert "The first study, versione 1" in review
    firms_with_accounts(members=12, others=12)
    unsigned = declare_study(title="Nobody signed this", declaration=SMALL, by=evaluator)
    open_data_room(version=freeze_study(version=unsigned, by=evaluator), by=evaluator)
    late = signed_study(by=evaluator, title="The third study")
    with override("it"):
        page = Client().get(reverse("monitoring:study", args=[late.study.key, 1])).content.decode()
        report = render_to_string("monitoring/impact/report.html", paper.report_of(late, "it", ""))
        summary = render_to_string("monitoring/impact/summary.html", paper.summary_of(late, "it", ""))
        first = render_to_string("monitoring/impact/summary.html", paper.summary_of(early, "it", ""))
    for told in (page, report):
        assert told.index("Dichiarata dopo l'apertura degli esiti") < told.index("Perché non c")
        assert "The first study, versione 1" in told
    assert "dopo che gli esiti di aderenti degli stessi anni e poli erano stati aperti" in summary
    assert "prima dell" not in summary.split("Dichiarat")[-1]
    assert "dopo che gli esiti" not in first
    assert "Nobody signed this" not in report
    assert "uno studio non firmato" in report


@pytest.mark.django_db
def test_figures_charts_and_tables_say_period_source_kind_and_run() -> None:
    version = signed_study(by=officer("evaluator"))
    with override("it"):
        results = Results.of(version)
        assert version.run is not None
        origin = (
            f"Fonte: test (sintetico); Periodo: adesioni 2010-2011, bilanci 2006-2013; Elaborazione: {version.run.key}."
        )
        assert results.origin() == origin
        (figure, *_others) = figures(results)
        assert figure.definition.startswith("Effetto medio su chi ha aderito, dal 1° al 2° anno dopo")
        assert "ricavi" in figure.definition
        assert figure.run == version.run.key
        drawn = render_to_string("shared/components/chart.html", {**chart(a_chart(**results.facts()))})
        assert (
            f"Fonte: test (sintetico); Periodo: adesioni 2010-2011, bilanci 2006-2013; Elaborazione: {version.run.key}<"
            in drawn
        )
        report = Client().get(reverse("monitoring:study_report", args=[version.study.key, 1, "html"])).content.decode()
    assert results.origin() in report
    assert '<link rel="icon"' in report, "else a browser asks for one that is not there"


def a_chart(**facts: Any) -> Chart:
    return Chart("scatter", "one", "One", "", {}, Table(["a"], []), **facts)


def test_love_plot_on_paper_has_its_axis_its_rows_and_its_dashed_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report spoke of dashed lines and had none."""
    balance = [
        {
            **dict.fromkeys(("treated_mean", "control_mean", "control_mean_after", "variance_ratio"), 1.0),
            "variance_ratio_after": 1.0,
            "covariate": name,
            "difference": before,
            "difference_after": after,
        }
        for name, before, after in (("log_assets", 0.4, 0.05), ("turnover_growth", -0.2, None))
    ]
    results = Results(StudyVersion(declaration={"question": "?"}))
    monkeypatch.setattr(Results, "rows", lambda _self, name, _where=None: balance if name == "balance" else [])
    with override("it"):
        found = love_picture(results)
        assert found is not None
        drawn = render_to_string("monitoring/impact/love.html", {"p": found})
    # 420 is nought; 0.4 * 1.1 is 200 to the right
    assert [m["x"] for m in found["marks"]] == ["601.8", "329.1", "442.7"]
    assert [row["text"] for row in found["rows"]] == [
        "Totale attivo",
        "Crescita del fatturato nell'ultimo",
        "anno prima dell'adesione",
    ]
    assert [row["y"] for row in found["rows"]] == [34, 54.5, 65.5], "a long name stands in two lines round its row"
    assert [tick["label"] for tick in found["ticks"]] == ["-0,3", "-0,1", "0,0", "0,1", "0,3"]
    assert drawn.count("stroke-dasharray") == 3
    assert "Differenza standardizzata" in drawn
    assert "○ prima dell" in drawn
    assert "● dopo l" in drawn
    assert 'y="54.5"' in drawn


@pytest.mark.django_db
def test_review_says_where_its_counts_come_from_and_that_firms_are_invented() -> None:
    firms_with_accounts(members=12, others=12)
    evaluator = officer("evaluator")
    draft = declare_study(title="A draft", declaration=SMALL, by=evaluator)
    client = Client()
    client.force_login(evaluator)
    page = client.get(reverse("monitoring:declare", args=[draft.study.key, 1, "review"])).content.decode()
    assert "Dimostrazione." in page, "the banner"
    assert re.search(r"Fonte: [^;<]*sintetic[^;<]*; Periodo: 2010-2011\.", page)


@pytest.mark.django_db
def test_draft_offers_its_papers_once_they_are_drawn_and_says_so_until_then() -> None:
    evaluator = officer("evaluator")
    version = signed_study(by=evaluator)
    client = Client(headers={"accept-language": "it"})
    client.force_login(evaluator)
    draft = declare_study(title="Bozza", declaration=SMALL, by=evaluator)
    draft = freeze_study(version=draft, by=evaluator)
    draft.opened_at, draft.run, draft.extract_path, draft.extract_checksum = timezone.now(), version.run, "x", "0" * 64
    draft.save()
    page = client.get(reverse("monitoring:study", args=["bozza", 1])).content.decode()
    assert "summary-en" not in page, "no link to what is not there"
    assert "Impagina i PDF" in page
    paper_page = reverse("monitoring:study_report", args=["bozza", 1, "summary-en"])
    said = client.get(paper_page)
    assert said.status_code == 409
    assert "le pagine di sintesi non sono ancora impaginati" in said.content.decode()
    Job.objects.create(name=DRAW, title="Bozza", arguments={"pk": draft.pk}, by=evaluator)
    said = client.get(paper_page)
    assert said.status_code == 202
    assert "Poi i collegamenti compaiono nella pagina dello studio" in said.content.decode()


def test_names_of_a_method_note_on_paper_cannot_slip_beside_the_next_value() -> None:
    style = paper.STYLE.read_text()
    assert "float" not in style, "a name of two lines beside its value pushed those below it out of step"


@pytest.mark.django_db
def test_report_says_of_what_each_table_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table(["a"], [["b"]])
    for name in ("corrected_table", "cohorts_table", "bacon_table"):
        monkeypatch.setattr(paper, name, lambda _results: table)
    with override("en"):
        report = paper.report_of(signed_study(by=officer("evaluator")), "en", "https://site/")
        page = render_to_string("monitoring/impact/report.html", report)
    assert "It is that of the doubly robust effects, whichever estimator leads." in page
    assert "may be others than those of the effect above" in page
    assert "(Goodman-Bacon)" in page


@pytest.mark.django_db
def test_answer_of_a_bound_stands_before_its_numbers_where_a_phone_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"m": 1.0, "low": -0.0123, "high": 0.2}
    rows = [row | {"kind": "magnitudes"}, row | {"kind": "lee"}]
    stored = {"trends": rows, "effects": [{"att": 0.1, "refused": ""}]}
    monkeypatch.setattr(Results, "rows", lambda _self, name, _where=None: stored.get(name, []))
    results = Results.of(signed_study(by=officer("evaluator")))
    with override("en"):
        trends, vanished = trends_table(results, "turnover"), vanished_table(results, "turnover")
        assert trends is not None
        assert vanished is not None
        assert trends.headers[2] == vanished.headers[1] == "Is 0 inside?"
        assert trends.rows[0][2] == vanished.rows[0][1] == "yes: not distinguishable from zero"
        drawn = data_table(trends)["rows"] + data_table(vanished)["rows"]
    assert drawn.count('<td class="number">-0.012</td>') == 2, "bounds keep their three digits"
    assert '<td class="number">1.00</td>' in drawn
