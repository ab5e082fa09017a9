"""What is drawn is what was given."""

import builtins
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

import regionomics as rg


def linked(pairs, activities):
    """Relatedness of the given pairs, made by one place each, so that nothing else is related."""
    rows = [(f"p{k}", a, 1) for k, pair in enumerate(pairs) for a in pair]
    rows += [(f"q{k}", a, 1) for k, a in enumerate(activities)]
    table = pl.DataFrame(rows, schema=["place", "activity", "value"], orient="row")
    return rg.relatedness(table, method="conditional", presence="given")


def lines(ax):
    return ax.collections[0].get_segments()


def test_a_chain_is_drawn_as_long_as_its_links():
    ax = rg.industry_space(linked([("a", "b"), ("b", "c")], "abc"))
    at = {t.get_text(): np.array(t.xy) for t in ax.texts}
    assert np.linalg.norm(at["a"] - at["b"]) == pytest.approx(1, abs=0.02)
    assert np.linalg.norm(at["b"] - at["c"]) == pytest.approx(1, abs=0.02)
    assert np.linalg.norm(at["a"] - at["c"]) == pytest.approx(2, abs=0.02)
    ends = [tuple(map(tuple, xy)) for xy in lines(ax)]
    assert ends == [(tuple(at["a"]), tuple(at["b"])), (tuple(at["b"]), tuple(at["c"]))]


def test_groups_stand_apart_and_what_is_related_to_nothing_is_not_drawn():
    ax = rg.industry_space(linked([("a", "b"), ("b", "c"), ("x", "y")], "abcxyz"))
    at = {t.get_text(): t.xy for t in ax.texts}
    assert set(at) == set("abcxy")
    assert max(at[k][0] for k in "abc") + 1 == pytest.approx(min(at[k][0] for k in "xy"))
    assert len(lines(ax)) == 3


def test_edges_are_the_tree_and_all_pairs_above_the_threshold():
    rng = np.random.default_rng(2)
    phi = rg.relatedness(
        rg.PlaceActivity.from_matrix(rng.integers(0, 2, (12, 9))), method="conditional", presence="given"
    )
    values = phi.matrix.toarray()
    strong = int((np.triu(values, 1) >= 0.6).sum())
    assert 8 <= len(lines(rg.industry_space(phi, threshold=0.6))) <= strong + 8
    assert len(lines(rg.industry_space(phi, threshold=2))) == 8
    assert len(lines(rg.industry_space(phi, threshold=1e-9))) == int((np.triu(values, 1) > 0).sum())


def test_present_activities_are_marked():
    ax = rg.industry_space(linked([("a", "b"), ("b", "c")], "abc"), present=["b"])
    shown = {c.get_label(): len(c.get_offsets()) for c in ax.collections[1:]}
    assert shown == {"absent": 2, "present": 1}
    with pytest.raises(rg.InvalidParameter, match="present names 'zz'"):
        rg.industry_space(linked([("a", "b")], "ab"), present=["zz"])
    with pytest.raises(rg.InvalidParameter, match="threshold=0"):
        rg.industry_space(linked([("a", "b")], "ab"), threshold=0)
    with pytest.raises(rg.InvalidParameter, match="0 activities are related"):
        rg.industry_space(linked([], "ab"))


