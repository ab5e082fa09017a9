from __future__ import annotations

from datetime import date
from typing import Any

from factories import source

from poliedro.funding.models.open_calls import OpenCall


def samples() -> dict[str, list[dict[str, Any]]]:
    calls = [
        {"pk": OpenCall.objects.create(
            topic=topic, title=topic, programme="Horizon", status="open", deadline=date(2099, 1, 1), source=source()
        ).pk}
        for topic in ("A", "B")
    ]  # fmt: skip
    return {"funding:open_call": calls, "funding:call_applied": calls}
