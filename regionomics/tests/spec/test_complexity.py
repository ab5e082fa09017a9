"""Method pages of `complexity`, checked."""

from spec import Example, Spec, examples_of

HIDALGO = "Hidalgo and Hausmann (2009), PNAS 106, doi:10.1073/pnas.0900943106"
ATLAS = "Hausmann, Hidalgo et al. (2014), The Atlas of Economic Complexity, MIT Press, Technical Boxes 2.1-2.4"

# Alba has everything, Bari cars and wine, Como wine only.
NESTED = {
    "nested": {
        "place": ["Alba", "Alba", "Alba", "Bari", "Bari", "Como"],
        "activity": ["cars", "silk", "wine", "cars", "wine", "wine"],
        "value": [1, 1, 1, 1, 1, 1],
    }
}
# D = (3, 2, 1), U = (2, 1, 3). D^-1 M U^-1 M' has rows (11/18, 5/18, 2/18), (5/12, 5/12, 2/12), (1/3, 1/3, 1/3):
# eigenvalues 1 and the roots of x^2 - (11/18 + 5/12 + 1/3 - 1) x + 1/36 = x^2 - 13/36 x + 1/36, that is 1/4 and 1/9.
# For 1/4: e = (4, -1, -2 x 5)... solved below and checked by hand: e ~ (a, b, c) with 3a + 2b + c = 0.
# (11/18 - 1/4) a + 5/18 b + 1/9 c = 0 and c = -3a - 2b give 13/36 a + 10/36 b - 12/36 a - 8/36 b = 0: a = -2b,
# c = 4b. With b = -1: e = (2, -1, -4), mean -1, deviation sqrt((9 + 0 + 9) / 3) = sqrt(6).

