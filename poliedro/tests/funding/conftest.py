"""A measure with a call in draft, for tests that need one and nothing else of it."""

from __future__ import annotations

from datetime import date

import pytest
from calls_made import CRITERIA, RULES
from factories import source
from funding_drafts import SME, raw_call

from poliedro.funding.models import Call, Measure, Programme
from poliedro.funding.services.calls import create_call


@pytest.fixture
def measure(db: None) -> Measure:
    kept = source("region")
    programme = Programme.objects.create(
        key="p", name_it="P", name_en="P", authority="R", source=kept, certainty="reported"
    )
    return Measure.objects.create(
        programme=programme, key="m", name_it="M", name_en="M", instrument="grant", valid_from=date(2020, 1, 1),
        source=kept, certainty="reported",
    )  # fmt: skip


@pytest.fixture
def call(measure: Measure) -> Call:
    raw = raw_call(*RULES, criteria=CRITERIA, intensities=[{"who": SME, "grant": 0.5}])
    return create_call(measure=measure, document=raw, source=measure.source, by=None)
