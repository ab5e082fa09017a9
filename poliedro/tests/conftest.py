"""Fixtures of every test. The network is shut, warnings and undefined template variables fail, the order is random."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps a loop in the test's thread


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the run's own folder away."""
    from django.conf import settings

    if settings.configured:
        shutil.rmtree(settings.VAR, ignore_errors=True)


@pytest.fixture
def real_data() -> Path:
    """The folder of real open data; the test is skipped, visibly, where there is none."""
    folder = os.environ.get("POLIEDRO_DATA")
    if not folder:
        pytest.skip("needs real open data: set POLIEDRO_DATA")
    return Path(folder)


@pytest.fixture
def in_english() -> Iterator[None]:
    """Messages in the language of the source, whatever the site's."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium of the system, one a session."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("POLIEDRO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.fail("Chromium is missing; install it (Debian: apt-get install chromium) or set POLIEDRO_CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh page, Italian, desktop; errors on the console fail the test."""
    context = browser.new_context(locale="it-IT", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield tab
    context.close()
    unexpected = [e for e in errors if "403" not in e and "404" not in e]
    assert not unexpected, f"the browser's console shows {unexpected}"


@pytest.fixture
def sign_in(live_server: Any, page: Any) -> Any:
    """sign_in(user): gives the page a session of that user."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    def enter(user: Any) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}]
        )

    return enter


@pytest.fixture
def axe(page: Any) -> Any:
    """axe(): audits the page that is open; fails with what an automated audit finds."""
    from axe_core_python.sync_playwright import Axe

    auditor = Axe()

    def audit() -> None:
        found = auditor.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})
        faults = [f"{v['id']}: {v['help']} at {[n['target'] for n in v['nodes']][:3]}" for v in found["violations"]]
        assert not faults, f"{page.url}: {faults}"

    return audit
