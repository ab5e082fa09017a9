"""Fixtures of every test. The network is shut, warnings and undefined template variables fail, the order is random."""

from __future__ import annotations

import functools
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as property_settings

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps a loop in the test's thread

# How fast examples are made says how busy the machine is, not whether a property holds. The same examples each time, so
# that a change is judged by what it changes; `make explore` draws others.
property_settings.register_profile(
    "poliedro", suppress_health_check=[HealthCheck.too_slow], derandomize="POLIEDRO_EXPLORE" not in os.environ
)
property_settings.load_profile("poliedro")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the run's own folder away."""
    from django.conf import settings

    if settings.configured:
        shutil.rmtree(settings.VAR, ignore_errors=True)


# Note [A database that was migrated before]
# Running all migrations takes most of a short run's time. On SQLite the first run keeps a copy of its fresh database,
# named by everything that made it: the text of all migrations and the versions of all packages. Later runs start from
# the copy; `migrate` then finds nothing to do.
def _template() -> Path | None:
    """Where the copy lies; None on another database."""
    import hashlib
    import tempfile
    from importlib.metadata import distributions
    from importlib.util import find_spec

    from django.conf import settings

    if not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return None
    made_of = hashlib.sha256()
    for line in sorted(f"{d.metadata['Name']}=={d.version}" for d in distributions()):
        made_of.update(line.encode())
    root = Path(find_spec("poliedro").origin).parent  # type: ignore[union-attr,arg-type]
    beside = [root / "config" / "settings.py", root / "shared" / "migrating.py"]
    for path in sorted([*root.glob("*/migrations/**/*.py"), *beside]):
        made_of.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return Path(tempfile.gettempdir()) / f"poliedro-test-{os.getuid()}" / "templates" / f"{made_of.hexdigest()}.sqlite3"


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """Whether the test database begins as a copy. See Note [A database that was migrated before]."""
    from django.conf import settings

    template = _template()
    if template is None or not template.exists():
        return False
    shutil.copyfile(template, settings.DATABASES["default"]["TEST"]["NAME"])
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_keepdb: bool, django_db_blocker: Any) -> Iterator[None]:
    """Keep a copy of the fresh database. See Note [A database that was migrated before]."""
    template = _template()
    if template is not None and not django_db_keepdb:
        from django.db import connection

        template.parent.mkdir(parents=True, exist_ok=True)
        beside = template.with_name(f"{template.name}.{os.getpid()}.part")
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(beside)])
        beside.replace(template)
    yield
    with django_db_blocker.unblock():
        _end_other_sessions()


# Note [What the second database has no say in]
# A test that opens no database gives the same answer beside any. The run on PostgreSQL leaves those out: the run on
# SQLite has made them already. So it does with long ones that say so (`one_database`). They are counted as deselected.
OPENS_A_DATABASE = {"db", "transactional_db", "live_server", "django_db_setup", "django_db_serialized_rollback"}


@pytest.hookimpl(trylast=True)  # after they were shuffled
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """See Note [What the second database has no say in] and Note [Long files first]."""
    from django.conf import settings

    items.sort(key=_turn)
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return
    left_out = [
        item
        for item in items
        if item.get_closest_marker("one_database") is not None
        or (
            item.get_closest_marker("django_db") is None
            and item.get_closest_marker("own_database") is None
            and OPENS_A_DATABASE.isdisjoint(getattr(item, "fixturenames", ()))
        )
    ]
    config.hook.pytest_deselected(items=left_out)
    beside = set(map(id, left_out))
    items[:] = [item for item in items if id(item) not in beside]


# Note [Long files first]
# Processes share the tests out by file (`--dist loadfile`), so that what a file sets up once (a site with the whole
# demonstration, tables of real data) is set up once. Groups that go over files do nothing beside pytest 9.2, without a
# word (pytest-xdist, issue 1386). A long file that came last would leave the other processes idle: long ones say `slow`
# and come first, among those whose rows are rolled back, those that empty the tables, and those without a database.
EMPTIES_TABLES = {"transactional_db", "live_server", "page"}


def _turn(item: pytest.Item) -> tuple[int, bool]:
    """See Note [Long files first]."""
    fixtures = set(getattr(item, "fixturenames", ()))
    mark = item.get_closest_marker("django_db")
    quick = item.get_closest_marker("slow") is None
    if EMPTIES_TABLES & fixtures or (mark is not None and mark.kwargs.get("transaction")):
        return 1, quick
    return (2 if mark is None and "db" not in fixtures else 0), quick


