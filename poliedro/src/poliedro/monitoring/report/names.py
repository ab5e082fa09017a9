"""Names of what a study is declared with, by key: outcomes, variables, estimators, distances, forms."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

OUTCOME_WORDS = {
    "turnover": _("Turnover"),
    "persons": _("Persons employed"),
    "value_added_per_worker": _("Value added per worker"),
    "tfp": _("Total factor productivity"),
}
ON_OUTCOME = {
    "turnover": pgettext_lazy("an effect", "on turnover"),
    "persons": pgettext_lazy("an effect", "on persons employed"),
    "value_added_per_worker": pgettext_lazy("an effect", "on value added per worker"),
    "tfp": pgettext_lazy("an effect", "on total factor productivity"),
}
"""An outcome within a sentence: Italian joins the article to the preposition."""
OUTCOME_DEFINITIONS = {
    "turnover": _("Turnover is the revenue of the accounts of a year, in euro."),
    "persons": _("Persons employed are those of the accounts of a year, heads on average."),
    "value_added_per_worker": _("Value added of the accounts over persons employed, in euro."),
    "tfp": _("What a firm makes beyond what its labour and capital explain, by the declared production function."),
}
MATCHING_WORDS = {
    "log_assets": _("Total assets"),
    "log_turnover": _("Turnover"),
    "log_persons": _("Persons employed"),
    "debt_ratio": _("Debt over assets"),
    "labour_share": _("Labour cost over turnover"),
    "value_added_share": _("Value added over turnover"),
    "turnover_growth": _("Growth of turnover in the last year before joining"),
    "age": _("Age of the firm"),
}
STRATA_WORDS = {
    "section": _("Section of NACE"),
    "division": _("Division of NACE"),
    "size": _("Size class before joining"),
    "province": _("Province"),
    "legal_form": _("Legal form"),
}
ESTIMATOR_WORDS = {
    "matched": _("Matched difference-in-differences"),
    "dr": _("Doubly robust effects by year of joining (Callaway and Sant'Anna)"),
    "imputation": _("Imputation (Borusyak, Jaravel and Spiess)"),
    "twfe_extended": _("Extended two-way fixed effects (Wooldridge)"),
    "naive": _("Plain comparison of growth, nobody matched"),
    "two_way": _("Plain two-way fixed effects"),
}
TFP_WORDS = {
    "fixed_effects": _("Cobb-Douglas with firm and year effects"),
    "levinsohn_petrin": _("Levinsohn and Petrin"),
    "ackerberg_caves_frazer": _("Ackerberg, Caves and Frazer"),
}
DISTANCE_WORDS = {
    "mahalanobis": _("The nearest, by Mahalanobis distance"),
    "propensity": _("The nearest, by propensity to join"),
    "entropy": _("All controls, weighed until their means are those of the members (entropy balancing)"),
}
BREAKDOWN_WORDS = {"cluster": _("By cluster"), "size": _("By size class")}
FORM_WORDS = {
    "srl": "S.r.l.",
    "srls": "S.r.l.s.",
    "spa": "S.p.A.",
    "sapa": "S.a.p.a.",
    "scarl": "S.c.a r.l.",
    "scpa": "S.c.p.a.",
}
