"""From participations in projects to ties between organisations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InvalidParameter
from regionomics.relatedness._presence import By, columns_of, one_of, pairs
from regionomics.tables import Family, PlaceActivity, Shown, by_groups

Counting = Literal["newman", "project", "whole"]
_ONE = "regionomics_one"


@dataclass(frozen=True, repr=False)
class Projection(Shown):
    """Organisations tied by the projects that they share.

    ties: `<organisation>_1`, `<organisation>_2` (in label order), weight, projects (number shared); a row for each two
        organisations that share at least one.
    organisations: `<organisation>`, projects, partners (organisations tied to it), strength (sum of its ties' weights);
        a row for each organisation of the table, also those without partners.
    projects: `<project>`, partners (organisations in it), used (false: more partners than `largest`).
    """

    ties: Any
    organisations: Any
    projects: Any


def projection(
    participations: Any,
    *,
    project: str = "project",
    organisation: str = "organisation",
    share: str | None = None,
    by: By = None,
    counting: Counting = "newman",
    largest: int | None = None,
) -> Projection:
    """Tie organisations to each other by the projects that they share, each project counted by its size.

    With n_p organisations in project p, two of them are tied by w[a, b] = sum over their joint projects of

    - "newman" (default): 1 / (n_p - 1). The ties of an organisation add up to the number of its projects with others.
    - "project": 2 / (n_p (n_p - 1)). The ties of a project add up to 1. With `share`, whose values s add up to 1 in
      each project: 2 s_a s_b / (1 - sum_c s_c^2), which is the same where all shares are equal.
    - "whole": 1. A project of 50 then weighs 1225 times one of 2.

    Args:
        participations: one row per (project, organisation).
        share: column with each participant's part (budget, effort) >= 0, in any unit; "project" only. A part of 0 is
            no part: who has it does not count among the partners.
        by: further keys (a period): each group by itself.
        largest: leave out projects of more organisations, which say little about who works with whom.
    Returns:
        Projection, with .ties, .organisations and .projects.
    Raises:
        InvalidTable: an organisation twice in a project, nulls, a negative share.
        InvalidParameter: an unknown counting, share without "project", largest < 2.
    Source: Newman (2001), Physical Review E 64, doi:10.1103/PhysRevE.64.016132 (newman).
    """
    one_of("counting", counting, Counting)
    if share is not None and counting != "project":
        raise InvalidParameter(f"share={share!r} needs counting='project'; other countings have no shares")
    if largest is not None and largest < 2:
        raise InvalidParameter(f"largest={largest}; a project needs 2 organisations to tie them")
    columns = (organisation, project, share if share is not None else _ONE)
    keep = columns if share is not None else columns[:2]

    def calculate(arrow: pa.Table, family: Family) -> dict[str, Any]:
        if share is None:
            arrow = arrow.append_column(_ONE, pa.array(np.ones(arrow.num_rows)))
        return _project(PlaceActivity._from_arrow(arrow, columns, family), arrow, columns, counting, largest)

    return Projection(**by_groups(participations, by, keep, calculate))


def _project(
    data: PlaceActivity, arrow: pa.Table, columns: tuple[str, str, str], counting: str, largest: int | None
) -> dict[str, Any]:
    part = data.values  # (organisations, projects), > 0 where stored
    size = np.asarray((part > 0).sum(axis=0), dtype=float)
    used = size <= (largest if largest is not None else np.inf)
    b = sparse.csr_array((np.ones(part.nnz), part.indices, part.indptr), shape=part.shape)
    if counting == "project":
        total = np.asarray(part.sum(axis=0))
        s = sparse.csr_array(
            part @ sparse.diags_array(np.divide(1.0, total, out=np.zeros_like(total), where=total > 0))
        )
        square = np.asarray((s * s).sum(axis=0))
        scale = np.divide(2.0, 1.0 - square, out=np.zeros_like(square), where=size > 1)
        left = s
    else:
        left = b
        scale = np.divide(1.0, size - 1.0, out=np.zeros_like(size), where=size > 1) if counting == "newman" else size**0
    scale = np.where(used, scale, 0.0)
    w = sparse.triu(left @ sparse.diags_array(scale) @ left.T, k=1).tocsr()
    joint = sparse.triu(b @ sparse.diags_array(used.astype(float)) @ b.T, k=1).tocoo()
    i, j = joint.row, joint.col
    order = np.lexsort((j, i))
    i, j = i[order], j[order]
    weight = np.asarray(w[i, j], dtype=float).ravel() if len(i) else np.zeros(0)
    n = part.shape[0]
    ends = np.concatenate([i, j])
    return {
        "ties": columns_of(
            pairs(
                {f"{columns[0]}_1": (data.places, i), f"{columns[0]}_2": (data.places, j)},
                weight=weight,
                projects=joint.data[order].astype(np.int64),
            )
        ),
        "organisations": {
            columns[0]: data.places,
            "projects": np.asarray(b.sum(axis=1), dtype=np.int64),
            "partners": np.bincount(ends, minlength=n).astype(np.int64),
            "strength": np.bincount(ends, np.concatenate([weight, weight]), minlength=n),
        },
        "projects": {columns[1]: data.activities, "partners": size.astype(np.int64), "used": used},
    }
