"""Economic geography, networks, matching and evaluation for regions.

Every public function takes a long table of any dataframe library (or a `PlaceActivity`) and hands back the same family.
Names are loaded on first use, so that `import regionomics` costs little.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MODULES: dict[str, tuple[str, ...]] = {
    "errors": (
        "RegionomicsError",
        "InvalidTable",
        "InvalidParameter",
        "NoSupport",
        "MissingDependency",
        "RegionomicsWarning",
        "InputWarning",
    ),
    "tables": ("PlaceActivity",),
    "specialisation": (
        "location_quotient",
        "presence",
        "shrunk_location_quotient",
        "cluster_stars",
        "specialisation_coefficient",
        "krugman_index",
        "hachman",
        "herfindahl",
        "entropy",
        "gini",
        "locational_gini",
        "hoover_index",
        "concentration_curve",
        "similarity",
        "growth",
        "shift_share",
        "ellison_glaeser",
        "coagglomeration",
        "kd_function",
        "m_function",
    ),
    "variety": ("variety_decomposition", "weighted_variety"),
    "relatedness": (
        "cooccurrence",
        "relatedness",
        "relatedness_density",
        "relative_relatedness",
        "local_relatedness",
        "coherence",
        "entries_exits",
        "entry_panel",
        "entry_model",
        "backtest_density",
        "cross_relatedness",
    ),
    "complexity": (
        "economic_complexity",
        "fitness_complexity",
        "genepy",
        "complexity_outlook",
        "opportunity_gain",
        "diversity",
        "ubiquity",
        "normalised_ubiquity",
    ),
    "novelty": ("novelty", "ease_of_recombination", "modular_complexity"),
    "interregional": ("complementarity", "partner_regions"),
    "io": ("leontief_inverse", "ghosh_inverse", "io_multipliers", "io_linkages", "hypothetical_extraction"),
    "linkages": (
        "locational_correlation",
        "input_output_links",
        "occupation_overlap",
        "composite_links",
        "cluster_linkages",
        "clustering_score",
        "colocation",
    ),
    "trade": ("prody", "expy", "product_gini", "product_emissions", "growth_outlook"),
    "coverage": ("coverage",),
    "plots": ("industry_space", "density_complexity", "complexity_over_time", "draw_curve"),
    "lifecycle": ("life_cycle",),
    "survival": ("kaplan_meier", "survival_at", "log_rank", "cox"),
    "changepoint": ("rate_change",),
    "impact": (
        "group_time_effects",
        "matched_did",
        "balanced_did",
        "match",
        "entropy_balance",
        "balance",
        "imputation_effects",
        "extended_twfe",
        "goodman_bacon",
        "relative_magnitudes",
        "smoothness",
        "pretrend_test",
        "productivity",
        "placebo_dates",
        "placebo_treated",
        "pair_differences",
        "rosenbaum_bounds",
        "value_added_per_worker",
        "omitted_variable",
        "romano_wolf",
        "lee_bounds",
        "hold",
    ),
    "matching": (
        "predict_partners",
        "backtest_partners",
        "index_cards",
        "two_sided_matches",
        "allocate",
        "blocking_pairs",
        "schedule_meetings",
    ),
    "resampling": ("bootstrap", "permutation"),
    "networks": (
        "projection",
        "network_summary",
        "network_positions",
        "burt_constraint",
        "gould_fernandez",
        "core_periphery",
        "robustness",
        "multiplex",
        "time_windows",
        "link_gaps",
        "missing_ties",
        "nonresponse_bounds",
    ),
    "paths": ("next_activities", "effort_model", "contagion_model", "diversification_path"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_HOME)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"regionomics.{_HOME[name]}"), name)
    if name in _MODULES:
        return import_module(f"regionomics.{name}")
    hint = "" if name.startswith("_") else import_module("regionomics.peers").hint(name, __all__)
    raise AttributeError(f"module 'regionomics' has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    return sorted({*_HOME, *_MODULES, *(name for name in globals() if name.startswith("__"))})