def test_same_picture_twice():
    phi = linked([("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("a", "e")], "abcde")
    first, second = (np.vstack(lines(rg.industry_space(phi))) for _ in range(2))
    assert np.array_equal(first, second)


def test_options_stand_at_their_density_and_complexity():
    density = pl.DataFrame(
        {"place": ["p", "p", "p", "q"], "activity": ["a", "b", "c", "a"], "density": [10.0, 40.0, None, 99.0]}
    )
    pci = pl.DataFrame({"activity": ["b", "a", "c", "had"], "pci": [2.0, -1.0, 0.0, 5.0]})
    ax = rg.density_complexity(density, pci, "p")
    assert ax.collections[0].get_offsets().tolist() == [[10.0, -1.0], [40.0, 2.0]]
    assert ax.lines[0].get_xdata()[0] == 25.0
    assert ax.lines[1].get_ydata()[0] == 0.5
    assert [t.get_text() for t in ax.texts] == ["a", "b"]
    again = rg.density_complexity(density.to_pandas(), pci.to_pandas(), "p", ax=ax)
    assert again is ax
    renamed = {"place": "region", "activity": "nace"}
    other = density.with_columns(year=1).select("year", "place", "activity", "density").rename(renamed)
    named = rg.density_complexity(other, pci.rename({"activity": "nace"}), "p")
    assert named.collections[0].get_offsets().tolist() == [[10.0, -1.0], [40.0, 2.0]]
    whole = rg.density_complexity(density, SimpleNamespace(activities=pci), "p")  # as economic_complexity gives it
    assert whole.collections[0].get_offsets().tolist() == [[10.0, -1.0], [40.0, 2.0]]
    with pytest.raises(rg.InvalidParameter, match="place='zz' has no option"):
        rg.density_complexity(density, pci, "zz")
    with pytest.raises(rg.InvalidTable, match="complexity: activity repeats"):
        rg.density_complexity(density, pl.concat([pci, pci]), "p")


def test_what_the_place_has_is_no_option():
    density = pl.DataFrame({"place": "p", "activity": ["a", "b", "c"], "density": [10.0, 40.0, 90.0]})
    pci = pl.DataFrame({"activity": ["b", "a", "c"], "pci": [2.0, -1.0, 0.0]})
    with pytest.raises(rg.InvalidTable, match="holds all 3 activities for p, those that it has among them"):
        rg.density_complexity(density, pci, "p")
    ax = rg.density_complexity(density, pci, "p", present=["c"])
    assert ax.collections[0].get_offsets().tolist() == [[10.0, -1.0], [40.0, 2.0]]


def test_of_many_activities_the_most_connected_or_the_largest_are_named():
    star = [("hub", f"a{k:02}") for k in range(60)]
    phi = linked([*star, ("a00", "a01"), ("a00", "a02")], ["hub", *(f"a{k:02}" for k in range(60))])
    ax = rg.industry_space(phi, names=2, threshold=0.3)
    assert "hub" in {t.get_text() for t in ax.texts}
    assert len(ax.texts) == 2
    sized = rg.industry_space(phi, names=1, sizes={"a40": 9.0, "hub": 3.0})
    assert [t.get_text() for t in sized.texts] == ["a40"]
    assert len(rg.industry_space(phi, names=100).texts) == 61
    with pytest.raises(rg.InvalidParameter, match="sizes: 'hub' is -1"):
        rg.industry_space(phi, sizes={"hub": -1})


def test_lines_over_time_hold_each_places_complexity_with_gaps():
    table = pl.DataFrame(
        {"year": [2012, 2010, 2011, 2010], "place": ["p", "p", "p", "q"], "eci": [0.3, 0.1, None, -1.0]}
    )
    ax = rg.complexity_over_time(table, highlight=["p"])
    rest, chosen = ax.lines
    assert chosen.get_xdata().tolist() == [2010, 2011, 2012]
    assert chosen.get_ydata() == pytest.approx([0.1, np.nan, 0.3], nan_ok=True)
    assert rest.get_ydata() == pytest.approx([-1.0, np.nan, np.nan], nan_ok=True)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["p"]
    with pytest.raises(rg.InvalidTable, match="a place appears twice at one year"):
        rg.complexity_over_time(pl.concat([table, table]))
    with pytest.raises(rg.InvalidParameter, match="highlight names 'zz'"):
        rg.complexity_over_time(table, highlight=["zz"])


def test_curve_is_that_of_the_points():
    table = pl.DataFrame({"place": ["p", "q"], "activity": ["a", "a"], "value": [1, 3]})
    points = rg.concentration_curve(table, weights="equal")
    ax = rg.draw_curve(points, ["a"])
    assert ax.lines[1].get_xydata().tolist() == points.select("weight_share", "value_share").to_numpy().tolist()
    assert [0.5, 0.25] in ax.lines[1].get_xydata().tolist()
    with pytest.raises(rg.InvalidParameter, match="activities names 'zz'"):
        rg.draw_curve(points, ["zz"])


def test_without_matplotlib_the_message_names_the_extra(monkeypatch):
    load = builtins.__import__

    def without(name, *args, **options):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return load(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(rg.MissingDependency, match="regionomics\\[plots\\]"):
        rg.complexity_over_time(pl.DataFrame({"year": [1], "place": ["p"], "eci": [0.0]}))
