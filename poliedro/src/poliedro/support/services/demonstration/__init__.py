"""The room's part of the demonstration, piece by piece."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from poliedro.shared.region import Region
from poliedro.support.services.demonstration.agency import build_agency
from poliedro.support.services.demonstration.services import build_services

PIECES = (build_services, build_agency)
"""Each takes (region, by), does nothing the second time, and says in a line what it made."""


@transaction.atomic
def build_demonstration(*, region: Region, by: Any = None) -> str:
    """Build what is not there yet."""
    return "; ".join(piece(region, by) for piece in PIECES)
