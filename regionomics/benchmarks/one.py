"""One operation of one package on one table, timed in a process of its own: prints a line of JSON.

    python one.py PACKAGE OPERATION FOLDER

FOLDER holds the inputs that bench.py wrote (numpy files). Reading them, importing the package and shaping the input to
what the package takes are not timed. An operation of under ten seconds runs twice, of under two up to five times, and
the fastest counts. Processor time is that of all threads. Memory is the highest of the first run above what was there
before it. Needs numpy and the package only.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Job = tuple[str, Callable[[], Any]]  # version shown, what is timed
DISTRIBUTION = {"growthlab": "ecomplexity", "oec": "economic-complexity", "planned": "scipy"}


def triplets(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[int, int]]:
    stored = np.load(folder / f"{name}.npz")
    return stored["row"], stored["col"], stored["value"], tuple(stored["shape"])


def dense(folder: Path, name: str) -> np.ndarray:
    row, col, value, shape = triplets(folder, name)
    out = np.zeros(shape)
    out[row, col] = value
    return out


def ours(operation: str, folder: Path) -> Callable[[], Any]:
    import polars as pl
    from scipy import sparse

    import regionomics as rg
    from regionomics.relatedness import load_compiled_loops

    load_compiled_loops()

    def table(name: str) -> Any:
        row, col, value, shape = triplets(folder, name)
        return rg.PlaceActivity.from_matrix(sparse.coo_array((value, (row, col)), shape=shape))

    def anew(data: Any) -> Any:
        """The same table without what it keeps of the run before, so that each run does the whole work."""
        return data.replace_values(data.values)

    if operation == "RCA":
        values = table("values")
        return lambda: rg.location_quotient(anew(values), zeros=False)
    if operation in ("table to table", "whole"):
        row, col, value, _ = triplets(folder, "values")
        long = pl.DataFrame({"place": row, "activity": col, "value": value})

        def everything() -> list[Any]:
            data = rg.PlaceActivity.from_table(long)
            phi = rg.relatedness(data, method="conditional")
            complexity = rg.economic_complexity(data)
            if operation == "whole":  # what a table of 10 000 x 10 000 needs: all four operations, matrices kept
                density = rg.relatedness_density(data, phi, output="matrix")
                return [rg.location_quotient(data, zeros=False), phi, complexity, density]
            return [
                rg.location_quotient(data),
                rg.diversity(data),
                rg.ubiquity(data),
                complexity,
                rg.relatedness_density(data, phi),
                rg.complexity_outlook(data, phi, pci=complexity.activities),
                rg.opportunity_gain(data, phi, pci=complexity.activities),
            ]

        return everything
    presence = table("presence")
    if operation == "ECI+PCI":
        return lambda: rg.economic_complexity(anew(presence), presence="given")
    if operation == "proximity":
        return lambda: rg.relatedness(anew(presence), method="conditional", presence="given")
    phi = rg.relatedness(presence, method="conditional", presence="given")
    return lambda: rg.relatedness_density(anew(presence), phi, presence="given", output="matrix")


def econcomplex(operation: str, folder: Path) -> Callable[[], Any]:
    import econcomplex as ec
    import pandas as pd

    if operation == "RCA":
        values = dense(folder, "values")
        return lambda: ec.rca(values)
    if operation == "table to table":
        row, col, value, _ = triplets(folder, "values")
        long = pd.DataFrame({"place": row, "activity": col, "value": value})
        return lambda: ec.compute_complexity(long, {"loc": "place", "act": "activity", "val": "value"})
    m = dense(folder, "presence")
    if operation == "ECI+PCI":
        return lambda: ec.eci_pci_eigenvector(m, use_rca=False)
    if operation == "proximity":
        return lambda: ec.proximity(m, use_rca=False, compute="product")
    phi = read_phi(folder)
    return lambda: ec.relatedness_density(m, phi=phi, use_rca=False)


def read_phi(folder: Path) -> np.ndarray:
    """The proximity that bench.py made, so that no time goes into making it again; diagonal 0."""
    return np.load(folder / "phi.npy")


def growthlab(operation: str, folder: Path) -> Callable[[], Any]:
    import pandas as pd
    from ecomplexity import ecomplexity
    from ecomplexity.calc_density import calc_density
    from ecomplexity.calc_proximity import calc_discrete_proximity
    from ecomplexity.ComplexityData import ComplexityData
    from ecomplexity.ecomplexity import calc_eci_pci

    columns = {"time": "year", "loc": "place", "prod": "activity", "val": "value"}
    row, col, value, _ = triplets(folder, "values")
    long = pd.DataFrame({"year": 2020, "place": row, "activity": col, "value": value})
    if operation == "table to table":
        return lambda: ecomplexity(long, columns, check_logsupermodularity=False, verbose=False)
    data = ComplexityData(long, columns, "coerce")
    data.create_full_df(2020)
    if operation == "RCA":
        return data.calculate_rca
    data.calculate_rca()
    data.calculate_mcp(1, 1, "rca", None, 2020)
    data.diversity_t, data.ubiquity_t, data.t = data.mcp_t.sum(axis=1), data.mcp_t.sum(axis=0), 2020
    if operation == "ECI+PCI":
        return lambda: calc_eci_pci(data)
    if operation == "proximity":
        return lambda: calc_discrete_proximity(data.mcp_t, data.ubiquity_t)
    phi = read_phi(folder)
    np.fill_diagonal(phi, 1.0)
    return lambda: calc_density(data.mcp_t, phi)


def planned(operation: str, folder: Path) -> Callable[[], Any]:
    """What py-ecomplexity's issues 45 and 48 plan: two eigenpairs of the symmetric matrix of places. Our writing."""
    from scipy.sparse.linalg import eigsh

    m = dense(folder, "presence")

    def eci_pci() -> tuple[np.ndarray, np.ndarray]:
        diversity, ubiquity = m.sum(axis=1), m.sum(axis=0)
        root = np.sqrt(diversity)
        scaled = m / root[:, None]
        symmetric = (scaled / ubiquity) @ scaled.T
        _, vectors = eigsh(symmetric, k=2, which="LA", v0=np.ones(len(root)))
        eci = vectors[:, 0] / root
        pci = (m.T @ eci) / ubiquity
        spread, centre = eci.std(), eci.mean()
        return (eci - centre) / spread, (pci - centre) / spread

    return eci_pci


