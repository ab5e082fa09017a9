"""The room's part of the permission matrix."""

from __future__ import annotations

from poliedro.registry.rules.permissions import Form, Reach, RoleName

R = RoleName
STAFF = {R.CLUSTER_MANAGER: Reach.OWN, R.AGENCY_STAFF: Reach.ALL}
GRANTS: dict[str, dict[RoleName, Reach]] = {
    # a firm's own cards, interests, bookings, applications
    "matchmaking.act_for": {R.DELEGATE: Reach.OWN},
    # reading who stands behind a card before any interest: those who review it
    "matchmaking.review_cards": dict(STAFF),
    "matchmaking.answer_tickets": dict(STAFF),
    "matchmaking.run_engine": {R.AGENCY_STAFF: Reach.ALL},
    "matchmaking.pair_mentors": {R.AGENCY_STAFF: Reach.ALL},
    "matchmaking.follow_deals": {R.AGENCY_STAFF: Reach.ALL},
    "matchmaking.run_events": dict(STAFF),
    "matchmaking.run_challenges": {R.CLUSTER_MANAGER: Reach.OWN, R.AGENCY_STAFF: Reach.ALL, R.DELEGATE: Reach.OWN},
    "matchmaking.run_fairs": {R.CLUSTER_MANAGER: Reach.OWN, R.AGENCY_STAFF: Reach.ALL, R.FDI_OFFICER: Reach.ALL},
    "matchmaking.run_accelerators": dict(STAFF),
    "matchmaking.view_results": {
        R.CLUSTER_MANAGER: Reach.OWN,
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
        R.EVALUATOR: Reach.ALL,
    },
}
DIFFERENCES: dict[Form, dict[str, dict[RoleName, Reach | None]]] = {
    # Beside the inward-investment desk, its officers also run events and missions.
    Form.DEVELOPMENT_AGENCY: {"matchmaking.run_events": {R.FDI_OFFICER: Reach.ALL}},
}
