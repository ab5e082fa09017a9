"""Method pages of `networks`: projection, summary and positions, checked."""

from spec import Example, Spec, examples_of

PROJECTS = {
    "parts": {
        "project": ["x", "x", "x", "y", "y", "z"],
        "organisation": ["Alba", "Bari", "Como", "Alba", "Bari", "Doro"],
        "budget": [1, 2, 1, 3, 1, 1],
    }
}
STAR = {
    "ties": {"organisation_1": ["hub", "hub", "hub"], "organisation_2": ["a", "b", "c"], "weight": [1, 2, 1]},
    "people": {"organisation": ["a", "b", "c", "hub", "alone"], "kind": ["firm", "firm", "lab", "firm", "lab"]},
}
TRIANGLE = {"ties": {"organisation_1": ["a", "a", "b", "c"], "organisation_2": ["b", "c", "c", "d"]}}
GROUPS = {
    "ties": {"organisation_1": ["a1", "a2", "a2", "b1"], "organisation_2": ["a2", "a3", "b1", "c1"]},
    "people": {"organisation": ["a1", "a2", "a3", "b1", "c1"], "group": ["A", "A", "A", "B", "C"]},
}

SPECS = [
    Spec(
        function="projection",
        module="networks",
        formula="newman: $w_{ab} = \\sum_p 1 / (n_p - 1)$; project: $w_{ab} = \\sum_p 2 s_{pa} s_{pb} / (1 - \\sum_c "
        "s_{pc}^2)$, with equal shares $2 / (n_p (n_p - 1))$; whole: $w_{ab} = \\sum_p 1$; over the projects of both",
        source="Newman (2001), Physical Review E 64, doi:10.1103/PhysRevE.64.016132 (newman)",
        examples=[
            Example(
                "Project x has three partners, y two, z only Doro; Alba's ties add up to its two projects",
                PROJECTS,
                "rg.projection(parts).ties",
                {
                    "organisation_1": ["Alba", "Alba", "Bari"],
                    "organisation_2": ["Bari", "Como", "Como"],
                    "weight": ["=1 / (3 - 1) + 1 / (2 - 1)", "=1 / (3 - 1)", "=1 / (3 - 1)"],
                    "projects": [2, 1, 1],
                },
            ),
            Example(
                "Who has no partner stays in the table of organisations",
                PROJECTS,
                "rg.projection(parts).organisations",
                {
                    "organisation": ["Alba", "Bari", "Como", "Doro"],
                    "projects": [2, 2, 1, 1],
                    "partners": [2, 2, 2, 0],
                    "strength": ["=1.5 + 0.5", "=1.5 + 0.5", "=0.5 + 0.5", 0],
                },
            ),
            Example(
                "Each project adds up to 1, shared out by budget",
                PROJECTS,
                "rg.projection(parts, counting='project', share='budget').ties",
                {
                    "weight": [
                        "=2 * 1 / 4 * 2 / 4 / (1 - (1 / 4) ** 2 - (2 / 4) ** 2 - (1 / 4) ** 2) + 1",
                        "=2 * 1 / 4 * 1 / 4 / (1 - (1 / 4) ** 2 - (2 / 4) ** 2 - (1 / 4) ** 2)",
                        "=2 * 2 / 4 * 1 / 4 / (1 - (1 / 4) ** 2 - (2 / 4) ** 2 - (1 / 4) ** 2)",
                    ]
                },
            ),
        ],
        conventions={
            "networkx": "`collaboration_weighted_projected_graph` is newman and agrees; `weighted_projected_graph` is "
            "whole.",
            "igraph": "`bipartite_projection` counts whole, in `projects` here.",
        },
    ),
    Spec(
        function="network_summary",
        module="networks",
        formula="density $= m / \\binom{n}{2}$; transitivity $= 3 \\cdot$ triangles / triples; centralisation $= "
        "\\sum_i (\\max k - k_i) / ((n - 1)(n - 2))$; E-I $= (m_{between} - m_{within}) / m$",
        source="Wasserman and Faust (1994), Social Network Analysis; Freeman (1979), doi:10.1016/0378-8733(78)90021-7; "
        "Krackhardt and Stern (1988), doi:10.2307/2786835",
        examples=[
            Example(
                "A star of four and one alone: three of ten ties; six of ten pairs reach each other",
                STAR,
                "rg.network_summary(ties, people, group='kind')",
                {
                    "nodes": [5],
                    "ties": [3],
                    "isolates": [1],
                    "components": [2],
                    "largest_component_share": ["=4 / 5"],
                    "density": ["=3 / (5 * 4 / 2)"],
                    "mean_degree": ["=(3 + 1 + 1 + 1 + 0) / 5"],
                    "mean_strength": ["=(4 + 1 + 2 + 1 + 0) / 5"],
                    "transitivity": [0.0],
                    "centralisation": ["=(0 + 2 + 2 + 2 + 3) / (4 * 3)"],
                    "mean_distance": ["=(3 * 1 + 3 * 2) / 6"],
                    "diameter": [2],
                    "reachable_share": ["=6 / 10"],
                    "between_share": ["=1 / 3"],
                    "ei_index": ["=(1 - 2) / 3"],
                },
            ),
            Example(
                "Without the list of nodes the star is the whole network, and its centralisation is 1",
                STAR,
                "rg.network_summary(ties)",
                {"nodes": [4], "isolates": [0], "density": ["=3 / 6"], "centralisation": [1.0]},
            ),
        ],
        conventions={
            "igraph": "`transitivity_undirected` is NaN where no node has two ties; null here, 0 where triples exist "
            "but no triangle.",
            "sna": "`centralization` and `gden` agree on networks without direction.",
        },
        notes="Averages of distances are over the pairs that reach each other: look at reachable_share beside them.",
    ),
    Spec(
        function="network_positions",
        module="networks",
        formula="betweenness $b_i = \\frac{2}{(n - 1)(n - 2)} \\sum_{j < k} \\sigma_{jk}(i) / \\sigma_{jk}$; closeness "
        "$c_i = \\frac{1}{n - 1} \\sum_{j \\ne i} 1 / d_{ij}$",
        source="Freeman (1979), doi:10.1016/0378-8733(78)90021-7; Marchiori and Latora (2000), "
        "doi:10.1016/S0378-4371(00)00311-3; Seidman (1983), doi:10.1016/0378-8733(83)90028-X",
        examples=[
            Example(
                "All three paths between a, b and c pass the hub; nothing passes the others",
                STAR,
                "rg.network_positions(ties, people)",
                {
                    "organisation": ["a", "alone", "b", "c", "hub"],
                    "degree": [1, 0, 1, 1, 3],
                    "strength": [1, 0, 2, 1, 4],
                    "betweenness": [0, 0, 0, 0, "=3 / (4 * 3 / 2)"],
                    "closeness": ["=(1 + 1 / 2 + 1 / 2) / 4", 0, "=(1 + 1 / 2 + 1 / 2) / 4", 0.5, "=3 / 4"],
                    "component": [1, 2, 1, 1, 1],
                    "shell": [1, 0, 1, 1, 1],
                    "cutpoint": [False, False, False, False, True],
                },
            )
        ],
        conventions={
            "networkx": "`betweenness_centrality` agrees; its `closeness_centrality` is not harmonic.",
        },
    ),
    Spec(
        function="burt_constraint",
        module="networks",
        formula="$C_i = \\sum_j (p_{ij} + \\sum_q p_{iq} p_{qj})^2$ over contacts $j$, $p_{ij} = z_{ij} / "
        "\\sum_q z_{iq}$; effective size $\\sum_j (1 - \\sum_q p_{iq} z_{jq} / \\max_k z_{jk})$",
        source="Burt (1992), Structural Holes, ch. 2 (equations 2.2, 2.4 and 2.9)",
        examples=[
            Example(
                "The hub's three contacts do not know each other: 1 / 3; those with one contact are wholly constrained",
                STAR,
                "rg.burt_constraint(ties, people, weight=None)",
                {
                    "organisation": ["a", "alone", "b", "c", "hub"],
                    "contacts": [1, 0, 1, 1, 3],
                    "constraint": [1, None, 1, 1, "=3 * (1 / 3) ** 2"],
                    "effective_size": [1, None, 1, 1, 3],
                    "efficiency": [1, None, 1, 1, 1],
                    "hierarchy": [None, None, None, None, 0],
                },
            ),
            Example(
                "A triangle in which c knows d too: a's contacts are tied, so one of the two is worth nothing to it",
                TRIANGLE,
                "rg.burt_constraint(ties, weight=None)",
                {
                    "organisation": ["a", "b", "c", "d"],
                    "constraint": [
                        "=(1 / 2 + 1 / 2 * 1 / 3) ** 2 + (1 / 2 + 1 / 2 * 1 / 2) ** 2",
                        "=(1 / 2 + 1 / 2 * 1 / 3) ** 2 + (1 / 2 + 1 / 2 * 1 / 2) ** 2",
                        "=2 * (1 / 3 + 1 / 3 * 1 / 2) ** 2 + (1 / 3) ** 2",
                        1,
                    ],
                    "effective_size": ["=2 - 2 * 1 / 2", "=2 - 2 * 1 / 2", "=3 - 2 * 1 / 3", 1],
                },
            ),
        ],
        conventions={
            "igraph": "`constraint` agrees; NaN without contacts, null here.",
            "networkx": "`constraint` agrees; `effective_size` agrees where ties are all alike. With weights "
            "networkx 3.6 divides z[j, q] by the largest tie of q where Burt divides by that of j.",
        },
        notes="With ties all alike the effective size is contacts less 2 t / contacts, t ties among the contacts.",
    ),
    Spec(
        function="gould_fernandez",
        module="networks",
        formula="$b$ brokers $(a, c)$ where $a \\to b \\to c$ and not $a \\to c$; by the groups of $a, b, c$: "
        "coordinator $AAA$, consultant $BAB$ (with $b$ in $A$), gatekeeper $BAA$, representative $AAB$, liaison $BAC$",
        source="Gould and Fernandez (1989), Sociological Methodology 19, doi:10.2307/270949",
        examples=[
            Example(
                "a2 coordinates a1 and a3 and stands between each of them and b1; b1 is the liaison of a2 and c1",
                GROUPS,
                "rg.gould_fernandez(ties, people).nodes",
                {
                    "organisation": ["a1", "a2", "a3", "b1", "c1"],
                    "coordinator": [0, 2, 0, 0, 0],
                    "consultant": [0, 0, 0, 0, 0],
                    "gatekeeper": [0, 2, 0, 0, 0],
                    "representative": [0, 2, 0, 0, 0],
                    "liaison": [0, 0, 0, 2, 0],
                    "total": [0, 6, 0, 2, 0],
                },
            ),
            Example(
                "With direction a1 -> a2 -> a3, a1 -> a2 -> b1 and a2 -> b1 -> c1 are left",
                GROUPS,
                "rg.gould_fernandez(ties, people, directed=True).nodes",
                {
                    "coordinator": [0, 1, 0, 0, 0],
                    "gatekeeper": [0, 0, 0, 0, 0],
                    "representative": [0, 1, 0, 0, 0],
                    "liaison": [0, 0, 0, 1, 0],
                },
            ),
            Example(
                "What chance gives a2: four ties of ten, two other members of A, two outside",
                GROUPS,
                "rg.gould_fernandez(ties, people).roles.filter(pl.col('organisation') == 'a2')",
                {
                    "role": ["coordinator", "consultant", "gatekeeper", "representative", "liaison", "total"],
                    "pairs": [2, 0, 2, 2, 0, 6],
                    "expected": [
                        "=0.4 ** 2 * 0.6 * 2 * 1",
                        0,
                        "=0.4 ** 2 * 0.6 * 2 * 2",
                        "=0.4 ** 2 * 0.6 * 2 * 2",
                        "=0.4 ** 2 * 0.6 * 2 * 1",
                        "=0.4 ** 2 * 0.6 * 4 * 3",
                    ],
                },
            ),
        ],
        conventions={
            "sna": "`brokerage` agrees in counts and expected counts (w_I coordinator, w_O consultant, b_IO "
            "representative, b_OI gatekeeper, b_O liaison), and in z where ties have a direction. Where they have "
            "none it takes (a, c) and (c, a) for independent: its z of the symmetric "
            "roles is the square root of 2 too large.",
        },
    ),
]

test_examples = examples_of(SPECS)
