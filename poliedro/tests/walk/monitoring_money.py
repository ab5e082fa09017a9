"""Real objects for the walk over the addresses of money and of the stress test."""

from __future__ import annotations

from typing import Any

from walk.world import the_world

from poliedro.monitoring.models import StressScenario


def samples() -> dict[str, list[dict[str, Any]]]:
    """A scenario is read by its maker, by whom it was shared with, and, where shown to the region, by its officers."""
    world = the_world()
    keys = [{"key": c.key} for c in world.clusters.values()]
    assumptions = {"as_of": "2026-01-01", "falls_on": "2027-01-01"} | dict.fromkeys(
        ("fall", "reserve_eur", "fee_rise", "members_leaving", "price_rise", "sales_lost", "saving"), "0"
    )
    accounts = {"year": 2020, "revenue": {"erdf": "10.00"}, "costs": {"staff": "5.00"}, "members": 1, "services": []}
    found = []
    for side, cluster in world.clusters.items():
        for shown in (False, True):
            made = StressScenario.objects.create(
                cluster=cluster,
                name=f"Scenario {shown}",
                assumptions=assumptions,
                accounts=accounts,
                by=world.user(f"manager_{side}"),
                with_region=shown,
            )
            readers = [f"manager_{side}", *(["regional_officer", "agency_staff"] if shown else [])]
            found.append({"pk": made.pk, "_may": readers})
    return {
        "monitoring:money": keys,
        "monitoring:stress": keys,
        "monitoring:save_scenario": keys,
        "monitoring:scenario": found,
    }
