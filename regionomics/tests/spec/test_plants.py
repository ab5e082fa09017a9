"""Method pages of `specialisation`: plants and activities that keep together in space."""

from spec import Example, Spec, examples_of

TOWNS = {
    "plants": {
        "place": ["Wien"] * 5 + ["Linz"] * 4 + ["Graz"],
        "activity": ["studied"] * 10,
        "plant": [f"plant {k}" for k in range(1, 11)],
        "value": [200, 650, 12000, 100, 50, 16000, 13000, 1500, 1500, 25000],
        "jobs_of_place": [500000] * 5 + [400000] * 4 + [100000],
    }
}
EVEN = {
    "plants": {
        "place": ["Alba", "Alba", "Bari", "Bari", "Alba"],
        "activity": ["silk", "silk", "wool", "wool", "glue"],
        "plant": ["s1", "s2", "w1", "w2", "g1"],
        "value": [10, 10, 10, 10, 20],
    }
}
CHAIN = {
    "jobs": {
        "place": ["Alba", "Bari", "Alba", "Bari", "Alba", "Bari"],
        "activity": ["silk", "silk", "wool", "wool", "glue", "glue"],
        "value": [30, 10, 60, 20, 10, 70],
        "cluster": ["textiles", "textiles", "textiles", "textiles", "chemicals", "chemicals"],
    }
}

SPECS = [
    Spec(
        function="ellison_glaeser",
        module="specialisation",
        formula="$\\gamma = \\frac{G - (1 - \\sum_p x_p^2) H}{(1 - \\sum_p x_p^2)(1 - H)}$, "
        "$G = \\sum_p (s_p - x_p)^2$, $H = \\sum_k z_k^2$",
        source="Ellison and Glaeser (1997), Journal of Political Economy 105, doi:10.1086/262098",
        notes="The ten plants in three towns are an example of Farhauer and Kröll (2014), Standorttheorien; REAT's "
        "manual prints .05990628. Above .05 an industry counts as very concentrated, below .02 as not very (Ellison "
        "and Glaeser). The deviation behind `z` takes the plants' sizes as given and their places as drawn with the "
        "probabilities x; a test compares it with all the ways in which plants can be placed.",
        examples=[
            Example(
                "Ten plants in three towns, against all jobs of the towns",
                TOWNS,
                "rg.ellison_glaeser(plants, place_total='jobs_of_place')",
                {
                    "ellison_glaeser": [0.05990628],
                    "concentration": [
                        "=(13000 / 70000 - 0.5) ** 2 + (32000 / 70000 - 0.4) ** 2 + (25000 / 70000 - 0.1) ** 2"
                    ],
                    "plant_herfindahl": [
                        "=(4**2 + 13**2 + 240**2 + 2**2 + 1**2 + 320**2 + 260**2 + 2 * 30**2 + 500**2) / 1400**2"
                    ],
                    "plants": [10],
                },
                tolerance=5e-9,
            ),
            Example(
                "Silk is all in Alba, where two thirds of all jobs are, wool all in Bari; one plant alone says nothing",
                EVEN,
                "rg.ellison_glaeser(plants)",
                {
                    "activity": ["glue", "silk", "wool"],
                    "ellison_glaeser": [
                        None,
                        "=((1 - 2 / 3)**2 + (1 / 3)**2 - (1 - 4 / 9 - 1 / 9) * 0.5) / ((1 - 4 / 9 - 1 / 9) * 0.5)",
                        "=((2 / 3)**2 + (1 - 1 / 3)**2 - (1 - 4 / 9 - 1 / 9) * 0.5) / ((1 - 4 / 9 - 1 / 9) * 0.5)",
                    ],
                    "plants": [1, 2, 2],
                },
            ),
            Example(
                "A mapping may name a place without any plant: it counts",
                TOWNS,
                "rg.ellison_glaeser(plants, "
                "place_total={'Wien': 500000, 'Linz': 400000, 'Graz': 100000, 'Enns': 1000000})",
                {
                    "concentration": [
                        "=(13 / 70 - 0.25) ** 2 + (32 / 70 - 0.2) ** 2 + (25 / 70 - 0.05) ** 2 + (0 - 0.5) ** 2"
                    ]
                },
            ),
        ],
        conventions={
            "REAT": "`ellison.a` agrees (its `z Gi` too); `ellison.a2` takes the sum over the table's own plants.",
            "EconGeo": "has none; so has econcomplex.",
        },
    ),
    Spec(
        function="coagglomeration",
        module="specialisation",
        formula="$\\gamma_{ab} = \\frac{\\sum_p (s_{pa} - x_p)(s_{pb} - x_p)}{1 - \\sum_p x_p^2}$; of a group: "
        "$\\sum_{a \\ne b} w_a w_b \\gamma_{ab} / (1 - \\sum_a w_a^2)$",
        source="Ellison and Glaeser (1997), Journal of Political Economy 105, doi:10.1086/262098; for pairs Ellison, "
        "Glaeser and Kerr (2010), American Economic Review 100, doi:10.1257/aer.100.3.1195",
        notes="The index of 1997 is written with the Herfindahl indices of the plants; they cancel, so that it needs "
        "no plants, only places and activities. A test computes it the long way.",
        examples=[
            Example(
                "Half of all jobs are in each place; silk and wool are three quarters in Alba, glue one eighth",
                CHAIN,
                "rg.coagglomeration(jobs)",
                {
                    "activity_1": ["glue", "glue", "silk"],
                    "activity_2": ["silk", "wool", "wool"],
                    "coagglomeration": [
                        "=((1 / 8 - 1 / 2) * (3 / 4 - 1 / 2) + (7 / 8 - 1 / 2) * (1 / 4 - 1 / 2)) / (1 - 1 / 2)",
                        "=((1 / 8 - 1 / 2) * (3 / 4 - 1 / 2) + (7 / 8 - 1 / 2) * (1 / 4 - 1 / 2)) / (1 - 1 / 2)",
                        "=((3 / 4 - 1 / 2) ** 2 + (1 / 4 - 1 / 2) ** 2) / (1 - 1 / 2)",
                    ],
                },
            ),
            Example(
                "Of groups; one activity alone has nothing to go with",
                CHAIN,
                "rg.coagglomeration(jobs, groups='cluster')",
                {"cluster": ["chemicals", "textiles"], "coagglomeration": [None, 0.25], "activities": [1, 2]},
            ),
            Example(
                "Against the mean of the activities' shares, as Ellison, Glaeser and Kerr have it",
                CHAIN,
                "rg.coagglomeration(jobs, place_total='mean')",
                {
                    "coagglomeration": [
                        "=2 * (1 / 8 - 13 / 24) * (3 / 4 - 13 / 24) / (1 - (13 / 24) ** 2 - (11 / 24) ** 2)",
                        "=2 * (1 / 8 - 13 / 24) * (3 / 4 - 13 / 24) / (1 - (13 / 24) ** 2 - (11 / 24) ** 2)",
                        "=2 * (3 / 4 - 13 / 24) ** 2 / (1 - (13 / 24) ** 2 - (11 / 24) ** 2)",
                    ]
                },
            ),
        ],
        conventions={
            "REAT": "`ellison.c` gives 12.07 on its own example: it takes the industries' shares of everything for "
            "their shares of the group, and adds shares of several industries without weights.",
        },
    ),
]

test_examples = examples_of(SPECS)
