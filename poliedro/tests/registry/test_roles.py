"""Roles follow from dated relations; the matrix of each institutional form says what they allow."""

from __future__ import annotations

from datetime import date

import pytest
from factories import cluster, delegate_of, manager_of, membership, officer, organisation, source, user

from poliedro.registry.models import Delegation, Mandate, StaffAssignment
from poliedro.registry.queries.roles import role_lines, roles_of
from poliedro.registry.rules.permissions import (
    DIFFERENCES,
    GRANTS,
    Form,
    NotPermitted,
    Reach,
    Role,
    RoleName,
    Subject,
    can,
    grants_of,
)
from poliedro.registry.services.facts import AlreadyRetracted, correct_fact, retract_fact
from poliedro.registry.services.roles import end_delegation, grant_delegation

pytestmark = pytest.mark.django_db
MANAGER = Role(RoleName.CLUSTER_MANAGER, cluster_id=1)


def test_cluster_manager_needs_staff_assignment_and_mandate_on_the_same_day() -> None:
    agrifood = cluster()
    login = manager_of(agrifood)
    assert roles_of(login, date(2015, 1, 1)) == (Role(RoleName.CLUSTER_MANAGER, cluster_id=agrifood.pk),)
    assert roles_of(login, date(2009, 1, 1)) == ()
    Mandate.objects.update(valid_to=date(2014, 1, 1))
    assert roles_of(login, date(2015, 1, 1)) == ()


def test_administrator_of_the_managing_body_is_no_manager() -> None:
    login = manager_of(cluster())
    StaffAssignment.objects.update(role="administration")
    assert roles_of(login) == ()


def test_manager_imports_members_of_own_cluster_only() -> None:
    own, other = cluster("agrifood"), cluster("mesap")
    login = manager_of(own)
    assert login.has_perm("registry.import_members", own)
    assert not login.has_perm("registry.import_members", other)
    assert not login.has_perm("registry.load_sources")


def test_nobody_signed_in_has_no_role() -> None:
    from django.contrib.auth.models import AnonymousUser

    assert roles_of(AnonymousUser()) == ()
    assert not AnonymousUser().has_perm("registry.import_members", cluster())


def test_unknown_permission_is_refused() -> None:
    assert not officer("data_steward").has_perm("registry.no_such_permission")


def test_delegate_acts_for_own_organisation_and_knows_its_clusters() -> None:
    firm, agrifood = organisation(), cluster()
    membership(firm, agrifood)
    login = delegate_of(firm)
    assert roles_of(login) == (Role(RoleName.DELEGATE, organisation_id=firm.pk, member_of=frozenset({agrifood.pk})),)
    assert login.has_perm("registry.edit_organisation", firm)
    assert not login.has_perm("registry.edit_organisation", organisation("Altra S.p.A."))


def test_delegate_grants_and_ends_a_delegation_and_a_stranger_cannot() -> None:
    firm = organisation()
    owner, colleague = delegate_of(firm), user("colleague@test.example")
    facts = {"scope": "profile", "valid_from": date(2021, 1, 1), "valid_to": None, "source": source()}
    with pytest.raises(NotPermitted, match="needs one of: data_steward, delegate"):
        grant_delegation(organisation=firm, person=colleague.person, by=colleague, **facts)
    granted = grant_delegation(organisation=firm, person=colleague.person, by=owner, **facts)
    assert [r.organisation_id for r in roles_of(colleague, date(2022, 1, 1))] == [firm.pk]
    end_delegation(delegation=granted, on=date(2023, 1, 1), by=owner)
    assert roles_of(colleague, date(2023, 1, 1)) == ()
    assert len(roles_of(colleague, date(2022, 12, 31))) == 1


def test_role_lines_name_the_relation_and_its_days() -> None:
    agrifood = cluster()
    (line,) = role_lines(manager_of(agrifood))
    assert (line.role, line.subject, line.since, line.until) == ("cluster_manager", "Agrifood", date(2010, 1, 1), None)


@pytest.mark.parametrize("form", list(Form))
def test_matrix_of_every_form_covers_every_permission_and_lets_somebody_in(form: Form) -> None:
    matrix = grants_of(form)
    assert set(matrix) == set(GRANTS)
    assert all(matrix.values())
    assert set(DIFFERENCES[form]) <= set(GRANTS)


@pytest.mark.parametrize(
    ("form", "permission", "role", "expected"),
    [
        (Form.SECRETARIAT, "registry.view_account_lines", RoleName.AGENCY_STAFF, True),
        (Form.DEVELOPMENT_AGENCY, "registry.view_account_lines", RoleName.AGENCY_STAFF, False),
        (Form.INNOVATION_AGENCY, "registry.view_member_details", RoleName.AGENCY_STAFF, False),
        (Form.DEVELOPMENT_AGENCY, "registry.view_member_details", RoleName.FDI_OFFICER, True),
        (Form.SECRETARIAT, "registry.view_member_details", RoleName.FUNDING_OFFICER, False),
        (Form.SECRETARIAT, "registry.view_statements", RoleName.REGIONAL_OFFICER, False),
        (Form.SECRETARIAT, "registry.view_statements", RoleName.EVALUATOR, False),
        (Form.DEVELOPMENT_AGENCY, "registry.view_statements", RoleName.EVALUATOR, False),
    ],
)
def test_forms_differ_where_they_should(form: Form, permission: str, role: RoleName, expected: bool) -> None:
    assert can([Role(role)], permission, Subject(cluster_id=1), form) is expected


def test_funding_officer_reads_no_statement_and_no_member_detail_under_any_form() -> None:
    for form in Form:
        for permission in ("registry.view_statements", "registry.view_member_details", "audit.view_log"):
            assert not can([Role(RoleName.FUNDING_OFFICER)], permission, Subject(cluster_id=1), form)


def test_own_reach_needs_the_same_cluster() -> None:
    assert can([MANAGER], "registry.import_members", Subject(cluster_id=1), Form.SECRETARIAT)
    assert not can([MANAGER], "registry.import_members", Subject(cluster_id=2), Form.SECRETARIAT)
    assert not can([MANAGER], "registry.import_members", Subject(), Form.SECRETARIAT)


def test_office_for_one_cluster_does_not_reach_another() -> None:
    role = Role(RoleName.AGENCY_STAFF, cluster_id=1)
    assert can([role], "registry.view_member_details", Subject(cluster_id=1), Form.SECRETARIAT)
    assert not can([role], "registry.view_member_details", Subject(cluster_id=2), Form.SECRETARIAT)
    steward = Role(RoleName.DATA_STEWARD, cluster_id=1)
    assert not can([steward], "registry.load_sources", Subject(), Form.SECRETARIAT)  # the register as a whole
    assert not can([steward], "registry.edit_organisation", Subject(organisation_id=7), Form.SECRETARIAT)


def test_grant_to_all_ties_no_delegate() -> None:
    assert all(RoleName.DELEGATE not in roles or roles[RoleName.DELEGATE] is not Reach.ALL for roles in GRANTS.values())


def test_correction_keeps_what_was_known_before() -> None:
    from django.utils import timezone

    firm = organisation()
    delegate_of(firm)
    first = Delegation.objects.get()
    before = timezone.now()
    second = correct_fact(first, by=None, valid_to=date(2012, 1, 1))
    assert list(Delegation.objects.known()) == [second]
    assert list(Delegation.objects.known(before)) == [first]
    with pytest.raises(AlreadyRetracted, match="correct the row that replaced it"):
        retract_fact(first, by=None)
