"""Journeys: an officer finds what hangs loose, mends it, publishes the quarterly report, and tries a new measure."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from factories import cluster, membership, officer, organisation
from policy_made import call, cohesion, granted, measure, node, whole_logic

from poliedro.monitoring.models import PolicyTerms, QuarterReport
from poliedro.monitoring.services.policy.reconciliation import run_reconciliation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_officer_mends_an_orphan_and_publishes_the_quarterly_report(
    live_server: Any, page: Any, sign_in: Any, axe: Any
) -> None:
    whole_logic()
    node("action", "stray", title_it="Azione persa")
    membership(organisation("Alfa S.r.l."), cluster(), date(2021, 1, 1))
    sign_in(officer("regional_officer"))

    # From her work to the logic: what hangs loose stands first and leads to the form.
    page.goto(f"{live_server.url}/today/")
    page.get_by_role("link", name="Logica d'intervento").first.click()
    page.wait_for_url("**/policy/")
    axe()
    assert "L'azione non serve alcun obiettivo" in page.locator("main").inner_text()
    page.get_by_role("link", name="Azione persa").first.click()
    axe()
    page.get_by_label("Appartiene a").select_option("more-firms")
    page.get_by_role("button", name="Dichiara di nuovo").click()
    page.wait_for_load_state()
    assert PolicyTerms.objects.known().get(node__key="stray", valid_to=None).parent is not None

    # Its output indicator, from the catalogue of what the register computes.
    page.get_by_role("link", name="Aggiungi un indicatore").click()
    axe()
    page.get_by_label("Da dove vengono i suoi valori").select_option("member-start-ups")
    for name, value in (
        ("baseline", "0"), ("baseline_on", "2020-01-01"), ("target", "20"), ("target_on", "2030-01-01"),
        ("owner", "Ufficio"), ("evidence", "Registro"),
    ):  # fmt: skip
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="Aggiungi").click()
    page.wait_for_url("**/policy/indicators/**")
    axe()
    assert "Nessuno lo digita" in page.locator("main").inner_text()
    page.goto(f"{live_server.url}/policy/")
    assert "niente è senza legami" in page.locator("h1").inner_text()

    # The quarter that is over: looked at, published, downloaded.
    page.goto(f"{live_server.url}/policy/reports/")
    axe()
    page.locator("main ul.results a").first.click()
    axe()
    page.get_by_role("button", name="Pubblica la relazione").click()
    page.wait_for_load_state()
    axe()
    assert "da allora non cambia" in page.locator("main").inner_text()
    assert QuarterReport.objects.count() == 1
    with page.expect_download() as found:
        page.get_by_role("link", name="Scarica XLSX").click()
    assert found.value.suggested_filename.endswith("-v1.xlsx")


def test_officer_tries_a_measure_in_the_mix_and_looks_at_the_money(
    live_server: Any, page: Any, sign_in: Any, axe: Any
) -> None:
    held = call(measure(name_it="Sussidi"), {"fact": "size_class", "in": ["small"]}, budget=1000)
    granted(held, "J22E00000000001", "200", paid="50")
    cohesion("J22E00000000001", "250")
    run_reconciliation(by=None)
    sign_in(officer("regional_officer"))
    page.goto(f"{live_server.url}/policy/mix/")
    axe()
    page.get_by_label("Nome della misura").fill("Primi passi")
    page.get_by_label("microimprese").check()
    page.locator("[name=stages][value=growth]").check()
    page.locator("[name=instrument]").select_option("voucher")
    page.locator("[name=trl_to]").fill("3")
    page.get_by_role("button", name="Mostra che cosa cambierebbe").click()
    page.wait_for_url("**name=Primi**")
    axe()
    assert "Primi passi riempirebbe 3 caselle vuote" in page.locator("main").inner_text()  # 1 x 1 x 3
    page.goto(f"{live_server.url}/policy/s3/")
    axe()
    assert "20%" in page.locator("h1").inner_text()  # 200 of 1 000
    page.goto(f"{live_server.url}/policy/s3/reconciliation/")
    axe()
    assert "altro importo" in page.locator("main").inner_text()
    page.goto(f"{live_server.url}/policy/objectives/")
    axe()
    page.set_viewport_size({"width": 390, "height": 844})
    for address in ("/policy/mix/", "/policy/s3/", "/policy/objectives/"):
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
