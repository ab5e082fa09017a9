"""Relatedness between two kinds of activity in the same places: research fields and technologies, say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from regionomics.errors import InvalidTable, naming_group, once_a_call
from regionomics.panels import Panel, each_group
from regionomics.relatedness._presence import By, LabelledMatrix, Presence, one_of, pairs, presence_matrix
from regionomics.tables import Family, PlaceActivity, Shown, as_place_activity
from regionomics.unknown import tell_alone, tell_of


@dataclass(frozen=True, repr=False)
class CrossRelatedness(Shown):
    """How two spaces of activities meet.

    matrix: (n_first, n_second), conditional relatedness, 0..1.
    density: table place, activity (of the second space), density (0..100; null where the activity meets nothing of the
        first): how much of what is related to it in the first space the place has.
    """

    matrix: LabelledMatrix
    density: Any
    name: str = "activity"
    family: Family = field(default_factory=Family, repr=False)

    def table(self) -> Any:
        """One row a pair of both spaces: `<activity>_1`, `<activity>_2`, relatedness."""
        row, col = np.indices(self.matrix.shape).reshape(2, -1)
        labels = {f"{self.name}_1": (self.matrix.rows, row), f"{self.name}_2": (self.matrix.columns, col)}
        return self.family.emit(pairs(labels, relatedness=self.matrix.toarray()[row, col]))


@overload
def cross_relatedness(
    first: Any,
    second: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: str | Sequence[str],
    presence: Presence = "rca",
    threshold: float = 1.0,
    places: Literal["common", "equal"] = "equal",
) -> Panel[CrossRelatedness]: ...


@overload
def cross_relatedness(
    first: Any,
    second: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: None = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    places: Literal["common", "equal"] = "equal",
) -> CrossRelatedness: ...


def cross_relatedness(
    first: Any,
    second: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    places: Literal["common", "equal"] = "equal",
) -> CrossRelatedness | Panel[CrossRelatedness]:
    """Say how related the activities of one space are to those of another, and how close each place stands to these.

    With A and B the presences of the two spaces in the same places: phi[a, b] = sum_p A[p, a] B[p, b] / max(u_a, u_b);
    density[p, b] = 100 sum_a A[p, a] phi[a, b] / sum_a phi[a, b].

    Args:
        first, second: tables of place, activity, value >= 0 (an absent pair means 0), or PlaceActivity.
        by: further keys (year, country) of both tables, which give a Panel: one result a group.
        presence, threshold: as in `cooccurrence`, for each table by itself.
        places: "equal": both tables must name the same places; "common": use those that both name.
    Returns:
        CrossRelatedness, in the family of `first`.
    Raises:
        InvalidTable: the places differ (with "equal"), or none is common; a group of `by` is in one table only.
    Source: Catalán, Navarrete and Figueroa (2022), doi:10.1016/j.respol.2020.104016.
    """
    one_of("places", places, ("common", "equal"))
    if by is not None:
        return _each_group(first, second, by, (place, activity, value), presence, threshold, places)
    data = [as_place_activity(t, place=place, activity=activity, value=value) for t in (first, second)]
    a, b = (presence_matrix(d, presence, threshold) for d in data)
    labels, rows = _common(data[0], data[1], places)
    a, b = sparse.csr_array(a[rows[0]]), sparse.csr_array(b[rows[1]])
    u, v = (np.bincount(m.indices, minlength=m.shape[1]).astype(float) for m in (a, b))
    phi = (a.T @ b).toarray() / np.maximum(np.maximum(u[:, None], v[None, :]), 1.0)
    total = phi.sum(axis=0)
    density = 100 * np.asarray(a @ phi) / np.where(total > 0, total, np.nan)
    n, k = density.shape
    table = pairs(
        {
            data[0].names[0]: (labels, np.repeat(np.arange(n), k)),
            data[1].names[1]: (data[1].activities, np.tile(np.arange(k), n)),
        },
        density=density.ravel(),
    )
    with once_a_call():
        for space, at in zip(data, rows, strict=True):
            tell_alone([("", sparse.csr_array(space.values[at]))], labels, space.names[0])
        why = f"related to nothing of the other space for {data[1].names[1]}"
        tell_of("density", data[1].activities, total <= 0, why, "read null as unknown")
    matrix = LabelledMatrix(phi, data[0].activities, data[1].activities)
    return CrossRelatedness(matrix, data[0].family.emit(table), data[0].names[1], data[0].family)


def _each_group(
    first: Any,
    second: Any,
    by: str | Sequence[str],
    columns: tuple[str, str, str],
    presence: Presence,
    threshold: float,
    places: Literal["common", "equal"],
) -> Panel[CrossRelatedness]:
    spaces: list[Panel[PlaceActivity]] = [each_group(t, by, columns, lambda data: data) for t in (first, second)]
    a, b = spaces
    alone = [key for key in (*a, *b) if key not in a or key not in b]
    if alone:
        raise InvalidTable(
            f"{alone[0]!r} of {', '.join(a.by)} is in one table only ({len(alone)} in all); leave it out of that table"
        )
    out = {}
    with once_a_call():
        for key in a:
            with naming_group(dict(zip(a.by, key if len(a.by) > 1 else (key,), strict=True))):
                out[key] = cross_relatedness(a[key], b[key], presence=presence, threshold=threshold, places=places)
    return Panel(a.by, out, a.family, a.types)


def _common(first: PlaceActivity, second: PlaceActivity, places: str) -> tuple[pa.Array, list[np.ndarray]]:
    if first.places.type != second.places.type:
        raise InvalidTable(f"places are {first.places.type} in one table, {second.places.type} in the other")
    both = pc.is_in(first.places, value_set=second.places)
    labels = first.places.filter(both)
    lost = len(first.places) + len(second.places) - 2 * len(labels)
    if places == "equal" and lost:
        raise InvalidTable(
            f"{lost} places are in one table only; add them with a row of 0, or use places='common' to leave them out"
        )
    if not len(labels):
        raise InvalidTable("the two tables have no place in common")
    return labels, [pc.index_in(labels, value_set=d.places).to_numpy() for d in (first, second)]
