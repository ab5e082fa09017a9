"""Method pages of `matching`, checked."""

from spec import Example, Spec, examples_of

SHIPS = {  # applicants A S D J L, hosts M C G with two places each
    "wishes": {
        "applicant": ["A", "S", "S", "D", "D", "D", "J", "J", "J", "L", "L", "L"],
        "host": ["C", "C", "M", "M", "C", "G", "C", "G", "M", "M", "C", "G"],
        "applicant_rank": [1, 1, 2, 2, 1, 3, 1, 2, 3, 1, 2, 3],
        "host_rank": [2, 3, 3, 1, 1, 1, 5, 2, 4, 2, 4, 3],
    },
    "hosts": {"host": ["C", "G", "M"], "capacity": [2, 2, 2]},
}
SWAP = {
    "wishes": {
        "applicant": ["Ada", "Ada", "Bea", "Bea"],
        "host": ["lab", "park", "lab", "park"],
        "applicant_rank": [1, 2, 2, 1],
        "host_rank": [2, 1, 1, 2],
    },
    "hosts": {"host": ["lab", "park"], "capacity": [1, 1]},
}

SPECS = [
    Spec(
        function="allocate",
        module="matching",
        formula="stable: no pair $(a, h)$ with $h \\succ_a \\mu(a)$ and ($|\\mu(h)| < q_h$ or $a \\succ_h$ the worst of "
        "$\\mu(h)$)",
        source="Gale and Shapley (1962), doi:10.1080/00029890.1962.11989827; Roth (1984), doi:10.1086/261272",
        examples=[
            Example(
                "C is wanted by four of five and holds the two that it likes best; J, refused there, goes to G",
                SHIPS,
                "rg.allocate(wishes, hosts).applicants",
                {"applicant": ["A", "D", "J", "L", "S"], "host": ["C", "C", "G", "M", "M"]},
            ),
            Example(
                "Why no other pair would leave: J and S were refused by C, which is full with A and D; S and J are no "
                "worse off by themselves anywhere else",
                SHIPS,
                "rg.allocate(wishes, hosts).proof",
                {
                    "applicant": ["D", "D", "J", "J", "L", "L", "S"],
                    "host": ["G", "M", "C", "M", "C", "G", "C"],
                    "reason": ["applicant", "applicant", "host", "applicant", "applicant", "applicant", "host"],
                },
            ),
            Example(
                "Two stable answers: if applicants propose, both get their first wish",
                SWAP,
                "rg.allocate(wishes, hosts).applicants",
                {"applicant": ["Ada", "Bea"], "host": ["lab", "park"]},
            ),
            Example(
                "If hosts propose, both hosts get theirs",
                SWAP,
                "rg.allocate(wishes, hosts, proposing='host').applicants",
                {"applicant": ["Ada", "Bea"], "host": ["park", "lab"]},
            ),
        ],
        conventions={
            "matching (Python)": "gives the same answer to the first example, from complete lists of names; it recurses "
            "and fails at about 500 residents."
        },
    ),
    Spec(
        function="blocking_pairs",
        module="matching",
        formula="$(a, h)$ blocks $\\mu$: $h \\succ_a \\mu(a)$ and ($|\\mu(h)| < q_h$ or $a \\succ_h$ the worst of $\\mu(h)$)",
        source="Gale and Shapley (1962), doi:10.1080/00029890.1962.11989827",
        examples=[
            Example(
                "Only Ada has a host, and the one that she likes less: Bea would go anywhere and park takes no one "
                "better than Ada, but lab is empty",
                {**SWAP, "pairs": {"applicant": ["Ada"], "host": ["park"]}},
                "rg.blocking_pairs(wishes, hosts, pairs)",
                {"applicant": ["Ada", "Bea"], "host": ["lab", "lab"]},
            )
        ],
    ),
]
test_examples = examples_of(SPECS)
