"""A network read from tables: a list of ties and, for those that have none, a list of nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable, MissingDependency
from regionomics.relatedness._presence import By, columns_of
from regionomics.tables import ABSENT_IS_0, Codes, Columns, Family, by_groups, encode, numbers, read_columns

_EXTRA = "regionomics_of_nodes_"


@dataclass(frozen=True)
class Graph:
    """A network without loops and without parallel ties.

    labels: (n,), sorted. tail, head: (ties,), positions in labels; undirected: tail < head. weight: (ties,), > 0.
    extra: columns of the table of nodes, in the order of the labels.
    """

    labels: pa.Array
    tail: np.ndarray
    head: np.ndarray
    weight: np.ndarray
    directed: bool
    extra: Mapping[str, pa.Array]

    @property
    def n(self) -> int:
        return len(self.labels)

    def matrix(self, *, weighted: bool = False) -> sparse.csr_array:
        """A, (n, n): a[i, j] = the tie from i to j; symmetric where ties have no direction."""
        values = self.weight if weighted else np.ones(len(self.weight))
        a = sparse.coo_array((values, (self.tail, self.head)), shape=(self.n, self.n)).tocsr()
        return a if self.directed else sparse.csr_array(a + a.T)

    def igraph(self) -> Any:
        """The same as an igraph.Graph, ties in the same order with their `weight`."""
        ig = igraph()
        graph = ig.Graph(n=self.n, edges=np.column_stack([self.tail, self.head]).tolist(), directed=self.directed)
        graph.es["weight"] = self.weight.tolist()
        return graph

    def codes(self, column: str) -> Codes:
        """One of the extra columns as codes. Raises InvalidTable where it is null."""
        return encode(self.extra[column], column)


def igraph() -> Any:
    """The igraph package. Raises MissingDependency."""
    try:
        import igraph as package
    except ImportError as error:
        raise MissingDependency(
            "this needs igraph; in the repository's folder: pip install './regionomics[networks]'"
        ) from error
    return package


def run_network(
    ties: Any,
    nodes: Any,
    by: By,
    node: str,
    weight: str | None,
    calculate: Callable[[Graph], Mapping[str, Columns | pa.Table]],
    *,
    extra: Sequence[str] = (),
    directed: bool = False,
) -> dict[str, Any]:
    """`calculate` on the network, or on that of each group of `by`; every result in the caller's family.

    The nodes travel as rows behind the ties, with a null second end, so that one split by group serves both.
    """
    if extra and nodes is None:
        raise InvalidParameter(f"nodes= is needed: a table with the columns {node!r} and {', '.join(map(repr, extra))}")
    keys = [by] if isinstance(by, str) else list(by or ())
    ends = (f"{node}_1", f"{node}_2")
    value = [weight] if weight is not None else []
    arrow, family = read_columns(ties, [*keys, *ends, *value])
    arrow = pa.table({c: _plain(arrow[c]) for c in arrow.column_names})
    for end in ends:
        if arrow[end].null_count:
            encode(arrow[end], end)  # says which row
    if arrow[ends[0]].type != arrow[ends[1]].type:
        raise InvalidTable(f"{ends[0]} is {arrow[ends[0]].type}, {ends[1]} is {arrow[ends[1]].type}; use one type")
    names = {c: _EXTRA + c for c in extra}
    listed = nodes is not None
    if listed:
        arrow = _with_nodes(arrow, nodes, keys, node, ends[0], names)
    columns = [*ends, *value, *names.values()]

    def group(part: pa.Table, _: Family) -> dict[str, Columns]:
        graph = _graph(part, ends, weight, names, directed, listed)
        return {k: columns_of(v) if isinstance(v, pa.Table) else v for k, v in calculate(graph).items()}

    return {k: family.emit(v) for k, v in by_groups(arrow, keys, columns, group).items()}


def _plain(column: Any) -> pa.Array:
    """One chunk, dictionaries and large strings unpacked, so that ties and nodes can be stacked."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    return array


