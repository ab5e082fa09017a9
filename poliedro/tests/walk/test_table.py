"""The table in the docs is the one that the rules give."""

from __future__ import annotations

import re
from pathlib import Path

import poliedro
from poliedro.config.access import access_table, addresses
from poliedro.registry.rules.permissions import CONFIDENTIAL, GRANTS, Form, RoleName, grants_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "access.md"


def test_table_in_the_docs_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == access_table(), "run `poliedro access docs/access.md` and commit it"


def test_no_address_asks_for_a_permission_that_nobody_grants() -> None:
    unknown = {a.permission for _name, _pattern, a in addresses() if a.kind == "permission"} - set(GRANTS)
    assert not unknown


def test_no_funding_role_is_granted_anything_confidential_under_any_form() -> None:
    funding = {RoleName.FUNDING_OFFICER, RoleName.EVALUATOR, RoleName.REGIONAL_OFFICER, RoleName.AUDITOR}
    for form in Form:
        for permission in CONFIDENTIAL:
            assert not funding & set(grants_of(form)[permission]), (form, permission)


INSIDE = ("NeedCard", "CoachingCase", "CoachingEntry", "CoachAssignment", "CompetenceProfile", "Enrolment", "Sealed")


def test_no_other_room_reads_what_lies_inside_the_wall() -> None:
    """Neither scores, formulas, reports nor runs: needs, coaching and training are read by `support` alone (R081)."""
    root = Path(poliedro.__file__).parent
    outside = [p for p in root.rglob("*.py") if p.relative_to(root).parts[0] != "support"]
    assert len(outside) > 300
    found = {
        str(path.relative_to(root)): name
        for path in outside
        if path.name != "personal.py"  # the register of what is kept, by the tables' labels
        for name in INSIDE
        if re.search(rf"\b{name}\b|support_{name.lower()}\b", path.read_text(encoding="utf-8"))
    }
    assert not found
