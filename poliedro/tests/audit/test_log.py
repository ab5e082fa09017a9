"""The log is append-only, and shows where it was tampered with."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from factories import cluster, officer, user

from poliedro.accounts.services import erase_person
from poliedro.audit.models import ActorKey, AppendOnly, LogEntry
from poliedro.audit.queries import first_broken_link, log_of, named
from poliedro.audit.services import anchor_log, record
from poliedro.audit.words import tell
from poliedro.shared.vault import SealBroken, key_ring
from poliedro.support.services.sealed import rotate_keys

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


def test_a_name_stands_sealed_in_the_log_and_is_read_until_the_person_is_erased() -> None:
    login = user("ada@zorgen.example", name="Ada Zorgen")
    written = record(by=login, verb="a", subject_kind="organisation", subject_key=7)
    record(by=None, verb="b", subject_kind="organisation", subject_key=7)
    assert "Zorgen" not in str(LogEntry.objects.values_list()) + str(ActorKey.objects.values_list())
    own = LogEntry.objects.filter(verb__in="ab")
    assert [e.actor_name for e in named(own)] == ["Ada Zorgen", "system"]
    erase_person(person=login.person, on=date(2026, 6, 1), by=None)
    record(by=login, verb="late", subject_kind="organisation", subject_key=7)  # a request that was under way
    names = {e.verb: e.actor_name for e in named(LogEntry.objects.all())}
    assert (names["a"], names["late"], names["b"]) == ("", "", "system")
    assert LogEntry.objects.get(pk=written.pk).hash == written.hash
    assert first_broken_link() is None


def test_names_stay_readable_after_a_rotation_and_move_to_no_other_person() -> None:
    first, second = user("a@test.example", name="Ada"), user("b@test.example", name="Bea")
    for login in (first, second):
        record(by=login, verb="a", subject_kind="x", subject_key=1)
    old = key_ring().current
    rotate_keys(by=None)
    assert list(key_ring().keys) != [old]
    assert [e.actor_name for e in named(LogEntry.objects.filter(verb="a"))] == ["Ada", "Bea"]
    ActorKey.objects.filter(user=first.pk).delete()
    swapped = ActorKey.objects.get(user=second.pk)
    swapped.user = first.pk
    swapped.save()
    with pytest.raises(SealBroken):
        named(LogEntry.objects.filter(actor=first))


def test_a_long_name_fits_into_the_log() -> None:
    login = user("long@test.example", name="é" * 200)
    record(by=login, verb="a", subject_kind="x", subject_key=1)
    (entry,) = named(LogEntry.objects.filter(verb="a"))
    assert entry.actor_name == "é" * 56
    assert len(entry.actor_label) <= 200


def test_acts_inside_the_wall_are_told_by_the_day_and_apart(client: Any) -> None:
    for kind in ("coaching", "organisation", "enrolment"):
        record(by=None, verb=f"act_on_{kind}", subject_kind=kind, subject_key=1)
    client.force_login(officer("auditor"))
    every = client.get("/audit/").content.decode()
    assert "act_on_organisation" in every
    assert re.search(r"<td>\d\d/\d\d/\d{4} \d\d:\d\d:\d\d</td>", every)
    assert "act_on_coaching" not in every
    page = client.get("/audit/?kind=coaching").content.decode()
    assert "act_on_coaching" in page
    assert "act_on_enrolment" not in page
    assert re.search(r"<td>\d\d/\d\d/\d{4}</td>", page)
    assert not re.search(r"\d\d:\d\d", page)


@translation.override("en")
def test_auditor_reads_words_and_names_what_they_may_open() -> None:
    place, login = cluster("agrifood", name="Polo Agrifood"), user()
    record(by=login, verb="choose_visibility", subject_kind="cluster", subject_key=place.key)
    record(by=login, verb="submit_application", subject_kind="funding.application", subject_key=7)
    record(by=None, verb="read_coaching", subject_kind="coaching", subject_key=1, label="in confidence")
    rows = LogEntry.objects.filter(subject_kind__in=("cluster", "funding.application"))
    public, shut = tell(named(rows), user=login)
    assert (public.did, public.kind, public.name) == ("chose what others see", "cluster", "Polo Agrifood")
    assert public.url == "/clusters/agrifood/"
    assert (shut.did, shut.kind, shut.name, shut.url) == ("submitted an application", "application", "", "")
    inside, by_day = log_of("coaching", "")
    (told,) = tell(named(inside), user=login, with_names=not by_day)
    assert (told.who, told.did) == ("in confidence", "opened a coaching case")
    assert (told.kind, told.name) == ("coaching case", "")
