"""Journeys that end in an outcome: a firm without an account, a hackathon, a joint stand; with an audit on the way."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import matchmaking_factories as make
import pytest
from django.core import mail
from factories import cluster, delegate_of, manager_of, membership, officer, organisation, user

from poliedro.matchmaking.models import Challenge, Fair, FairApplication, Lead, Team, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def room(settings: Any, tmp_path: Any) -> None:
    """Background work waits; the index has a store of its own."""
    from poliedro.matchmaking.runs.index import forget

    settings.VAR = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    forget()


def press(page: Any, name: str) -> None:
    """Press the button, and its page has come."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()


def unfold(page: Any, name: str) -> None:
    page.locator("summary", has_text=name).first.click()


def test_firm_without_account_asks_and_its_ticket_is_answered(
    live_server: Any, page: Any, sign_in: Any, axe: Any
) -> None:
    from poliedro.matchmaking.services.engine import refresh_index

    home = cluster("agrifood")
    manager = manager_of(home)
    make.contact(manager, home, topics=["bioplastics"])
    make.equipment(make.laboratory())
    refresh_index()
    page.set_default_timeout(30_000)  # the first page of a process imports all that pages are made of
    page.goto(f"{live_server.url}/ask/")
    axe()
    page.fill("#ask-text", "Dobbiamo provare un film biodegradabile")
    press(page, "Trova chi può aiutare")
    assert "Perché:" in page.locator("main").inner_text()
    axe()
    unfold(page, "Mandala a una persona")
    page.fill("[name=send-name]", "Ada")
    page.fill("[name=send-email]", "ada@firm.example")
    page.check("[name=send-agreed]")
    press(page, "Manda la domanda")
    assert "Conferma il tuo indirizzo" in page.locator("h1").inner_text()
    path = re.search(r"/ask/ticket/\S+", mail.outbox[-1].body)
    assert path is not None
    page.goto(live_server.url + path.group(0))
    press(page, "Conferma e manda")
    assert "risponde entro il" in page.locator("h1").inner_text()
    axe()

    sign_in(manager)
    ticket = Ticket.objects.get()
    page.goto(f"{live_server.url}/today/")
    page.locator(f"a[href='/tickets/{ticket.code}/']").first.click()
    axe()
    page.fill("[name=write-text]", "Il laboratorio può martedì.")
    press(page, "Manda")
    press(page, "Ha avuto risposta")
    unfold(page, "Chiudi con il suo esito")
    page.select_option("[name=close-outcome]", "contract")
    press(page, "Chiudi")
    page.context.clear_cookies()
    page.goto(live_server.url + path.group(0))
    assert "Il laboratorio può martedì." in page.locator("main").inner_text()
    page.select_option("[name=rate-rating]", "5")
    press(page, "Valuta")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.outcome, ticket.rating) == ("closed", "contract", 5)
    assert ticket.contacted_at is not None


def private_link() -> str:
    """The address of the team's own page, out of the last letter."""
    path = re.search(r"/challenges/teams/\S+", mail.outbox[-1].body)
    assert path is not None
    return path.group(0)


def change_and_withdraw(live_server: Any, page: Any, axe: Any, challenge: Challenge, own: str) -> None:
    """One team changes its idea without an account; another comes and withdraws."""
    page.goto(live_server.url + own)
    axe()
    unfold(page, "Cambia l'idea")
    page.fill("[name=change-idea]", "Compost di quartiere e di valle")
    press(page, "Salva l'idea")
    assert "di valle" in mail.outbox[-1].body
    page.goto(f"{live_server.url}/challenges/{challenge.pk}/")
    unfold(page, "Partecipa con una squadra")
    for name, value in (("name", "Acqua"), ("email", "acqua@test.example"), ("members", "Carla"), ("idea", "Sete")):
        page.fill(f"[name=enter-{name}]", value)
    page.locator("form", has=page.locator("[name=enter-idea]")).get_by_role("button").click()
    page.wait_for_load_state()
    gone = private_link()
    page.goto(live_server.url + gone)
    press(page, "Ritira la squadra")
    assert "Acqua si è ritirata" in page.locator("h1").inner_text()
    axe()
    page.goto(live_server.url + gone)
    text = page.locator("main").inner_text()
    assert "Carla" not in text
    assert not page.locator("main form").count(), "the address of a withdrawn team does nothing"


