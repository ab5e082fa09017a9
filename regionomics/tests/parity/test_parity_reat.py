"""Ours against REAT 3.0.3: shift-share and concentration, on a made table and on real Freiburg."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
import tables
from test_parity import DATA, DIGITS, Case, column
from test_parity_specialisation import income, values

import regionomics as rg

REAT = json.loads((DIGITS / "reat.json").read_text())["tables"]
Periods = tuple[list[tables.Row], list[tables.Row]]


def periods(name: str) -> Periods:
    if name == "filled":
        return tables.filled(), tables.later(tables.filled())
    if DATA is None:
        pytest.skip("POLIEDRO_DATA names no folder of real data")
    return tables.freiburg(DATA)


def shifted(method: str, *parts: str) -> Callable[[Periods], np.ndarray]:
    def answer(both: Periods) -> np.ndarray:
        start, end = (Case.long(rows).with_columns(year=pl.lit(y)) for y, rows in enumerate(both))
        rows = pl.concat([start, start.with_columns(value=pl.lit(0.0), year=pl.lit(1))]).join(
            end, on=["place", "activity", "year"], how="left", suffix="_end"
        )
        whole = rows.with_columns(value=pl.coalesce("value_end", "value")).drop("value_end")
        places = rg.shift_share(whole, method=method).places  # type: ignore[arg-type]  # the word comes from below
        return np.concatenate([column(places, part) for part in parts])

    return answer


def at_start(answer: Callable[[Case], Any]) -> Callable[[Periods], Any]:
    return lambda both: answer(Case(both[0]))


def of_quotients(of: str) -> Callable[[Case], np.ndarray]:
    """REAT takes the Gini coefficient of the location quotients, each as heavy as the others."""
    return lambda c: column(rg.gini(rg.location_quotient(c.data), value="location_quotient", of=of), "gini")


SAME: dict[str, Callable[[Periods], Any]] = {
    "shift_dunn": shifted("classic", "national", "mix", "competitive"),
    "shift_esteban": shifted("esteban-marquillas", "national", "mix", "competitive", "allocation"),
    "gini": at_start(values(rg.gini)),
    "gini_norm": at_start(values(rg.gini, normalise=True)),
    "gini_conc": at_start(of_quotients("activity")),
    "gini_spec": at_start(of_quotients("place")),
    "herf": at_start(values(rg.herfindahl, of="activity")),
    "herf_norm": at_start(values(rg.herfindahl, of="activity", normalise=True)),
    "hoover": at_start(lambda c: values(rg.hoover_index, weights=income(c))(c)),
    "krugman_spec": at_start(lambda c: 2 * (1 - rg.similarity(c.data, method="overlap").matrix.toarray())),
}


@pytest.mark.parametrize("name", ["filled", "freiburg"])
@pytest.mark.parametrize("function", SAME)
def test_ours_agrees_with_reat(function, name):
    mine = np.asarray(SAME[function](periods(name)), dtype=float).ravel()
    assert tables.same(list(mine), REAT[name][function])


def test_every_stored_answer_is_compared():
    assert {function for functions in REAT.values() for function in functions} == set(SAME)
