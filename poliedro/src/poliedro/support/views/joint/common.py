"""What the pages of joint work share: their tabs, and money as numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.shared.components import Crumb, Tab


def joint_tabs(user: Any, here: str) -> list[Tab]:
    ways = (
        ("support:programmes", _("Programmes"), "support.view_joint_work"),
        ("support:joint_calendar", _("Calendar"), "support.view_joint_work"),
        ("support:roundtables", _("Roundtables"), "support.view_joint_work"),
        ("support:formulas", _("Incentives"), "support.view_joint_work"),
        ("support:shared_services", _("Shared services"), "support.share_services"),
    )
    return [Tab(label, reverse(name), name == here) for name, label, permission in ways if user.has_perm(permission)]


def joint_crumb() -> Crumb:
    return Crumb(_("Joint work"), reverse("support:programmes"))


def eur(amount: Decimal | float | str) -> float:
    return float(amount)
