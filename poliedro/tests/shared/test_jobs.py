"""Background work: progress, failure, second delivery, a killed worker, and who may look."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from factories import user

from poliedro.shared import jobs
from poliedro.shared.jobs import (
    SILENCE,
    TRIES,
    JobRefused,
    UnknownJob,
    begin_lost_again,
    job,
    perform,
    start_job,
    state_of,
)
from poliedro.shared.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Three kinds of work; the list holds what the good one did."""
    done: list[int] = []
    monkeypatch.setattr(jobs, "_REGISTERED", {})
    monkeypatch.setattr(jobs, "_REPEATABLE", set())

    @job("test.count")
    def count(report: Any, by: Any, *, upto: int) -> str:
        for i in range(upto):
            report(i + 1, upto, "counting")
            done.append(i)
        return "/there/"

    @job("test.refuse")
    def refuse(report: Any, by: Any) -> str:
        raise JobRefused("the file is gone; load it again")

    @job("test.break")
    def breaks(report: Any, by: Any) -> str:
        raise ZeroDivisionError

    return done


@pytest.fixture(autouse=True)
def queue(settings: Any) -> Any:
    """The real queue: work waits in the database until a worker takes it."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    return DBTaskResult.objects


def test_work_waits_for_the_worker_and_leaves_its_outcome(work: list[int], queue: Any) -> None:
    started = start_job(name="test.count", title="Count", by=user(), upto=3)
    assert (work, queue.count(), started.state) == ([], 1, "waiting")
    perform.func(started.pk)
    started.refresh_from_db()
    assert (started.state, started.done, started.total, started.result_url) == ("done", 3, 3, "/there/")


def test_job_and_its_place_in_the_queue_are_kept_together_or_not_at_all(work: list[int], queue: Any) -> None:
    def fails_after_queueing() -> None:
        with transaction.atomic():
            start_job(name="test.count", title="Count", by=user(), upto=3)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_after_queueing()
    assert (Job.objects.count(), queue.count()) == (0, 0)


def test_second_delivery_does_nothing(work: list[int]) -> None:
    started = start_job(name="test.count", title="Count", by=user(), upto=2)
    perform.func(started.pk)
    perform.func(started.pk)
    assert work == [0, 1]


def test_refusal_is_told_in_words_and_a_fault_is_not_hidden(work: list[int]) -> None:
    refused = start_job(name="test.refuse", title="Refuse", by=user())
    perform.func(refused.pk)
    refused.refresh_from_db()
    assert (refused.state, refused.problem) == ("failed", "the file is gone; load it again")
    broken = start_job(name="test.break", title="Break", by=user("b@test.example"))
    with pytest.raises(ZeroDivisionError):
        perform.func(broken.pk)
    broken.refresh_from_db()
    assert broken.state == "failed"


def test_job_whose_worker_was_killed_shows_as_failed(work: list[int], client: Client) -> None:
    owner = user()
    silent = Job.objects.create(
        name="test.count", title="Long", by=owner, state="running", heard_at=timezone.now() - timedelta(minutes=11)
    )
    assert state_of(silent) == "failed"
    client.force_login(owner)
    assert (
        "start it again" in client.get(f"/shared/jobs/{silent.pk}/", headers={"accept-language": "en"}).content.decode()
    )


def gone() -> int:
    """The number of a process that ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def killed(pk: int, begun: int = 1, pid: int | None = None) -> Job:
    """The job as a worker left it that was killed just now."""
    Job.objects.filter(pk=pk).update(state="running", heard_at=timezone.now(), done=2, total=5)
    number = gone() if pid is None else pid
    signed = {"host": socket.gethostname(), "pid": number, "born": jobs._born(number), "begun": begun}
    jobs._written(jobs._hand(pk), signed)
    return Job.objects.get(pk=pk)


