"""What a study says in words: how far the effect can be believed, in the reader's language and numbers."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.translation import override
from studies import SMALL

from poliedro.monitoring.report.checks import doubt_words, found_words, judged_words, questions
from poliedro.monitoring.report.present import _last_year, sentence
from poliedro.monitoring.report.words import why_refused
from poliedro.monitoring.rules.impact import falls_at


def row(low: float, percent: float, high: float) -> dict[str, Any]:
    return {"att": percent / 100, "percent": percent, "percent_low": low, "percent_high": high}


def test_effect_falls_at_the_smallest_violation_whose_interval_holds_zero() -> None:
    def at(m: float, low: float | None, high: float | None) -> dict[str, Any]:
        return {"m": m, "low": low, "high": high}

    assert falls_at([at(0.0, 0.01, 0.1), at(0.01, -0.016, 0.143), at(0.02, -0.079, 0.206)]) == 0.01
    assert falls_at([at(0.0, 0.01, 0.1), at(0.01, 0.001, 0.2)]) is None
    assert falls_at([at(0.0, -0.2, -0.1), at(0.01, -0.3, 0.0)]) == 0.01, "an effect below 0 falls, too"
    assert falls_at([at(1.0, None, 0.2)]) == 1.0, "an interval beyond what was searched holds 0"


def test_headline_says_that_it_is_an_estimate_and_what_would_undo_it() -> None:
    found = row(1.0, 5.6, 10.4)
    with override("en"):
        assert sentence(SMALL, found, []) == "Estimated effect of membership on turnover: +5.6% (1.0% to 10.4%)"
        assert sentence(SMALL, found, ["trend_bend"]).endswith(
            "; small differences of trend would be enough to undo it"
        )
        assert sentence(SMALL, found, ["agreement", "clusters"]).endswith("; 2 checks cast doubt")
        assert "raised" not in sentence(SMALL, found, [])
        assert sentence(SMALL, row(-1.0, 5.6, 12.0), ["trend_bend"]).startswith("No effect of membership on turnover")
    assert sentence(SMALL, row(-9.0, -5.0, -1.0), []) == (
        "Effetto stimato dell'adesione sul fatturato: -5,0% (da -9,0% a -1,0%)"
    )


def test_year_whose_band_holds_zero_is_not_distinguishable_from_zero() -> None:
    def year(low: float, high: float) -> str:
        return _last_year({"event": 3, "percent": 1.5, "percent_band_low": low, "percent_band_high": high})

    assert (
        year(-0.3, 3.3)
        == "Dopo 3 anni dall'adesione la stima, 1,5%, non è distinguibile da zero (banda da -0,3% a 3,3%)."
    )
    assert year(0.2, 3.3) == "Dopo 3 anni dall'adesione la stima è 1,5% (banda da 0,2% a 3,3%)."


def test_numbers_of_a_refusal_are_those_of_the_reader() -> None:
    assert "(p = 0,0097 < 0,01, come dichiarato)" in why_refused("pretrends: p = 0.0097 is below 0.01")[0]
    assert "0,41 deviazioni" in why_refused("log_assets stays 0.41 standard deviations apart after matching")[0]


@pytest.mark.parametrize("check", sorted(questions()))
@pytest.mark.parametrize("value", [0.0312, None])
def test_every_check_says_in_italian_what_it_found_how_it_is_judged_and_what_a_doubt_means(
    check: str, value: float | None
) -> None:
    r = {"check": check, "verdict": "doubt", "value": value, "low": 0.01, "high": 0.14, "p": 0.02, "n": 49, "note": ""}
    for said in (found_words(r), judged_words(r, SMALL), doubt_words(r)):
        assert said
        for english in (" the ", " of ", " are ", " is ", " have ", "%("):
            assert english not in f" {said} ", said


def test_placebo_says_how_its_p_is_judged() -> None:
    r = {
        "check": "placebo_treated", "verdict": "sound", "value": 0.041, "low": None, "high": 0.143, "p": 0.02, "n": 49,
        "note": "",
    }  # fmt: skip
    assert found_words(r) == "Lo trova il 4,1% di 49 estrazioni. Il 2,0% dista da 0 quanto l'effetto degli aderenti."
    assert "più è piccolo, meno l'effetto somiglia al caso" in judged_words(r, SMALL)


def test_errors_of_a_large_study_rest_on_any_number_of_firms() -> None:
    r = {"check": "clusters", "verdict": "sound", "value": 826.0, "low": None, "high": None, "n": 826, "p": None}
    with override("en"):
        assert found_words(r | {"note": None}) == "The errors rest on the worth of 826 firms of equal weight."