SPECS = [
    Spec(
        function="diversity",
        module="complexity",
        formula="$d_p = \\sum_a M_{pa}$",
        source=HIDALGO,
        examples=[
            Example(
                "Counted where the location quotient is at least 1",
                {
                    "jobs": {
                        "place": ["Alba", "Alba", "Bari", "Bari"],
                        "activity": ["cars", "wine", "cars", "wine"],
                        "value": [30, 10, 10, 10],
                    }
                },
                # Alba: cars (30/40) / (40/60) = 1.125, wine (10/40) / (20/60) = .75; Bari: cars .75, wine 1.5
                "rg.diversity(jobs)",
                {"place": ["Alba", "Bari"], "diversity": [1, 1]},
            ),
            Example(
                "Counted as given",
                NESTED,
                "rg.diversity(nested, presence='given')",
                {"place": ["Alba", "Bari", "Como"], "diversity": [3, 2, 1]},
            ),
        ],
        conventions={
            "EconGeo": "`diversity(mat, RCA = FALSE)`: as given by default; RCA > 1 instead of >= 1 otherwise."
        },
    ),
    Spec(
        function="ubiquity",
        module="complexity",
        formula="$u_a = \\sum_p M_{pa}$",
        source=HIDALGO,
        examples=[
            Example(
                "Everyone has wine, one place has silk",
                NESTED,
                "rg.ubiquity(nested, presence='given')",
                {"activity": ["cars", "silk", "wine"], "ubiquity": [2, 1, 3]},
            )
        ],
    ),
    Spec(
        function="normalised_ubiquity",
        module="complexity",
        formula="$\\frac{x_{.a} / x_{..}}{u_a / \\sum_b u_b}$",
        source="EconGeo, `norm.ubiquity`",
        examples=[
            Example(
                "Silk is a sixth of all jobs and a sixth of all presences; cars a half of the jobs",
                {
                    "jobs": {
                        "place": ["Alba", "Alba", "Bari", "Bari", "Como"],
                        "activity": ["cars", "silk", "cars", "wine", "wine"],
                        "value": [20, 10, 10, 10, 10],
                    }
                },
                "rg.normalised_ubiquity(jobs, presence='value', threshold=1)",
                {
                    "activity": ["cars", "silk", "wine"],
                    "normalised_ubiquity": ["=(30 / 60) / (2 / 5)", "=(10 / 60) / (1 / 5)", "=(20 / 60) / (2 / 5)"],
                },
            )
        ],
        conventions={
            "EconGeo": "`norm.ubiquity` rounds to two digits and counts location quotients > 1; `inv.norm.ubiquity` is "
            "the logarithm of the total over the ubiquity, not offered: it changes with the unit of the values.",
            "econcomplex": "`normalized_ubiquity`: the same digits; 0 instead of null for an unused activity.",
        },
    ),
    Spec(
        function="economic_complexity",
        module="complexity",
        formula=(
            "ECI: eigenvector of $D^{-1} M U^{-1} M'$ for the second largest eigenvalue; PCI: of $U^{-1} M' D^{-1} M$. "
            "$S = D^{-1/2} M U^{-1/2}$ has the known first singular vector $\\sqrt{d / \\sum d}$; deflated, "
            "Lanczos gives "
            "$v_2$; $ECI = D^{-1/2} v_2$, $PCI = U^{-1} M' ECI / \\lambda_2$"
        ),
        source=HIDALGO + "; " + ATLAS + "; Mealy, Farmer and Teytelboym (2019), doi:10.1126/sciadv.aau1705",
        examples=[
            Example(
                "Second eigenvalue 1/4 with vector (2, -1, -4): mean -1, deviation sqrt(6)",
                NESTED,
                "rg.economic_complexity(nested, presence='given').places",
                {
                    "place": ["Alba", "Bari", "Como"],
                    "eci": ["=(2 + 1) / sqrt(6)", "=(-1 + 1) / sqrt(6)", "=(-4 + 1) / sqrt(6)"],
                },
            ),
            Example(
                "PCI is the mean of the vector over the places that have the activity, over 1/4, on the scale "
                "of the ECI",
                NESTED,
                "rg.economic_complexity(nested, presence='given').activities",
                {
                    "activity": ["cars", "silk", "wine"],
                    "pci": [
                        "=((2 - 1) / 2 / (1 / 4) + 1) / sqrt(6)",
                        "=(2 / 1 / (1 / 4) + 1) / sqrt(6)",
                        "=((2 - 1 - 4) / 3 / (1 / 4) + 1) / sqrt(6)",
                    ],
                },
            ),
            Example(
                "Diagnostics say how far the answer stands from the next one",
                NESTED,
                "rg.economic_complexity(nested, presence='given').diagnostics",
                {"lambda2": ["=1 / 4"], "lambda3": ["=1 / 9"], "gap": ["=1 / 4 - 1 / 9"], "components": [1]},
            ),
        ],
        conventions={
            "py-ecomplexity (Growth Lab)": "population deviation, PCI on the scale of the ECI: our default, and "
            "`compat='growthlab'`. There, exactly one place without activities makes all ECI NaN; ours gives "
            "null to it.",
            "econcomplex": "PCI by its own mean and deviation (`pci_scale='own'`). It chooses the signs of ECI and PCI "
            "apart, takes location quotients of given presences, and drops units until a core is left.",
            "OEC economic-complexity": "18 and 19 reflections, sample deviation: `compat='oec'`. Its sign "
            "depends on the "
            "number of iterations; ours must be even.",
            "EconGeo": "`KCI`, `TCI`: vector over its sum (`compat='econgeo'`). It rounds the matrix to 4 "
            "digits, which "
            "moves ranks; ours does not round. `MORc`, `MORt`: method='reflections', compat='econgeo'.",
            "economiccomplexity (R)": "does not sort eigenvalues, so that ECI is sometimes another vector.",
        },
        notes="Where places share no activity with the rest, the second eigenvalue is 1 and its vector only tells the "
        "groups apart: ours answers for the largest group and gives null, with the reason in `.dropped`, to the "
        "others. "
        "One place, equal places or a repeated eigenvalue leave the index undetermined: null, reason in "
        "`.diagnostics`. "
        "A repeated eigenvalue is looked for with up to 600 places or activities, whichever are fewer. Regional "
        "indices "
        "move with the choice of regions: read the gap, and consider `pci=` from a wider table.",
    ),
    Spec(
        function="fitness_complexity",
        module="complexity",
        formula="$\\tilde F_p = \\sum_a M_{pa} Q_a$, $\\tilde Q_a = 1 / \\sum_p M_{pa} / F_p$, each over its "
        "mean, repeated",
        source="Tacchella et al. (2012), Scientific Reports 2, doi:10.1038/srep00723",
        examples=[
            Example(
                "Two iterations from 1: F = (3, 2, 1) / 2 and Q = (1/2, 1, 1/3) / (11/18), then once more",
                {
                    "presences": {
                        "place": ["Alba", "Alba", "Bari", "Bari"],
                        "activity": ["cars", "wine", "silk", "wine"],
                        "value": [1, 1, 1, 1],
                    }
                },
                "rg.fitness_complexity(presences, presence='given').activities",
                # both places are alike: F = (1, 1); Q = (1, 1, 1/2) over its mean 5/6
                {
                    "activity": ["cars", "silk", "wine"],
                    "complexity": ["=1 / (5 / 6)", "=1 / (5 / 6)", "=0.5 / (5 / 6)"],
                },
            )
        ],
        conventions={
            "econcomplex": "computes Q from the new F (`update='in_turn'`) and stops after 20 iterations; the limit is "
            "the same, the path is not.",
            "economiccomplexity (R)": "the paper's update; its 20 iterations are 19 here, and its published digits for "
            "world trade come out the same.",
        },
        notes="In some tables the fitness of the least fit tends to 0 and never settles; then only ranks mean "
        "something. "
        "`.diagnostics` says so.",
    ),
    Spec(
        function="genepy",
        module="complexity",
        formula=(
            "$W_{pa} = M_{pa} / (d_p u'_a)$, $u'_a = \\sum_p M_{pa}/d_p$; $N = WW'$ with diagonal 0; "
            "$(\\sum_{k \\le 2} \\lambda_k X_{pk}^2)^2 + 2 \\sum_{k \\le 2} \\lambda_k^2 X_{pk}^2$"
        ),
        source="Sciarra, Chiarotti, Ridolfi and Laio (2020), Nature Communications 11, doi:10.1038/s41467-020-16992-1",
        examples=[
            Example(
                "Three places in a ring: N = 1/4 off the diagonal, eigenvalues 1/2, -1/4, -1/4; X1 alone is known",
                {
                    "ring": {
                        "place": ["Alba", "Alba", "Bari", "Bari", "Como", "Como"],
                        "activity": ["cars", "silk", "silk", "wine", "wine", "cars"],
                        "value": [1] * 6,
                    }
                },
                "float(rg.genepy(ring, presence='given').places['x1'][0]) ** 2",
                "=1 / 3",
            )
        ],
        conventions={"peers": "not there; the authors publish MATLAB and Python scripts."},
        notes="Null, with a warning, where there are fewer than three places (or activities), or where the second "
        "eigenvalue is repeated, as in this ring: its vector is then any of many, and so would be the index.",
    ),
    Spec(
        function="complexity_outlook",
        module="complexity",
        formula="$\\sum_a \\omega_{pa} (1 - M_{pa}) PCI_a$, density $\\omega$ in 0..1",
        source=ATLAS,
        examples=[
            Example(
                "Bari lacks silk, Como lacks cars and silk; PCI given",
                {
                    **NESTED,
                    "pci": {"activity": ["cars", "silk", "wine"], "pci": [1.0, 3.0, -1.0]},
                },
                "rg.complexity_outlook(nested, pci=pci, presence='given')",
                # conditional relatedness: cars-silk 1/2, cars-wine 2/3, silk-wine 1/3
                {
                    "place": ["Alba", "Bari", "Como"],
                    "complexity_outlook": [
                        0,
                        "=3 * (1 / 2 + 1 / 3) / (1 / 2 + 1 / 3)",
                        "=1 * (2 / 3) / (1 / 2 + 2 / 3) + 3 * (1 / 3) / (1 / 2 + 1 / 3)",
                    ],
                },
            )
        ],
        conventions={
            "py-ecomplexity (Growth Lab)": "density with diagonal 1, PCI not centred, standardised: "
            "`compat='growthlab'`.",
            "econcomplex": "`coi`: the same with its PCI; one unused activity makes every value NaN, ours "
            "leaves it out.",
        },
    ),
    Spec(
        function="opportunity_gain",
        module="complexity",
        formula=(
            "Atlas: $\\sum_b \\frac{\\phi_{ab}}{\\sum_c \\phi_{cb}} (1 - M_{pb}) PCI_b - \\omega_{pa} PCI_a$; "
            "Growth Lab: "
            "without the second term; OEC: $\\sum_c \\phi_{ca}$ in place of $\\sum_c \\phi_{cb}$"
        ),
        source=ATLAS,
        examples=[
            Example(
                "What cars and silk would add to Como's outlook: what they are related to, less their own place in it",
                {**NESTED, "pci": {"activity": ["cars", "silk", "wine"], "pci": [1.0, 3.0, -1.0]}},
                "rg.opportunity_gain(nested, pci=pci, presence='given').tail(2)",
                {
                    "place": ["Como", "Como"],
                    "activity": ["cars", "silk"],
                    "opportunity_gain": [
                        "=(1 / 2) / (1 / 2 + 1 / 3) * 3 - (2 / 3) / (1 / 2 + 2 / 3) * 1",
                        "=(1 / 2) / (1 / 2 + 2 / 3) * 1 - (1 / 3) / (1 / 2 + 1 / 3) * 3",
                    ],
                },
            ),
            Example(
                "Growth Lab: nothing is taken off",
                {**NESTED, "pci": {"activity": ["cars", "silk", "wine"], "pci": [1.0, 3.0, -1.0]}},
                "rg.opportunity_gain(nested, pci=pci, presence='given', definition='growthlab').tail(2)",
                {"opportunity_gain": ["=(1 / 2) / (1 / 2 + 1 / 3) * 3", "=(1 / 2) / (1 / 2 + 2 / 3) * 1"]},
            ),
            Example(
                "OEC: over what is related to the new activity",
                {**NESTED, "pci": {"activity": ["cars", "silk", "wine"], "pci": [1.0, 3.0, -1.0]}},
                "rg.opportunity_gain(nested, pci=pci, presence='given', definition='oec').tail(2)",
                {
                    "opportunity_gain": [
                        "=(1 / 2) / (1 / 2 + 2 / 3) * 3 - (2 / 3) / (1 / 2 + 2 / 3) * 1",
                        "=(1 / 2) / (1 / 2 + 1 / 3) * 1 - (1 / 3) / (1 / 2 + 1 / 3) * 3",
                    ]
                },
            ),
        ],
        conventions={
            "py-ecomplexity (Growth Lab)": "`cog` with diagonal 1 and PCI not centred: `compat='growthlab'`.",
            "OEC economic-complexity": "`opportunity_gain`: `compat='oec'`; it also fills in what a place has already.",
            "econcomplex": "`cog`: OEC's first term without the second.",
        },
    ),
]

test_examples = examples_of(SPECS)
