"""Coding of interviews: codes as lines, transcripts in fragments, and how far two coders agree. Plain Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from poliedro.shared.refusals import Refusal

LONGEST = 5000
"""Characters of a fragment."""
KEY = re.compile(r"[a-z][a-z0-9-]{1,29}")


class InvalidCodes(Refusal):
    """A codebook that cannot be read; the message names the line."""


def parse_codes(text: str) -> list[dict[str, str]]:
    """The codes of a codebook from its lines "key: label - meaning". Raises InvalidCodes."""
    found: list[dict[str, str]] = []
    for number, line in enumerate((x.strip() for x in text.splitlines() if x.strip()), 1):
        key, colon, rest = line.partition(":")
        label, _dash, meaning = rest.partition(" - ")
        if not colon or not KEY.fullmatch(key.strip()) or not label.strip():
            raise InvalidCodes(
                "line %(number)s is '%(line)s'; write a key, a colon and a name, as funds: only for funds",
                number=number,
                line=line[:60],
            )
        if any(code["key"] == key.strip() for code in found):
            raise InvalidCodes("line %(number)s repeats the key %(key)s; a key stands once", number=number, key=key)
        found.append({"key": key.strip(), "label": label.strip(), "meaning": meaning.strip()})
    return found


def fragments_of(text: str) -> list[str]:
    """The passages of a transcript: what empty lines part, none longer than LONGEST characters."""
    passages = [" ".join(p.split()) for p in re.split(r"\n\s*\n", text.replace("\r\n", "\n"))]
    return [p[at : at + LONGEST] for p in passages if p for at in range(0, len(p), LONGEST)]


def cohen_kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Agreement of two coders on yes and no, beyond what chance would give: (p_o - p_e) / (1 - p_e).

    p_o: share of pairs that agree; p_e: a b + (1 - a)(1 - b) with the coders' shares of yes, a and b. 1: they always
    agree; 0: no more than by chance. None without pairs, and where both always said the same one thing.
    Source: Cohen (1960), doi:10.1177/001316446002000104.
    """
    if not pairs:
        return None
    n = len(pairs)
    first, second = sum(a for a, _b in pairs) / n, sum(b for _a, b in pairs) / n
    observed = sum(a == b for a, b in pairs) / n
    chance = first * second + (1 - first) * (1 - second)
    return None if chance == 1 else (observed - chance) / (1 - chance)


@dataclass(frozen=True)
class Said:
    """What a coder says of a fragment now, and what it said first, apart from the others."""

    coder: int
    codes: frozenset[str]
    first: frozenset[str]


@dataclass(frozen=True)
class CodeLine:
    """What the coders found of one code. agreed: fragments to which everybody who coded them gave it; disputed: those
    to which some did. interviews: with an agreed fragment. twice: fragments that two coded; kappa over them."""

    key: str
    interviews: int
    agreed: tuple[int, ...]
    disputed: tuple[int, ...]
    twice: int
    kappa: float | None


def code_lines(
    keys: Iterable[str], coded: Mapping[int, Sequence[Said]], interview_of: Mapping[int, int]
) -> list[CodeLine]:
    """A line a code. coded: fragment -> what each said who coded it. Where more than two did, the two with the lowest
    numbers are compared, so that one pair stands for the whole interview; kappa compares what they said first."""
    lines = []
    for key in keys:
        agreed, disputed, pairs = [], [], []
        for fragment, said in coded.items():
            given = [key in s.codes for s in said]
            if given and all(given):
                agreed.append(fragment)
            elif any(given):
                disputed.append(fragment)
            if len(said) > 1:
                one, other = sorted(said, key=lambda s: s.coder)[:2]
                pairs.append((key in one.first, key in other.first))
        interviews = len({interview_of[f] for f in agreed})
        lines.append(CodeLine(key, interviews, tuple(agreed), tuple(disputed), len(pairs), cohen_kappa(pairs)))
    return lines
