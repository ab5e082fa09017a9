"""Method pages of `specialisation`, checked."""

from spec import Example, Spec, examples_of

BALASSA = "Balassa (1965), The Manchester School 33, doi:10.1111/j.1467-9957.1965.tb00050.x"
JOBS = {
    "jobs": {
        "place": ["Alba", "Alba", "Bari", "Bari"],
        "activity": ["cars", "wine", "cars", "wine"],
        "value": [30, 70, 170, 30],
    }
}

SPECS = [
    Spec(
        function="location_quotient",
        module="specialisation",
        formula="$LQ_{pa} = \\frac{x_{pa} / x_{p.}}{x_{.a} / x_{..}}$; with weights "
        "$\\frac{x_{pa} / w_p}{x_{.a} / w_.}$",
        source=BALASSA,
        examples=[
            Example(
                "Cars are 30 of 100 jobs in Alba, and 200 of 300 everywhere",
                JOBS,
                "rg.location_quotient(jobs)",
                {
                    "place": ["Alba", "Alba", "Bari", "Bari"],
                    "activity": ["cars", "wine", "cars", "wine"],
                    "location_quotient": [
                        "=(30 / 100) / (200 / 300)",
                        "=(70 / 100) / (100 / 300)",
                        "=(170 / 200) / (200 / 300)",
                        "=(30 / 200) / (100 / 300)",
                    ],
                },
            ),
            Example(
                "A place with nobody is unknown, not zero",
                {"jobs": {"place": ["Alba", "Como"], "activity": ["cars", "cars"], "value": [10, 0]}},
                "rg.location_quotient(jobs)",
                {"place": ["Alba", "Como"], "location_quotient": [1.0, None]},
            ),
            Example(
                "Jobs a head: cars are 30 for 1000 people in Alba, 200 for 4000 everywhere",
                {
                    "jobs": {
                        "place": ["Alba", "Alba", "Bari", "Bari"],
                        "activity": ["cars", "wine", "cars", "wine"],
                        "value": [30, 70, 170, 30],
                        "population": [1000, 1000, 3000, 3000],
                    }
                },
                "rg.location_quotient(jobs, weights='population')",
                {
                    "location_quotient": [
                        "=(30 / 1000) / (200 / 4000)",
                        "=(70 / 1000) / (100 / 4000)",
                        "=(170 / 3000) / (200 / 4000)",
                        "=(30 / 3000) / (100 / 4000)",
                    ]
                },
            ),
        ],
        conventions={
            "EconGeo": "`location_quotient` gives NaN for an empty row; `rca` rounds to 2 digits.",
            "econcomplex": "`rca` gives 0 for an empty row or column; `rpop` is `weights=` with the population.",
        },
    ),
    Spec(
        function="presence",
        module="specialisation",
        formula="$M_{pa} = 1$ where $LQ_{pa} \\ge$ threshold",
        source="Hidalgo et al. (2007), Science 317, doi:10.1126/science.1144581",
        examples=[
            Example(
                "Alba has wine, Bari has cars",
                JOBS,
                "rg.presence(jobs)",
                {"activity": ["cars", "wine", "cars", "wine"], "present": [0, 1, 1, 0]},
            ),
            Example(
                "Rolling over two years: the odd year 2 of Alba, when its quotient of silk is (10 / 30) / (30 / 60), "
                "does not end its silk, as the mean of the two years has (20 / 35) / (35 / 70)",
                {
                    "years": {
                        "year": [1, 1, 1, 1, 2, 2, 2, 2],
                        "place": ["Alba", "Alba", "Bari", "Bari"] * 2,
                        "activity": ["silk", "wine"] * 4,
                        "value": [30, 10, 10, 30, 10, 20, 20, 10],
                    }
                },
                'rg.presence(years, time="year", window=2)',
                {
                    "place": ["Alba", "Alba", "Bari", "Bari"],
                    "activity": ["silk", "wine", "silk", "wine"],
                    "year": [2, 2, 2, 2],
                    "present": [1, 0, 0, 1],
                },
            ),
        ],
        conventions={"EconGeo": "`rca(binary = TRUE)` asks for more than 1, after rounding."},
    ),
    Spec(
        function="shrunk_location_quotient",
        module="specialisation",
        formula="$\\frac{1}{m_a} \\frac{m_a K + y_{pa}}{K + N_p}$, averaged over $K = \\frac{1 - m_a}{m_a v}$",
        source="Clayton and Kaldor (1987), Biometrics 43, doi:10.2307/2532003",
        examples=[
            Example(
                "Places that differ no more than chance would make them are brought half way to 1",
                {
                    "jobs": {
                        "place": ["Alba", "Alba", "Bari", "Bari"],
                        "activity": ["cars", "wine", "cars", "wine"],
                        "value": [9, 11, 11, 9],
                    }
                },
                "rg.shrunk_location_quotient(jobs)",
                {
                    "location_quotient": ["=(9 / 20) / (20 / 40)", "=(11 / 20) / (20 / 40)", 1.1, 0.9],
                    "shrunk": [0.95056, 1.04944, 1.04944, 0.95056],
                },
                tolerance=1e-5,
            )
        ],
        conventions={"EconGeo": "has none; nor has econcomplex."},
    ),
    Spec(
        function="cluster_stars",
        module="specialisation",
        formula="stars = [value in the top tenth] + [$LQ \\ge 2$] + [share in the top tenth]",
        source="Sölvell, Ketels and Lindqvist (2009), European Cluster Observatory",
        examples=[
            Example(
                "Bari is the largest in cars; Como has the highest share of wine, and 2.5 times the mean",
                {
                    "jobs": {
                        "place": ["Alba", "Alba", "Bari", "Bari", "Como"],
                        "activity": ["cars", "wine", "cars", "wine", "wine"],
                        "value": [30, 10, 120, 40, 50],
                    }
                },
                "rg.cluster_stars(jobs)",
                {
                    "place": ["Alba", "Alba", "Bari", "Bari", "Como"],
                    "activity": ["cars", "wine", "cars", "wine", "wine"],
                    "location_quotient": [
                        "=(30 / 40) / (150 / 250)",
                        "=(10 / 40) / (100 / 250)",
                        "=(120 / 160) / (150 / 250)",
                        "=(40 / 160) / (100 / 250)",
                        "=(50 / 50) / (100 / 250)",
                    ],
                    "size": [0, 0, 1, 0, 1],
                    "specialisation": [0, 0, 0, 0, 1],
                    "focus": [1, 0, 1, 0, 1],
                    "stars": [1, 0, 2, 0, 3],
                },
            )
        ],
    ),
]

test_examples = examples_of(SPECS)