def test_hackathon_from_call_to_follow_up(live_server: Any, page: Any, sign_in: Any, axe: Any) -> None:
    agency, juror = officer("agency_staff"), user("juror@test.example")
    sign_in(agency)
    page.goto(f"{live_server.url}/challenges/new/")
    today = make.today()
    page.select_option("[name=save-kind]", "hackathon")
    page.fill("[name=save-title]", "Climathon")
    page.fill("[name=save-text]", "Una città senza scarti")
    page.fill("[name=save-opens_on]", today.isoformat())
    page.fill("[name=save-closes_on]", (today + timedelta(days=9)).isoformat())
    page.fill("[name=save-follow_up_on]", (today + timedelta(days=90)).isoformat())
    axe()
    press(page, "Salva come bozza")
    press(page, "Aprila")
    unfold(page, "Nomina un membro della giuria")
    page.fill("[name=juror-email]", "juror@test.example")
    page.locator("form", has=page.locator("[name=juror-email]")).get_by_role("button").click()
    page.wait_for_load_state()
    challenge = Challenge.objects.get()
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/challenges/{challenge.pk}/")
    axe()
    unfold(page, "Partecipa con una squadra")
    page.fill("[name=enter-name]", "Compost")
    page.fill("[name=enter-email]", "team@test.example")
    page.fill("[name=enter-members]", "Nome Segreto")
    page.fill("[name=enter-idea]", "Compost di quartiere")
    page.locator("form", has=page.locator("[name=enter-idea]")).get_by_role("button").click()
    page.wait_for_load_state()
    team = Team.objects.get()
    own = private_link()
    change_and_withdraw(live_server, page, axe, challenge, own)
    team.refresh_from_db()
    assert team.idea == "Compost di quartiere e di valle"
    sign_in(agency)
    page.goto(f"{live_server.url}/challenges/{challenge.pk}/")
    assert not page.get_by_role("button", name="Chiudi e passa alla giuria").count(), "teams have nine days yet"
    unfold(page, "Un altro ultimo giorno per le squadre")
    page.fill("[name=closing-closes_on]", today.isoformat())
    page.fill("[name=closing-why]", "Ci sono tutte")
    press(page, "Sposta l'ultimo giorno")
    assert "Ci sono tutte" in mail.outbox[-1].body
    press(page, "Chiudi e passa alla giuria")
    page.context.clear_cookies()
    page.goto(live_server.url + own)
    assert not page.locator("main form").count(), "the jury reads: nothing changes any more"
    sign_in(juror)
    page.goto(f"{live_server.url}/challenges/{challenge.pk}/jury/")
    text = page.locator("main").inner_text()
    assert "Compost di quartiere" in text
    assert "Nome Segreto" not in text
    axe()
    for criterion in challenge.criteria:
        page.fill(f"[name=score-{team.pk}-{criterion['key']}]", "8")
    press(page, "Salva i punti")
    sign_in(agency)
    page.goto(f"{live_server.url}/challenges/{challenge.pk}/")
    press(page, "Calcola il risultato")
    unfold(page, "Che cosa ne è stato")
    page.select_option(f"[name=follow-{team.pk}-result]", "start_up")
    press(page, "Registra")
    challenge.refresh_from_db()
    team.refresh_from_db()
    assert (challenge.state, team.place, team.points) == ("closed", 1, 80.0)


def test_joint_stand_from_application_to_leads(live_server: Any, page: Any, sign_in: Any, axe: Any) -> None:
    home, firm = cluster("agrifood"), organisation("Firma S.r.l.", size_class="small")
    membership(firm, home)
    fair = make.fair(home)
    manager, login = manager_of(home), delegate_of(firm)
    sign_in(login)
    page.goto(f"{live_server.url}/fairs/{fair.pk}/")
    axe()
    page.fill("[name=apply-motive]", "Trovare distributori")
    page.fill("[name=apply-own_cost_eur]", "2000")
    press(page, "Fai domanda")
    application = FairApplication.objects.get()
    assert application.points == 25 + 25 + 20  # small, member, works in the field
    sign_in(manager)
    page.goto(f"{live_server.url}/fairs/{fair.pk}/")
    unfold(page, "Stand comune")
    page.fill("[name=stand-hall]", "Padiglione 5")
    page.fill("[name=stand-area_m2]", "40")
    page.locator("form", has=page.locator("[name=stand-hall]")).get_by_role("button").click()
    page.wait_for_load_state()
    press(page, "Accetta")
    assert not page.get_by_role("button", name="Ha partecipato").count(), "nobody went to what has not begun"
    Fair.objects.update(apply_by=make.today(), starts_on=make.today())
    page.reload()
    press(page, "Ha partecipato")
    axe()
    sign_in(login)
    page.goto(f"{live_server.url}/fairs/applications/{application.pk}/")
    page.fill("[name=lead-company]", "Handel GmbH")
    page.fill("[name=lead-country]", "de")
    press(page, "Annota il contatto")
    axe()
    lead = Lead.objects.get()
    unfold(page, "Che cosa ne è venuto")
    page.select_option(f"[name=lead-{lead.pk}-result]", "order")
    page.fill(f"[name=lead-{lead.pk}-value_eur]", "9000")
    press(page, "Registra")
    page.goto(f"{live_server.url}/fairs/{fair.pk}/")
    assert "11.000,00" in page.locator("main").inner_text()  # (10 000 + 2 000 x 0.5) / 1 lead
