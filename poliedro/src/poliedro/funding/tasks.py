"""Background work of the room."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from poliedro.funding.models import CallVersion
from poliedro.funding.runs import NoRegister
from poliedro.funding.services.simulation import simulate_version
from poliedro.shared.jobs import JobRefused, job
from poliedro.shared.told import told


@job("funding.simulate")
def simulate_in_background(report: Any, by: Any, *, version: int, on: str, assumptions: dict[str, Any] | None) -> str:
    found = CallVersion.objects.select_related("call").get(pk=version)
    try:
        stored = simulate_version(
            version=found, on=date.fromisoformat(on), assumptions=assumptions, by=by, report=report
        )
    except NoRegister as refused:
        raise JobRefused(told(refused)) from refused
    return reverse("funding:simulation", args=[found.call.key, stored.pk])
