"""Every page of the agency and of joint work on a desk and on a phone: alive, accessible, nothing cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from factories import cluster, manager_of, officer

from poliedro.shared.region import region
from poliedro.support.models import (
    CoachingCase,
    Course,
    IncentiveFormula,
    JointProgramme,
    KnowledgeItem,
    NeedCard,
    Roundtable,
    SharedService,
)
from poliedro.support.services.demonstration.agency import build_agency

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture
def people(settings: Any, tmp_path: Path) -> dict[str, Any]:
    """The agency's demonstration on six clusters, and those who use it."""
    settings.VAR = tmp_path
    clusters = [cluster(key) for key in ("agrifood", "mesap", "biopmed", "clever", "ict", "textile")]
    found = {"manager": manager_of(clusters[0], "manager.agrifood@demo.example")}
    manager_of(clusters[1], "manager.mesap@demo.example")
    for other in clusters[2:]:
        manager_of(other, f"{other.key}@test.example")
    for name, function in (
        ("coach", "coach"), ("agency", "agency_staff"), ("region", "regional_officer"), ("funding", "funding_officer"),
        ("evaluator", "evaluator"),
    ):  # fmt: skip
        found[name] = officer(function, f"{name}@demo.example")
    build_agency(region(), None)
    return found


def pages_of() -> dict[str, list[str]]:
    case, need = CoachingCase.objects.get(), NeedCard.objects.filter(cases__isnull=False).get()
    courses = list(Course.objects.order_by("pk").values_list("pk", flat=True))
    item = KnowledgeItem.objects.filter(audience="public").order_by("pk")[0]
    return {
        "manager": ["/agency/", "/agency/courses/", f"/agency/courses/{courses[0]}/", "/agency/colleagues/",
                    "/in-confidence/", "/in-confidence/grid/", f"/in-confidence/needs/{need.pk}/",
                    f"/in-confidence/cases/{case.pk}/", "/joint/services/",
                    f"/joint/services/{SharedService.objects.order_by('pk')[0].pk}/", "/privacy/mine/"],
        "coach": ["/agency/demand/", f"/agency/courses/{courses[0]}/run/", "/agency/courses/new/"],
        "agency": ["/agency/suggestions/", "/agency/capability/", "/agency/contacts/", "/conflicts/", "/library/",
                   f"/library/{item.pk}/", "/library/?problem=micro+imprese+visite", "/library/new/", "/today/",
                   "/joint/calendar/"],
        "region": ["/joint/", f"/joint/{JointProgramme.objects.get().pk}/", "/joint/roundtables/",
                   f"/joint/roundtables/{Roundtable.objects.order_by('pk')[0].pk}/", "/joint/incentives/",
                   f"/joint/incentives/{IncentiveFormula.objects.order_by('pk')[0].pk}/"],
        "funding": ["/conflicts/", "/conflicts/mine/"],
    }  # fmt: skip


def test_each_page_is_alive_accessible_and_fits_a_phone(
    live_server: Any, page: Any, sign_in: Any, axe: Any, people: dict[str, Any]
) -> None:
    for name, addresses in pages_of().items():
        sign_in(people[name])
        for address in addresses:
            page.set_viewport_size(DESK)
            assert page.goto(f"{live_server.url}{address}").status == 200, address
            axe()
            assert len(page.locator("main").inner_text()) > 150, f"{address} has nothing to say"
            page.set_viewport_size(PHONE)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"], f"{address} is {width} pixels wide on a phone"


def test_an_incentive_is_simulated_approved_and_paid_and_a_person_reads_and_erases_what_is_held(
    live_server: Any, page: Any, sign_in: Any, people: dict[str, Any]
) -> None:
    site = live_server.url
    sign_in(people["region"])
    page.set_viewport_size(PHONE)
    page.goto(f"{site}/joint/incentives/")
    page.locator("details:has([name=title]) summary").click()
    for name, value in (("title", "Premio di prova"), ("starts_on", "2024-01-01"), ("ends_on", "2025-01-01"),
                        ("budget_eur", "1000"), ("amount_joint_services", "10.01"), ("amount_cross_projects", "5"),
                        ("amount_new_micro_members", "1")):  # fmt: skip
        page.fill(f"[name={name}]", value)
    page.locator("form:has([name=title]) button").click()
    page.wait_for_load_state()
    for step in ("simulate", "approve", "pay"):
        page.locator(f"form:has([name=do][value={step}]) button").click()
        page.wait_for_load_state()
    formula = IncentiveFormula.objects.get(title="Premio di prova")
    assert [p.kind for p in formula.payouts.all()] == ["paid", "simulated"], "both are kept"
    assert page.locator("[name=do]").count() == 0, "it is paid once"

    sign_in(people["manager"])
    copy = page.context.request.get(f"{site}/privacy/mine/copy.json")
    assert "attachment" in copy.headers["content-disposition"]
    assert copy.json()["login"], "the copy says with what the person signs in"
    page.goto(f"{site}/privacy/mine/")
    page.locator("details:has(form[action$='/erase/']) summary").click()
    page.locator("form[action$='/erase/'] button").click()
    page.wait_for_load_state()
    assert "I tuoi dati sono cancellati" in page.locator("main").inner_text()
    people["manager"].refresh_from_db()
    assert not people["manager"].is_active
