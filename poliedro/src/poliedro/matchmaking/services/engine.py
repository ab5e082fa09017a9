"""Runs of the engine, started by people, by the daily round, or when a card is published."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from poliedro.evidence.models import Run
from poliedro.evidence.runs.base import NoInput, Reports, silent
from poliedro.evidence.services.runs import keep_analysis
from poliedro.matchmaking.models import EngineSetting
from poliedro.matchmaking.services.steps import check, creator


def refresh_index(*, by: Any = None, report: Reports = silent) -> Run:
    """Build the search index of the single access point."""
    from poliedro.matchmaking.runs.index import ANALYSIS

    return keep_analysis(analysis=ANALYSIS, by=by, report=report)


def refresh_matches(*, by: Any = None, report: Reports = silent) -> Run | None:
    """Match all published cards as set; None where there are too few."""
    from poliedro.matchmaking.runs.matches import ANALYSIS

    chosen = EngineSetting.objects.first() or EngineSetting()
    parameters = {
        "places": chosen.places,
        "exposure": chosen.exposure,
        "across_percent": round(chosen.across * 100),
    }
    try:
        return keep_analysis(analysis=ANALYSIS, parameters=parameters, by=by, report=report)
    except NoInput:
        return None


def refresh_partners(*, by: Any = None, report: Reports = silent) -> Run | None:
    """Predict who will work together next; None where no member has a project yet."""
    from poliedro.matchmaking.runs.partners import ANALYSIS

    try:
        return keep_analysis(analysis=ANALYSIS, by=by, report=report)
    except NoInput:
        return None


def refresh_health(*, by: Any = None, report: Reports = silent) -> Run | None:
    """Compute how members hang together; None where no two of them have a tie."""
    from poliedro.matchmaking.runs.health import ANALYSIS

    try:
        return keep_analysis(analysis=ANALYSIS, by=by, report=report)
    except NoInput:
        return None


def refresh(*, by: Any = None, report: Reports = silent) -> str:
    refresh_index(by=by, report=report)
    refresh_matches(by=by, report=report)
    refresh_partners(by=by, report=report)
    refresh_health(by=by, report=report)
    return ""


def refresh_daily(today: date) -> str:
    """Daily: what was loaded or changed since enters the index and the matches."""
    run = refresh_index()
    matched, likely, health = refresh_matches(), refresh_partners(), refresh_health()
    keys = [made.key if made else "none" for made in (run, matched, likely, health)]
    return "index {}, matches {}, partners {}, network {}".format(*keys)


@transaction.atomic
def set_engine(*, places: int, exposure: int, across: float, by: Any) -> EngineSetting:
    """How the next run matches."""
    check(by, "matchmaking.run_engine", None)
    made = EngineSetting(places=places, exposure=exposure, across=across, by=creator(by))
    made.full_clean(exclude=["by"])  # the system itself is nobody
    made.save()
    return made
