"""Method pages of `specialisation`: how evenly places are spread over activities, and activities over places."""

from spec import Example, Spec, examples_of

JOBS = {
    "jobs": {
        "place": ["Alba", "Alba", "Bari", "Bari"],
        "activity": ["cars", "wine", "cars", "wine"],
        "value": [30, 70, 170, 30],
    }
}
MAKERS = {
    "sales": {
        "place": ["Italy"] * 4,
        "activity": ["maker A", "maker B", "maker C", "maker D"],
        "value": [20, 50, 20, 10],
    }
}
TOWNS = {
    "jobs": {
        "place": ["Alba", "Bari", "Como", "Dolo"],
        "activity": ["cars"] * 4,
        "value": [10, 20, 20, 50],
        "population": [200, 100, 100, 600],
    }
}
EMPTY = {"jobs": {"place": ["Alba", "Bari", "Como"], "activity": ["cars", "wine", "cars"], "value": [10, 30, 0]}}
FARHAUER = {
    "jobs": {
        "place": ["R1", "R2", "R3", "R4", "R5"] * 2,
        "activity": ["studied"] * 5 + ["others"] * 5,
        "value": [500, 500, 1000, 7000, 1000, 19500, 14500, 19000, 33000, 4000],
    }
}
HOOVER = "Hoover (1936), The Review of Economics and Statistics 18, doi:10.2307/1927875"

