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

MET = {
    "parts": {
        "project": ["x", "x", "x", "y", "y", "z", "z", "w", "w"],
        "organisation": ["Ada", "Bea", "Cid", "Bea", "Doro", "Cid", "Doro", "Doro", "Eva"],
        "start": [2015, 2015, 2015, 2016, 2016, 2016, 2016, 2017, 2017],
    }
}
LATER = {
    "parts": {
        "project": [*MET["parts"]["project"], "v", "v", "u", "u"],
        "organisation": [*MET["parts"]["organisation"], "Ada", "Doro", "Bea", "Eva"],
        "start": [*MET["parts"]["start"], 2018, 2018, 2018, 2018],
    }
}

CARDS = {
    "cards": {"card": ["lab", "shop"], "text": ["tests of films", "laser cutting"]},
    "asked": {"query": ["Ada"], "text": ["We need to test a film"]},
}
TWO_LANGUAGES = {
    "cards": {"card": ["lab", "shop"], "text": ["tests of films", "laser cutting"]},
    "concepts": {
        "concept": ["testing", "testing", "cutting", "cutting"],
        "label": ["test", "prova", "cutting", "taglio"],
    },
    "asked": {"query": ["Ada"], "text": ["una prova di durata"]},
}
FITS = {
    "fits": {
        "card": ["Ada", "Ada", "lab", "star"],
        "partner": ["lab", "star", "Ada", "Ada"],
        "text": [0.8, 1.0, 0.6, 0.1],
        "place": [1.0, 1.0, 1.0, 0.1],
    },
    "people": {"card": ["Ada", "lab", "star"], "activity": ["72.1", "72.2", "26.5"]},
}

EVENT = {
    "wishes": {
        "person_1": ["Ada", "Bea", "Ada", "Cid"],
        "person_2": ["Bea", "Cid", "Cid", "Doro"],
        "worth": [3, 2, 1, 2],
    }
}

