"""The matrix of services to firms: who keeps the catalogue, who works on cases, who sees the figures."""

from __future__ import annotations

from poliedro.registry.rules.permissions import Form, Reach, RoleName

R = RoleName
GRANTS: dict[str, dict[RoleName, Reach]] = {
    "support.manage_catalogue": {R.CLUSTER_MANAGER: Reach.OWN, R.AGENCY_STAFF: Reach.ALL},
    "support.work_cases": {R.CLUSTER_MANAGER: Reach.OWN, R.AGENCY_STAFF: Reach.ALL},
    "support.follow_requests": {R.DELEGATE: Reach.OWN},
    "support.view_service_figures": {
        R.CLUSTER_MANAGER: Reach.OWN,
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
    },
}
DIFFERENCES: dict[Form, dict[str, dict[RoleName, Reach | None]]] = {
    # The agency also runs funding there: what a firm lacks stays between the firm and its cluster.
    Form.INNOVATION_AGENCY: {"support.work_cases": {R.AGENCY_STAFF: None}},
}
