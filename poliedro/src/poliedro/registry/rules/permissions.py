"""Who may do what, under each institutional form of the platform (R072) and without an agency (R085).

Data and plain functions.

A role follows from a dated relation: a staff assignment under a current mandate makes a cluster manager of that
cluster, a
delegation makes a delegate of that organisation, an office makes an officer. A grant names how far a role reaches:

- ALL: every object. OWN: the cluster that the person manages, or the organisation that the person acts for.
- MEMBER: organisations and clusters tied to the person's organisation by a current membership.
- ANYWHERE: whoever holds the role, for whichever cluster; where a page speaks of no cluster.
- ASSIGNED: only things on which this very person is named, such as the cases of a coach.

A confidential permission has a wall around it (R080, R084): whoever holds a funding role, or held one within the
look-back period, is refused whatever else they hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Form(StrEnum):
    """Where the agency sits (R072), or that there is none."""

    DEVELOPMENT_AGENCY = "development_agency"
    INNOVATION_AGENCY = "innovation_agency"
    SECRETARIAT = "secretariat"
    NONE = "none"
    """No agency: region and managing bodies help themselves (R085)."""


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
    ASSIGNED = "assigned"
    ANYWHERE = "anywhere"


@dataclass(frozen=True)
class Role:
    """A role that a person holds today. cluster_id and organisation_id are null where the role is not tied to one."""

    name: RoleName
    cluster_id: int | None = None
    organisation_id: int | None = None
    member_of: frozenset[int] = frozenset()
    """Clusters in which the delegate's organisation is a member today."""
    person_id: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Subject:
    """What a permission is asked for: a cluster, an organisation, or (both null) the register as a whole."""

    cluster_id: int | None = None
    organisation_id: int | None = None
    people: frozenset[int] = frozenset()
    """People who are named on the thing itself."""


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
    # What a cluster's managers write about their members is theirs: no officer of region or funding reads it.
    "registry.view_member_file": {R.CLUSTER_MANAGER: Reach.OWN},
    "registry.manage_members": {R.CLUSTER_MANAGER: Reach.OWN},
    "registry.manage_fees": {R.CLUSTER_MANAGER: Reach.OWN},
    "registry.run_outreach": {R.CLUSTER_MANAGER: Reach.OWN},
    "registry.view_outreach": {
        R.CLUSTER_MANAGER: Reach.OWN,
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
    },
    "registry.set_targets": {R.CLUSTER_MANAGER: Reach.OWN, R.REGIONAL_OFFICER: Reach.ALL},
    "registry.view_membership_trend": {
        R.CLUSTER_MANAGER: Reach.OWN,
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
    },
    "registry.apply_for_membership": {R.DELEGATE: Reach.OWN},
    # A checklist of a start-up that leaves its incubator: the two of them, then the clusters that it is handed to.
    # Region and evaluators count them.
    "registry.hand_over": {R.DELEGATE: Reach.OWN},
    "registry.receive_hand_overs": {R.CLUSTER_MANAGER: Reach.OWN},
    "registry.count_hand_overs": {
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
        R.EVALUATOR: Reach.ALL,
    },
    "registry.view_own_invoices": {R.DELEGATE: Reach.OWN},
    "registry.view_own_position": {R.DELEGATE: Reach.OWN},
    "registry.view_productivity_tail": {
        R.CLUSTER_MANAGER: Reach.ALL,
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
    },
    "registry.import_members": {R.CLUSTER_MANAGER: Reach.OWN, R.DATA_STEWARD: Reach.ALL},
    "registry.import_accounts": {R.CLUSTER_MANAGER: Reach.OWN, R.DATA_STEWARD: Reach.ALL},
    "registry.import_projects": {R.CLUSTER_MANAGER: Reach.OWN, R.DATA_STEWARD: Reach.ALL},
    "registry.load_sources": {R.DATA_STEWARD: Reach.ALL},
    "registry.undo_load": {R.CLUSTER_MANAGER: Reach.OWN, R.DATA_STEWARD: Reach.ALL},
    "registry.view_roster": {
        R.CLUSTER_MANAGER: Reach.OWN,
        R.AGENCY_STAFF: Reach.ALL,
        R.REGIONAL_OFFICER: Reach.ALL,
    },
    "registry.edit_roster": {R.CLUSTER_MANAGER: Reach.OWN},
    "registry.view_account_lines": {R.CLUSTER_MANAGER: Reach.OWN, R.REGIONAL_OFFICER: Reach.ALL},
    # Not the evaluator's: an outcome is seen in a study's data room, after its declaration is frozen, under pseudonyms.
    # Amounts of single contracts: the firm's and the laboratory's own, the cluster's, the region's. See ADR 27.
    "registry.view_contracts": {
        R.DELEGATE: Reach.OWN,
        R.CLUSTER_MANAGER: Reach.OWN,
        R.REGIONAL_OFFICER: Reach.ALL,
        R.DATA_STEWARD: Reach.ALL,
    },
    "registry.view_statements": {R.DELEGATE: Reach.OWN, R.DATA_STEWARD: Reach.ALL},
    "registry.edit_organisation": {R.DELEGATE: Reach.OWN, R.DATA_STEWARD: Reach.ALL},
    "registry.correct_projects": {R.DATA_STEWARD: Reach.ALL},
    "registry.edit_clusters": {R.REGIONAL_OFFICER: Reach.ALL, R.DATA_STEWARD: Reach.ALL},
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
"""Permission -> role -> reach, as it stands in a dedicated secretariat. Rooms above add theirs with `add_grants`."""

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
    Form.NONE: {},
}
"""What each form adds (a reach) or takes away (None)."""


