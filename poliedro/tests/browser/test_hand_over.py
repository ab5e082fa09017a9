"""An incubator hands a start-up over, the start-up confirms it on a phone, the cluster settles what is its own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from factories import cluster, delegate_of, manager_of, organisation, source

from poliedro.registry.models import HandOverItem, IncubateeSpell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_start_up_is_handed_from_its_incubator_to_a_cluster(
    live_server: Any, page: Any, sign_in: Any, axe: Any
) -> None:
    home, incubator = cluster("agrifood", name="Agrifood"), organisation("Incubatore Prova", kind="incubator")
    firm, leaves = organisation("Nuova S.r.l.", kind="start_up"), timezone.localdate() + timedelta(days=30)
    IncubateeSpell.objects.create(
        organisation=firm, incubator=incubator, valid_from=date(2024, 1, 1), valid_to=leaves, source=source(),
        certainty="reported",
    )  # fmt: skip
    keeper, founder = delegate_of(incubator, "keeper@test.example"), delegate_of(firm, "founder@test.example")
    manager, site = manager_of(home), live_server.url

    sign_in(keeper)
    page.goto(f"{site}/today/")
    page.get_by_role("link", name="Passaggio di Nuova S.r.l.", exact=True).click()
    axe()
    page.locator("summary", has_text="Cominciare il passaggio").click()
    page.get_by_role("button", name="Aprire una lista").click()
    page.get_by_label("Agrifood").check()
    page.get_by_role("button", name="Proporre questi").click()
    item = page.locator("#cluster")
    item.locator("summary").click()
    item.get_by_label("Chi se ne occupa").select_option("cluster:agrifood")
    axe()
    item.get_by_role("button").last.click()
    page.get_by_role("button", name="Passa le consegne").click()

    sign_in(founder)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site}/today/")
    page.get_by_role("link", name="Confermare il passaggio da Incubatore Prova", exact=True).click()
    assert "Agrifood" in page.locator("main .note").first.inner_text()
    axe()
    page.get_by_role("button", name="Confermare il passaggio").click()

    sign_in(manager)
    page.goto(f"{site}/today/")
    page.get_by_role("link", name="Il polo della sua filiera la conosce", exact=True).click()
    assert "Nuova S.r.l." in page.locator("h1").inner_text()
    axe()
    mine = page.locator("#cluster")
    mine.locator("summary").click()
    mine.get_by_label("Nota").fill("Incontrata in sede")
    mine.get_by_role("button").last.click()
    page.locator("#cluster", has_text="Incontrata in sede").wait_for()
    assert HandOverItem.objects.known().get(key="cluster").state == "done"
