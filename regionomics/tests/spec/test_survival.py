"""Method pages of `survival` and `changepoint`, checked. Remission times of 42 patients: Freireich et al. (1963)."""

from spec import Example, Spec, examples_of

FIRMS = {"years": [1.0, 2.0, 2.0, 4.0, 5.0], "left": [1, 1, 0, 1, 0]}
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
SEEN = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
OTHERS = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
REMISSION = {
    "duration": [*TREATED, *OTHERS],
    "event": [*SEEN, *[1] * 21],
    "group": ["6-MP"] * 21 + ["placebo"] * 21,
    "placebo": [0] * 21 + [1] * 21,
}

SPECS = [
    Spec(
        function="kaplan_meier",
        module="survival",
        formula="$\\hat S(t) = \\prod_{s \\le t} (1 - d_s / n_s)$",
        source="Kaplan and Meier (1958), doi:10.1080/01621459.1958.10501452",
        examples=[
            Example(
                "Five members: two still there when last seen (after 2 and 5 years) count while they were watched",
                {"members": FIRMS},
                "rg.kaplan_meier(members, duration='years', event='left')",
                {
                    "time": [0.0, 1.0, 2.0, 4.0, 5.0],
                    "at_risk": [5.0, 5.0, 4.0, 2.0, 1.0],
                    "events": [0.0, 1.0, 1.0, 1.0, 0.0],
                    "censored": [0.0, 0.0, 1.0, 0.0, 1.0],
                    "survival": [1.0, "=4 / 5", "=4 / 5 * 3 / 4", "=4 / 5 * 3 / 4 * 1 / 2", "=4 / 5 * 3 / 4 * 1 / 2"],
                },
            ),
            Example(
                "Who came under watch only in the third year is not counted before",
                {"members": {**FIRMS, "since": [0.0, 0.0, 0.0, 3.0, 0.0]}},
                "rg.kaplan_meier(members, duration='years', event='left', entry='since')",
                {"at_risk": [4.0, 4.0, 3.0, 2.0, 1.0], "survival": [1.0, "=3 / 4", "=3 / 4 * 2 / 3", 0.25, 0.25]},
            ),
        ],
        conventions={"lifelines 0.30": "agrees, with its interval (log of minus log S), on the remission times"},
    ),
    Spec(
        function="survival_at",
        module="survival",
        formula="$\\hat S(t)$, $\\min\\{t : \\hat S(t) \\le 1/2\\}$ and $\\int_0^T \\hat S(t)\\,dt$",
        source="Kaplan and Meier (1958), doi:10.1080/01621459.1958.10501452; Irwin (1949)",
        examples=[
            Example(
                "After 10 weeks 75% of the treated and 38% of the others are in remission",
                {"remission": REMISSION},
                "rg.survival_at(remission, [10], by='group')",
                {
                    "group": ["6-MP", "placebo"],
                    "survival": ["=18 / 21 * 16 / 17 * 14 / 15", "=8 / 21"],
                    "low": [0.503200, 0.183067],
                    "high": [0.889362, 0.577788],
                    "at_risk": [15.0, 8.0],
                    "median": [23.0, 8.0],
                },
                tolerance=1e-5,
            ),
            Example(
                "Beyond the longest spell watched nothing is known",
                {"members": FIRMS},
                "rg.survival_at(members, [4, 6], duration='years', event='left')",
                {"survival": ["=4 / 5 * 3 / 4 * 1 / 2", None], "restricted_mean": [None, None]},
            ),
        ],
    ),
    Spec(
        function="log_rank",
        module="survival",
        formula="$\\chi^2 = (O - E)' V^{-} (O - E)$",
        source="Mantel (1966); Peto and Peto (1972), doi:10.2307/2344317",
        examples=[
            Example(
                "Treated patients relapse later than chance would have it",
                {"remission": REMISSION},
                "rg.log_rank(remission)",
                {"observed": [9.0, 21.0], "expected": [19.250501, 10.749499], "chi2": [16.792941, 16.792941]},
                tolerance=1e-5,
            )
        ],
        conventions={"lifelines 0.30": "agrees: 16.792940989216547"},
    ),
    Spec(
        function="cox",
        module="survival",
        formula="$h(t \\mid x) = h_0(t) \\exp(x \\beta)$, partial likelihood, Efron's ties",
        source="Cox (1972); Efron (1977), doi:10.1080/01621459.1977.10480613",
        examples=[
            Example(
                "Without treatment relapse comes at 4.8 times the pace",
                {"remission": REMISSION},
                "rg.cox(remission, ['placebo'])",
                {"coefficient": [1.5721249], "se": [0.4123967], "ratio": ["=exp(1.5721251)"]},
                tolerance=1e-6,
            )
        ],
        conventions={
            "lifelines 0.30": "agrees: 1.57212488, standard error 0.4123967; also with delayed entry",
            "Breslow's ties (1974)": "1.509 on the remission times: ties are few, so either is in use; ours is Efron's",
        },
        notes="Errors added up by firm (`cluster`) are those of R's survival 3.5-3 to 1e-8, with Efron's ties in the "
        "score residuals too: lengths in whole years have many. "
        "Cut a spell where a covariate changes and say from when each piece was watched: otherwise those who "
        "live long enough to be helped make help look good (immortal time).",
    ),
    Spec(
        function="rate_change",
        module="changepoint",
        formula="$G = \\max_k 2\\,[\\ell(x_{\\le k}) + \\ell(x_{>k}) - \\ell(x)]$, $\\ell = x \\log(x / e)$",
        source="Worsley (1986), doi:10.1093/biomet/73.1.91",
        examples=[
            Example(
                "Forty joined a year until 2014, ten since: no chance draw of 999 shows as large a break",
                {"years": {"period": list(range(2009, 2021)), "events": [40] * 6 + [10] * 6}},
                "rg.rate_change(years)",
                {
                    "from_period": [2015],
                    "rate_before": [40.0],
                    "rate_after": [10.0],
                    "statistic": ["=2 * (240 * log(40 / 25) + 60 * log(10 / 25))"],
                    "p": ["=1 / 1000"],
                },
                tolerance=1e-9,
            ),
            Example(
                "The same number a year is no change",
                {"years": {"period": [1, 2, 3, 4], "events": [5, 5, 5, 5]}},
                "rg.rate_change(years)",
                {"statistic": [0.0], "p": [1.0]},
            ),
        ],
    ),
]

test_examples = examples_of(SPECS)
