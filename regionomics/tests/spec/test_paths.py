"""Method pages of `paths`, checked."""

from spec import Example, Spec, examples_of

REGIONS = {
    "jobs": {
        "place": ["Alba", "Alba", "Bari", "Bari", "Bari", "Bari"],
        "activity": ["silk", "wine", "cars", "robots", "ships", "silk"],
        "value": [1, 1, 1, 1, 1, 1],
    },
    "pci": {"activity": ["cars", "robots", "ships", "silk", "wine"], "pci": [1.0, 3.0, 2.0, 1.0, 0.0]},
    "effort": {
        "place": ["Alba", "Alba", "Alba"],
        "activity": ["cars", "robots", "ships"],
        "effort": [2.0, 5.0, 3.0],
    },
}
TOGETHER = {"space": {"place": ["X", "X", "X"], "activity": ["a", "b", "c"], "value": [1, 1, 1]}}
TWO_YEARS = {
    "panel": {
        "year": [1] * 8 + [2] * 10,
        "place": [f"P{k}" for k in (1, 2, 3, 4, 5, 5, 6, 6, 1, 1, 2, 3, 4, 5, 5, 5, 6, 6)],
        "activity": list("aabcabbc" + "ababcabcbc"),
        "value": [1] * 18,
    },
    **TOGETHER,
}
LINKED = {
    "links": {
        "place": ["ab", "ab", "ac", "ac", "ad", "ad", "bd", "bd", "cd", "cd", "de", "de"],
        "activity": ["a", "b", "a", "c", "a", "d", "b", "d", "c", "d", "d", "e"],
        "value": [1] * 12,
    }
}
PATH = "rg.diversification_path(rg.relatedness(links, method='conditional', presence='given'), ['a'], link=0.1)"
PANEL = {
    "panel": {
        "year": [2000 + 5 * t for t in range(3) for _ in range(20)],
        "place": [f"P{p}" for _ in range(3) for p in range(4) for _ in range(5)],
        "activity": [f"a{a}" for _ in range(12) for a in range(5)],
        "value": [
            1 + (3 * p + 5 * a + 2 * p * a) % 11 + t * ((p + 2 * a) % 4)
            for t in range(3)
            for p in range(4)
            for a in range(5)
        ],
    }
}
ALBA = ".filter(pl.col('place') == 'Alba')"

