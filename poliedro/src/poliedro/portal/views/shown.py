"""The tabs of the study's figures."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.shared.components import Tab

FIGURES = (
    ("tables", lambda: _("Side by side")),
    ("monitoring:rd", lambda: _("R&D by year")),
    ("capacity", lambda: _("Capacity")),
    ("participation", lambda: _("Who takes part")),
    ("contracts", lambda: _("Research contracts")),
    ("lineage", lambda: _("Lineage")),
)


def figures_tabs(here: str, query: str) -> list[Tab]:
    """Those of rooms below are named with their room."""
    return [
        Tab(label(), reverse(name if ":" in name else f"portal:{name}") + query, name == here)
        for name, label in FIGURES
    ]
