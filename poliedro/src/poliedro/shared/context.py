"""What every page knows: the region, the languages, whether demonstration data are loaded."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    from poliedro.shared.region import region

    return {"region": region(), "DEMO": settings.DEMO}
