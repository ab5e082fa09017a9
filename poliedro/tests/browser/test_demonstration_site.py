"""Journeys through the demonstration's site, in a browser, and an audit of every page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings

from poliedro.accounts.queries import DEMO_PASSWORD, demo_logins
from poliedro.reference.models import Load
from poliedro.registry.models import DataQualityFinding, Delegation, Organisation, Participation, Project

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The address of a site with the whole demonstration, built once for this module and taken out again."""
    from django.core.management import call_command
    from pytest_django.live_server_helper import LiveServer

    from poliedro.config.demonstration import build_everything
    from poliedro.registry.runs.network import run_network
    from poliedro.registry.runs.structure import run_structure
    from poliedro.shared.region import region

    with django_db_blocker.unblock(), override_settings(DEMO=True):
        try:
            build_everything(region())
            run_network(region(), "regional")
            run_structure("regional")
            server = LiveServer("localhost")
            yield server.url
            server.stop()
        finally:
            call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def partner_of_most(site: str) -> Organisation:
    """An organisation that has a project with others."""
    part = Participation.objects.known().order_by("pk").first()
    assert part is not None
    return part.organisation


def enter(page: Any, site: str, email: str) -> None:
    """Sign in with the one click that the demonstration offers."""
    page.context.clear_cookies()
    page.goto(f"{site}/accounts/login/")
    page.locator("li", has_text=email).get_by_role("button").click()
    page.wait_for_url(f"{site}/today/")


def public_pages(organisation: Organisation) -> list[str]:
    project = Participation.objects.known().filter(organisation=organisation).order_by("pk").first()
    assert project is not None
    return [
        "/",
        "/clusters/",
        "/clusters/agrifood/",
        "/clusters/agrifood/?on=2012-01-01",
        "/clusters/agrifood/members/",
        "/services/",
        "/services/plan/",
        "/clusters/agrifood/services/",
        "/clusters/agrifood/coverage/",
        "/clusters/agrifood/coverage/?on=2001-01-01",
        "/organisations/",
        "/organisations/?cluster=mesap&kind=enterprise",
        "/organisations/?q=nothing-has-this-name",
        f"/organisations/{organisation.pk}/",
        f"/projects/{project.project_id}/",
        "/ecosystem/",
        "/tables/",
        "/capacity/",
        "/participation/?cluster=mesap",
        "/contracts/",
        "/lineage/",
        "/lineage/?on=2012-01-01",
        "/network/",
        "/network/?kind=university&ties=2",
        "/network/ties/",
        "/network/ties/?cluster=agrifood",
        "/quality/",
        "/sources/",
        "/search/",
        "/search/?q=demo",
        "/search/?q=demoo",
        "/accessibility/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/nowhere/",
    ]


@pytest.mark.parametrize("width", [1280, 390])
def test_public_pages_pass_the_audit(site: str, page: Any, axe: Any, partner_of_most: Organisation, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in public_pages(partner_of_most):
        answer = page.goto(f"{site}{path}")
        assert answer.status == (404 if path == "/nowhere/" else 200), path
        page.locator("[data-chart]:not([data-drawn])").first.wait_for(state="detached")
        axe()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} scrolls sideways"
        assert page.locator("h1").count() == 1, path
        if width == 390:
            # What opens must pass as well; the marks beside figures open over the page, so they are left out.
            page.evaluate("document.querySelectorAll('main details:not(.mark)').forEach((d) => (d.open = true))")
            axe()


def test_pages_of_roles_pass_the_audit(site: str, page: Any, axe: Any) -> None:
    firm = Delegation.objects.known().order_by("pk").first()
    finding = DataQualityFinding.objects.order_by("pk").first()
    project = Project.objects.order_by("pk").first()
    assert firm is not None
    assert finding is not None
    assert project is not None
    for email, paths in {
        "manager.agrifood@demo.example": [
            "/today/",
            "/my/",
            "/clusters/agrifood/lists/",
            "/clusters/agrifood/services/desk/",
            "/clusters/agrifood/services/use/",
            "/clusters/agrifood/services/unmet/",
            "/clusters/agrifood/money/",
            "/clusters/agrifood/stress/",
            "/stress/",
            "/clusters/agrifood/staff/",
            "/clusters/agrifood/accounts/",
            "/accounts/email/",
            "/accounts/2fa/",
        ],
        "firm@demo.example": [
            "/my/",
            *(
                f"/organisations/{firm.organisation_id}/{page}/"
                for page in ("delegations", "statements", "was", "reads")
            ),
        ],
        "steward@demo.example": ["/matches/", f"/quality/{finding.pk}/explain/", f"/projects/{project.pk}/correct/"],
        "region@demo.example": [
            "/clusters/agrifood/name/",
            "/policy/",
            "/policy/nodes/ecosystem/",
            "/policy/indicators/member-firms/",
            "/policy/reports/",
            "/policy/mix/",
            "/policy/mix/?draft=voucher-first-steps",
            "/policy/s3/",
            "/policy/s3/?period=2014-20",
            "/policy/s3/reconciliation/",
            "/policy/objectives/",
        ],
        "auditor@demo.example": ["/audit/"],
    }.items():
        enter(page, site, email)
        for path in paths:
            answer = page.goto(f"{site}{path}")
            assert answer.status == 200, path
            axe()


