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
        formula="$LQ_{pa} = \\frac{x_{pa} / x_{p.}}{x_{.a} / x_{..}}$",
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
        ],
        conventions={
            "EconGeo": "`location_quotient` gives NaN for an empty row; `rca` rounds to 2 digits.",
            "econcomplex": "`rca` gives 0 for an empty row or column.",
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
            )
        ],
        conventions={"EconGeo": "`rca(binary = TRUE)` asks for more than 1, after rounding."},
    ),
]

test_examples = examples_of(SPECS)
