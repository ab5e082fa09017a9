"""The stored simulation study: what it must show, and that its command still gives the same regions."""

import json
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(FOLDER))
import impact_simulation as study  # noqa: E402  (the folder of benchmarks is not a package)

pytestmark = pytest.mark.skipif(not study.STORED.exists(), reason="the docs folder is not beside this package")
OURS = ("doubly robust", "not yet", "imputation", "matched")


def stored(world):
    return json.loads(study.STORED.read_text(encoding="utf-8"))[world]["methods"]


@pytest.mark.parametrize("name", OURS)
def test_planted_effect_is_found_within_monte_carlo_error_and_covered(name):
    found = stored("planted")[name]
    assert found["runs"] == 500
    assert abs(found["bias"]) < 2 * found["monte_carlo_error"]
    assert 0.93 <= found["covers"] <= 0.97
    assert stored("planted")["naive"]["covers"] < 0.01


@pytest.mark.parametrize("name", OURS)
def test_without_an_effect_one_in_twenty_rejects(name):
    assert 0.04 <= stored("none")[name]["rejects_zero"] <= 0.06


def test_where_effects_grow_two_way_effects_are_wrong_and_ours_right():
    found = stored("growing")
    assert abs(found["two-way"]["bias"]) > 20 * found["two-way"]["monte_carlo_error"]
    for name in ("doubly robust", "not yet"):
        assert abs(found[name]["bias"]) < 2 * found[name]["monte_carlo_error"]
        assert 0.93 <= found[name]["covers"] <= 0.97


def test_without_support_no_estimate_is_given():
    found = stored("no support")
    assert found["doubly robust"]["refused"] == found["matched"]["refused"] == 100


def test_command_still_runs_and_refuses():
    answer = study.run(("planted", 1))
    assert all(low < estimate < high for estimate, low, high in (answer[name] for name in OURS))
    assert "no common support" in study.run(("no support", 1))["doubly robust"]
