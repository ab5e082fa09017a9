"""Simulations are kept: the same rules on the same register under the same assumptions give the stored one again."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.funding.models import CallVersion, Simulation
from poliedro.reference.models import Certainty
from poliedro.registry.models import RegisteredFirm

SEED = 20260301


def simulate_version(
    *,
    version: CallVersion,
    on: date,
    assumptions: dict[str, Any] | None,
    by: Any,
    report: Callable[[int, int, str], None] | None = None,
) -> Simulation:
    """Try a version on the register. Raises NoRegister, TypeError for an unknown assumption."""
    # The numeric libraries cost seconds to load, which no web page must pay.
    from poliedro.funding.runs.simulation import VERSION, Assumptions, inputs_of, simulate

    assumed = Assumptions(**(assumptions or {}))
    inputs = inputs_of(on)
    text = json.dumps([VERSION, version.pk, version.checksum, inputs, assumed.stated(), SEED], sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()
    existing = Simulation.objects.filter(key=key, version=version).first()
    if existing is not None:
        return existing
    started = time.monotonic()
    result = simulate(version.rules, on, assumed, seed=SEED, **({"report": report} if report else {}))
    synthetic = RegisteredFirm.objects.filter(certainty=Certainty.SYNTHETIC).exists()
    names = RegisteredFirm.objects.order_by().values_list("load__source__name", flat=True).distinct()
    with transaction.atomic():
        stored, made = Simulation.objects.get_or_create(
            key=key,
            defaults={
                "version": version,
                "assumptions": assumed.stated(),
                "inputs": {**inputs, "document": version.document},
                "result": result,
                "seconds": time.monotonic() - started,
                "seed": SEED,
                "certainty": Certainty.SYNTHETIC if synthetic else Certainty.ESTIMATED,
                "source_names": ", ".join(sorted(n for n in names if n))[:300],
                "by": by if getattr(by, "is_authenticated", False) else None,
            },
        )
        if made:
            record(by=by, verb="simulate_version", subject_kind="funding.call", subject_key=version.call.key, key=key)
    return stored
