"""Method pages of `networks`: core and periphery, robustness, layers, windows, gaps, bounds, checked."""

from spec import Example, Spec, examples_of

STAR = {
    "ties": {"organisation_1": ["hub", "hub", "hub"], "organisation_2": ["a", "b", "c"], "weight": [1, 2, 1]},
    "people": {"organisation": ["a", "b", "c", "hub", "alone"]},
}
CORE = {
    "ties": {
        "organisation_1": ["a", "a", "b", "a", "b", "c", "d"],
        "organisation_2": ["b", "c", "c", "d", "e", "f", "e"],
    }
}
LAYERS = {
    "ties": {
        "organisation_1": ["a", "a", "b", "a", "c"],
        "organisation_2": ["b", "c", "c", "b", "d"],
        "layer": ["projects", "projects", "projects", "events", "events"],
    }
}
SPANS = {
    "parts": {
        "project": ["x", "y", "z"],
        "organisation": ["Alba", "Alba", "Bari"],
        "start": [2014, 2016, 2017],
        "end": [2017, 2018, None],
    }
}
RING = {
    "ties": {"organisation_1": ["a1", "a1", "a2", "a2"], "organisation_2": ["b1", "b2", "b1", "b2"]},
    "people": {"organisation": ["a1", "a2", "b1", "b2"], "group": ["A", "A", "B", "B"]},
}
KITE = {"ties": {"organisation_1": ["a", "b", "b", "c"], "organisation_2": ["b", "c", "d", "d"]}}
SURVEY = {
    "ties": {"organisation_1": ["hub", "hub", "hub"], "organisation_2": ["a", "b", "c"]},
    "people": {"organisation": ["a", "b", "c", "d", "hub"], "answered": [True, True, False, False, True]},
}

