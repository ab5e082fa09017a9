"""Method pages of `relatedness`, checked."""

from spec import Example, Spec, examples_of

SOURCE_VEW = "van Eck and Waltman (2009), JASIST 60(8), doi:10.1002/asi.21075"
SOURCE_HIDALGO = "Hidalgo, Klinger, Barabási and Hausmann (2007), Science 317, doi:10.1126/science.1144581"

# Three places: Alba makes cars and tools, Bari cars, tools and wine, Como wine and silk.
PRESENCES = {
    "presences": {
        "place": ["Alba", "Alba", "Bari", "Bari", "Bari", "Como", "Como"],
        "activity": ["cars", "tools", "cars", "tools", "wine", "silk", "wine"],
        "value": [1, 1, 1, 1, 1, 1, 1],
    }
}
# Co-occurrences: cars-tools 2, cars-wine 1, tools-wine 1, silk-wine 1.
# Off-diagonal sums: cars 3, silk 1, tools 3, wine 3, all 10. Ubiquity: cars 2, silk 1, tools 2, wine 2.
PAIRS = {"activity_1": ["cars", "cars", "silk", "tools"], "activity_2": ["tools", "wine", "wine", "wine"]}

PANEL = {
    "panel": {
        "place": ["Alba", "Alba", "Bari", "Bari", "Alba", "Alba", "Bari", "Bari"],
        "activity": ["cars", "wine"] * 4,
        "value": [1, 0, 1, 1, 1, 1, 0, 1],
        "year": [2010, 2010, 2010, 2010, 2015, 2015, 2015, 2015],
    }
}

AFTER = ["cars", "wine", "cars", "wine", "silk", "bread"]

