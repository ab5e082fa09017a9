"""What complexity lies near a place: the outlook, and what each missing activity would add to it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.complexity.economic import Scores, _reference, complexity_options, complexity_scores
from regionomics.errors import InputWarning, InvalidTable, warn
from regionomics.relatedness._presence import By, Presence, one_of, presence_matrix, run
from regionomics.relatedness._products import presences_times
from regionomics.relatedness.density import (
    chosen_pairs,
    density_once,
    density_values,
    kept_density,
    place_activity_table,
)
from regionomics.relatedness.measures import Method, Relatedness, align, checked, relatedness
from regionomics.tables import PlaceActivity

Gain = Literal["atlas", "growthlab", "oec"]
Compat = Literal["growthlab", "oec"]


def complexity_outlook(
    table: Any,
    relatedness: Relatedness | None = None,
    *,
    pci: Any = None,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    method: Method | None = None,
    standardise: bool | None = None,
    compat: Compat | None = None,
) -> Any:
    """Say how much complexity lies near a place: the complexity of what it lacks, weighted by how close it is.

    outlook[p] = sum_a density[p, a] (1 - M[p, a]) PCI[a], density in 0..1

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        relatedness: phi, a Relatedness. Default: the conditional relatedness (Hidalgo proximity) of the table's places.
        pci: table of activity and pci. Default: that of `economic_complexity` on the table.
        method: of the relatedness, "conditional" by default.
        standardise: mean 0, population deviation 1 over places. Default: no; yes with compat="growthlab".
        compat: "growthlab": diagonal 1 in the density, PCI not centred, standardised; "oec": its PCI.
    Returns:
        place, complexity_outlook; null for a place that has no activity. An activity that has no PCI (nobody has it,
        or it stands outside the connected group) or no density counts nothing: it never makes the sum unknown.
    Raises:
        InvalidTable, InvalidParameter: as `economic_complexity`, and as `relatedness_density`.
    Source: Hausmann et al. (2014), The Atlas of Economic Complexity, Technical Box 2.4 (complexity outlook index).
    """
    phi = checked(relatedness)
    given = _reference(pci, activity, "pci", "pci")

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        parts = _parts(data, phi, given, presence, threshold, method, compat)
        pci = parts.pci
        density = density_values(parts.m, parts.phi) if phi is None else density_once(data, parts.m, parts.phi)
        lonely = np.isnan(density[0])  # activities related to nothing
        if lonely.any():
            density, pci = np.where(lonely, 0.0, density), np.where(lonely, 0.0, pci)
        place = np.repeat(np.arange(len(density)), np.diff(parts.m.indptr))
        present = density[place, parts.m.indices] * pci[parts.m.indices]
        outlook = density @ pci - np.bincount(place, present, len(density))
        outlook[np.diff(parts.m.indptr) == 0] = np.nan
        if standardise if standardise is not None else compat == "growthlab":
            known = outlook[~np.isnan(outlook)]
            spread = float(np.std(known)) if len(known) else 0.0
            outlook = (outlook - known.mean()) / spread if spread > 1e-12 else np.full(len(outlook), np.nan)
        return {"outlook": {data.names[0]: data.places, "complexity_outlook": outlook}}

    return run(table, by, (place, activity, value), calculate)["outlook"]


def opportunity_gain(
    table: Any,
    relatedness: Relatedness | None = None,
    *,
    pci: Any = None,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    method: Method | None = None,
    definition: Gain | None = None,
    compat: Compat | None = None,
) -> Any:
    """Say what each missing activity would add to a place's complexity outlook.

    With M[p, b] = 1 where the place has b, phi the relatedness and density in 0..1, the three definitions in use:

    - "atlas" (default): sum_b phi[a, b] / sum_c phi[c, b] (1 - M[p, b]) PCI[b] - density[p, a] PCI[a]
    - "growthlab": sum_b phi[a, b] / sum_c phi[c, b] (1 - M[p, b]) PCI[b]
    - "oec": sum_b phi[a, b] / sum_c phi[c, a] (1 - M[p, b]) PCI[b] - density[p, a] PCI[a]

    The Atlas takes off what the activity itself counted for in the outlook as an option; OEC divides by what is related
    to the new activity a instead of to the option b.

    Args:
        table, relatedness, pci, presence, threshold, method: as `complexity_outlook`.
        definition: as above; default "atlas", or that of `compat`.
        compat: "growthlab": its definition with diagonal 1 and PCI not centred; "oec": its definition and PCI.
    Returns:
        place, activity, opportunity_gain (unit of the PCI), one row an activity that the place lacks; null where the
        activity has no PCI or is related to nothing.
    Raises: as `complexity_outlook`.
    Source: Hausmann et al. (2014), The Atlas of Economic Complexity, Technical Box 2.4 (opportunity gain).
    """
    chosen = definition or compat or "atlas"
    one_of("definition", chosen, Gain)
    phi = checked(relatedness)
    given = _reference(pci, activity, "pci", "pci")

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        parts = _parts(data, phi, given, presence, threshold, method, compat)
        total = np.asarray(parts.phi.sum(axis=0))
        safe = np.where(total > 0, total, 1.0)
        weight = parts.pci if chosen == "oec" else parts.pci / safe
        density = kept_density(data, parts.m, parts.phi)
        if chosen != "growthlab" and density is not None:
            gain = _of_absent(parts.m, weight, parts.phi, less_own=False)
            gain -= density * (total * weight)
        else:
            gain = _of_absent(parts.m, weight, parts.phi, less_own=chosen != "growthlab")
        if chosen == "oec":
            gain /= safe
        gain[:, ~parts.known | (total <= 0)] = np.nan
        at = chosen_pairs(parts.m, "absent")
        return {"gain": place_activity_table(data, parts.labels, at, opportunity_gain=gain)}

    when = "where the activity has no PCI or is related to nothing"
    return run(table, by, (place, activity, value), calculate, when=when)["gain"]


class _Parts:
    """What both need: m, phi, pci (0 where unknown), known (has a PCI), labels."""

    def __init__(self, m: sparse.csr_array, phi: Any, pci: np.ndarray, labels: pa.Array) -> None:
        self.m, self.phi, self.labels = m, phi, labels
        self.known = ~np.isnan(pci)
        self.pci = np.nan_to_num(pci)


def _parts(
    data: PlaceActivity,
    phi: Relatedness | None,
    given: tuple[pa.Array, np.ndarray] | None,
    presence: Presence,
    threshold: float,
    method: Method | None,
    compat: Compat | None,
) -> _Parts:
    if compat is not None:
        one_of("compat", compat, Compat)
    m = presence_matrix(data, presence, threshold)
    labels = data.activities if phi is None else phi.matrix.rows
    if given is not None:
        if given[0].type != labels.type:
            raise InvalidTable(f"pci: activities are {given[0].type}, those of the table {labels.type}; use one type")
        at = pa.compute.index_in(labels, value_set=given[0]).fill_null(-1).to_numpy(zero_copy_only=False)
        score = np.where(at >= 0, given[1][at], np.nan)
    else:
        scores = complexity_scores(m, data, complexity_options(compat=compat))
        _tell(scores)
        own = scores.free if compat == "growthlab" else scores.pci
        score = own
        if phi is not None:
            at = pa.compute.index_in(labels, value_set=data.activities).fill_null(-1).to_numpy(zero_copy_only=False)
            score = np.where(at >= 0, own[at], np.nan)
    if phi is None:
        diagonal: Literal[0, 1] = 1 if compat == "growthlab" else 0
        ones = data.replace_values(m)
        phi = relatedness(ones, presence="given", method=method or "conditional", diagonal=diagonal)
    else:
        m = align(m, data.activities, phi)
    return _Parts(m, phi.matrix.values, score, labels)


def _tell(scores: Scores) -> None:
    """Say which activities count nothing, because the table does not determine their PCI."""
    apart = int((scores.core.activity_reason == "outside the largest connected group").sum())
    if scores.found.undefined:
        warn(f"no activity has a PCI, so that none counts: {scores.found.undefined}; pass one as pci=", InputWarning)
    elif apart:
        warn(
            f"places fall into {scores.core.components} groups that share no activity: {apart} activities outside the "
            "largest have no PCI and count nothing; pass one as pci=, or compute each group by itself",
            InputWarning,
        )


def _of_absent(m: sparse.csr_array, weights: np.ndarray, phi: Any, *, less_own: bool) -> np.ndarray:
    """sum_b phi[a, b] (1 - M[p, b]) w[b], shape (n_places, n_activities): the sum over all b less that over present.

    less_own: less w[a] sum_b phi[a, b] M[p, b] as well, which the same product gives: phi[a, b] (w[a] + w[b]).
    """
    own = weights if less_own else np.zeros(len(weights))
    every = phi @ weights  # phi is symmetric
    if sparse.issparse(phi):
        coo = sparse.coo_array(phi)
        by_row = sparse.csr_array((coo.data * (own[coo.row] + weights[coo.col]), (coo.row, coo.col)), shape=phi.shape)
        present = np.asarray((m @ by_row.T.tocsr()).toarray())
        return np.asarray(np.subtract(every, present, out=present))

    def less(part: np.ndarray, first: int, last: int) -> None:
        np.subtract(every[first:last], part, out=part)

    if not less_own:
        return presences_times(m, phi, less, weights)
    weighted = weights[:, None] + own
    weighted *= phi
    return presences_times(m, weighted, less)