@pytest.mark.both
def test_search_leads_to_an_organisation_and_on_to_its_partner(
    site: str, page: Any, partner_of_most: Organisation
) -> None:
    page.goto(site)
    page.fill("#ask", partner_of_most.name)
    page.locator("form.ask button").click()
    page.locator(".results a", has_text=partner_of_most.name).first.click()
    assert partner_of_most.name in page.locator("h1").inner_text()
    page.locator("a[href^='/projects/']").first.click()
    partners = page.locator("main a[href^='/organisations/']")
    names = [n for n in partners.all_inner_texts() if n != partner_of_most.name]
    assert names
    page.locator("main a", has_text=names[0]).first.click()
    assert names[0] in page.locator("h1").inner_text()


@pytest.mark.both
def test_cluster_page_is_reached_and_speaks_of_another_day(site: str, page: Any) -> None:
    page.goto(f"{site}/clusters/")
    page.get_by_role("link", name="Polo Agrifood").first.click()
    today = page.locator(".figure-card .figure-value").first.inner_text()
    page.goto(f"{page.url}?on=2011-06-30")
    assert page.locator(".figure-card .figure-value").first.inner_text() != today


@pytest.mark.both
def test_facet_narrows_the_list_and_its_chip_widens_it(site: str, page: Any) -> None:
    page.goto(f"{site}/organisations/")
    everybody = page.locator("h1").inner_text()
    page.locator(".facets a", has_text="Polo Agrifood").click()
    assert page.locator("h1").inner_text() != everybody
    assert "cluster=agrifood" in page.url
    page.locator(".chips a", has_text="Polo Agrifood").click()
    assert page.locator("h1").inner_text() == everybody


def test_language_changes_and_stays(site: str, page: Any) -> None:
    page.goto(f"{site}/clusters/")
    assert page.locator("html").get_attribute("lang") == "it"
    page.get_by_role("button", name="English").click()
    page.wait_for_url(f"{site}/clusters/")
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto(f"{site}/tables/")
    assert "Table 4.1" in page.locator("main").inner_text()


def test_all_by_keyboard_from_the_top_of_the_page(site: str, page: Any) -> None:
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "ask"


REFUSED = {
    "cluster_manager": ["/matches/", "/audit/"],
    "delegate": ["/clusters/agrifood/lists/", "/matches/", "/audit/"],
    "regional_officer": ["/clusters/agrifood/lists/", "/audit/"],
    "funding_officer": ["/clusters/agrifood/lists/", "/matches/", "/audit/"],
    "agency_staff": ["/clusters/agrifood/lists/", "/audit/"],
    "coach": ["/clusters/agrifood/lists/", "/matches/", "/audit/"],
    "evaluator": ["/clusters/agrifood/lists/", "/matches/", "/audit/"],
    "fdi_officer": ["/clusters/agrifood/lists/", "/matches/", "/audit/"],
    "data_steward": ["/audit/"],
    "auditor": ["/clusters/agrifood/lists/", "/matches/"],
}


@pytest.mark.both
def test_each_role_enters_and_is_refused_what_is_not_its_own(site: str, page: Any) -> None:
    for login in demo_logins():
        enter(page, site, login.email)
        assert page.goto(f"{site}/my/").status == 200
        assert page.locator("main li").count() > 0, f"{login.role} sees none of its roles"
        for path in REFUSED[login.role]:
            assert page.goto(f"{site}{path}").status == 403, f"{login.role} reaches {path}"
            assert page.locator("h1").count() == 1


def test_manager_is_refused_the_lists_of_another_cluster(site: str, page: Any) -> None:
    enter(page, site, "manager.mesap@demo.example")
    assert page.goto(f"{site}/clusters/mesap/lists/").status == 200
    assert page.goto(f"{site}/clusters/agrifood/lists/").status == 403


def test_nobody_signed_in_is_sent_to_the_sign_in_page(site: str, page: Any) -> None:
    page.goto(f"{site}/my/")
    assert "/accounts/login/" in page.url
    page.locator("#id_login").fill("region@demo.example")
    page.locator("#id_password").fill(DEMO_PASSWORD)
    page.locator("main form.form button").click()
    page.wait_for_url(f"{site}/my/")


def test_synthetic_data_wear_a_banner(site: str) -> None:
    assert Load.objects.exists()
    for path in ("/", "/clusters/", "/clusters/agrifood/", "/organisations/", "/tables/"):
        assert b"banner-synthetic" in Client().get(path, headers={"host": "localhost"}).content, path
