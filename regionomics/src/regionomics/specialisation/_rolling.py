"""Location quotients as matrices, and presence over windows of several periods."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InvalidTable
from regionomics.relatedness._presence import Presence, columns_of, pairs, presence_matrix
from regionomics.relatedness.entry import read_periods
from regionomics.tables import Family, PlaceActivity

Rolling = Literal["values", "quotients", "every", "any"]


def quotients(data: PlaceActivity, weight: np.ndarray | None = None) -> np.ndarray:
    """Location quotients, shape (n_places, n_activities); NaN where the place or the activity has nothing.

    weight: (n_places,), the places' totals by default.
    """
    x = data.values
    place, activity = np.asarray(x.sum(axis=1)), np.asarray(x.sum(axis=0))
    place = place if weight is None else weight
    rows = np.divide(place.sum(), place, out=np.full(len(place), np.nan), where=place > 0)
    columns = np.divide(1.0, activity, out=np.full(len(activity), np.nan), where=activity > 0)
    dense = x.toarray()
    dense *= rows[:, None]
    dense *= columns
    return np.asarray(dense)


def rolled(
    arrow: pa.Table,
    columns: tuple[str, str, str, str],
    method: Presence,
    threshold: float,
    window: int,
    rolling: str,
    family: Family,
) -> dict[str, Any]:
    """place, activity, time, present: for each period with a whole window, over all places and activities."""
    periods = read_periods(arrow, columns[:3], columns[3], "value", 1.0, family)
    if len(periods) < window:
        raise InvalidTable(
            f"{columns[3]} has {len(periods)} periods, window={window} needs as many; take a smaller window"
        )
    tables = [period.data for period in periods]
    if rolling in ("every", "any"):
        single = [presence_matrix(data, method, threshold).toarray() for data in tables]
    elif rolling == "quotients" and method == "rca":
        single = [np.nan_to_num(quotients(data)) for data in tables]
    else:
        single = [data.values.toarray() for data in tables]
    out = []
    for last in range(window - 1, len(periods)):
        data, some = tables[last], single[last - window + 1 : last + 1]
        if rolling in ("every", "any"):
            present = np.all(some, axis=0) if rolling == "every" else np.any(some, axis=0)
        else:
            mean = sparse.csr_array(np.mean(some, axis=0))
            mean.sort_indices()
            way: Presence = "value" if rolling == "quotients" else method
            present = presence_matrix(data.replace_values(mean), way, threshold).toarray() > 0
        n, m = data.shape
        body = pairs(
            {
                columns[0]: (data.places, np.repeat(np.arange(n), m)),
                columns[1]: (data.activities, np.tile(np.arange(m), n)),
            },
            present=present.ravel().astype(np.int64),
        )
        when = pa.repeat(periods[last].label, n * m)
        out.append(
            pa.table(
                {
                    columns[0]: body[columns[0]],
                    columns[1]: body[columns[1]],
                    columns[3]: when,
                    "present": body["present"],
                }
            )
        )
    return columns_of(pa.concat_tables(out))