# Note [Sessions left behind]
# PostgreSQL refuses to drop a database while somebody is connected. The live server answers each request of the browser
# in a thread of its own, and a request that the browser gave up may still hold its connection when the tests are over.
def _end_other_sessions() -> None:
    """See Note [Sessions left behind]."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


# Note [Emptying tables that refuse to be emptied]
# A test with transactions of its own is followed by DELETE FROM every table. On SQLite that meets the triggers which
# keep frozen rows: they step aside for it. PostgreSQL truncates, which asks no trigger of rows.
@pytest.fixture(scope="session", autouse=True)
def tables_can_be_emptied() -> Iterator[None]:
    # Through its base: on PostgreSQL nothing loaded it before, and `operations` by itself goes round in a circle.
    from django.db.backends.sqlite3.base import DatabaseOperations

    empty = DatabaseOperations.execute_sql_flush

    def without_triggers(operations: Any, statements: list[str]) -> None:
        with operations.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%'")
            kept = cursor.fetchall()
        empty(
            operations, [*(f"DROP TRIGGER {name}" for name, _sql in kept), *statements, *(sql for _name, sql in kept)]
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", without_triggers)
        yield


@pytest.fixture(scope="session", autouse=True)
def every_pdf_can_be_read_aloud() -> Iterator[None]:
    """Each PDF that a test makes, on whatever page, is read as a screen reader reads it; what keeps it from being read
    well fails the test (the walk opens every page that makes one)."""
    from pdf_tags import complaints

    from poliedro.shared import paper

    made = paper._printed
    # Known gap: WeasyPrint tags a table that goes over a page as two, the second without its head. Pages whose tables
    # may do so say it (data-tables-break): a quarter's report of the policy.
    broken = {"a table without headers", "read in another order than the page"}

    def read_aloud(page: str, styles: Sequence[Path]) -> bytes:
        pdf = made(page, styles)
        said = re.search(r'<html[^>]*\blang="?([\w-]+)', page)
        faults = complaints(pdf, said.group(1) if said else "(none stated)", page)
        faults = [f for f in faults if "data-tables-break" not in page or f not in broken]
        assert not faults, f"a PDF cannot be read aloud well: {'; '.join(faults)}; it begins {page[:200]!r}"
        return pdf

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper, "_printed", read_aloud)
        yield


@pytest.fixture
def real_data() -> Path:
    """The folder of real open data; the test is skipped, visibly, where there is none."""
    folder = os.environ.get("POLIEDRO_DATA")
    if not folder:
        pytest.skip("needs real open data: set POLIEDRO_DATA")
    return Path(folder)


@pytest.fixture(autouse=True)
def in_the_sites_language() -> Iterator[None]:
    """A request leaves its language behind in the thread; each test begins in the site's own."""
    from django.conf import settings
    from django.utils import translation

    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def in_english(in_the_sites_language: None) -> Iterator[None]:
    """Messages in the language of the source, whatever the site's."""
    from django.utils import translation

    with translation.override("en"):
        yield


def then_read(act: Callable[..., Any]) -> Callable[..., Any]:
    """The action, done only when the document it led to is read.

    Playwright's click waits until the next page begins to arrive, so what counts its elements at once may count none.
    """

    @functools.wraps(act)
    def acted(self: Any, *args: Any, **more: Any) -> None:
        act(self, *args, **more)
        tab = getattr(self, "page", self)
        if not tab.is_closed():
            tab.wait_for_load_state("domcontentloaded")

    return acted


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium of the system, one a session."""
    from playwright.sync_api import Locator, Page, sync_playwright

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
        with pytest.MonkeyPatch.context() as patched:
            for of in (Locator, Page):
                for name in ("click", "press"):
                    patched.setattr(of, name, then_read(getattr(of, name)))
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
    # Chromium, and htmx after it, report each answer of 400 and above so; refusals (403, 404) and forms that came with
    # faults (422) are answers that the journeys ask for. Whatever else they say is a fault of the page.
    reports = r"Failed to load resource: the server responded with a status of|Response Status Error Code"
    asked_for = re.compile(rf"({reports}) (403|404|422)\b")
    unexpected = [e for e in errors if not asked_for.match(e)]
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

    script = Axe().axe_script
    # What passed is not described one element by another: that takes half of the time.
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], "resultTypes": ["violations"]}

    def audit() -> None:
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(script)
        found = page.evaluate("(rules) => axe.run(document, rules).then((found) => found.violations)", rules)
        faults = [f"{v['id']}: {v['help']} at {[n['target'] for n in v['nodes']][:3]}" for v in found]
        assert not faults, f"{page.url}: {faults}"

    return audit
