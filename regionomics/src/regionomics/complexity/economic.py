"""Economic complexity of places and activities: ECI and PCI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from regionomics.complexity._eigen import Core, Spectrum, core_of, reflections, spectrum
from regionomics.errors import InputWarning, InvalidParameter, InvalidTable, NoSupport, warn
from regionomics.relatedness._presence import By, Presence, one_of, presence_matrix, run
from regionomics.tables import PlaceActivity, Shown, encode, numbers, read_columns

ComplexityMethod = Literal["eigenvector", "reflections"]
Scale = Literal["standard", "sum", "range", "none"]
PciScale = Literal["eci", "own"]
Compat = Literal["econgeo", "growthlab", "oec"]
COMPLEXITY_DEFAULTS: dict[str, Any] = {
    "scale": "standard",
    "std": "population",
    "pci_scale": "eci",
    "iterations": 20,
    "orders": None,
}
_COMPAT: dict[str, dict[str, Any]] = {
    "econgeo": {"scale": "sum", "pci_scale": "own"},
    "growthlab": {},
    "oec": {"method": "reflections", "std": "sample", "pci_scale": "own", "orders": (18, 19)},
}


@dataclass(frozen=True, repr=False)
class EconomicComplexity(Shown):
    """Complexity of places and activities.

    places: place, eci. activities: activity, pci. Null where the table does not determine it; `dropped` says why.
    dropped: kind ("place" or "activity"), label (as text), reason.
    diagnostics: one row: method, lambda2 and lambda3 (second and third eigenvalue, 1 = disconnected), gap (lambda2 -
        lambda3; near 0 the index is unstable), components (connected groups), places, activities (used), sign (what the
        sign was taken from), steps (of the iteration; 0: solved directly), residual, undefined (why there is no answer,
        else ""). Eigenvalues are null for reflections and external PCI. With `by`, keys come first and rows are many.
    """

    places: Any
    activities: Any
    dropped: Any
    diagnostics: Any


@dataclass(frozen=True)
class Scores:
    """ECI and PCI of the whole table, NaN where unknown.

    free: PCI before centring, on the scale of the ECI, which the Growth Lab's outlook uses.
    """

    eci: np.ndarray
    pci: np.ndarray
    free: np.ndarray
    core: Core
    found: Spectrum
    sign: str


def economic_complexity(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    method: ComplexityMethod | None = None,
    iterations: int = 20,
    std: Literal["population", "sample"] | None = None,
    pci_scale: PciScale | None = None,
    scale: Scale | None = None,
    sign: Literal["diversity", "ubiquity"] = "diversity",
    reference: Any = None,
    pci: Any = None,
    components: Literal["largest", "refuse"] = "largest",
    compat: Compat | None = None,
) -> EconomicComplexity:
    """Rank places by how complex what they do is, and activities by how complex the places that do them are.

    With M[p, a] = 1 where place p has activity a, D = diag(diversity) and U = diag(ubiquity): ECI is the eigenvector of
    D^-1 M U^-1 M' for its second largest eigenvalue, PCI that of U^-1 M' D^-1 M. Computed exactly on the sparse table:
    S = D^-1/2 M U^-1/2 has the first singular vector sqrt(d / sum d); take it off, find the next by Lanczos;
    ECI = D^-1/2 v2, PCI = U^-1 M' ECI / lambda2.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        by: further keys (year, country): one calculation each.
        presence: "rca" where the location quotient is >= threshold, "value" where the value itself is, "given" where
            the values are 0 and 1 already (no location quotient is taken then).
        method: "eigenvector" (default) or "reflections": k[p, iterations] and k[a, iterations - 1], which come near it.
        std: divide by the standard deviation of the "population" (default) or the "sample".
        pci_scale: "eci" (default): the mean and deviation of the ECI, so that a place's ECI is the mean PCI of its
            activities; "own": mean 0 and deviation 1 over activities.
        scale: "standard" (default), "sum" (vector / |its sum|), "range" (0..100) or "none" (unit eigenvector).
        sign: one sign for both. "diversity": ECI correlates positively with diversity; "ubiquity": with low mean
            ubiquity. Where that correlation is 0 the other decides, then the first place is positive.
        reference: table of place and eci (any column of that name) that ECI must correlate with instead of `sign`.
        pci: table of activity and pci from elsewhere (a world PCI, say): ECI is then the mean of it over the place's
            activities, not standardised unless `scale` says so. Steadier for small regions.
        components: where places fall into groups that share no activity, complexity cannot compare them. "largest":
            answer for the largest group (most places), null for the others, with a warning; "refuse": NoSupport.
        compat: a peer's convention: "econgeo" (vector / sum; without its rounding of the matrix), "growthlab"
            (population deviation, PCI on the scale of the ECI), "oec" (20 iterations of reflections, sample deviation,
            own scale of the PCI).
    Returns:
        EconomicComplexity with .places, .activities, .dropped and .diagnostics.
    Raises:
        InvalidTable: a pair twice, nulls, negatives; values other than 0 and 1 with presence="given".
        InvalidParameter: an unknown option; an odd number of iterations.
        NoSupport: disconnected groups with components="refuse".
    Warns: InputWarning where a place or an activity gets null.
    Source: Hidalgo and Hausmann (2009), doi:10.1073/pnas.0900943106; Hausmann et al. (2014), The Atlas of Economic
        Complexity; Mealy, Farmer and Teytelboym (2019), doi:10.1126/sciadv.aau1705 (the eigenvector).
    """
    options = complexity_options(
        method=method, iterations=iterations, std=std, pci_scale=pci_scale, scale=scale, sign=sign, compat=compat
    )
    one_of("components", components, ("largest", "refuse"))
    guide = _reference(reference, place, "eci", "reference")
    outside = _reference(pci, activity, "pci", "pci")
    if outside is not None and scale is None:
        options["scale"] = "none"

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        m = presence_matrix(data, presence, threshold)
        if outside is not None:
            scores = _external(m, data, outside, options)
        else:
            scores = complexity_scores(m, data, options, guide)
            if components == "refuse" and scores.core.components > 1:
                raise NoSupport(
                    f"places fall into {scores.core.components} groups that share no activity; "
                    "use components='largest' or compute each group by itself"
                )
        return _report(scores, data, "external" if outside is not None else options["method"])

    result = run(table, by, (place, activity, value), calculate, tells=True)
    return EconomicComplexity(result["places"], result["activities"], result["dropped"], result["diagnostics"])


def complexity_options(*, compat: str | None, **given: Any) -> dict[str, Any]:
    """The options with a peer's or our own defaults in place of None. Raises InvalidParameter for unknown words."""
    if compat is not None:
        one_of("compat", compat, Compat)
    base = {"method": "eigenvector", "sign": "diversity", **COMPLEXITY_DEFAULTS, **_COMPAT.get(compat or "", {})}
    options = {**base, **{k: v for k, v in given.items() if v is not None}}
    if compat == "econgeo" and options["method"] == "reflections" and given.get("scale") is None:
        options["scale"] = "range"
    one_of("method", options["method"], ComplexityMethod)
    one_of("std", options["std"], ("population", "sample"))
    one_of("pci_scale", options["pci_scale"], PciScale)
    one_of("scale", options["scale"], Scale)
    one_of("sign", options["sign"], ("diversity", "ubiquity"))
    if options["iterations"] < 2 or options["iterations"] % 2:
        raise InvalidParameter(
            f"iterations={options['iterations']}; take an even number >= 2, odd reflections of places mean ubiquity"
        )
    return options


