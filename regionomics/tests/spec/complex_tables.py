"""What the tests of complexity share: the table that peers were run on, their digits, and the textbook's formula."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import polars as pl

import regionomics as rg

DIGITS = Path(__file__).parents[1] / "digits"
PEERS = json.loads((DIGITS / "relatedness_peers.json").read_text())


def peer_table() -> pl.DataFrame:
    spec = importlib.util.spec_from_file_location("relatedness_table", DIGITS / "relatedness_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return pl.DataFrame(module.ROWS, schema=["place", "activity", "value"], orient="row")


TABLE = peer_table()


def peer(name: str, key: str) -> np.ndarray:
    return np.array(PEERS[name][key])


def eci(result: rg.complexity.EconomicComplexity) -> np.ndarray:
    return result.places["eci"].to_numpy()


def pci(result: rg.complexity.EconomicComplexity) -> np.ndarray:
    return result.activities["pci"].to_numpy()


def wide(table: pl.DataFrame, column: str) -> np.ndarray:
    return table.pivot(on="activity", index="place", values=column, sort_columns=True).sort("place")[:, 1:].to_numpy()


def of_matrix(matrix: object) -> rg.PlaceActivity:
    return rg.PlaceActivity.from_matrix(np.asarray(matrix, dtype=float))


def nested(seed: int, places: int, activities: int) -> np.ndarray:
    """Presences as in trade: able places do nearly everything."""
    rng = np.random.default_rng(seed)
    able, hard = rng.uniform(0.1, 1, places), rng.uniform(0, 0.9, activities)
    return (rng.random((places, activities)) < 1 / (1 + np.exp(-8 * (able[:, None] - hard)))).astype(float)


def by_definition(m: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Second eigenvectors of the two Markov matrices, dense, for comparison; no empty rows, connected."""
    d, u = m.sum(axis=1), m.sum(axis=0)
    half = m / np.sqrt(d)[:, None] / np.sqrt(u)
    left, size, _ = np.linalg.svd(half, full_matrices=False)
    e = left[:, 1] / np.sqrt(d)
    p = (m.T @ e) / u / size[1] ** 2
    turn = np.sign(np.corrcoef(e, d)[0, 1])
    return turn * (e - e.mean()) / e.std(), turn * p, size[1] ** 2
