"""The region's portfolio of options: taken up, commented on, moved on."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.evidence.models import PortfolioNote, PortfolioOption, Run
from poliedro.evidence.rules import check_can_move


class AlreadyFollowed(ValueError):
    """The option is in the portfolio already."""


def follow_option(
    *,
    run: Run,
    territory: str,
    activity: str,
    density: float | None,
    location_quotient: float | None,
    text: str = "",
    by: Any,
) -> PortfolioOption:
    """Take an option up, with what is known of it today. Raises AlreadyFollowed."""
    with transaction.atomic():
        option, made = PortfolioOption.objects.get_or_create(
            table=run.parameters["table"],
            territory=territory,
            activity=activity,
            defaults={"run": run, "density": density, "location_quotient": location_quotient},
        )
        if not made:
            raise AlreadyFollowed(f"{activity} is in the portfolio of {territory} already; comment on it there")
        PortfolioNote.objects.create(option=option, text=text, state=option.state, by=by)
        record(by=by, verb="follow_option", subject_kind="evidence.portfoliooption", subject_key=option.pk)
    return option


def comment_option(*, option: PortfolioOption, text: str, state: str = "", by: Any) -> PortfolioNote:
    """Say something about an option, and perhaps move it to another state. Raises StateRefused."""
    with transaction.atomic():
        held = PortfolioOption.objects.select_for_update().get(pk=option.pk)
        if state:
            check_can_move(held.state, state)
            held.state = state
            held.save(update_fields=["state"])
        note = PortfolioNote.objects.create(option=held, text=text, state=state, by=by)
        record(by=by, verb="comment_option", subject_kind="evidence.portfoliooption", subject_key=held.pk, state=state)
    return note
