from __future__ import annotations

from typing import Any

import pytest

from poliedro.shared.region import InvalidRegion, Region
from poliedro.shared.theme import contrast, theme_css


def region_with(**theme: Any) -> Region:
    return Region("test", "ITX", "IT", {"it": "Prova"}, raw={"theme": theme})


def test_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # the lightest grey that passes AA


def test_region_without_colours_has_no_theme() -> None:
    assert theme_css(region_with()) == ""


def test_region_colours_become_tokens() -> None:
    css = theme_css(Region("test", "ITX", "IT", {"it": "Prova"}, raw={"theme": {"primary-dark": "#402010"}}))
    assert "--region-primary-dark: #402010;" in css


@pytest.mark.parametrize(
    ("theme", "words"),
    [
        ({"primary": "#ffee00"}, "darker"),
        ({"primary": "red; } body { display: none"}, "#rrggbb"),
        ({"shadow": "#000000"}, "shadow"),
    ],
)
def test_unusable_colours_are_refused_with_the_reason(theme: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidRegion, match=words):
        theme_css(region_with(**theme))


@pytest.mark.django_db
def test_theme_is_served_as_a_style_sheet(client: Any) -> None:
    answer = client.get("/shared/theme.css")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/css")
