"""Background work by name, with progress that its starter can watch.

A room's `tasks.py` registers functions with `@job(name)`; a service starts one with `start_job`, without importing it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any, Literal, cast

from django.apps import apps
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import task

from poliedro.shared.models import Job

log = logging.getLogger(__name__)
SILENCE = timedelta(minutes=10)
"""A running job that has given no sign of life for longer has lost its worker."""

Work = Callable[..., str]
"""Does the work: (report, by, **arguments) -> address of the outcome, or "". `report(done, total, message)`."""
_REGISTERED: dict[str, Work] = {}


class JobRefused(Exception):
    """The work cannot be done as asked; the message is for the person who asked."""


class UnknownJob(LookupError):
    """No room registered work under that name."""


def job(name: str) -> Callable[[Work], Work]:
    """Register work under a name such as "evidence.run_analysis"; it lives in that room's tasks.py."""

    def registered(work: Work) -> Work:
        _REGISTERED[name] = work
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

    def report(done: int, total: int | None, message: str) -> None:
        Job.objects.filter(pk=pk).update(done=done, total=total, message=message[:200], heard_at=timezone.now())

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
    Job.objects.filter(pk=pk).update(finished_at=now, heard_at=now, **fields)


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
    """The job's state; a running one that fell silent has failed, as its worker was killed."""
    if found.state == Job.State.RUNNING and timezone.now() - found.heard_at > SILENCE:
        return "failed"
    return cast(State, found.state)


def jobs_of(user: Any) -> QuerySet[Job]:
    return Job.objects.filter(by=user)


def seen_by(found: Job, user: Any) -> bool:
    """Whether the person may see it: the one who started it."""
    return found.by_id is not None and found.by_id == user.pk
