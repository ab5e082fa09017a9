"""The yearly public value report: measured, drafted, frozen, published, and kept by version."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from factories import cluster, management, manager_of, membership, officer, organisation, source
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pdf_tags import read_tags

from poliedro.registry.models import (
    Delivery,
    FinancialStatement,
    MembershipSpell,
    Participation,
    Project,
    ProjectShare,
    ResearchContract,
    RevenueLine,
)
from poliedro.reports.models import Report
from poliedro.reports.queries import value_of
from poliedro.reports.rules.value import DIMENSIONS, UNITS, Estimate, index, per_head, ratio, score, share
from poliedro.reports.rules.whole import Gap, gaps_of
from poliedro.reports.services.files import report_file
from poliedro.reports.services.reports import ReportRefused, draft_report, edit_report, is_intact, publish_report
from poliedro.reports.words import dimension_words, indicator_words


def streams(pdf: bytes) -> list[bytes]:
    """The inflated streams of a PDF."""
    found = []
    for part in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompressobj().decompress(part))
        except zlib.error:
            found.append(part)
    return found


ENGLISH = {"accept-language": "en"}


def sourced(**fields: Any) -> dict[str, Any]:
    return {"source": source(), "certainty": "reported", **fields}


@pytest.fixture
def scene(db: None, settings: Any, tmp_path: Any) -> dict[str, Any]:
    """Two clusters of six firms each; a project of each; contracts, turnover, accounts."""
    settings.VAR = tmp_path
    made = {}
    laboratory = organisation("Laboratorio Prova", kind="research_body")
    for n, key in enumerate(("agrifood", "mesap"), 1):
        found = cluster(key, position=n)
        firms = [organisation(f"{key} {i} S.r.l.") for i in range(6)]
        for firm in firms:
            membership(firm, found)
            for year, eur in ((2019, 100), (2020, 110 if n == 1 else 95)):
                FinancialStatement.objects.create(organisation=firm, year=year, turnover_eur=eur, **sourced())
        project = Project.objects.create(
            scheme="regional",
            number=key,
            starts_on=date(2019, 1, 1),
            total_cost_eur=600_000 * n,
            public_contribution_eur=300_000 * n,
            **sourced(),
        )
        ProjectShare.objects.create(project=project, cluster=found, share=1, **sourced())
        for firm in firms[:3]:
            Participation.objects.create(project=project, organisation=firm, role="partner", **sourced())
        for firm in firms[: 1 if n == 1 else 5]:  # in the first cluster one firm orders all
            ResearchContract.objects.create(
                firm=firm,
                research_body=laboratory,
                cluster=found,
                amount_eur=12_000,
                signed_on=date(2020, 3, 1),
                **sourced(),
            )
        RevenueLine.objects.create(
            body=management(f"Ente {key}"),
            cluster=found,
            year=2020,
            origin="other_eu",
            amount_eur=1000 * n,
            **sourced(),
        )
        made[key] = found
    return made


def test_every_indicator_has_words_a_unit_and_one_dimension() -> None:
    keys = [k for ks in DIMENSIONS.values() for k in ks]
    assert len(keys) == len(set(keys))
    assert set(keys) == set(UNITS) == set(indicator_words())
    assert set(DIMENSIONS) == set(dimension_words())


def test_values_are_sums_over_heads_with_the_arithmetic_visible(scene: Any) -> None:
    value = value_of(2020)
    rd = value.indicators["rd_per_firm"]
    assert rd.clusters["agrifood"].value == 600_000 / 6
    assert rd.region.value == (600_000 + 1_200_000) / 12
    assert value.indicators["rd_taking_part"].clusters["mesap"].value == 100 * 3 / 6
    assert value.indicators["turnover_growth"].clusters["agrifood"].value == pytest.approx(10.0)
    assert value.indicators["private_leverage"].region.value == (900_000 - 0) / 900_000
    assert value.indicators["rd_per_firm"].indices()["agrifood"].value == pytest.approx(100_000 / 150_000 * 100)
    assert value.scores("innovation")["agrifood"].value == pytest.approx((66.6666667 + 100) / 2)


def test_the_region_lies_between_its_clusters_though_firms_belong_to_two(scene: Any) -> None:
    for firm in [s.organisation for s in MembershipSpell.objects.filter(cluster=scene["mesap"]).order_by("pk")][3:]:
        membership(firm, scene["agrifood"])  # they take part in nothing of mesap's, and in nothing of agrifood's
    for key in ("rd_per_firm", "rd_taking_part", "private_leverage"):
        found = value_of(2020).indicators[key]
        values = [e.value for e in found.clusters.values() if e.value is not None]
        assert found.region.value is not None
        assert min(values) <= found.region.value <= max(values), key
    taking = value_of(2020).indicators["rd_taking_part"]
    assert taking.region.value == pytest.approx(100 * (3 + 3) / (9 + 6))  # not 6 of 12 firms, above both


@given(st.lists(st.tuples(st.floats(1, 1e4), st.floats(1, 1e4)), min_size=10, max_size=40))
def test_a_ratios_interval_holds_it_and_is_of_no_width_where_all_pairs_agree(pairs: list[tuple[float, float]]) -> None:
    found = ratio(pairs, factor=100, less=1)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high
    same = ratio([(2 * b, b) for _a, b in pairs])
    assert same.value == pytest.approx(2)
    assert (same.high or 0) - (same.low or 0) == pytest.approx(0, abs=1e-6)
    assert ratio(pairs[:9]).low is None


def test_no_dimension_is_counted_where_nothing_is_known(db: None) -> None:
    cluster("agrifood")
    value = value_of(2020)
    assert all(s["agrifood"].value is None for s in (value.scores(d) for d in DIMENSIONS))


amounts = st.lists(st.floats(1, 1e6), min_size=1, max_size=30)


@given(amounts, st.integers(1, 500))
def test_intervals_hold_the_value_and_change_with_the_unit_alone(values: list[float], heads: int) -> None:
    one, cents = per_head(values, heads), per_head([100 * v for v in values], heads)
    assert one.value is not None
    assert one.low is not None
    assert one.high is not None
    assert one.low <= one.value <= one.high
    assert cents.value == pytest.approx(100 * one.value)


@given(st.integers(0, 50), st.integers(1, 50))
def test_wilsons_interval_stays_within_0_and_100(part: int, more: int) -> None:
    found = share(part, part + more)
    assert found.value is not None
    assert 0 <= (found.low or 0) <= found.value + 1e-9
    assert found.value <= (found.high or 0) + 1e-9 <= 100 + 1e-6


def test_the_region_itself_is_100_and_a_score_is_a_plain_mean() -> None:
    region = Estimate(50.0, 40.0, 60.0)
    assert index(region, region).value == 100
    assert index(Estimate(5.0), Estimate(0.0)).value is None
    assert score([Estimate(50.0), Estimate(150.0), Estimate(None)]).value == 100
    assert score([]).value is None


def test_a_single_firms_contracts_are_hidden_and_so_is_the_score_that_would_tell_them(scene: Any) -> None:
    report = publish_report(report=draft_report(year=2020, by=None), by=None)
    knowledge = next(d for d in report.content["dimensions"] if d["key"] == "knowledge")
    contracts = knowledge["indicators"][0]
    assert contracts["rows"]["agrifood"]["hidden"] == "few"
    assert contracts["rows"]["agrifood"]["value"] is None
    assert contracts["rows"]["agrifood"]["index"] is None
    assert contracts["rows"]["mesap"]["hidden"]  # with the region's total it would tell the other
    assert knowledge["scores"]["agrifood"]["hidden"]


def test_services_are_counted_as_published_and_those_of_few_clients_are_hidden(scene: Any) -> None:
    for key, n in (("agrifood", 1), ("mesap", 6)):
        firms = [s.organisation for s in MembershipSpell.objects.filter(cluster=scene[key]).order_by("pk")][:n]
        for firm in firms:
            Delivery.objects.create(
                provider=firm, client=firm, cluster=scene[key], service="training", delivered_on=date(2020, 5, 1),
                **sourced(),
            )  # fmt: skip
    assert value_of(2020).indicators["services_per_member"].region.value is None  # nothing is published yet
    report = publish_report(report=draft_report(year=2020, by=None), by=None)
    services = next(d for d in report.content["dimensions"] if d["key"] == "knowledge")["indicators"][1]
    assert services["region"]["value"] == round(7 / 12, 4)
    assert [services["rows"][k]["hidden"] for k in ("agrifood", "mesap")] == ["few", "few"]


def test_contract_sums_have_no_interval_that_would_tell_single_amounts(scene: Any) -> None:
    publish_report(report=draft_report(year=2020, by=None), by=None)
    found = value_of(2020).indicators["contracts_per_firm"]
    assert {(e.low, e.high, e.n) for e in [found.region, *found.clusters.values()]} == {(None, None, None)}


def test_published_figures_stay_when_the_register_changes_and_a_new_version_says_why(scene: Any) -> None:
    region = officer("regional_officer")
    first = draft_report(year=2020, by=region)
    with pytest.raises(ReportRefused, match="has a draft already"):
        draft_report(year=2020, by=region)
    edit_report(report=first, foreword="A good year.", comments={"growth": "More firms."}, change_note="", by=region)
    publish_report(report=first, by=region)
    before = first.content["dimensions"][0]["indicators"][0]["region"]["value"]
    Project.objects.filter(number="mesap").update(total_cost_eur=9_999_999)
    stored = Report.objects.get(pk=first.pk)
    assert stored.content["dimensions"][0]["indicators"][0]["region"]["value"] == before
    assert is_intact(stored)
    with pytest.raises(ReportRefused, match="stays as it is"):
        edit_report(report=stored, foreword="", comments={}, change_note="", by=region)
    second = draft_report(year=2020, by=region)
    assert (second.version, second.foreword) == (2, "A good year.")
    with pytest.raises(ReportRefused, match="says what changed"):
        publish_report(report=second, by=region)
    edit_report(report=second, foreword="", comments={}, change_note="A project was corrected.", by=region)
    publish_report(report=second, by=region)
    assert Report.objects.filter(year=2020, state="published").count() == 2


def test_what_is_not_known_is_said_on_page_and_in_files_and_what_is_hidden_is_not_missing(
    client: Client, scene: Any
) -> None:
    RevenueLine.objects.all().delete()
    FinancialStatement.objects.filter(year=2020).delete()
    report = publish_report(report=draft_report(year=2020, by=None), by=None)
    gaps = gaps_of(report.content)
    told = {(g.label["en"], g.clusters, g.until) for g in gaps}
    assert ("Revenue from European programmes", (), None) in told
    assert ("Growth of members' turnover", (), None) in told, "of one year no growth is known"
    begun = {p.starts_on.year for p in Project.objects.all()}
    silent = tuple(y for y in range(2017, 2021) if y not in begun)
    assert silent
    assert silent in {g.silent for g in gaps if g.label["en"] == "R&D investment per member firm"}
    assert "Research contracts per member firm" not in {g.label["en"] for g in gaps}, "hidden"
    page = client.get("/value-report/2020/", headers=ENGLISH).content.decode()
    assert "What this report does not tell" in page
    assert "Revenue from European programmes: not known of any cluster." in page
    book = load_workbook(report_file(report, "xlsx", "it"))
    method = [row[0].value for row in book["Metodo"].iter_rows()]
    assert "Ricavi da programmi europei: non si conosce per nessun polo." in method
    of_region = {row[1].value: row[8].value for row in book["Dati"].iter_rows() if row[2].value == "Regione"}
    assert of_region["Ricavi da programmi europei"] is None, "no index without a value"


def test_gaps_name_the_clusters_and_the_last_year_known() -> None:
    def row(value: float | None, hidden: str = "") -> dict[str, Any]:
        return {"value": value, "hidden": hidden}

    def indicator(label: str, period: str, **rows: Any) -> dict[str, Any]:
        return {"label": {"en": label}, "period": period, "rows": rows}

    content = {
        "year": 2020,
        "clusters": [{"key": "a", "name": "A"}, {"key": "b", "name": "B"}],
        "dimensions": [
            {
                "indicators": [
                    indicator("whole", "2017-2020", a=row(1), b=row(None, "few")),
                    indicator("part", "2020", a=row(1), b=row(None)),
                    indicator("old", "2018-2019", a=row(1), b=row(2)),
                ]
            }
        ],
    }
    assert gaps_of(content) == [Gap({"en": "part"}, ("B",)), Gap({"en": "old"}, (), 2019)]


def test_a_year_without_clusters_is_not_reported(db: None) -> None:
    with pytest.raises(ReportRefused, match="no cluster existed"):
        publish_report(report=draft_report(year=2001, by=None), by=None)


def test_pages_of_desk_and_public_and_the_files(client: Client, scene: Any) -> None:
    assert "No report is published yet" in client.get("/value-report/", headers=ENGLISH).content.decode()
    assert client.get("/cockpit/value-report/").status_code == 302
    client.force_login(manager_of(scene["mesap"]))
    assert client.get("/cockpit/value-report/").status_code == 403
    client.force_login(officer("regional_officer"))
    edit = client.post("/cockpit/value-report/", {"year": 2020})["Location"]
    draft = client.get(edit, headers=ENGLISH).content.decode()
    assert "R&amp;D investment per member firm" in draft
    untold, publishing, button = (
        draft.index(w)
        for w in ("What this report does not tell", "Publishing freezes the figures as they are", "Publish and freeze")
    )
    assert untold < publishing < button
    client.post(edit, {"foreword": "What they add.", "about_growth": "Entries held up."})
    assert client.post(f"{edit}publish/")["Location"] == "/value-report/2020/"
    client.logout()
    page = client.get("/value-report/", headers=ENGLISH).content.decode()
    assert "What the clusters are worth to the region, 2020" in page
    assert "What they add." in page
    assert "Entries held up." in page
    assert "too few stand behind it" in page
    own = client.get("/value-report/2020/?cluster=mesap", headers=ENGLISH).content.decode()
    assert "Mesap, 2020: strongest in" in own
    assert client.get("/value-report/2019/").status_code == 404
    book = load_workbook(BytesIO(b"".join(client.get("/value-report/2020/v1.xlsx", headers=ENGLISH).streaming_content)))
    assert book.sheetnames == ["Scores", "Figures", "Method"]
    cells = {(r[1], r[2]): r[3] for r in book["Figures"].iter_rows(min_row=2, values_only=True)}
    assert cells["R&D investment per member firm", "Agrifood"] == 100_000
    assert cells["Research contracts per member firm", "Agrifood"] == "hidden"
    own = load_workbook(BytesIO(b"".join(client.get("/value-report/2020/v1.xlsx").streaming_content)))
    scores, figures = (own.worksheets[n].iter_rows(min_row=2, values_only=True) for n in (0, 1))
    assert {r[1] for r in scores} <= {"settoriale", "trasversale"}
    assert {r[10] for r in figures} <= {"dichiarato", "sintetico", "stimato", "ufficiale"}
    pdf = b"".join(client.get("/value-report/2020/v1.pdf", headers=ENGLISH).streaming_content)
    assert pdf[:5] == b"%PDF-"
    assert any(b"pdfuaid" in text for text in streams(pdf))


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_pdf_has_every_table_in_the_readers_language(scene: Any, language: str) -> None:
    """That it can be read aloud is asked of every PDF by the fixture `every_pdf_can_be_read_aloud`."""
    report = publish_report(report=draft_report(year=2020, by=None), by=None)
    pdf = report_file(report, "pdf", language).read_bytes()
    reader, tree = read_tags(pdf)
    assert reader.trailer["/Root"]["/Lang"].startswith(language)
    names = Counter(t.name for t in tree.walk())
    assert names["Table"] == 1 + sum(len(d["indicators"]) for d in report.content["dimensions"])
    assert names["H1"] == 1
