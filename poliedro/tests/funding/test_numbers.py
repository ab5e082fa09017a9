"""Numbers in the rule editor are read as the reader writes them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from poliedro.funding.forms import FactsForm
from poliedro.funding.forms.conditions import read_number


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("it", "400.000", 400_000),
        ("it", "1.250.000,50", 1_250_000.5),
        ("it", "0,6", 0.6),
        ("it", "0.6", 0.6),
        ("it", "79.5", 79.5),
        ("it", "400000", 400_000),
        ("it", "0.125", 0.125),
        ("en", "400,000", 400_000),
        ("en", "400.5", 400.5),
        ("en", "1,250,000.50", 1_250_000.5),
        ("it", "400,000", 400),
        ("it", "1.25.0", "1.25.0"),
        ("en", "1.000", 1),
        ("en", "much", "much"),
    ],
)
def test_thousands_and_decimals_are_those_of_the_language(language: str, text: str, number: Any) -> None:
    with translation.override(language):
        assert read_number(text) == number


def test_a_plan_that_ends_below_its_start_is_told_in_the_form() -> None:
    labels = {"trl_start": "TRL at the start", "trl_end": "TRL at the end"}
    form = FactsForm(labels, labels, {}, {"trl_start": "7", "trl_end": "6"})
    assert not form.is_valid()
    assert list(form.errors) == ["trl_end"]