def complexity_scores(
    m: sparse.csr_array, data: PlaceActivity, options: dict[str, Any], guide: tuple[pa.Array, np.ndarray] | None = None
) -> Scores:
    """ECI and PCI of the presences `m` by the options of `complexity_options`."""
    core = core_of(m)
    if options["method"] == "reflections":
        orders = options["orders"] or (options["iterations"], options["iterations"] - 1)
        found = reflections(core, *orders)
    else:
        found = spectrum(core)
    eci, pci, source = found.eci, found.pci, "none"
    if not found.undefined:
        turn, source = _sign(core, eci, data, options["sign"], guide)
        eci, pci = turn * eci, turn * pci
    free = np.full(len(pci), np.nan)
    if not found.undefined:
        spread = _deviation(eci, options["std"])
        free = pci / spread
        eci, pci = _scaled(eci, pci, options)
    whole = [np.full(size, np.nan) for size in (m.shape[0], m.shape[1], m.shape[1])]
    whole[0][core.places], whole[1][core.activities], whole[2][core.activities] = eci, pci, free
    return Scores(whole[0], whole[1], whole[2], core, found, source)


def _sign(
    core: Core, eci: np.ndarray, data: PlaceActivity, sign: str, guide: tuple[pa.Array, np.ndarray] | None
) -> tuple[float, str]:
    tries: list[tuple[str, np.ndarray]] = [
        ("diversity", core.diversity),
        ("ubiquity", -(core.m @ core.ubiquity) / core.diversity),
    ]
    if sign == "ubiquity":
        tries.reverse()
    if guide is not None:
        where = pc.index_in(data.places.take(pa.array(core.places)), value_set=guide[0])
        at = where.fill_null(-1).to_numpy(zero_copy_only=False)
        tries.insert(0, ("reference", np.where(at >= 0, guide[1][at], np.nan)))
    for name, towards in tries:
        known = ~np.isnan(towards)
        a, b = eci[known] - eci[known].mean(), towards[known] - towards[known].mean()
        product = float((a * b).sum())
        if abs(product) > 1e-9 * float(np.sqrt((a * a).sum() * (b * b).sum())):
            return float(np.sign(product)), name
    first = eci[np.flatnonzero(np.abs(eci) > 1e-9 * np.abs(eci).max())[0]]
    return float(np.sign(first)), "first place"