SPECS = [
    Spec(
        function="core_periphery",
        module="networks",
        formula="errors $= \\binom{k}{2} - m_{core} + m_{periphery}$, least over all cores of $k$ nodes; correlation "
        "of $a_{ij}$ with $1$ inside the core and $0$ inside the periphery; coreness $c$: "
        "$\\min \\sum_{i \\ne j} (a_{ij} - c_i c_j)^2$, $0 \\le c \\le 1$",
        source="Borgatti and Everett (2000), doi:10.1016/S0378-8733(99)00019-2; Lip (2011), arXiv:1102.5511; Boyd et "
        "al. (2010), doi:10.1016/j.socnet.2009.09.003; Boyd, Fitzgerald and Beck (2006), "
        "doi:10.1016/j.socnet.2005.06.003; Kojaku and Masuda (2018), doi:10.1088/1367-2630/aab547",
        examples=[
            Example(
                "A star has its hub for a core and no error, the example of Lip",
                STAR,
                "rg.core_periphery(ties, people).nodes",
                {
                    "organisation": ["a", "alone", "b", "c", "hub"],
                    "degree": [1, 0, 1, 1, 3],
                    "core": [False, False, False, False, True],
                },
            ),
            Example(
                "Three tied to each other, each with one more; only the tie of d and e is one too many",
                CORE,
                "rg.core_periphery(ties, weight=None, draws=0).nodes",
                {
                    "organisation": ["a", "b", "c", "d", "e", "f"],
                    "degree": [3, 3, 3, 2, 2, 1],
                    "core": [True, True, True, False, False, False],
                },
            ),
            Example(
                "How well it fits: phi of the table core 3 of 3 tied, periphery 1 of 3",
                CORE,
                "rg.core_periphery(ties, weight=None, draws=0).fit",
                {
                    "core": [3],
                    "errors": ["=3 * 2 / 2 - (3 + 3 + 3) + 7"],
                    "least": [1],
                    "expected": [None],
                    "correlation": ["=(3 * 2 - 0 * 1) / sqrt(3 * 3 * 4 * 2)"],
                    "core_density": ["=3 / 3"],
                    "between_density": ["=3 / (3 * 3)"],
                    "periphery_density": ["=1 / 3"],
                },
            ),
            Example(
                "Four ties among four nodes: of the 15 networks 12 are a triangle with one more, 0 errors, and 3 a "
                "ring, 1 error; this ring has less of a core than chance gives",
                {"ties": {"organisation_1": ["a", "b", "c", "a"], "organisation_2": ["b", "c", "d", "d"]}},
                "rg.core_periphery(ties, weight=None, draws=20000).fit",
                {
                    "errors": [2],
                    "least": [1],
                    "expected": ["=3 / 15 * 1"],
                    "z": ["=(1 - 0.2) / sqrt(0.2 * 0.8)"],
                    "p_value": [1],
                },
                tolerance=0.05,
            ),
        ],
        conventions={
            "UCINET": "its categorical routine searches for the best correlation by a genetic algorithm; here the "
            "errors are least, which is exact and may be another division. Its coreness maximises the correlation, "
            "ours the fit of the weights.",
            "networkx, igraph": "have none; their `core_number` and `coreness` are shells: `network_positions`.",
        },
        notes="Ties between core and periphery count neither for nor against. The test says whether some nodes have "
        "far more ties than others, in the way that a core has, not more: with the numbers of ties given, the core is.",
    ),
    Spec(
        function="robustness",
        module="networks",
        formula="$R = \\frac{1}{n} \\sum_{q=1}^{n} S(q)$, $S(q)$ the share of all $n$ nodes in the largest component "
        "once $q$ are gone",
        source="Albert, Jeong and Barabasi (2000), doi:10.1038/35019019; Schneider et al. (2011), "
        "doi:10.1073/pnas.1009440108 ($R$)",
        examples=[
            Example(
                "The hub leaves first; what is left are four alone",
                STAR,
                "rg.robustness(ties, people).curve",
                {
                    "removed": [0, 1, 2, 3, 4, 5],
                    "organisation": [None, "hub", "a", "alone", "b", "c"],
                    "largest_share": ["=4 / 5", "=1 / 5", "=1 / 5", "=1 / 5", "=1 / 5", 0],
                },
            ),
            Example(
                "The mean over the removals; half of it is gone with the first of five",
                STAR,
                "rg.robustness(ties, people).index",
                {
                    "nodes": [5],
                    "order": ["degree"],
                    "robustness": ["=(1 + 1 + 1 + 1 + 0) / 5 / 5"],
                    "half": ["=1 / 5"],
                },
            ),
            Example(
                "If b and c leave, hub and a stay together: who is asked for by name",
                STAR,
                "rg.robustness(ties, people, order=['b', 'c']).curve",
                {"largest_share": ["=4 / 5", "=3 / 5", "=2 / 5"]},
            ),
        ],
        conventions={
            "networkx, igraph": "have neither the curve nor the index; their components, removal by removal, agree.",
            "Schneider et al.": "order by degree, anew after each removal: the default here. They give 1/N (star) to "
            "0.5 (all tied) as the range; exactly it is $(n - 1) / n^2$ and $(n - 1) / (2 n)$.",
        },
        notes="Set order='degree' (who matters most goes) beside order='random' (anybody goes): the difference says "
        "how much hangs on a few.",
    ),
    Spec(
        function="multiplex",
        module="networks",
        formula="participation $P_i = \\frac{L}{L - 1} (1 - \\sum_l (k_{il} / \\sum_m k_{im})^2)$; expected ties in "
        "both $m_1 m_2 / \\binom{n}{2}$",
        source="Battiston, Nicosia and Latora (2014), doi:10.1103/PhysRevE.89.032804; Bianconi (2013), "
        "doi:10.1103/PhysRevE.87.062806",
        examples=[
            Example(
                "Only a and b work together and meet; by chance it would be one pair too",
                LAYERS,
                "rg.multiplex(ties).layers",
                {
                    "layer_1": ["events"],
                    "layer_2": ["projects"],
                    "ties_1": [2],
                    "ties_2": [3],
                    "both": [1],
                    "jaccard": ["=1 / (2 + 3 - 1)"],
                    "expected": ["=2 * 3 / 6"],
                    "ratio": ["=1 / (2 * 3 / 6)"],
                    "z": [0],
                },
            ),
            Example(
                "a has two of its three ties in projects, c the same; d is in events alone",
                LAYERS,
                "rg.multiplex(ties).nodes",
                {
                    "organisation": ["a", "b", "c", "d"],
                    "layers": [2, 2, 2, 1],
                    "ties": [3, 3, 3, 1],
                    "partners": [2, 2, 3, 1],
                    "participation": ["=2 * (1 - (2 / 3) ** 2 - (1 / 3) ** 2)"] * 3 + [0],
                },
            ),
        ],
        notes="Every other function of networks takes the layers one by one with by='layer'.",
    ),
    Spec(
        function="time_windows",
        module="networks",
        formula="row $r$ in window $[w, w + width)$ where $start_r < w + width$ and $end_r > w$",
        source="this library's own bookkeeping; Ribeiro, Perra and Baronchelli (2013), doi:10.1038/srep03006 (what the "
        "width does)",
        examples=[
            Example(
                "Windows of two years: x lasts through 2016 and so is in two, z runs still",
                SPANS,
                "rg.time_windows(parts, end='end', width=2)",
                {
                    "window_from": [2014, 2016, 2016, 2016],
                    "window_until": [2016, 2018, 2018, 2018],
                    "project": ["x", "x", "y", "z"],
                },
            ),
            Example(
                "By their start alone, windows that overlap",
                SPANS,
                "rg.time_windows(parts, width=2, step=1)",
                {"window_from": [2014, 2015, 2016, 2016], "project": ["x", "y", "y", "z"]},
            ),
        ],
        notes="Then `rg.projection(windows, by='window_from')` gives a network a window, and by='window_from' in any "
        "other function its measures over time.",
    ),
    Spec(
        function="link_gaps",
        module="networks",
        formula="$p_{ij} = x_i x_j / (1 + x_i x_j)$ with $\\sum_j p_{ij} = k_i$; expected $\\sum p_{ij}$, variance "
        "$\\sum p_{ij} (1 - p_{ij})$ over the pairs of two groups",
        source="Park and Newman (2004), doi:10.1103/PhysRevE.70.066117; Squartini and Garlaschelli (2011), "
        "doi:10.1088/1367-2630/13/8/083001",
        examples=[
            Example(
                "Two ties each of three possible: every pair has chance 2/3; none within the groups",
                RING,
                "rg.link_gaps(ties, people)",
                {
                    "group_1": ["A", "A", "B"],
                    "group_2": ["A", "B", "B"],
                    "pairs": [1, 4, 1],
                    "seen": [0, 4, 0],
                    "expected": ["=2 / 3", "=4 * 2 / 3", "=2 / 3"],
                    "gap": ["=2 / 3 - 0", "=4 * 2 / 3 - 4", "=2 / 3 - 0"],
                    "ratio": [0, "=4 / (4 * 2 / 3)", 0],
                    "z": [
                        "=(0 - 2 / 3) / sqrt(2 / 3 * 1 / 3)",
                        "=(4 - 4 * 2 / 3) / sqrt(4 * 2 / 3 * 1 / 3)",
                        "=(0 - 2 / 3) / sqrt(2 / 3 * 1 / 3)",
                    ],
                },
                tolerance=1e-9,
            )
        ],
        conventions={
            "bicm": "its undirected binary model is the same maximum likelihood (it solves for x; pairs of groups are "
            "left to the user).",
            "Newman's modularity": "expects $k_i k_j / (2 m)$, which passes 1 for two large nodes; p does not.",
        },
        notes="The null keeps how active everybody is: a group with few ties has no gap for that alone.",
    ),
    Spec(
        function="missing_ties",
        module="networks",
        formula="$s_{ij} = \\sum_{q \\in N(i) \\cap N(j)} 1 / \\ln k_q$",
        source="Adamic and Adar (2003), doi:10.1016/S0378-8733(03)00009-1; Liben-Nowell and Kleinberg (2007), "
        "doi:10.1002/asi.20591",
        examples=[
            Example(
                "a shares with c, and with d, the partner b, who has three; b knows everybody and lacks nobody",
                KITE,
                "rg.missing_ties(ties)",
                {
                    "organisation": ["a", "a", "c", "d"],
                    "partner": ["c", "d", "a", "a"],
                    "rank": [1, 2, 1, 1],
                    "score": ["=1 / log(3)"] * 4,
                    "common": [1, 1, 1, 1],
                    "expected": [0, 0, 0, 0],
                },
            )
        ],
        conventions={
            "networkx": "`adamic_adar_index` agrees.",
            "igraph": "`similarity_inverse_log_weighted` agrees; it also scores pairs that are tied.",
        },
        notes="Expected is 0 above as no other network gives everybody as many ties: b has all, so a has none left. To "
        "judge on past data whether such scores foresee ties, cut by time first: `time_windows`.",
    ),
    Spec(
        function="nonresponse_bounds",
        module="networks",
        formula="low: no unknown pair is tied; high: all are (the other way round for isolates and components)",
        source="Stork and Richards (1992), doi:10.1177/1059601192172006; Manski (1990), The American Economic Review "
        "80, 319-323",
        examples=[
            Example(
                "c and d did not answer; hub named c, nobody named d: only the pair of c and d is unknown",
                SURVEY,
                "rg.nonresponse_bounds(ties, people).network",
                {
                    "measure": [
                        "ties",
                        "density",
                        "mean_degree",
                        "largest_component_share",
                        "reachable_share",
                        "isolates",
                        "components",
                    ],
                    "seen": [3, "=3 / 10", "=2 * 3 / 5", "=4 / 5", "=6 / 10", 1, 2],
                    "low": [3, "=3 / 10", "=2 * 3 / 5", "=4 / 5", "=6 / 10", 0, 1],
                    "high": [4, "=4 / 10", "=2 * 4 / 5", "=5 / 5", "=10 / 10", 1, 2],
                },
            ),
            Example(
                "If c and d might have named others: nine of ten pairs could be tied, all but a and b, who answered",
                SURVEY,
                "rg.nonresponse_bounds(ties, people, unnamed='unknown').nodes",
                {
                    "organisation": ["a", "b", "c", "d", "hub"],
                    "degree_low": [1, 1, 1, 0, 3],
                    "degree_high": ["=1 + 2", "=1 + 2", "=1 + 3", "=0 + 4", "=3 + 1"],
                },
            ),
        ],
        notes="`seen` is the usual reconstruction: a tie counts if one of the two named it. Wide bounds mean that the "
        "survey does not answer the question: ask again, or give the bounds.",
    ),
]

test_examples = examples_of(SPECS)
