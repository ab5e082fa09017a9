"""What services ask of a person: promised answers, cases to go on with, days to look again, feedback to give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.shared.todos import Todo
from poliedro.support.queries.cases import needed_of
from poliedro.support.rules.cases import is_unanswered
from poliedro.support.services.letters import token_of


def service_todos(user: Any, today: date) -> Iterator[Todo]:
    """At most nine queries."""
    needed, kind = needed_of(user, today), _("services")
    for r in needed.waiting:
        late = is_unanswered(r.status, r.promised_on, today)
        yield Todo(
            f"support.request:{r.pk}",
            str(r),
            _("Nobody has answered, and the promised day has passed.")
            if late
            else _("The firm was promised an answer."),
            reverse("support:answer", args=[r.pk]),
            _("Answer"),
            r.promised_on,
            kind,
            alarm=late,
        )
    for case in needed.to_ask:
        yield _case_todo(
            case, _("All services were given: note the result and ask for feedback."), _("Go on"), None, kind
        )
    for case in needed.to_close:
        yield _case_todo(case, _("The firm answered, or had its time: the case can close."), _("Close"), None, kind)
    for case in needed.to_look_at:
        yield _case_todo(case, _("The day to ask what has become of it."), _("Look again"), case.follow_up_on, kind)
    for case in needed.to_judge:
        yield Todo(
            f"support.feedback:{case.pk}",
            case.request.subject,
            _("You were asked what it was worth to you. One minute."),
            reverse("support:asked", args=[token_of(case.request)]),
            _("Say it"),
            None,
            kind,
        )


def _case_todo(case: Any, why: str, action: str, due: date | None, kind: str) -> Todo:
    return Todo(f"support.case:{case.pk}", str(case), why, reverse("support:case", args=[case.pk]), action, due, kind)
