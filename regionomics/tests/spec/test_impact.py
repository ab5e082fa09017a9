"""Method pages of `impact`, checked."""

from spec import Example, Spec, examples_of

FIRMS = {
    "firms": {
        "unit": ["a", "b", "c", "d", "e", "f"] * 2,
        "time": [2020] * 6 + [2021] * 6,
        "cohort": [2021, 2021, 0, 0, 0, 0] * 2,
        "outcome": [20, 30, 10, 11, 12, 13, 30, 33, 14, 17, 13, 14],
        "sector": ["robots", "silk", "robots", "robots", "silk", "silk"] * 2,
    }
}
STAGGERED = {
    "staggered": {
        "unit": [u for u in "abcdef" for _ in range(3)],
        "time": [2020, 2021, 2022] * 6,
        "cohort": [2021] * 6 + [2022] * 6 + [None] * 6,
        "outcome": [1, 6, 9, 2, 8, 10, 1, 2, 6, 3, 4, 9, 5, 5, 6, 4, 6, 7],
    }
}
TWINS = {
    "twins": {
        "unit": ["a", "b", "c", "p", "q", "r", "s"],
        "treated": [1, 1, 1, 0, 0, 0, 0],
        "sector": ["x", "x", "y", "x", "x", "x", "z"],
        "size": [1.0, 2.0, 5.0, 1.4, 4.0, 9.0, 5.0],
    }
}
WEIGHED = {"pool": {"unit": [1, 2, 3, 4], "treated": [1, 1, 0, 0], "size": [1.5, 2.5, 1.0, 4.0]}}
COMPARED = {"compared": {"unit": [1, 2, 3, 4, 5], "treated": [1, 1, 0, 0, 0], "size": [3, 5, 1, 2, 3]}}

