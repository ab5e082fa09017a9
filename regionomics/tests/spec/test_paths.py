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
]

test_examples = examples_of(SPECS)
