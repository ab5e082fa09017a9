"""The room's part of the permission matrix. One dictionary a theme, so that themes grow beside each other."""

from __future__ import annotations

from poliedro.registry.rules.permissions import Form, Reach, RoleName

R = RoleName
REGION_AND_AGENCY = {R.REGIONAL_OFFICER: Reach.ALL, R.AGENCY_STAFF: Reach.ALL}

HEALTH: dict[str, dict[RoleName, Reach]] = {
    "monitoring.view_cockpit": REGION_AND_AGENCY,
    "monitoring.run_lifecycle": {**REGION_AND_AGENCY, R.EVALUATOR: Reach.ALL},
    "monitoring.override_stage": {**REGION_AND_AGENCY, R.EVALUATOR: Reach.ALL},
    "monitoring.view_benchmark": {R.CLUSTER_MANAGER: Reach.OWN, **REGION_AND_AGENCY},
    "monitoring.view_self_check": {R.CLUSTER_MANAGER: Reach.OWN, R.AGENCY_STAFF: Reach.ALL},
    "monitoring.answer_self_check": {R.CLUSTER_MANAGER: Reach.OWN},
    "monitoring.run_campaigns": {R.REGIONAL_OFFICER: Reach.ALL},
    "monitoring.answer_campaign": {R.CLUSTER_MANAGER: Reach.OWN},
    "monitoring.view_campaigns": {R.CLUSTER_MANAGER: Reach.OWN, **REGION_AND_AGENCY},
}

IMPACT: dict[str, dict[RoleName, Reach]] = {
    "monitoring.view_studies": {**REGION_AND_AGENCY, R.EVALUATOR: Reach.ALL, R.AUDITOR: Reach.ALL},
    "monitoring.design_studies": {R.EVALUATOR: Reach.ALL, R.REGIONAL_OFFICER: Reach.ALL},
    "monitoring.run_studies": {R.EVALUATOR: Reach.ALL, R.REGIONAL_OFFICER: Reach.ALL},
    # Data of single firms, and the name under a result: the evaluator alone.
    "monitoring.open_data_room": {R.EVALUATOR: Reach.ALL},
    "monitoring.sign_studies": {R.EVALUATOR: Reach.ALL},
}

MONEY: dict[str, dict[RoleName, Reach]] = {
    # Whoever sees the account lines may ask what they would bear.
    "monitoring.run_stress_test": {R.CLUSTER_MANAGER: Reach.OWN, R.REGIONAL_OFFICER: Reach.ALL},
}

POLICY: dict[str, dict[RoleName, Reach]] = {
    "monitoring.view_policy": {
        **REGION_AND_AGENCY,
        R.FUNDING_OFFICER: Reach.ALL,
        R.EVALUATOR: Reach.ALL,
        R.AUDITOR: Reach.ALL,
        R.DATA_STEWARD: Reach.ALL,
    },
    # What the policy wants, and what is said of it to the outside, is the region's alone.
    "monitoring.edit_policy": {R.REGIONAL_OFFICER: Reach.ALL},
    "monitoring.publish_policy": {R.REGIONAL_OFFICER: Reach.ALL},
    "monitoring.reconcile": {
        R.REGIONAL_OFFICER: Reach.ALL,
        R.FUNDING_OFFICER: Reach.ALL,
        R.DATA_STEWARD: Reach.ALL,
    },
}

GRANTS: dict[str, dict[RoleName, Reach]] = {**HEALTH, **IMPACT, **MONEY, **POLICY}
DIFFERENCES: dict[Form, dict[str, dict[RoleName, Reach | None]]] = {
    Form.SECRETARIAT: {"monitoring.run_stress_test": {R.AGENCY_STAFF: Reach.ALL}},
}
