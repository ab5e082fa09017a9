"""Method pages of `linkages`, checked."""

from spec import Example, Spec, examples_of

DPS = "Delgado, Porter and Stern (2016), Journal of Economic Geography 16, doi:10.1093/jeg/lbv017"
JOBS = {
    "place": ["Alba", "Alba", "Alba", "Bari", "Bari", "Bari", "Como", "Como", "Como"],
    "activity": ["cars", "tools", "wine"] * 3,
    "value": [1, 2, 30, 2, 4, 20, 3, 6, 10],
}
PEOPLE = {
    "activity": ["cars", "cars", "tools", "tools", "wine", "wine"],
    "occupation": ["welder", "clerk", "welder", "clerk", "grower", "clerk"],
    "value": [80, 20, 120, 80, 90, 10],
}
FLOWS = {"origin": ["cars", "cars", "tools"], "destination": ["tools", "wine", "wine"], "value": [50, 20, 20]}
TOTALS = {"sector": ["cars", "tools", "wine"], "output": [100, 100, 100]}
# Links between five activities: a-b .5, c-d .4, a-c .1, a-d .2, b-c .3, a-e .1, all others 0
TRADE = {
    "flows": {
        "origin": ["a", "c", "a", "a", "b", "a"],
        "destination": ["b", "d", "c", "d", "c", "e"],
        "value": [50, 40, 10, 20, 30, 10],
    },
    "totals": {"sector": ["a", "b", "c", "d", "e"], "output": [100, 100, 100, 100, 100]},
    "clusters": {"activity": ["a", "b", "c", "d", "e"], "cluster": ["X", "X", "Y", "Y", "Z"]},
}

