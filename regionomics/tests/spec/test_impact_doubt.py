"""Method pages of what casts doubt on an effect, checked."""

from spec import Example, Spec, examples_of

CALM = {
    "calm": {
        "unit": [u for u in "abcdef" for _ in range(4)],
        "time": [2019, 2020, 2021, 2022] * 6,
        "cohort": [2022] * 12 + [0] * 12,
        "outcome": [1, 2, 4, 9, 2, 2, 3, 9, 3, 5, 5, 9, 1, 2, 2, 3, 4, 4, 6, 7, 2, 3, 4, 4],
    }
}
EFFECTS = "rg.impact.group_time_effects(calm, minimum=2)"
SEEN = {"seen": {"treated": [1] * 6 + [0] * 4, "outcome": [1, 2, 3, 4, 5, 6, 2, 4, None, None]}}
PAIRS = {"pairs": {"difference": [1, 2, 3, 4, 5, 6, 7, 8, 9, -10]}}
MATCHED = {
    "joined": {"unit": ["a", "a", "b"], "control": ["p", "q", "q"], "weight": [0.5, 0.5, 1.0]},
    "firms": {"unit": ["a", "b", "p", "q"], "outcome": [10, 5, 4, 2]},
}

SPECS = [
    Spec(
        function="pretrend_test",
        module="impact",
        formula="$W = b' V^{-1} b \\sim \\chi^2_k$ for the $k$ effects $b$ before joining, with covariance $V$",
        source="Roth (2022), American Economic Review: Insights 4, doi:10.1257/aeri.20210236",
        examples=[
            Example(
                "One period before joining: 1 + 1 + 0 against 0 + 2 + 1 from 2020 to 2021, no difference",
                CALM,
                f"rg.impact.pretrend_test({EFFECTS}, first=-1).statistic",
                "=((2 + 1 + 0) / 3 - (0 + 2 + 1) / 3)**2",
            )
        ],
        notes="That it does not reject proves nothing where the data are few; `relative_magnitudes` helps.",
    ),
    Spec(
        function="placebo_dates",
        module="impact",
        formula="$ATT(g - s, t)$ for $t < g$",
        source="Imbens and Wooldridge (2009), Journal of Economic Literature 47, doi:10.1257/jel.47.1.5",
        examples=[
            Example(
                "As if all had joined in 2021: the outcome of 2022 is not used",
                CALM,
                "rg.impact.placebo_dates(calm, shift=1, minimum=2).simple.estimate",
                "=(2 + 1 + 0) / 3 - (0 + 2 + 1) / 3",
            )
        ],
    ),
    Spec(
        function="placebo_treated",
        module="impact",
        formula="$p = (1 + \\#\\{|\\hat\\tau_r / s_r| \\ge |\\hat\\tau / s|\\}) / (1 + R)$, "
        "$\\hat\\tau_r$ of cohorts drawn among who never joined",
        source="Abadie, Diamond and Hainmueller (2010), doi:10.1198/jasa.2009.ap08746",
        examples=[
            Example(
                "The real effect that the drawn ones are held against",
                {
                    "many": {
                        "unit": [u for u in range(12) for _ in range(2)],
                        "time": [2020, 2021] * 12,
                        "cohort": [2021] * 8 + [0] * 16,
                        "outcome": [0, 10, 0, 11, 0, 12, 0, 11, *(v for k in range(8) for v in (0, k % 3))],
                    }
                },
                "rg.impact.placebo_treated(many, draws=20, minimum=2).effect.estimate",
                "=(10 + 11 + 12 + 11) / 4 - (0 + 1 + 2 + 0 + 1 + 2 + 0 + 1) / 8",
            )
        ],
    ),
    Spec(
        function="pair_differences",
        module="impact",
        formula="$d_i = Y_i - \\sum_j w_{ij} Y_j$",
        source="Rosenbaum and Rubin (1985), doi:10.1080/00031305.1985.10479383",
        examples=[
            Example(
                "a has two controls",
                MATCHED,
                "rg.impact.pair_differences(joined, firms)",
                {"unit": ["a", "b"], "difference": ["=10 - (4 + 2) / 2", "=5 - 2"]},
            )
        ],
    ),
    Spec(
        function="rosenbaum_bounds",
        module="impact",
        formula="$P(T^+ \\ge t) \\le 1 - \\Phi\\left(\\frac{t - p S}{\\sqrt{p (1 - p) Q}}\\right)$, "
        "$p = \\frac{\\Gamma}{1 + \\Gamma}$, $S$ the sum of ranks and $Q$ of their squares",
        source="Rosenbaum (2002), Observational Studies, doi:10.1007/978-1-4757-3692-2",
        examples=[
            Example(
                "Nine pairs up by 1 to 9, one down by 10: T+ = 45; 27.5 expected, variance 385 / 4",
                PAIRS,
                "rg.impact.rosenbaum_bounds(pairs, gammas=[1]).table",
                {"gamma": [1.0], "p_low": [0.0372309], "p_high": [0.0372309]},
                tolerance=1e-6,
            )
        ],
        notes="The p-value of the example is that of z = (45 - 27.5) / sqrt(385 / 4) = 1.784.",
    ),
    Spec(
        function="lee_bounds",
        module="impact",
        formula="$p = \\frac{q_1 - q_0}{q_1}$, $\\Delta^{LB} = E[Y_1 \\mid Y_1 \\le y_{1-p}] - E[Y_0]$, "
        "$\\Delta^{UB} = E[Y_1 \\mid Y_1 \\ge y_p] - E[Y_0]$",
        source="Lee (2009), Review of Economic Studies 76, doi:10.1111/j.1467-937X.2009.00536.x",
        examples=[
            Example(
                "All treated are seen, half of the controls: half of the treated are cut off at the top",
                SEEN,
                "rg.impact.lee_bounds(seen).lower",
                "=(1 + 2 + 3) / 3 - (2 + 4) / 2",
            ),
            Example("and at the bottom", SEEN, "rg.impact.lee_bounds(seen).upper", "=(4 + 5 + 6) / 3 - (2 + 4) / 2"),
        ],
        notes="In 300 simulated tables with an effect of 0.3 and monotone selection the spread of either bound is that "
        "of its error, and the interval holds the effect (`test_impact_attrition.py`).",
    ),
    Spec(
        function="omitted_variable",
        module="impact",
        formula="$f = |t| / \\sqrt{df}$, $RV = \\frac12 (\\sqrt{f^4 + 4 f^2} - f^2)$, "
        "$|bias| = se \\sqrt{df} \\sqrt{R^2_Y R^2_D / (1 - R^2_D)}$",
        source="Cinelli and Hazlett (2020), Journal of the Royal Statistical Society B 82, doi:10.1111/rssb.12348",
        examples=[
            Example(
                "The paper's Darfur example: 0.097 with an error of 0.023 and 783 degrees of freedom, 13.9%",
                {},
                "rg.impact.omitted_variable(0.09731582, 0.02325654, 783).robustness",
                0.139,
                tolerance=5e-4,
            ),
            Example(
                "and 7.6% make it no longer significant",
                {},
                "rg.impact.omitted_variable(0.09731582, 0.02325654, 783).robustness_alpha",
                0.076,
                tolerance=5e-4,
            ),
        ],
    ),
    Spec(
        function="romano_wolf",
        module="impact",
        formula="$p_{(k)} = \\max\\left(p_{(k-1)}, P(\\max_{j \\ge k} |t^*_{(j)}| \\ge |t_{(k)}|)\\right)$",
        source="Romano and Wolf (2005), Econometrica 73, doi:10.1111/j.1468-0262.2005.00615.x",
        examples=[
            Example(
                "An outcome and itself again: looking twice costs nothing",
                CALM,
                f"rg.impact.romano_wolf(dict(turnover={EFFECTS}, again={EFFECTS}))",
                {
                    "outcome": ["turnover", "again"],
                    "estimate": ["=(5 + 6 + 4) / 3 - (1 + 1 + 0) / 3", "=(5 + 6 + 4) / 3 - (1 + 1 + 0) / 3"],
                },
            )
        ],
    ),
]

test_examples = examples_of(SPECS)
