"""What a declaration of a study must say, how it is kept, and refusals in the reader's language."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from studies import SMALL

from poliedro.monitoring.report.words import why_refused
from poliedro.monitoring.rules.impact import (
    Declaration,
    DeclarationRefused,
    check_declaration,
    declaration_of,
    fingerprint,
    stored_form,
)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": " "}, "question"),
        ({"last_join": 2000}, "last_join"),
        ({"outcomes": ()}, "outcomes"),
        ({"matching": ("colour",)}, "matching"),
        ({"minimum": 2}, "minimum"),
        ({"first_event": 9}, "first_event"),
        ({"anticipation": -1}, "anticipation"),
        ({"caliper": 0.0}, "caliper"),
        ({"estimator": "guess"}, "estimator"),
    ],
)
def test_declaration_that_cannot_be_estimated_is_not_frozen(change: dict[str, Any], field: str) -> None:
    with pytest.raises(DeclarationRefused) as refused:
        check_declaration(replace(SMALL, **change))
    assert refused.value.field == field


def test_declaration_survives_its_stored_form_and_its_fingerprint_sees_every_change() -> None:
    assert declaration_of(stored_form(SMALL)) == SMALL
    assert fingerprint(declaration_of(stored_form(SMALL))) == fingerprint(SMALL)
    assert fingerprint(replace(SMALL, seed=1)) != fingerprint(SMALL)
    with pytest.raises(DeclarationRefused):
        declaration_of({"wish": "a large effect"})
    check_declaration(Declaration(question="What?"))


def test_fingerprints_of_declarations_before_anticipation_could_be_declared_stay() -> None:
    before = Declaration(question="What?")
    assert fingerprint(before) == "b25c7d0e1f2ad61f1f3b1f543dedf36f9291e69e4cfc1dfbd97932196354e881"
    assert "anticipation" not in stored_form(before)
    assert declaration_of(stored_form(replace(before, anticipation=2))).first_year == before.first_year - 2


@pytest.mark.parametrize(
    "refusal",
    [
        "3 of 60 who joined find a control, 30 are needed: no control in b; a wider pool would help",
        "log_assets stays 0.41 standard deviations apart after matching, at most 0.25 can be compared",
        "the weighed controls are worth 4.2 equal ones, 10 are needed; fewer covariates would help",
        "pretrends: p = 0.0004 is below 0.01",
        "few: 4 joined, at least 10 treated firms were declared",
        "complement: at least 10 treated firms were declared",
        "designs: 3 of 60 who joined find a control, 30 are needed: no control",
        "no cohort and period can be answered: no common support: the covariates tell treated from controls",
        "no cohort and period can be answered: 3 treated with an outcome in both periods, 10 are needed",
        "fewer than 10 matched units have an outcome after joining",
        "no effect at event time [3]; the table has [0, 1]",
        "event times -3 to 3 need every one and -1 inside; there is [0]",
        "nobody joins after the first period, 2005, and by the last, 2013; add periods",
        "no solution has elasticities above 0 and productivity that does not explode",
        "4 pairs differ, 10 are needed for the normal law",
        "12 of 20 draws have no answer; 8 units never joined, more are needed",
        "something that nobody foresaw",
    ],
)
def test_every_refusal_is_said_in_italian(refusal: str) -> None:
    why, helps = why_refused(refusal)
    for english in (" the ", " of ", " are ", " is ", " have ", "nobody", "treated", "covariates"):
        assert english not in f" {why} {helps} ", (why, helps)
