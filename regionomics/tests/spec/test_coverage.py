"""Method page of `coverage`, checked."""

from spec import Example, Spec, examples_of

TABLES = {
    "members": {
        "cluster": ["aero", "aero", "aero", "aero"],
        "firm": ["f1", "f2", "f3", "f4"],
        "activity": ["30.3", "26.5", "62.0", None],
    },
    "register": {"activity": ["30.3", "26.5", "62.0"], "firms": [20, 30, 400]},
    # In 2020 the region took instruments (26.5) into the definition
    "definitions": {
        "cluster": ["aero", "aero", "aero"],
        "version": [1, 2, 2],
        "activity": ["30.3", "30.3", "26.5"],
    },
}
DATED = {
    "definitions": {
        "cluster": ["aero", "aero"],
        "version": [1, 2],
        "activity": ["30", "26"],
        "since": [2015, 2020],
        "until": [2020, None],
    },
    "members": {"year": [2019, 2020], "cluster": ["aero"] * 2, "firm": ["f1"] * 2, "activity": ["30.3"] * 2},
    "register": {"year": [2019, 2020, 2020], "activity": ["30.3", "30.3", "26.5"], "firms": [20, 20, 30]},
    "tree": {"activity": ["30.3", "26.5"], "parent": ["30", "26"]},
}

SPECS = [
    Spec(
        function="coverage",
        module="coverage",
        formula="$c_{kv} = |\\{f \\in \\text{members}_k : a_f \\in D_k(v)\\}| / "
        "|\\{f \\in \\text{register} : a_f \\in D_k(v)\\}|$",
        source="the industry coverage that regions report for their cluster organisations; no paper sets it down",
        examples=[
            Example(
                "The same members cover 5% of the narrow definition and 4% of the wide one; both stay quotable",
                TABLES,
                "rg.coverage(members, register, definitions).clusters",
                {
                    "cluster": ["aero", "aero"],
                    "version": [1, 2],
                    "n_members": [1, 2],
                    "n_firms": [20, 50],
                    "coverage": ["=1 / 20", "=2 / 50"],
                    "outside": [2, 1],
                    "unknown": [1, 1],
                },
            ),
            Example(
                "Where the gaps are, the least covered niche first",
                TABLES,
                "rg.coverage(members, register, definitions).gaps",
                {
                    "version": [1, 2, 2],
                    "activity": ["30.3", "26.5", "30.3"],
                    "n_members": [1, 1, 1],
                    "n_firms": [20, 30, 20],
                    "coverage": ["=1 / 20", "=1 / 30", "=1 / 20"],
                },
            ),
            Example(
                "By year with the version in force, codes below the definition's among it",
                DATED,
                "rg.coverage(members, register, definitions, by='year', in_force='year', parents=tree).clusters",
                {
                    "year": [2019, 2020],
                    "version": [1, 2],
                    "n_members": [1, 0],
                    "n_firms": [20, 30],
                    "coverage": ["=1 / 20", 0.0],
                    "outside": [0, 1],
                },
            ),
        ],
        notes="A coverage means little without its version: quote cluster, version, members and firms together.",
    )
]

test_examples = examples_of(SPECS)
