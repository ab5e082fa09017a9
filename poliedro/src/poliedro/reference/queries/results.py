"""Stored results of runs, for pages: a web request never computes them."""

from __future__ import annotations

from poliedro.reference.models import StoredResult


def latest_result(key: str) -> StoredResult | None:
    """The last stored result of a run, or None if it never ran."""
    return StoredResult.objects.filter(key=key).order_by("-computed_at").first()
