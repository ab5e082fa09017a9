"""Method pages of `interregional`, checked."""

from spec import Example, Spec, examples_of

SOURCE = (
    "Balland and Boschma (2021), Complementary interregional linkages and Smart Specialisation, Regional Studies 55, "
    "doi:10.1080/00343404.2020.1861240, for the idea; the formula is this library's reading of it"
)

# Conditional relatedness: cars-silk 1/2, cars-wine 2/3, silk-wine 1/3.
NESTED = {
    "nested": {
        "place": ["Alba", "Alba", "Alba", "Bari", "Bari", "Como"],
        "activity": ["cars", "silk", "wine", "cars", "wine", "wine"],
        "value": [1, 1, 1, 1, 1, 1],
    }
}

SPECS = [
    Spec(
        function="complementarity",
        module="interregional",
        formula=(
            "$comp_{rsi} = \\sum_j \\phi_{ij} M_{sj} (1 - M_{rj}) / \\sum_j \\phi_{ij}$, added up over the $i$ "
            "that $r$ "
            "lacks. All pairs: $G = ((1 - M) / \\phi_{sum}) \\phi$, $C = ((1 - M) \\circ G) M'$"
        ),
        source=SOURCE,
        examples=[
            Example(
                "Como lacks cars and silk: Alba has both, each related to the other; Bari has cars, related to silk",
                NESTED,
                "rg.complementarity(nested, presence='given', method='conditional')",
                {
                    "place": ["Alba", "Alba", "Bari", "Bari", "Como", "Como"],
                    "partner": ["Bari", "Como", "Alba", "Como", "Alba", "Bari"],
                    "complementarity": [
                        0,
                        0,
                        0,  # silk is all Bari lacks, and silk is not counted as related to itself
                        0,
                        "=(1 / 2) / (1 / 2 + 2 / 3) + (1 / 2) / (1 / 2 + 1 / 3)",
                        "=(1 / 2) / (1 / 2 + 1 / 3)",
                    ],
                },
            ),
            Example(
                "Overlap only counts what the partner has and the place lacks",
                NESTED,
                "rg.complementarity(nested, presence='given', variant='overlap')",
                {"complementarity": [0, 0, 1, 0, 2, 1]},
            ),
        ],
        conventions={"peers": "no package has it."},
        notes="Variants by name: missing (default), mean, all, weighted (by the complexity of what is missing), "
        "overlap.",
    ),
    Spec(
        function="partner_regions",
        module="interregional",
        formula="$score_{rs} = (1 - tie_{rs} / \\max_s tie_{rs}) \\sum_i w_i \\, comp_{rsi}$ over the wanted "
        "$i$ that $r$ lacks",
        source=SOURCE + "; the ranking and the subtraction of ties are this library's own",
        examples=[
            Example(
                "For silk in Como both help alike (cars); Alba, with which Como works most already, falls behind",
                {**NESTED, "ties": {"place": ["Como", "Como"], "partner": ["Alba", "Bari"], "ties": [4, 1]}},
                "rg.partner_regions(nested, ['silk'], of='Como', ties=ties, presence='given', method='conditional')",
                {
                    "place": ["Como", "Como"],
                    "partner": ["Bari", "Alba"],
                    "rank": [1, 2],
                    "complementarity": ["=(1 / 2) / (1 / 2 + 1 / 3)", "=(1 / 2) / (1 / 2 + 1 / 3)"],
                    "score": ["=(1 / 2) / (1 / 2 + 1 / 3) * (1 - 1 / 4)", "=0 / 1"],
                    "adds": [1, 1],
                },
            )
        ],
        conventions={"peers": "no package has it."},
    ),
]

test_examples = examples_of(SPECS)
