"""A data steward corrects a project in the browser; a wrong day is refused at its field, and what was known stays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from factories import officer, source

from poliedro.registry.models import Project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.both]


def test_steward_corrects_a_project_and_what_was_known_stays(
    live_server: Any, page: Any, sign_in: Any, axe: Any
) -> None:
    made = Project.objects.create(
        scheme="regional", number="P1", title="Prova", total_cost_eur=100, starts_on=date(2020, 2, 1),
        source=source(), certainty="reported",
    )  # fmt: skip
    sign_in(officer("data_steward"))
    page.goto(f"{live_server.url}/projects/{made.pk}/")
    page.locator(f"a[href='/projects/{made.pk}/correct/']").click()
    page.wait_for_url("**/correct/")
    axe()
    page.fill("[name=ends_on]", "2020-01-01")
    page.fill("[name=total_cost_eur]", "60")
    page.locator("main form.form button").click()
    page.wait_for_load_state()
    assert page.locator("[name=ends_on]").get_attribute("aria-invalid") == "true"
    axe()
    made.refresh_from_db()
    assert made.total_cost_eur == Decimal(100)

    page.fill("[name=ends_on]", "2021-01-31")
    page.locator("main form.form button").click()
    page.wait_for_url(f"**/projects/{made.pk}/")
    made.refresh_from_db()
    assert (made.total_cost_eur, made.ends_on) == (Decimal(60), date(2021, 1, 31))
    page.goto(f"{live_server.url}/projects/{made.pk}/correct/")
    known = page.locator("main ul.results li").all_inner_texts()
    assert "60,00" in known[0]
    assert "100,00" in known[1]
