"""Who may do what, under each of the three institutional forms of the platform (R072). Data and plain functions.

A role follows from a dated relation: a staff assignment under a current mandate makes a cluster manager of that
cluster, a
delegation makes a delegate of that organisation, an office makes an officer. A grant names how far a role reaches:

- ALL: every object. OWN: the cluster that the person manages, or the organisation that the person acts for.
- MEMBER: organisations and clusters tied to the person's organisation by a current membership.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """Where the agency sits (R072)."""

    DEVELOPMENT_AGENCY = "development_agency"
    INNOVATION_AGENCY = "innovation_agency"
    SECRETARIAT = "secretariat"


class RoleName(StrEnum):
    CLUSTER_MANAGER = "cluster_manager"
    DELEGATE = "delegate"
    REGIONAL_OFFICER = "regional_officer"
    FUNDING_OFFICER = "funding_officer"
    AGENCY_STAFF = "agency_staff"
    COACH = "coach"
    EVALUATOR = "evaluator"
    FDI_OFFICER = "fdi_officer"
    DATA_STEWARD = "data_steward"
    AUDITOR = "auditor"


class Reach(StrEnum):
    ALL = "all"
    OWN = "own"
    MEMBER = "member"


@dataclass(frozen=True)
class Role:
    """A role that a person holds today. cluster_id and organisation_id are null where the role is not tied to one."""

    name: RoleName
    cluster_id: int | None = None
    organisation_id: int | None = None
    member_of: frozenset[int] = frozenset()
    """Clusters in which the delegate's organisation is a member today."""


@dataclass(frozen=True)
class Subject:
    """What a permission is asked for: a cluster, an organisation, or (both null) the register as a whole."""

    cluster_id: int | None = None
    organisation_id: int | None = None


class NotPermitted(Exception):
    """The person holds no role that allows this; the message names the permission and the roles that would."""


R = RoleName
GRANTS: dict[str, dict[RoleName, Reach]] = {
    "registry.view_member_details": {
        R.CLUSTER_MANAGER: Reach.OWN,
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
        R.DATA_STEWARD: Reach.ALL,
    },
    "registry.view_prospects": {
        R.CLUSTER_MANAGER: Reach.OWN,
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
    },
    "registry.import_members": {R.CLUSTER_MANAGER: Reach.OWN, R.DATA_STEWARD: Reach.ALL},
    "registry.import_accounts": {R.CLUSTER_MANAGER: Reach.OWN, R.DATA_STEWARD: Reach.ALL},
    "registry.import_projects": {R.CLUSTER_MANAGER: Reach.OWN, R.DATA_STEWARD: Reach.ALL},
    "registry.load_sources": {R.DATA_STEWARD: Reach.ALL},
    "registry.undo_load": {R.CLUSTER_MANAGER: Reach.OWN, R.DATA_STEWARD: Reach.ALL},
    "registry.view_account_lines": {R.CLUSTER_MANAGER: Reach.OWN, R.REGIONAL_OFFICER: Reach.ALL},
    "registry.view_statements": {R.DELEGATE: Reach.OWN, R.EVALUATOR: Reach.ALL, R.DATA_STEWARD: Reach.ALL},
    "registry.edit_organisation": {R.DELEGATE: Reach.OWN, R.DATA_STEWARD: Reach.ALL},
    "registry.grant_delegation": {R.DELEGATE: Reach.OWN, R.DATA_STEWARD: Reach.ALL},
    "registry.review_matches": {R.DATA_STEWARD: Reach.ALL},
    "registry.explain_findings": {R.DATA_STEWARD: Reach.ALL, R.REGIONAL_OFFICER: Reach.ALL},
    "registry.appoint_officers": {R.REGIONAL_OFFICER: Reach.ALL},
    "evidence.run_analyses": {
        R.REGIONAL_OFFICER: Reach.ALL,
        R.AGENCY_STAFF: Reach.ALL,
        R.EVALUATOR: Reach.ALL,
        R.DATA_STEWARD: Reach.ALL,
    },
    "evidence.manage_portfolio": {R.REGIONAL_OFFICER: Reach.ALL, R.AGENCY_STAFF: Reach.ALL},
    "audit.view_log": {R.AUDITOR: Reach.ALL},
    "audit.view_reads_of_own_data": {R.DELEGATE: Reach.OWN},
}
"""Permission -> role -> reach, as it stands in a dedicated secretariat."""

DIFFERENCES: dict[Form, dict[str, dict[RoleName, Reach | None]]] = {
    Form.SECRETARIAT: {
        # The secretariat serves the clusters: it reads their accounts to help, and keeps the register clean.
        "registry.view_account_lines": {R.AGENCY_STAFF: Reach.ALL},
        "registry.review_matches": {R.AGENCY_STAFF: Reach.ALL},
    },
    Form.DEVELOPMENT_AGENCY: {
        # Beside the inward-investment desk: its officers see member details; accounts stay with region and cluster.
        "registry.view_member_details": {R.FDI_OFFICER: Reach.ALL},
        "registry.review_matches": {R.AGENCY_STAFF: Reach.ALL},
        "registry.appoint_officers": {R.AGENCY_STAFF: Reach.ALL},
    },
    Form.INNOVATION_AGENCY: {
        # The agency also runs funding: its staff see no account lines, and no member details beyond the public ones.
        "registry.view_member_details": {R.AGENCY_STAFF: None},
    },
}
"""What each form adds (a reach) or takes away (None)."""


def grants_of(form: Form) -> dict[str, dict[RoleName, Reach]]:
    """The whole matrix of one institutional form: permission -> role -> reach."""
    matrix = {permission: dict(roles) for permission, roles in GRANTS.items()}
    for permission, changes in DIFFERENCES[form].items():
        for role, reach in changes.items():
            if reach is None:
                matrix[permission].pop(role, None)
            else:
                matrix[permission][role] = reach
    return matrix


def can(roles: Iterable[Role], permission: str, subject: Subject, form: Form) -> bool:
    """Whether one of the roles allows the permission on the subject. An unknown permission raises KeyError."""
    allowed = grants_of(form)[permission]
    return any(role.name in allowed and _reaches(allowed[role.name], role, subject) for role in roles)


def check_can(roles: Iterable[Role], permission: str, subject: Subject, form: Form) -> None:
    """Raises NotPermitted unless one of the roles allows the permission on the subject."""
    if not can(roles, permission, subject, form):
        able = ", ".join(sorted(grants_of(form)[permission]))
        raise NotPermitted(f"{permission} needs one of: {able}")


def _reaches(reach: Reach, role: Role, subject: Subject) -> bool:
    if reach is Reach.ALL:
        return role.cluster_id is None or subject.cluster_id == role.cluster_id
    if reach is Reach.OWN:
        own_cluster = subject.cluster_id is not None and subject.cluster_id == role.cluster_id
        own_body = subject.organisation_id is not None and subject.organisation_id == role.organisation_id
        return own_cluster or own_body
    return subject.cluster_id is not None and subject.cluster_id in role.member_of
