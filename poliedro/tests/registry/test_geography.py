"""Where the name of a province is written on the map."""

from __future__ import annotations

import pytest

from poliedro.registry.queries.geography import widest_place

BOOT = [[0, 0], [10, 0], [10, 3], [2, 3], [2, 10], [0, 10], [0, 0]]
"""A foot from 0 to 10, three high, under a leg two wide: its middle, 5 and 5, is outside."""


def test_name_stands_where_the_area_is_widest() -> None:
    longitude, latitude = widest_place({"type": "Polygon", "coordinates": [BOOT]})
    assert (longitude, 2 <= latitude < 3) == (5, True)


def test_name_of_several_parts_stands_on_the_widest_and_not_in_a_hole() -> None:
    island = [[20, 0], [21, 0], [21, 10], [20, 10], [20, 0]]
    hole = [[4, 1], [6, 1], [6, 9], [4, 9], [4, 1]]
    square = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
    longitude, _latitude = widest_place({"type": "MultiPolygon", "coordinates": [[square, hole], [island]]})
    assert longitude == pytest.approx(2) or longitude == pytest.approx(8)