def oec(operation: str, folder: Path) -> Callable[[], Any]:
    import economic_complexity as ec
    import pandas as pd

    if operation == "RCA":
        values = pd.DataFrame(dense(folder, "values"))
        return lambda: ec.rca(values)
    m = pd.DataFrame(dense(folder, "presence"))
    if operation == "ECI+PCI":
        return lambda: ec.complexity(m)
    if operation == "proximity":
        return lambda: ec.proximity(m)
    phi = pd.DataFrame(read_phi(folder))
    return lambda: ec.relatedness(m, proximities=phi)


def econci(operation: str, folder: Path) -> Callable[[], Any]:
    import pandas as pd
    from econci import Complexity

    row, col, value, _ = triplets(folder, "values")
    work = Complexity(pd.DataFrame({"c": row, "p": col, "v": value}), c="c", p="p", values="v")
    work._get_m()
    if operation == "RCA":
        return work._calc_rca
    work._m_cp = pd.DataFrame(dense(folder, "presence"))
    work._get_diversity()
    work._get_ubiquity()
    if operation == "ECI+PCI":
        return lambda: (work._calc_eci(), work._calc_pci())
    if operation == "proximity":
        return work._calc_proximity
    work._proximity = pd.DataFrame(read_phi(folder))
    return work._calc_density


PACKAGES = {f.__name__: f for f in (ours, econcomplex, growthlab, planned, oec, econci)}


class Memory:
    """The highest memory of the process since `reset`, in MB above what it held then (Linux)."""

    def reset(self) -> None:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self.before = self._status("VmRSS")

    def peak(self) -> float:
        return (self._status("VmHWM") - self.before) / 1024

    def _status(self, key: str) -> int:
        text = Path("/proc/self/status").read_text(encoding="ascii")
        return int(next(line for line in text.splitlines() if line.startswith(key)).split()[1])


def main(package: str, operation: str, folder: Path) -> dict[str, Any]:
    work = PACKAGES[package](operation, folder)
    print("ready", file=sys.__stdout__, flush=True)
    memory = Memory()
    memory.reset()
    seconds, cpu, peak = [], [], 0.0
    while not seconds or (sum(seconds) < 2 and len(seconds) < 5) or (seconds[0] < 10 and len(seconds) < 2):
        start, used = time.perf_counter(), time.process_time()
        answer = work()
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
        peak = peak or memory.peak()
        del answer
    name = DISTRIBUTION.get(package, "regionomics" if package == "ours" else package)
    version = importlib.metadata.version(name)
    return {"seconds": min(seconds), "cpu": min(cpu), "mb": peak, "runs": len(seconds), "version": version}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()):
        result = main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    print(json.dumps(result))
