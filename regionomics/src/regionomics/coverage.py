"""How much of an industry a cluster's members make up, under each version of the cluster's definition.

The module is named after its function: `regionomics.coverage(...)` calls it, whether or not the module was imported.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regionomics.errors import InputWarning, InvalidParameter, InvalidTable, warn
from regionomics.relatedness._presence import By
from regionomics.tables import Shown, encode, numbers, read_columns, some_of


@dataclass(frozen=True, repr=False)
class Coverage(Shown):
    """Member firms inside each definition, over the firms of the register inside it.

    clusters: the keys of `by`, cluster, version, n_members (inside), n_firms (of the register, inside), coverage (one
        over the other; null where the register counts nobody), outside (members whose activity lies outside the
        definition), unknown (members without a known activity).
    gaps: the keys, cluster, version, activity (each code of the definition), n_members, n_firms, coverage; least
        covered first within each cluster and version, null coverage last. Codes of one definition that lie in each
        other count twice here, never in `clusters`.
    """

    clusters: Any
    gaps: Any


def coverage(
    members: Any,
    register: Any,
    definitions: Any,
    *,
    cluster: str = "cluster",
    firm: str = "firm",
    activity: str = "activity",
    firms: str = "firms",
    version: str = "version",
    by: By = None,
    parents: Any = None,
    in_force: str | None = None,
) -> Coverage:
    """Say which share of the firms inside each cluster's definition are its members.

    coverage[c, v] = n / N, n = member firms of c with an activity in definition v of c, N = register firms in it.
    Every version of a definition gives its own row, so that an old figure stays quotable after a change.

    Args:
        members: one row per membership: cluster, firm, activity (null = unknown), and the keys of `by`. A firm counts
            once in a cluster and group, however often it is listed.
        register: how many firms there are: activity, firms (>= 0), and the keys of `by`; rows of one activity and group
            are added up.
        definitions: cluster, version and activity: one row a code of the definition.
        by: keys that members and register share (year, province, size class).
        parents: table of activity and parent: a definition then takes in all codes below its own. Default: only the
            codes themselves.
        in_force: one of the keys `by`, such as "year". Definitions then hold `since` and `until` (null = open), and
            each group uses the version with since <= key < until only.
    Returns:
        Coverage, with .clusters and .gaps: a row for each cluster, version and group of `by` seen in the register or
        the members.
    Raises:
        InvalidTable: nulls outside members' activity, negatives, a firm with two activities in one cluster and group,
            a code twice in one version, codes that are their own ancestors, versions in force at the same time.
        InvalidParameter: `in_force` that is not among `by`, keys that are columns already.
    Warns:
        RegionomicsWarning: more members than register firms inside a definition (coverage above 1): the two sources do
            not count the same; or clusters of members without a definition, which are left out; or a register with
            firms for a code and for codes below it, which may be a total and its parts.
        InputWarning: the register has no firm inside a definition, or for one of its codes, so that coverage is null.
    Source: the "industry coverage" of a cluster organisation as regions report it (member firms over active firms of
        the business register inside the definition); no paper sets it down, the handling of versions is ours.
    """
    keys = [by] if isinstance(by, str) else list(by or ())
    taken = {cluster, firm, activity, firms, version, "n_members", "n_firms", "coverage", "outside", "unknown"}
    clash = [k for k in keys if k in taken]
    if clash:
        raise InvalidParameter(f"by={clash[0]!r} is also a column of the calculation; choose another key")
    if in_force is not None and in_force not in keys:
        raise InvalidParameter(f"in_force={in_force!r} is not among by={keys!r}; name one of the keys")
    member_table, family = read_columns(members, (*keys, cluster, firm, activity))
    register_table, _ = read_columns(register, (*keys, activity, firms))
    extra = () if in_force is None else ("since", "until")
    definition_table, _ = read_columns(definitions, (cluster, version, activity, *extra))

    labels, (of_member, of_register, of_definition, *of_parents) = _activities(
        activity, member_table, register_table, definition_table, parents
    )
    parent = _parent_of(labels, of_parents)
    groups, (member_group, register_group) = _groups(keys, member_table, register_table)
    owners = encode(definition_table[cluster], cluster)
    sets = _definitions(definition_table, owners, cluster, version, activity, of_definition, labels, in_force)
    listed = _Members.read(member_table, (cluster, firm, activity), owners.labels, of_member, member_group, labels)
    counts = np.zeros((groups.num_rows, len(labels)))
    np.add.at(counts, (register_group, of_register), numbers(register_table[firms], firms))
    _warn_of_totals(counts > 0, parent, labels, activity)

    masks = {id(one): _inside(one.codes, parent) for one in sets}
    parts = {id(one): [_inside(one.codes[[i]], parent) for i in range(len(one.codes))] for one in sets}
    whole: list[_Row] = []
    gaps: list[_Row] = []
    for at in range(groups.num_rows):
        now = None if in_force is None else groups[in_force][at].as_py()
        for one in _used(sets, now, in_force, owners.labels):
            own = listed.of(one.owner, at)
            whole.append(_row(one, at, own, counts[at], masks[id(one)]))
            each = [_row(one, at, own, counts[at], mask, i) for i, mask in enumerate(parts[id(one)])]
            gaps += sorted(each, key=lambda r: (r.share is None, r.share or 0.0, r.code))
    _warn_of_excess(whole, owners.labels)

    def where(row: _Row) -> str:
        one = {cluster: owners.labels[row.definition.owner], version: row.definition.version}
        return ", ".join(f"{k} {v}" for k, v in ({k: groups[k][row.group] for k in keys} | one).items())

    _tell_without_firms(whole, gaps, where, labels, parents is not None)

    def table(rows: Sequence[_Row], columns: Mapping[str, Any]) -> Any:
        keyed = {k: groups[k].take(pa.array([r.group for r in rows], pa.int64())) for k in keys}
        return family.emit(
            pa.table(
                {
                    **keyed,
                    cluster: owners.labels.take(pa.array([r.definition.owner for r in rows], pa.int64())),
                    version: pa.array([r.definition.version for r in rows], definition_table[version].type),
                    **columns,
                }
            )
        )

    return Coverage(
        table(
            whole,
            {
                **_figures(whole),
                "outside": pa.array([r.outside for r in whole], pa.int64()),
                "unknown": pa.array([r.unknown for r in whole], pa.int64()),
            },
        ),
        table(gaps, {activity: labels.take(pa.array([r.code for r in gaps], pa.int64())), **_figures(gaps)}),
    )


# --- inside ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Definition:
    """One version of one cluster: codes (positions of labels) and when it is in force."""

    owner: int
    version: Any
    codes: np.ndarray
    since: Any = None
    until: Any = None


@dataclass(frozen=True)
class _Row:
    definition: _Definition
    group: int
    n: int
    N: float
    outside: int
    unknown: int
    code: int = -1

    @property
    def share(self) -> float | None:
        return self.n / self.N if self.N else None


@dataclass(frozen=True)
class _Members:
    """Firms, each once in a cluster and group: owner and group they belong to, code (-1 = unknown)."""

    owner: np.ndarray
    group: np.ndarray
    code: np.ndarray

    @classmethod
    def read(
        cls,
        table: pa.Table,
        columns: tuple[str, str, str],
        owners: pa.Array,
        code: np.ndarray,
        group: np.ndarray,
        labels: pa.Array,
    ) -> _Members:
        cluster, firm, activity = columns
        if table.num_rows == 0:
            return cls(*(np.zeros(0, dtype=np.int64) for _ in range(3)))
        c, f = encode(table[cluster], cluster), encode(table[firm], firm)
        if c.labels.type != owners.type:
            raise InvalidTable(f"{cluster} is {c.labels.type} in members, {owners.type} in definitions; use one type")
        key = (group * len(c.labels) + c.codes) * len(f.labels) + f.codes
        once, inverse = np.unique(key, return_inverse=True)
        largest = np.full(len(once), -1, dtype=np.int64)
        np.maximum.at(largest, inverse, code)
        other = np.flatnonzero((code >= 0) & (code != largest[inverse]))
        if len(other):
            row = int(other[0])
            raise InvalidTable(
                f"{firm} {f.labels[int(f.codes[row])]} has two values of {activity} in {cluster} "
                f"{c.labels[int(c.codes[row])]}, {labels[int(code[row])]} and {labels[int(largest[inverse[row]])]}; "
                "keep its main one"
            )
        at = pc.index_in(c.labels, value_set=owners)
        if at.null_count:
            lost = c.labels.filter(pc.is_null(at))
            warn(f"{len(lost)} clusters have members and no definition and are left out, {lost[0]} among them")
        owner = at.fill_null(-1).to_numpy(zero_copy_only=False)[once // len(f.labels) % len(c.labels)]
        return cls(owner, once // (len(f.labels) * len(c.labels)), largest)

    def of(self, owner: int, group: int) -> np.ndarray:
        """Codes of the cluster's members in the group."""
        return np.asarray(self.code[(self.owner == owner) & (self.group == group)])


