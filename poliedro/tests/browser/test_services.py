"""Journeys: a firm asks for a service on a phone and a manager leads its case to the close; a scenario is shared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from factories import cluster, management, manager_of, organisation, source, user
from services_made import package, service

from poliedro.monitoring.models import StressScenario
from poliedro.registry.models import CostLine, Delivery, RevenueLine
from poliedro.support.models import Case

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def phone(browser: Any) -> Iterator[Any]:
    """The firm's telephone."""
    context = browser.new_context(locale="it-IT", viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def test_firm_asks_on_a_phone_and_the_manager_leads_the_case_to_its_close(
    live_server: Any, page: Any, phone: Any, sign_in: Any, axe: Any
) -> None:
    held = service(name_it="Un giorno in reparto", answer_days=3)
    package()

    # The firm, without an account: finds the service, asks, confirms by e-mail.
    phone.goto(f"{live_server.url}/services/")
    phone.get_by_role("link", name="Un giorno in reparto").first.click()
    phone.get_by_role("link", name="Chiedi questo").click()
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    phone.get_by_label("Di che cosa hai bisogno").fill("Perdiamo due ore al giorno a cercare attrezzi.")
    phone.get_by_label("Nome della tua impresa").fill("Officine Rossi")
    phone.get_by_label("Il tuo nome").fill("Ada Rossi")
    phone.get_by_label("E-mail", exact=True).fill("ada@firm.test")
    phone.get_by_label("Chi risponde può usare").check()
    phone.get_by_role("button", name="Invia la richiesta").click()
    assert "conferma" in phone.locator("h1").inner_text()
    link = re.search(r"/services/asked/\S+", mail.outbox[0].body)
    assert link is not None
    phone.goto(live_server.url + link[0])
    phone.get_by_role("button", name="Sì, invia").click()
    assert "in attesa di risposta" in phone.locator("h1").inner_text()

    # The manager: sees what waits, takes it on, finds the client, delivers, notes the result, asks for feedback.
    sign_in(manager_of(cluster("agrifood")))
    page.goto(f"{live_server.url}/today/")
    page.get_by_role("link", name="Rispondi").first.click()
    axe()
    page.get_by_role("button", name="Apri la pratica").click()
    page.wait_for_url("**/services/cases/*/")
    axe()
    page.get_by_role("button", name="È questo il cliente").click()
    page.get_by_label("Ore", exact=False).first.fill("6")
    page.locator("input[name$='-result']").first.fill("Tre cambiamenti provati")
    page.get_by_role("button", name="È stato erogato").click()
    page.get_by_role("button", name="Annota").click()
    page.get_by_role("button", name="Chiedi la valutazione").click()
    assert page.get_by_role("button", name="Chiudi la pratica").count() == 0

    # The firm answers on the phone.
    phone.reload()
    phone.locator("input[name=usefulness][value='5']").check()
    phone.locator("input[name=promptness][value='4']").check()
    phone.get_by_role("button", name="Invia la risposta").click()
    assert "Grazie" in phone.locator("main").inner_text()

    # The case closes, and a day to look again is set.
    page.reload()
    page.get_by_role("button", name="Chiudi la pratica").click()
    assert "chiusa" in page.locator(".lead").inner_text()
    case = Case.objects.get()
    assert (case.state, case.follow_up_on) == ("closed", timezone.localdate() + timedelta(days=180))
    assert Delivery.objects.get().client.name == "Officine Rossi"
    for address in (
        "/services/",
        f"/services/{held.pk}/",
        "/services/plan/",
        "/services/something-else/",
        "/clusters/agrifood/services/",
        "/clusters/agrifood/services/desk/",
        "/clusters/agrifood/services/use/",
        "/clusters/agrifood/services/unmet/",
        "/clusters/agrifood/services/keep/",
        "/clusters/agrifood/services/keep/new/",
    ):
        page.goto(live_server.url + address)
        axe()


def test_stress_scenario_is_reckoned_kept_and_shared(live_server: Any, page: Any, sign_in: Any, axe: Any) -> None:
    agrifood, body = cluster("agrifood"), management("Ente Gestore")
    fact = {"body": body, "cluster": agrifood, "year": 2020, "source": source(), "certainty": "reported"}
    days = {"valid_from": date(2020, 1, 1), "valid_to": date(2021, 1, 1)}
    for origin, amount in {"erdf": 60_000, "fees": 20_000, "services": 10_000, "private": 10_000}.items():
        RevenueLine.objects.create(origin=origin, amount_eur=Decimal(amount), **fact, **days)
    CostLine.objects.create(kind="staff", amount_eur=Decimal(90_000), **fact, **days)
    Delivery.objects.create(
        provider=body.organisation, client=organisation(), cluster=agrifood, service="training",
        delivered_on=date(2020, 5, 1), hours=10, source=source(), certainty="reported",
    )  # fmt: skip
    maker, reader = manager_of(agrifood), user("ada@test.example", "Ada")
    sign_in(maker)
    page.goto(f"{live_server.url}/clusters/agrifood/money/")
    axe()
    page.get_by_role("link", name="E se il FESR cala?").click()
    page.wait_for_url("**/stress/")
    assert "50%" in page.locator("h1").inner_text()
    slider = page.locator("input[name=fall][type=range]")
    slider.focus()
    with page.expect_response(lambda answer: "fall=55" in answer.url):
        slider.press("ArrowRight")  # the keyboard moves it, and the result follows without a new page
    page.wait_for_function("document.querySelector('h1').innerText.includes('55%')")
    axe()
    page.get_by_label("Nome dello scenario").fill("Un po' più della metà")
    page.get_by_role("button", name="Tienilo").click()
    page.wait_for_url(re.compile(r"/stress/\d+/$"))
    axe()
    page.get_by_label("E-mail della persona").fill("ada@test.example")
    page.get_by_role("button", name="Condividilo").click()
    assert "Ada" in page.locator("main").inner_text()
    address = page.url
    sign_in(reader)
    page.goto(address)
    assert "55%" in page.locator("h1").inner_text()
    page.goto(f"{live_server.url}/stress/")
    axe()
    assert StressScenario.objects.get().assumptions["fall"] == "0.55"