SPECS = [
    Spec(
        function="predict_partners",
        module="matching",
        formula="score$_{ij} = \\sum_s w_s (x_{s,ij} - \\bar x_{s,i})$, $w$ = the largest of $\\sum_i \\frac{1}{|N_i|} "
        "\\sum_{j \\in N_i} \\log \\mathrm{softmax}_j(w \\cdot x_{ij})$ over the new partners $N_i$ after an earlier "
        "moment",
        source="Liben-Nowell and Kleinberg (2007), doi:10.1002/asi.20591; Cao, Qin, Liu, Tsai and Li (2007), "
        "doi:10.1145/1273496.1273513; the choice of signals is ours",
        examples=[
            Example(
                "Ada met Bea and Cid, who have three partners each and both know Doro; Eva is a step further. By "
                "Adamic-Adar alone the score is half of the difference of log(1 + AA), against the mean of the two",
                MET,
                "rg.predict_partners(parts, focal=['Ada'], k=5, weights={'Adamic-Adar': 1})"
                "[['focal', 'partner', 'rank', 'score']]",
                {
                    "focal": ["Ada", "Ada"],
                    "partner": ["Doro", "Eva"],
                    "rank": [1, 2],
                    "score": ["=log(1 + 2 / log(3)) / 2", "=-log(1 + 2 / log(3)) / 2"],
                },
                tolerance=1e-6,
            ),
            Example(
                "Why Doro: the shared partners are named",
                MET,
                "rg.predict_partners(parts, focal=['Ada'], k=1, weights={'Adamic-Adar': 1}).explode('reasons')"
                ".unnest('reasons')",
                {
                    "reason": ["partners"],
                    "weight": ["=log(1 + 2 / log(3)) / 2"],
                    "detail": ["2 shared partners (Bea, Cid)"],
                },
                tolerance=1e-6,
            ),
        ],
        notes="Measured on real EU projects by `regionomics/benchmarks/partners.py`; the figures are in "
        "[the report](../regionomics/partners.md), with what was tried and how far anything could get.",
    ),
    Spec(
        function="backtest_partners",
        module="matching",
        formula="recall$_k$ = new partners among the first $k$ / $\\min(k, |N_i|)$; AUC = $P(s_{ij} > s_{ij'})$ with "
        "$\\deg j' \\approx \\deg j$",
        source="Liben-Nowell and Kleinberg (2007), doi:10.1002/asi.20591; Hu, Koren and Volinsky (2008), "
        "doi:10.1109/ICDM.2008.22; Katz (1953), doi:10.1007/BF02289026; Zhou, Lue and Zhang (2009), "
        "doi:10.1140/epjb/e2009-00335-8",
        examples=[
            Example(
                "In 2018 Ada meets Doro and Bea meets Eva. Each of the four had two it had not met (Doro: Ada alone; "
                "Eva: three), so that ten guesses find everyone; Ada and Eva, newcomers, each after one project",
                LATER,
                "rg.backtest_partners(parts, cut=2018, methods=['adamic_adar'])",
                {
                    "method": ["adamic_adar", "adamic_adar"],
                    "group": ["all", "newcomers"],
                    "queries": [4, 2],
                    "recall_10": [1.0, 1.0],
                    "full_recall_10": [1.0, 1.0],
                },
            )
        ],
    ),
    Spec(
        function="index_cards",
        module="matching",
        formula="$\\sum_t q_t \\log(1 + \\frac{N - n_t + 1/2}{n_t + 1/2}) \\frac{f_t (k_1 + 1)}{f_t + k_1 (1 - b + b l "
        "/ \\bar l)}$, $k_1 = 1.2$, $b = .75$ unless told, over words without endings and concepts",
        source="Robertson and Zaragoza (2009), doi:10.1561/1500000019",
        examples=[
            Example(
                "Both words of the question are in one of two cards, once each, in cards of equal length",
                CARDS,
                "rg.index_cards(cards).search(asked, k=5)",
                {
                    "query": ["Ada"],
                    "card": ["lab"],
                    "rank": [1],
                    "score": ["=2 * log(1 + (2 - 1 + 0.5) / (1 + 0.5)) * 2.2 / (1 + 1.2)"],
                    "words": [["film", "test"]],
                },
                tolerance=1e-6,
            ),
            Example(
                "An Italian question shares no word with the English card, but the concept; cards are of length three",
                TWO_LANGUAGES,
                "rg.index_cards(cards, concepts).search(asked, k=5)",
                {
                    "card": ["lab"],
                    "score": ["=log(1 + (2 - 1 + 0.5) / (1 + 0.5)) * 2.2 / (1 + 1.2)"],
                    "words": [["=testing"]],
                },
                tolerance=1e-6,
            ),
        ],
        conventions={
            "bm25s": "`method='lucene'` with the same k1 and b, on the same terms, leaves out the factor k1 + 1: the "
            "ranks are the same.",
        },
        notes="Endings are taken off by a few rules for both languages at once, since the language of a card is often "
        "unknown: derived forms (to test, testing) stay apart unless a concept ties them. What no concept names and no "
        "cognate shares is not found across languages.",
    ),
    Spec(
        function="two_sided_matches",
        module="matching",
        formula="$s_{ab} = \\frac{2 w_{ab} w_{ba}}{w_{ab} + w_{ba}}$, $w_{ab} = \\sum_c w_c f_{c,ab} / \\sum_c w_c$, 0 "
        "for a veto, a rival or the same owner",
        source="Pizzato, Rej, Chung, Koprinska and Kay (2010), doi:10.1145/1864708.1864747; the rest is ours",
        examples=[
            Example(
                "Ada wants the star more, but the star hardly wants Ada: the lab comes first",
                FITS,
                "rg.two_sided_matches(fits, k=2).filter(pl.col('card') == 'Ada')"
                "[['card', 'partner', 'rank', 'score', 'wants', 'is_wanted']]",
                {
                    "card": ["Ada", "Ada"],
                    "partner": ["lab", "star"],
                    "rank": [1, 2],
                    "score": ["=2 * 0.9 * 0.8 / (0.9 + 0.8)", "=2 * 1.0 * 0.1 / (1.0 + 0.1)"],
                    "wants": ["=(0.8 + 1.0) / 2", 1.0],
                    "is_wanted": ["=(0.6 + 1.0) / 2", 0.1],
                },
            ),
            Example(
                "Why the lab: half of the score is each side's, shared out by what each criterion adds",
                FITS,
                "rg.two_sided_matches(fits, k=1).filter(pl.col('card') == 'Ada').explode('reasons').unnest('reasons')",
                {
                    "reason": ["is wanted: place", "wants: place", "wants: text", "is wanted: text"],
                    "weight": [
                        "=0.72 / 1.7 * 2 * 0.5 * 1.0 / 1.6",
                        "=0.72 / 1.7 * 2 * 0.5 * 1.0 / 1.8",
                        "=0.72 / 1.7 * 2 * 0.5 * 0.8 / 1.8",
                        "=0.72 / 1.7 * 2 * 0.5 * 0.6 / 1.6",
                    ],
                },
            ),
            Example(
                "Ada and the lab with the same activity are rivals and never introduced",
                {**FITS, "people": {"card": ["Ada", "lab", "star"], "activity": ["72.1", "72.1", "26.5"]}},
                "rg.two_sided_matches(fits, k=2, profiles=people, rivals=['activity'])",
                {"card": ["Ada", "star"], "partner": ["star", "Ada"]},
            ),
        ],
    ),
    Spec(
        function="allocate",
        module="matching",
        formula="stable: no pair $(a, h)$ with $h \\succ_a \\mu(a)$ and ($|\\mu(h)| < q_h$ or $a \\succ_h$ the worst "
        "of $\\mu(h)$)",
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
            "matching (Python)": "gives the same answer to the first example, from complete lists of names; it "
            "recurses and fails at about 500 residents."
        },
    ),
    Spec(
        function="blocking_pairs",
        module="matching",
        formula="$(a, h)$ blocks $\\mu$: $h \\succ_a \\mu(a)$ and ($|\\mu(h)| < q_h$ or $a \\succ_h$ the worst "
        "of $\\mu(h)$)",
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
    Spec(
        function="schedule_meetings",
        module="matching",
        formula="bound: $\\max \\sum_m v_m x_m$, $0 \\le x_m \\le 1$, $\\sum_{m \\ni i} x_m \\le$ slots of $i$, "
        "$\\sum_m x_m \\le$ all tables",
        source="Vizing (1964), On an estimate of the chromatic class of a p-graph; Edmonds (1965), "
        "doi:10.6028/jres.069B.013 (the bound, without its odd sets)",
        examples=[
            Example(
                "Three slots and two tables hold all four wishes; Cid, wished three times, is in every slot",
                EVENT,
                "rg.schedule_meetings(wishes, slots=['9:00', '9:30', '10:00'], tables=2, value='worth').people",
                {"person": ["Ada", "Bea", "Cid", "Doro"], "wished": [2, 2, 3, 1], "meetings": [2, 2, 3, 1]},
            ),
            Example(
                "With one slot and one table, the meeting that is worth most; the bound says that there is no better",
                EVENT,
                "rg.schedule_meetings(wishes, slots=['9:00'], tables=1, value='worth').meetings",
                {"person_1": ["Ada"], "person_2": ["Bea"], "slot": ["9:00"], "table": [1], "value": [3.0]},
            ),
            Example(
                "Its worth against the bound",
                EVENT,
                "rg.schedule_meetings(wishes, slots=['9:00'], tables=1, value='worth').share",
                "=3 / 3",
            ),
        ],
        notes="Measured by `regionomics/benchmarks/matching.py` on events of 1 000 people, 10 000 wishes and 24 slots, "
        "wishes even and uneven; the figures are in [the report](../regionomics/matching.md). The bound need not be "
        "reachable.",
    ),
]
test_examples = examples_of(SPECS)
