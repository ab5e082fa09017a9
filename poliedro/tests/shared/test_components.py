from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation

from poliedro.shared.components import Chart, Empty, Event, Facet, Figure, Option, Pages, Progress, Table
from poliedro.shared.templatetags.poliedro import spoken_number


def draw(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def test_numbers_are_written_as_the_reader_writes_them() -> None:
    assert spoken_number(1234.56) == "1,235"
    assert spoken_number(12.34) == "12.3"
    assert spoken_number(-0.001, 2) == "0.00", "nothing is minus nought"
    with translation.override("it"):
        assert spoken_number(1234.5, 1) == "1.234,5"


def test_unknown_number_is_not_zero() -> None:
    assert spoken_number(None) == "not known"
    assert spoken_number(0) == "0"


def test_days_are_written_out() -> None:
    with translation.override("it"):
        assert draw("{{ d|day }}", d=date(2020, 3, 3)) == "3 marzo 2020"


def test_figure_says_where_it_comes_from() -> None:
    html = draw(
        "{% figure f %}",
        f=Figure(
            12.5, label="Coverage", unit="%", certainty="estimated", source="Register", low=10, high=14, period="2025"
        ),
    )
    for words in ("12.5", "between 10 and 14", "estimated", "Source: Register", "Period: 2025", "<summary"):
        assert words in html


def test_unknown_figure_says_what_that_means() -> None:
    staff = Figure(
        None, label="Staff", unit="FTE", certainty="synthetic", null_means="The cluster did not answer.", period="2020"
    )
    html = draw("{% figure f %}", f=staff)
    assert "mark-synthetic" not in html  # what is not known is of no kind
    assert "synth" not in html
    assert "Period: 2020" in html
    assert "mark-synthetic" in draw("{% figure f %}", f=Figure(None, certainty="synthetic", hidden="Few."))
    assert "not known" in html
    assert "The cluster did not answer." in html
    assert "FTE" not in html


def test_chart_has_summary_table_and_downloads() -> None:
    table = Table(["Place", "Firms"], [["Asti", 3], ["Cuneo", None]], numeric=[1])
    html = draw("{% chart c %}", c=Chart("bar", "firms", "Asti leads", "Asti has 3 firms.", {"series": []}, table))
    assert "Asti has 3 firms." in html
    assert '<td class="number">3</td>' in html
    assert 'data-save="csv"' in html
    assert 'type="application/json"' in html


def test_text_in_a_chart_cannot_end_its_script() -> None:
    table = Table(["Name"], [["</script><script>alert(1)</script>"]])
    html = draw("{% chart c %}", c=Chart("bar", "x", "t", "s", {"series": []}, table))
    assert "<script>alert" not in html


def test_missing_cells_are_dashes() -> None:
    assert "–" in draw("{% data_table t %}", t=Table(["A", "B"], [["x", None]]))


def test_money_in_a_table_is_written_as_the_reader_writes_it() -> None:
    rows, total = [["x", Decimal("50000.00")]], ["", Decimal(1_664_000)]
    table = Table(["A", "EUR"], rows, numeric=[1], decimals={1: 2}, total=total)
    assert all(text in draw("{% data_table t %}", t=table) for text in ("50,000.00", "1,664,000.00"))
    with translation.override("it"):
        assert all(text in draw("{% data_table t %}", t=table) for text in ("50.000,00", "1.664.000,00"))


def test_table_heads_its_rows_and_columns() -> None:
    html = draw("{% data_table t %}", t=Table(["Place", "Firms"], [["Asti", 3]], links={0: "/asti/"}, caption="Firms"))
    assert '<th scope="row"><a href="/asti/">Asti</a></th>' in html
    assert '<th scope="col">Place</th>' in html
    assert "<caption><span>Firms</span></caption>" in html


def test_what_people_wrote_is_escaped_in_every_cell_of_a_table() -> None:
    evil, link = "<script>\"'&", '/x/?a=1&b="'
    table = Table(
        ["A", "B"], [[evil, evil], [Figure(1, label=evil, note=evil), evil]], links={0: link}, total=[evil, 1]
    )
    html = draw("{% data_table t %}", t=table)
    assert "<script>" not in html
    assert '<a href="/x/?a=1&amp;b=&quot;">&lt;script&gt;&quot;&#x27;&amp;</a>' in html
    assert '<tfoot><tr><th scope="row">&lt;script&gt;' in html


def test_chosen_facet_becomes_a_chip_that_takes_it_back() -> None:
    facet = Facet(
        "kind", "Kind", [Option("firm", "Firm", 12, True, "?kind="), Option("its", "ITS", 7, False, "?k=its")]
    )
    html = draw("{% chips facets '?' %}", facets=[facet])
    assert 'href="?kind="' in html
    assert "ITS" not in html


def test_pages_say_where_the_reader_is() -> None:
    html = draw("{% pagination p %}", p=Pages(2, 20, 14, 34, "?page=1", ""))
    assert "21 to 34 of 34" in html
    assert 'rel="next"' not in html


def test_empty_state_offers_the_next_step() -> None:
    html = draw("{% empty_state e %}", e=Empty("No member", "They come from a list.", "Import", "/import/"))
    assert '<a class="button" href="/import/">Import</a>' in html


def test_running_task_is_asked_again_and_a_finished_one_is_not() -> None:
    running = draw("{% progress p %}", p=Progress("Load", "running", "/progress/1/", done=1234, total=5000))
    assert 'hx-get="/progress/1/"' in running
    assert 'value="1234"' in running
    assert "1,234 of 5,000" in running
    assert "hx-get" not in draw("{% progress p %}", p=Progress("Load", "done", "/progress/1/", result_url="/"))


def test_failed_task_says_what_to_do() -> None:
    assert "Name the row" in draw("{% progress p %}", p=Progress("Load", "failed", problem="Name the row."))


def test_timeline_gives_days_to_machines_too() -> None:
    html = draw("{% timeline e %}", e=[Event(date(2009, 5, 1), "Founded")])
    assert '<time datetime="2009-05-01">' in html


def test_errors_stand_beside_the_field_and_in_the_summary() -> None:
    from poliedro.shared.gallery import SampleForm

    form = SampleForm({"name": "Alfa", "since": "yesterday", "visibility": "all"})
    html = draw("{% form_fields form %}", form=form)
    assert html.count("Enter a valid date.") == 2
    assert 'href="#id_since"' in html
    assert 'aria-describedby="id_since_error"' in html
    assert 'id="id_since_error"' in html
    assert "<legend" in html  # the choice of one among several is a group


def test_names_of_sources_are_in_the_readers_language() -> None:
    from poliedro.shared.templatetags.poliedro import source_words, with_kind

    with translation.override("it"):
        assert source_words("Structural business statistics, Changes of NUTS codes, CORDIS") == (
            "Statistiche strutturali sulle imprese, Cambi dei codici NUTS, CORDIS"
        )
        twice = "Dimostrazione, dati sintetici; Demonstration, synthetic; Region's configuration file"
        assert source_words(twice) == "Dimostrazione, dati sintetici; File di configurazione della regione"
        assert source_words("Demonstration, synthetic: Relazione") == "Dimostrazione, dati sintetici: Relazione"
        assert with_kind("Demonstration, synthetic", "synthetic") == "Dimostrazione, dati sintetici"
        assert with_kind("CORDIS, Horizon 2020", "official") == "CORDIS, Orizzonte 2020 (ufficiale)"
        assert source_words("Yearly monitoring of the clusters, 2020") == "Monitoraggio annuale dei poli, 2020"
        assert source_words("") == ""
    with translation.override("en-gb"):
        assert source_words("Structural business statistics") == "Structural business statistics"
