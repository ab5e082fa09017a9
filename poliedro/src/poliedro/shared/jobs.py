"""Background work by name, with progress that its starter can watch.

A room's `tasks.py` registers functions with `@job(name)`; a service starts one with `start_job`, without importing it.
"""

from __future__ import annotations

import json
import logging
import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, cast

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django_tasks import task

from poliedro.shared.models import Job

log = logging.getLogger(__name__)
SILENCE = timedelta(minutes=10)
"""A running job that has given no sign of life for longer has lost its worker."""

Work = Callable[..., str]
"""Does the work: (report, by, **arguments) -> address of the outcome, or "". `report(done, total, message)`: how many
steps are done; a message made by `step_of` names the one that is under way, any other is for the log alone."""
_STEP, _PART = "step:", "|"
_REGISTERED: dict[str, Work] = {}
_REPEATABLE: set[str] = set()
TRIES = 2
"""How often work is begun whose worker was killed: what kills each worker that takes it would never end."""


def step_of(*parts: str) -> str:
    """The message that names a step to whoever watches. parts: English texts, marked with gettext_noop; a page
    translates each."""
    return _STEP + _PART.join(parts)


def spoken_step(message: str) -> str:
    """The step in the reader's language; empty where the message names none."""
    if not message.startswith(_STEP):
        return ""
    return ", ".join(gettext(part) for part in message.removeprefix(_STEP).split(_PART))


class JobRefused(Exception):
    """The work cannot be done as asked; the message is for the person who asked."""


class UnknownJob(LookupError):
    """No room registered work under that name."""


def job(name: str, *, repeatable: bool = False) -> Callable[[Work], Work]:
    """Register work under a name such as "evidence.run_analysis"; it lives in that room's tasks.py.

    repeatable: begun again from the start it does no harm, so that it is, if its worker was killed.
    """

    def registered(work: Work) -> Work:
        _REGISTERED[name] = work
        (_REPEATABLE.add if repeatable else _REPEATABLE.discard)(name)
        return work

    return registered


def start_job(*, name: str, title: str, by: Any, **arguments: Any) -> Job:
    """Queue work, in the caller's transaction: either both the job and what else it writes are kept, or nothing is.

    Args:
        title: what the starter reads, in the starter's language. arguments: JSON values.
    Raises:
        UnknownJob: nobody registered the name.
    """
    _work(name)
    owner = by if getattr(by, "is_authenticated", False) else None
    with transaction.atomic():
        started = Job.objects.create(name=name, title=title[:200], arguments=arguments, by=owner)
        perform.enqueue(started.pk)
    return started


@task()
def perform(pk: int) -> None:
    """What the worker runs: the registered work, its progress and its end written into the job."""
    waiting = Job.objects.filter(pk=pk, state=Job.State.WAITING)
    if not waiting.update(state=Job.State.RUNNING, heard_at=timezone.now()):
        return  # it was begun already: a second delivery does nothing
    found = Job.objects.select_related("by").get(pk=pk)
    _sign(pk)

    def report(done: int, total: int | None, message: str) -> None:
        told = {"done": done, "total": total, "message": message[:200]}
        # See Note [Progress inside a transaction]
        if connection.in_atomic_block:
            _tell(pk, told)
        else:
            Job.objects.filter(pk=pk).update(heard_at=timezone.now(), **told)

    try:
        result = _work(found.name)(report, found.by, **found.arguments)
    except JobRefused as refused:
        _finish(pk, state=Job.State.FAILED, problem=str(refused)[:500])
    except Exception:
        log.exception("job %s (%s) failed", pk, found.name)
        _finish(pk, state=Job.State.FAILED, problem="")
        raise
    else:
        _finish(pk, state=Job.State.DONE, result_url=result[:300])


def _finish(pk: int, **fields: Any) -> None:
    now = timezone.now()
    told = {k: v for k, v in _told(pk).items() if k != "heard_at"}
    Job.objects.filter(pk=pk).update(finished_at=now, heard_at=now, **told, **fields)
    _slip(pk).unlink(missing_ok=True)
    _hand(pk).unlink(missing_ok=True)


