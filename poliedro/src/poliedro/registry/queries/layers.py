"""Kinds of ties that rooms above know of: each tells its own, and the structure of the ecosystem counts them beside
projects, contracts and services (R009). A room adds a layer when the site starts (`apps.py`, `ready`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from django.utils.functional import Promise

from poliedro.registry.queries.backing import NOTHING, Backing

Dated: TypeAlias = tuple[int, int, date | None, date | None]
"""Two organisations, and the first and last day of what ties them; None: not known."""


@dataclass(frozen=True)
class Told:
    """What a room knows. met: pairs that had the chance of a tie, where the room counts them; None: it does not."""

    ties: Sequence[Dated] = field(default_factory=list)
    backing: Backing = NOTHING
    met: int | None = None


@dataclass(frozen=True)
class Layer:
    """tell(official): the ties; official: without what is synthetic."""

    name: str
    label: str | Promise
    tell: Callable[[bool], Told]


_LAYERS: dict[str, Layer] = {}


def add_layer(layer: Layer) -> None:
    """Add a kind of tie; the same name again replaces it."""
    _LAYERS[layer.name] = layer


def layers() -> list[Layer]:
    return [_LAYERS[name] for name in sorted(_LAYERS)]
