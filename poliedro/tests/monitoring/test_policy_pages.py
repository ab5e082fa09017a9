"""The region's policy through its pages: what an officer sees, mends, publishes and tries."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from factories import cluster, code, manager_of, membership, officer, organisation, source
from policy_made import call, cohesion, granted, indicator, measure, node, period, whole_logic

from poliedro.audit.models import LogEntry
from poliedro.funding.models import Measure
from poliedro.monitoring.models import IndicatorTerms, Observation, PolicyTerms, QuarterReport
from poliedro.monitoring.models.policy import FrozenReport
from poliedro.monitoring.queries.policy.logic import logic_at, measured_at
from poliedro.monitoring.queries.policy.spending import CALLS, COHESION, s3_monitoring
from poliedro.monitoring.rules.policy.logic import LogicRefused
from poliedro.monitoring.services.policy.logic import record_observation, revise_indicator, revise_node
from poliedro.monitoring.services.policy.reconciliation import run_reconciliation
from poliedro.monitoring.services.policy.reports import publish_report
from poliedro.registry.models import DataQualityFinding, Project, ProjectShare
from poliedro.registry.rules.permissions import NotPermitted
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
TODAY = date(2026, 11, 28)


@pytest.fixture
def region(client: Client) -> Client:
    client.force_login(officer("regional_officer"))
    return client


def text(client: Client, address: str, **data: Any) -> str:
    answer = client.get(address, data, headers=ENGLISH)
    assert answer.status_code == 200, f"{address} answers {answer.status_code}"
    return answer.content.decode()


# --- the logic --------------------------------------------------------------------------------------------------------
def test_page_shows_the_tree_with_values_from_the_register_and_what_hangs_loose(region: Client) -> None:
    whole_logic()
    node("objective", "lonely")
    for n in range(3):
        membership(organisation(f"Firm {n}"), cluster())
    page = text(region, "/policy/")
    assert "The objective belongs to no focus area" in page
    assert "Nobody acts on the objective" in page
    assert "Member firms of the region" in page
    assert ">3<" in page or "3 " in page
    assert "1 thing hangs loose" in page, "the objective once, whatever is wrong with it"
    assert page.count("Nobody acts on the objective") == 1


def test_an_invented_baseline_is_not_held_against_a_real_value(region: Client) -> None:
    whole_logic()
    membership(organisation("Firm"), cluster())
    IndicatorTerms.objects.filter(indicator__key="members").update(certainty="synthetic")
    (found,) = measured_at(Moment.today(), "members")
    assert (found.value.value, found.progress, found.status) == (1, None, "unlike")
    page = text(region, "/policy/indicators/members/")
    assert "Baseline and target are invented for the demonstration, the value is not" in page
    assert "not compared: one of baseline and value is invented" in text(region, "/policy/")


def test_value_of_a_computed_indicator_is_the_registers_and_cannot_be_typed_in(region: Client) -> None:
    made = whole_logic()
    membership(organisation("Firm"), cluster())
    found = {i.key: i for i in logic_at(Moment.today()).indicators()}
    assert found["members"].value.value == 1
    assert found["members"].progress == pytest.approx(1 / 10)
    with pytest.raises(LogicRefused, match="computed from the register"):
        record_observation(
            indicator=made["result"].indicator, on=date(2024, 1, 1), value=7, evidence="a letter", by=None
        )
    page = text(region, "/policy/indicators/members/")
    assert "Nobody types it in" in page
    assert "Record an observed value" not in page


def test_observed_value_needs_evidence_and_a_second_of_the_day_replaces_the_first(region: Client) -> None:
    made = whole_logic()
    meetings = made["output"].indicator
    with pytest.raises(LogicRefused, match="needs its evidence"):
        record_observation(indicator=meetings, on=date(2024, 1, 1), value=4, evidence=" ", by=None)
    answer = region.post(
        "/policy/indicators/meetings/observe/", {"seen-on": "2024-06-30", "seen-value": "4", "seen-evidence": "Minutes"}
    )
    assert answer.status_code == 302
    region.post(
        "/policy/indicators/meetings/observe/",
        {"seen-on": "2024-06-30", "seen-value": "5", "seen-evidence": "Minutes 2"},
    )
    assert [o.value for o in Observation.objects.known()] == [5]
    assert Observation.objects.count() == 2
    page = text(region, "/policy/indicators/meetings/")
    assert "Minutes 2" in page
    with pytest.raises(IntegrityError), transaction.atomic():
        Observation.objects.create(
            indicator=meetings, on=date(2024, 1, 1), value=1, evidence="", source=source(), certainty="reported"
        )


def test_a_change_holds_from_its_day_and_earlier_days_answer_as_before() -> None:
    made = whole_logic()
    revise_node(
        node=made["action"].node, values={"title_en": "New words"}, on=date(2024, 1, 1), by=None,
        parent=made["objective"].node,
    )  # fmt: skip
    before = {b.key: b.terms.title_en for _d, b in logic_at(Moment(date(2023, 12, 31))).branches()}
    after = {b.key: b.terms.title_en for _d, b in logic_at(Moment(date(2024, 1, 1))).branches()}
    assert (before["outreach"], after["outreach"]) == ("outreach en", "New words")
    assert PolicyTerms.objects.filter(node=made["action"].node).count() == 3  # as it was, closed, and anew
    with pytest.raises(LogicRefused, match="holds from"):
        revise_node(node=made["action"].node, values={}, on=date(2023, 1, 1), by=None, parent=made["objective"].node)


def test_officer_mends_an_orphan_with_the_form(region: Client) -> None:
    whole_logic()
    node("action", "stray")
    indicator(None, "nowhere")
    page = text(region, "/policy/")
    assert "The action serves no objective" in page
    assert "The indicator belongs to no objective or action" in page
    words = {
        "title_it": "stray it",
        "title_en": "stray en",
        "parent": "more-firms",
        "owner": "Office",
        "on": "2025-01-01",
    }
    assert region.post("/policy/nodes/stray/revise/", words).status_code == 302
    goal = {
        "node": "stray", "role": "output", "baseline": "0", "baseline_on": "2020-01-01", "target": "10",
        "target_on": "2030-01-01", "owner": "Office", "evidence": "x", "on": "2025-01-01",
    }  # fmt: skip
    assert region.post("/policy/indicators/nowhere/revise/", goal).status_code == 302
    page = text(region, "/policy/")
    assert "The action serves no objective" not in page
    assert "nothing hangs loose" in page
    assert LogEntry.objects.filter(verb="revise_policy_node").exists()


def test_percent_is_asked_in_percent_and_kept_as_a_share(region: Client) -> None:
    made = whole_logic()
    coverage = indicator(made["objective"], "cover", "coverage", role="result", baseline=0.07, target=0.15)
    page = text(region, "/policy/indicators/cover/")
    assert 'value="7.0' in page
    goal = {
        "node": "more-firms", "role": "result", "baseline": "8", "baseline_on": "2020-01-01", "target": "20",
        "target_on": "2030-01-01", "owner": "Office", "evidence": "x", "on": "2025-01-01",
    }  # fmt: skip
    assert region.post("/policy/indicators/cover/revise/", goal).status_code == 302
    held = coverage.indicator.terms.known().get(valid_to=None)
    assert (held.baseline, held.target) == (0.08, 0.20)


def test_new_indicator_of_its_own_enters_the_registry_of_indicators(region: Client) -> None:
    made = whole_logic()
    data = {
        "computed_by": "", "name_it": "Laboratori", "name_en": "Laboratories", "unit_text": "labs",
        "definition": "Open laboratories.", "node": "outreach", "role": "output", "on": "2025-01-01",
    }  # fmt: skip
    assert region.post("/policy/new-indicator/", data).status_code == 302
    found = next(i for i in logic_at(Moment.today()).indicators() if i.key == "laboratories")
    assert found.card is not None
    assert found.card.definition == "Open laboratories."
    refused = region.post("/policy/new-indicator/", {**data, "name_it": ""}, headers=ENGLISH)
    assert refused.status_code == 422
    assert "An indicator that is entered by hand needs it." in refused.content.decode()
    assert made


def test_only_the_region_edits_and_managers_see_nothing(client: Client) -> None:
    made = whole_logic()
    manager = manager_of(cluster("agrifood"))
    client.force_login(manager)
    assert client.get("/policy/").status_code == 403
    client.force_login(officer("funding_officer"))
    assert client.get("/policy/").status_code == 200
    assert client.post("/policy/nodes/outreach/end/", {"end-on": "2027-01-01"}).status_code == 403
    with pytest.raises(NotPermitted):
        revise_indicator(
            indicator=made["output"].indicator, node=None, values={}, on=date(2025, 1, 1), by=officer("evaluator")
        )


def test_queries_do_not_grow_with_the_tree(region: Client) -> None:
    made = whole_logic()
    region.get("/policy/")

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert region.get("/policy/").status_code == 200
        return len(seen)

    few = count()
    for n in range(6):
        action = node("action", f"more-{n}", made["objective"])
        indicator(action, f"meetings-{n}")
        indicator(action, f"members-{n}", "member-firms")
    assert count() <= few + 2


# --- reports ----------------------------------------------------------------------------------------------------------
def test_published_report_stays_while_the_register_goes_on(region: Client) -> None:
    whole_logic()
    membership(organisation("First"), cluster(), date(2021, 1, 1))
    report = publish_report(year=2024, quarter=2, today=TODAY, by=None)
    value = report.content["nodes"][1]["indicators"][0]["value"]
    assert value == 1
    membership(organisation("Second"), cluster(), date(2021, 1, 1))
    page = text(region, "/policy/reports/2024/2/")
    assert "frozen since then" in page
    assert QuarterReport.objects.get().content["nodes"][1]["indicators"][0]["value"] == 1
    report.content = {}
    with pytest.raises(FrozenReport):
        report.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        QuarterReport.objects.filter(pk=report.pk).update(content={})
    with pytest.raises(LogicRefused, match="say what changed"):
        publish_report(year=2024, quarter=2, today=TODAY, by=None)
    again = publish_report(year=2024, quarter=2, today=TODAY, by=None, why="a member was missing")
    assert again.version == 2


def test_report_of_a_running_quarter_is_refused_and_an_unchanged_one_too() -> None:
    whole_logic()
    with pytest.raises(LogicRefused, match="ends on 2026-12-31"):
        publish_report(year=2026, quarter=4, today=TODAY, by=None)
    publish_report(year=2026, quarter=3, today=TODAY, by=None)
    with pytest.raises(LogicRefused, match="nothing changed"):
        publish_report(year=2026, quarter=3, today=TODAY, by=None, why="again")


def test_report_comes_as_pdf_and_spreadsheet(region: Client) -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    whole_logic()
    measure()
    publish_report(year=2024, quarter=2, today=TODAY, by=None)
    pdf = region.get("/policy/reports/2024/2/v1.pdf")
    assert pdf.content.startswith(b"%PDF")
    book = load_workbook(BytesIO(region.get("/policy/reports/2024/2/v1.xlsx", headers=ENGLISH).content))
    assert "Indicators" in book.sheetnames
    rows = list(book["Indicators"].values)
    assert "Meetings" in [r[1] for r in rows]
    assert region.get("/policy/reports/2024/2/v9.pdf").status_code == 404


def test_officer_publishes_and_is_reminded_before(region: Client) -> None:
    whole_logic()
    assert "/policy/reports/" in text(region, "/today/")
    assert region.post("/policy/reports/2024/2/publish/", {"why": ""}).status_code == 302
    assert QuarterReport.objects.get().published_by is not None
    assert region.get("/policy/reports/2031/1/").status_code == 404


# --- the mix ----------------------------------------------------------------------------------------------------------
def test_mix_shows_cells_from_rules_overlaps_and_blind_spots(region: Client) -> None:
    broad = measure("broad", groups=["micro", "small", "medium"], trl_from=1, trl_to=9)
    measure("same", groups=["small"], trl_from=4, trl_to=6)
    call(broad, {"fact": "size_class", "in": ["small"]}, {"fact": "trl_start", "at_least": 4})
    page = text(region, "/policy/mix/")
    assert "2 measures leave" in page
    assert "rules of its calls" in page
    assert "Blind spots" in page
    assert "overlap" in page


def test_draft_is_tried_without_being_stored(region: Client) -> None:
    measure("grants", groups=["small"], trl_from=4, trl_to=6, stages=["growth"])
    asked = {
        "groups": "micro",
        "stages": "growth",
        "instrument": "voucher",
        "trl_from": 1,
        "trl_to": 3,
        "name": "First steps",
    }
    page = text(region, "/policy/mix/", **asked)
    assert "First steps would fill 3 empty cells and share cells with 0 measures" in page  # 1 x 1 x 3
    assert Measure.objects.count() == 1
    wrong = region.get("/policy/mix/", {**asked, "trl_from": 5}, headers=ENGLISH)
    assert wrong.status_code == 422
    assert "below the readiness" in wrong.content.decode()


def test_proposal_is_kept_tried_and_adopted(region: Client) -> None:
    measure("grants")
    data = {
        "name_it": "Buoni", "name_en": "Vouchers", "programme": Measure.objects.get().programme_id, "groups": ["micro"],
        "stages": ["growth"], "instrument": "voucher", "trl_from": 1, "trl_to": 3,
    }  # fmt: skip
    answer = region.post("/policy/mix/propose/", data)
    assert answer.status_code == 302
    page = text(region, answer.url)
    assert "Vouchers would fill 3 empty cells" in page
    region.post("/policy/mix/vouchers/adopt/", {"on": "2026-01-01"})
    assert Measure.objects.get(key="vouchers").is_proposed is False
    region.post("/policy/mix/vouchers/drop/")
    assert Measure.objects.filter(key="vouchers").exists()  # what is in force is not taken back


# --- money by priority ------------------------------------------------------------------------------------------------
def test_s3_money_by_priority_adds_up_to_the_cent_and_flags_what_cannot_be(region: Client) -> None:
    for area in ("A", "B", "C"):
        code(area, "s3", "2021-27", label=f"Area {area}")
    held = call(measure(), {"fact": "size_class", "in": ["small"]}, areas=("A", "B", "C"), budget=100)
    granted(held, "J22E00000000001", "200.00", paid="50.00")
    found = s3_monitoring(period(), Moment(TODAY))
    calls = found.sources[CALLS]
    assert calls.total.allocated_eur == 100
    assert [str(calls.of_area[a].allocated_eur) for a in "ABC"] == ["33.34", "33.33", "33.33"]  # 100 / 3
    assert calls.total.committed_eur == 200
    assert calls.total.paid_eur == 50
    page = text(region, "/policy/s3/", period="2021-27")
    assert "More is committed than was allocated." in page
    assert "200% of what the calls of 2021-27 allocate is committed" in page


def test_cohesion_project_takes_the_priority_of_our_call_with_its_cup_and_is_never_added_up() -> None:
    code("A", "s3", "2021-27", label="Area A")
    held = call(measure(), {"fact": "size_class", "in": ["small"]}, areas=("A",), budget=1000)
    granted(held, "J22E00000000001", "200")
    cohesion("J22E00000000001", "200")
    cohesion("J22E00000000002", None)
    found = s3_monitoring(period(), Moment(TODAY))
    assert found.sources[COHESION].of_area["A"].allocated_eur == 200
    assert found.sources[CALLS].of_area["A"].committed_eur == 200
    assert found.sources[COHESION].of_area[""].projects == 1


def test_queries_of_the_s3_page_do_not_grow_with_projects(region: Client) -> None:
    code("A", "s3", "2021-27", label="Area A")
    held = call(measure(), {"fact": "size_class", "in": ["small"]}, areas=("A",), budget=1000)

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert region.get("/policy/s3/").status_code == 200
        return len(seen)

    granted(held, "J22E00000000001", "20", paid="5")
    cohesion("J22E00000000001", "20")
    region.get("/policy/s3/")
    cohesion("J22E00000000009", "20")  # what was kept no longer counts
    few = count()
    for n in range(2, 8):
        granted(held, f"J22E{n:011d}", "20", paid="5")
        cohesion(f"J22E{n:011d}", "20")
    assert count() <= few


# --- reconciliation ---------------------------------------------------------------------------------------------------
@pytest.fixture
def two_sides() -> None:
    held = call(measure(), {"fact": "size_class", "in": ["small"]}, budget=10_000)
    granted(held, "J22E00000000001", "200")
    granted(held, "J22E00000000002", "300")
    granted(held, "J22E00000000003", "400")
    cohesion("J22E00000000001", "200", body="Firm J22E00000000001")
    cohesion("J22E00000000002", "350", title="Other words", body="Somebody else")
    cohesion("J22E00000000009", "90")
    cohesion("", "10", number="OC-without")


def test_differences_become_findings_and_a_second_run_changes_nothing(region: Client, two_sides: None) -> None:
    run = run_reconciliation(by=None)
    kinds = sorted(DataQualityFinding.objects.filter(state="open").values_list("kind", flat=True))
    assert kinds == ["cup-amount", "cup-beneficiary", "cup-missing-here", "cup-missing-there", "cup-title"]
    h = run.headline
    assert h["both"] + h["missing_there"] == h["ours"] == 3
    assert h["both"] + h["missing_here"] == h["theirs"] == 3
    assert h["without_cup_there"] == 1
    before = list(DataQualityFinding.objects.order_by("key").values_list("key", "state", "found_at"))
    assert run_reconciliation(by=None).pk == run.pk
    assert list(DataQualityFinding.objects.order_by("key").values_list("key", "state", "found_at")) == before
    page = text(region, "/policy/s3/reconciliation/")
    assert "5 differences between our projects and OpenCoesione" in page
    assert "-50" in page  # 300 - 350
    italian = region.get("/policy/s3/reconciliation/", headers={"accept-language": "it"}).content.decode()
    assert "300,00 EUR" in italian, "an amount as the reader writes it"
    assert "50,00 EUR" in DataQualityFinding.objects.get(kind="cup-amount").statement_it
    assert "50.00 EUR" in DataQualityFinding.objects.get(kind="cup-amount").statement_en
    assert "another beneficiary" in text(region, "/policy/s3/reconciliation/", kind="beneficiary")
    assert "J22E00000000009" in region.get("/policy/s3/reconciliation/?format=csv").content.decode()


def test_difference_that_is_mended_is_resolved_and_an_explained_one_stays(two_sides: None) -> None:
    run_reconciliation(by=None)
    title = DataQualityFinding.objects.get(kind="cup-title")
    title.state, title.explanation = "explained", "A phase of it."
    title.save()
    Project.objects.filter(cup="J22E00000000002").update(public_contribution_eur=300)
    run_reconciliation(by=None)
    states = dict(DataQualityFinding.objects.values_list("kind", "state"))
    assert states["cup-amount"] == "resolved"
    assert states["cup-title"] == "explained"
    Project.objects.filter(cup="J22E00000000002").update(public_contribution_eur=310)
    run_reconciliation(by=None)
    assert DataQualityFinding.objects.get(kind="cup-amount").state == "open"


def test_reconciliation_runs_in_the_background(region: Client, two_sides: None) -> None:
    answer = region.post("/policy/s3/reconciliation/run/")
    assert answer.status_code == 302
    assert "/jobs/" in answer.url
    assert "5 differences" in text(region, "/policy/s3/reconciliation/")  # tests do queued work at once


# --- industrial modernisation -----------------------------------------------------------------------------------------
def test_objectives_by_cluster_add_up_and_untagged_projects_are_offered(region: Client) -> None:
    held = cluster("agrifood")
    for n, cost in enumerate((100, 300)):
        project = Project.objects.create(
            scheme="regional", number=f"P{n}", title=f"Project {n}", total_cost_eur=cost, starts_on=date(2020, 2, 1),
            source=source(), certainty="reported",
        )  # fmt: skip
        ProjectShare.objects.create(project=project, cluster=held, share=1, source=source(), certainty="reported")
    page = text(region, "/policy/objectives/")
    assert "100% of the projects" in page
    pk = Project.objects.get(number="P1").pk
    answer = region.post(
        "/policy/objectives/projects/", {"p-projects": [pk], "p-objectives": ["digital", "collaboration"]}
    )
    assert answer.status_code == 302
    page = text(region, "/policy/objectives/")
    assert "25% of the projects" in page  # 100 of 400
    assert "Project 1, 300" not in page
    region.post("/policy/objectives/services/", {"s-service": "training", "s-objectives": ["digital"]})
    assert "diffusion of digital skills" in text(region, "/policy/objectives/")


def test_reconciliation_says_first_that_a_file_of_places_holds_nothing_to_compare(region: Client) -> None:
    held = call(measure(), {"fact": "size_class", "in": ["small"]})
    granted(held, "J22E00000000001", "20")
    for n in range(3):
        Project.objects.create(
            scheme="cohesion", number=f"1PU{n}", source=source("opencoesione", name="OpenCoesione"),
            certainty="official",
        )  # fmt: skip
    made = cohesion("J22E00000000001", "20")
    Project.objects.filter(pk=made.pk).update(source=source("invented", certainty="synthetic"), certainty="synthetic")
    run_reconciliation(by=None)
    page = region.get("/policy/s3/reconciliation/").content.decode()
    assert "OpenCoesione: il file caricato contiene solo le localizzazioni. Nessuno dei suoi 3 progetti" in page
    assert page.index("contiene solo le localizzazioni") < page.index("Scarica CSV")
    assert "progetti inventati" in page


def test_reconciliation_says_nothing_of_the_kind_where_the_file_bears_cup_and_amount(region: Client) -> None:
    granted(call(measure(), {"fact": "size_class", "in": ["small"]}), "J22E00000000001", "20")
    cohesion("J22E00000000001", "20")
    run_reconciliation(by=None)
    page = region.get("/policy/s3/reconciliation/").content.decode()
    assert "contiene solo le localizzazioni" not in page
    assert "con un CUP" in page
