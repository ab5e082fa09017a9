"""Method pages of `specialisation`: how a place's mix differs from that of others."""

from spec import Example, Spec, examples_of

JOBS = {
    "jobs": {
        "place": ["Alba", "Alba", "Bari", "Bari"],
        "activity": ["cars", "wine", "cars", "wine"],
        "value": [30, 70, 170, 30],
    }
}
EMPTY = {"jobs": {"place": ["Alba", "Bari", "Como"], "activity": ["cars", "wine", "cars"], "value": [10, 30, 0]}}

SPECS = [
    Spec(
        function="specialisation_coefficient",
        module="specialisation",
        formula="$\\frac{1}{2} \\sum_a |s_{pa} - s_a|$, with $s_{pa} = x_{pa} / x_{p.}$ and $s_a = x_{.a} / x_{..}$",
        source="Hoover and Giarratani (1985), An Introduction to Regional Economics, table 9-4",
        examples=[
            Example(
                "Cars are 30 of 100 jobs in Alba, 170 of 200 in Bari, and 200 of 300 everywhere",
                JOBS,
                "rg.specialisation_coefficient(jobs)",
                {
                    "place": ["Alba", "Bari"],
                    "specialisation_coefficient": [
                        "=(abs(30 / 100 - 200 / 300) + abs(70 / 100 - 100 / 300)) / 2",
                        "=(abs(170 / 200 - 200 / 300) + abs(30 / 200 - 100 / 300)) / 2",
                    ],
                },
            ),
            Example(
                "A place with nobody is unknown, not zero",
                EMPTY,
                "rg.specialisation_coefficient(jobs)",
                {
                    "place": ["Alba", "Bari", "Como"],
                    "specialisation_coefficient": ["=1 - 10 / 40", "=1 - 30 / 40", None],
                },
            ),
        ],
        conventions={
            "EconGeo": "`spec_coeff` agrees with `against='all'`; an empty place is NaN.",
            "econcomplex": "`specialization_coefficient` agrees; an empty place gets 1/2, the distance of no shares.",
        },
    ),
    Spec(
        function="krugman_index",
        module="specialisation",
        formula="$\\sum_a |s_{pa} - s_a|$, with $s_{pa} = x_{pa} / x_{p.}$ and $s_a = x_{.a} / x_{..}$",
        source="Krugman (1991), Geography and Trade, MIT Press",
        examples=[
            Example(
                "Cars are 30 of 100 jobs in Alba, 170 of 200 in Bari, and 200 of 300 everywhere",
                JOBS,
                "rg.krugman_index(jobs)",
                {
                    "place": ["Alba", "Bari"],
                    "krugman_index": [
                        "=abs(30 / 100 - 200 / 300) + abs(70 / 100 - 100 / 300)",
                        "=abs(170 / 200 - 200 / 300) + abs(30 / 200 - 100 / 300)",
                    ],
                },
            ),
            Example(
                "Each against the other, as in Krugman's comparison of two countries",
                JOBS,
                "rg.krugman_index(jobs, against='others')",
                {"krugman_index": ["=abs(30 / 100 - 170 / 200) + abs(70 / 100 - 30 / 200)", 1.1]},
            ),
        ],
        conventions={
            "EconGeo": "`krugman_index` agrees with `against='all'`; an empty place is NaN.",
            "econcomplex": "`krugman_index` agrees; an empty place gets 1.",
            "Krugman (1991)": "compares two regions; `against='others'` on a table of two.",
        },
    ),
    Spec(
        function="hachman",
        module="specialisation",
        formula="$1 / \\sum_a s_{pa} LQ_{pa} = 1 / \\sum_a s_{pa}^2 / s_a$",
        source="Benway (2020), Measuring Economic Diversity: The Hachman Index, 2018, Kem C. Gardner Policy Institute",
        examples=[
            Example(
                "Bari, with two thirds of all jobs, is closer to the whole than Alba",
                JOBS,
                "rg.hachman(jobs)",
                {
                    "place": ["Alba", "Bari"],
                    "hachman": [
                        "=1 / ((30 / 100) ** 2 / (200 / 300) + (70 / 100) ** 2 / (100 / 300))",
                        "=1 / ((170 / 200) ** 2 / (200 / 300) + (30 / 200) ** 2 / (100 / 300))",
                    ],
                },
            ),
            Example(
                "A place with nobody is unknown, not zero",
                EMPTY,
                "rg.hachman(jobs)",
                {"hachman": ["=1 / (1 / (10 / 40))", "=1 / (1 / (30 / 40))", None]},
            ),
        ],
        conventions={
            "EconGeo": "`hachman` agrees; `location_quotient_avg` is 1 over it; an empty place is NaN.",
            "econcomplex": "`hachman_index` agrees; an empty place gets 0, as if it were the most unlike of all.",
        },
    ),
]

test_examples = examples_of(SPECS)
