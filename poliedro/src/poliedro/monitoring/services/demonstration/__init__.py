"""The room's part of the demonstration, a module a theme."""

from __future__ import annotations

from typing import Any

from poliedro.monitoring.services.demonstration.accounts import build_accounts
from poliedro.monitoring.services.demonstration.hand_overs import build_hand_overs
from poliedro.monitoring.services.demonstration.health import build_health
from poliedro.monitoring.services.demonstration.policy import build_policy
from poliedro.monitoring.services.demonstration.scenarios import build_scenarios
from poliedro.monitoring.services.demonstration.startups import build_startups
from poliedro.monitoring.services.demonstration.study import build_study
from poliedro.shared.region import Region


def build_demonstration(*, region: Region, by: Any = None) -> str:
    """Build every theme's part; doing it again changes nothing. Returns a line that says what was made."""
    made = [build_accounts(region=region, by=by), build_health(region=region, by=by)]
    made.append(build_scenarios(region=region, by=by))
    made += [build_startups(region=region, by=by), build_policy(region=region, by=by)]
    made.append(build_hand_overs())
    return "; ".join([*made, build_study(by=by)])
