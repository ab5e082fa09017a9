"""Reads about people and logins."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class DemoLogin:
    """One login of the demonstration, printed by `make demo` and offered on the sign-in page."""

    email: str
    password: str
    name: str
    role: str


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