FUNDING_ROLES: dict[Form, frozenset[RoleName]] = {
    Form.SECRETARIAT: frozenset({R.FUNDING_OFFICER, R.EVALUATOR, R.REGIONAL_OFFICER}),
    Form.DEVELOPMENT_AGENCY: frozenset({R.FUNDING_OFFICER, R.EVALUATOR, R.REGIONAL_OFFICER}),
    Form.NONE: frozenset({R.FUNDING_OFFICER, R.EVALUATOR, R.REGIONAL_OFFICER}),
    # An innovation agency runs funding itself: its staff stand on that side, its coaches must not.
    Form.INNOVATION_AGENCY: frozenset({R.FUNDING_OFFICER, R.EVALUATOR, R.REGIONAL_OFFICER, R.AGENCY_STAFF}),
}
"""Roles that decide on money, or advise who does: no confidential permission for whoever holds or lately held one."""

CONFIDENTIAL: set[str] = set()
"""Permissions inside the wall."""


def funding_roles(form: Form) -> frozenset[RoleName]:
    return FUNDING_ROLES[form]


def add_grants(
    grants: dict[str, dict[RoleName, Reach]],
    differences: dict[Form, dict[str, dict[RoleName, Reach | None]]] | None = None,
    confidential: Iterable[str] = (),
) -> None:
    """Add a room's part of the matrix. Its permissions begin with the room's name.

    confidential: those among them that are inside the wall.

    Raises:
        ValueError: another part grants the same permission otherwise.
    """
    for permission, roles in grants.items():
        if GRANTS.setdefault(permission, roles) != roles:
            raise ValueError(f"{permission} is granted twice, to {sorted(GRANTS[permission])} and to {sorted(roles)}")
    for form, changes in (differences or {}).items():
        for permission, change in changes.items():
            DIFFERENCES[form].setdefault(permission, {}).update(change)
    CONFIDENTIAL.update(confidential)


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


def can(
    roles: Iterable[Role], permission: str, subject: Subject, form: Form, *, held_funding_role: bool = False
) -> bool:
    """Whether one of the roles allows the permission on the subject. An unknown permission raises KeyError.

    held_funding_role: the person decides on money, or lately did; it matters for confidential permissions alone.
    """
    allowed = grants_of(form)[permission]
    if permission in CONFIDENTIAL and held_funding_role:
        return False
    return any(role.name in allowed and _reaches(allowed[role.name], role, subject) for role in roles)


def check_can(roles: Iterable[Role], permission: str, subject: Subject, form: Form) -> None:
    """Raises NotPermitted unless one of the roles allows the permission on the subject."""
    if not can(roles, permission, subject, form):
        able = ", ".join(sorted(grants_of(form)[permission]))
        raise NotPermitted(f"{permission} needs one of: {able}")


def _reaches(reach: Reach, role: Role, subject: Subject) -> bool:
    if reach is Reach.ALL:
        return role.cluster_id is None or subject.cluster_id == role.cluster_id
    if reach is Reach.ANYWHERE:
        return True
    if reach is Reach.ASSIGNED:
        return role.person_id is not None and role.person_id in subject.people
    if reach is Reach.OWN:
        own_cluster = subject.cluster_id is not None and subject.cluster_id == role.cluster_id
        own_body = subject.organisation_id is not None and subject.organisation_id == role.organisation_id
        return own_cluster or own_body
    return subject.cluster_id is not None and subject.cluster_id in role.member_of
