"""What several pages of the portal share: tabs, ways back, words."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.registry.models import Cluster, Organisation
from poliedro.shared.components import Crumb, Tab

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


def cluster_crumbs(found: Cluster, here: str) -> list[Crumb]:
    return [
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(found.name, reverse("portal:cluster", args=[found.key])),
        Crumb(here),
    ]


def size_words() -> dict[str, str]:
    return {value: str(label) for value, label in Organisation.SizeClass.choices}
