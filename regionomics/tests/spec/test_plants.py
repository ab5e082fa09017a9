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
LINE = {
    "plants": {
        "activity": ["silk", "silk", "silk", "wool", "wool"],
        "x": [0.0, 1.0, 3.0, 2.0, 9.0],
        "y": [0.0, 0.0, 0.0, 0.0, 0.0],
        "jobs": [10, 20, 30, 40, 50],
    }
}
MAP = {
    "plants": {
        "activity": ["silk"] * 12 + ["wool"] * 12,
        "x": [0.1 * k for k in range(12)] + [3.0 * k for k in range(12)],
        "y": [0.0] * 24,
    }
}
KD = "Duranton and Overman (2005), Review of Economic Studies 72, doi:10.1111/0034-6527.00362"

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
            "EconGeo": "has none; nor has econcomplex.",
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
    Spec(
        function="kd_function",
        module="specialisation",
        formula="$K(d) = \\frac{1}{h \\sum_{i<j} w_i w_j} \\sum_{i<j} w_i w_j "
        "\\left[f\\left(\\frac{d - d_{ij}}{h}\\right) + f\\left(\\frac{d + d_{ij}}{h}\\right)\\right]$, "
        "$f$ the normal density",
        source=KD,
        notes="The second term reflects the density at 0, so that none of it lies at negative distances, and it adds "
        "up to 1: what gathers at some distance is missing at others, so that the range matters, by default up to the "
        "median. Distances are put in bins of a 64th of the bandwidth before they are smoothed, which changes a "
        "density by less than a ten thousandth of the kernel's height. An activity is localised where its curve "
        "passes the global band, as one curve of chance in twenty does anywhere (`level=0.9`), and dispersed where "
        "it only falls below the lower one. Chance keeps the sites: coasts, mountains and cities are the same for all.",
        examples=[
            Example(
                "Three silk plants at 0, 1 and 3 km, so 1, 2 and 3 km from each other; two wool plants are too few",
                LINE,
                "rg.kd_function(plants, distances=[0, 1], bandwidth=1, minimum_plants=3).curves",
                {
                    "activity": ["silk", "silk"],
                    "distance": [0.0, 1.0],
                    "kd": [
                        "=2 * (exp(-1 / 2) + exp(-4 / 2) + exp(-9 / 2)) / sqrt(6.28318530718) / 3",
                        "=(1 + exp(-1 / 2) + 2 * exp(-4 / 2) + exp(-9 / 2) + exp(-16 / 2)) / sqrt(6.28318530718) / 3",
                    ],
                },
                tolerance=1e-8,
            ),
            Example(
                "By jobs: a pair counts for the product of its plants' sizes",
                LINE,
                "rg.kd_function(plants, value='jobs', distances=[0], bandwidth=1, minimum_plants=3).curves",
                {
                    "kd": [
                        "=2 * (200 * exp(-1 / 2) + 600 * exp(-4 / 2) + 300 * exp(-9 / 2)) / sqrt(6.28318530718) / 1100"
                    ],
                },
                tolerance=1e-8,
            ),
            Example(
                "Twelve silk plants within 1.1 km, twelve wool plants 3 km apart",
                MAP,
                "rg.kd_function(plants, distances=[0, 0.5, 1, 1.5, 2], simulations=199, seed=1).activities",
                {"activity": ["silk", "wool"], "plants": [12, 12], "verdict": ["localised", "dispersed"]},
            ),
        ],
        conventions={
            "dbmss": "`Kdhat` takes the bandwidth of the distances up to twice the range asked for, and renormalises "
            "R's `density`; with the same bandwidth it agrees to its grid (.3% of the highest density).",
        },
    ),
    Spec(
        function="m_function",
        module="specialisation",
        formula="$M(r) = \\sum_i \\frac{\\sum_{j \\ne i, j \\in S} w_j 1(d_{ij} \\le r)}"
        "{\\sum_{j \\ne i} w_j 1(d_{ij} \\le r)} \\Big/ \\sum_i \\frac{W_S - w_i}{W - w_i}$",
        source="Marcon and Puech (2010), Journal of Economic Geography 10, doi:10.1093/jeg/lbp056",
        examples=[
            Example(
                "Within 1 km the plant at 0 has one neighbour, silk; that at 1 silk and wool; that at 3 wool",
                LINE,
                "rg.m_function(plants, distances=[1], activities=['silk'], minimum_plants=2).curves",
                {"m": ["=(1 / 1 + 1 / 2 + 0 / 1) / (3 * (3 - 1) / (5 - 1))"]},
            ),
            Example(
                "By jobs",
                LINE,
                "rg.m_function(plants, value='jobs', distances=[1], activities=['silk'], minimum_plants=2).curves",
                {"m": ["=(20 / 20 + 10 / 50 + 0 / 40) / ((60 - 10) / 140 + (60 - 20) / 130 + (60 - 30) / 120)"]},
            ),
            Example(
                "Wool among the neighbours of silk",
                LINE,
                "rg.m_function(plants, neighbour='wool', distances=[1], activities=['silk'], minimum_plants=2).curves",
                {"m": ["=(0 / 1 + 1 / 2 + 1 / 1) / (3 * 2 / (5 - 1))"]},
            ),
            Example(
                "The wool plant at 9 km has no neighbour within 1 km: it is left out above and below",
                LINE,
                "rg.m_function(plants, distances=[0.5, 1], activities=['wool'], minimum_plants=2).curves",
                {"distance": [0.5, 1.0], "m": [None, "=(0 / 2) / ((2 - 1) / (5 - 1))"]},
            ),
        ],
        conventions={"dbmss": "`Mhat` agrees, also with `NeighborType`."},
    ),
]

test_examples = examples_of(SPECS)
