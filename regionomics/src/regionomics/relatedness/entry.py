"""Activities that appear in and disappear from places: events, a panel for regression, and the regression."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass, field
from typing import Any, Literal, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable, MissingDependency, NoSupport, said_by_the_call, warn
from regionomics.panels import Panel, panel_of
from regionomics.relatedness._presence import By, Presence, columns_of, one_of, pairs, presence_matrix
from regionomics.relatedness.density import density_values
from regionomics.relatedness.measures import Method, Relatedness, align, checked, relatedness
from regionomics.tables import (
    ABSENT_IS_0,
    Family,
    PlaceActivity,
    Shown,
    by_groups,
    check_apart,
    columns_in,
    encode,
    numbers,
    read_columns,
)
from regionomics.unknown import ADD_ROWS, NO_ROW, Gap, tell_alone, tell_gaps, without_values

READ_NULL = "read null as unknown"
RELATED_TO_NOTHING = "related to nothing at the start"


@dataclass(frozen=True)
class Period:
    """One period of a panel, on the places and activities of all periods.

    label: its name, an Arrow scalar. data: values. m: (n_places, n_activities), stored ones. seen_places,
    seen_activities: whether the period has any row of them (a row of 0 counts): others are unknown, not absent.
    """

    label: pa.Scalar
    data: PlaceActivity
    m: sparse.csr_array
    seen_places: np.ndarray
    seen_activities: np.ndarray

    def known(self, other: Period) -> np.ndarray:
        """(n_places, n_activities) bool: place and activity are seen in both periods."""
        return np.outer(self.seen_places & other.seen_places, self.seen_activities & other.seen_activities)


def read_periods(
    arrow: pa.Table, columns: tuple[str, str, str], time: str, presence: Presence, threshold: float, family: Family
) -> list[Period]:
    """The table cut into its periods, in order. Raises InvalidTable as `PlaceActivity.from_table`, with the period."""
    check_apart(columns)
    if arrow.num_rows == 0:
        raise InvalidTable("the table has no rows; pass at least two periods")
    p, a, t = (encode(arrow[c], c) for c in (columns[0], columns[1], time))
    values = numbers(arrow[columns[2]], columns[2], remedy=ABSENT_IS_0)
    shape = (len(p.labels), len(a.labels))
    if len(t.labels) < 2:
        raise InvalidTable(f"{time} has the one value {t.labels[0]}; a comparison over time needs at least two periods")
    periods = []
    for k, label in enumerate(t.labels):
        rows = t.codes == k
        rp, ra = p.codes[rows], a.codes[rows]
        matrix = sparse.coo_array((values[rows], (rp, ra)), shape=shape).tocsr()
        if matrix.nnz < len(rp):
            flat, count = np.unique(rp * shape[1] + ra, return_counts=True)
            at = int(flat[count > 1][0])
            raise InvalidTable(
                f"{p.labels[at // shape[1]]}, {a.labels[at % shape[1]]} appears {int(count[count > 1][0])} times in "
                f"{time} {label}; add the rows up first"
            )
        matrix.eliminate_zeros()
        matrix.sort_indices()
        data = PlaceActivity(matrix, p.labels, a.labels, columns, family)
        try:
            m = presence_matrix(data, presence, threshold)
        except InvalidTable as error:
            raise InvalidTable(f"{error} (in {time} {label})") from error
        seen = [np.bincount(codes, minlength=size) > 0 for codes, size in zip((rp, ra), shape, strict=True)]
        periods.append(Period(label, data, m, seen[0], seen[1]))
    return periods


def steps(periods: Sequence[Period], step: int) -> Iterator[tuple[Period, Period]]:
    """Each period with the one `step` later."""
    if not 1 <= step < len(periods):
        raise InvalidParameter(f"step={step}; with {len(periods)} periods it must be 1..{len(periods) - 1}")
    return zip(periods[:-step], periods[step:], strict=True)


def gaps(before: Period, after: Period, columns: Sequence[str], sides: Sequence[int] = (0, 1)) -> list[Gap]:
    """The places (side 0) and activities (1) without a row in one of the two periods, as `tell_gaps` takes them."""
    step = f"{before.label} to {after.label}"
    data = before.data
    both = (before.seen_places & after.seen_places, before.seen_activities & after.seen_activities)
    return [(step, columns[k], (data.places, data.activities)[k], ~both[k]) for k in sides]


def gaps_at_start(
    before: Period, after: Period, columns: Sequence[str], row: np.ndarray, col: np.ndarray, unknown: np.ndarray
) -> list[Gap]:
    """The places and activities with nothing at the start, among the pairs (row, col) whose number is unknown."""
    empty = without_values(before.data.values)
    sides = ((columns[0], before.data.places, row), (columns[1], before.data.activities, col))
    step = f"{before.label} to {after.label}"
    return [
        (step, name, labels, _marked(at[unknown], labels) & nothing)
        for (name, labels, at), nothing in zip(sides, empty, strict=True)
    ]


def unrelated_at_start(before: Period, after: Period, activity: str, col: np.ndarray, unknown: np.ndarray) -> list[Gap]:
    """The activities of the pairs (.., col) whose density is unknown: they are related to nothing."""
    labels = before.data.activities
    return [(f"{before.label} to {after.label}", activity, labels, _marked(col[unknown], labels))]


def _marked(at: np.ndarray, labels: Sized) -> np.ndarray:
    return np.bincount(at, minlength=len(labels)) > 0


def tell_alone_in(periods: Sequence[Period], time: str, place: str) -> None:
    """Warn of the periods in which one place only has anything."""
    tell_alone([(f"{time} {p.label}", p.data.values) for p in periods], periods[0].data.places, place)


def entries_exits(
    table: Any,
    *,
    time: str = "year",
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    step: int = 1,
    which: Literal["all", "entries", "exits"] = "all",
) -> Any:
    """Say which activities each place gained and lost from one period to a later one.

    entry = 1 where M[p, a] goes from 0 to 1, 0 where it stays 0, null where the place had the activity already;
    exit = 1 where M[p, a] goes from 1 to 0, 0 where it stays 1, null where there was nothing to lose.

    Args:
        table: one row per (place, activity, time), value >= 0; an absent row means 0, unless the place or the activity
            has no row at all in that period: then nothing is known of it.
        time: the column of periods, sorted as they are (numbers, dates, text).
        presence, threshold: as in `cooccurrence`, in each period by itself.
        step: periods from start to end (1: consecutive ones).
        which: "all" pairs, or only those with entry = 1 or exit = 1.
    Returns:
        place, activity, `<time>_from`, `<time>` (the later period), entry, exit; both are null where place or activity
        is not seen in one of the two periods.
    Raises:
        InvalidTable: one period only, a pair twice in a period, nulls, negatives.
        InvalidParameter: `step` does not fit the number of periods.
    Source: Neffke, Henning and Boschma (2011), doi:10.1111/j.1944-8287.2011.01121.x.
    """
    one_of("which", which, ("all", "entries", "exits"))
    columns = (place, activity, value)

    def calculate(arrow: pa.Table, family: Family) -> dict[str, Any]:
        parts: list[pa.Table] = []
        unseen: list[Gap] = []
        periods = read_periods(arrow, columns, time, presence, threshold, family)
        if presence == "rca":
            tell_alone_in(periods, time, place)
        for before, after in steps(periods, step):
            unseen += gaps(before, after, columns)
            had, has, known = before.m.toarray() > 0, after.m.toarray() > 0, before.known(after)
            entry = np.where(known & ~had, has.astype(float), np.nan)
            leave = np.where(known & had, (~has).astype(float), np.nan)
            pick = {"all": np.ones_like(known), "entries": entry == 1, "exits": leave == 1}[which]
            row, col = np.nonzero(pick)
            body = pairs({place: (before.data.places, row), activity: (before.data.activities, col)})
            parts.append(
                pa.table(
                    {
                        place: body[place],
                        activity: body[activity],
                        f"{time}_from": pa.repeat(before.label, len(row)),
                        time: pa.repeat(after.label, len(row)),
                        "entry": _flags(entry[row, col]),
                        "exit": _flags(leave[row, col]),
                    }
                )
            )
        if which == "all":
            tell_gaps("entry and exit null", time, unseen, NO_ROW, ADD_ROWS)
        else:
            tell_gaps(f"{which} unknown and left out", time, unseen, NO_ROW, ADD_ROWS)
        return {"events": columns_of(pa.concat_tables(parts))}

    return by_groups(table, by, (*columns, time), calculate)["events"]


def entry_panel(
    table: Any,
    relatedness: Relatedness | None = None,
    *,
    time: str = "year",
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    step: int = 1,
    method: Method | None = None,
    event: Literal["entry", "exit"] = "entry",
) -> Any:
    """Make the table that entry (or exit) is regressed on: every pair at risk, with what was known at the start.

    Args:
        table, time, presence, threshold, step: as `entries_exits`.
        relatedness: phi, a Relatedness to use in every period. Default: that of the places in the earlier period, by
            `method`.
        event: "entry": pairs absent at the start; "exit": pairs present at the start.
    Returns:
        place, activity, `<time>_from`, `<time>`, entry (or exit; 0 or 1), density (0..100 at the start; null where
        the activity is related to nothing), location_quotient, diversity (activities of the place), ubiquity (places
        of the activity), place_total, activity_total (in the unit of value), all at the start. Pairs of which one
        period knows nothing are left out.
    Raises: as `entries_exits`, and as `relatedness_density`.
    Source: Boschma, Balland and Kogler (2015), doi:10.1093/icc/dtu012.
    """
    one_of("event", event, ("entry", "exit"))
    phi = checked(relatedness)
    columns = (place, activity, value)

    def calculate(arrow: pa.Table, family: Family) -> dict[str, Any]:
        parts = []
        unseen: list[Gap] = []
        empty: list[Gap] = []
        unrelated: list[Gap] = []
        periods = read_periods(arrow, columns, time, presence, threshold, family)
        tell_alone_in(periods, time, place)
        for before, after in steps(periods, step):
            row, col, happened = at_risk(before, after, event)
            density = 100 * start_density(before, phi, method)[row, col]
            quotient = location_quotients(before.data.values)[row, col]
            unseen += gaps(before, after, columns)
            empty += gaps_at_start(before, after, columns, row, col, np.isnan(quotient))
            unrelated += unrelated_at_start(before, after, activity, col, np.isnan(density))
            x = before.data.values
            size, volume = np.asarray(x.sum(axis=1)), np.asarray(x.sum(axis=0))
            m = before.m
            diversity, ubiquity = np.diff(m.indptr), np.bincount(m.indices, minlength=m.shape[1])
            parts.append(
                pa.table(
                    {
                        **columns_of(
                            pairs({place: (before.data.places, row), activity: (before.data.activities, col)})
                        ),
                        f"{time}_from": pa.repeat(before.label, len(row)),
                        time: pa.repeat(after.label, len(row)),
                        event: pa.array(happened.astype(np.int8)),
                        "density": pa.array(density, from_pandas=True),
                        "location_quotient": pa.array(quotient, from_pandas=True),
                        "diversity": pa.array(diversity[row]),
                        "ubiquity": pa.array(ubiquity[col]),
                        "place_total": pa.array(size[row]),
                        "activity_total": pa.array(volume[col]),
                    }
                )
            )
        tell_gaps("pairs left out", time, unseen, NO_ROW, ADD_ROWS)
        tell_gaps("location_quotient null", time, empty, f"no {value} above 0 at the start", READ_NULL)
        tell_gaps("density null", time, unrelated, RELATED_TO_NOTHING, READ_NULL)
        return {"panel": columns_of(pa.concat_tables(parts))}

    return by_groups(table, by, (*columns, time), calculate)["panel"]


def start_density(before: Period, phi: Relatedness | None, method: Method | None) -> np.ndarray:
    """Relatedness density at the start, 0..1, shape (n_places, n_activities) of the panel; NaN unknown."""
    data = before.data
    if phi is None:
        with said_by_the_call():
            own = relatedness(data.replace_values(before.m), presence="given", method=method)
        return density_values(before.m, own.matrix.values)
    values = density_values(align(before.m, data.activities, phi), phi.matrix.values)
    return values[:, pc.index_in(data.activities, value_set=phi.matrix.rows).to_numpy()]


def at_risk(before: Period, after: Period, event: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of the pairs that the event could befall, and whether it did."""
    had, has = before.m.toarray() > 0, after.m.toarray() > 0
    risk = before.known(after) & (~had if event == "entry" else had)
    row, col = np.nonzero(risk)
    happened = has[row, col] if event == "entry" else ~has[row, col]
    return row, col, happened


