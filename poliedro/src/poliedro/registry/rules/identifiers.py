"""Numbers by which registers know a body or a project: normal form, or what is wrong with them."""

from __future__ import annotations

import re

from stdnum import lei as lei_rules
from stdnum.eu import vat as vat_rules
from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale, iva

CUP = re.compile(r"[A-Z]\d{2}[A-Z]\d{11}")
"""Codice unico di progetto: letter, two digits, letter, year of two digits, nine digits (C11G06000000001)."""


class InvalidIdentifier(ValueError):
    """The number is not one of its scheme; the message says why."""


def compact(text: str) -> str:
    return re.sub(r"[\s.\-/]", "", text).upper()


def check_cup(text: str) -> str:
    """The CUP in normal form. Raises InvalidIdentifier. It has no check digit: a well-formed one may not exist."""
    value = compact(text)
    if not CUP.fullmatch(value):
        raise InvalidIdentifier("a CUP has 15 signs: letter, two digits, letter, eleven digits")
    return value


def check_tax_code(text: str) -> str:
    """The Italian codice fiscale, of a firm (11 digits) or of a person (16 signs); leading zeros come back."""
    value = compact(text).removeprefix("IT")
    if value.isdigit() and 8 <= len(value) < 11:
        value = value.zfill(11)
    try:
        return str(codicefiscale.validate(value))
    except ValidationError as error:
        raise InvalidIdentifier("its check digit or its length is wrong") from error


def check_vat(text: str, country: str = "IT") -> str:
    """An EU VAT number with its country prefix (GR as EL). Raises InvalidIdentifier."""
    value = compact(text)
    prefix = {"GR": "EL"}.get(country, country)
    if value.isdigit() and prefix == "IT" and 8 <= len(value) < 11:
        value = value.zfill(11)
    if not value[:2].isalpha():
        value = prefix + value
    try:
        return str(iva.validate(value[2:])) and value if value.startswith("IT") else _eu(value)
    except ValidationError as error:
        raise InvalidIdentifier("its check digit, its length or its country is wrong") from error


def _eu(value: str) -> str:
    compacted = str(vat_rules.validate(value))
    return compacted if compacted[:2] == value[:2] else value[:2] + compacted


def check_lei(text: str) -> str:
    value = compact(text)
    try:
        return str(lei_rules.validate(value))
    except ValidationError as error:
        raise InvalidIdentifier("a LEI has 20 signs and two check digits at its end") from error


def check_pic(text: str) -> str:
    """The participant number of the European Commission: nine digits."""
    value = compact(text)
    if not re.fullmatch(r"\d{9}", value):
        raise InvalidIdentifier("a PIC has nine digits")
    return value