def _deviation(x: np.ndarray, std: str) -> float:
    return float(np.std(x, ddof=1 if std == "sample" else 0))


def _scaled(eci: np.ndarray, pci: np.ndarray, options: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    scale, std = options["scale"], options["std"]
    if scale == "none":
        return eci, pci
    if scale == "standard":
        center, spread = eci.mean(), _deviation(eci, std)
        if options["pci_scale"] == "eci":
            return (eci - center) / spread, (pci - center) / spread
        return (eci - center) / spread, (pci - pci.mean()) / _deviation(pci, std)
    if scale == "sum":
        return eci / abs(eci.sum()), pci / abs(pci.sum())
    return 100 * (eci - eci.min()) / np.ptp(eci), 100 * (pci - pci.min()) / np.ptp(pci)


def _reference(table: Any, label: str, column: str, what: str) -> tuple[pa.Array, np.ndarray] | None:
    if table is None:
        return None
    arrow, _ = read_columns(table, (label, column))
    arrow = arrow.drop_null()
    codes = encode(arrow[label], label)
    if len(codes.labels) < arrow.num_rows:
        twice = int(np.argmax(np.bincount(codes.codes)))
        raise InvalidTable(f"{what}: {codes.labels[twice]} appears more than once; give one row each")
    values = np.empty(len(codes.labels))
    values[codes.codes] = numbers(arrow[column], column, nonnegative=False)
    return codes.labels, values


def _external(
    m: sparse.csr_array, data: PlaceActivity, outside: tuple[pa.Array, np.ndarray], options: dict[str, Any]
) -> Scores:
    labels, values = outside
    if labels.type != data.activities.type:
        raise InvalidTable(
            f"pci: activities are {labels.type}, those of the table {data.activities.type}; use one type"
        )
    at = pc.index_in(data.activities, value_set=labels).fill_null(-1).to_numpy(zero_copy_only=False)
    pci = np.where(at >= 0, values[at], np.nan)
    known = at >= 0
    count = np.asarray(m @ known.astype(float))
    eci = np.divide(m @ np.where(known, pci, 0.0), count, out=np.full(m.shape[0], np.nan), where=count > 0)
    reasons = (
        np.where(count == 0, "no present activity has a PCI", "").astype(object),
        np.where(known, "", "not in the given PCI").astype(object),
    )
    has = np.flatnonzero(count > 0)
    core = Core(m, has, np.flatnonzero(known), *reasons, core_of(m).components)
    undefined = "" if len(has) else "no present activity has a PCI"
    found = Spectrum(eci[has], pci[known], np.nan, np.nan, undefined, 0, 0.0)
    if options["scale"] != "none" and len(has):
        eci[has], _ = _scaled(eci[has], pci[known], {**options, "pci_scale": "eci"})
    return Scores(eci, pci, pci, core, found, "given PCI")


def _report(scores: Scores, data: PlaceActivity, method: str) -> dict[str, Any]:
    core, found = scores.core, scores.found
    lost_places, lost_activities = np.flatnonzero(core.place_reason != ""), np.flatnonzero(core.activity_reason != "")
    if found.undefined:
        warn(f"complexity is null: {found.undefined}", InputWarning)
    elif len(lost_places) or len(lost_activities):
        groups = f", in {core.components} groups that share no activity" if core.components > 1 else ""
        warn(
            f"{len(lost_places)} places and {len(lost_activities)} activities get null{groups}; see .dropped for why",
            InputWarning,
        )
    dropped = pa.table(
        {
            "kind": pa.array(["place"] * len(lost_places) + ["activity"] * len(lost_activities), pa.string()),
            "label": pa.concat_arrays(
                [
                    data.places.take(pa.array(lost_places)).cast(pa.string()),
                    data.activities.take(pa.array(lost_activities)).cast(pa.string()),
                ]
            ),
            "reason": pa.array([*core.place_reason[lost_places], *core.activity_reason[lost_activities]], pa.string()),
        }
    )
    diagnostics = {
        "method": pa.array([method]),
        "lambda2": np.array([found.lambda2]),
        "lambda3": np.array([found.lambda3]),
        "gap": np.array([found.lambda2 - found.lambda3]),
        "components": np.array([core.components]),
        "places": np.array([len(core.places)]),
        "activities": np.array([len(core.activities)]),
        "sign": pa.array([scores.sign]),
        "steps": np.array([found.steps]),
        "residual": np.array([found.residual]),
        "undefined": pa.array([found.undefined]),
    }
    return {
        "places": {data.names[0]: data.places, "eci": scores.eci},
        "activities": {data.names[1]: data.activities, "pci": scores.pci},
        "dropped": dropped,
        "diagnostics": diagnostics,
    }
