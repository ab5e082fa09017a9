"""A manager imports members, sees coverage change, contacts a prospect, closes a case; a firm assesses itself."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from factories import cluster, code, delegate_of, manager_of, organisation, source, territory
from import_samples import classes, places, write
from services_made import service

from poliedro.reference.models import Load
from poliedro.registry.models import (
    ClusterDefinition,
    DefinitionCode,
    Delivery,
    MembershipSpell,
    OutreachContact,
    RegisterCount,
)
from poliedro.support.models import Case
from poliedro.surveys.models import Answer, Sheet
from poliedro.surveys.services.questionnaires import load_questionnaires

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
MEMBERS = (
    "denominazione;codice fiscale;comune;provincia;ateco;data adesione\n"
    "Alfa S.r.l.;12345670017;Torino;TO;10.71;01/03/2019\nBeta S.r.l.;;Torino;TO;10.71;01/03/2019\n"
)


def bakers() -> Any:
    """A cluster of bakers: ten in the register of 2019, none of them a member; one prospect."""
    bakery = cluster("agrifood", name="Agrifood")
    load = Load.objects.create(source=source(), importer="x", file_name="x", state="loaded")
    definition = ClusterDefinition.objects.create(
        cluster=bakery, version=1, valid_from=date(2010, 1, 1), source=source(), certainty="reported"
    )
    DefinitionCode.objects.create(definition=definition, code=code("10.71"))
    torino = territory("ITC11")
    RegisterCount.objects.create(
        year=2019, code=code("10.71"), territory=torino, size_class="micro", firms=10, load=load, source=source(),
        certainty="official", recorded_at=timezone.now(),
    )  # fmt: skip
    organisation("Forno Piccolo", nace=code("10.71"), territory=torino, size_class="micro")
    return bakery


def test_manager_imports_members_sees_coverage_change_and_contacts_a_prospect(
    live_server: Any, page: Any, sign_in: Any, axe: Any, tmp_path: Path, settings: Any
) -> None:
    settings.VAR = tmp_path / "var"
    places()
    classes()
    bakery = bakers()
    service(bakery, name_it="Un giorno in reparto")
    sign_in(manager_of(bakery))
    site = live_server.url
    page.goto(f"{site}/today/")
    axe()
    page.get_by_role("link", name="Vuoti di copertura").first.click()
    assert "0,0" in page.locator("table.data tbody tr").first.inner_text()
    axe()

    page.get_by_role("link", name="Aderenti e quote").click()
    page.get_by_role("link", name="Elenco degli aderenti").click()
    axe()
    page.locator(".empty a.button").click()
    page.set_input_files("input[type=file]", write(tmp_path / "aderenti.csv", MEMBERS))
    page.locator("main form button").first.click()
    page.wait_for_url("**/lists/*/")
    page.locator("form[action$='/load/'] button").click()
    page.wait_for_url("**/clusters/agrifood/lists/")
    assert MembershipSpell.objects.known().count() == 2

    page.goto(f"{site}/clusters/agrifood/gaps/")
    assert "20,0" in page.locator("table.data tbody tr").first.inner_text()  # 2 of 10

    page.get_by_role("link", name="Potenziali aderenti").first.click()
    assert "Forno Piccolo" in page.locator("main").inner_text()
    page.locator("main p.buttons a.button").click()
    axe()
    page.fill("#id_campaign-name", "Forni")
    page.fill("#id_campaign-ends_on", "2030-12-31")
    page.locator("#start form button").click()
    page.wait_for_url(re.compile(r"/outreach/\d+/"))
    axe()
    page.get_by_role("link", name="Forno Piccolo").click()
    axe()
    page.check("input[name=state][value=refused]")
    page.select_option("#id_reason", "not_ready")
    page.locator("section form button").first.click()
    page.wait_for_url(re.compile(r"/outreach/\d+/"))
    assert OutreachContact.objects.get().reason == "not_ready"
    assert "non si sente pronta" in page.locator("ul.results").inner_text()

    page.goto(f"{site}/clusters/agrifood/manage/")
    page.get_by_role("link", name="Alfa S.r.l.").click()
    axe()
    page.locator("#notes summary").first.click()
    page.fill("#id_note-text", "Prima telefonata")
    page.locator("#notes form button").first.click()
    page.wait_for_load_state()
    assert "Prima telefonata" in page.locator("#notes").inner_text()
    # The same firm asks for help by telephone: its case is opened, given, judged by the firm, and closed.
    page.get_by_role("link", name="Apri una pratica").click()
    axe()
    page.get_by_label("Quale servizio").select_option(label="Un giorno in reparto")
    page.get_by_label("Di che cosa ha bisogno").fill("Troppi scarti al forno")
    page.locator("#id_email").fill("ada@alfa.example")
    page.get_by_label("Che cosa hai detto").fill("Veniamo lunedì")
    page.get_by_role("button", name="Apri la pratica").click()
    page.wait_for_url("**/services/cases/*/")
    axe()
    page.get_by_label("Ore", exact=False).first.fill("6")
    page.locator("input[name$='-result']").first.fill("Scarti dimezzati")
    page.get_by_role("button", name="È stato erogato").click()
    page.get_by_role("button", name="Annota").click()
    page.get_by_role("button", name="Chiedi la valutazione").click()
    page.wait_for_load_state()
    link = re.search(r"/services/asked/\S+", mail.outbox[-1].body)
    assert link is not None
    firm = page.context.browser.new_context(locale="it-IT", viewport={"width": 390, "height": 844}).new_page()
    firm.goto(site + link[0])
    firm.locator("input[name=usefulness][value='5']").check()
    firm.locator("input[name=promptness][value='4']").check()
    firm.get_by_role("button", name="Invia la risposta").click()
    assert "Grazie" in firm.locator("main").inner_text()
    firm.context.close()
    page.reload()
    page.get_by_role("button", name="Chiudi la pratica").click()
    assert "chiusa" in page.locator(".lead").inner_text()
    assert Case.objects.get().state == "closed"
    assert Delivery.objects.get().client.name == "Alfa S.r.l."

    for path in ("fees", "fees/run", "trend", "surveys", "applications", "services/desk", "services/use"):
        page.goto(f"{site}/clusters/agrifood/{path}/")
        axe()


def test_firm_asks_to_join_on_a_phone_and_the_manager_says_yes(
    live_server: Any, page: Any, sign_in: Any, axe: Any
) -> None:
    bakery, firm = cluster("agrifood", name="Agrifood"), organisation("Forno Nuovo")
    manager = manager_of(bakery)
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(delegate_of(firm))
    page.goto(f"{live_server.url}/clusters/agrifood/")
    page.get_by_role("link", name="Chiedi di aderire").click()
    page.wait_for_url("**/memberships/**")
    axe()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_label("Che cosa cercate").fill("Un laboratorio per le farine")
    page.get_by_role("button", name="Invia la domanda").click()
    page.wait_for_load_state()
    assert "risposta promessa" in page.locator("main").inner_text()

    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(manager)
    page.goto(f"{live_server.url}/today/")
    page.get_by_role("link", name="Rispondi").first.click()
    page.wait_for_url("**/membership-applications/*/")
    axe()
    page.get_by_role("button", name="Accogli come aderente").click()
    page.wait_for_url(f"**/manage/{firm.pk}/")
    assert MembershipSpell.objects.known().get().organisation == firm
    page.goto(f"{live_server.url}/clusters/agrifood/applications/")
    axe()


def test_firm_assesses_itself_on_a_phone_and_sees_its_private_result(
    live_server: Any, page: Any, sign_in: Any, axe: Any
) -> None:
    load_questionnaires()
    page.set_viewport_size({"width": 390, "height": 844})
    firm = organisation("Cantina Prova")
    sign_in(delegate_of(firm))
    page.goto(f"{live_server.url}/surveys/")
    axe()
    page.locator("li", has_text="Circolarità").get_by_role("button").click()
    page.wait_for_url("**/surveys/*/1/")
    axe()
    with page.expect_response(lambda r: r.request.method == "POST" and r.status == 200):
        page.check("input[name=repairable][value='4']")  # saved as it is chosen, without a button
    assert Answer.objects.get().value == 4
    for name, value in {"secondary": "some", "waste": "others", "takeback": "yes", "service": "2"}.items():
        with page.expect_response(lambda r: r.request.method == "POST"):
            page.check(f"input[name={name}][value='{value}']")
    page.locator("main form button", has_text="Salva").click()
    assert page.locator("fieldset.is-wrong").count() == 1  # the one left open
    with page.expect_response(lambda r: r.request.method == "POST"):
        page.check("input[name=measured][value=planned]")
    page.locator("main form button", has_text="Salva").click()
    page.wait_for_url("**/hand-in/")
    axe()
    page.locator("main form button").click()
    page.wait_for_url("**/result/")
    page.locator("[data-chart]:not([data-drawn])").first.wait_for(state="detached")
    axe()
    # design 75, materials (70 + 90) / 2 = 80, use 100, model (25 + 30) / 2 = 27.5: mean 70.6
    assert "71 su 100" in page.locator("h1").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    sheet = Sheet.objects.get()
    sign_in(manager_of(cluster("agrifood")))
    assert page.goto(f"{live_server.url}/surveys/{sheet.pk}/result/").status == 403
