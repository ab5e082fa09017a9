"""Reads about people and logins."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class DemoLogin:
    """One login of the demonstration, printed by `make demo` and offered on the sign-in page."""

    email: str
    password: str
    name: str
    role: str

    @property
    def role_label(self) -> str:
        return role_label(self.role)


ROLE_LABELS = {
    "cluster_manager": _("Cluster manager"),
    "delegate": _("Acts for an organisation"),
    "regional_officer": _("Regional officer"),
    "funding_officer": _("Funding officer"),
    "agency_staff": _("Staff of the cluster agency"),
    "coach": _("Coach"),
    "evaluator": _("Evaluator"),
    "fdi_officer": _("Investment promotion officer"),
    "data_steward": _("Data steward"),
    "auditor": _("Auditor"),
}


def role_label(role: str) -> str:
    """A role's name in the reader's language; the bare key where it has none yet."""
    return str(ROLE_LABELS.get(role, role))


DEMO_PASSWORD = "poliedro-demo-2026"  # noqa: S105  published on purpose: it opens synthetic data only
DEMO_LOGINS = (
    ("manager.agrifood", "cluster_manager"),
    ("manager.mesap", "cluster_manager"),
    ("region", "regional_officer"),
    ("funding", "funding_officer"),
    ("agency", "agency_staff"),
    ("coach", "coach"),
    ("firm", "delegate"),
    ("evaluator", "evaluator"),
    ("fdi", "fdi_officer"),
    ("steward", "data_steward"),
    ("auditor", "auditor"),
)


def demo_logins() -> list[DemoLogin]:
    """The demonstration's logins; none where the site is not a demonstration."""
    if not settings.DEMO:
        return []
    return [
        DemoLogin(f"{name}@demo.example", DEMO_PASSWORD, name.replace(".", " ").title(), role)
        for name, role in DEMO_LOGINS
    ]