def location_quotients(x: sparse.csr_array) -> np.ndarray:
    """(x_pa / x_p.) / (x_.a / x_..), dense; NaN where the place or the activity has nothing."""
    rows, cols = np.asarray(x.sum(axis=1)), np.asarray(x.sum(axis=0))
    expected = np.outer(rows, cols / max(float(rows.sum()), np.finfo(float).tiny))
    return np.asarray(np.divide(x.toarray(), expected, out=np.full(x.shape, np.nan), where=expected > 0))


@dataclass(frozen=True, repr=False)
class EntryModel(Shown):
    """A fitted model of entry.

    coefficients: table term, estimate, std_error, t, p, low, high (95%).
    formula: as estimated. rows: observations used. dropped: rows left out because a regressor is null.
    clusters: (places, activities). r2_within: share of variance explained within the fixed effects (null without any).
    """

    coefficients: Any
    formula: str
    rows: int
    dropped: int
    clusters: tuple[int, int]
    r2_within: float | None
    fit: Any = field(repr=False, compare=False)
    family: Family = field(default_factory=Family, repr=False)

    def table(self) -> Any:
        """The coefficients, as a table of the caller's library."""
        return self.family.emit(read_columns(self.coefficients, columns_in(self.coefficients))[0])


@overload
def entry_model(
    panel: Any,
    *,
    regressors: Sequence[str] = ("density",),
    event: str = "entry",
    place: str = "place",
    activity: str = "activity",
    time: str | None = "year",
    fixed_effects: Sequence[str] | None = None,
    by: str | Sequence[str],
) -> Panel[EntryModel]: ...


