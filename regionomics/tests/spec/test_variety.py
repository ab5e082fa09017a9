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
    ),
    Spec(
        function="weighted_variety",
        module="variety",
        formula="$H = -\\sum_a s_a \\log_2 s_a$, unrelated: $-\\sum_a s_a \\log_2 \\sum_b \\varphi_{ab} s_b$, "
        "related: $\\sum_a s_a \\log_2 \\frac{\\sum_b \\varphi_{ab} s_b}{s_a}$",
        source="Ricotta and Szeidl (2006), Theoretical Population Biology 70, doi:10.1016/j.tpb.2006.06.003; "
        "Rao-Stirling: Stirling (2007), Journal of the Royal Society Interface 4, doi:10.1098/rsif.2007.0213",
        notes="Groups of a classification say that two activities are alike or not. Here they are alike by degrees, as "
        "far as a proximity (0 to 1) says so; the names of the parts follow `variety_decomposition`, which is the case "
        "of proximities 1 inside a group and 0 between groups.",
        examples=[
            Example(
                "Half wine, a quarter cars, a quarter pumps, which are half alike",
                {
                    "jobs": {"place": ["Alba"] * 3, "activity": ["wine", "cars", "pumps"], "value": [50, 25, 25]},
                    "near": {"activity_1": ["cars", "cars"], "activity_2": ["pumps", "wine"], "relatedness": [0.5, 0]},
                },
                "rg.weighted_variety(jobs, near)",
                {
                    "total": ["=(1 / 2) * 1 + 2 * (1 / 4) * 2"],
                    "unrelated": ["=(1 / 2) * 1 - 2 * (1 / 4) * log2(1 / 4 + (1 / 2) * (1 / 4))"],
                    "related": ["=2 * (1 / 4) * log2((1 / 4 + (1 / 2) * (1 / 4)) / (1 / 4))"],
                    "rao_stirling": ["=1 - (1 / 2) ** 2 - 2 * (1 / 4) ** 2 - 2 * 0.5 * (1 / 4) * (1 / 4)"],
                },
            ),
            Example(
                "Cars and pumps wholly alike: the two levels of `variety_decomposition`",
                {
                    "jobs": {"place": ["Alba"] * 3, "activity": ["wine", "cars", "pumps"], "value": [50, 25, 25]},
                    "near": {"activity_1": ["cars", "cars"], "activity_2": ["pumps", "wine"], "relatedness": [1, 0]},
                },
                "rg.weighted_variety(jobs, near)",
                {
                    "total": [1.5],
                    "unrelated": ["=(1 / 2) * 1 + (1 / 2) * 1"],
                    "related": ["=(1 / 2) * 0 + (1 / 2) * 1"],
                },
            ),
        ],
        conventions={"EconGeo": "has none; nor has econcomplex."},
    ),
]

test_examples = examples_of(SPECS)
