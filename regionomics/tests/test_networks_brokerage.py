"""Structural holes and brokerage."""

from __future__ import annotations

import igraph
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

quick = settings(max_examples=10, deadline=None)


def network(seed: int, n: int = 12, *, directed: bool = False) -> tuple[pl.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = rng.random((n, n)) < 0.25
    np.fill_diagonal(a, False)
    if not directed:
        a = np.triu(a)
    i, j = np.nonzero(a)
    table = pl.DataFrame({"organisation_1": i, "organisation_2": j, "weight": rng.integers(1, 6, len(i)).astype(float)})
    return table, a if directed else a | a.T


@odd_tables
@quick
@given(st.integers(0, 10_000))
def test_constraint_agrees_with_igraph(seed):
    table, _ = network(seed)
    graph = igraph.Graph(n=12, edges=table.select("organisation_1", "organisation_2").rows())
    got = rg.burt_constraint(table, list(range(12)))["constraint"].fill_null(np.nan).to_numpy()
    assert got == pytest.approx(np.array(graph.constraint(weights=table["weight"].to_list())), nan_ok=True)


@odd_tables
@quick
@given(st.integers(0, 10_000), st.booleans())
def test_effective_size_and_hierarchy_equal_the_definition(seed, directed):
    table, a = network(seed, directed=directed)
    w = np.zeros(a.shape)
    w[table["organisation_1"].to_numpy(), table["organisation_2"].to_numpy()] = table["weight"].to_numpy()
    z = w + w.T
    got = rg.burt_constraint(table, list(range(12)), directed=directed)
    for i, row in enumerate(got.iter_rows(named=True)):
        contacts = np.flatnonzero(z[i])
        assert row["contacts"] == len(contacts)
        if not len(contacts):
            assert row["effective_size"] is None
            continue
        p = z / np.maximum(z.sum(axis=1, keepdims=True), 1e-300)
        size = sum(1 - sum(p[i, q] * z[j, q] / z[j].max() for q in contacts if q != j) for j in contacts)
        assert row["effective_size"] == pytest.approx(size)
        if len(contacts) > 1:
            c = np.array([(p[i, j] + p[i] @ p[:, j]) ** 2 for j in contacts])
            r = c / c.mean()
            assert row["hierarchy"] == pytest.approx((r * np.log(r)).sum() / (len(c) * np.log(len(c))), abs=1e-9)


@odd_tables
@quick
@given(st.integers(0, 10_000))
def test_unit_of_the_ties_and_names_change_nothing(seed):
    table, _ = network(seed)
    first = rg.burt_constraint(table)
    other = rg.burt_constraint(
        table.with_columns(pl.col("weight") * 1e6, organisation_1="organisation_2", organisation_2="organisation_1")
    )
    for column in ("constraint", "effective_size", "hierarchy"):
        assert first[column].to_list() == pytest.approx(other[column].to_list(), abs=1e-9)


@odd_tables
def test_effective_size_of_ties_all_alike_is_contacts_less_twice_the_ties_among_them_over_contacts():
    table, a = network(4)
    got = rg.burt_constraint(table, list(range(12)), weight=None)
    for i, size in enumerate(got["effective_size"]):
        own = np.flatnonzero(a[i])
        if len(own):
            assert size == pytest.approx(len(own) - 2 * (a[np.ix_(own, own)].sum() / 2) / len(own))


def test_a_triangle_constrains_more_than_a_single_contact():
    triangle = pl.DataFrame({"organisation_1": ["a", "a", "b"], "organisation_2": ["b", "c", "c"]})
    assert rg.burt_constraint(triangle, weight=None)["constraint"].to_list() == pytest.approx(
        [2 * (1 / 2 + 1 / 2 * 1 / 2) ** 2] * 3
    )


def role_of(a: int, b: int, c: int) -> str:
    if a == b == c:
        return "coordinator"
    if a == c:
        return "consultant"
    if b == c:
        return "gatekeeper"
    return "representative" if a == b else "liaison"


@odd_tables
@quick
@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_roles_equal_the_count_triple_by_triple(seed, directed, partial):
    table, a = network(seed, n=9, directed=directed)
    group = np.random.default_rng(seed).integers(0, 3, 9)
    nodes = pl.DataFrame({"organisation": range(9), "group": group})
    expected = [dict.fromkeys(("coordinator", "consultant", "gatekeeper", "representative", "liaison"), 0.0) for _ in a]
    for x in range(9):
        for y in range(9):
            between = [b for b in range(9) if a[x, b] and a[b, y]]
            if x == y or a[x, y]:
                continue
            for b in between:
                expected[b][role_of(group[x], group[b], group[y])] += 1 / len(between) if partial else 1
    got = rg.gould_fernandez(table, nodes, directed=directed, partial=partial)
    for row, counts in zip(got.nodes.to_dicts(), expected, strict=True):
        assert {k: row[k] for k in counts} == pytest.approx(counts)
        assert row["total"] == pytest.approx(sum(counts.values()))


@odd_tables
@pytest.mark.parametrize("directed", [False, True])
def test_expected_and_spread_are_those_of_random_networks(directed):
    group = [0, 0, 0, 1, 1, 2]
    pairs = [(i, j) for i in range(6) for j in range(6) if (i != j if directed else i < j)]
    nodes = pl.DataFrame({"organisation": range(6), "group": group})
    seen = []
    rng = np.random.default_rng(7)
    for _ in range(250):
        ties = [p for p in pairs if rng.random() < 0.4]
        table = pl.DataFrame(ties, schema=["organisation_1", "organisation_2"], orient="row")
        seen.append(rg.gould_fernandez(table, nodes, directed=directed).nodes.row(0)[2:])
    whole = len(pairs) * 2 // 5
    table = pl.DataFrame(pairs[:whole], schema=["organisation_1", "organisation_2"], orient="row")
    chance = rg.gould_fernandez(table, nodes, directed=directed).roles.head(6).to_dict(as_series=False)
    known = [k for k in range(6) if chance["expected"][k] > 0]
    spread = {k: (chance["pairs"][k] - chance["expected"][k]) / chance["z"][k] for k in known}
    for k in known:
        drawn = np.array([s[k] for s in seen])
        assert abs(drawn.mean() - chance["expected"][k]) < 4 * spread[k] / np.sqrt(len(seen))
        assert drawn.std() == pytest.approx(spread[k], rel=0.35)


@odd_tables
def test_network_with_every_tie_leaves_nobody_between_and_no_z():
    table = pl.DataFrame({"organisation_1": ["a", "a", "b"], "organisation_2": ["b", "c", "c"]})
    nodes = pl.DataFrame({"organisation": ["a", "b", "c"], "group": ["x", "y", "z"]})
    got = rg.gould_fernandez(table, nodes)
    assert got.nodes["total"].to_list() == [0, 0, 0]
    assert got.roles["z"].null_count() == got.roles.height


@odd_tables
def test_one_node_and_no_ties_are_answered():
    table = pl.DataFrame(schema={"organisation_1": pl.String, "organisation_2": pl.String})
    got = rg.gould_fernandez(table, pl.DataFrame({"organisation": ["a"], "group": ["x"]}))
    assert got.nodes["total"].to_list() == [0]
    assert rg.burt_constraint(table, ["a"], weight=None)["constraint"].null_count() == 1


def test_null_group_is_refused():
    table = pl.DataFrame({"organisation_1": ["a"], "organisation_2": ["b"]})
    with pytest.raises(rg.InvalidTable, match="group is null"):
        rg.gould_fernandez(table, pl.DataFrame({"organisation": ["a", "b"], "group": ["x", None]}))
