"""Method pages of `novelty`, checked."""

from spec import Example, Spec, examples_of

PATENTS = {
    "patents": {
        "patent": ["P1", "P1", "P2", "P2", "P3", "P3", "P3", "P4"],
        "field": ["lasers", "optics", "lasers", "optics", "optics", "silk", "dyes", "silk"],
        "value": [1, 1, 1, 1, 1, 1, 1, 1],
    }
}
COLUMNS = "place='patent', activity='field'"
FLEMING = "Fleming and Sorenson (2001), Research Policy 30, doi:10.1016/S0048-7333(00)00135-9"

SPECS = [
    Spec(
        function="novelty",
        module="novelty",
        formula="$z_{ij} = (c_{ij} - e_{ij}) / \\sigma_{ij}$, $e_{ij} = \\frac{u_i u_j}{n}$, "
        "$\\sigma_{ij}^2 = e_{ij} \\left(1 - \\frac{u_i}{n}\\right) \\frac{n - u_j}{n - 1}$",
        source="Uzzi, Mukherjee, Stringer and Jones (2013), Science 342, doi:10.1126/science.1240474; Teece, Rumelt, "
        "Dosi and Winter (1994), doi:10.1016/0167-2681(94)90094-9",
        notes="Uzzi et al. draw the chance by switching citations at random, so that every paper and every journal "
        "keeps its number: `chance='margins'`. The hypergeometric chance needs no draws and keeps how common each "
        "activity is, but not how many activities each place has: where places are of very unequal size, large ones "
        "make everything look typical.",
        examples=[
            Example(
                "Lasers are in two of four patents, optics in three, and they meet twice",
                PATENTS,
                f"rg.novelty(patents, {COLUMNS}).table()",
                {
                    "field_1": ["dyes", "dyes", "lasers", "optics"],
                    "field_2": ["optics", "silk", "optics", "silk"],
                    "both": [1, 1, 2, 1],
                    "expected": ["=1 * 3 / 4", "=1 * 2 / 4", "=2 * 3 / 4", "=3 * 2 / 4"],
                    "z": [
                        "=(1 - 3 / 4) / sqrt(3 / 4 * (1 - 1 / 4) * (4 - 3) / 3)",
                        "=(1 - 2 / 4) / sqrt(2 / 4 * (1 - 1 / 4) * (4 - 2) / 3)",
                        "=(2 - 6 / 4) / sqrt(6 / 4 * (1 - 2 / 4) * (4 - 3) / 3)",
                        "=(1 - 6 / 4) / sqrt(6 / 4 * (1 - 3 / 4) * (4 - 2) / 3)",
                    ],
                },
            ),
            Example(
                "The third patent joins optics and silk, which seldom meet; one field alone has no pairs",
                PATENTS,
                f"rg.novelty(patents, {COLUMNS}).places",
                {
                    "patent": ["P1", "P2", "P3", "P4"],
                    "pairs": [1, 1, 3, 0],
                    "conventionality": ["=0.5 / 0.5", "=0.5 / 0.5", "=0.25 / sqrt(3 / 16)", None],
                    "novelty": ["=0.5 / 0.5", "=0.5 / 0.5", "=-1 + 0.2 * (0.25 / sqrt(3 / 16) + 1)", None],
                },
            ),
            Example(
                "Sizes of patents kept: 24 tables have these sums, 16 with dyes and optics (drawn: to within .1)",
                PATENTS,
                f"rg.novelty(patents, {COLUMNS}, chance='margins', draws=2000).table()",
                {
                    "field_1": ["dyes", "dyes", "lasers", "optics"],
                    "field_2": ["optics", "silk", "optics", "silk"],
                    "expected": ["=16 / 24", "=9 / 24", "=33 / 24", "=33 / 24"],
                    "z": [
                        "=(1 - 16 / 24) / sqrt(16 / 24 * 8 / 24)",
                        "=(1 - 9 / 24) / sqrt(9 / 24 * 15 / 24)",
                        "=(2 - 33 / 24) / sqrt(9 / 24 * 15 / 24)",
                        "=(1 - 33 / 24) / sqrt(9 / 24 * 15 / 24)",
                    ],
                },
                tolerance=0.1,
            ),
        ],
        conventions={
            "EconGeo": "`z_score` gives the same z for each two activities, and on the diagonal that of an activity "
            "that never meets itself; it has no answer for patents.",
            "econcomplex": "`z_score_novelty` gives the same z, with 0 on the diagonal and where there is none.",
            "Uzzi et al. (2013)": "count a pair of journals as often as a paper's references make it, and draw ten "
            "networks that also keep the year of each citation; here a paper has a journal or has it not, so that each "
            "pair counts once in it, and `by=` keeps years apart. Median and 10th percentile are theirs.",
        },
    ),
    Spec(
        function="ease_of_recombination",
        module="novelty",
        formula="$E_i = \\frac{\\#\\{j \\ne i: c_{ij} > 0\\}}{u_i}$",
        source=FLEMING,
        examples=[
            Example(
                "Silk has met two other fields in two patents, lasers one in two",
                PATENTS,
                f"rg.ease_of_recombination(patents, {COLUMNS})",
                {
                    "field": ["dyes", "lasers", "optics", "silk"],
                    "combined_with": [2, 1, 3, 2],
                    "places": [1, 2, 3, 2],
                    "ease_of_recombination": ["=2 / 1", "=1 / 2", "=3 / 3", "=2 / 2"],
                },
            )
        ],
        conventions={
            "EconGeo": "`ease_recombination` agrees, rounded to 5 digits.",
            "econcomplex": "`ease_of_recombination` counts the patents that have a second class, over all: another "
            "measure, of at most 1, under the name of Fleming and Sorenson's.",
        },
    ),
    Spec(
        function="modular_complexity",
        module="novelty",
        formula="$K_p = \\frac{\\#\\{i \\in p\\}}{\\sum_{i \\in p} E_i}$",
        source=FLEMING,
        examples=[
            Example(
                "With the ease of recombination of the same patents: dyes 2, lasers .5, optics and silk 1",
                PATENTS,
                f"rg.modular_complexity(patents, {COLUMNS})",
                {
                    "patent": ["P1", "P2", "P3", "P4"],
                    "activities": [2, 2, 3, 1],
                    "modular_complexity": ["=2 / (0.5 + 1)", "=2 / (0.5 + 1)", "=3 / (1 + 1 + 2)", "=1 / 1"],
                },
            ),
            Example(
                "The mean of a field's patents",
                PATENTS,
                f"rg.modular_complexity(patents, {COLUMNS}, of='activity')",
                {
                    "field": ["dyes", "lasers", "optics", "silk"],
                    "places": [1, 2, 3, 2],
                    "modular_complexity": [
                        "=3 / 4",
                        "=(2 / 1.5 + 2 / 1.5) / 2",
                        "=(2 / 1.5 + 2 / 1.5 + 3 / 4) / 3",
                        "=(3 / 4 + 1) / 2",
                    ],
                },
            ),
            Example(
                "As Fleming and Sorenson have it, from earlier patents: a field that they do not have is unknown",
                {
                    **PATENTS,
                    "later": {
                        "patent": ["P8", "P8", "P9", "P9"],
                        "field": ["lasers", "silk", "lasers", "genes"],
                        "value": [1, 1, 1, 1],
                    },
                },
                f"rg.modular_complexity(later, history=patents, {COLUMNS})",
                {"patent": ["P8", "P9"], "modular_complexity": ["=2 / (0.5 + 1)", None]},
            ),
        ],
        conventions={
            "EconGeo": "`modular_complexity` and `modular_complexity_avg` agree, rounded to 5 and 2 digits; what was "
            "never combined gets 0, the least complexity there is: `compat='econgeo'` does so too.",
            "econcomplex": "builds on its own ease of recombination, and differs for that reason.",
        },
    ),
]

test_examples = examples_of(SPECS)
