"""The log is append-only, and shows where it was tampered with."""

from __future__ import annotations

import pytest
from django.db import connection
from factories import user

from poliedro.audit.models import AppendOnly, LogEntry
from poliedro.audit.queries import first_broken_link
from poliedro.audit.services import record

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


def test_altered_row_is_found() -> None:
    _, second, _ = three_entries()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_logentry SET verb = 'nothing' WHERE id = %s", [second.pk])
    assert first_broken_link() == second.pk


def test_deleted_row_is_found() -> None:
    _, second, third = three_entries()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_logentry WHERE id = %s", [second.pk])
    assert first_broken_link() == third.pk


def test_act_of_the_system_is_signed_by_the_system() -> None:
    assert record(by=None, verb="load", subject_kind="load", subject_key=1).actor_label == "system"