SPECS = [
    Spec(
        function="next_activities",
        module="paths",
        formula="budget: $\\max_x \\frac{\\sum_a M_{pa} PCI_a + \\sum_a x_a PCI_a}{\\sum_a M_{pa} + \\sum_a x_a}$ with "
        "$\\sum_a w_{pa} x_a \\le B$; target $T$: $\\min_x \\sum_a w_{pa} x_a$ with that mean $\\ge T$; "
        "$x_a \\in \\{0, 1\\}$",
        source="Stojkoski and Hidalgo (2026), Research Policy 55, 105454, arXiv:2503.04476; Dinkelbach (1967), "
        "doi:10.1287/mnsc.13.7.492",
        examples=[
            Example(
                "Alba has silk (1) and wine (0). For 5 robots beat cars with ships; for 8 ships come too; beyond that "
                "nothing helps, as cars would lower the mean",
                REGIONS,
                "rg.next_activities(jobs, pci=pci, effort=effort, presence='given', budget=[5, 8, 10]).places" + ALBA,
                {
                    "budget": [5, 8, 10],
                    "eci": ["=(1 + 0) / 2"] * 3,
                    "eci_after": ["=(1 + 0 + 3) / 3", "=(1 + 0 + 3 + 2) / 4", "=(1 + 0 + 3 + 2) / 4"],
                    "effort": [5, "=5 + 3", "=5 + 3"],
                    "chosen": [1, 2, 2],
                    "exact": [True, True, True],
                },
                tolerance=1e-9,
            ),
            Example(
                "The cheapest way to 1 is ships, to 1.4 robots and ships; 1.6 is out of reach",
                REGIONS,
                "rg.next_activities(jobs, pci=pci, effort=effort, presence='given', target=[1, 1.4, 1.6]).places"
                + ALBA,
                {
                    "target": [1, 1.4, 1.6],
                    "eci_after": ["=(1 + 0 + 2) / 3", "=(1 + 0 + 3 + 2) / 4", None],
                    "effort": [3, 8, None],
                    "chosen": [1, 2, 0],
                },
                tolerance=1e-9,
            ),
            Example(
                "What it takes up, by name",
                REGIONS,
                "rg.next_activities(jobs, pci=pci, effort=effort, presence='given', raise_by=0.9).choices",
                {
                    "place": ["Alba", "Alba"],
                    "target": ["=0.5 + 0.9", "=0.5 + 0.9"],
                    "activity": ["robots", "ships"],
                    "effort": [5, 3],
                    "pci": [3, 2],
                },
            ),
        ],
        conventions={
            "econcomplex": "`eci_optimization` solves the target; with its efforts, PCI and portfolio ours needs the "
            "same effort. It has no budget, and does not say how far from the best an answer could be.",
        },
        notes="The mean rewards few activities of high PCI: a place with a large budget leaves useful ones of "
        "middling PCI alone. Look at several budgets, and at what else speaks for an activity.",
    ),
    Spec(
        function="effort_model",
        module="paths",
        formula="$r_{t + h} = b_1 r_{t + s} + b_2 r_t + b_3 d_t + b_4 z_t + b_0$, $r = \\ln(1 + R)$; effort $= "
        "\\exp((\\ln 2 - b_0 - b_2 r - b_3 d - b_4 z) / b_1) - 1 - R$ for a threshold of 1",
        source="Stojkoski and Hidalgo (2026), Research Policy 55, 105454, arXiv:2503.04476; Pinheiro et al. (2022), "
        "doi:10.1016/j.respol.2021.104323",
        examples=[
            Example(
                "Four places, five activities, three years: pairs that are absent and present in the first",
                PANEL,
                "rg.effort_model(panel, at=2000).coefficients.select('model', 'observations', 'starts')",
                {"model": ["entry", "exit"], "observations": [11, "=4 * 5 - 11"], "starts": [1, 1]},
            ),
            Example(
                "What the effort means: with it at the stepping stone, every option is foreseen at a quotient of 1",
                PANEL,
                "(lambda b, e: (b['stone'] * (1 + e['location_quotient'] + e['effort']).log() + b['now'] * "
                "(1 + e['location_quotient']).log() + b['density'] * e['density'] + b['relative'] * "
                "e['relative_relatedness'] + b['intercept']).exp().mean() - 1)(rg.effort_model(panel, "
                "at=2000).coefficients.row(0, named=True), rg.effort_model(panel, at=2000).effort)",
                1,
                tolerance=1e-9,
            ),
        ],
        conventions={
            "econcomplex": "`calibrate_steppingstone`, `effort_matrix` and `forecast_specialization` agree where every "
            "place and activity is seen in all periods; elsewhere it takes the unseen for 0, ours leaves them out. It "
            "goes on where b1 is negative, though then less would help more; ours stops.",
        },
        notes="A least-squares fit of the past, without a test of its forecast: `backtest_density` gives one for the "
        "density alone.",
    ),
    Spec(
        function="contagion_model",
        module="paths",
        formula="$P = B x^\\alpha$, $x_{pi} = \\sum_j a_{ij} M_{pj} / \\sum_j a_{ij}$; likelihood "
        "$\\sum y \\ln P + (1 - y) \\ln (1 - P)$",
        source="Alshamsi, Pinheiro and Hidalgo (2018), doi:10.1038/s41467-018-03740-9",
        examples=[
            Example(
                "All three are linked. Four places have one: one of their eight options came, with half of what is "
                "related there. Two have two: one of two came. So b = 1/2, and alpha = 2 makes it 1/8 at one half",
                TWO_YEARS,
                "rg.contagion_model(panel, rg.relatedness(space, method='conditional', presence='given'), "
                "presence='given').fit",
                {
                    "b": ["=1 / 2"],
                    "alpha": ["=log((1 / 2) / (1 / 8)) / log(2)"],
                    "options": ["=4 * 2 + 2 * 1"],
                    "entries": ["=1 + 1"],
                    "unrelated_options": [0],
                    "log_likelihood": ["=log(1 / 8) + 7 * log(7 / 8) + log(1 / 2) + log(1 / 2)"],
                },
                tolerance=1e-4,
            ),
            Example(
                "The shares behind it",
                TWO_YEARS,
                "rg.contagion_model(panel, rg.relatedness(space, method='conditional', presence='given'), "
                "presence='given').bins",
                {
                    "related": [0.5, 1],
                    "options": [8, 2],
                    "entries": [1, 1],
                    "share": ["=1 / 8", "=1 / 2"],
                    "fitted": ["=1 / 8", "=1 / 2"],
                },
                tolerance=1e-4,
            ),
        ],
        conventions={
            "econcomplex": "`calibrate_contagion` is fit='bins', and counts options with nothing related among its "
            "observations. A line through logarithms of shares weighs a bin of two options like one of two hundred, "
            "and cannot see bins without entries: the default here is the likelihood.",
            "Alshamsi et al.": "report $0.16 x^{1.03}$ for products and $0.74 x^{1.09}$ for research fields.",
        },
    ),
    Spec(
        function="diversification_path",
        module="paths",
        formula="$\\min \\sum_s 1 / P_s$ over the orders $s = 1 ... n$, $P = B (\\sum_j a_{ij} M_j / k_i)^\\alpha$ "
        "with what is there by then",
        source="Alshamsi, Pinheiro and Hidalgo (2018), doi:10.1038/s41467-018-03740-9; Held and Karp (1962), "
        "doi:10.1137/0110015",
        examples=[
            Example(
                "A link for each two that share a place; a is there. After c comes the hub d, at 4 / 2, which opens e "
                "and b at once",
                LINKED,
                PATH + ".steps.head(4)",
                {
                    "strategy": ["best"] * 4,
                    "activity": ["c", "d", "e", "b"],
                    "linked": [2, 4, 1, 2],
                    "related": ["=1 / 2", "=2 / 4", "=1 / 1", "=2 / 2"],
                    "time": ["=2 / 1", "=4 / 2", "=1 / 1", "=2 / 2"],
                    "total": [2, 4, 5, 6],
                },
            ),
            Example(
                "The most probable first would take b before d, and longer",
                LINKED,
                PATH + ".strategies.filter(pl.col('strategy') != 'random')",
                {
                    "strategy": ["best", "greedy", "majority", "high_degree", "low_degree"],
                    "time": [6, "=2 + 2 + 4 / 3 + 1", 6, "=4 + 1 + 1 + 1", "=2 + 2 + 4 / 3 + 1"],
                },
            ),
            Example(
                "All orders were tried, so the bound is the time",
                LINKED,
                PATH + ".summary",
                {"activities": [4], "unreachable": [0], "time": [6], "bound": [6], "exact": [True]},
            ),
        ],
        conventions={
            "econcomplex": "its four strategies give the same orders and times. Its `optimize_sequence` anneals from "
            "the greedy order and says nothing of how far from the best it ends.",
            "Alshamsi et al.": "solve a wheel by formula: the hub comes after some of its rim, then the rest. Ours "
            "gives the same time for wheels of 12 to 100.",
        },
    ),
]

test_examples = examples_of(SPECS)
