"""The log is append-only, and shows where it was tampered with."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from factories import user

from poliedro.audit.models import AppendOnly, LogEntry
from poliedro.audit.queries import first_broken_link
from poliedro.audit.services import anchor_log, record

pytestmark = pytest.mark.django_db


def three_entries() -> list[LogEntry]:
    login = user()
    return [record(by=login, verb=v, subject_kind="organisation", subject_key=7, why="test") for v in ("a", "b", "c")]


def test_untouched_chain_holds() -> None:
    three_entries()
    assert first_broken_link() is None


def test_entry_cannot_be_changed_or_deleted_through_the_model() -> None:
    entry, *_ = three_entries()
    with pytest.raises(AppendOnly):
        entry.save()
    with pytest.raises(AppendOnly):
        entry.delete()
    with pytest.raises(AppendOnly):
        LogEntry.objects.all().delete()
    with pytest.raises(AppendOnly):
        LogEntry.objects.update(verb="x")


def without_trigger() -> None:
    """What the owner of the database can do, and nobody else."""
    on = " ON audit_logentry" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER audit_logentry_append_only{on}")


def test_database_itself_refuses_to_change_the_log() -> None:
    _, second, _ = three_entries()
    statements = ["UPDATE audit_logentry SET verb = 'nothing' WHERE id = %s"]
    if connection.vendor == "postgresql":
        statements.append("DELETE FROM audit_logentry WHERE id = %s")
    for statement in statements:
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [second.pk])


def test_altered_row_is_found() -> None:
    _, second, _ = three_entries()
    without_trigger()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_logentry SET verb = 'nothing' WHERE id = %s", [second.pk])
    assert first_broken_link() == second.pk


def test_deleted_row_is_found() -> None:
    _, second, third = three_entries()
    without_trigger()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_logentry WHERE id = %s", [second.pk])
    assert first_broken_link() == third.pk


def test_act_of_the_system_is_signed_by_the_system() -> None:
    assert record(by=None, verb="load", subject_kind="load", subject_key=1).actor_label == "system"


def test_rows_cut_off_the_end_are_found_by_the_anchor_outside_the_database(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    *_, last = three_entries()
    assert anchor_log(date(2026, 3, 1)) == f"row {last.pk} anchored"
    assert anchor_log(date(2026, 3, 1)) == "nothing new in the log"
    assert first_broken_link() is None
    without_trigger()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_logentry WHERE id = %s", [last.pk])
    assert first_broken_link() == last.pk
