from __future__ import annotations

from typing import Any

from walk.world import the_world

from poliedro.shared.models import Job


def samples() -> dict[str, list[dict[str, Any]]]:
    jobs = []
    for name in ("manager_a", "manager_b"):
        job = Job.objects.create(name="walk", title="Walk", by=the_world().user(name), state="done")
        jobs.append({"pk": job.pk, "_may": {name}})
    return {"shared:job": jobs}