def _together(name: str, columns: Sequence[Any]) -> tuple[pa.Array, list[np.ndarray]]:
    """The sorted distinct labels of all columns, and each column's rows as positions among them."""
    coded = [encode(c, name) for c in columns]
    types = {str(c.labels.type) for c in coded if len(c.labels)}
    if len(types) > 1:
        raise InvalidTable(f"{name} is {' and '.join(sorted(types))} in the tables; use one type in all")
    every = encode(pa.concat_arrays([c.labels for c in coded if len(c.labels)] or [coded[0].labels]), name)
    ends = np.cumsum([0, *(len(c.labels) for c in coded)])
    return every.labels, [every.codes[a:b][c.codes] for a, b, c in zip(ends, ends[1:], coded, strict=False)]


def _activities(
    activity: str, members: pa.Table, register: pa.Table, definitions: pa.Table, parents: Any
) -> tuple[pa.Array, list[np.ndarray]]:
    """Labels, and positions for members (-1 = unknown), register, definitions and, with parents, child and parent."""
    known = pc.is_valid(members[activity])
    columns = [members[activity].filter(known), register[activity], definitions[activity]]
    if parents is not None:
        above, _ = read_columns(parents, (activity, "parent"))
        rooted = above.filter(pc.is_valid(above["parent"]))
        columns += [rooted[activity], rooted["parent"]]
    labels, codes = _together(activity, columns)
    of_member = np.full(members.num_rows, -1, dtype=np.int64)
    of_member[known.to_numpy()] = codes[0]
    return labels, [of_member, *codes[1:]]


