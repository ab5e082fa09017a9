"""Background work by name, with progress that its starter can watch.

A room's `tasks.py` registers functions with `@job(name)`; a service starts one with `start_job`, without importing it.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
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
"""A running job of which another machine has given no sign of life for longer has lost its worker."""
SIGN_EVERY = 60
"""Seconds between two signs of life of work that tells nothing of its progress."""

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
    signature = _Signature(pk)

    def report(done: int, total: int | None, message: str) -> None:
        told = {"done": done, "total": total, "message": message[:200]}
        # See Note [Progress inside a transaction]
        if connection.in_atomic_block:
            _tell(pk, told)
        else:
            Job.objects.filter(pk=pk).update(heard_at=timezone.now(), **told)

    try:
        with signature:
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
# Who works at a job writes into a file beside the database which process of which machine that is, how often the job
# was begun, and every minute that it still works. Whoever asks on the same machine knows at once whether that process
# is gone, and that work is not lost while it is there, however silent; on another machine, whose processes nobody sees
# from here, silence tells. A worker begins repeatable work again by itself.
def _hand(pk: int) -> Path:
    return _slip(pk).with_suffix(".worker")


def _signed(pk: int) -> dict[str, Any]:
    """Who works at the job; nothing where nobody wrote it down."""
    return _content(_hand(pk))


class _Signature:
    """Who works at a job, kept fresh while the work lasts."""

    def __init__(self, pk: int) -> None:
        self._hand, self._ended = _hand(pk), threading.Event()
        process = {"host": socket.gethostname(), "pid": os.getpid(), "born": _born(os.getpid())}
        self._signed = {**process, "begun": _signed(pk).get("begun", 0) + 1}
        self._sign()
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_fault: object) -> None:
        self._ended.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._ended.wait(SIGN_EVERY):
            try:
                self._sign()
            except OSError:  # the disk is full; it may not be for ever
                log.warning("the worker could not sign %s", self._hand, exc_info=True)

    def _sign(self) -> None:
        _written(self._hand, {**self._signed, "heard_at": timezone.now().isoformat()})


def _born(pid: int) -> str:
    """What tells a process from a later one of the same number: when it began, in ticks of the machine. Empty where the
    system does not say (it is not Linux), and of a process that ended, even if nobody waited for it."""
    try:
        state, *numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else numbers[18]


def _is_alive(signed: dict[str, Any]) -> bool:
    try:
        os.kill(signed["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return bool(_born(signed["pid"]) == signed.get("born"))


def is_lost(found: Job) -> bool:
    """Whether its worker was killed. See Note [A worker that was killed]."""
    if found.state != Job.State.RUNNING:
        return False
    signed = _signed(found.pk)
    if signed.get("host") == socket.gethostname():
        return not _is_alive(signed)
    heard_at = heard(found).heard_at
    if "heard_at" in signed:
        heard_at = max(heard_at, datetime.fromisoformat(signed["heard_at"]))
    return timezone.now() - heard_at > SILENCE


def begins_again(found: Job) -> bool:
    """Whether a worker will take lost work up again."""
    try:
        _work(found.name)
    except UnknownJob:
        return False  # of a version of the software that knew it
    return found.name in _REPEATABLE and _signed(found.pk).get("begun", TRIES) < TRIES


def begin_lost_again() -> list[Job]:
    """Queue repeatable work anew whose worker was killed; see Note [A worker that was killed].

    Several may look at once: who comes later finds that the job was heard of since, and leaves it alone.
    """
    again = []
    for found in Job.objects.filter(state=Job.State.RUNNING).order_by("pk"):
        as_read = Job.objects.filter(pk=found.pk, state=Job.State.RUNNING, heard_at=found.heard_at)
        if not (is_lost(found) and begins_again(found)):
            continue
        with transaction.atomic():
            if as_read.update(state=Job.State.WAITING, heard_at=timezone.now(), done=0, total=None, message=""):
                _slip(found.pk).unlink(missing_ok=True)
                _written(_hand(found.pk), {"begun": _signed(found.pk)["begun"]})  # nobody works at it
                perform.enqueue(found.pk)
                again.append(found)
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
    return _content(_slip(pk))


def _content(path: Path) -> dict[str, Any]:
    """Of a file that `_written` made; nothing where there is none, or a machine that lost its power left half of it."""
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return content


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
