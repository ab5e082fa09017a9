"""The region's list of items for a hand-over: its own file, or the one that comes with the platform."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from django.conf import settings

from poliedro.registry.rules.hand_overs import InvalidItems, Item, items_in
from poliedro.shared.region import SHIPPED, region

USUAL = SHIPPED / "hand_over" / "items.yaml"


def hand_over_items() -> list[Item]:
    """What a new checklist asks. Raises InvalidItems."""
    path = region().raw.get("hand_over")
    if not path:
        return list(_read(USUAL))
    name = str(settings.REGION)
    folder = Path(name).parent if name.endswith((".yaml", ".yml")) else SHIPPED
    return list(_read(folder / path))


@cache
def _read(path: Path) -> tuple[Item, ...]:
    if not path.exists():
        raise InvalidItems(f"{path.name} of `hand_over` is not beside the region's file; put it there")
    return tuple(items_in(yaml.safe_load(path.read_text(encoding="utf-8")) or {}))
