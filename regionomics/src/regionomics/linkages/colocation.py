"""Whether activities share more places than by chance."""

from __future__ import annotations

from typing import Any

import numpy as np

from regionomics.linkages.clusters import divide
from regionomics.linkages.links import correlate
from regionomics.relatedness._presence import By, Presence, pairs, presence_matrix, run
from regionomics.tables import PlaceActivity


def colocation(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
) -> Any:
    """Say whether two activities share more places than they would by chance.

    With n places, of which u_i have i and u_j have j, the number that has both by chance is hypergeometric: expected
    e = u_i u_j / n, variance e (n - u_i)(n - u_j) / (n (n - 1)); z = (both - e) / sd.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        by: further keys (year): each group by itself.
        presence, threshold: what it means to have an activity: as `relatedness`.
    Returns:
        `<activity>_1`, `<activity>_2`, both (places), expected, ratio (both / expected), z, p (the chance of as many or
        more together, exact), correlation (of the values over places, as `locational_correlation`); one row a pair.
        Ratio is null where an activity is nowhere; z where one is nowhere or everywhere; correlation where a value is
        the same in every place. p is for one pair: with many pairs correct for their number.
    Raises:
        InvalidTable: a pair twice, nulls, negatives. InvalidParameter: an unknown presence, a threshold <= 0.
    Source: Teece, Rumelt, Dosi and Winter (1994), doi:10.1016/0167-2681(94)90094-9, for the hypergeometric null;
        Porter (2003), doi:10.1080/0034340032000108688, for the correlation.
    """

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        from scipy.stats import hypergeom

        m = presence_matrix(data, presence, threshold)
        n, k = m.shape
        together = np.asarray((m.T @ m).toarray())
        has = np.asarray(m.sum(axis=0))
        i, j = np.triu_indices(k, 1)
        both, expected = together[i, j], has[i] * has[j] / n
        spread = np.sqrt(expected * (n - has[i]) * (n - has[j]) / (n * max(n - 1, 1)))
        correlation = correlate(data.values.toarray()) if n > 1 else np.full((k, k), np.nan)
        name = data.names[1]
        return {
            "c": pairs(
                {f"{name}_1": (data.activities, i), f"{name}_2": (data.activities, j)},
                both=both.astype(np.int64),
                expected=expected,
                ratio=divide(both, expected),
                z=divide(both - expected, spread),
                p=np.clip(hypergeom.sf(both - 1, n, has[i], has[j]), 0.0, 1.0),
                correlation=correlation[i, j],
            )
        }

    return run(table, by, (place, activity, value), calculate)["c"]
