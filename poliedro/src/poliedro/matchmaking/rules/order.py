"""The order in which people read names that end in numbers: 2 before 10."""

from __future__ import annotations

import re


def natural(name: str) -> list[tuple[int, str]]:
    """A key to sort by: digits count as the number that they make, letters without regard to case."""
    return [(int(part), "") if part.isdecimal() else (-1, part.casefold()) for part in re.split(r"(\d+)", name) if part]
