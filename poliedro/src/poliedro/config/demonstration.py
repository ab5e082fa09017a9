"""The whole demonstration: the register's, then what each room above adds to it, from the ground up."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from poliedro.registry.services.demo_logins import create_demo_logins
from poliedro.registry.services.demonstration import build_demonstration
from poliedro.registry.services.demonstration.towns import settle_in_towns
from poliedro.shared.region import Region

ROOMS = ("surveys", "support", "funding", "matchmaking", "monitoring", "reports")
"""A room takes part with a module `services/demonstration` that has `build_demonstration(*, region, by)`: one
transaction, seeded, all rows labelled synthetic (and carrying the demonstration's load, where they have one), doing it
again changes nothing, and a line that says what it made."""


def build_everything(region: Region, *, seed: int | None = None, by: Any = None) -> list[str]:
    """Build the register's demonstration and every room's. Returns a line a room."""
    load = build_demonstration(region, seed=seed, by=by)
    settle_in_towns(load)
    if settings.DEMO:
        create_demo_logins()  # rooms tie what they invent to the people of the demonstration
    return [f"register: load {load.pk}", *build_rooms(region, by=by)]


def build_rooms(region: Region, *, by: Any = None) -> list[str]:
    """Every room's own demonstration, on top of the register's."""
    lines = []
    for room in ROOMS:
        name = f"poliedro.{room}.services.demonstration"
        if find_spec(f"poliedro.{room}.services") is not None and find_spec(name) is not None:
            lines.append(f"{room}: {import_module(name).build_demonstration(region=region, by=by)}")
    return lines
