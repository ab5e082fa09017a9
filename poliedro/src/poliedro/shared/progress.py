"""A background job as the component that shows how far it is."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.shared.components import Progress
from poliedro.shared.jobs import is_lost, spoken_step, state_of
from poliedro.shared.models import Job


def progress_of(found: Job) -> Progress:
    state = state_of(found)
    problem = found.problem
    if state == "failed" and not problem:
        problem = _("Its worker stopped. Nothing of it was kept; start it again.")
    elif state == "waiting" and is_lost(found):
        problem = _("Its worker stopped. The work begins again by itself as soon as a worker runs.")
    return Progress(
        title=found.title,
        state=state,
        poll_url=reverse("shared:job", args=[found.pk]),
        done=found.done,
        total=found.total,
        step=spoken_step(found.message),
        result_url=found.result_url if state == "done" else "",
        problem=problem,
    )