@overload
def entry_model(
    panel: Any,
    *,
    regressors: Sequence[str] = ("density",),
    event: str = "entry",
    place: str = "place",
    activity: str = "activity",
    time: str | None = "year",
    fixed_effects: Sequence[str] | None = None,
    by: None = None,
) -> EntryModel: ...


def entry_model(
    panel: Any,
    *,
    regressors: Sequence[str] = ("density",),
    event: str = "entry",
    place: str = "place",
    activity: str = "activity",
    time: str | None = "year",
    fixed_effects: Sequence[str] | None = None,
    by: By = None,
) -> EntryModel | Panel[EntryModel]:
    """Regress entry on relatedness density: how much likelier is an activity to appear where it is related?

    Linear probability model entry[p, a, t] = beta' x[p, a, t0] + place, activity and period effects, by ordinary least
    squares; standard errors clustered by place and by activity (Cameron, Gelbach and Miller).

    Args:
        panel: from `entry_panel`, with further columns joined as wanted.
        regressors: numeric columns, in the unit they have (density: percentage points).
        time: the period column; None for one period.
        fixed_effects: columns; default place, activity and time (where it has several values); () for none.
        by: further keys (country): a model of its own for each group, in a Panel.
    Returns:
        EntryModel.
    Raises:
        MissingDependency: pyfixest is not installed (extra `models`).
        NoSupport: nothing ever entered, or everything did, or no row is complete.
        InvalidTable: a column is missing.
    Warns: RegionomicsWarning where the variance clustered by both is not positive, so that there is no standard error.
    Source: Boschma, Balland and Kogler (2015), doi:10.1093/icc/dtu012; Cameron et al. (2011),
        doi:10.1198/jbes.2010.07136.
    """
    try:
        import pyfixest
    except ImportError as error:
        raise MissingDependency(
            "entry_model needs pyfixest; in the repository's folder: pip install './regionomics[models]'"
        ) from error
    regressors = [regressors] if isinstance(regressors, str) else list(regressors)
    keys = [place, activity, *([time] if time else [])]
    effects = list(fixed_effects) if fixed_effects is not None else keys
    used = list(dict.fromkeys([event, *keys, *regressors, *effects]))
    if by is not None:
        return panel_of(
            by,
            [("panel", panel, used)],
            lambda group: entry_model(
                group,
                regressors=regressors,
                event=event,
                place=place,
                activity=activity,
                time=time,
                fixed_effects=fixed_effects,
            ),
        )
    arrow, family = read_columns(panel, used)
    total = arrow.num_rows
    arrow = arrow.drop_null()
    outcome = np.asarray(arrow[event].to_numpy(), dtype=float) if arrow.num_rows else np.zeros(0)
    if len(np.unique(outcome)) < 2:
        raise NoSupport(
            f"{event} is the same in all {len(outcome)} complete rows, so there is nothing to explain; use more periods"
        )
    effects = [e for e in effects if fixed_effects is not None or pc.count_distinct(arrow[e]).as_py() > 1]
    names = {c: f"c{i}" for i, c in enumerate(arrow.column_names)}  # pyfixest reads formulas: names must be plain
    frame = arrow.rename_columns([names[c] for c in arrow.column_names]).to_pandas()
    for column in {names[c] for c in [*keys, *effects]}:
        frame[column] = frame[column].astype("category").cat.codes
    right = " + ".join(names[r] for r in regressors)
    formula = f"{names[event]} ~ {right}" + (f" | {' + '.join(names[e] for e in effects)}" if effects else "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pyfixest's own use of pandas, nothing the caller can mend
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", RuntimeWarning)  # the root of a negative variance, of which we warn below
        fit = pyfixest.feols(formula, data=frame, vcov={"CRV1": f"{names[place]} + {names[activity]}"})
        tidy = fit.tidy()
    back = {v: k for k, v in names.items()}
    unsure = [back.get(str(t), str(t)) for t in tidy.index[tidy["Std. Error"].isna()]]
    clusters = (int(frame[names[place]].nunique()), int(frame[names[activity]].nunique()))
    if unsure:
        warn(
            f"no standard error for {', '.join(unsure)}: with {clusters[0]} places and {clusters[1]} activities the "
            "variance clustered by both is not positive; use more of them"
        )
    coefficients = family.emit(
        {
            "term": pa.array([back.get(str(term), str(term)) for term in tidy.index]),
            "estimate": tidy["Estimate"].to_numpy(),
            "std_error": tidy["Std. Error"].to_numpy(),
            "t": tidy["t value"].to_numpy(),
            "p": tidy["Pr(>|t|)"].to_numpy(),
            "low": tidy["2.5%"].to_numpy(),
            "high": tidy["97.5%"].to_numpy(),
        }
    )
    shown = f"{event} ~ {' + '.join(regressors)}" + (f" | {' + '.join(effects)}" if effects else "")
    within = float(fit._r2_within) if effects else None
    return EntryModel(coefficients, shown, int(fit._N), total - arrow.num_rows, clusters, within, fit, family)


def _flags(values: np.ndarray) -> pa.Array:
    return pa.array(values, from_pandas=True).cast(pa.int8())
