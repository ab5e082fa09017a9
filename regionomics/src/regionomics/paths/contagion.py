"""How the chance to enter an activity grows with the share of related activities that a place has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.optimize import minimize

from regionomics.errors import InputWarning, InvalidParameter, NoSupport, warn
from regionomics.relatedness._presence import By, Presence, one_of
from regionomics.relatedness.density import density_values
from regionomics.relatedness.entry import gaps, read_periods, steps, tell_alone_in
from regionomics.relatedness.measures import Method, Relatedness, align, as_relatedness, checked
from regionomics.tables import Family, Shown, by_groups, some_of
from regionomics.unknown import ADD_ROWS, NO_ROW, Gap, tell_gaps

Fit = Literal["likelihood", "bins"]


@dataclass(frozen=True, repr=False)
class Contagion(Shown):
    """The chance of entry as a power of the share of related activities.

    fit: one row: b, alpha, b_se, alpha_se (null with "bins", or where b or alpha is at its limit), options and entries
        (that have something related, and that came), unrelated_options and unrelated_entries (the same with nothing
        related: the power law gives those no chance), log_likelihood (of the options with something related).
    bins: related_from, related_until, options, entries, related (mean share), share (entries over options), fitted
        (mean chance by the law); the bins that have options.
    """

    fit: Any
    bins: Any


def contagion_model(
    table: Any,
    relatedness: Relatedness | None = None,
    *,
    time: str = "year",
    step: int = 1,
    link: float = 0.55,
    fit: Fit = "likelihood",
    bins: int = 20,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    method: Method = "conditional",
) -> Contagion:
    """Fit how the chance to enter an activity grows with the share of related activities that a place has.

    P(entry) = b x^alpha, x[p, i] = sum_j a[i, j] M[p, j] / sum_j a[i, j], a[i, j] = 1 where the relatedness of i and j
    is >= link; over the activities that a place lacks, from each period to the one `step` later. alpha = 1: in
    proportion; > 1: a few related activities do little.

    Args:
        table: one row per (place, activity, time), as in `entries_exits`.
        relatedness: phi; default: that of the first period, by `method`.
        link: from which relatedness on two activities are linked.
        fit: "likelihood" over all options, with 0 <= b <= 1 and alpha >= 0; "bins": a line through the logarithms of
            the shares in `bins` equal bins, as in the paper; bins without entries are left out, which pulls b up.
        presence, threshold: as in `cooccurrence`, in each period by itself.
    Returns:
        Contagion, with .fit and .bins.
    Raises:
        InvalidTable: as `entries_exits`. InvalidParameter: step, bins or fit make no sense.
        NoSupport: no entries, or the same share for all.
    Warns:
        InputWarning: activities linked to nothing, or of which a period knows nothing, are left out; a period in which
            one place only has anything. RegionomicsWarning: there is no standard error.
    Source: Alshamsi, Pinheiro and Hidalgo (2018), doi:10.1038/s41467-018-03740-9.
    """
    one_of("fit", fit, Fit)
    if bins < 2:
        raise InvalidParameter(f"bins={bins}; at least 2 are needed")
    phi = checked(relatedness)
    columns = (place, activity, value)

    def calculate(arrow: pa.Table, family: Family) -> dict[str, Any]:
        periods = read_periods(arrow, columns, time, presence, threshold, family)
        first = periods[0]
        near = as_relatedness(phi, first.data.replace_values(first.m), presence="given", method=method)
        network = links(near, link)
        shares, came = [], []
        unseen: list[Gap] = []
        lone = np.flatnonzero(np.diff(network.indptr) == 0)
        if len(lone):
            names = some_of(near.matrix.rows.take(pa.array(lone)), 3)
            warn(f"no relatedness >= {link} for {activity} {names}: left out; lower link= takes them in", InputWarning)
        tell_alone_in(periods, time, place)
        for before, after in steps(periods, step):
            unseen += gaps(before, after, columns)
            had, has, known = (
                align(sparse.csr_array(part, dtype=float), first.data.activities, near)
                for part in (before.m, after.m, before.known(after))
            )
            x = density_values(had, network)
            use = (known.toarray() > 0) & (had.toarray() == 0) & ~np.isnan(x)
            shares.append(x[use])
            came.append(has.toarray()[use] > 0)
        tell_gaps("options left out", time, unseen, NO_ROW, ADD_ROWS)
        return _fitted(np.concatenate(shares), np.concatenate(came), fit, bins)

    return Contagion(**by_groups(table, by, (*columns, time), calculate))


def links(phi: Relatedness, link: float) -> sparse.csr_array:
    """(n, n) ones where two different activities are related by at least `link`, either way."""
    if not link > 0:
        raise InvalidParameter(f"link={link}; it must be > 0, or all would be linked to all")
    values = phi.matrix.values
    linked = (
        sparse.csr_array(values >= link) if sparse.issparse(values) else sparse.csr_array(np.asarray(values) >= link)
    )
    linked = sparse.csr_array(linked.maximum(linked.T), dtype=float)
    linked.setdiag(0)
    linked.eliminate_zeros()
    linked.sort_indices()
    return linked


def _fitted(x: np.ndarray, came: np.ndarray, fit: str, bins: int) -> dict[str, Any]:
    related = x > 0
    if not came[related].any():
        raise NoSupport("nobody entered an activity related to what it had; take a longer step or a lower link")
    u, place = np.unique(np.round(np.log(x[related]), 12), return_inverse=True)
    if len(u) < 2:
        raise NoSupport("all options have the same share of related activities; there is no slope to fit")
    n = np.bincount(place).astype(float)
    y = np.bincount(place, came[related]).astype(float)
    edge = np.minimum((np.ceil(np.round(x[related] * bins, 9)) - 1).astype(int), bins - 1)
    count = np.bincount(edge, minlength=bins)
    entered = np.bincount(edge, came[related], minlength=bins)
    mean = np.bincount(edge, x[related], minlength=bins) / np.maximum(count, 1)
    share = entered / np.maximum(count, 1)
    if fit == "bins":
        use = entered > 0
        if use.sum() < 2:
            raise NoSupport(f"only {int(use.sum())} of {bins} bins has entries; use fit='likelihood' or fewer bins")
        alpha, a = np.polyfit(np.log(mean[use]), np.log(share[use]), 1)
        spread = (np.nan, np.nan)
    else:
        a, alpha, spread = _likelihood(u, n, y)
        if np.isnan(spread[0]):
            warn(
                f"no standard error for b = {np.exp(a):.3g} and alpha = {alpha:.3g}: one of them is at its limit "
                "(b <= 1, alpha >= 0), or the options hardly differ"
            )
    b = float(np.exp(a))
    chance = np.minimum(np.exp(a + alpha * np.log(x[related])), 1.0)
    fitted = np.bincount(edge, chance, minlength=bins) / np.maximum(count, 1)
    seen = count > 0
    p = np.clip(np.exp(a + alpha * u), 1e-300, 1 - 1e-15)
    row = {
        "b": b,
        "alpha": float(alpha),
        "b_se": b * spread[0],
        "alpha_se": spread[1],
        "options": int(related.sum()),
        "entries": int(came[related].sum()),
        "unrelated_options": int((~related).sum()),
        "unrelated_entries": int(came[~related].sum()),
        "log_likelihood": float((y * np.log(p) + (n - y) * np.log1p(-p)).sum()),
    }
    at = np.arange(bins)[seen]
    return {
        "fit": {k: np.array([v]) for k, v in row.items()},
        "bins": {
            "related_from": at / bins,
            "related_until": (at + 1) / bins,
            "options": count[seen],
            "entries": entered[seen].astype(np.int64),
            "related": mean[seen],
            "share": share[seen],
            "fitted": fitted[seen],
        },
    }


def _likelihood(u: np.ndarray, n: np.ndarray, y: np.ndarray) -> tuple[float, float, tuple[float, float]]:
    """ln b <= 0 and alpha >= 0 that make the entries most likely, and their standard errors."""
    total = n.sum()

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        eta = np.minimum(at[0] + at[1] * u, -1e-12)
        p = np.exp(eta)
        value = (y * eta + (n - y) * np.log(-np.expm1(eta))).sum()
        slope = y - (n - y) * p / -np.expm1(eta)
        return -float(value) / total, -np.array([slope.sum(), (slope * u).sum()]) / total

    start = np.array([np.log(min(y.sum() / total, 0.9)), 0.5])
    found = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, -1e-9), (0, None)],
        options={"ftol": 1e-15, "gtol": 1e-10},
    )
    a, alpha = (float(v) for v in found.x)
    p = np.exp(np.minimum(a + alpha * u, -1e-12))
    weight = n * p / (1 - p)
    information = np.array([[weight.sum(), (weight * u).sum()], [(weight * u).sum(), (weight * u * u).sum()]])
    if a > -1e-8 or alpha <= 0 or np.linalg.cond(information) > 1e12:
        return a, alpha, (np.nan, np.nan)
    variance = np.diag(np.linalg.inv(information))
    return a, alpha, (float(np.sqrt(variance[0])), float(np.sqrt(variance[1])))
