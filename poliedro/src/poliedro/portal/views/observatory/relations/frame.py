"""What these pages share."""

from __future__ import annotations

from django.utils.translation import gettext as _

from poliedro.portal.views.observatory.frame import (
    Content,
)
from poliedro.registry.models import Cluster

SHOWN = 25


def cluster_names() -> dict[str, str]:
    return dict(Cluster.objects.order_by("key").values_list("key", "name"))


def percent(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 1)


def two(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def no_definitions() -> Content:
    """Where no industry of the table is in a cluster's definition."""
    return Content(
        _("No cluster's definition names an industry of this table"),
        _("Clusters are defined by NACE; choose a table by NACE to compare them."),
        sure=[_("Nothing is computed here.")],
        regional=False,
    )