SPECS = [
    Spec(
        function="cooccurrence",
        module="relatedness",
        formula="$c_{ij} = \\sum_p M_{pi} M_{pj}$ for $i \\neq j$; $c_{ii} = 0$",
        source=SOURCE_VEW,
        examples=[
            Example(
                "Alba and Bari both make cars and tools, so the pair counts 2",
                PRESENCES,
                "rg.cooccurrence(presences, presence='given').table()",
                {**PAIRS, "cooccurrence": [2, 1, 1, 1]},
            )
        ],
        conventions={
            "EconGeo": "`co.occurrence(t(mat))`: the same, diagonal 0 by default. Sparse input fails there.",
            "econcomplex": "`co_occurrence`: the same, dense only.",
        },
    ),
    Spec(
        function="relatedness",
        module="relatedness",
        formula=(
            "With margins $s_i$ and total $t$: probability $c_{ij} / [\\frac t2 (\\frac{s_i}{t}\\frac{s_j}{t-s_i} + "
            "\\frac{s_j}{t}\\frac{s_i}{t-s_j})]$; association $\\frac{c_{ij}/t}{(s_i/t)(s_j/t)}$; cosine "
            "$c_{ij}/\\sqrt{s_i s_j}$; Jaccard $c_{ij}/(s_i+s_j-c_{ij})$; conditional $c_{ij}/\\max(s_i, s_j)$; "
            "overlap $c_{ij}/\\min(s_i,s_j)$"
        ),
        source=SOURCE_VEW + "; Steijn (2021), Journal of Informetrics 15; " + SOURCE_HIDALGO,
        examples=[
            Example(
                "Association: above 1 where activities meet more often than their co-occurrences let expect",
                PRESENCES,
                "rg.relatedness(presences, presence='given', method='association').table()",
                {
                    **PAIRS,
                    "relatedness": [
                        "=(2 / 10) / ((3 / 10) * (3 / 10))",
                        "=(1 / 10) / ((3 / 10) * (3 / 10))",
                        "=(1 / 10) / ((1 / 10) * (3 / 10))",
                        "=(1 / 10) / ((3 / 10) * (3 / 10))",
                    ],
                },
            ),
            Example(
                "Probability: the same, drawing pairs without repetition",
                PRESENCES,
                "rg.relatedness(presences, presence='given').table()",
                {
                    **PAIRS,
                    "relatedness": [
                        "=2 / (10 / 2 * (3 / 10 * 3 / 7 + 3 / 10 * 3 / 7))",
                        "=1 / (10 / 2 * (3 / 10 * 3 / 7 + 3 / 10 * 3 / 7))",
                        "=1 / (10 / 2 * (1 / 10 * 3 / 9 + 3 / 10 * 1 / 7))",
                        "=1 / (10 / 2 * (3 / 10 * 3 / 7 + 3 / 10 * 3 / 7))",
                    ],
                },
            ),
            Example(
                "Conditional: the smaller of the two conditional probabilities (Hidalgo's proximity)",
                PRESENCES,
                "rg.relatedness(presences, presence='given', method='conditional').table()",
                {**PAIRS, "relatedness": ["=2 / max(2, 2)", "=1 / max(2, 2)", "=1 / max(1, 2)", "=1 / max(2, 2)"]},
            ),
            Example(
                "Jaccard and cosine on ubiquity; with margins='cooccurrence' they follow EconGeo",
                PRESENCES,
                "rg.relatedness(presences, presence='given', method='cosine', margins='cooccurrence').table()",
                {**PAIRS, "relatedness": ["=2 / sqrt(3 * 3)", "=1 / 3", "=1 / sqrt(1 * 3)", "=1 / 3"]},
            ),
        ],
        conventions={
            "EconGeo": "`relatedness(mat, method)`: off-diagonal sums for every method, also cosine and Jaccard; "
            "diagonal 0. `compat='econgeo'` gives the same digits.",
            "econcomplex": "`relatedness_index` takes ubiquity and the number of places for every method, which the "
            "published association and probability do not: `margins='ubiquity'` reproduces it. `proximity` agrees with "
            "conditional ('max'), cosine ('sqrt') and overlap ('min').",
            "py-ecomplexity": "`proximity`: conditional; its diagonal of 1 enters the density: `compat='growthlab'`.",
            "OEC economic-complexity": "`proximity`: conditional, diagonal 0: `compat='oec'`.",
        },
        notes="An activity that no place has is related to none (0). `top_k` keeps the k most related of each activity "
        "without a dense matrix. The counts are whole numbers, so threads and the way of counting change no digit.",
    ),
    Spec(
        function="relatedness_density",
        module="relatedness",
        formula="$100 \\sum_j M_{pj} \\phi_{ij} / \\sum_j \\phi_{ij}$; distance is 100 minus it",
        source=SOURCE_HIDALGO + "; Boschma, Balland and Kogler (2015), ICC 24, doi:10.1093/icc/dtu012",
        examples=[
            Example(
                "What each place lacks, and how much of what is related to it the place has",
                PRESENCES,
                "rg.relatedness_density(presences, presence='given', method='conditional', which='absent')",
                {
                    "place": ["Alba", "Alba", "Bari", "Como", "Como"],
                    "activity": ["silk", "wine", "silk", "cars", "tools"],
                    # silk is related to wine (.5); wine to cars, silk, tools (.5 each); cars to tools (1), wine (.5)
                    "density": [
                        "=100 * 0 / 0.5",
                        "=100 * (0.5 + 0.5) / (0.5 + 0.5 + 0.5)",
                        "=100 * 0.5 / 0.5",
                        "=100 * 0.5 / (1 + 0.5)",
                        "=100 * 0.5 / (1 + 0.5)",
                    ],
                },
                1e-10,
            )
        ],
        conventions={
            "EconGeo": "`relatedness.density` rounds to 2 digits, its int and ext versions to 0; ours does not.",
            "py-ecomplexity": "0..1, with the diagonal of 1; its knn density leaves the weights out and reaches 5.",
            "econcomplex": "0..100 with diagonal 0: equal with method='conditional'.",
            "OEC economic-complexity": "`relatedness`: 0..1, diagonal 0.",
        },
        notes="Null where the activity is related to nothing.",
    ),
    Spec(
        function="relative_relatedness",
        module="relatedness",
        formula="$(\\omega_{pi} - \\bar\\omega_{p}) / sd(\\omega_{p})$ over the activities that $p$ lacks",
        source="Pinheiro, Hartmann, Boschma and Hidalgo (2022), Research Policy 51, doi:10.1016/j.respol.2021.104323",
        examples=[
            Example(
                "Alba's two options stand one deviation below and above their mean; Bari's only one has no deviation",
                PRESENCES,
                "rg.relative_relatedness(presences, presence='given', method='conditional').head(3)",
                {
                    "place": ["Alba", "Alba", "Bari"],
                    "activity": ["silk", "wine", "silk"],
                    "relative_relatedness": [-1, 1, None],
                },
            )
        ],
        conventions={"econcomplex": "`relative_relatedness`: the same digits; NaN also for what the place has."},
    ),
    Spec(
        function="local_relatedness",
        module="relatedness",
        formula="$\\sum_{j \\neq i} M_{pj} \\phi_{ij} / \\sum_{j \\neq i} M_{pj}$",
        source="Mealy and Coyle (2022), International Tax and Public Finance 29, doi:10.1007/s10797-021-09667-0",
        examples=[
            Example(
                "Como has silk and wine: mean conditional relatedness of each activity to what else it has",
                PRESENCES,
                "rg.local_relatedness(presences, presence='given', method='conditional').tail(4)",
                {
                    "place": ["Como"] * 4,
                    "activity": ["cars", "silk", "tools", "wine"],
                    "local_relatedness": ["=(0 + 0.5) / 2", "=0.5 / 1", "=(0 + 0.5) / 2", "=0.5 / 1"],
                },
            )
        ],
        conventions={"EconGeo, econcomplex, py-ecomplexity": "not there."},
    ),
    Spec(
        function="coherence",
        module="relatedness",
        formula="$\\sum_{i \\neq j} M_{pi} M_{pj} \\phi_{ij} / (d_p (d_p - 1))$",
        source="Teece, Rumelt, Dosi and Winter (1994), JEBO 23, doi:10.1016/0167-2681(94)90094-9",
        examples=[
            Example(
                "Alba's cars and tools always go together; Bari's wine is looser; Como's pair is in between",
                PRESENCES,
                "rg.coherence(presences, presence='given', method='conditional')",
                {"place": ["Alba", "Bari", "Como"], "coherence": [1, "=(1 + 0.5 + 0.5) / 3", 0.5]},
            )
        ],
        conventions={
            "EconGeo": "`relatedness.density.int.avg` is our `own_density` in another column, rounded to whole numbers."
        },
    ),
    Spec(
        function="cross_relatedness",
        module="relatedness",
        formula=(
            "$\\phi_{ab} = \\sum_p A_{pa} B_{pb} / \\max(u_a, u_b)$; "
            "$100 \\sum_a A_{pa} \\phi_{ab} / \\sum_a \\phi_{ab}$"
        ),
        source="Catalán, Navarrete and Figueroa (2022), Research Policy 51, doi:10.1016/j.respol.2020.104016",
        examples=[
            Example(
                "Optics is where lasers are; Bari has physics, which meets lasers in Alba, and no optics",
                {
                    "science": {
                        "place": ["Alba", "Alba", "Bari", "Como"],
                        "activity": ["optics", "physics", "physics", "history"],
                        "value": [1, 1, 1, 1],
                    },
                    "technology": {
                        "place": ["Alba", "Bari", "Como"],
                        "activity": ["lasers", "lasers", "lasers"],
                        "value": [1, 0, 0],
                    },
                },
                "rg.cross_relatedness(science, technology, presence='given').density",
                # lasers meet optics 1 / max(1, 1) and physics 1 / max(2, 1)
                {
                    "place": ["Alba", "Bari", "Como"],
                    "activity": ["lasers"] * 3,
                    "density": ["=100 * (1 + 1 / 2) / (1 + 1 / 2)", "=100 * (1 / 2) / (1 + 1 / 2)", 0],
                },
                1e-10,
            )
        ],
        conventions={
            "econcomplex, OEC economic-complexity": "`cross_proximity` and `cross_relatedness`: the same, density 0..1."
        },
    ),
    Spec(
        function="entries_exits",
        module="relatedness",
        formula="entry: $M_{pa}$ from 0 to 1; exit: from 1 to 0; null where it cannot happen",
        source="Neffke, Henning and Boschma (2011), Economic Geography 87, doi:10.1111/j.1944-8287.2011.01121.x",
        examples=[
            Example(
                "Alba gained wine, Bari lost cars",
                PANEL,
                "rg.entries_exits(panel, presence='given')",
                {
                    "place": ["Alba", "Alba", "Bari", "Bari"],
                    "activity": ["cars", "wine", "cars", "wine"],
                    "year_from": [2010] * 4,
                    "year": [2015] * 4,
                    "entry": [None, 1, None, None],
                    "exit": [0, None, 1, 0],
                },
            )
        ],
        conventions={
            "EconGeo": "`entry.list`, `exit.list`: the same 0, 1 and NA for two periods; they read global variables "
            "and take a place that is missing from a period as one that lost everything.",
            "econcomplex": "`entry`, `exit` tell only whether it ever happened, without NA for what cannot happen.",
        },
        notes="A place or activity with no row at all in a period is unknown there: null.",
    ),
    Spec(
        function="entry_panel",
        module="relatedness",
        formula="one row a pair absent at the start: entry, and density, location quotient, diversity, ubiquity, sizes",
        source="Boschma, Balland and Kogler (2015), ICC 24, doi:10.1093/icc/dtu012",
        examples=[
            Example(
                "Only Alba lacked anything in 2010: wine, related to the cars it had (1 place of 2 has both)",
                PANEL,
                "rg.entry_panel(panel, presence='given', method='conditional')",
                {
                    "place": ["Alba"],
                    "activity": ["wine"],
                    "entry": [1],
                    "density": ["=100 * 0.5 / 0.5"],
                    "diversity": [1],
                    "ubiquity": [1],
                    "place_total": [1.0],
                },
            )
        ],
    ),
    Spec(
        function="entry_model",
        module="relatedness",
        formula="$entry_{pat} = \\beta' x_{pat_0} + \\alpha_p + \\gamma_a + \\delta_t$, errors clustered twice",
        source="Cameron, Gelbach and Miller (2011), JBES 29, doi:10.1198/jbes.2010.07136; pyfixest",
        examples=[
            Example(
                "Without effects it is a straight line: half of the related pairs entered, none of the others",
                {
                    "panel": {
                        "place": ["Alba", "Bari", "Como", "Asti"],
                        "activity": ["cars", "wine", "wine", "cars"],
                        "entry": [1, 0, 0, 0],
                        "density": [10.0, 10.0, 0.0, 0.0],
                    }
                },
                "rg.entry_model(panel, time=None, fixed_effects=()).coefficients",
                {"term": ["Intercept", "density"], "estimate": [0, "=0.5 / 10"]},
                1e-9,
            )
        ],
        conventions={"EconGeo, econcomplex": "not there; papers use Stata or fixest."},
    ),
    Spec(
        function="backtest_density",
        module="relatedness",
        formula="AUC $= P(score_{entered} > score_{not}) + \\frac12 P(score_{entered} = score_{not})$",
        source=SOURCE_HIDALGO + "; Hanley and McNeil (1982), Radiology 143, doi:10.1148/radiology.143.1.7063747",
        examples=[
            Example(
                "Asti lacks silk and wine and gains wine, to which its cars are related: density ranks it first",
                {
                    "panel": {
                        "place": [
                            "Asti",
                            "Bari",
                            "Bari",
                            "Como",
                            "Como",
                            "Asti",
                            "Asti",
                            "Bari",
                            "Bari",
                            "Como",
                            "Como",
                        ],
                        "activity": [*["cars", "cars", "wine", "silk", "bread"], *AFTER],
                        "value": [1] * 11,
                        "year": [2010] * 5 + [2015] * 6,
                    }
                },
                "rg.backtest_density(panel, presence='given', method='conditional').scores.select('score', 'n', 'auc')"
                ".filter(pl.col('score') != 'presence')",
                {
                    "score": ["density", "popularity", "random"],
                    "n": [7, 7, 7],
                    # density: wine for Asti 100, all other six 0. popularity: all options have ubiquity 1 but cars (2)
                    "auc": [1, "=(5 * 0.5 + 0) / 6", 0.5],
                },
            )
        ],
        conventions={"peers": "not there."},
    ),
]

test_examples = examples_of(SPECS)
