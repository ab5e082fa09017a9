"""The room's part of the permission matrix. Evaluators of a call are named for it: no role makes one."""

from __future__ import annotations

from poliedro.registry.rules.permissions import Form, Reach, RoleName

R = RoleName
REGION = {R.FUNDING_OFFICER: Reach.ALL, R.REGIONAL_OFFICER: Reach.ALL}
GRANTS: dict[str, dict[RoleName, Reach]] = {
    "funding.design_calls": REGION,
    "funding.publish_calls": REGION,
    "funding.apply": {R.DELEGATE: Reach.OWN},
    "funding.handle_applications": {R.FUNDING_OFFICER: Reach.ALL},
    "funding.sign_rankings": {R.FUNDING_OFFICER: Reach.ALL},
    "funding.view_aid": {R.DELEGATE: Reach.OWN, R.FUNDING_OFFICER: Reach.ALL},
    "funding.record_aid": {R.FUNDING_OFFICER: Reach.ALL},
    "funding.view_pipeline": {
        R.FUNDING_OFFICER: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
        R.AGENCY_STAFF: Reach.ALL,
        R.CLUSTER_MANAGER: Reach.OWN,
    },
    "funding.run_expert_hours": {R.AGENCY_STAFF: Reach.ALL, R.REGIONAL_OFFICER: Reach.ALL},
    "funding.record_cofunding": {R.FUNDING_OFFICER: Reach.ALL, R.REGIONAL_OFFICER: Reach.ALL},
}
DIFFERENCES: dict[Form, dict[str, dict[RoleName, Reach | None]]] = {
    # The innovation agency also runs funding: its staff design calls with the region.
    Form.INNOVATION_AGENCY: {"funding.design_calls": {R.AGENCY_STAFF: Reach.ALL}},
}
