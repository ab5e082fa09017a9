"""One result for each group of a panel, for functions whose result is more than one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar, cast

import pyarrow as pa

from regionomics.errors import InvalidParameter, InvalidTable, naming_group, once_a_call
from regionomics.tables import Family, PlaceActivity, columns_in, read_columns, split_groups


class Tabled(Protocol):
    """A result that can be laid out as a table."""

    def table(self, **options: Any) -> Any: ...


R = TypeVar("R")


@dataclass(frozen=True, repr=False)
class Panel(Mapping[Any, R], Generic[R]):
    """The results of one function for the groups of `by=`, as a mapping: `panel[2020]`, `panel["IT", 2020]`.

    by: names of the keys. groups: key (a tuple where there are several) -> result, in the order of the keys.
    """

    by: tuple[str, ...]
    groups: Mapping[Any, R]
    family: Family = field(default_factory=Family, repr=False)
    types: tuple[pa.DataType, ...] = field(default=(), repr=False, compare=False)  # of the keys, as the table has them

    def __repr__(self) -> str:
        kinds = sorted({type(result).__name__ for result in self.groups.values()})
        some = ", ".join(map(repr, list(self.groups)[:6])) + (" ..." if len(self.groups) > 6 else "")
        return f"Panel by {', '.join(self.by)}: {', '.join(kinds)} of {len(self.groups)} groups, {some}"

    def __getitem__(self, key: Any) -> R:
        if key not in self.groups:
            some = ", ".join(map(repr, list(self.groups)[:5]))
            raise KeyError(f"no group {key!r} of {', '.join(self.by)}; there are {len(self.groups)}: {some} ...")
        return self.groups[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.groups)

    def __len__(self) -> int:
        return len(self.groups)

    def table(self, **options: Any) -> Any:
        """The tables of all groups in one, keys first; `options` are those of the result's own `table`."""
        parts = []
        for key, result in self.groups.items():
            own = cast(Tabled, replace(cast(Any, result), family=Family("pyarrow"))).table(**options)
            parts.append(_under(self.by, key, self.types, own))
        return self.family.emit(pa.concat_tables(parts, promote_options="permissive"))


def _under(by: Sequence[str], key: Any, types: Sequence[pa.DataType], body: pa.Table) -> pa.Table:
    """The table with the keys of its group before it, of the types that they came in."""
    values = key if len(by) > 1 else (key,)
    kinds = types or [None] * len(by)
    head = {k: pa.repeat(pa.scalar(v, kind), body.num_rows) for k, v, kind in zip(by, values, kinds, strict=True)}
    return pa.table({**head, **{c: body[c] for c in body.column_names}})


def each_group(
    table: Any, by: str | Sequence[str], columns: tuple[str, str, str], calculate: Callable[[PlaceActivity], R]
) -> Panel[R]:
    """`calculate` on each group of `by`. Raises what it raises, with the group named."""
    if isinstance(table, PlaceActivity):
        raise InvalidParameter(f"by={by!r} needs a table with that key; a PlaceActivity holds one group only")
    keys, family, groups = split_groups(table, by, columns)
    out = {}
    with once_a_call():
        for values, group in groups:
            named = [v.as_py() for v in values]
            with naming_group(dict(zip(keys, named, strict=True))):
                result = calculate(PlaceActivity._from_arrow(group, columns, family))
            out[named[0] if len(keys) == 1 else tuple(named)] = result
    return Panel(tuple(keys), out, family, _types(groups))


def _types(groups: Sequence[tuple[list[pa.Scalar], pa.Table]]) -> tuple[pa.DataType, ...]:
    return tuple(value.type for value in groups[0][0])


def run_groups(
    by: str | Sequence[str],
    tables: Sequence[tuple[str, Any, Sequence[str]]],
    calculate: Callable[..., Any],
) -> tuple[list[str], Family, dict[Any, Any], tuple[pa.DataType, ...]]:
    """`calculate` on the tables of each group, for functions that take more than one table.

    Args:
        tables: name for messages, table (or None, which is passed on), columns needed. The first one says which groups
            there are; another may hold the keys too, or is the same for every group.
        calculate: Arrow tables of one group (the keys left out) -> its result.
    Returns:
        The keys, the family of the first table, key (a tuple where there are several) -> result, and the keys' types.
    """
    _, first, columns = tables[0]
    if isinstance(first, PlaceActivity):
        raise InvalidParameter(f"by={by!r} needs a table with that key; a PlaceActivity holds one group only")
    keys, family, groups = split_groups(first, by, columns)
    others = [_others(name, table, needed, keys) for name, table, needed in tables[1:]]
    out = {}
    with once_a_call():
        for values, group in groups:
            key = tuple(v.as_py() for v in values)
            with naming_group(dict(zip(keys, key, strict=True))):
                result = calculate(group, *(find(key) for find in others))
            out[key if len(keys) > 1 else key[0]] = result
    return keys, family, out, _types(groups)


def _others(name: str, table: Any, columns: Sequence[str], keys: list[str]) -> Callable[[tuple[Any, ...]], Any]:
    """The part of a further table that belongs to a group."""
    if table is None:
        return lambda key: None
    if not set(keys) & set(columns_in(table)):
        whole, _ = read_columns(table, columns)
        return lambda key: whole
    parts = {tuple(v.as_py() for v in values): part for values, part in split_groups(table, keys, columns)[2]}

    def find(key: tuple[Any, ...]) -> Any:
        if key not in parts:
            raise InvalidTable(f"{name} has no rows for this group; add them, or leave {', '.join(keys)} out of {name}")
        return parts[key]

    return find


def panel_of(
    by: str | Sequence[str], tables: Sequence[tuple[str, Any, Sequence[str]]], calculate: Callable[..., R]
) -> Panel[R]:
    """As `run_groups`, for results that hold more than tables (and a `family`): a Panel of the caller's family."""
    keys, family, found, types = run_groups(by, tables, calculate)
    return Panel(tuple(keys), {k: replace(cast(Any, r), family=family) for k, r in found.items()}, family, types)


def stacked(
    by: str | Sequence[str],
    tables: Sequence[tuple[str, Any, Sequence[str]]],
    calculate: Callable[..., Any],
    parts: Sequence[str] = (),
) -> Any:
    """As `run_groups`, for results that are a table, or hold the tables `parts`: stacked, keys first.

    Returns a table, or {part: table}, of the caller's family.
    """
    keys, family, found, types = run_groups(by, tables, calculate)

    def stack(pick: Callable[[Any], pa.Table]) -> Any:
        bodies = [_under(keys, key, types, pick(result)) for key, result in found.items()]
        return family.emit(pa.concat_tables(bodies, promote_options="permissive"))

    if not parts:
        return stack(lambda result: result)
    return {part: stack(attrgetter(part)) for part in parts}
