"""Files that people open in a spreadsheet."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils.translation import gettext_lazy, override

from poliedro.shared.spreadsheet import csv_file, csv_lines
from poliedro.shared.templatetags.poliedro import period_in


@pytest.mark.parametrize(
    ("language", "in_words", "line"),
    [
        ("it", True, "Forno;3,125;250,0;;True"),
        ("en", True, "Forno;3.125;250.0;;True"),
        ("it", False, "Forno;3.125;250.0;;True"),
    ],
)
def test_cells_stand_between_semicolons_numbers_as_the_reader_writes_them(
    language: str, in_words: bool, line: str
) -> None:
    with override(language):
        file = csv_file("rows", [["name"], ["Forno", 3.125, Decimal("250.0"), None, True]], in_words=in_words)
    assert file.content.decode() == f"\ufeffname\r\n{line}\r\n"
    assert file["Content-Disposition"] == 'attachment; filename="rows.csv"'


def test_text_is_never_a_formula_and_a_number_below_zero_stays_one() -> None:
    _header, line = csv_lines([["a"], ["=1+1", "@x", gettext_lazy("+39 011"), -1.5, "-", "a;b"]])
    assert line == "'=1+1;'@x;'+39 011;-1.5;-;\"a;b\"\r\n"


def test_a_month_is_told_in_the_language_that_is_named() -> None:
    assert [period_in(k, "2019-12") for k in ("it", "en")] == ["dicembre 2019", "December 2019"]
    assert [period_in("it", p) for p in ("2019", "2007-13")] == ["2019", "2007-13"]
