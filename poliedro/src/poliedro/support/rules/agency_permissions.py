"""The matrix of the agency's services to managers, of joint work and of the wall. Funding roles hold nothing inside."""

from __future__ import annotations

from poliedro.registry.rules.permissions import Form, Reach, RoleName

R = RoleName
GRANTS: dict[str, dict[RoleName, Reach]] = {
    # Inside the wall: see CONFIDENTIAL.
    "support.confide": {R.CLUSTER_MANAGER: Reach.ANYWHERE, R.COACH: Reach.ALL},
    "support.open_coaching": {R.CLUSTER_MANAGER: Reach.ASSIGNED, R.COACH: Reach.ASSIGNED},
    "support.view_demand": {R.AGENCY_STAFF: Reach.ALL, R.COACH: Reach.ALL},
    "support.run_training": {R.COACH: Reach.ASSIGNED},
    # Open to both sides.
    "support.plan_training": {R.AGENCY_STAFF: Reach.ALL, R.COACH: Reach.ALL},
    "support.use_agency": {R.CLUSTER_MANAGER: Reach.ANYWHERE, R.AGENCY_STAFF: Reach.ALL, R.COACH: Reach.ALL},
    "support.manage_agency": {R.AGENCY_STAFF: Reach.ALL},
    "support.view_contacts": {
        R.CLUSTER_MANAGER: Reach.ANYWHERE,
        R.AGENCY_STAFF: Reach.ALL,
        R.COACH: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
    },
    "support.see_conflicts": {
        R.AGENCY_STAFF: Reach.ALL,
        R.FUNDING_OFFICER: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
        R.AUDITOR: Reach.ALL,
    },
    "support.lift_conflicts": {
        R.AGENCY_STAFF: Reach.ALL,
        R.FUNDING_OFFICER: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
    },
    "support.view_joint_work": {
        R.CLUSTER_MANAGER: Reach.ANYWHERE,
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
    },
    "support.plan_joint_work": {R.AGENCY_STAFF: Reach.ALL, R.REGIONAL_OFFICER: Reach.ALL},
    "support.approve_joint_work": {R.REGIONAL_OFFICER: Reach.ALL},
    "support.share_services": {R.CLUSTER_MANAGER: Reach.ANYWHERE, R.AGENCY_STAFF: Reach.ALL},
    "support.settle_services": {R.AGENCY_STAFF: Reach.ALL},
    "support.share_knowledge": {
        R.CLUSTER_MANAGER: Reach.ANYWHERE,
        R.AGENCY_STAFF: Reach.ALL,
        R.COACH: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
    },
}
DIFFERENCES: dict[Form, dict[str, dict[RoleName, Reach | None]]] = {
    # The agency also runs funding there: its staff stand on that side of the wall.
    Form.INNOVATION_AGENCY: {
        "support.view_demand": {R.AGENCY_STAFF: None},
    },
    # Without an agency managers organise courses for one another, and settle what they share (R085).
    Form.NONE: {
        "support.plan_training": {R.CLUSTER_MANAGER: Reach.ANYWHERE},
        "support.run_training": {R.CLUSTER_MANAGER: Reach.ASSIGNED},
        "support.manage_agency": {R.REGIONAL_OFFICER: Reach.ALL},
        "support.settle_services": {R.CLUSTER_MANAGER: Reach.ANYWHERE},
    },
}
CONFIDENTIAL = ("support.confide", "support.open_coaching", "support.view_demand", "support.run_training")