# Note [A worker that was killed]
# Who works at a job writes into a file beside the database which process of which machine that is, and how often the
# job was begun. Where that process is gone, whoever asks on the same machine knows at once that the work is lost; on
# another machine its silence tells. A worker begins repeatable work again by itself.
def _hand(pk: int) -> Path:
    return _slip(pk).with_suffix(".worker")


def _signed(pk: int) -> dict[str, Any]:
    """Who works at the job; nothing where nobody wrote it down."""
    try:
        signed: dict[str, Any] = json.loads(_hand(pk).read_text())
    except FileNotFoundError:
        return {}
    return signed


def _sign(pk: int) -> None:
    begun = _signed(pk).get("begun", 0) + 1
    _written(_hand(pk), {"host": socket.gethostname(), "pid": os.getpid(), "begun": begun})


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_lost(found: Job) -> bool:
    """Whether its worker was killed: it is gone, or silent for too long."""
    found = heard(found)
    if found.state != Job.State.RUNNING:
        return False
    if timezone.now() - found.heard_at > SILENCE:
        return True
    signed = _signed(found.pk)
    return bool(signed) and signed["host"] == socket.gethostname() and not _is_alive(signed["pid"])


def begins_again(found: Job) -> bool:
    """Whether a worker will take lost work up again."""
    try:
        _work(found.name)
    except UnknownJob:
        return False  # of a version of the software that knew it
    return found.name in _REPEATABLE and _signed(found.pk).get("begun", TRIES) < TRIES


def begin_lost_again() -> list[Job]:
    """Queue repeatable work anew whose worker was killed; see Note [A worker that was killed]."""
    again = [f for f in Job.objects.filter(state=Job.State.RUNNING).order_by("pk") if is_lost(f) and begins_again(f)]
    for found in again:
        _slip(found.pk).unlink(missing_ok=True)
        with transaction.atomic():
            rows = Job.objects.filter(pk=found.pk, state=Job.State.RUNNING)
            if rows.update(state=Job.State.WAITING, heard_at=timezone.now(), done=0, total=None, message=""):
                perform.enqueue(found.pk)
    return again


# Note [Progress inside a transaction]
# All-or-nothing work runs in one transaction, whose rows nobody else sees before its end, and SQLite has one writer.
# What such work tells of its progress goes into a file beside the database, which pages read while the job runs.
def _slip(pk: int) -> Path:
    return Path(settings.VAR) / "jobs" / f"{pk}.json"


def _tell(pk: int, told: dict[str, Any]) -> None:
    _written(_slip(pk), {**told, "heard_at": timezone.now().isoformat()})


def _written(path: Path, content: dict[str, Any]) -> None:
    """The file with this content, whole at each moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    beside.write_text(json.dumps(content))
    beside.replace(path)


def _told(pk: int) -> dict[str, Any]:
    """What is in the file; nothing where there is none."""
    try:
        told: dict[str, Any] = json.loads(_slip(pk).read_text())
    except FileNotFoundError:
        return {}
    return told


def heard(found: Job) -> Job:
    """The job with what it told of its progress inside a transaction, if it runs."""
    if found.state != Job.State.RUNNING:
        return found
    told = _told(found.pk)
    if not told:
        return found
    at = datetime.fromisoformat(told["heard_at"])
    if at > found.heard_at:
        found.done, found.total, found.message, found.heard_at = told["done"], told["total"], told["message"], at
    return found


def _work(name: str) -> Work:
    if name not in _REGISTERED:
        room = name.split(".", 1)[0]
        if apps.is_installed(f"poliedro.{room}"):
            import_module(f"poliedro.{room}.tasks")
    if name not in _REGISTERED:
        raise UnknownJob(f"no work is registered as {name!r}; there is {', '.join(sorted(_REGISTERED)) or 'none'}")
    return _REGISTERED[name]


State = Literal["waiting", "running", "done", "failed"]


def state_of(found: Job) -> State:
    """The job's state; a running one whose worker was killed has failed, or waits where it will be begun again."""
    found = heard(found)
    if is_lost(found):
        return "waiting" if begins_again(found) else "failed"
    return cast(State, found.state)


def jobs_of(user: Any) -> QuerySet[Job]:
    return Job.objects.filter(by=user)


def seen_by(found: Job, user: Any) -> bool:
    """Whether the person may see it: the one who started it."""
    return found.by_id is not None and found.by_id == user.pk
