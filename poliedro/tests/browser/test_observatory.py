"""The observatory in a browser: every page audited, and driven as a reader and as the region would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from panel import load_panel

from poliedro.evidence.models import PortfolioOption

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = (
    "",
    "specialisation/",
    "space/?industry=C29",
    "options/",
    "variety/",
    "complexity/",
    "partners/",
    "between/",
    "what-if/",
    "productivity/",
    "region/",
    "runs/",
)


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with the demonstration's clusters, a small table of regions, and every analysis run."""
    from django.core.management import call_command
    from pytest_django.live_server_helper import LiveServer

    from poliedro.evidence.runs.catalogue import ANALYSES
    from poliedro.evidence.services.runs import run_analysis
    from poliedro.registry.services.demo_logins import create_demo_logins
    from poliedro.registry.services.demonstration import build_demonstration
    from poliedro.shared.region import region

    folder: Path = tmp_path_factory.mktemp("panel")
    with django_db_blocker.unblock(), override_settings(DEMO=True):
        try:
            build_demonstration(region())
            create_demo_logins()
            load_panel(folder)
            for key in ANALYSES:
                run_analysis(key=key)
            server = LiveServer("localhost")
            yield server.url
            server.stop()
        finally:
            call_command("flush", interactive=False, verbosity=0)


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_passes_the_audit(site: str, page: Any, axe: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for address in PAGES:
        page.goto(f"{site}/observatory/{address}")
        axe()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{address} is {wide} wide on a screen of {width}"


def test_keyboard_leads_through_the_industry_space_by_its_table(site: str, page: Any) -> None:
    page.goto(f"{site}/observatory/space/")
    summary = page.locator("#chart-industry-space summary")
    summary.focus()
    page.keyboard.press("Enter")
    link = page.locator("#chart-industry-space table a").first
    link.focus()
    label = link.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/observatory/space/?industry=*")
    assert page.get_by_role("heading", level=2).filter(has_text=label).count() == 1


def test_reader_goes_from_overview_to_options_of_another_region_and_its_run(site: str, page: Any) -> None:
    page.goto(f"{site}/observatory/")
    page.locator("select[name=region]").select_option("FRL0")
    page.locator("form.choices button").click()
    page.wait_for_url("**region=FRL0*")
    page.locator(".doors a").nth(2).click()
    page.wait_for_url("**/observatory/options/?region=FRL0")
    page.locator("#chart-quadrants canvas").wait_for()
    page.locator("a[href*='/observatory/runs/']").last.click()
    assert "SHA-256" in page.locator("main").inner_text()


def test_region_takes_an_option_up_and_moves_it_on(site: str, page: Any) -> None:
    page.goto(f"{site}/accounts/login/")
    page.locator("li", has_text="region@").get_by_role("button").click()
    page.wait_for_url(f"{site}/today/")
    page.goto(f"{site}/observatory/options/")
    page.locator("#follow-activity").select_option("C13")
    page.locator("#follow-text").fill("beside metal")
    page.locator("#follow-activity").locator("xpath=ancestor::form").get_by_role("button").click()
    section = page.locator("section.note", has_text="beside metal")
    section.wait_for()
    section.locator("select").select_option("pursued")
    section.get_by_role("button").click()
    page.wait_for_load_state()
    assert PortfolioOption.objects.get(activity="C13").state == "pursued"
