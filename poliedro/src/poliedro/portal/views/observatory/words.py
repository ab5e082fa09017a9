"""Words for the states of an option, and for what runs and their tables hold."""

from __future__ import annotations

from typing import Any

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


def analysis_words() -> dict[str, str]:
    """Name of an analysis -> its title. The catalogue has the same titles, but no web page loads it: the numeric
    libraries cost seconds."""
    return {
        "specialisation": _("Specialisation of regions"),
        "variety": _("Related and unrelated variety"),
        "complexity": _("Complexity of regions and industries"),
        "industry-space": _("Industry space"),
        "options": _("Diversification options"),
        "partner-regions": _("Partner regions"),
        "between-clusters": _("Between clusters"),
        "productivity": _("Productivity watch"),
        "value-chain": _("Value chains"),
    }


def column_words(columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Columns of a result table in the reader's language; the analyses mark their texts where they define them."""
    return [{k: _(v) if k in {"label", "unit", "null_means"} and v else v for k, v in c.items()} for c in columns]
