"""Method pages of `specialisation`: places compared with each other and with themselves in time."""

from spec import Example, Spec, examples_of

JOBS = {
    "jobs": {
        "place": ["Alba", "Alba", "Bari", "Bari", "Como"],
        "activity": ["cars", "wine", "cars", "wine", "cars"],
        "value": [30, 70, 170, 30, 0],
    }
}
YEARS = {
    "jobs": {
        "place": ["Alba", "Alba", "Bari", "Bari"] * 2,
        "activity": ["cars", "wine", "cars", "wine"] * 2,
        "year": [2015] * 4 + [2020] * 4,
        "value": [40, 60, 0, 100, 50, 45, 10, 120],
    }
}

SPECS = [
    Spec(
        function="similarity",
        module="specialisation",
        formula="correlation: Pearson's of $\\log(LQ_{pa} + \\varepsilon)$ and $\\log(LQ_{qa} + \\varepsilon)$ over "
        "$a$; overlap: $\\sum_a \\min(s_{pa}, s_{qa})$; cosine: $\\sum_a s_{pa} s_{qa} / \\sqrt{\\sum_a s_{pa}^2 "
        "\\sum_a s_{qa}^2}$",
        source="Bahar, Hausmann and Hidalgo (2014), Journal of International Economics 92, "
        "doi:10.1016/j.jinteco.2013.11.001; overlap: Finger and Kreinin (1979), doi:10.2307/2231506",
        examples=[
            Example(
                "30% of jobs are in cars in Alba and 85% in Bari: they share 30 of 100 in cars and 15 of 100 in wine",
                JOBS,
                "rg.similarity(jobs, method='overlap').table()",
                {
                    "place_1": ["Alba", "Alba", "Bari"],
                    "place_2": ["Bari", "Como", "Como"],
                    "similarity": ["=30 / 100 + 30 / 200", None, None],
                },
            ),
            Example(
                "The same as a cosine",
                JOBS,
                "rg.similarity(jobs, method='cosine').table()",
                {
                    "similarity": [
                        "=(30 * 170 + 70 * 30) / sqrt((30 ** 2 + 70 ** 2) * (170 ** 2 + 30 ** 2))",
                        None,
                        None,
                    ]
                },
            ),
            Example(
                "Of two activities each place is above the whole in one: the correlation is -1; Como, with nobody, is "
                "like no one",
                JOBS,
                "rg.similarity(jobs).table()",
                {"place_2": ["Bari", "Como", "Como"], "similarity": [-1.0, None, None]},
            ),
        ],
        conventions={
            "OEC": "`similarity` agrees; one activity that nobody has makes every similarity NaN.",
            "econcomplex": "`export_similarity` agrees where every place and activity has something; an activity that "
            "nobody has enters each place's profile as log(0.1), and "
            "an empty place is like itself only.",
        },
    ),
    Spec(
        function="growth",
        module="specialisation",
        formula="relative: $(x_1 - x_0) / x_0$; log: $\\ln(x_1 / x_0)$; symmetric: $2 (x_1 - x_0) / (x_1 + x_0)$",
        source="Davis and Haltiwanger (1992), The Quarterly Journal of Economics 107, doi:10.2307/2118365 (symmetric)",
        examples=[
            Example(
                "Cars in Bari start from nothing, so that their rate is unknown",
                YEARS,
                "rg.growth(jobs)",
                {
                    "place": ["Alba", "Alba", "Bari", "Bari"],
                    "activity": ["cars", "wine", "cars", "wine"],
                    "year_from": [2015] * 4,
                    "year": [2020] * 4,
                    "value_from": [40, 60, 0, 100],
                    "value": [50, 45, 10, 120],
                    "growth": ["=(50 - 40) / 40", "=(45 - 60) / 60", None, "=(120 - 100) / 100"],
                },
            ),
            Example(
                "Over all activities of each place, in percent",
                YEARS,
                "rg.growth(jobs, of='place', scale=100)",
                {
                    "place": ["Alba", "Bari"],
                    "growth": ["=100 * (95 - 100) / 100", "=100 * (130 - 100) / 100"],
                },
            ),
            Example(
                "The symmetric rate gives what appears a 2",
                YEARS,
                "rg.growth(jobs, method='symmetric')",
                {"growth": ["=2 * 10 / 90", "=2 * -15 / 105", 2.0, "=2 * 20 / 220"]},
            ),
        ],
        conventions={
            "EconGeo": "`growth_mat`, `growth_ind` and `growth_reg` are in percent, rounded to 2 digits; what stays at "
            "0 gets 0 and what starts from 0 infinity. `growth_list` and its kin read variables called mat1, mat2 "
            "instead of what they were given.",
            "econcomplex": "`growth_rate` and `growth_matrix` are in percent; what starts from 0 gets 0, as if it had "
            "not grown. A place with no row in a period is taken to have had nothing.",
        },
    ),
]

test_examples = examples_of(SPECS)