SPECS = [
    Spec(
        function="group_time_effects",
        module="impact",
        formula="$ATT(g, t) = E\\left[\\left(\\frac{G_g}{E[G_g]} - \\frac{\\frac{p(X) C}{1 - p(X)}}"
        "{E[\\frac{p(X) C}{1 - p(X)}]}\\right)(Y_t - Y_b - m(X))\\right]$, with $p$ the chance of being in cohort $g$ "
        "rather than a control and $m$ the change that the controls' regression foretells; its error from the "
        "influence function of each unit, that of an average with the uncertainty of the cohorts' sizes",
        source="Callaway and Sant'Anna (2021), Journal of Econometrics 225, doi:10.1016/j.jeconom.2020.12.001; "
        "Sant'Anna and Zhao (2020), Journal of Econometrics 219, doi:10.1016/j.jeconom.2020.06.003",
        examples=[
            Example(
                "Members grew by 10 and 3, the others by 4, 6, 1 and 1",
                FIRMS,
                "rg.impact.group_time_effects(firms, minimum=2).table",
                {
                    "cohort": [2021],
                    "time": [2021],
                    "event": [0],
                    "att": ["=(10 + 3) / 2 - (4 + 6 + 1 + 1) / 4"],
                    "se": ["=sqrt((3.5**2 + 3.5**2) / 2**2 + (1**2 + 3**2 + 2**2 + 2**2) / 4**2)"],
                    "treated": [2],
                    "controls": [4],
                },
            ),
            Example(
                "Each member against the others of its own sector",
                FIRMS,
                "rg.impact.group_time_effects(firms, covariates=['sector'], method='reg', minimum=2).simple.estimate",
                "=((10 - (4 + 6) / 2) + (3 - (1 + 1) / 2)) / 2",
            ),
            Example(
                "Two cohorts against those who never join; the row before joining is a placebo",
                STAGGERED,
                "rg.impact.group_time_effects(staggered, minimum=2).table",
                {
                    "cohort": [2021, 2021, 2022, 2022],
                    "time": [2021, 2022, 2021, 2022],
                    "event": [0, 1, -1, 0],
                    "att": [
                        "=(5 + 6) / 2 - (0 + 2) / 2",
                        "=(8 + 8) / 2 - (1 + 3) / 2",
                        "=(1 + 1) / 2 - (0 + 2) / 2",
                        "=(4 + 5) / 2 - (1 + 1) / 2",
                    ],
                },
            ),
            Example(
                "By time since joining",
                STAGGERED,
                "rg.impact.group_time_effects(staggered, minimum=2).dynamic.table",
                {"event": [-1, 0, 1], "att": [0, "=(4.5 + 3.5) / 2", 6]},
            ),
        ],
        conventions={
            "did (R) 2.1.1": "the same to 1e-6 with never-treated controls, and with those not yet treated for varying "
            "base and no anticipation. It differs before joining with later joiners as controls and a universal base "
            "or anticipation, and in the error of the average over cohorts; did 2.5 repaired both.",
            "csdid 0.4.3": "the same to 1e-10 in all 48 settings tried (method, control, covariate fixed or changing, "
            "base, anticipation)",
            "diff-diff 3.13": "the same to 1e-12 for outcome regression, and for weighting with `pscore_trim=1e-3` "
            "(its default .01 trims small cohorts); its doubly robust effects differ from R's by up to 3e-4 here.",
            "gaps": "did drops a unit with any gap, or treats the panel as repeated cross-sections; here a unit "
            "counts wherever it has both periods of a comparison.",
            "bands": "peers draw multipliers unit by unit; Gaussian multipliers are drawn here from their exact law, "
            "the normal with the influence functions' covariance. `multipliers='mammen'` draws unit by unit.",
        },
        notes="100 000 firms x 10 years with a covariate, clustered errors, balance, averages and bands: about a third "
        "of the time that csdid takes for the estimate alone. Each cohort's regression and propensity are fitted "
        "once for all periods that share the same units and covariates.",
    ),
    Spec(
        function="match",
        module="impact",
        formula="$d(i, j)^2 = (x_i - x_j)' S^{-1} (x_i - x_j)$ with $S$ the covariance within groups, or "
        "$|\\mathrm{logit}\\, p_i - \\mathrm{logit}\\, p_j|$ over its standard deviation",
        source="Rubin (1980), Biometrics 36, doi:10.2307/2529981; Stuart (2010), Statistical Science 25, "
        "doi:10.1214/09-STS313",
        examples=[
            Example(
                "a is closest to p, so that b gets q; c has nobody of its sector",
                TWINS,
                "rg.impact.match(twins, on=['size'], exact=['sector']).pairs",
                {"unit": ["a", "b"], "control": ["p", "q"], "stratum": ["x", "x"], "weight": [1, 1]},
            ),
            Example(
                "Who is left out, and why",
                TWINS,
                "rg.impact.match(twins, on=['size'], exact=['sector']).dropped",
                {"unit": ["c"], "reason": ["no control in y"]},
            ),
            Example(
                "With replacement p serves twice",
                TWINS,
                "rg.impact.match(twins, on=['size'], exact=['sector'], replace=True).weights",
                {"unit": ["a", "b", "p"], "treated": [True, True, False], "weight": [1, 1, 2]},
            ),
        ],
        conventions={
            "MatchIt (R)": "joins in the order of the propensity, so that the first takes what the second needs more; "
            "here the closest pairs of a stratum come first, whatever the order of rows."
        },
        notes="On LaLonde's data (185 treated of the trial, 15 992 of the survey) the naive difference is -8 497.5 and "
        "the trial's 1 794.3; matched with replacement on eight covariates the survey gives 1 653.5, every "
        "standardised difference below 0.02.",
    ),
    Spec(
        function="entropy_balance",
        module="impact",
        formula="$\\min_w \\sum_j w_j \\log w_j$ with $\\sum_j w_j x_j = \\bar x_{treated}$, $\\sum_j w_j = 1$",
        source="Hainmueller (2012), Political Analysis 20, doi:10.1093/pan/mpr025",
        examples=[
            Example(
                "Treated have a mean of 2; controls at 1 and 4 must count 2 to 1",
                WEIGHED,
                "rg.impact.entropy_balance(pool, on=['size']).weights",
                {"unit": [1, 2, 3, 4], "weight": [1, 1, "=2 * (4 - 2) / (4 - 1)", "=2 * (2 - 1) / (4 - 1)"]},
                tolerance=1e-9,
            ),
            Example(
                "How many equal controls that is worth",
                WEIGHED,
                "rg.impact.entropy_balance(pool, on=['size']).effective_controls",
                "=1 / ((2 / 3)**2 + (1 / 3)**2)",
                tolerance=1e-9,
            ),
        ],
    ),
    Spec(
        function="balance",
        module="impact",
        formula="$d = (\\bar x_1 - \\bar x_0) / \\sqrt{(s_1^2 + s_0^2) / 2}$, variance ratio $s_1^2 / s_0^2$",
        source="Austin (2009), Statistics in Medicine 28, doi:10.1002/sim.3697",
        examples=[
            Example(
                "Means of 4 and 2, variances of 2 and 1",
                COMPARED,
                "rg.impact.balance(compared, on=['size'])",
                {
                    "covariate": ["size"],
                    "difference": ["=(4 - 2) / sqrt((2 + 1) / 2)"],
                    "variance_ratio": [2],
                    "difference_after": [None],
                },
            )
        ],
    ),
]

test_examples = examples_of(SPECS)
