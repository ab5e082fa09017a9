"""The colours of a region, from its configuration file: `theme: {primary: "#0059b3", primary-dark: ..., accent:
...}`."""

from __future__ import annotations

import re

from poliedro.shared.region import InvalidRegion, Region

TOKENS = ("primary", "primary-dark", "accent")
READABLE = 4.5
"""Least contrast of white text on a colour (WCAG 2.1, 1.4.3, level AA)."""


def contrast(one: str, other: str) -> float:
    """Contrast of two colours (#rrggbb): 1 for equal ones, 21 for black on white. Source: WCAG 2.1, relative
    luminance."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def theme_css(region: Region) -> str:
    """The region's colours as a style sheet; empty where the file names none.

    Raises InvalidRegion for an unknown token, for what is not #rrggbb, and for a colour on which white text cannot be
    read.
    """
    theme = region.raw.get("theme") or {}
    for token, colour in theme.items():
        if token not in TOKENS:
            raise InvalidRegion(f"theme has no {token!r}; it has {', '.join(TOKENS)}")
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", str(colour)):
            raise InvalidRegion(f"theme {token} is {colour!r}; write a colour as #rrggbb, in quotes")
        if contrast(colour, "#ffffff") < READABLE:
            raise InvalidRegion(f"theme {token} is {colour}; white text on it cannot be read: choose a darker one")
    rules = "".join(f"--region-{token}: {colour};" for token, colour in theme.items())
    return f":root {{ {rules} }}\n" if rules else ""
