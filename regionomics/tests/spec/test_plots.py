"""Method pages of `plots`, checked: each picture is drawn from a made table by `pages.py`."""

import polars as pl
from spec import Example, Spec, examples_of

import regionomics as rg

JOBS = {
    "place": ["Alba", "Alba", "Alba", "Bari", "Bari", "Bari", "Como", "Como", "Como", "Dora", "Dora"],
    "activity": ["robots", "cars", "silk", "cars", "silk", "wine", "silk", "wine", "bread", "wine", "bread"],
    "value": [110, 95, 90, 60, 70, 65, 80, 85, 75, 50, 55],
}
ECI = {"year": [2010, 2010, 2015, 2015], "place": ["Alba", "Bari", "Alba", "Bari"], "eci": [1.0, -1.0, 0.5, None]}
TRADES = [
    "bread",
    "wine",
    "oil",
    "cheese",
    "bricks",
    "timber",
    "cloth",
    "silk",
    "shoes",
    "paper",
    "glass",
    "steel",
    "tools",
    "pumps",
    "cars",
    "planes",
    "drugs",
]
TRADES += ["lenses", "chips", "robots"]
TOWNS = [
    "Alba",
    "Bari",
    "Como",
    "Dora",
    "Este",
    "Fano",
    "Gela",
    "Iesi",
    "Lodi",
    "Noto",
    "Ostia",
    "Pisa",
    "Riva",
    "Susa",
]


def made(year: int = 2010) -> pl.DataFrame:
    """Jobs in 20 trades and 14 towns: abler towns have harder trades; ability drifts from year to year."""
    rows = []
    for p, town in enumerate(TOWNS):
        able = 5 + p + (year - 2010) * ((p * 5) % 7 - 3) / 8
        for a, trade in enumerate(TRADES):
            if able + (7 * p + 11 * a) % 6 - 3 >= a and (a >= p - 9 or (a + p) % 3):
                rows.append((year, town, trade, 10 + (13 * p + 7 * a) % 23))
    return pl.DataFrame(rows, schema=["year", "place", "activity", "value"], orient="row")


def space():
    phi = rg.relatedness(made(), method="conditional")
    has = rg.presence(made()).filter(place="Lodi", present=1)["activity"].to_list()
    return rg.industry_space(phi, present=has, threshold=0.65).figure


def options():
    density = rg.relatedness_density(made(), method="conditional", which="absent")
    return rg.density_complexity(density, rg.economic_complexity(made()).activities, "Lodi").figure


def years():
    table = pl.concat([made(year) for year in range(2010, 2020)])
    places = rg.economic_complexity(table, by="year", presence="value").places
    return rg.complexity_over_time(places, highlight=["Alba", "Lodi", "Susa"]).figure


def curves():
    points = rg.concentration_curve(made(), weights="total")
    return rg.draw_curve(points, ["bread", "robots", "silk"]).figure


SPECS = [
    Spec(
        function="industry_space",
        module="plots",
        formula="Edges: the maximum spanning tree and $\\phi_{ij} \\ge$ threshold. Positions $x$: the least "
        "$\\sum_{i<j} (|x_i - x_j| - d_{ij})^2 / d_{ij}^2$, with $d$ the number of edges between two activities.",
        source="Hidalgo et al. (2007), Science 317, doi:10.1126/science.1144581; Gansner, Koren and North (2005), "
        "doi:10.1007/978-3-540-31843-9_25",
        notes="The picture shows what the town of Lodi has in a made table of 14 towns and 20 trades; "
        "`python regionomics/tests/spec/pages.py` draws it again. Distance on paper is only a picture of relatedness: "
        "use `.table()` for the numbers.",
        examples=[
            Example(
                "Five activities, held together by four edges of the tree",
                {"jobs": JOBS},
                "len(rg.industry_space(rg.relatedness(jobs, method='conditional'), threshold=1.1)"
                ".collections[0].get_segments())",
                "=5 - 1",
            )
        ],
        conventions={
            "econcomplex": "`proximity_network` gives the list of edges; here it is `relatedness(...).table()`.",
            "economiccomplexity": "`projections` reduces the network for drawing: spanning tree and strongest edges.",
        },
        plot=space,
    ),
    Spec(
        function="density_complexity",
        module="plots",
        formula="A point an activity that the place lacks: density across, PCI up, dashed lines at the means.",
        source="Balland, Boschma, Crespo and Rigby (2019), doi:10.1080/00343404.2018.1437900; Hausmann et al. (2014), "
        "The Atlas of Economic Complexity",
        notes="Upper right: near what the place does, and complex. The picture shows Lodi's options in the same table.",
        examples=[
            Example(
                "Alba lacks wine and bread",
                {"jobs": JOBS},
                "len(rg.density_complexity(rg.relatedness_density(jobs, which='absent'), "
                "rg.economic_complexity(jobs).activities, 'Alba').collections[0].get_offsets())",
                2,
            )
        ],
        plot=options,
    ),
    Spec(
        function="complexity_over_time",
        module="plots",
        formula="A line a place: $ECI_{pt}$ over $t$; a gap where it is unknown.",
        source="Hidalgo and Hausmann (2009), doi:10.1073/pnas.0900943106",
        notes="ECI has mean 0 and deviation 1 in each year: a line says where the place stands among the others, not "
        "how much it can do. In the picture ability drifts by a formula.",
        examples=[
            Example(
                "Bari's complexity of 2015 is not known: its line ends in 2010",
                {"eci": ECI},
                "rg.complexity_over_time(eci, highlight=['Alba']).lines[1].get_ydata()[1]",
                0.5,
            )
        ],
        plot=years,
    ),
    Spec(
        function="draw_curve",
        module="plots",
        formula="The running share of the activity over that of the weights, places in rising order of their ratio.",
        source="Lorenz (1905), doi:10.2307/2276207; Hoover (1936), doi:10.2307/1927875",
        notes="Twice the area between a curve and the diagonal is the [`gini`](gini.md).",
        examples=[
            Example(
                "Two curves and the diagonal",
                {"jobs": JOBS},
                "len(rg.draw_curve(rg.concentration_curve(jobs), ['silk', 'wine']).lines)",
                3,
            )
        ],
        conventions={"EconGeo": "`hoover_curve`, `lorenz_curve` and `locational_gini_curve` draw this with base R."},
        plot=curves,
    ),
]

test_examples = examples_of(SPECS)
