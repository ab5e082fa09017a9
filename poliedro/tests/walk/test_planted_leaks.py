"""Leaks planted on purpose are each caught: a view, a search entry, an export column, a history row."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from support_samples import coaching_case, provider
from walk.harness import leaks_in, routes, walk
from walk.world import World, build_world

from poliedro.registry.rules.permissions import Form
from poliedro.shared.access import needs, public, signed_in
from poliedro.shared.models import Job, SearchEntry
from poliedro.shared.search import Entry, index
from poliedro.support.models import CoachingCase
from poliedro.support.services.sealed import open_text

pytestmark = pytest.mark.django_db
WORDS = "zweifelkasse"


def _goal() -> str:
    return open_text(CoachingCase.objects.get().goal)


@signed_in
def a_page_that_tells(request: Any) -> HttpResponse:
    return HttpResponse(_goal())


@needs("support.view_joint_work")
def an_export_with_a_column_too_many(request: Any) -> HttpResponse:
    return HttpResponse(f"cluster;goal\nagrifood;{_goal()}\n", content_type="text/csv")


@needs("support.view_joint_work")
def a_document_with_a_line_too_many(request: Any) -> HttpResponse:
    from weasyprint import HTML

    return HttpResponse(HTML(string=f"<p>Cases</p><p>{_goal()}</p>").write_pdf(), content_type="application/pdf")


@needs("support.view_joint_work")
def a_workbook_with_a_sheet_too_many(request: Any) -> HttpResponse:
    from openpyxl import Workbook

    book, kept = Workbook(), io.BytesIO()
    book.create_sheet("notes").append([_goal()])
    book.save(kept)
    return HttpResponse(kept.getvalue(), content_type="application/vnd.openxmlformats")


def a_page_without_a_rule(request: Any) -> HttpResponse:
    return HttpResponse("open to all")


@public
def a_page_that_lets_in_too_many(request: Any) -> HttpResponse:
    return HttpResponse("")


urlpatterns = [
    path("planted/page/", a_page_that_tells, name="planted_page"),
    path("planted/export.csv", an_export_with_a_column_too_many, name="planted_export"),
    path("planted/paper.pdf", a_document_with_a_line_too_many, name="planted_pdf"),
    path("planted/book.xlsx", a_workbook_with_a_sheet_too_many, name="planted_xlsx"),
    path("planted/ruleless/", a_page_without_a_rule, name="planted_ruleless"),
    path("planted/<int:pk>/", a_page_that_lets_in_too_many, name="planted_sampleless"),
    path("", include("poliedro.config.urls")),
]


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> World:
    settings.VAR, settings.ROOT_URLCONF = tmp_path, __name__
    made = build_world()
    words = made.keep_secret(WORDS, "manager_a", "coach")
    coaching_case(made.user("manager_a"), made.clusters["a"], provider(made.user("coach").person), words)
    return made


def test_a_view_that_tells_is_caught(world: World) -> None:
    told = walk(world, {}, Form.SECRETARIAT, only=["planted_page"])
    assert "planted_page  as funding_officer: LEAK of 'zweifelkasse'" in told.problems
    assert not [p for p in told.problems if "manager_a" in p or "as coach:" in p]


@pytest.mark.parametrize("planted", ["planted_export", "planted_pdf", "planted_xlsx"])
def test_an_export_column_too_many_is_caught_as_text_document_and_workbook(world: World, planted: str) -> None:
    told = walk(world, {}, Form.SECRETARIAT, only=[planted])
    leaked = {p.split(" as ")[1].split(":")[0] for p in told.problems}
    assert leaked == {"manager_b", "regional_officer", "agency_staff"}


def test_a_page_without_a_rule_and_one_without_a_sample_are_caught(world: World) -> None:
    told = walk(world, {}, Form.SECRETARIAT, only=["planted_ruleless", "planted_sampleless"])
    assert len(told.problems) == 2
    assert "says nowhere who may open it" in told.problems[0]
    assert "has no sample" in told.problems[1]
    assert {"planted_ruleless", "planted_sampleless"} <= {r.name for r in routes()}


def confidential_places() -> list[str]:
    """Every column of the database in which the words stand, whatever the table: history, search, jobs, log."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [c[0] for c in cursor.description or ()]
            for row in cursor.fetchall():
                found += [f"{table}.{c}" for c, value in zip(columns, row, strict=True) if WORDS in str(value)]
    return found


def test_nothing_confidential_stands_in_any_table(world: World) -> None:
    assert confidential_places() == []


def test_a_search_entry_is_caught_in_the_table_and_in_what_is_found(world: World) -> None:
    index([Entry("organisation", "1", "Alfa", f"goal {WORDS}", "/organisations/1/")])
    assert "shared_searchentry.body" in confidential_places()
    body = Client().get(f"/search/?q={WORDS}").content.decode()
    index([Entry("organisation", "2", f"goal {WORDS}", "", "/organisations/2/")])
    assert SearchEntry.objects.count() == 2
    body = Client().get("/search/?q=goal").content.decode()
    assert leaks_in(body, world, world.actors["nobody"], "search") == ["search: LEAK of 'zweifelkasse'"]


def test_a_history_row_is_caught(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE support_historicalcoachingcase (id integer, goal text)")
        cursor.execute("INSERT INTO support_historicalcoachingcase VALUES (1, %s)", [_goal()])
    assert confidential_places() == ["support_historicalcoachingcase.goal"]


def test_a_job_and_a_log_line_are_caught(world: World) -> None:
    Job.objects.create(name="x", title="x", arguments={"goal": _goal()})
    assert confidential_places() == ["shared_job.arguments"]


def test_nothing_of_a_session_holds_what_was_typed(world: World) -> None:
    client = Client()
    client.force_login(world.user("manager_a"))
    case = CoachingCase.objects.get()
    client.post(f"/in-confidence/cases/{case.pk}/", {"kind": "note", "text": WORDS})
    client.post(f"/in-confidence/cases/{case.pk}/", {"kind": "action", "text": WORDS})  # wrong: no day
    assert confidential_places() == []


@pytest.mark.django_db(transaction=True)
def test_a_dump_of_the_database_reveals_nothing(world: World) -> None:
    """The bytes of the files on SQLite (with write-ahead log and free pages), every table by COPY on PostgreSQL."""
    case = CoachingCase.objects.get()
    raw = _dump()
    assert b"support_sealed" in raw or connection.vendor == "postgresql"
    assert WORDS.encode() not in raw
    assert open_text(case.goal) == f"goal {WORDS}"


def _dump() -> bytes:
    if connection.vendor == "postgresql":
        pieces = []
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                with cursor.cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                    pieces += [bytes(piece) for piece in copy]
        return b"".join(pieces)
    name = str(connection.settings_dict["NAME"])
    files = [f for f in (name, f"{name}-wal", f"{name}-journal") if os.path.exists(f)]
    return b"".join(Path(f).read_bytes() for f in files)
