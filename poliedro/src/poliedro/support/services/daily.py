"""The daily round of services: requests are looked after, the breadth of services is computed anew where it changed."""

from __future__ import annotations

from datetime import date

from poliedro.support.services.published import publish_use
from poliedro.support.services.requests import look_after_requests


def look_after_services(today: date) -> str:
    """Safe to run twice on a day."""
    # The numeric libraries cost seconds to load, which no web page must pay.
    from poliedro.support.runs.services import run_breadth

    stored = run_breadth()
    publish_use(today)
    return f"{look_after_requests(today)}; breadth of services: {'nothing given' if stored is None else stored.pk}"
