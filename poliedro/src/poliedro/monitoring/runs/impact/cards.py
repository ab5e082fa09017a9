"""The tables that a study stores."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from poliedro.evidence.runs.base import ColumnCard, TableCard

_EFFECT = (
    ColumnCard("att", _("Effect"), _("log points"), _("no estimate")),
    ColumnCard("se", _("Standard error"), _("log points"), _("no error")),
    ColumnCard("low", _("Low"), _("log points"), _("no error")),
    ColumnCard("high", _("High"), _("log points"), _("no error")),
)
EFFECTS = TableCard(
    "effects",
    _("Effects"),
    (
        ColumnCard("outcome", _("Outcome")),
        ColumnCard("breakdown", _("Breakdown")),
        ColumnCard("cell", _("Cell")),
        ColumnCard("estimator", _("Estimator")),
        *_EFFECT,
        ColumnCard("percent", _("Effect"), "%", _("no estimate")),
        ColumnCard("percent_low", _("Low"), "%", _("no error")),
        ColumnCard("percent_high", _("High"), "%", _("no error")),
        ColumnCard("p", _("p-value"), "", _("no error")),
        ColumnCard("treated", _("Treated firms"), _("firms"), _("no estimate")),
        ColumnCard("controls", _("Firms compared with"), _("firms"), _("no estimate")),
        ColumnCard("p_adjusted", _("p-value, corrected for several outcomes"), "", _("not corrected")),
        ColumnCard("refused", _("Why there is no estimate")),
    ),
)
EVENTS = TableCard(
    "events",
    _("Effect by year since joining"),
    (
        ColumnCard("outcome", _("Outcome")),
        ColumnCard("estimator", _("Estimator")),
        ColumnCard("event", _("Years since joining"), _("years")),
        *_EFFECT,
        ColumnCard("band_low", _("Low, all years at once"), _("log points")),
        ColumnCard("band_high", _("High, all years at once"), _("log points")),
        ColumnCard("treated", _("Treated firms"), _("firms"), _("differs by cohort")),
        ColumnCard("percent", _("Effect"), "%"),
        ColumnCard("percent_low", _("Low"), "%", _("no error")),
        ColumnCard("percent_high", _("High"), "%", _("no error")),
        ColumnCard("percent_band_low", _("Low, all years at once"), "%", _("no error")),
        ColumnCard("percent_band_high", _("High, all years at once"), "%", _("no error")),
    ),
)
BALANCE = TableCard(
    "balance",
    _("Balance before and after matching"),
    (
        ColumnCard("covariate", _("Variable")),
        ColumnCard("treated_mean", _("Mean of the treated")),
        ColumnCard("control_mean", _("Mean of the others")),
        ColumnCard("difference", _("Standardised difference, before"), _("standard deviations")),
        ColumnCard("variance_ratio", _("Variance ratio, before"), "", _("does not vary")),
        ColumnCard("control_mean_after", _("Mean of the matched")),
        ColumnCard("difference_after", _("Standardised difference, after"), _("standard deviations")),
        ColumnCard("variance_ratio_after", _("Variance ratio, after"), "", _("does not vary")),
    ),
)
FLOW = TableCard(
    "flow",
    _("Sample, step by step"),
    (
        ColumnCard("step", _("Step")),
        ColumnCard("treated", _("Treated firms"), _("firms")),
        ColumnCard("controls", _("Pool"), _("firms")),
        ColumnCard("dropped_treated", _("Treated dropped"), _("firms")),
        ColumnCard("dropped_controls", _("Pool dropped"), _("firms")),
    ),
)
CHECKS = TableCard(
    "checks",
    _("Checks"),
    (
        ColumnCard("outcome", _("Outcome")),
        ColumnCard("check", _("Check")),
        ColumnCard("verdict", _("Verdict")),
        ColumnCard("value", _("Value"), "", _("no value")),
        ColumnCard("low", _("Low")),
        ColumnCard("high", _("High")),
        ColumnCard("p", _("p-value")),
        ColumnCard("n", _("Rests on")),
        ColumnCard("note", _("Note")),
    ),
)
TRENDS = TableCard(
    "trends",
    _("Intervals if trends differ"),
    (
        ColumnCard("outcome", _("Outcome")),
        ColumnCard("kind", _("How trends may differ")),
        ColumnCard("m", _("By up to")),
        ColumnCard("low", _("Low"), _("log points"), _("beyond the range searched")),
        ColumnCard("high", _("High"), _("log points"), _("beyond the range searched")),
    ),
)
COHORTS = TableCard(
    "cohorts",
    _("Effects by year of joining and year"),
    (
        ColumnCard("outcome", _("Outcome")),
        ColumnCard("cohort", _("Year of joining")),
        ColumnCard("time", _("Year")),
        ColumnCard("event", _("Years since joining"), _("years")),
        *_EFFECT,
        ColumnCard("treated", _("Treated firms"), _("firms")),
        ColumnCard("controls", _("Firms compared with"), _("firms")),
    ),
)
BACON = TableCard(
    "bacon",
    _("What plain two-way fixed effects compare"),
    (
        ColumnCard("outcome", _("Outcome")),
        ColumnCard("kind", _("Comparison")),
        ColumnCard("weight", _("Weight"), _("share")),
        ColumnCard("estimate", _("Estimate"), _("log points"), _("no such comparison")),
    ),
)
PAIRS = TableCard(
    "pairs",
    _("Matched pairs"),
    (
        ColumnCard("firm", _("Treated firm (pseudonym)"), "", _("the control is weighed for all of its cohort")),
        ColumnCard("control", _("Its control (pseudonym)")),
        ColumnCard("cohort", _("Year of joining")),
        ColumnCard("stratum", _("Stratum"), "", _("the control is weighed for all of its cohort")),
        ColumnCard("distance", _("Distance"), "", _("the control is weighed for all of its cohort")),
        ColumnCard("weight", _("Weight")),
    ),
)
UNMATCHED = TableCard(
    "unmatched",
    _("Treated firms without a control"),
    (ColumnCard("reason", _("Reason")), ColumnCard("firms", _("Firms"), _("firms"))),
)
REACH = TableCard(
    "reach",
    _("Whom the effect of each outcome rests on"),
    (
        ColumnCard("outcome", _("Outcome")),
        ColumnCard("studied", _("Members studied"), _("firms")),
        ColumnCard("known_before", _("Members with the outcome in the year that all are compared with"), _("firms")),
        ColumnCard("compared", _("Members with a control"), _("firms"), _("no estimate")),
        ColumnCard("treated", _("Treated firms"), _("firms"), _("no estimate")),
        ColumnCard("controls", _("Firms compared with"), _("firms"), _("no estimate")),
    ),
)
CARDS = (EFFECTS, EVENTS, BALANCE, FLOW, CHECKS, TRENDS, COHORTS, BACON, PAIRS, UNMATCHED, REACH)
