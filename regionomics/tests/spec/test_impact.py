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
PLANTS = {
    "plants": {
        "unit": [u for u in range(12) for _ in range(4)],
        "time": [2018, 2019, 2020, 2021] * 12,
        "y": [
            u + t / 10 + 0.6 * ((u * 7 + t * t * 3) % 5) + 0.4 * ((u * 3 + t * 5) % 7)
            for u in range(12)
            for t in range(4)
        ],
        "l": [(u * 7 + t * t * 3) % 5 for u in range(12) for t in range(4)],
        "k": [(u * 3 + t * 5) % 7 for u in range(12) for t in range(4)],
    }
}
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
        notes="Each cohort's regression and propensity are fitted once for all periods that share the same units and "
        "covariates. In 500 simulated regions with +6.2% planted "
        "and strong selection the plain comparison gives +15.7 log points, this 6.06 (truth 6.02), its intervals cover "
        "94.6%, and without effect 5.4% reject (`impact_simulation.json`, by "
        "`regionomics/benchmarks/impact_simulation.py`). That file holds every estimator of a study against the "
        "average that it is about, also where effects grow and differ: all cover 94 to 97%. The models' errors "
        "(`imputation_effects`, `extended_twfe`) are those of the average over the firms of the sample: held against "
        "that over all regions, which have larger and smaller cohorts, they cover 87%. And they do not refuse without "
        "common support, nor does control='not-yet', while this, `matched_did` and `balanced_did` refuse in all of 100 "
        "regions: a model alone is no evidence there. The world without an effect "
        "has random numbers of its own and 2 000 regions.",
    ),
    Spec(
        function="hold",
        module="impact",
        formula="none: the rows of a table become matrices, one row a unit and one column a period",
        source="none; a change of layout",
        examples=[
            Example(
                "An estimate on a held panel is that on its table",
                STAGGERED,
                "rg.impact.group_time_effects(rg.impact.hold(staggered), minimum=2).dynamic.table",
                {"event": [-1, 0, 1], "att": [0, "=(4.5 + 3.5) / 2", 6]},
            )
        ],
        notes="For several estimates on one large table: reading it takes as long as an estimate.",
    ),
    Spec(
        function="matched_did",
        module="impact",
        formula="$ATT(e) = \\frac{1}{n_e} \\sum_i \\left[ (Y_{i,g+e} - Y_{i,g-1}) - \\frac{1}{k_i} \\sum_{j \\in M(i)} "
        "(Y_{j,g+e} - Y_{j,g-1} + (x_i - x_j)' \\hat\\beta_e) \\right]$; its error from the pairs' gaps, from "
        "what the regression leaves of each control, and of a control that serves more than once from $K_j^2 - \\sum_i "
        "w_{ij}^2$ times its variance, $K_j = \\sum_i w_{ij}$",
        source="Heckman, Ichimura and Todd (1997), doi:10.2307/2971733; Abadie and Imbens (2011), "
        "doi:10.1198/jbes.2009.07333; Abadie and Imbens (2006), doi:10.1111/j.1468-0262.2006.00655.x; Abadie and "
        "Spiess (2022), doi:10.1080/01621459.2020.1840383",
        examples=[
            Example(
                "a grew by 5, then 8 and its twin p by 1, then 2; b by 3, then 5 and its twin q by 1, then 2",
                {
                    "joined": {
                        "unit": [u for u in "abpqr" for _ in range(3)],
                        "time": [2020, 2021, 2022] * 5,
                        "cohort": [2021] * 6 + [0] * 9,
                        "outcome": [10, 15, 18, 20, 23, 25, 10, 11, 12, 20, 21, 22, 50, 60, 70],
                        "size": [1.0] * 3 + [2.0] * 3 + [1.1] * 3 + [2.1] * 3 + [9.0] * 3,
                    }
                },
                "rg.impact.matched_did(joined, on=['size'], adjust=False, minimum=2, placebos=0, horizon=1).table",
                {
                    "event": [0, 1],
                    "att": ["=((5 - 1) + (3 - 1)) / 2", "=((8 - 2) + (5 - 2)) / 2"],
                    "se": ["=sqrt((4 - 3)**2 + (2 - 3)**2) / 2", "=sqrt((6 - 4.5)**2 + (3 - 4.5)**2) / 2"],
                    "treated": [2, 2],
                    "controls": [2, 2],
                },
            )
        ],
        conventions={
            "R Matching 4.10": "the same estimates and errors (`estimand='ATT'`) in one cohort without adjustment, if "
            "one neighbour tells a control's variance; ours are eight, by their distance from it",
        },
        notes="The error takes the matching as given. In simulations with selection on what also drives growth, "
        "the interval covers as often as it says (see the simulation study).",
    ),
    Spec(
        function="balanced_did",
        module="impact",
        formula="$ATT(e) = \\frac{1}{n_e} \\sum_g \\sum_{i \\in g} \\left[ Y_{i,g+e} - Y_{i,g-1} - \\sum_j w_{gj} "
        "(Y_{j,g+e} - Y_{j,g-1}) \\right]$, $w_g$ by entropy balancing on the covariates of $g - 1$; its error from "
        "what the weighed regression of the controls' changes on the covariates leaves",
        source="Hainmueller (2012), doi:10.1093/pan/mpr025; Zhao and Percival (2017), doi:10.1515/jci-2016-0010",
        examples=[
            Example(
                "a grew by 5 and b by 3; controls of size 1 grew by 0 and 2, of size 4 by 3 and 5, and count 2 to 1",
                {
                    "weighed": {
                        "unit": [u for u in "abpqrs" for _ in range(2)],
                        "time": [2020, 2021] * 6,
                        "cohort": [2021] * 4 + [0] * 8,
                        "outcome": [10, 15, 20, 23, 0, 0, 10, 12, 20, 23, 30, 35],
                        "size": [1.5, 1.5, 2.5, 2.5, 1, 1, 1, 1, 4, 4, 4, 4],
                    }
                },
                "rg.impact.balanced_did(weighed, on=['size'], minimum=2, placebos=0, horizon=0).table",
                {
                    "event": [0],
                    "att": ["=(5 + 3) / 2 - (2 * 1 + 1 * 4) / 3"],
                    "se": ["=sqrt(2 * 1.5**2 + 2 * (2 / 3)**2 + 2 * (1 / 3)**2) / 2"],
                    "treated": [2],
                    "controls": [4],
                },
                tolerance=1e-9,
            )
        ],
        notes="No firm is paired, so none is left out for lack of a twin; what is lost is the audit down to the pair.",
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
        "standardised difference below 0.02. Dehejia and Wahba (1999), doi:10.2307/2669919, table 3, have 1 117 to "
        "1 774 from that pool by five methods.",
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
    Spec(
        function="imputation_effects",
        module="impact",
        formula="$\\hat\\tau_{it} = Y_{it} - \\hat a_i - \\hat l_t - x_i' \\hat g_t$, fitted where nobody is treated; "
        "the error from how much each untreated row weighs in the average",
        source="Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91, doi:10.1093/restud/rdae007",
        examples=[
            Example(
                "Two cohorts and two firms that never join",
                STAGGERED,
                "rg.impact.imputation_effects(staggered, minimum=2).table",
                {
                    "cohort": [2021, 2021, 2022],
                    "time": [2021, 2022, 2022],
                    "att": ["=5.5 - (1 + 1 + 0 + 2) / 4", "=8 - 2", "=(4.5 + 5.5) / 2 - (1 + 2) / 2"],
                },
            )
        ],
        notes="The effect in 2021 uses all four firms that are not yet treated then, where `group_time_effects` uses "
        "the two that never join.",
    ),
    Spec(
        function="extended_twfe",
        module="impact",
        formula="$Y_{it} = a_g + l_t + x_i'(b_g + c_t) + \\sum_{g, t \\ge g} D_{igt} [\\tau_{gt} + "
        "(x_i - \\bar x_g)' d_{gt}] + e_{it}$, errors clustered by unit",
        source="Wooldridge (2021), doi:10.2139/ssrn.3906345",
        examples=[
            Example(
                "The same effects as by imputation, on the same table",
                STAGGERED,
                "rg.impact.extended_twfe(staggered, minimum=2).table",
                {
                    "cohort": [2021, 2021, 2022],
                    "time": [2021, 2022, 2022],
                    "att": ["=5.5 - (1 + 1 + 0 + 2) / 4", "=8 - 2", "=(4.5 + 5.5) / 2 - (1 + 2) / 2"],
                },
            )
        ],
        conventions={
            "pyfixest 0.60": "the same effects; the clustered errors without its small-sample factors, but with ours"
        },
    ),
    Spec(
        function="goodman_bacon",
        module="impact",
        formula="$\\hat\\tau_{TWFE} = \\sum_{k \\ne j} s_{kj} \\hat\\tau_{kj}$, "
        "$s_{kU} \\propto n_k n_U \\bar D_k (1 - \\bar D_k)$ and alike for pairs that join at different times",
        source="Goodman-Bacon (2021), Journal of Econometrics 225, doi:10.1016/j.jeconom.2021.03.014",
        examples=[
            Example(
                "By kind of comparison; each of the three cohorts has two firms",
                STAGGERED,
                "rg.impact.goodman_bacon(staggered).kinds",
                {
                    "kind": ["joined against never", "earlier against later", "later against earlier"],
                    "weight": ["=(2/9 + 2/9) / (2/9 + 2/9 + 1/9 + 1/9)", "=1/9 / (6/9)", "=1/9 / (6/9)"],
                    "estimate": ["=((6.75 - 1.5) + (5 - 1.5)) / 2", "=5.5 - 1", "=4.5 - 2.5"],
                },
            )
        ],
    ),
    Spec(
        function="smoothness",
        module="impact",
        formula="$\\Delta^{SD}(m) = \\{\\delta : |(\\delta_{t+1} - \\delta_t) - (\\delta_t - \\delta_{t-1})| "
        "\\le m\\}$; $w'\\hat\\beta \\pm \\sigma_w\\, cv_\\alpha(m \\sum_k |b_k(w)| / \\sigma_w)$, $w$ with the least "
        "length",
        source="Rambachan and Roth (2023), Review of Economic Studies 90, doi:10.1093/restud/rdad018; Armstrong and "
        "Kolesar (2018), Econometrica 86, doi:10.3982/ECTA14434",
        examples=[
            Example(
                "m = 0: the line through the period before (0.1 at -1) and the base goes on, -0.1 at 0 after joining; "
                "the effect is 1 + 0.1 with both errors",
                {},
                "rg.impact.smoothness([0.1, 1.0], [[0.0025, 0], [0, 0.0025]], before=1, magnitudes=[0.0]).table",
                {
                    "m": [0.0],
                    "low": ["=1.1 - 1.959964 * (0.0025 + 0.0025) ** 0.5"],
                    "high": ["=1.1 + 1.959964 * (0.0025 + 0.0025) ** 0.5"],
                },
                tolerance=1e-6,
            ),
            Example(
                "Almost without error, a bend of up to 0.2 at the base: 1.1 give or take 0.2",
                {},
                "rg.impact.smoothness([0.1, 1.0], [[1e-8, 0], [0, 1e-8]], before=1, magnitudes=[0.2]).table",
                {"m": [0.2], "low": ["=1.1 - 0.2"], "high": ["=1.1 + 0.2"]},
                tolerance=0.001,
            ),
        ],
        conventions={
            "HonestDiD (R) 0.2.8": 'its published digits for the Medicaid example ("FLCI"), m = 0, .02, .05, are met '
            "within 1e-4"
        },
    ),
    Spec(
        function="relative_magnitudes",
        module="impact",
        formula="$\\Delta^{RM}(m) = \\{\\delta : |\\delta_{t+1} - \\delta_t| \\le m \\max_{s < 0} "
        "|\\delta_{s+1} - \\delta_s|,\\ t \\ge 0\\}$; the interval holds every $\\theta$ for which some $\\delta$ in "
        "it is not rejected",
        source="Rambachan and Roth (2023), Review of Economic Studies 90, doi:10.1093/restud/rdad018; Andrews, Roth "
        "and Pakes (2023), doi:10.1093/restud/rdac077",
        examples=[
            Example(
                "m = 0 is parallel trends: the usual interval of an effect of 1 with an error of 0.05",
                {},
                "rg.impact.relative_magnitudes([0.1, 1.0], [[0.0025, 0], [0, 0.0025]], before=1, magnitudes=[0.0])"
                ".table",
                {"m": [0.0], "low": ["=1 - 1.96 * 0.05"], "high": ["=1 + 1.96 * 0.05"]},
                tolerance=0.001,
            ),
            Example(
                "Almost without error, 0.1 off before joining: twice that may be the trend's after it",
                {},
                "rg.impact.relative_magnitudes([0.1, 1.0], [[1e-8, 0], [0, 1e-8]], before=1, magnitudes=[2.0]).table",
                {"m": [2.0], "low": ["=1 - 2 * 0.1"], "high": ["=1 + 2 * 0.1"]},
                tolerance=0.001,
            ),
        ],
        conventions={
            "HonestDiD (R) 0.2.8": "its published digits for the Medicaid example, m = .5, 1, 1.5, 2, are met within "
            "5e-4; it reports points of a grid (steps of 3.7e-4 there), here the ends are found by halving",
            "diff-diff 3.13": "its intervals are narrower from m = 1 on, and never hold 0 in that example",
            "moderndid 0.2": "agrees; a value of m on the Medicaid example takes it 12 s, this .05 s",
        },
        notes="The dual of the test's linear program is small: its vertices are listed once, the statistic is their "
        "largest value and the truncation points follow in closed form, for all values of the grid at once.",
    ),
    Spec(
        function="value_added_per_worker",
        module="impact",
        formula="$v_{it} = \\frac{VA_{it}}{L_{it} P_t}$",
        source="OECD (2001), Measuring Productivity, doi:10.1787/9789264194519-en",
        examples=[
            Example(
                "120 000 EUR by 3 persons at prices 20% above the base year's; nobody employed; a loss",
                {
                    "firms": {
                        "unit": ["a", "b", "c"],
                        "time": [2020, 2020, 2020],
                        "value_added": [120_000, 5_000, -1_000],
                        "persons": [3, 0, 2],
                        "prices": [1.2, 1.2, 1.2],
                    }
                },
                "rg.impact.value_added_per_worker(firms, deflator='prices')",
                {
                    "unit": ["a", "b", "c"],
                    "value": ["=120000 / 3 / 1.2", None, "=-1000 / 2 / 1.2"],
                    "log": ["=log(120000 / 3 / 1.2)", None, None],
                },
            )
        ],
    ),
    Spec(
        function="productivity",
        module="impact",
        formula="$y_{it} = \\beta_l l_{it} + \\beta_k k_{it} + \\omega_{it} + \\varepsilon_{it}$, "
        "$\\omega_{it} = g(\\omega_{i,t-1}) + \\xi_{it}$, $E[\\xi_{it} (l_{i,t-1}, k_{it})] = 0$; with $g$ linear, "
        "$\\beta(\\rho) = [Z'(X - \\rho X_{-1})]^{-1} Z'(\\phi - \\rho \\phi_{-1})$ and $\\rho$ a root of a "
        "polynomial",
        source="Levinsohn and Petrin (2003), doi:10.1111/1467-937X.00246; Ackerberg, Caves and Frazer (2015), "
        "doi:10.3982/ECTA13408; Kim, Luo and Su (2019), doi:10.1016/j.jeconom.2019.03.004",
        examples=[
            Example(
                "Firms that differ by a constant and share the years: what is left is 0.6 l + 0.4 k",
                PLANTS,
                "rg.impact.productivity(plants, output='y', labour='l', capital='k', proxy=None, logs=True, "
                "method='fixed_effects').elasticities.select('input', 'elasticity')",
                {"input": ["l", "k"], "elasticity": [0.6, 0.4]},
            )
        ],
        conventions={
            "prodest (R)": "minimises over one start and reports one solution; its Levinsohn-Petrin second stage is "
            "least squares of the innovation, here the moment E[xi k] = 0. First stages are the same regression.",
            "cost shares": "a spurious solution lies near the plain regression; shares of labour cost tell it from the "
            "true one where firms take prices and returns are constant.",
        },
        notes="With a linear law of motion all solutions are the real roots of one polynomial, found without a start; "
        "`markov=3` searches from a grid. On the design of Ackerberg, Caves and Frazer (1 000 firms, 10 years) both "
        "solutions come out in 0.1 s: near (.6, .4), which is true, and near (.97, .04).",
    ),
]

test_examples = examples_of(SPECS)
