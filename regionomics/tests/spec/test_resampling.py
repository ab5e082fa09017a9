"""Method pages of `resampling`, checked."""

from spec import Example, Spec, examples_of

TOWNS = {
    "towns": {
        "place": [f"town {k}" for k in range(1, 11)],
        "activity": ["cars"] * 10,
        "value": [10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
    }
}
SAME = {
    "jobs": {
        "place": [f"town {k}" for k in range(1, 11) for _ in range(2)],
        "activity": ["cars", "wine"] * 10,
        "value": [10, 30] * 10,
    }
}
PLANTS = {
    "plants": {
        "plant": [1, 2, 3, 4, 5, 6, 7, 8],
        "activity": ["silk"] * 4 + ["wool"] * 4,
        "place": ["Alba"] * 4 + ["Bari"] * 4,
        "value": [10] * 8,
    }
}
TABLE = {
    "jobs": {
        "place": ["Alba", "Alba", "Bari", "Bari"],
        "activity": ["cars", "wine", "cars", "wine"],
        "value": [12, 8, 8, 12],
    }
}

SPECS = [
    Spec(
        function="bootstrap",
        module="resampling",
        formula="$T^* = T(\\text{units drawn with replacement})$; percentile: $[t^*_\\alpha, t^*_{1 - \\alpha}]$, "
        "basic: $[2 T - t^*_{1 - \\alpha}, 2 T - t^*_\\alpha]$, BCa: the quantiles at "
        "$\\Phi\\left(z_0 + \\frac{z_0 + z_\\alpha}{1 - a (z_0 + z_\\alpha)}\\right)$",
        source="Efron (1987), Journal of the American Statistical Association 82, doi:10.1080/01621459.1987.10478410",
        notes="Draw what could have been otherwise: plants, if the table is a sample of plants; places, if they stand "
        "for others like them. An index of pairs (Ellison and Glaeser's, Kd, a relatedness) takes a unit drawn twice "
        "for two that are wholly alike, which moves it: look at `bias`, and where it is not small beside "
        '`standard_error`, take `interval="basic"` or `"bca"`.',
        examples=[
            Example(
                "The mean of ten towns, a function of one's own: about the deviation over root 10 (drawn: to within 2)",
                TOWNS,
                "rg.bootstrap(towns, lambda t: t.select(pl.col('value').mean()), over='place', statistic='value', "
                "replicates=999).intervals",
                {
                    "value": ["=(10 + 100) / 2"],
                    "standard_error": ["=sqrt((45**2 + 35**2 + 25**2 + 15**2 + 5**2) * 2 / 10) / sqrt(10)"],
                    "low": [37.5],
                    "high": [72.5],
                },
                tolerance=2.0,
            ),
            Example(
                "Ten towns with the same mix: whichever are drawn, the index is the same",
                SAME,
                "rg.bootstrap(jobs, rg.herfindahl, over='place', of='activity', replicates=200, statistic='herfindahl')"
                ".intervals.select('activity', 'replicates')",
                {"activity": ["cars", "wine"], "replicates": [200, 200]},
            ),
            Example(
                "Twenty persons drawn one by one, 12 of them in cars: the error of a share (drawn: to within .01)",
                {"jobs": {"activity": ["cars", "wine"], "value": [12, 8]}},
                "rg.bootstrap(jobs, lambda t: t.select(pl.col('value').first() / pl.col('value').sum()), "
                "counts='value', statistic='value').intervals",
                {"value": ["=12 / 20"], "standard_error": ["=sqrt(0.6 * 0.4 / 20)"]},
                tolerance=0.01,
            ),
        ],
    ),
    Spec(
        function="permutation",
        module="resampling",
        formula="$p = \\frac{1 + \\#\\{r: T^{(r)} \\ge T\\}}{1 + R}$ (greater); two-sided: twice the smaller side",
        source="Phipson and Smyth (2010), doi:10.2202/1544-6115.1585; tables with given sums: Patefield (1981), "
        "doi:10.2307/2346669",
        notes="Shuffled labels keep the places that there are and how many plants each has; only which activity is "
        "where is chance. With `counts` both sums stay and single persons move; those of one plant do not move alone: "
        "nearly every table of jobs then looks far from chance, and the test says little.",
        examples=[
            Example(
                "Silk in Alba, wool in Bari: 2 of 70 ways to deal the places part them so (drawn: to within .015)",
                PLANTS,
                "rg.permutation(plants, rg.ellison_glaeser, shuffle='place', alternative='greater', replicates=999)"
                ".tests",
                {"activity": ["silk", "wool"], "ellison_glaeser": [1, 1], "p": ["=2 / 70", "=2 / 70"]},
                tolerance=0.015,
            ),
            Example(
                "Forty persons, twenty in each place and activity, 12 where 10 are expected (drawn: to within .1)",
                TABLE,
                "rg.permutation(jobs, rg.location_quotient, counts='value', replicates=999).tests",
                {
                    "place": ["Alba", "Alba", "Bari", "Bari"],
                    "location_quotient": ["=12 / 10", "=8 / 10", "=8 / 10", "=12 / 10"],
                    "mean": [1.0, 1.0, 1.0, 1.0],
                    "z": [
                        "=2 / sqrt(20 * 20 * 20 * 20 / (40**2 * 39))",
                        "=-2 / sqrt(20 * 20 * 20 * 20 / (40**2 * 39))",
                        "=-2 / sqrt(20 * 20 * 20 * 20 / (40**2 * 39))",
                        "=2 / sqrt(20 * 20 * 20 * 20 / (40**2 * 39))",
                    ],
                },
                tolerance=0.1,
            ),
        ],
    ),
]

test_examples = examples_of(SPECS)
