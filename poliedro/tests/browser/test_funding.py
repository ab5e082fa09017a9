"""Journeys: a start-up learns why a line refuses it and finds the one that fits; a call from drafts to its ranking."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from factories import code, delegate_of, officer, organisation, source, territory, user
from funding_drafts import SME, raw_call

from poliedro.funding.models import AidAward, Application, Call, Contract, Measure, Programme, Ranking, Score
from poliedro.funding.services.applications import (
    save_application,
    set_partner,
    set_work_package,
    start_application,
    submit_application,
)
from poliedro.funding.services.calls import create_call, publish_version
from poliedro.funding.services.grants import record_aid
from poliedro.reference.models import Load
from poliedro.registry.models import FinancialStatement, RegisteredFirm
from poliedro.shared.jobs import perform
from poliedro.shared.models import Job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture(autouse=True)
def _patient(page: Any) -> None:
    """Pages that compute charts of a whole study take their time on a busy machine."""
    page.set_default_timeout(30_000)


CRITERIA = [
    {"key": "quality", "text": {"it": "Qualità", "en": "Quality"}, "weight": 60, "most": 10, "least": 5},
    {"key": "impact", "text": {"it": "Impatto", "en": "Impact"}, "weight": 40, "most": 10},
]
ACCOUNTS = {"fact": "years_of_accounts", "at_least": 2}
PLAN = {"fact": "business_plan", "is": True}


@pytest.fixture
def measure(db: None) -> Measure:
    kept = source("region")
    programme = Programme.objects.create(
        key="p", name_it="Programma", name_en="Programme", authority="R", source=kept, certainty="reported"
    )
    return Measure.objects.create(
        programme=programme, key="m", name_it="Misura", name_en="Measure", instrument="grant",
        valid_from=date(2020, 1, 1), source=kept, certainty="reported",
    )  # fmt: skip


def made(measure: Measure, key: str, title: str, *checks: Any) -> Call:
    raw = {**raw_call(*checks, criteria=CRITERIA), "key": key, "title": {"it": title, "en": title}}
    raw["intensities"], raw["regime"] = [{"who": SME, "grant": 0.5}], "de_minimis"
    words = {
        "years_of_accounts": "Almeno due bilanci depositati",
        "business_plan": "C'è un piano d'impresa",
        "size_class": "Micro, piccola o media impresa",
    }
    for rule in raw["rules"]:
        fact = rule["check"].get("fact", "")
        rule["text"] = {"it": words.get(fact, "regola"), "en": words.get(fact, "rule")}
    return create_call(measure=measure, document=raw, source=measure.source, by=None)


def open_call(call: Call) -> Call:
    today = timezone.localdate()
    publish_version(
        version=call.versions.get(), by=None, opens_on=today - timedelta(days=9), closes_on=today + timedelta(days=30)
    )
    call.refresh_from_db()
    return call


def test_start_up_learns_why_a_line_refuses_it_and_finds_the_one_that_fits(
    live_server: Any, page: Any, sign_in: Any, axe: Any, measure: Measure
) -> None:
    open_call(made(measure, "industrial", "Ricerca industriale", SME, ACCOUNTS))
    open_call(made(measure, "start-up", "Imprese nuove", SME, PLAN))
    firm = organisation(
        "Seme S.r.l.", kind="start_up", size_class="micro", founded_on=timezone.localdate() - timedelta(days=200)
    )
    FinancialStatement.objects.create(
        organisation=firm, year=timezone.localdate().year - 1, persons=Decimal(3), source=source(), certainty="reported"
    )
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(delegate_of(firm))
    site = live_server.url

    # From its own page to the calls: one line refuses and says why.
    page.goto(f"{site}/organisations/{firm.pk}/calls/")
    axe()
    refused = page.locator(".card-plain", has_text="Ricerca industriale")
    assert "Almeno due bilanci depositati" in refused.inner_text()
    assert refused.get_by_role("button").count() == 0, "a line that refuses takes no application"
    refused.get_by_role("link", name=re.compile("Verifica")).click()
    axe()
    page.get_by_role("button", name="Rispondi").click()
    page.wait_for_load_state()
    axe()
    main = page.locator("main")
    assert "ogni linea ti esclude" in page.locator("h1").inner_text()
    assert "Imprese nuove" in main.inner_text(), "the line that fits better is named"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    # The one that fits: what is missing is asked for, and then it is in.
    page.get_by_role("link", name="Imprese nuove").first.click()
    page.get_by_role("link", name="Posso partecipare?").click()
    axe()
    page.select_option("#id_size_class", "micro")
    page.select_option("#id_business_plan", "true")
    page.get_by_role("button", name="Rispondi").click()
    page.wait_for_load_state()
    assert "ti esclude" not in page.locator("h1").inner_text()

    # It begins the application, prefilled; open points say what is left.
    page.goto(f"{site}/organisations/{firm.pk}/calls/")
    fits = page.locator(".card-plain", has_text="Imprese nuove")
    fits.locator("summary").click()
    fits.locator("input[name=title]").fill("Semi che durano")
    fits.get_by_role("button").click()
    page.wait_for_url(re.compile(r"/applications/\d+/"))
    axe()
    assert "Seme S.r.l." in main.inner_text()
    assert Application.objects.get().organisation == firm


@pytest.fixture
def register(db: None) -> None:
    """A business register of ten firms, two of them young."""
    here = territory("ITC11", "Torino", parent=territory("ITC1", "Piemonte", "nuts2"))
    load = Load.objects.create(
        source=source("register"), importer="register", file_name="r", checksum="c", state="loaded"
    )
    young = timezone.localdate() - timedelta(days=100)
    for i in range(10):
        RegisteredFirm.objects.create(
            register_code=str(i), code=code("10.71", label="Pane"), load=load, certainty="reported", size_class="micro",
            territory=here, active_from=young if i < 2 else date(2010, 1, 1),
        )  # fmt: skip


def handed_in(call: Call, name: str) -> Application:
    body = organisation(name, size_class="small")
    today = timezone.localdate()
    application = start_application(
        line=call.lines.get(), organisation=body, title=f"Progetto di {name}", by=None, today=today
    )
    save_application(
        application=application, title=application.title, summary="Nuovo", facts={"business_plan": True}, by=None
    )
    set_partner(application=application, organisation=body, cost_eur=Decimal(400), facts={}, by=None)
    set_work_package(
        application=application, number=1, title="Tutto", lead=None, first_month=1, last_month=12,
        cost_eur=Decimal(400), by=None,
    )  # fmt: skip
    return submit_application(application=application, by=None, today=today)


def tried(page: Any, site: str, key: str) -> None:
    """Try the draft that is open on the register, as the worker does."""
    page.goto(f"{site}/desk/calls/{key}/")
    page.locator(f"form[action='/desk/calls/{key}/simulate/'] button").first.click()
    page.wait_for_url("**/jobs/*/")
    perform.func(Job.objects.order_by("-pk").first().pk)  # type: ignore[union-attr]


def test_officer_compares_two_drafts_publishes_one_and_evaluators_score_it_to_a_signed_ranking(
    live_server: Any, page: Any, sign_in: Any, axe: Any, measure: Measure, register: None, tmp_path: Path, settings: Any
) -> None:
    settings.VAR = tmp_path / "var"
    site = live_server.url
    made(measure, "strict", "Bando con bilanci", SME, ACCOUNTS)
    made(measure, "plain", "Bando con piano", SME, PLAN)
    desk = officer("funding_officer")
    sign_in(desk)

    # Two drafts on the register, side by side.
    page.goto(f"{site}/desk/calls/")
    axe()
    for key in ("strict", "plain"):
        tried(page, site, key)
    page.goto(f"{site}/desk/calls/plain/compare/")
    page.select_option("#a", index=0)
    page.select_option("#b", index=1)
    page.get_by_role("button", name="Confronta").click()
    page.wait_for_load_state()
    axe()
    assert page.locator("table.data").count() >= 1

    # One is published.
    page.goto(f"{site}/desk/calls/plain/")
    axe()
    today = timezone.localdate()
    form = page.locator("form[action='/desk/calls/plain/publish/']")
    form.locator("input[name=opens_on]").fill((today - timedelta(days=1)).isoformat())
    form.locator("input[name=closes_on]").fill((today + timedelta(days=30)).isoformat())
    form.get_by_role("button").first.click()
    page.wait_for_load_state()
    call = Call.objects.get(key="plain")
    assert call.state == Call.State.PUBLISHED
    assert Call.objects.get(key="strict").state == Call.State.DRAFT

    # Firms hand in; the officer closes, names evaluators and begins.
    applications = [handed_in(call, name) for name in ("Uno S.r.l.", "Due S.r.l.")]
    evaluators = [
        user("ada@test.example", "Ada"),
        user("bruno@test.example", "Bruno"),
        user("carla@test.example", "Carla"),
    ]
    page.goto(f"{site}/desk/calls/plain/")
    page.locator("form[action='/desk/calls/plain/close/'] button").click()
    page.goto(f"{site}/desk/calls/plain/evaluation/")
    axe()
    for person in evaluators:
        page.locator("form[action$='/evaluators/'] input[name=email]").fill(person.email)
        page.get_by_role("button", name="Nomina").click()
        page.wait_for_load_state()
    page.get_by_role("button", name="Inizia la valutazione").click()
    page.wait_for_load_state()
    assert {a.state for a in Application.objects.all()} == {"in_evaluation"}

    # Ada stands back from one; all others score blind.
    points = {"Ada": (9, 8), "Bruno": (8, 7), "Carla": (7, 7)}
    for person in evaluators:
        sign_in(person)
        for application in applications:
            page.goto(f"{site}/evaluations/")
            axe()
            link = page.get_by_role("link", name=application.title)
            link.click()
            axe()
            assert "Ada" not in page.locator("main").inner_text(), "nobody sees another's scores"
            if person.name == "Ada" and application == applications[1]:
                page.locator("details summary").last.click()
                page.locator(
                    "form[action$='/recuse/'] textarea, form[action$='/recuse/'] input[name=reason]"
                ).first.fill("Un parente vi lavora")
                page.locator("form[action$='/recuse/'] button").click()
                page.wait_for_url(f"{site}/evaluations/")
                continue
            quality, impact = points[person.name]
            lower = 0 if application == applications[0] else 2
            page.fill("#id_points_quality", str(quality - lower))
            page.fill("#id_points_impact", str(impact - lower))
            page.locator("button[name=hand_in]").click()
            page.wait_for_url(f"{site}/evaluations/")
    assert Score.objects.filter(handed_in_at__isnull=False).count() == 2 * (3 + 2)

    # The ranking is open now, and signed.
    sign_in(desk)
    page.goto(f"{site}/desk/calls/plain/evaluation/")
    axe()
    main = page.locator("main").inner_text()
    assert "Un parente vi lavora" in main
    first = page.locator("table.data tbody tr").first.inner_text()
    assert "Uno S.r.l." in first or "Progetto di Uno" in first
    page.locator("form[action*='/sign/'] textarea").fill("Graduatoria approvata in seduta.")
    page.locator("form[action*='/sign/'] button").click()
    page.wait_for_load_state()
    assert Ranking.objects.get().signed_by == desk
    assert "Firmata" in page.locator("main").inner_text()
    outcome = {a.title: a.state for a in Application.objects.all()}
    assert outcome[applications[0].title] == "granted"

    # After the decision: CUP and a milestone, the contract, the firm's signature, the region's; then aid is recorded.
    winner = applications[0]
    page.goto(f"{site}/applications/{winner.pk}/")
    page.locator("details:has(form[action$='/cup/']) summary").click()
    page.locator("form[action$='/cup/'] input[name=cup]").fill("J26D00000000001")
    page.locator("form[action$='/cup/'] button").click()
    page.wait_for_load_state()
    page.locator("details:has(form[action$='/milestones/']) summary").click()
    page.locator("form[action$='/milestones/'] input[name=title]").fill("Prototipo")
    page.locator("form[action$='/milestones/'] input[name=due_on]").fill((today + timedelta(days=90)).isoformat())
    page.locator("form[action$='/milestones/'] button").click()
    page.wait_for_load_state()

    # Meanwhile other aid was recorded: what the ceiling leaves is said before anybody signs, and the grant is lowered.
    record_aid(
        organisation=winner.organisation, regime="de_minimis", amount_eur=Decimal(299_900), granted_on=today,
        measure="Altra misura", source=source(), by=None, pending_reason="Rinuncia annunciata",
    )  # fmt: skip
    contract = f"{site}/applications/{winner.pk}/contract/"
    page.goto(contract)
    axe()
    assert "100,00" in page.locator("main .note").first.inner_text()
    page.locator("form[action$='/lower/'] input[name=why]").fill("Il massimale non lascia altro")
    page.locator("form[action$='/lower/'] button").click()
    page.wait_for_load_state()
    assert "Ridotta" in page.locator("main").inner_text()
    axe()
    page.locator("form[action$='/draw/'] input[name=starts_on]").fill(today.isoformat())
    page.locator("form[action$='/draw/'] input[name=ends_on]").fill((today + timedelta(days=700)).isoformat())
    page.locator("form[action$='/draw/'] button").click()
    page.wait_for_load_state()
    assert page.locator("form[action$='/1/sign/']").count() == 0, "the region signs last"
    for person in (delegate_of(winner.organisation), desk):
        sign_in(person)
        page.goto(contract)
        axe()
        page.locator("form[action$='/1/sign/'] button").click()
        page.wait_for_load_state()
    assert Contract.objects.get().state == Contract.State.IN_FORCE
    aid = AidAward.objects.get(application=winner)
    assert (aid.organisation, aid.amount_eur) == (winner.organisation, 100)


def test_officer_types_faster_than_the_server_answers_and_a_contradiction_is_told_at_the_top(
    live_server: Any, page: Any, sign_in: Any, axe: Any, measure: Measure
) -> None:
    made(measure, "young", "Bando per imprese giovani", SME, {"fact": "age_years", "at_most": 3})
    sign_in(officer("funding_officer"))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/desk/calls/young/rules/new/")
    for name, words in (("key", "old"), ("text_it", "Da cinque anni"), ("text_en", "From five"), ("reference", "1")):
        page.fill(f"[name={name}]", words)
    # The comparison and the value are there before the answer to the choice of the fact: they are kept.
    page.evaluate("""() => {
        const put = (name, value) => { document.querySelector(`[name='${name}']`).value = value; };
        put("0-fact", "age_years");
        document.querySelector("[name='0-fact']").dispatchEvent(new Event("change", { bubbles: true }));
        put("0-op", "at_least");
        put("0-value", "5");
    }""")
    page.get_by_text("Dice: età in anni almeno 5").wait_for()
    assert page.input_value("[name='0-value']") == "5"
    page.locator("button[name=save]").click()
    page.wait_for_load_state()
    axe()
    told = page.get_by_role("alert").first
    assert "non possono valere insieme" in told.inner_text()
    assert page.evaluate("document.querySelector('[role=alert]').getBoundingClientRect().top") < 844, (
        "it is seen at once"
    )
