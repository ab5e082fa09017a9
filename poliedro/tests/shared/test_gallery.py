from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.django_db


def test_gallery_is_for_builders_only(client: Any) -> None:
    assert client.get("/shared/gallery/").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_components_pass_the_audit(live_server: Any, page: Any, axe: Any, settings: Any, width: int) -> None:
    settings.DEBUG = True
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{live_server.url}/shared/gallery/")
    page.locator("[data-chart]:not([data-drawn])").first.wait_for(state="detached")
    axe()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"


@pytest.mark.browser
def test_figure_mark_opens_by_keyboard_and_closes_with_escape(live_server: Any, page: Any, settings: Any) -> None:
    settings.DEBUG = True
    page.goto(f"{live_server.url}/shared/gallery/")
    mark = page.locator("table.data details.mark summary").first
    mark.focus()
    page.keyboard.press("Enter")
    body = page.locator("table.data details.mark .mark-body").first
    body.wait_for(state="visible")
    assert "Dimostrazione" in body.inner_text()
    page.keyboard.press("Escape")
    body.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


@pytest.mark.browser
@pytest.mark.parametrize(("kind", "start"), [("csv", b'\xef\xbb\xbf"Cluster"'), ("png", b"\x89PNG"), ("svg", b"<svg")])
def test_charts_are_downloaded(live_server: Any, page: Any, settings: Any, kind: str, start: bytes) -> None:
    settings.DEBUG = True
    page.goto(f"{live_server.url}/shared/gallery/")
    button = page.locator(f"#chart-sample-0 [data-save={kind}]")
    button.wait_for(state="visible")
    with page.expect_download() as waited:
        button.click()
    assert waited.value.suggested_filename == f"sample-0.{kind}"
    with open(waited.value.path(), "rb") as file:
        assert file.read(len(start)) == start


@pytest.mark.browser
def test_menu_opens_on_a_phone(live_server: Any, page: Any, settings: Any) -> None:
    settings.DEBUG = True
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{live_server.url}/shared/gallery/")
    link = page.locator("#menu a").first
    assert not link.is_visible()
    page.get_by_role("button", name="Menu").click()
    link.wait_for(state="visible")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_groups_of_the_menu_open_and_close_by_key_and_lie_over_the_page_one_at_a_time(
    live_server: Any, page: Any, settings: Any, width: int
) -> None:
    settings.DEBUG = True
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{live_server.url}/shared/gallery/")
    if width == 390:
        page.get_by_role("button", name="Menu").click()
    first, second = page.locator("#menu .dropdown-toggle").nth(0), page.locator("#menu .dropdown-toggle").nth(1)
    inside = page.locator("#menu-1 a").first
    assert not inside.is_visible()
    first.press("Enter")
    assert inside.is_visible()
    assert first.get_attribute("aria-expanded") == "true"
    second.click()
    assert inside.is_visible() == (width == 390)  # on a phone they push each other down, so each stays as it is
    assert page.locator("#menu-2 a").first.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert not page.locator("#menu-2 a").first.is_visible()
    assert second.evaluate("b => b === document.activeElement")


@pytest.mark.browser
def test_pages_read_without_script(live_server: Any, browser: Any, settings: Any) -> None:
    settings.DEBUG = True
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    tab = context.new_page()
    tab.goto(f"{live_server.url}/shared/gallery/")
    assert tab.locator("#menu a").first.is_visible()
    chart = tab.locator("#chart-sample-0")
    chart.locator("summary", has_text="").first.click()
    assert "Epsilon" in chart.inner_text()
    context.close()