SPECS = [
    Spec(
        function="locational_correlation",
        module="linkages",
        formula="$LC_{ij} = \\mathrm{corr}_p(x_{pi}, x_{pj})$",
        source="Porter (2003), Regional Studies 37, doi:10.1080/0034340032000108688; " + DPS,
        examples=[
            Example(
                "Cars and tools grow together over three places, wine runs against both",
                {"jobs": JOBS},
                "rg.locational_correlation(jobs).table()",
                {
                    "activity_1": ["cars", "cars", "tools"],
                    "activity_2": ["tools", "wine", "wine"],
                    "link": ["=(1 * 2 + 1 * 2) / sqrt(2 * 8)", "=-(1 * 10 + 1 * 10) / sqrt(2 * 200)", -1.0],
                },
            )
        ],
        notes="The paper takes employment and establishments, each by itself; call it once for each and put both into "
        "`composite_links`.",
        conventions={"relatedness(method='correlation')": "the same correlation moved to 0..1 as (1 + r) / 2."},
    ),
    Spec(
        function="input_output_links",
        module="linkages",
        formula="$IO_{ij} = \\max(in_{i \\leftarrow j}, in_{j \\leftarrow i}, out_{i \\to j}, out_{j \\to i})$",
        source="Ellison, Glaeser and Kerr (2010), American Economic Review 100, doi:10.1257/aer.100.3.1195; " + DPS,
        examples=[
            Example(
                "Tools buy half of their inputs' worth from cars",
                {"flows": FLOWS, "totals": TOTALS},
                "rg.input_output_links(flows, totals).table()",
                {
                    "sector_1": ["cars", "cars", "tools"],
                    "sector_2": ["tools", "wine", "wine"],
                    "link": ["=50 / 100", "=20 / 100", "=20 / 100"],
                },
            ),
            Example(
                "Without totals, shares of the purchases and sales in the table: all that tools buy comes from cars",
                {"flows": FLOWS},
                "rg.input_output_links(flows).table()",
                {"link": ["=max(50 / 50, 50 / 70)", "=max(20 / 40, 20 / 70)", "=max(20 / 40, 20 / 20)"]},
            ),
        ],
    ),
    Spec(
        function="occupation_overlap",
        module="linkages",
        formula="$Occ_{ij} = \\mathrm{corr}_o(s_{io}, s_{jo})$, $s_{io} = x_{io} / x_{i\\cdot}$",
        source="Glaeser and Kerr (2009), Journal of Economics & Management Strategy 18, "
        "doi:10.1111/j.1530-9134.2009.00225.x; " + DPS,
        examples=[
            Example(
                "Shares of clerks, growers and welders: cars (.2, 0, .8), tools (.4, 0, .6), wine (.1, .9, 0)",
                {"people": PEOPLE},
                "rg.occupation_overlap(people).table()",
                {
                    "activity_1": ["cars", "cars", "tools"],
                    "activity_2": ["tools", "wine", "wine"],
                    "link": [
                        "=(0.2 * 0.4 + 0.8 * 0.6 - 1 / 3) / sqrt((0.04 + 0.64 - 1 / 3) * (0.16 + 0.36 - 1 / 3))",
                        "=(0.2 * 0.1 - 1 / 3) / sqrt((0.04 + 0.64 - 1 / 3) * (0.01 + 0.81 - 1 / 3))",
                        "=(0.4 * 0.1 - 1 / 3) / sqrt((0.16 + 0.36 - 1 / 3) * (0.01 + 0.81 - 1 / 3))",
                    ],
                },
            )
        ],
    ),
    Spec(
        function="composite_links",
        module="linkages",
        formula="$M_{ij} = \\sum_m w_m \\frac{M^m_{ij} - \\mu_m}{\\sigma_m} / \\sum_m w_m$",
        source=DPS,
        examples=[
            Example(
                "Correlations 1, -1, -1 and purchases .5, .2, .2 say the same on one scale",
                {"jobs": JOBS, "flows": FLOWS, "totals": TOTALS},
                "rg.composite_links(rg.locational_correlation(jobs), rg.input_output_links(flows, totals)).table()",
                {"link": ["=sqrt(2)", "=-sqrt(2) / 2", "=-sqrt(2) / 2"]},
            )
        ],
        notes="The paper standardises each measure and averages; where a measure does not know a pair, the composite "
        "does not either.",
    ),
    Spec(
        function="cluster_linkages",
        module="linkages",
        formula="$BCR_{cd} = \\frac{1}{n_c n_d} \\sum_{i \\in c} \\sum_{j \\in d} M_{ij}$",
        source=DPS + "; Porter (2003), doi:10.1080/0034340032000108688",
        examples=[
            Example(
                "X is linked to Y more than to Z; the links are those of the purchases",
                TRADE,
                "rg.cluster_linkages(rg.input_output_links(flows, totals), clusters)",
                {
                    "cluster_1": ["X", "X", "Y", "Y", "Z", "Z"],
                    "cluster_2": ["Y", "Z", "X", "Z", "X", "Y"],
                    "linkage": [
                        "=(0.1 + 0.2 + 0.3 + 0) / 4",
                        "=(0.1 + 0) / 2",
                        "=(0.1 + 0.2 + 0.3 + 0) / 4",
                        0.0,
                        "=(0.1 + 0) / 2",
                        0.0,
                    ],
                    "known": [4, 2, 4, 2, 2, 2],
                    "rank": [1, 2, 1, 2, 1, 2],
                },
            )
        ],
        notes="With employment and establishments of 933 US metropolitan areas (2019), the linkages rank the pairs "
        "that the US Cluster Mapping project publishes as linked above the others (area under the curve 0.82).",
    ),
    Spec(
        function="clustering_score",
        module="linkages",
        formula="$VS = \\frac14 (\\overline{1[WCR_c > \\overline{BCR}_c]} + \\overline{1[WCR_c > BCR_c^{95}]} + "
        "\\overline{1[WCR_i > \\overline{BCR}_i]} + \\overline{1[WCR_i > BCR_i^{95}]})$",
        source=DPS,
        examples=[
            Example(
                "Links inside X and Y against those with the other clusters; Z has one activity and is not judged",
                TRADE,
                "rg.clustering_score(rg.input_output_links(flows, totals), clusters).clusters",
                {
                    "cluster": ["X", "Y", "Z"],
                    "activities": [2, 2, 1],
                    "within": [0.5, 0.4, None],
                    "between": ["=(0.15 + 0.05) / 2", "=(0.15 + 0) / 2", "=(0.05 + 0) / 2"],
                    "between_percentile": [
                        "=0.05 + 0.95 * (0.15 - 0.05)",
                        "=0 + 0.95 * 0.15",
                        "=0 + 0.95 * 0.05",
                    ],
                },
            ),
            Example(
                "Both clusters and all four activities have stronger links at home: the full score",
                TRADE,
                "rg.clustering_score(rg.input_output_links(flows, totals), clusters).score",
                1.0,
            ),
        ],
        notes="Shares count the clusters, and the activities, that can be judged: those with a known link inside and "
        "one outside.",
    ),
    Spec(
        function="colocation",
        module="linkages",
        formula="$e = u_i u_j / n$, $z = (c_{ij} - e) / \\sqrt{e (n - u_i)(n - u_j) / (n (n - 1))}$",
        source="Teece, Rumelt, Dosi and Winter (1994), Journal of Economic Behavior & Organization 23, "
        "doi:10.1016/0167-2681(94)90094-9; Porter (2003), doi:10.1080/0034340032000108688",
        examples=[
            Example(
                "Two of four places have both cars and tools; by chance it would be one, and both only once in six",
                {
                    "has": {
                        "place": ["Alba", "Alba", "Bari", "Bari", "Como", "Dego"],
                        "activity": ["cars", "tools", "cars", "tools", "wine", "wine"],
                        "value": [1, 1, 1, 1, 1, 1],
                    }
                },
                "rg.colocation(has, presence='given')",
                {
                    "activity_1": ["cars", "cars", "tools"],
                    "activity_2": ["tools", "wine", "wine"],
                    "both": [2, 0, 0],
                    "expected": ["=2 * 2 / 4", 1.0, 1.0],
                    "ratio": [2.0, 0.0, 0.0],
                    "z": ["=(2 - 1) / sqrt(1 * 2 * 2 / (4 * 3))", "=-sqrt(3)", "=-sqrt(3)"],
                    "p": ["=1 / 6", 1.0, 1.0],
                    "correlation": [1.0, -1.0, -1.0],
                },
            )
        ],
    ),
]

test_examples = examples_of(SPECS)