def test_killed_worker_shows_at_once_on_its_own_machine(
    work: list[int], client: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR = tmp_path
    owner = user()
    lost = killed(start_job(name="test.count", title="Count", by=owner, upto=3).pk)
    assert state_of(lost) == "failed"
    client.force_login(owner)
    page = client.get(f"/shared/jobs/{lost.pk}/", headers={"accept-language": "en"}).content.decode()
    assert "Its worker stopped. Nothing of it was kept; start it again." in page
    assert begin_lost_again() == [], "nobody said that this work may begin again"
    assert state_of(killed(lost.pk, pid=os.getpid())) == "running", "its process is there"
    killed(lost.pk)
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    assert state_of(lost) == "running", "of another machine only silence tells"


def test_repeatable_work_of_a_killed_worker_begins_again_once(
    work: list[int], queue: Any, client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.VAR = tmp_path
    done: list[str] = []

    @job("test.again", repeatable=True)
    def again(report: Any, by: Any) -> str:
        done.append("whole")
        return "/there/"

    owner = user()
    lost = killed(start_job(name="test.again", title="Again", by=owner).pk)
    assert state_of(lost) == "waiting"
    client.force_login(owner)
    page = client.get(f"/shared/jobs/{lost.pk}/", headers={"accept-language": "en"}).content.decode()
    assert "Its worker stopped. The work begins again by itself as soon as a worker runs." in page
    assert "hx-get" in page, "the page goes on asking"
    assert begin_lost_again() == [lost]
    assert begin_lost_again() == []
    assert queue.count() == 2
    lost.refresh_from_db()
    assert (lost.state, lost.done, lost.total) == ("waiting", 0, None)
    perform.func(lost.pk)
    perform.func(lost.pk)
    lost.refresh_from_db()
    assert (done, lost.state) == (["whole"], "done")
    assert not list((tmp_path / "jobs").iterdir())
    twice = killed(start_job(name="test.again", title="Again", by=owner).pk, begun=TRIES)
    assert state_of(twice) == "failed"
    assert begin_lost_again() == [], "what kills its workers is not begun for ever"


@pytest.fixture
def again(work: list[int], settings: Any, tmp_path: Path) -> Job:
    """Repeatable work whose worker was killed."""
    settings.VAR = tmp_path
    job("test.again", repeatable=True)(lambda report, by: "")
    return killed(start_job(name="test.again", title="Again", by=user()).pk)


def test_work_is_not_lost_while_its_process_is_there_however_silent(again: Job) -> None:
    silent = killed(again.pk, pid=os.getpid())
    Job.objects.filter(pk=silent.pk).update(heard_at=timezone.now() - 3 * SILENCE)
    silent.refresh_from_db()
    assert state_of(silent) == "running"
    assert begin_lost_again() == [], "it would be done twice at the same time"


@pytest.mark.skipif(not jobs._born(os.getpid()), reason="the system does not say when a process began")
def test_a_later_process_of_the_same_number_is_not_its_worker(again: Job) -> None:
    jobs._written(jobs._hand(again.pk), {**jobs._signed(again.pk), "pid": os.getpid(), "born": "1"})
    assert begin_lost_again() == [again]
    ended = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert ended.stdout is not None
    ended.stdout.read()
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert jobs._born(ended.pid) == "", "it ended, although nobody waited for it"
    ended.wait()
    ended.stdout.close()


def test_one_who_looks_late_leaves_work_alone_that_began_again(again: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    first = jobs.is_lost

    def meanwhile(found: Job) -> bool:
        """Another worker looks, takes the work up, and tells of it, between this look and what follows of it."""
        lost = first(found)
        monkeypatch.setattr(jobs, "is_lost", first)
        assert begin_lost_again() == [found]
        Job.objects.filter(pk=found.pk).update(state="running", heard_at=timezone.now())
        jobs._tell(found.pk, {"done": 1, "total": 2, "message": ""})
        return lost

    monkeypatch.setattr(jobs, "is_lost", meanwhile)
    assert begin_lost_again() == []
    again.refresh_from_db()
    assert (state_of(again), again.done) == ("running", 1)


def test_work_that_begins_again_is_not_taken_for_that_of_the_killed_worker(again: Job) -> None:
    begin_lost_again()
    Job.objects.filter(pk=again.pk).update(state="running", heard_at=timezone.now())  # taken up, not signed yet
    assert begin_lost_again() == []
    again.refresh_from_db()
    again.heard_at -= 2 * SILENCE
    assert state_of(again) == "waiting", "killed before it signed: it was begun once"


def test_worker_of_another_machine_gives_signs_of_life_of_silent_work(
    again: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SIGN_EVERY", 0.01)
    seen: list[str] = []

    @job("test.again", repeatable=True)
    def silent(report: Any, by: Any) -> str:
        first = jobs._signed(again.pk)["heard_at"]
        while jobs._signed(again.pk)["heard_at"] == first:
            sleep(0.01)
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(socket, "gethostname", lambda: "elsewhere")
            Job.objects.filter(pk=again.pk).update(heard_at=timezone.now() - 2 * SILENCE)
            seen.append(state_of(Job.objects.get(pk=again.pk)))
        return ""

    begin_lost_again()
    perform.func(again.pk)
    assert seen == ["running"]
    assert not list(jobs._hand(again.pk).parent.iterdir())


def test_file_that_a_machine_without_power_left_half_stops_nobody(again: Job) -> None:
    jobs._hand(again.pk).write_text("")
    jobs._slip(again.pk).write_text('{"done"')
    assert state_of(again) == "running", "nobody knows who worked at it: silence tells"
    assert begin_lost_again() == []


def test_work_that_nobody_registers_any_more_is_lost_without_a_fault(work: list[int]) -> None:
    old = Job.objects.create(
        name="gone.work", title="Old", state="running", heard_at=timezone.now() - timedelta(minutes=11)
    )
    assert state_of(old) == "failed"
    assert begin_lost_again() == []


def test_progress_of_work_in_one_transaction_is_seen_while_it_runs(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.VAR = tmp_path
    monkeypatch.setattr(jobs, "_REGISTERED", {})
    seen: list[Any] = []

    @job("test.whole")
    def whole(report: Any, by: Any) -> str:
        with transaction.atomic():
            for i in range(3):
                report(i + 1, 3, "rows")
                found = Job.objects.get(name="test.whole")
                stored = found.done  # what a page would have without the slip: nothing of it is committed
                seen.append((stored, state_of(found), found.done, found.total, found.message))
        return ""

    started = start_job(name="test.whole", title="Whole", by=user())
    perform.func(started.pk)
    assert seen == [(0, "running", i + 1, 3, "rows") for i in range(3)]
    assert list((tmp_path / "jobs").iterdir()) == []


def test_only_the_starter_sees_a_job(work: list[int], client: Client) -> None:
    owner = user()
    mine = start_job(name="test.count", title="My own count", by=owner, upto=1)
    assert client.get("/shared/jobs/").status_code == 302
    client.force_login(user("other@test.example"))
    assert client.get(f"/shared/jobs/{mine.pk}/").status_code == 403
    assert "My own count" not in client.get("/shared/jobs/").content.decode()
    client.force_login(owner)
    assert "My own count" in client.get("/shared/jobs/").content.decode()
    part = client.get(f"/shared/jobs/{mine.pk}/", headers={"hx-request": "true"}).content.decode()
    assert part.lstrip().startswith("<section")
    assert f'hx-get="/shared/jobs/{mine.pk}/"' in part


def test_work_that_nobody_registered_is_refused_before_it_is_queued(work: list[int]) -> None:
    with pytest.raises(UnknownJob, match=r"test\.count"):
        start_job(name="nowhere.nothing", title="Nothing", by=user())
    assert not Job.objects.exists()
