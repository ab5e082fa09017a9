"""What these pages share."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.registry.models import Cluster
from poliedro.shared.components import Crumb


def crumbs(here: str) -> list[Crumb]:
    return [Crumb(_("Figures"), reverse("portal:tables")), Crumb(here)]


def links_of(clusters: Sequence[Cluster]) -> dict[int, str]:
    return {i: reverse("portal:cluster", args=[c.key]) for i, c in enumerate(clusters)}
