"""Words for the states of an option."""

from __future__ import annotations

from django.utils.translation import gettext as _

from poliedro.evidence.rules import NEXT, STATES


def state_words() -> dict[str, str]:
    return {
        "considered": _("considered"),
        "pursued": _("pursued"),
        "paused": _("paused"),
        "reached": _("reached"),
        "dropped": _("dropped"),
    }


def next_states(state: str) -> list[tuple[str, str]]:
    words = state_words()
    return [(s, words[s]) for s in STATES if s in NEXT[state]]
