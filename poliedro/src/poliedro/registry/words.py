"""What stored values are called on pages, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from poliedro.registry.models import CostLine, MembershipSpell, StaffAssignment


def category_words() -> dict[str, str]:
    category = MembershipSpell.Category
    return {
        category.ORDINARY: _("ordinary"),
        category.ASSOCIATE: _("associate"),
        category.EXTERNAL: _("external"),
        category.HONORARY: _("honorary"),
    }


def staff_words() -> dict[str, str]:
    role = StaffAssignment.Role
    return {
        role.MANAGER: _("management"),
        role.OFFICER: _("cluster officers"),
        role.PROJECT: _("projects"),
        role.COMMUNICATION: _("communication"),
        role.ADMINISTRATION: _("administration"),
    }


def cost_words() -> dict[str, str]:
    kind = CostLine.Kind
    return {
        kind.STAFF: _("staff costs"),
        kind.SERVICES: _("services bought"),
        kind.PREMISES: _("premises"),
        kind.EVENTS: _("events"),
        kind.OTHER: _("other costs"),
    }


def part_words() -> dict[str, str]:
    """Names of the parts of a profile (`rules/completeness.PARTS`)."""
    return {
        "name": _("name"),
        "kind": _("kind"),
        "place": _("place"),
        "activity": _("activity"),
        "number": _("tax code or other number"),
        "size": _("size"),
        "website": _("site"),
        "description": _("description"),
    }
