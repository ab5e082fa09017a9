"""Calls under de minimis, aid that was recorded, and grants that wait for their signature."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from calls_made import TODAY, handed_in
from factories import source

from poliedro.funding.models import AidAward, Application, Call, Milestone
from poliedro.funding.services.calls import save_version
from poliedro.funding.services.grants import record_aid
from poliedro.registry.models import Organisation


def de_minimis(call: Call, budget: int = 1_000_000, **more: Any) -> Call:
    """The call under de minimis, with a budget to grant from."""
    raw = {**call.versions.get().document, "regime": "de_minimis", **more}
    raw["lines"] = [{**raw["lines"][0], "budget_eur": budget}]
    save_version(call=call, document=raw, note="", by=None)
    return call


def aided(body: Organisation, amount: str, regime: str = "de_minimis", **more: Any) -> AidAward:
    return record_aid(organisation=body, regime=regime, amount_eur=Decimal(amount), granted_on=date(2025, 5, 1),
                      measure="V", source=source(), by=None, **more)  # fmt: skip


def granted(call: Call, body: Organisation, grant_eur: str) -> Application:
    """A granted application of half of twice the grant, not signed."""
    made = handed_in(call, body, int(Decimal(grant_eur) * 2))
    Application.objects.filter(pk=made.pk).update(state="granted")
    made.refresh_from_db()
    made.decisions.create(outcome="granted", grant_eur=Decimal(grant_eur), reasons="x", decided_on=TODAY)
    Milestone.objects.create(application=made, title="M", due_on=date(2027, 1, 1))
    return made
