"""ORCID identifiers: sixteen digits, the last of which checks the others (ISO 7064, mod 11-2)."""

from __future__ import annotations

import re


def is_orcid(text: str) -> bool:
    """Whether it is written as 0000-0002-1825-0097 and its check digit (X = 10) is right."""
    if not re.fullmatch(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", text):
        return False
    total = 0
    for digit in text.replace("-", "")[:15]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return text[-1] == ("X" if check == 10 else str(check))
