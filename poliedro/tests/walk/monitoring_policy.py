from __future__ import annotations

from datetime import date
from typing import Any

from factories import source
from policy_made import measure, whole_logic
from walk.world import the_world

from poliedro.monitoring.services.policy.reports import publish_report


def samples() -> dict[str, list[dict[str, Any]]]:
    """The region's policy: one node of each kind, an indicator, a published report, a proposal."""
    assert the_world()
    whole_logic()
    proposal = measure("walk-proposal", is_proposed=True, source=source())
    publish_report(year=2024, quarter=1, today=date(2026, 1, 1), by=None)
    nodes = [{"node": key} for key in ("ecosystem", "more-firms", "outreach")]
    one, quarter = [{"indicator": "meetings"}], {"year": 2024, "quarter": 1}
    return {
        "monitoring:new_policy_node": [{"kind": kind} for kind in ("area", "objective", "action")],
        "monitoring:policy_node": nodes,
        "monitoring:revise_policy_node": nodes,
        "monitoring:end_policy_node": nodes,
        "monitoring:policy_indicator": one,
        "monitoring:revise_policy_indicator": one,
        "monitoring:observe": one,
        "monitoring:end_policy_indicator": one,
        "monitoring:policy_report": [quarter],
        "monitoring:publish_policy_report": [quarter],
        "monitoring:policy_report_file": [{**quarter, "version": 1, "kind": kind} for kind in ("pdf", "xlsx")],
        "monitoring:adopt_measure": [{"measure": proposal.key}],
        "monitoring:drop_measure": [{"measure": proposal.key}],
    }
