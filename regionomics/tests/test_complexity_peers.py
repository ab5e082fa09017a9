"""Complexity beside the digits of py-ecomplexity, econcomplex, OEC and EconGeo, each by its own convention."""

from __future__ import annotations

import numpy as np
from complex_tables import TABLE, eci, pci, peer

import regionomics as rg


def test_growthlab_convention_agrees_with_py_ecomplexity():
    result = rg.economic_complexity(TABLE, compat="growthlab")
    assert np.allclose(eci(result), peer("growthlab", "eci"), atol=1e-9)
    assert np.allclose(pci(result), peer("growthlab", "pci"), atol=1e-9)


def test_our_default_is_that_convention():
    assert np.allclose(eci(rg.economic_complexity(TABLE)), peer("growthlab", "eci"), atol=1e-9)


def test_own_scale_of_pci_agrees_with_econcomplex():
    result = rg.economic_complexity(TABLE, pci_scale="own")
    assert np.allclose(eci(result), peer("econcomplex", "eci"), atol=1e-9)
    assert np.allclose(pci(result), peer("econcomplex", "pci"), atol=1e-9)


def test_oec_convention_agrees_with_economic_complexity():
    result = rg.economic_complexity(TABLE, compat="oec")
    assert np.allclose(eci(result), peer("oec", "eci"), atol=1e-9)
    assert np.allclose(pci(result), peer("oec", "pci"), atol=1e-9)


def test_econgeo_convention_agrees_with_its_kci_and_tci_without_rounding():
    result = rg.economic_complexity(TABLE, compat="econgeo")
    assert np.allclose(np.abs(eci(result)), np.abs(peer("econgeo", "kci")), atol=1e-9)
    assert np.allclose(np.abs(pci(result)), np.abs(peer("econgeo", "tci")), atol=1e-9)


def test_reflections_agree_with_econgeo_morc_and_mort():
    result = rg.economic_complexity(TABLE, method="reflections", compat="econgeo")
    assert np.allclose(eci(result), peer("econgeo", "morc"), atol=1e-9)
    assert np.allclose(pci(result), peer("econgeo", "mort"), atol=1e-9)


def test_normalised_ubiquity_agrees_with_econcomplex():
    got = rg.normalised_ubiquity(TABLE)["normalised_ubiquity"].to_numpy()
    assert np.allclose(got, peer("econcomplex", "normalized_ubiquity"), atol=1e-9)
