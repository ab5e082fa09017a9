"""States of an option in the region's portfolio, and which may follow which. Plain Python."""

from __future__ import annotations

STATES = ("considered", "pursued", "paused", "reached", "dropped")
NEXT: dict[str, tuple[str, ...]] = {
    "considered": ("pursued", "dropped"),
    "pursued": ("paused", "reached", "dropped"),
    "paused": ("pursued", "dropped"),
    "reached": ("pursued",),
    "dropped": ("considered",),
}


class StateRefused(ValueError):
    """An option cannot go from its state to the one asked for."""


def check_can_move(state: str, to: str) -> None:
    """Raises StateRefused where `to` does not follow `state`."""
    if to not in NEXT.get(state, ()):
        allowed = ", ".join(NEXT.get(state, ())) or "none"
        raise StateRefused(f"an option that is {state} cannot become {to!r}; possible: {allowed}")


def can_move(state: str, to: str) -> bool:
    return to in NEXT.get(state, ())
