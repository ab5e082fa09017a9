"""Small calls for tests of the rules."""

from __future__ import annotations

from typing import Any

from poliedro.funding.rules.document import CallDocument, read_call

WORDS = {"it": "regola", "en": "rule"}
SME = {"fact": "size_class", "in": ["micro", "small", "medium"]}


def raw_call(*checks: Any, lines: tuple[str, ...] = ("1",), **more: Any) -> dict[str, Any]:
    """A call whose rules r0, r1, ... hold on every line."""
    return {
        "key": "test",
        "title": {"it": "Prova", "en": "Test"},
        "lines": [{"key": key, "title": WORDS, "budget_eur": 1000} for key in lines],
        "rules": [{"key": f"r{i}", "text": WORDS, "reference": "art. 1", "check": c} for i, c in enumerate(checks)],
        **more,
    }


def call_of(*checks: Any, **more: Any) -> CallDocument:
    return read_call(raw_call(*checks, **more))
