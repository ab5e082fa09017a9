"""What the address for watchers says of the site."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

pytestmark = pytest.mark.django_db


def test_health_says_what_works_and_names_nobody(client: Client) -> None:
    report = client.get("/health/").json()
    assert report["ok"] is True
    assert set(report) == {"ok", "version", "database", "migrations", "queue", "waiting", "says"}


def test_health_tells_a_worker_that_was_never_seen_from_one_that_stopped(client: Client) -> None:
    now = timezone.now()
    task = DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}}, task_path="x", queue_name="default", backend_name="default",
        run_after=now - timedelta(hours=1),
    )  # fmt: skip

    def told(**fields: Any) -> tuple[int, str, int]:
        DBTaskResult.objects.filter(pk=task.pk).update(**fields)
        answer = client.get("/health/")
        report = answer.json()
        assert report["says"]
        return answer.status_code, report["queue"], report["waiting"]

    assert told(enqueued_at=now) == (200, "moving", 0)
    assert told(enqueued_at=now - timedelta(hours=1)) == (200, "no worker yet", 1)
    done = DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}}, task_path="x", queue_name="default", backend_name="default",
        status="SUCCESSFUL", started_at=now - timedelta(minutes=2), run_after=now,
    )  # fmt: skip
    assert told() == (200, "catching up", 1)
    DBTaskResult.objects.filter(pk=done.pk).update(started_at=now - timedelta(days=1))
    assert told() == (503, "stuck", 1)
    assert told(run_after=now + timedelta(days=1)) == (200, "moving", 0), "what is for tomorrow waits rightly"
