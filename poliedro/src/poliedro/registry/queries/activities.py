"""Which class an activity code of a file means, in which version of NACE or ATECO."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from poliedro.reference.models import Code, Concordance

WHOLE_NACE = 900
"""NACE Rev. 2 has 996 codes; a table with fewer than this is an excerpt."""
NEW_ATECO_FROM = date(2025, 4, 1)
"""From this day the Italian business register codes firms in ATECO 2025."""


@dataclass(frozen=True)
class Resolved:
    """code: the class that the file names, in its version. nace: the NACE Rev. 2 class or group it belongs to."""

    code: int
    nace: int | None


class Activities:
    """The loaded classes. Two queries to make, none to ask."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        self.text: dict[int, str] = {}
        rows = Code.objects.filter(classification__key__in=("nace", "ateco")).order_by("pk")
        for key, version, code, pk in rows.values_list("classification__key", "classification__version", "code", "pk"):
            self.codes[key, version][code] = pk
            self.text[pk] = code
        self.before: dict[int, list[int]] = defaultdict(list)
        for origin, target in Concordance.objects.order_by("pk").values_list("origin_id", "target_id"):
            self.before[target].append(origin)

    @property
    def are_excerpts(self) -> bool:
        """Whether the official tables are missing, so that a code that is not found may well be one."""
        return len(self.codes["nace", "2"]) < WHOLE_NACE or not self.codes["ateco", "2007"]

    def of_italian(self, text: str, on: date | None = None) -> Resolved | None:
        """An ATECO code written with or without points, that may have lost its leading zero; null if none is meant.

        A code of both versions is of 2025 for firms registered from April 2025 on, otherwise of 2007.
        """
        versions = ("2025", "2007") if on and on >= NEW_ATECO_FROM else ("2007", "2025")
        for candidate in _readings(text):
            for version in versions:
                if pk := self.codes["ateco", version].get(candidate):
                    return Resolved(pk, self.nace_of(candidate, version))
        for candidate in _readings(text):  # a subclass that the loaded table lacks counts as its class
            for version in versions[::-1] if len(candidate) > 5 else ():
                if pk := self.codes["ateco", version].get(candidate[:5]):
                    return Resolved(pk, self.nace_of(candidate, version))
        return self.of_nace(text)

    def of_nace(self, text: str) -> Resolved | None:
        """A NACE code of Rev. 2, else of Rev. 2.1."""
        for candidate in _readings(text):
            if pk := self.codes["nace", "2"].get(candidate):
                return Resolved(pk, pk)
            if pk := self.codes["nace", "2.1"].get(candidate):
                return Resolved(pk, self._older(candidate))
        return None

    def nace_of(self, ateco: str, version: str) -> int | None:
        """The NACE Rev. 2 class of an ATECO code: its first four digits, by the concordance for ATECO 2025."""
        if version == "2025":
            return self._older(ateco[:5])
        return self._nearest(ateco[:5])

    def _older(self, newer: str) -> int | None:
        """NACE Rev. 2 of a Rev. 2.1 class: the one class it came from, or what several have in common."""
        target = self.codes["nace", "2.1"].get(newer)
        origins = [self.text[pk] for pk in self.before.get(target, ())] if target else []
        if not origins:
            return self._nearest(newer)
        if len(origins) == 1:
            return self._nearest(origins[0])
        common = origins[0]
        while common and not all(o.startswith(common) for o in origins):
            common = common[:-1]
        return self._nearest(common.rstrip("."))

    def _nearest(self, code: str) -> int | None:
        """The class itself, else the group or division above it."""
        held = self.codes["nace", "2"]
        while code and code not in held:
            code = code[:-1].rstrip(".")
        return held.get(code)


def _readings(text: str) -> list[str]:
    """The codes that a text can mean: as it is, and with the leading zero that spreadsheets drop."""
    value = text.strip().upper()
    if re.fullmatch(r"[A-U]", value):
        return [value]
    digits = re.sub(r"\D", "", value)
    if not digits or re.search(r"[A-Z]", value):
        return []
    dotted_one = re.match(r"\d\.", value) is not None
    options = ["0" + digits] if dotted_one else [digits, "0" + digits]
    return [_dotted(o) for o in options if 2 <= len(o) <= 6]


def _dotted(digits: str) -> str:
    return ".".join(p for p in (digits[:2], digits[2:4], digits[4:]) if p)