def _parent_of(labels: pa.Array, pairs: Sequence[np.ndarray]) -> np.ndarray:
    """The position of each label's parent, -1 without one; shape (n_labels,)."""
    parent = np.full(len(labels), -1, dtype=np.int64)
    if not pairs:
        return parent
    child, above = pairs
    parent[child] = above
    twice = np.flatnonzero(parent[child] != above)
    if len(twice):
        raise InvalidTable(f"parents: {labels[int(child[twice[0]])]} has two parents; give each code one")
    reached = parent.copy()
    for _ in range(len(labels)):
        reached = np.where(reached >= 0, parent[reached], -1)
        if (reached < 0).all():
            return parent
    raise InvalidTable(f"parents: {labels[int(np.flatnonzero(reached >= 0)[0])]} lies in a circle; mend the tree")


def _inside(codes: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """Which labels are among the codes or below one of them, shape (n_labels,)."""
    inside = np.zeros(len(parent), dtype=bool)
    inside[codes] = True
    at = parent
    while (at >= 0).any():
        inside |= np.where(at >= 0, np.isin(at, codes), False)
        at = np.where(at >= 0, parent[at], -1)
    return inside


def _groups(keys: Sequence[str], *tables: pa.Table) -> tuple[pa.Table, list[np.ndarray]]:
    """One row a combination of keys that one of the tables has, in their order; and the row of each table's rows."""
    combined = [np.zeros(t.num_rows, dtype=np.int64) for t in tables]
    labels = []
    for key in keys:
        words, codes = _together(key, [t[key] for t in tables])
        labels.append(words)
        combined = [c * max(len(words), 1) + own for c, own in zip(combined, codes, strict=True)]
    seen = np.unique(np.concatenate(combined)) if keys else np.zeros(1, dtype=np.int64)
    columns, rest = {}, seen
    for key, words in zip(reversed(keys), reversed(labels), strict=True):
        columns[key] = words.take(pa.array(rest % max(len(words), 1)))
        rest = rest // max(len(words), 1)
    table = pa.table({**{k: columns[k] for k in keys}, "": pa.array(seen)})  # the last column keeps the count of rows
    return table, [np.searchsorted(seen, c) for c in combined]


def _definitions(
    table: pa.Table,
    owners: Any,
    cluster: str,
    version: str,
    activity: str,
    codes: np.ndarray,
    labels: pa.Array,
    in_force: str | None,
) -> list[_Definition]:
    if table.num_rows == 0:
        raise InvalidTable("definitions has no rows; pass one row a code")
    versions = encode(table[version], version)
    key = owners.codes * len(versions.labels) + versions.codes
    out = []
    for one in np.unique(key):
        rows = np.flatnonzero(key == one)
        own = codes[rows]
        owner, number = int(one) // len(versions.labels), versions.labels[int(one) % len(versions.labels)].as_py()
        where = f"{cluster} {owners.labels[owner]}, {version} {number}"
        values, count = np.unique(own, return_counts=True)
        if (count > 1).any():
            raise InvalidTable(f"{where}: {activity} {labels[int(values[count > 1][0])]} is named twice; name it once")
        span: list[Any] = [None, None]
        for i, name in enumerate(("since", "until") if in_force else ()):
            days = set(table[name].take(pa.array(rows)).to_pylist())
            if len(days) > 1:
                raise InvalidTable(f"{where} has more than one value of {name}; give all its rows the same")
            span[i] = days.pop()
        out.append(_Definition(owner, number, own, *span))
    return out


def _used(sets: Sequence[_Definition], now: Any, in_force: str | None, owners: pa.Array) -> list[_Definition]:
    """All definitions, or those in force."""
    if in_force is None:
        return list(sets)
    try:
        used = [d for d in sets if (d.since is None or d.since <= now) and (d.until is None or now < d.until)]
    except TypeError as error:
        raise InvalidTable(f"since and until cannot be compared with {in_force}={now!r}; use one type") from error
    for first, second in pairwise(used):
        if first.owner == second.owner:
            raise InvalidTable(
                f"{owners[first.owner]} has versions {first.version} and {second.version} in force in {in_force} "
                f"{now}; end one where the next begins"
            )
    return used


def _row(
    definition: _Definition, group: int, members: np.ndarray, firms: np.ndarray, inside: np.ndarray, part: int = -1
) -> _Row:
    known = members[members >= 0]
    n = int(inside[known].sum())
    code = int(definition.codes[part]) if part >= 0 else -1
    return _Row(definition, group, n, float(firms[inside].sum()), len(known) - n, len(members) - len(known), code)


def _figures(rows: Sequence[_Row]) -> dict[str, pa.Array]:
    whole = all(r.N.is_integer() for r in rows)
    return {
        "n_members": pa.array([r.n for r in rows], pa.int64()),
        "n_firms": pa.array([int(r.N) if whole else r.N for r in rows], pa.int64() if whole else pa.float64()),
        "coverage": pa.array([r.share for r in rows], pa.float64()),
    }


def _warn_of_totals(has: np.ndarray, parent: np.ndarray, labels: pa.Array, activity: str) -> None:
    """has: (n_groups, n_labels), where the register has firms."""
    above = parent
    found: list[tuple[int, int]] = []
    while (above >= 0).any():
        both = (has & has[:, above] & (above >= 0)).any(axis=0)
        found += [(int(above[k]), int(k)) for k in np.flatnonzero(both)]
        above = np.where(above >= 0, parent[above], -1)
    if found:
        top, below = min(found)
        warn(
            f"the register has firms for {activity} {labels[top]} and for {labels[below]} below it ({len(found)} such "
            "pairs); they are added, so that a total of what is below counts twice: leave totals out"
        )


def _warn_of_excess(rows: Sequence[_Row], owners: pa.Array) -> None:
    excess = [r for r in rows if r.n > r.N]
    if excess:
        first = excess[0]
        warn(
            f"{owners[first.definition.owner]}, version {first.definition.version}, has {first.n} members inside and "
            f"the register {first.N:g} firms ({len(excess)} rows in all): the two do not count the same firms"
        )


def _tell_without_firms(
    whole: Sequence[_Row], gaps: Sequence[_Row], where: Callable[[_Row], str], labels: pa.Array, tree: bool
) -> None:
    """Warn of definitions, or else of single codes, in which the register has no firm: their coverage is null. See
    Note [Null is said] in `unknown`."""
    for rows, of in ((whole, "clusters"), (gaps, "gaps")):
        empty = [r for r in rows if not r.N]
        if empty:
            first = empty[0]
            codes = first.definition.codes if first.code < 0 else [first.code]
            below = "" if tree else "; those below a code count where parents= is given"
            warn(
                f"coverage null in {len(empty):,} of {len(rows):,} rows of .{of}: the register has no firms for "
                f"{where(first)}: {some_of(labels.take(pa.array(codes)), 3)}{below}; else read null as unknown",
                InputWarning,
            )
            return


class _Callable(ModuleType):
    """Importing a module binds its name in the package, over the function of the same name: so it answers too."""

    __signature__ = inspect.signature(coverage)

    def __call__(self, *args: Any, **kwargs: Any) -> Coverage:
        return coverage(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
