"""The daily round of services: requests are looked after, the breadth of services is computed anew where it changed."""

from __future__ import annotations

from datetime import date

from poliedro.support.services.agency import remind_participants
from poliedro.support.services.cases import remind_clients
from poliedro.support.services.coaching import remind_of_feedback
from poliedro.support.services.published import publish_use
from poliedro.support.services.requests import look_after_requests
from poliedro.support.services.vouchers import settle_ended


def look_after_services(today: date) -> str:
    """Safe to run twice on a day."""
    # The numeric libraries cost seconds to load, which no web page must pay.
    from poliedro.support.runs.services import run_breadth

    stored = run_breadth()
    publish_use(today)
    breadth = "nothing given" if stored is None else stored.pk
    asked = f"{look_after_requests(today)}; {remind_clients(today)}"
    return f"{asked}; {settle_ended(today)}; breadth of services: {breadth}"


def look_after_agency(today: date) -> str:
    """Ask again for feedback that was asked and not given. Safe to run twice on a day."""
    return f"{remind_of_feedback(today)} coachings and {remind_participants(today)} courses reminded of their feedback"
