"""Method pages of `variety`, checked."""

from spec import Example, Spec, examples_of

SPECS = [
    Spec(
        function="variety_decomposition",
        module="variety",
        formula="$H = \\sum_g P_g \\log_2 \\frac{1}{P_g} + \\sum_g P_g H_g$, "
        "$H_g = \\sum_{i \\in g} \\frac{p_i}{P_g} \\log_2 \\frac{P_g}{p_i}$",
        source="Frenken, Van Oort and Verburg (2007), Regional Studies 41, doi:10.1080/00343400601120296",
        examples=[
            Example(
                "Half of the jobs in one food industry, a quarter in each of two machine industries",
                {
                    "jobs": {
                        "place": ["Alba", "Alba", "Alba", "Bari"],
                        "section": ["food", "machines", "machines", "food"],
                        "division": ["wine", "cars", "pumps", "wine"],
                        "value": [50, 25, 25, 10],
                    }
                },
                "rg.variety_decomposition(jobs, levels=['section', 'division'])",
                {
                    "place": ["Alba", "Bari"],
                    "total": ["=(1 / 2) * 1 + (1 / 4) * 2 + (1 / 4) * 2", 0.0],
                    "unrelated": ["=(1 / 2) * 1 + (1 / 2) * 1", 0.0],
                    "related": ["=(1 / 2) * 0 + (1 / 2) * 1", 0.0],
                    "within_division": [0.5, 0.0],
                },
            )
        ],
        conventions={
            "EconGeo": "`entropy` adds 1e-9 inside the logarithm and rounds to 3 digits; it has no decomposition."
        },
    )
]

test_examples = examples_of(SPECS)