def _with_nodes(
    arrow: pa.Table, nodes: Any, keys: Sequence[str], node: str, first: str, names: Mapping[str, str]
) -> pa.Table:
    """The rows of the ties, then one row a node: its label in `first`, everything else of a tie null."""
    if isinstance(nodes, (list, tuple, np.ndarray, pa.Array)):
        nodes = pa.table({node: pa.array(nodes)})
    try:
        given, _ = read_columns(nodes, [*keys, node, *names])
        per_group = True
    except InvalidTable:
        if not keys:
            raise
        given, _ = read_columns(nodes, [node, *names])  # the same nodes in every group
        per_group = False
    given = pa.table({c: _plain(given[c]) for c in given.column_names})
    if arrow.num_rows and given[node].type != arrow[first].type:
        raise InvalidTable(f"nodes: {node} is {given[node].type}, in the ties {arrow[first].type}; use one type")
    if arrow.num_rows == 0:
        arrow = arrow.set_column(arrow.column_names.index(first), first, pa.array([], given[node].type))
        other = arrow.column_names.index(first[:-1] + "2")
        arrow = arrow.set_column(other, first[:-1] + "2", pa.array([], given[node].type))
    if not per_group:
        groups = arrow.select(keys).group_by(list(keys)).aggregate([])
        n, m = groups.num_rows, given.num_rows
        rows = pa.array(np.repeat(np.arange(n), m))
        every = pa.array(np.tile(np.arange(m), n))
        given = pa.table(
            {
                **{k: _plain(groups[k].take(rows)) for k in keys},
                **{c: _plain(given[c].take(every)) for c in given.column_names},
            }
        )
    encode(given[node], f"nodes: {node}")
    columns: dict[str, pa.Array] = {k: given[k] for k in keys}
    columns[first] = given[node]
    for c, inside in names.items():
        columns[inside] = given[c]
    return pa.concat_tables([arrow, pa.table(columns)], promote_options="default")


def _graph(
    part: pa.Table, ends: tuple[str, str], weight: str | None, names: Mapping[str, str], directed: bool, listed: bool
) -> Graph:
    is_node = pc.is_null(part[ends[1]]).to_numpy(zero_copy_only=False) if listed else np.zeros(part.num_rows, bool)
    rows, people = part.filter(pa.array(~is_node)), part.filter(pa.array(is_node))
    m = rows.num_rows
    stacked = pa.chunked_array(
        [*rows[ends[0]].chunks, *rows[ends[1]].chunks, *people[ends[0]].chunks], part[ends[0]].type
    )
    both = encode(stacked, ends[0])
    tail, head, own = both.codes[:m], both.codes[m : 2 * m], both.codes[2 * m :]
    labels = both.labels
    if len(labels) == 0:
        raise InvalidTable("the network has no nodes; pass at least one tie, or nodes=")
    if listed:
        count = np.bincount(own, minlength=len(labels))
        if (count > 1).any():
            raise InvalidTable(f"nodes: {labels[int(np.argmax(count > 1))]} appears twice; give one row each")
        if (count == 0).any():
            raise InvalidTable(
                f"{labels[int(np.argmax(count == 0))]} has a tie but is not among the nodes "
                f"({int((count == 0).sum())} in all); add it or drop the tie"
            )
    w = numbers(rows[weight], weight, remedy=ABSENT_IS_0) if weight is not None else np.ones(m)
    loops = tail == head
    if loops.any():
        raise InvalidTable(f"{labels[int(tail[np.argmax(loops)])]} has a tie with itself; drop the row")
    if not directed:
        tail, head = np.minimum(tail, head), np.maximum(tail, head)
    key = tail * len(labels) + head
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    if (count > 1).any():
        at = int(first[np.argmax(count > 1)])
        raise InvalidTable(
            f"{labels[int(tail[at])]} and {labels[int(head[at])]} have {int(count.max())} ties "
            f"({int((count > 1).sum())} pairs in all are repeated); add the rows up first, "
            "or name the further key in by="
        )
    keep = np.sort(first)
    keep = keep[w[keep] > 0]
    order = np.empty(len(labels), dtype=np.int64)
    extra = {}
    if listed:
        order[own] = np.arange(len(own))
        extra = {c: _plain(people[inside]).take(pa.array(order)) for c, inside in names.items()}
    return Graph(labels, tail[keep], head[keep], w[keep], directed, extra)


def masked_product(mask: sparse.csr_array, left: sparse.csr_array, right: sparse.csr_array) -> np.ndarray:
    """(left @ right) at the stored places of `mask`, in their order, without keeping the product whole."""
    out = np.zeros(mask.nnz)
    step = max(1, 4_000_000 // max(mask.shape[1], 1))
    for start in range(0, mask.shape[0], step):
        part = slice(mask.indptr[start], mask.indptr[min(start + step, mask.shape[0])])
        if part.stop > part.start:
            block = sparse.csr_array(left[start : start + step] @ right)
            rows = np.repeat(
                np.arange(min(step, mask.shape[0] - start)), np.diff(mask.indptr[start : start + step + 1])
            )
            out[part] = np.asarray(block[rows, mask.indices[part]]).ravel()
    return out


def per_node(graph: Graph, node: str, **values: Any) -> dict[str, Any]:
    """One row a node: its label, then the values."""
    return {node: graph.labels, **values}
