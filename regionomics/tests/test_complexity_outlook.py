"""Outlook and opportunity gain: digits of peers, unused activities, and the density that calls share."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from complex_tables import TABLE, nested, of_matrix, peer, wide
from polars.testing import assert_frame_equal
from promises import odd_tables

import regionomics as rg


def test_outlook_and_gain_agree_with_growthlab():
    got = rg.complexity_outlook(TABLE, compat="growthlab")["complexity_outlook"].to_numpy()
    assert np.allclose(got, peer("growthlab", "coi"), atol=1e-9)
    gain = rg.opportunity_gain(TABLE, compat="growthlab")
    theirs = peer("growthlab", "cog")
    absent = rg.relatedness_density(TABLE, which="absent")
    at = (absent["place"].str.slice(1).cast(int).to_numpy(), absent["activity"].str.slice(1).cast(int).to_numpy())
    assert np.allclose(gain["opportunity_gain"].to_numpy(), theirs[at], atol=1e-9)


def test_outlook_and_gain_agree_with_econcomplex_and_oec():
    own = rg.economic_complexity(TABLE, pci_scale="own").activities
    got = rg.complexity_outlook(TABLE, pci=own)["complexity_outlook"].to_numpy()
    assert np.allclose(got, peer("econcomplex", "coi"), atol=1e-9)
    gain = rg.opportunity_gain(TABLE, compat="oec")
    at = tuple(gain[c].str.slice(1).cast(int).to_numpy() for c in ("place", "activity"))
    assert np.allclose(gain["opportunity_gain"].to_numpy(), peer("oec", "gain")[at], atol=1e-9)
    # econcomplex's gain divides by what is related to the new activity, as OEC does, and takes nothing off
    density = wide(rg.relatedness_density(TABLE, method="conditional", scale=1), "density")
    oec_like = rg.opportunity_gain(TABLE, pci=own, definition="oec")["opportunity_gain"].to_numpy()
    back = oec_like + density[at] * own["pci"].to_numpy()[at[1]]
    assert np.allclose(back, peer("econcomplex", "cog")[at], atol=1e-9)


@odd_tables
def test_unused_activity_leaves_outlook_and_gain_known():
    """econcomplex: one unused activity makes COI and COG NaN for all."""
    table = pl.concat([TABLE, pl.DataFrame({"place": ["P00"], "activity": ["unused"], "value": [0]})])
    with pytest.warns(rg.RegionomicsWarning):
        rg.economic_complexity(table)
    assert np.allclose(
        rg.complexity_outlook(table)["complexity_outlook"].to_numpy(),
        rg.complexity_outlook(TABLE)["complexity_outlook"].to_numpy(),
    )
    gain = rg.opportunity_gain(table)
    assert gain.filter(pl.col("activity") != "unused")["opportunity_gain"].null_count() == 0
    assert gain.filter(pl.col("activity") == "unused")["opportunity_gain"].null_count() == 12


@odd_tables
@pytest.mark.parametrize("definition", ["atlas", "growthlab", "oec"])
def test_density_kept_from_one_call_changes_no_answer_of_the_next(definition):
    data = of_matrix(np.hstack([nested(4, 60, 80), np.zeros((60, 1))]))
    phi = rg.relatedness(data, method="conditional", presence="given")
    score = rg.economic_complexity(of_matrix(nested(4, 60, 80)), presence="given").activities
    asked = {"presence": "given", "pci": score}
    fresh = [
        rg.complexity_outlook(data, presence="given", pci=score),
        rg.opportunity_gain(data, presence="given", pci=score, definition=definition),
    ]
    first = rg.relatedness_density(data, phi, presence="given")
    kept = [rg.complexity_outlook(data, phi, **asked), rg.opportunity_gain(data, phi, definition=definition, **asked)]
    for one, other in zip(fresh, kept, strict=True):
        assert_frame_equal(one, other, rel_tol=1e-12, abs_tol=1e-12)
    other_phi = rg.relatedness(data, method="cosine", presence="given")
    assert not rg.relatedness_density(data, other_phi, presence="given").equals(first)
    assert rg.relatedness_density(data, phi, presence="given").equals(first)
    ours = rg.relatedness_density(data, phi, presence="given", output="matrix")
    ours.values[:] = -1.0  # the caller's own
    assert rg.relatedness_density(data, phi, presence="given").equals(first)
