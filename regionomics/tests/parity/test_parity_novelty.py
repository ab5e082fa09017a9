"""Ours against EconGeo and econcomplex: z of combinations, ease of recombination, modular complexity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tables
from test_parity import NAMES, PEERS, Case, case, column

import regionomics as rg

ASKED = {"presence": "rca"}
OF_THESE = {
    "z_score",
    "z_score_novelty",
    "ease_recombination",
    "ease_of_recombination",
    "modular_complexity",
    "modular_complexity_avg",
}


def scores(c: Case, diagonal: Callable[[np.ndarray, int], np.ndarray]) -> np.ndarray:
    found = rg.novelty(c.data, **ASKED)
    z = found.matrix().toarray().copy()
    np.fill_diagonal(z, diagonal(rg.ubiquity(c.data)["ubiquity"].to_numpy().astype(float), len(c.places)))
    return z


def never_meets_itself(u: np.ndarray, n: int) -> np.ndarray:
    """What EconGeo has on the diagonal: no meeting, where u^2 / n would be expected."""
    return -(u * u / n) / np.sqrt(u * u / n * (1 - u / n) * (n - u) / (n - 1))


def ease(c: Case) -> np.ndarray:
    return column(rg.ease_of_recombination(c.data, **ASKED), "ease_of_recombination")


def hardness(of: str) -> Callable[[Case], np.ndarray]:
    return lambda c: column(rg.modular_complexity(c.data, of=of, compat="econgeo", **ASKED), "modular_complexity")


SAME: dict[tuple[str, str], Callable[[Case], Any]] = {
    ("EconGeo", "z_score"): lambda c: scores(c, never_meets_itself),
    ("econcomplex", "z_score_novelty"): lambda c: scores(c, lambda u, n: np.zeros(len(u))),
    ("EconGeo", "ease_recombination"): ease,
    ("EconGeo", "modular_complexity"): hardness("place"),
    ("EconGeo", "modular_complexity_avg"): hardness("activity"),
}
OTHERS = {
    ("econcomplex", "ease_of_recombination"): "counts patents with a second class, not the classes combined with",
    ("econcomplex", "modular_complexity"): "built on that",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("peer", "function"), SAME, ids=[" ".join(k) for k in SAME])
def test_ours_agrees_with_the_peer(peer, function, name):
    stored = PEERS[peer]["tables"][name][function]
    mine = np.asarray(SAME[peer, function](case(name)), dtype=float).ravel()
    assert tables.same(list(mine), stored)


@pytest.mark.parametrize("name", NAMES)
def test_econcomplex_measures_something_else_under_the_name_of_fleming_and_sorenson(name):
    assert not tables.same(list(ease(case(name))), PEERS["econcomplex"]["tables"][name]["ease_of_recombination"])
    c = case(name)
    m = rg.presence(c.data)["present"].to_numpy().reshape(len(c.places), -1).astype(float)
    with_others = m.T @ (m.sum(axis=1) > 1) / m.sum(axis=0)
    stored = PEERS["econcomplex"]["tables"][name]
    assert tables.same(list(with_others), stored["ease_of_recombination"])
    built_on_that = m.sum(axis=1) / (m @ with_others)
    assert tables.same(list(built_on_that), stored["modular_complexity"])


def test_every_stored_answer_of_these_functions_is_compared():
    stored = {(peer, f) for peer, all_of in PEERS.items() for functions in all_of["tables"].values() for f in functions}
    assert {(peer, f) for peer, f in stored if f in OF_THESE} == set(SAME) | set(OTHERS)
