"""The room's part of the permission matrix.

An organisation's sheet is open to those who act for it, and to nobody else: no manager, agency, region, coach,
evaluator or funding office. What the others read are aggregates above the smallest cell.
"""

from __future__ import annotations

from poliedro.registry.rules.permissions import Reach, RoleName

R = RoleName
GRANTS: dict[str, dict[RoleName, Reach]] = {
    "surveys.assess": {R.DELEGATE: Reach.OWN},
    "surveys.view_result": {R.DELEGATE: Reach.OWN},
    "surveys.run_campaigns": {R.CLUSTER_MANAGER: Reach.OWN},
    # The region's own rounds go over all clusters; it hands out no links and sees no address.
    "surveys.run_region_campaigns": {R.REGIONAL_OFFICER: Reach.ALL, R.AGENCY_STAFF: Reach.ALL},
    "surveys.view_region_campaigns": {
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
        R.EVALUATOR: Reach.ALL,
    },
    "surveys.code_interviews": {
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
        R.EVALUATOR: Reach.ALL,
    },
    "surveys.view_campaigns": {
        R.CLUSTER_MANAGER: Reach.OWN,
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
        R.EVALUATOR: Reach.ALL,
    },
    "surveys.view_aggregates": {
        R.CLUSTER_MANAGER: Reach.OWN,
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
        R.EVALUATOR: Reach.ALL,
    },
}
