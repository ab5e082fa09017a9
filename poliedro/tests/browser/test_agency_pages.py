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