SPECS = [
    Spec(
        function="herfindahl",
        module="specialisation",
        formula="$\\sum_a s_{pa}^2$, with $s_{pa} = x_{pa} / x_{p.}$",
        source="Hirschman (1964), The Paternity of an Index, American Economic Review 54 (5)",
        notes="The four car makers are an exercise of Dörsam (2004), whose answers are .34 and .12.",
        examples=[
            Example(
                "Four car makers with 20, 50, 20 and 10 of 100 sales",
                MAKERS,
                "rg.herfindahl(sales)",
                {"herfindahl": ["=0.2 ** 2 + 0.5 ** 2 + 0.2 ** 2 + 0.1 ** 2"]},
            ),
            Example(
                "Between 0 for equal shares and 1 for one maker alone",
                MAKERS,
                "rg.herfindahl(sales, normalise=True)",
                {"herfindahl": ["=(0.34 - 1 / 4) / (1 - 1 / 4)"]},
            ),
            Example(
                "Of activities over places; a place with nobody is unknown",
                EMPTY,
                "rg.herfindahl(jobs)",
                {"place": ["Alba", "Bari", "Como"], "herfindahl": [1.0, 1.0, None]},
            ),
        ],
        conventions={
            "EconGeo": "`herfindahl` agrees; an empty place is NaN.",
            "econcomplex": "`herfindahl` is `normalise=True`; an empty place gets -1 / (n - 1), below the scale.",
        },
    ),
    Spec(
        function="entropy",
        module="specialisation",
        formula="$-\\sum_a s_{pa} \\log s_{pa}$, with $s_{pa} = x_{pa} / x_{p.}$ and $0 \\log 0 = 0$",
        source="Shannon (1948), Bell System Technical Journal 27, doi:10.1002/j.1538-7305.1948.tb01338.x",
        examples=[
            Example(
                "Bits: equal shares of two activities are 1, one activity alone is 0",
                {
                    "jobs": {
                        "place": ["Alba", "Alba", "Bari", "Como", "Como"],
                        "activity": ["cars", "wine", "cars", "cars", "wine"],
                        "value": [5, 5, 9, 1, 3],
                    }
                },
                "rg.entropy(jobs)",
                {
                    "place": ["Alba", "Bari", "Como"],
                    "entropy": [1.0, 0.0, "=-(1 / 4) * log2(1 / 4) - (3 / 4) * log2(3 / 4)"],
                },
            ),
            Example(
                "Of an activity over places, as a share of the most there can be",
                TOWNS,
                "rg.entropy(jobs, of='activity', normalise=True)",
                {
                    "activity": ["cars"],
                    "entropy": ["=-(0.1 * log(0.1) + 2 * 0.2 * log(0.2) + 0.5 * log(0.5)) / log(4)"],
                },
            ),
            Example(
                "A place with nobody is unknown, not zero",
                EMPTY,
                "rg.entropy(jobs)",
                {"entropy": [0.0, 0.0, None]},
            ),
        ],
        conventions={
            "EconGeo": "`entropy` adds 1e-9 inside the logarithm and rounds to 3 digits; an empty place is NaN.",
            "econcomplex": "`shannon_entropy` agrees; an empty place gets 0, as one with a single activity does.",
        },
    ),
    Spec(
        function="gini",
        module="specialisation",
        formula="$1 - \\sum_k w_k (N_k + N_{k-1})$, places $k$ in rising order of amount per weight, $w$ their shares "
        "of the weights, $N$ the running sum of their shares of the activity",
        source="Gini (1914), Sulla misura della concentrazione e della variabilità dei caratteri; with weights "
        + HOOVER,
        notes="The four car makers are an exercise of Dörsam (2004), whose answers are .3 and .4.",
        examples=[
            Example(
                "Four car makers with 10, 20, 20 and 50 of 100 sales, in rising order",
                MAKERS,
                "rg.gini(sales, of='place')",
                {
                    "place": ["Italy"],
                    "gini": ["=1 - (1 / 4) * (0.1 + (0.1 + 0.3) + (0.3 + 0.5) + (0.5 + 1))"],
                },
            ),
            Example(
                "Divided by the 3/4 that one maker alone would give",
                MAKERS,
                "rg.gini(sales, of='place', normalise=True)",
                {"gini": ["=0.3 / (3 / 4)"]},
            ),
            Example(
                "Against population (the Hoover Gini): Alba has fewest jobs a head, then Dolo, then Bari and Como",
                TOWNS,
                "rg.gini(jobs, weights='population')",
                {
                    "activity": ["cars"],
                    "gini": ["=1 - (0.2 * 0.1 + 0.6 * (0.1 + 0.6) + 0.1 * (0.6 + 0.8) + 0.1 * (0.8 + 1))"],
                },
            ),
            Example(
                "An activity that nobody has is unknown, not equal",
                {"jobs": {"place": ["Alba", "Bari"], "activity": ["cars", "wine"], "value": [10, 0]}},
                "rg.gini(jobs)",
                {"activity": ["cars", "wine"], "gini": [0.5, None]},
            ),
        ],
        conventions={
            "EconGeo": "`gini` and `hoover_gini` agree, rounded to 3 digits; an activity that nobody has is NaN.",
            "econcomplex": "`gini` and `hoover_gini` agree; an activity that nobody has gets 0, as if it were equal. "
            "Its `hoover_gini` without population is `weights='total'`.",
        },
    ),
    Spec(
        function="locational_gini",
        module="specialisation",
        formula="$\\frac{1}{2} \\left(1 - \\sum_k w_k (N_k + N_{k-1})\\right)$, places $k$ in rising order of location "
        "quotient, $w_k = x_{k.} / x_{..}$, $N$ the running sum of $x_{ka} / x_{.a}$",
        source="Krugman (1991), Geography and Trade, MIT Press, pp. 55-59",
        examples=[
            Example(
                "Alba has 1/3 of all jobs, 30 of 200 in cars and 70 of 100 in wine",
                JOBS,
                "rg.locational_gini(jobs)",
                {
                    "activity": ["cars", "wine"],
                    "locational_gini": [
                        "=(1 - (1 / 3) * (30 / 200) - (2 / 3) * (30 / 200 + 1)) / 2",
                        "=(1 - (2 / 3) * (30 / 100) - (1 / 3) * (30 / 100 + 1)) / 2",
                    ],
                },
            ),
            Example(
                "Twice the area: the same scale as a Gini coefficient",
                JOBS,
                "rg.locational_gini(jobs, maximum=1)",
                {"locational_gini": ["=1 - (1 / 3) * (30 / 200) - (2 / 3) * (30 / 200 + 1)", "=2 * 11 / 60"]},
            ),
            Example(
                "Farhauer and Kröll (2013) take the Gini of the location quotients, all regions alike: .4068966",
                FARHAUER,
                (
                    "rg.gini(rg.location_quotient(jobs), value='location_quotient')"
                    ".filter(pl.col('activity') == 'studied')"
                ),
                {
                    "activity": ["studied"],
                    "gini": ["=1 - (3/12 + (3 + 7)/12 + (7 + 13)/12 + (13 + 34)/12 + (34 + 58)/12) / (5 * 58/12)"],
                },
            ),
        ],
        conventions={
            "EconGeo": "`locational_gini` agrees (0..0.5); an activity that nobody has is NaN.",
            "econcomplex": "`locational_gini` agrees where every place has something; an activity that nobody has gets "
            "0.5, the most there can be.",
            "Farhauer and Kröll (2013)": "take the Gini coefficient of the location quotients themselves, without "
            "weights: the last example (REAT's `gini.conc`).",
        },
    ),
    Spec(
        function="hoover_index",
        module="specialisation",
        formula="$\\frac{1}{2} \\sum_p \\left| \\frac{x_{pa}}{x_{.a}} - \\frac{w_p}{w_.} \\right|$",
        source=HOOVER,
        examples=[
            Example(
                "Alba has 1/3 of all jobs, 30 of 200 in cars and 70 of 100 in wine",
                JOBS,
                "rg.hoover_index(jobs)",
                {
                    "activity": ["cars", "wine"],
                    "hoover_index": [
                        "=(abs(30 / 200 - 1 / 3) + abs(170 / 200 - 2 / 3)) / 2",
                        "=(abs(70 / 100 - 1 / 3) + abs(30 / 100 - 2 / 3)) / 2",
                    ],
                },
            ),
            Example(
                "Against population, in percent",
                TOWNS,
                "rg.hoover_index(jobs, weights='population', scale=100)",
                {"hoover_index": ["=100 * (abs(0.1 - 0.2) + 2 * abs(0.2 - 0.1) + abs(0.5 - 0.6)) / 2"]},
            ),
        ],
        conventions={
            "EconGeo": "`hoover_index` is in percent, rounded to 2 digits; without population all places weigh the "
            "same (`weights='equal'`).",
            "econcomplex": "`hoover_index` is in percent; without population the places' totals are taken, as here; an "
            "activity that nobody has gets 0, as if it were spread as everything is.",
        },
    ),
    Spec(
        function="concentration_curve",
        module="specialisation",
        formula="$\\left(\\sum_{j \\le k} w_j, \\sum_{j \\le k} x_{ja} / x_{.a}\\right)$, places in rising order of "
        "$x_{ja} / w_j$",
        source="Lorenz (1905), doi:10.2307/2276207; " + HOOVER,
        examples=[
            Example(
                "The Lorenz curve starts at the origin",
                TOWNS,
                "rg.concentration_curve(jobs)",
                {
                    "step": [0, 1, 2, 3, 4],
                    "place": [None, "Alba", "Bari", "Como", "Dolo"],
                    "weight_share": [0.0, 0.25, 0.5, 0.75, 1.0],
                    "value_share": [0.0, "=10 / 100", "=(10 + 20) / 100", "=(10 + 20 + 20) / 100", 1.0],
                },
            ),
            Example(
                "Against population Dolo comes second: 50 jobs for 600 people are fewer than 20 for 100",
                TOWNS,
                "rg.concentration_curve(jobs, weights='population')",
                {
                    "place": [None, "Alba", "Dolo", "Bari", "Como"],
                    "weight_share": [0.0, "=200 / 1000", "=(200 + 600) / 1000", "=900 / 1000", 1.0],
                    "value_share": [0.0, "=10 / 100", "=(10 + 50) / 100", "=80 / 100", 1.0],
                },
            ),
        ],
        conventions={
            "EconGeo": "`lorenz_curve`, `hoover_curve` and `locational_gini_curve` draw one; the first two return the "
            "points of the first activity only (`plot = FALSE`).",
        },
    ),
]

test_examples = examples_of(SPECS)
