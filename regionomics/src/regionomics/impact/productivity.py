"""Productivity of firms: value added per worker, and total factor productivity from an estimated production
function."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport, RegionomicsWarning
from regionomics.impact.panel import finite, whole_numbers
from regionomics.impact.roots import Moments, Root, searched, solved
from regionomics.tables import Family, encode, read_columns

METHODS = ("fixed_effects", "levinsohn_petrin", "ackerberg_caves_frazer")
_CUBIC = 3


@dataclass(frozen=True)
class Productivity:
    """elasticities: one row per input: input, elasticity, se, ols (the plain regression, for comparison).

    labour: sum over the kinds of labour. capital: that of capital. scale: their sum.
    roots: one row per solution of the moments: one column per input, persistence (rho of productivity), objective,
        distance (from the cost shares; null without), admissible, chosen. One row without moments ("fixed_effects").
    cost_shares: mean share of each kind of labour in output, and what is left for capital; None without costs.
    residuals: one row per (unit, time): tfp, the log of output less what the inputs explain.
    sample: what became of the rows.
    """

    method: str
    elasticities: Any
    roots: Any
    residuals: Any
    sample: Any
    cost_shares: dict[str, float] | None
    labour: float = field(default=np.nan)
    capital: float = field(default=np.nan)

    @property
    def scale(self) -> float:
        return self.labour + self.capital


def value_added_per_worker(
    panel: Any,
    *,
    unit: str = "unit",
    time: str = "time",
    value_added: str = "value_added",
    persons: str = "persons",
    deflator: str | None = None,
) -> Any:
    """Divide each firm's value added by the persons it employs.

    value = value added / persons / deflator

    Args:
        panel: one row per (unit, period). value_added: money. persons: annual work units. deflator: price level, such
        as
            1.03 of the base year's prices; by default current prices.
    Returns:
        One row per (unit, period): value (money per person) and log (null where value added is not above 0). Both are
        null where nobody is employed, or something is unknown.
    Raises:
        InvalidTable: persons below 0, a deflator not above 0, a (unit, period) twice.
    Source: OECD (2001), Measuring Productivity, doi:10.1787/9789264194519-en, section 3.
    """
    named = [unit, time, value_added, persons, *([deflator] if deflator else [])]
    arrow, family = read_columns(panel, named)
    _once(arrow, unit, time)
    money, people = finite(arrow[value_added], value_added), finite(arrow[persons], persons)
    prices = finite(arrow[deflator], deflator) if deflator else np.ones(len(money))
    if (people < 0).any() or (prices <= 0).any():
        raise InvalidTable("persons below 0 or a deflator not above 0; repair or drop the row")
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(people > 0, money / people / prices, np.nan)
        log = np.log(np.where(value > 0, value, np.nan))
    return family.emit(
        {unit: arrow[unit].combine_chunks(), time: arrow[time].combine_chunks(), "value": value, "log": log}
    )


def productivity(
    panel: Any,
    *,
    unit: str = "unit",
    time: str = "time",
    output: str = "value_added",
    labour: str | Sequence[str] = "persons",
    capital: str = "capital",
    proxy: str | None = "materials",
    costs: str | Sequence[str] | None = None,
    method: str = "ackerberg_caves_frazer",
    logs: bool = False,
    degree: int = 3,
    markov: int = 1,
    period_effects: bool = True,
    starts: int = 9,
    draws: int = 0,
    seed: int = 0,
) -> Productivity:
    """Estimate a Cobb-Douglas production function, and what each firm makes beyond it: total factor productivity.

    y_it = b_l' l_it + b_k k_it + w_it + e_it, in logs; w is known to the firm when it hires, e is not

    - "fixed_effects": w = a_i + c_t, by the within regression.
    - "levinsohn_petrin": w = h(k, m); labour from y on l and a polynomial of (k, m); capital from E[xi k] = 0.
    - "ackerberg_caves_frazer": y on a polynomial of (l, k, m) gives phi; labour and capital from E[xi (l_before, k)] =
    0,
      with w(b) = phi - b_l' l - b_k k and xi what w cannot be foretold from the period before.

    The moments may have several solutions, of which one lies near the plain regression and is spurious. With a linear
    law
    of motion they are found exactly, all of them: for each persistence rho the moments are linear in the elasticities,
    and consistency is a polynomial in rho. Otherwise (markov > 1) the search starts from a grid. All are reported; the
    admissible one (elasticities above 0, |rho| < 1) nearest the cost shares is chosen, or without `costs` the one
    farthest from the plain regression, with a warning.

    Args:
        panel: one row per (unit, period). output, labour, capital, proxy: amounts above 0, or logs with `logs=True`; a
            row with an unknown or non-positive amount is left out. labour: one kind or several.
        proxy: an input that moves with productivity, such as materials or investment; not needed for fixed effects.
        costs: labour cost, one column a kind of labour, in units of the output (never logs): its mean share is what a
            price-taking firm with constant returns would show.
        degree: of the polynomials. markov: of the law of motion. period_effects: take out what all share in a period.
        starts: of the grid, a side. draws, seed: of the bootstrap over firms for the errors; 0 gives none.
    Returns:
        Productivity.
    Raises:
        InvalidParameter: an unknown word, or a number out of range.
        InvalidTable: a (unit, period) twice, text as a number.
        NoSupport: too few rows, no firm seen in two periods that follow each other, inputs that do not vary, or moments
            without an admissible solution.
    Source: Levinsohn and Petrin (2003), doi:10.1111/1467-937X.00246; Ackerberg, Caves and Frazer (2015),
        doi:10.3982/ECTA13408; Kim, Luo and Su (2019), doi:10.1016/j.jeconom.2019.03.004, for the spurious solution.
    """
    kinds = [labour] if isinstance(labour, str) else list(labour)
    paid = [] if costs is None else [costs] if isinstance(costs, str) else list(costs)
    _check(method, kinds, paid, proxy, degree, markov, starts, draws)
    data = _read(panel, unit, time, output, kinds, capital, proxy if method != METHODS[0] else None, paid, logs)
    names = [*kinds, capital]
    centred = data.centred(period_effects)
    ols = _regress(centred.y, centred.x)
    shares = data.shares(names)
    if method == "fixed_effects":
        theta = _within(data)
        roots = [Root(theta, np.nan, 0.0)]
        chosen = 0
    else:
        roots = _roots(centred, method, degree, markov, starts)
        chosen = _choice(roots, ols, shares, names)
        theta = roots[chosen].theta
    se = _bootstrap(data, method, degree, markov, period_effects, theta, draws, seed)
    emit = data.family.emit
    return Productivity(
        method,
        emit({"input": pa.array(names), "elasticity": theta, "se": se, "ols": ols}),
        emit(_root_columns(roots, chosen, names, shares)),
        emit({unit: data.units.take(pa.array(data.owner)), time: data.times, "tfp": data.y - data.x @ theta}),
        emit({k: pa.array(v) for k, v in data.flow.items()}),
        None if shares is None else dict(zip(names, map(float, shares), strict=True)),
        float(theta[:-1].sum()),
        float(theta[-1]),
    )


# --- inside ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Data:
    """Rows in the order of unit and period. y: (n,). x: (n, p), labour kinds then capital. proxy: (n,). owner: (n,)
    codes
    of units. times: (n,). lag: (n,) position of the same unit's row of the period before, -1 where there is none.
    paid: (n, p - 1) labour costs over output, or None."""

    y: np.ndarray
    x: np.ndarray
    proxy: np.ndarray
    owner: np.ndarray
    times: np.ndarray
    lag: np.ndarray
    paid: np.ndarray | None
    units: pa.Array
    flow: dict[str, list[Any]]
    family: Family

    def centred(self, by_period: bool) -> _Data:
        """With the mean of each period, or of all, taken out."""
        code = np.unique(self.times, return_inverse=True)[1] if by_period else np.zeros(len(self.y), dtype=np.int64)
        count = np.bincount(code)

        def less(v: np.ndarray) -> np.ndarray:
            return np.asarray(v - (np.bincount(code, v) / count)[code])

        x = np.column_stack([less(c) for c in self.x.T])
        return _Data(**{**vars(self), "y": less(self.y), "x": x, "proxy": less(self.proxy)})

    def shares(self, names: list[str]) -> np.ndarray | None:
        if self.paid is None or len(self.paid[0]) != len(names) - 1:
            return None
        mean = np.nanmean(np.where((self.paid > 0) & (self.paid < 1), self.paid, np.nan), axis=0)
        return np.append(mean, 1 - mean.sum())


def _check(
    method: str, kinds: list[str], paid: list[str], proxy: str | None, degree: int, markov: int, starts: int, draws: int
) -> None:
    if method not in METHODS:
        raise InvalidParameter(f"method={method!r}; choose one of {list(METHODS)}")
    if not kinds or len(set(kinds)) < len(kinds):
        raise InvalidParameter(f"labour={kinds}; name one column or more, each once")
    if paid and len(paid) != len(kinds):
        raise InvalidParameter(f"costs={paid}; one column for each of {kinds}")
    if proxy is None and method != METHODS[0]:
        raise InvalidParameter(f"method={method!r} needs a proxy, such as materials; or use method='fixed_effects'")
    for name, value, low, high in (("degree", degree, 1, 5), ("markov", markov, 1, 5), ("starts", starts, 2, 30)):
        if not low <= value <= high:
            raise InvalidParameter(f"{name}={value!r}; a number from {low} to {high}")
    if draws and draws < 20:
        raise InvalidParameter(f"draws={draws!r}; 0 for no errors, else 20 or more")


def _once(arrow: pa.Table, unit: str, time: str) -> tuple[np.ndarray, np.ndarray, pa.Array]:
    owners, times = encode(arrow[unit], unit), whole_numbers(arrow[time], time)
    order = np.lexsort((times, owners.codes))
    code, when = owners.codes[order], times[order]
    twice = (np.diff(code) == 0) & (np.diff(when) == 0)
    if twice.any():
        row = int(np.argmax(twice))
        raise InvalidTable(f"{owners.labels[int(code[row])]} has {time} {when[row]} twice; keep one row")
    return owners.codes, times, owners.labels


def _read(
    panel: Any,
    unit: str,
    time: str,
    output: str,
    kinds: list[str],
    capital: str,
    proxy: str | None,
    paid: list[str],
    logs: bool,
) -> _Data:
    named = [unit, time, output, *kinds, capital, *([proxy] if proxy else []), *paid]
    arrow, family = read_columns(panel, list(dict.fromkeys(named)))
    owner, times, units = _once(arrow, unit, time)

    def log(name: str) -> np.ndarray:
        values = finite(arrow[name], name)
        if logs:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(np.where(values > 0, values, np.nan)))

    y = log(output)
    x = np.column_stack([log(c) for c in [*kinds, capital]])
    m = log(proxy) if proxy else np.zeros(len(y))
    known = np.isfinite(y) & np.isfinite(x).all(axis=1) & np.isfinite(m)
    order = np.lexsort((times, owner))
    order = order[known[order]]
    cost = np.column_stack([finite(arrow[c], c) for c in paid])[order] if paid else None
    y, x, m, owner, times = y[order], x[order], m[order], owner[order], times[order]
    follows = np.r_[False, (np.diff(owner) == 0) & (np.diff(times) == 1)]
    lag = np.where(follows, np.arange(len(y)) - 1, -1)
    flow: dict[str, list[Any]] = {
        "step": ["in the table", "with every amount above 0", "of these after a period that is known"],
        "rows": [len(known), len(y), int(follows.sum())],
    }
    enough = 10 * (x.shape[1] + 1)
    if len(y) < enough or (proxy and follows.sum() < enough):
        raise NoSupport(
            f"{len(y)} rows with every amount, {int(follows.sum())} after a known period; {enough} are needed: "
            "add firms, or years that follow each other"
        )
    spread = x.std(axis=0)
    if (spread < 1e-9).any():
        raise NoSupport(f"{[*kinds, capital][int(np.argmin(spread))]} does not vary")
    shares = None if cost is None else cost / np.exp(y)[:, None]
    return _Data(y, x, m, owner, times, lag, shares, units, flow, family)


def _regress(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.lstsq(x, y, rcond=None)[0])


def _within(data: _Data) -> np.ndarray:
    """Regression within firm and period: both means taken out in turn until nothing is left of them."""
    matrix = np.column_stack([data.y, data.x])
    groups = [data.owner, np.unique(data.times, return_inverse=True)[1]]
    counts = [np.maximum(np.bincount(g), 1) for g in groups]
    scale = matrix.std(axis=0) + 1e-300
    for _ in range(1000):
        moved = 0.0
        for g, count in zip(groups, counts, strict=True):
            for c in range(matrix.shape[1]):
                mean = np.bincount(g, matrix[:, c], minlength=len(count)) / count
                moved = max(moved, float(np.abs(mean).max() / scale[c]))
                matrix[:, c] -= mean[g]
        if moved < 1e-10:
            break
    if (matrix[:, 1:].std(axis=0) < 1e-9).any():
        raise NoSupport("an input does not vary within firms; fixed effects leave nothing to learn from")
    return _regress(matrix[:, 0], matrix[:, 1:])


def _polynomial(columns: Sequence[np.ndarray], degree: int) -> np.ndarray:
    """All products up to a degree of the columns, each set to spread 1 first, with an intercept: (n, terms)."""
    scaled = [c / (c.std() or 1.0) for c in columns]
    terms = [(np.ones(len(columns[0])), 0)]
    made = [np.ones(len(columns[0]))]
    for _ in range(degree):
        terms = [(t * scaled[j], j) for t, start in terms for j in range(start, len(scaled))]
        made += [t for t, _j in terms]
    return np.column_stack(made)


def _moments(data: _Data, method: str, degree: int, weights: np.ndarray | None = None) -> tuple[Moments, np.ndarray]:
    """The moments of the second stage, and the elasticities that the first one gives already (labour of LP)."""
    root = np.ones(len(data.y)) if weights is None else np.sqrt(weights)
    lagged = np.flatnonzero(data.lag >= 0)
    before = data.lag[lagged]
    if method == "levinsohn_petrin":
        basis = np.column_stack([data.x[:, :-1], _polynomial([data.x[:, -1], data.proxy], degree)])
        fit = np.linalg.lstsq(basis * root[:, None], data.y * root, rcond=None)[0]
        known = fit[: data.x.shape[1] - 1]
        phi = basis @ fit - data.x[:, :-1] @ known
        x, z = data.x[:, -1:], data.x[lagged, -1:]
    else:
        basis = _polynomial([*data.x.T, data.proxy], degree)
        phi = basis @ np.linalg.lstsq(basis * root[:, None], data.y * root, rcond=None)[0]
        known = np.zeros(0)
        x = data.x
        z = np.column_stack([data.x[before, :-1], data.x[lagged, -1]])
    own = np.ones(len(lagged)) if weights is None else weights[lagged]
    return Moments(phi[lagged], x[lagged], phi[before], x[before], z, own), known


def _roots(data: _Data, method: str, degree: int, markov: int, starts: int) -> list[Root]:
    moments, known = _moments(data, method, degree)
    found = solved(moments) if markov == 1 else searched(moments, markov, starts)
    if not found:
        raise NoSupport(f"the moments of {method} have no solution; try another proxy, or method='fixed_effects'")
    return [Root(np.append(known, r.theta), r.persistence, r.objective) for r in found]


def _admissible(root: Root) -> bool:
    return bool((root.theta > 0).all() and abs(root.persistence) < 1)


def _choice(roots: list[Root], ols: np.ndarray, shares: np.ndarray | None, names: list[str]) -> int:
    able = [i for i, r in enumerate(roots) if _admissible(r)]
    if not able:
        seen = "; ".join(", ".join(f"{n} {b:.3f}" for n, b in zip(names, r.theta, strict=True)) for r in roots)
        raise NoSupport(
            f"no solution has elasticities above 0 and productivity that does not explode ({seen}); "
            "try another proxy, or method='fixed_effects'"
        )
    if shares is not None:
        return min(able, key=lambda i: float(np.abs(roots[i].theta - shares).sum()))
    if len(able) > 1:
        warnings.warn(
            f"{len(able)} solutions are admissible; the one farthest from the plain regression is taken, since "
            f"a spurious "
            "one lies near it: name `costs` to choose by cost shares",
            RegionomicsWarning,
            stacklevel=3,
        )
    return max(able, key=lambda i: float(np.abs(roots[i].theta - ols).sum()))


def _bootstrap(
    data: _Data,
    method: str,
    degree: int,
    markov: int,
    by_period: bool,
    theta: np.ndarray,
    draws: int,
    seed: int,
) -> np.ndarray:
    """Spread over samples of firms with replacement, each solved for the root nearest the estimate: (p,)."""
    if not draws:
        return np.full(len(theta), np.nan)
    rng = np.random.default_rng(seed)
    n, found = len(data.units), []
    present = np.unique(data.owner)
    centred = data.centred(by_period)
    for _ in range(draws):
        weight = np.bincount(rng.choice(present, len(present)), minlength=n)[data.owner].astype(float)
        if method == "fixed_effects":
            rows = np.repeat(np.arange(len(data.y)), weight.astype(int))
            found.append(_within(_again(data, rows)))
            continue
        moments, known = _moments(centred, method, degree, weight)
        roots = solved(moments) if markov == 1 else searched(moments, markov, 2, theta[len(known) :])
        if roots:
            candidates = [np.append(known, r.theta) for r in roots]
            found.append(min(candidates, key=lambda t: float(np.abs(t - theta).sum())))
    return (
        np.asarray(np.std(np.array(found), axis=0, ddof=1)) if len(found) > draws / 2 else np.full(len(theta), np.nan)
    )


def _again(data: _Data, rows: np.ndarray) -> _Data:
    return _Data(
        **{**vars(data), "y": data.y[rows], "x": data.x[rows], "owner": data.owner[rows], "times": data.times[rows]}
    )


def _root_columns(roots: list[Root], chosen: int, names: list[str], shares: np.ndarray | None) -> dict[str, Any]:
    thetas = np.array([r.theta for r in roots])
    away = np.full(len(roots), np.nan) if shares is None else np.abs(thetas - shares).sum(axis=1)
    return {
        **{name: thetas[:, j] for j, name in enumerate(names)},
        "persistence": np.array([r.persistence for r in roots]),
        "objective": np.array([r.objective for r in roots]),
        "distance": away,
        "admissible": np.array([_admissible(r) or not np.isfinite(r.persistence) for r in roots]),
        "chosen": np.arange(len(roots)) == chosen,
    }
