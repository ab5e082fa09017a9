"""The names of other packages and ours: what docs/regionomics/names.md and the hint at an unknown name are made of.

Each line: peer's name -> (our names, how). Where we have none, the text says why. A name that this version does not
have yet is shown as such, never as a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

Names = dict[str, tuple[tuple[str, ...], str]]


def _one(name: str, how: str = "") -> tuple[tuple[str, ...], str]:
    return (name,), how


TABLE_IN = "not needed: every function takes a long table and keeps its labels"

ECONGEO: Names = {
    "co_occurrence": _one("cooccurrence", "`weights=True` for counts of a multi-valued matrix"),
    "diversity": _one("diversity", "presence by default from location quotients; `presence='given'` as there"),
    "ease_recombination": _one("ease_of_recombination", "there rounded to 5 digits"),
    "entropy": _one("entropy", "there 1e-9 is added inside the logarithm and the answer rounded to 3 digits"),
    "entry_list": _one("entries_exits", "there the matrices are read from variables called mat1, mat2, ..."),
    "entry_mat": _one("entries_exits"),
    "exit_list": _one("entries_exits"),
    "exit_mat": _one("entries_exits"),
    "expy": _one("expy"),
    "get_list": ((), TABLE_IN + "; `PlaceActivity.long` gives the columns"),
    "get_matrix": ((), TABLE_IN + "; `PlaceActivity.from_table` makes the sparse matrix"),
    "gini": _one("gini", "there rounded to 3 digits"),
    "growth_ind": _one("growth", "`of='activity'`"),
    "growth_list": _one("growth", "`of='pair'`"),
    "growth_list_ind": _one("growth", "`of='activity'`, all periods in one table"),
    "growth_list_reg": _one("growth", "`of='place'`, all periods in one table"),
    "growth_mat": _one("growth", "`of='pair'`"),
    "growth_reg": _one("growth", "`of='place'`"),
    "hachman": _one("hachman"),
    "herfindahl": _one("herfindahl"),
    "hoover_curve": _one("concentration_curve", "the points; `draw_curve` draws them"),
    "hoover_gini": _one("gini", "`weights=` gives the population; there rounded to 3 digits"),
    "hoover_index": _one("hoover_index"),
    "inv_norm_ubiquity": _one("normalised_ubiquity", "log of the values per presence, times 100"),
    "kci": _one("economic_complexity", "`compat='econgeo'`, without the rounding of the matrix to 4 digits"),
    "krugman_index": _one("krugman_index"),
    "location_quotient": _one("location_quotient"),
    "location_quotient_avg": _one("hachman", "the average is 1 / Hachman index"),
    "locational_gini": _one("locational_gini"),
    "locational_gini_curve": _one("concentration_curve", "weights are the places' totals"),
    "lorenz_curve": _one("concentration_curve", "without weights"),
    "match_mat": ((), TABLE_IN + ": tables are joined by label"),
    "modular_complexity": _one("modular_complexity", "there rounded to 5 digits, and 0 for what was never combined"),
    "modular_complexity_avg": _one("modular_complexity", "`of='activity'`; there rounded to 2 digits"),
    "morc": _one("economic_complexity", "`method='reflections', compat='econgeo'`"),
    "mort": _one("economic_complexity", "`method='reflections', compat='econgeo'`"),
    "norm_ubiquity": _one("normalised_ubiquity"),
    "prody": _one("prody"),
    "rca": _one("location_quotient", "there rounded to 2 digits, which flips memberships near 1"),
    "relatedness": _one("relatedness", "`compat='econgeo'` takes co-occurrence margins for all methods"),
    "relatedness_density": _one("relatedness_density", "there rounded to 2 digits"),
    "relatedness_density_ext": _one("relatedness_density", "`which='absent'`"),
    "relatedness_density_ext_avg": _one("relatedness_density", "`which='absent'`, then the mean by place"),
    "relatedness_density_int": _one("relatedness_density", "`which='present'`"),
    "relatedness_density_int_avg": _one("coherence", "the mean density of a place's own activities"),
    "spec_coeff": _one("specialisation_coefficient"),
    "tci": _one("economic_complexity", "`compat='econgeo'`"),
    "ubiquity": _one("ubiquity"),
    "weighted_avg": _one("expy", "the mean of any number of the activities, weighted by a place's shares"),
    "z_score": _one("novelty", "`.matrix()`"),
}

ECONCOMPLEX: Names = {
    "rca": _one("location_quotient"),
    "rpop": _one("location_quotient", "`weights=` gives the population"),
    "mcp": _one("presence"),
    "diversity": _one("diversity"),
    "ubiquity": _one("ubiquity"),
    "normalized_ubiquity": _one("normalised_ubiquity"),
    "pivot_to_matrix": ((), TABLE_IN),
    "melt_matrix": ((), TABLE_IN),
    "binarize": _one("presence", "`method='value'`"),
    "normalize_zscore": ((), "one expression of any table library; indices say their own scale (`scale=`, `std=`)"),
    "normalize_01": ((), "one expression of any table library; indices say their own scale (`scale='range'`)"),
    "make_sample_data": ((), "the examples of the method pages are written out, so that they can be checked by hand"),
    "trim_core": _one("economic_complexity", "`.dropped` names what had to go and why; nothing is trimmed in silence"),
    "eci_pci": _one("economic_complexity"),
    "eci_pci_eigenvector": _one("economic_complexity"),
    "method_of_reflections": _one("economic_complexity", "`method='reflections'`"),
    "mor_regions": _one("economic_complexity", "`method='reflections'`, `.places`"),
    "mor_activities": _one("economic_complexity", "`method='reflections'`, `.activities`"),
    "fitness_complexity": _one("fitness_complexity"),
    "subnational_eci": _one("economic_complexity", "`pci=` from outside"),
    "proximity": _one("relatedness", "`method='conditional'`"),
    "continuous_proximity": _one("relatedness", "`method='correlation'` or `'value_cosine'`"),
    "cosine_proximity": _one("relatedness", "`method='value_cosine'`"),
    "correlation_proximity": _one("relatedness", "`method='correlation'`"),
    "relatedness_density": _one("relatedness_density"),
    "density": _one("relatedness_density"),
    "relatedness": _one("relatedness_density"),
    "distance": _one("relatedness_density", "`measure='distance'`"),
    "relatedness_density_internal": _one("relatedness_density", "`which='present'`"),
    "relatedness_density_external": _one("relatedness_density", "`which='absent'`"),
    "relative_relatedness": _one("relative_relatedness"),
    "co_occurrence": _one("cooccurrence"),
    "relatedness_index": _one("relatedness", "its totals differ: see conventions"),
    "z_score_novelty": _one("novelty", "`.matrix()`"),
    "cross_proximity": _one("cross_relatedness", "`.matrix`"),
    "cross_relatedness": _one("cross_relatedness"),
    "cross_space_proximity": _one("cross_relatedness", "`.matrix`"),
    "location_quotient": _one("location_quotient"),
    "location_quotient_avg": _one("hachman", "the average is 1 / Hachman index"),
    "hachman_index": _one("hachman"),
    "specialization_coefficient": _one("specialisation_coefficient"),
    "spec_coefficient": _one("specialisation_coefficient"),
    "krugman_index": _one("krugman_index"),
    "export_similarity": _one("similarity", "places by their log location quotients"),
    "gini": _one("gini"),
    "locational_gini": _one("locational_gini"),
    "hoover_gini": _one("gini", "`weights=` gives the population"),
    "herfindahl": _one("herfindahl", "`normalise=True` for its default"),
    "hhi": _one("herfindahl"),
    "shannon_entropy": _one("entropy"),
    "hoover_index": _one("hoover_index"),
    "prody": _one("prody"),
    "expy": _one("expy"),
    "product_gini_index": _one("product_gini"),
    "pgi": _one("product_gini"),
    "product_emissions_index": _one("product_emissions"),
    "peii": _one("product_emissions"),
    "ease_of_recombination": _one("ease_of_recombination", "its definition is not Fleming and Sorenson's"),
    "modular_complexity": _one("modular_complexity", "built there on its own ease of recombination"),
    "modular_complexity_avg": _one("modular_complexity", "`of='activity'`"),
    "growth_rate": _one("growth"),
    "growth_matrix": _one("growth", "`of='pair'`"),
    "growth_rates": _one("growth"),
    "entry": _one("entries_exits"),
    "exit": _one("entries_exits"),
    "entry_exit_summary": _one("entries_exits"),
    "entry_tracking": _one("entry_panel"),
    "exit_tracking": _one("entry_panel", "`event='exit'`"),
    "complexity_outlook_index": _one("complexity_outlook"),
    "complexity_outlook_gain": _one("opportunity_gain", "its normalisation is over the wrong index: see conventions"),
    "coi": _one("complexity_outlook"),
    "cog": _one("opportunity_gain"),
    "calibrate_steppingstone": _one("effort_model", "`.coefficients`"),
    "effort_matrix": _one("effort_model", "`.effort`"),
    "forecast_specialization": _one("effort_model", "`.forecast`"),
    "eci_optimization": _one("next_activities", "`target=` or `raise_by=`; also the best for a `budget=`"),
    "calibrate_growth_model": _one("growth_outlook", "`.coefficients`, with errors clustered by place"),
    "expected_growth": _one("growth_outlook", "`.places`, with an interval"),
    "eci_target_for_growth": _one("growth_outlook", "`target=`"),
    "proximity_network": _one("relatedness", "`.table()` filtered by relatedness"),
    "activation_probabilities": _one("diversification_path", "`probability` in `.steps`"),
    "calibrate_contagion": _one("contagion_model", "`fit='bins'`; the default is the likelihood"),
    "diversification_strategy": _one("diversification_path", "`.steps` of each strategy"),
    "expected_diversification_time": _one(
        "diversification_path", "`total` in `.steps`, for the orders of its strategies; not for one from outside"
    ),
    "compare_strategies": _one("diversification_path", "`.strategies`"),
    "optimize_sequence": _one("diversification_path", "strategy 'best': exact, or with a bound"),
    "compute_complexity": (
        ("location_quotient", "economic_complexity", "relatedness_density", "complexity_outlook", "opportunity_gain"),
        "one call each on one `PlaceActivity`; `by=` runs the years",
    ),
}

GROWTHLAB: Names = {
    "ecomplexity": (
        (
            "economic_complexity",
            "relatedness_density",
            "complexity_outlook",
            "opportunity_gain",
            "diversity",
            "ubiquity",
        ),
        "`compat='growthlab'` in each; `by='year'`",
    ),
    "proximity": _one("relatedness", "`compat='growthlab'`; `continuous=True` is `method='correlation'`"),
    "calc_proximity": _one("relatedness", "`compat='growthlab'`"),
    "calc_density": _one("relatedness_density", "`compat='growthlab'`; `knn` is `top_k`, here a density in 0..1"),
    "coicog": (("complexity_outlook", "opportunity_gain"), "`compat='growthlab'`"),
    "log_supermodularity": ((), "a diagnosis by sampled pairs of the table itself; ours are in `.diagnostics`"),
    "ComplexityData": ((), TABLE_IN),
}

OEC: Names = {
    "rca": _one("location_quotient"),
    "complexity": _one("economic_complexity", "`compat='oec'`"),
    "complexity_subnational": _one("economic_complexity", "`pci=` from outside"),
    "proximity": _one("relatedness", "`compat='oec'`"),
    "relatedness": _one("relatedness_density", "`compat='oec'`"),
    "distance": _one("relatedness_density", "`measure='distance', compat='oec'`"),
    "relative_relatedness": _one("relative_relatedness"),
    "opportunity_gain": _one("opportunity_gain", "`compat='oec'`"),
    "similarity": _one("similarity"),
    "cross_proximity": _one("cross_relatedness", "`.matrix`"),
    "cross_relatedness": _one("cross_relatedness"),
    "pgi": _one("product_gini"),
    "peii": _one("product_emissions"),
}

R_ECONOMICCOMPLEXITY: Names = {
    "balassa_index": _one("location_quotient", "there the caller's matrix is overwritten"),
    "complexity_measures": (
        ("economic_complexity", "fitness_complexity"),
        "there eigenvalues are not sorted, so that the answer is now and then another vector",
    ),
    "complexity_outlook": (("complexity_outlook", "opportunity_gain"), ""),
    "density": _one("relatedness_density"),
    "distance": _one("relatedness_density", "`measure='distance'`"),
    "productivity_levels": (("prody", "expy"), ""),
    "projections": ((), "a graph to draw: `plots.industry_space` draws it, `relatedness(...).table()` gives its edges"),
    "proximity": _one("relatedness", "`method='conditional'`"),
    "rca": _one("location_quotient"),
}

PEERS: dict[str, Names] = {
    "EconGeo 2.1 (R)": ECONGEO,
    "econcomplex 1.0.1": ECONCOMPLEX,
    "py-ecomplexity 0.5.3": GROWTHLAB,
    "OEC economic-complexity 0.3.0": OEC,
    "economiccomplexity 2.0 (R)": R_ECONOMICCOMPLEXITY,
}


CAPITALS = {
    "kci": "KCI", "morc": "MORc", "mort": "MORt", "rca": "RCA", "tci": "TCI", "gini": "Gini", "hachman": "Hachman",
    "herfindahl": "Herfindahl", "hoover_curve": "Hoover.curve", "hoover_gini": "Hoover.Gini",
    "hoover_index": "Hoover.index", "krugman_index": "Krugman.index", "locational_gini": "locational.Gini",
    "locational_gini_curve": "locational.Gini.curve", "lorenz_curve": "Lorenz.curve",
}  # fmt: skip


def before_version_2(name: str) -> str:
    """How EconGeo wrote the name before version 2: with dots, some with capitals."""
    return CAPITALS.get(name, name.replace("_", "."))


def hint(name: str, ours: Iterable[str]) -> str:
    """What to call instead of `name`: what another package calls so, else what is spelled alike; "" for neither."""
    known: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for peer, names in PEERS.items():
        found = name if name in names else name.lower()  # EconGeo wrote RCA, KCI and MORc before version 2
        if found in names:
            known.setdefault(names[found], []).append(re.sub(r" [\d.]+( \(R\))?$", "", peer))
    said = [
        f"{' and '.join(peers)}: {' + '.join(functions) or 'none here'}{f' ({how})' if how else ''}"
        for (functions, how), peers in known.items()
    ]
    if said:
        return f"; what others call so is here, {'; '.join(said)}"
    alike = get_close_matches(name, [*ours, *(n for names in PEERS.values() for n in names)], 1, 0.75)
    return f"; did you mean {alike[0]!r}?" if alike else ""
