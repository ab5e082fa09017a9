"""Produce digits/python.json: what the Python peers give for the tables of tables.py.

    python produce_python.py [FOLDER of real data]

Run in an environment with econcomplex 1.0.1, ecomplexity 0.5.3, economic-complexity 0.3.0, econci 0.1.3 and pandas < 3.
Nothing of regionomics is needed. Where a peer fails on a table, its error is stored in place of digits.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import econcomplex as ec
import economic_complexity as oec
import numpy as np
import pandas as pd
import tables
from ecomplexity import ecomplexity, proximity
from econci import Complexity

Answers = dict[str, Callable[[], Any]]


def frame(rows: list[tables.Row]) -> pd.DataFrame:
    places, activities, values = tables.matrix(rows)
    return pd.DataFrame(values, index=pd.Index(places, name="place"), columns=pd.Index(activities, name="activity"))


def of_econcomplex(x: pd.DataFrame, then: pd.DataFrame) -> Answers:
    m = (ec.rca(x) >= 1).astype(float)
    income = np.array(tables.income(list(x.index)))
    half = x.shape[1] // 2
    eci, pci = ec.eci_pci(m, use_rca=False, trim=False)
    return {
        "rca": lambda: ec.rca(x),
        "rpop": lambda: ec.rpop(x, income),
        "mcp": lambda: ec.mcp(x),
        "diversity": lambda: ec.diversity(x),
        "ubiquity": lambda: ec.ubiquity(x),
        "normalized_ubiquity": lambda: ec.normalized_ubiquity(x),
        "eci": lambda: eci,
        "pci": lambda: pci,
        "eci_reflections": lambda: ec.mor_regions(m, use_rca=False, steps=20),
        "subnational_eci": lambda: ec.subnational_eci(x, np.sin(np.arange(x.shape[1])), standardize=False)[0],
        "fitness": lambda: ec.fitness_complexity(m, use_rca=False, iterations=2000, tol=1e-14)[0],
        "proximity": lambda: ec.proximity(m, use_rca=False, compute="product")["product"],
        "correlation_proximity": lambda: ec.correlation_proximity(x),
        "cosine_proximity": lambda: ec.cosine_proximity(x),
        "relatedness_density": lambda: ec.relatedness_density(m, use_rca=False),
        "relatedness_density_internal": lambda: ec.relatedness_density_internal(m, use_rca=False),
        "relatedness_density_external": lambda: ec.relatedness_density_external(m, use_rca=False),
        "distance": lambda: ec.distance(m, use_rca=False),
        "relative_relatedness": lambda: ec.relative_relatedness(m, use_rca=False),
        "co_occurrence": lambda: ec.co_occurrence(m),
        **{
            f"relatedness_{k}": lambda k=k: ec.relatedness_index(m, k)
            for k in ("cosine", "jaccard", "association", "probability")
        },
        "z_score_novelty": lambda: ec.z_score_novelty(m),
        "cross_proximity": lambda: ec.cross_proximity(x.iloc[:, :half], x.iloc[:, half:]),
        "location_quotient_avg": lambda: ec.location_quotient_avg(x),
        "hachman_index": lambda: ec.hachman_index(x),
        "specialization_coefficient": lambda: ec.specialization_coefficient(x),
        "krugman_index": lambda: ec.krugman_index(x),
        "export_similarity": lambda: ec.export_similarity(x),
        "gini": lambda: ec.gini(x),
        "locational_gini": lambda: ec.locational_gini(x),
        "hoover_gini": lambda: ec.hoover_gini(x, income),
        "herfindahl": lambda: ec.herfindahl(x, normalize=False),
        "herfindahl_normalised": lambda: ec.herfindahl(x),
        "shannon_entropy": lambda: ec.shannon_entropy(x),
        "hoover_index": lambda: ec.hoover_index(x),
        "hoover_index_population": lambda: ec.hoover_index(x, income),
        "prody": lambda: ec.prody(x, income),
        "expy": lambda: ec.expy(x, income),
        "product_gini_index": lambda: ec.pgi(x, income),
        "product_emissions_index": lambda: ec.peii(x, income),
        "ease_of_recombination": lambda: ec.ease_of_recombination(m),
        "modular_complexity": lambda: ec.modular_complexity(m),
        "growth_of_places": lambda: ec.growth_rate(x, then, axis=0),
        "growth_of_activities": lambda: ec.growth_rate(x, then, axis=1),
        "growth_of_pairs": lambda: ec.growth_matrix(x, then),
        "entry": lambda: ec.entry([x, then]),
        "exit": lambda: ec.exit([x, then]),
        "coi": lambda: ec.coi(m, pci, use_rca=False),
        "cog": lambda: ec.cog(m, pci, use_rca=False),
    }


def of_growthlab(x: pd.DataFrame, then: pd.DataFrame) -> Answers:
    long = x.stack().rename("value").reset_index().query("value > 0").assign(year=1)
    columns = {"time": "year", "loc": "place", "prod": "activity", "val": "value"}
    with contextlib.redirect_stdout(io.StringIO()):
        out = ecomplexity(long, columns, check_logsupermodularity=False, verbose=False)
        near = proximity(long, columns)
        alike = proximity(long, columns, continuous=True)

    def wide(name: str) -> pd.DataFrame:
        return out.pivot(index="place", columns="activity", values=name)

    def square(pairs: pd.DataFrame) -> pd.DataFrame:
        return pairs.pivot(index="activity_1", columns="activity_2", values="proximity").fillna(1.0)

    return {
        "eci": lambda: out.groupby("place")["eci"].first(),
        "pci": lambda: out.groupby("activity")["pci"].first(),
        "coi": lambda: out.groupby("place")["coi"].first(),
        "rca": lambda: wide("rca").fillna(0.0),
        "density": lambda: wide("density"),
        "cog": lambda: wide("cog"),
        "proximity": lambda: square(near),
        "proximity_continuous": lambda: square(alike),
    }


def of_oec(x: pd.DataFrame, then: pd.DataFrame) -> Answers:
    rca = oec.rca(x)
    eci, pci = oec.complexity(rca)
    near = oec.proximity(rca)
    half = x.shape[1] // 2
    first, second = oec.rca(x.iloc[:, :half]), oec.rca(x.iloc[:, half:])
    income = pd.DataFrame({"place": x.index, "value": tables.income(list(x.index))}).set_index("place")
    return {
        "rca": lambda: rca,
        "eci": lambda: eci,
        "pci": lambda: pci,
        "proximity": lambda: near,
        "relatedness": lambda: oec.relatedness(rca, proximities=near),
        "distance": lambda: oec.distance(rca, proximities=near),
        "relative_relatedness": lambda: oec.relative_relatedness(rca, proximities=near),
        "opportunity_gain": lambda: oec.opportunity_gain(rca, pci=pci, proximities=near),
        "similarity": lambda: oec.similarity(rca),
        "cross_proximity": lambda: oec.cross_proximity(first, second),
        "pgi": lambda: oec.pgi(x, rca, income),
        "peii": lambda: oec.peii(x, rca, income),
    }


def of_econci(x: pd.DataFrame, then: pd.DataFrame) -> Answers:
    long = x.stack().rename("v").reset_index()
    work = Complexity(long, c="place", p="activity", values="v")
    work.calculate_indexes()
    indices = {name: (lambda name=name: getattr(work, name).iloc[:, -1]) for name in ("eci", "pci")}
    return {**indices, **{name: (lambda name=name: getattr(work, name)) for name in ("rca", "proximity", "density")}}


PEERS = {"econcomplex": of_econcomplex, "growthlab": of_growthlab, "oec": of_oec, "econci": of_econci}
DISTRIBUTIONS = {"growthlab": "ecomplexity", "oec": "economic-complexity"}


def main(folder: Path | None) -> None:
    out: dict[str, Any] = {}
    for peer, answers_of in PEERS.items():
        out[peer] = {"version": importlib.metadata.version(DISTRIBUTIONS.get(peer, peer)), "tables": {}}
        for name, rows in tables.tables(folder):
            x, then = frame(rows), frame(tables.later(rows))
            then = then.reindex(index=x.index, columns=x.columns, fill_value=0.0)
            stored = out[peer]["tables"][name] = {}
            try:
                answers = answers_of(x, then)
            except Exception as error:
                stored["error"] = f"{type(error).__name__}: {error}"[:200]
                continue
            for key, answer in answers.items():
                try:
                    got = np.asarray(answer(), dtype=float).ravel()
                except Exception as error:
                    stored[key] = {"error": f"{type(error).__name__}: {error}"[:200]}
                else:
                    stored[key] = tables.digits(list(got))
    target = Path(__file__).parent / "digits" / "python.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(out, separators=(",", ":")) + "\n", encoding="ascii")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
