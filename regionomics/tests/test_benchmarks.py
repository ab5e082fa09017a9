"""The benchmark measures work, and not what is kept of the run before."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import bench
import one

from regionomics.relatedness import density


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setitem(bench.SIZES, "S", (12, 500))
    return bench.make_inputs(tmp_path, "S")


def test_each_run_of_a_density_reckons_it_anew(folder, monkeypatch):
    pytest.importorskip("numba", reason="ours is measured with its compiled loops")
    reckoned = []
    real = density.density_values
    monkeypatch.setattr(density, "density_values", lambda *a, **k: reckoned.append(1) or real(*a, **k))
    work = one.ours("density", folder)
    first, second = work(), work()
    assert len(reckoned) == 2
    assert (first.values == second.values).all()
