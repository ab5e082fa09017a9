"""Cluster stars: places that stand out in an activity by size, specialisation and focus."""

from __future__ import annotations

from typing import Any

import numpy as np

from regionomics.errors import InvalidParameter
from regionomics.relatedness._presence import By, pairs, run
from regionomics.specialisation.quotient import quotients
from regionomics.tables import PlaceActivity


def cluster_stars(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    top: float = 0.1,
    quotient: float = 2.0,
    minimum: float = 0.0,
) -> Any:
    """Give each place and activity up to three stars: large, specialised, and weighty at home.

    size: among the top tenth of places by value in the activity; specialisation: location quotient >= 2; focus: among
    the top tenth of places by the activity's share of the place.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        top: the share of places that get the stars of size and focus, of the places that have anything of the activity.
            Ties at the edge all get it.
        quotient: the least location quotient of a specialisation star.
        minimum: a value below which a pair gets no star.
    Returns:
        place, activity, value, location_quotient, share (of the place), size, specialisation, focus (0 or 1), stars
        (0..3); one row a pair with a value above 0.
    Raises:
        InvalidTable: a pair twice, nulls, negatives. InvalidParameter: top outside 0..1, a quotient <= 0.
    Source: Sölvell, Ketels and Lindqvist (2009), The European Cluster Observatory: EU cluster mapping and
        strengthening clusters in Europe; European Commission, ISBN 978-92-79-13830-6.
    """
    if not 0 < top <= 1:
        raise InvalidParameter(f"top={top!r}; it is a share above 0 and at most 1, such as 0.1")
    if not quotient > 0:
        raise InvalidParameter(f"quotient={quotient!r}; it must be above 0, such as 2")

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        x = data.values.toarray()
        total = x.sum(axis=1)
        share = np.divide(x, total[:, None], out=np.zeros_like(x), where=total[:, None] > 0)
        lq = quotients(data)
        large, weighty = _top(x, top), _top(share, top)
        enough = (x > 0) & (x >= minimum)
        special = np.nan_to_num(lq) >= quotient * (1 - 1e-12)
        size, specialisation, focus = (enough & flag for flag in (large, special, weighty))
        row, col = np.nonzero(x > 0)
        names = (data.names[0], data.names[1])
        return {
            "stars": pairs(
                {names[0]: (data.places, row), names[1]: (data.activities, col)},
                **{
                    data.names[2]: x[row, col],
                    "location_quotient": lq[row, col],
                    "share": share[row, col],
                    "size": size[row, col].astype(np.int64),
                    "specialisation": specialisation[row, col].astype(np.int64),
                    "focus": focus[row, col].astype(np.int64),
                    "stars": (1 * size + specialisation + focus)[row, col].astype(np.int64),
                },
            )
        }

    return run(table, by, (place, activity, value), calculate)["stars"]


def _top(values: np.ndarray, top: float) -> np.ndarray:
    """Which places are among the top share of those above 0, by column; shape of `values`."""
    out = np.zeros(values.shape, dtype=bool)
    for a in range(values.shape[1]):
        have = np.sort(values[values[:, a] > 0, a])[::-1]
        if len(have):
            edge = have[max(1, int(np.ceil(top * len(have)))) - 1]
            out[:, a] = values[:, a] >= edge
    return out
