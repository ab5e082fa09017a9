"""A regional officer runs a campaign to sign-off and publishes the report; each screen is audited on the way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from factories import cluster, manager_of, membership, officer, organisation

from poliedro.monitoring.models import CampaignReply
from poliedro.monitoring.services.lifecycle import run_life_cycles
from poliedro.registry.models import ReportedFigure
from poliedro.reports.models import Report

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_campaign_from_question_to_sign_off_and_the_report_published(
    live_server: Any, page: Any, sign_in: Any, axe: Any, settings: Any, tmp_path: Any
) -> None:
    settings.VAR = tmp_path
    found = cluster("agrifood", name="Polo Agrifood")
    for i in range(8):
        membership(organisation(f"Alfa {i} S.r.l."), found, date(2012 + i, 3, 1))
    manager, region = manager_of(found), officer("regional_officer")
    run_life_cycles()
    year = timezone.localdate().year - 1

    sign_in(region)
    page.goto(f"{live_server.url}/cockpit/")
    axe()
    page.goto(f"{live_server.url}/cockpit/campaigns/new/")
    axe()
    page.fill("[name=title_it]", "Dati annuali")
    page.fill("[name=year]", str(year))
    page.fill("[name=due_on]", f"{timezone.localdate() + timedelta(days=20):%Y-%m-%d}")
    page.check("[name=figures][value=members]")
    page.locator("main form button").last.click()
    page.wait_for_url("**/cockpit/campaigns/*dati-annuali/")
    axe()
    page.locator("form[action$='/open/'] button").click()
    page.wait_for_load_state()
    assert CampaignReply.objects.get().state == "asked"

    sign_in(manager)
    page.goto(f"{live_server.url}/today/")
    page.locator("main a.button[href*='/campaigns/']").first.click()
    axe()
    assert page.input_value("[name=value_members]") == "8"  # filled in from the register
    page.fill("[name=value_members]", "otto")
    page.locator("button[name=submit]").click()
    page.wait_for_load_state()
    assert "otto" in page.locator(".note.is-error").inner_text() or page.locator(".field.is-wrong").count() == 1
    page.fill("[name=value_members]", "9")
    page.locator("button[name=submit]").click()
    page.wait_for_url("**/clusters/agrifood/campaigns/")

    sign_in(region)
    page.goto(f"{live_server.url}/today/")
    page.locator("main a.button[href*='/cockpit/campaigns/']").first.click()
    axe()
    page.locator("button[name=sign]").click()
    page.wait_for_url("**/cockpit/campaigns/*dati-annuali/")
    assert ReportedFigure.objects.get(indicator="members").value == 9
    page.locator("form[action$='/close/'] button").click()
    page.wait_for_load_state()

    page.goto(f"{live_server.url}/cockpit/value-report/")
    axe()
    page.fill("[name=year]", str(year))
    page.locator("main form button").last.click()
    page.wait_for_url("**/cockpit/value-report/*/")
    axe()
    page.fill("[name=foreword]", "Che cosa aggiungono i poli.")
    page.locator("details form button").first.click()
    page.wait_for_load_state()
    page.locator("form[action$='/publish/'] button").click()
    page.wait_for_url(f"**/value-report/{year}/")
    axe()
    assert "Che cosa aggiungono i poli." in page.locator("main").inner_text()
    assert Report.objects.get().state == "published"
    page.goto(f"{live_server.url}/answers/{ReportedFigure.objects.get(indicator='members').campaign_answer.pk}/")
    axe()
    page.goto(f"{live_server.url}/clusters/agrifood/life-cycle/")
    axe()
