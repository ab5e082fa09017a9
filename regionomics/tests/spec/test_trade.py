"""Method pages of `trade`, checked."""

from spec import Example, Spec, examples_of

EXPORTS = {
    "place": ["Alba", "Alba", "Bari", "Bari", "Como", "Como"],
    "activity": ["cars", "wine", "cars", "wine", "cars", "wine"],
    "value": [50, 50, 10, 90, 30, 70],
}
WITH_INCOME = {**EXPORTS, "income": [40, 40, 10, 10, 20, 20]}
WITH_GINI = {
    "place": ["Alba", "Alba", "Bari", "Bari", "Como", "Como"],
    "activity": ["cars", "wine", "cars", "wine", "silk", "wine"],
    "value": [80, 20, 10, 90, 60, 40],
    "gini": [0.30, 0.30, 0.45, 0.45, None, None],
}
PANEL = {
    "place": ["Alba", "Bari", "Como", "Dora", "Este", "Fano"] * 2,
    "year": [2000] * 6 + [2010] * 6,
    "eci": [-1, 1, 0, 1, -1, 0, -1, 1, 0, 1, 0, None],
    "income": [1, 1, 2, 2, 2, 4, 4, 16, 8, 32, 2, 8],
}
HHR = "Hausmann, Hwang and Rodrik (2007), Journal of Economic Growth 12, doi:10.1007/s10887-006-9009-4"
UNKNOWN = (
    "A place whose fact is unknown (null) takes no part in the mean but still counts in everybody's location "
    "quotients; to drop its rows would move them. The peers ask for a number everywhere."
)

SPECS = [
    Spec(
        function="prody",
        module="trade",
        formula="$PRODY_a = \\sum_p \\frac{x_{pa} / x_p}{\\sum_q x_{qa} / x_q} y_p$",
        source=HHR,
        notes="The weights are shares of the places' own totals and not amounts, so that a small place that lives on "
        "the product counts as much as a large one. " + UNKNOWN,
        examples=[
            Example(
                "Cars are half of what rich Alba exports, and a tenth of what poor Bari does",
                {"exports": WITH_INCOME},
                "rg.prody(exports, income='income')",
                {
                    "activity": ["cars", "wine"],
                    "prody": [
                        "=(.5 * 40 + .1 * 10 + .3 * 20) / (.5 + .1 + .3)",
                        "=(.5 * 40 + .9 * 10 + .7 * 20) / (.5 + .9 + .7)",
                    ],
                    "places": [3, 3],
                },
            ),
            Example(
                "Incomes by name; that of Como is not known",
                {"exports": EXPORTS},
                "rg.prody(exports, income={'Alba': 40, 'Bari': 10, 'Como': None})",
                {
                    "activity": ["cars", "wine"],
                    "prody": ["=(.5 * 40 + .1 * 10) / (.5 + .1)", "=(.5 * 40 + .9 * 10) / (.5 + .9)"],
                    "places": [2, 2],
                },
            ),
        ],
        conventions={
            "EconGeo": "`prody` gives the same.",
            "econcomplex": "`prody` gives the same; 0 where nobody has the product, ours null.",
        },
    ),
    Spec(
        function="expy",
        module="trade",
        formula="$EXPY_p = \\sum_a \\frac{x_{pa}}{x_p} PRODY_a$",
        source=HHR,
        notes="With `prody=` from outside, products that it does not name are left out and `covered` says how much of "
        "the place's exports the mean stands for.",
        examples=[
            Example(
                "The income that goes with what each place exports",
                {"exports": WITH_INCOME},
                "rg.expy(exports, income='income')",
                {
                    "place": ["Alba", "Bari", "Como"],
                    "expy": ["=.5 * 30 + .5 * 43 / 2.1", "=.1 * 30 + .9 * 43 / 2.1", "=.3 * 30 + .7 * 43 / 2.1"],
                    "covered": [1.0, 1.0, 1.0],
                },
            ),
            Example(
                "The world's prody, which knows cars only",
                {"exports": EXPORTS, "world": {"activity": ["cars"], "prody": [25.0]}},
                "rg.expy(exports, prody=world)",
                {"place": ["Alba", "Bari", "Como"], "expy": [25.0, 25.0, 25.0], "covered": [0.5, 0.1, 0.3]},
            ),
        ],
        conventions={
            "EconGeo": "`expy` gives the same; `weighted_avg` is this with any number of the products as `prody=`.",
            "econcomplex": "`expy` gives the same.",
        },
    ),
    Spec(
        function="product_gini",
        module="trade",
        formula="$PGI_a = \\frac{1}{N_a} \\sum_p M_{pa} s_{pa} Gini_p$, $N_a = \\sum_p M_{pa} s_{pa}$, "
        "$s_{pa} = x_{pa} / x_p$",
        source="Hartmann, Guevara, Jara-Figueroa, Aristarán and Hidalgo (2017), World Development 93, "
        "doi:10.1016/j.worlddev.2016.12.020",
        notes=UNKNOWN,
        examples=[
            Example(
                "Only Alba has cars and only Como has silk; how unequal Como is, nobody knows",
                {"exports": WITH_GINI},
                "rg.product_gini(exports, gini='gini')",
                {
                    "activity": ["cars", "silk", "wine"],
                    "product_gini": ["=(.8 * .30) / .8", None, "=(.9 * .45) / .9"],
                    "places": [1, 0, 1],
                },
            ),
            Example(
                "Counting every place that exports some of it",
                {"exports": WITH_GINI},
                "rg.product_gini(exports, gini='gini', presence='value')",
                {
                    "activity": ["cars", "silk", "wine"],
                    "product_gini": [
                        "=(.8 * .30 + .1 * .45) / (.8 + .1)",
                        None,
                        "=(.2 * .30 + .9 * .45) / (.2 + .9)",
                    ],
                    "places": [2, 0, 2],
                },
            ),
        ],
        conventions={
            "econcomplex": "`pgi` (`product_gini_index`) gives the same; 0 where nobody has the product, ours null.",
            "OEC": "`pgi` gives the same.",
        },
    ),
    Spec(
        function="product_emissions",
        module="trade",
        formula="$PEII_a = \\frac{\\sum_p M_{pa} s_{pa} E_p}{\\sum_p M_{pa} s_{pa}}$, $s_{pa} = x_{pa} / x_p$",
        source="Romero and Gramkow (2021), World Development 139, doi:10.1016/j.worlddev.2020.105317",
        notes=UNKNOWN + " Emissions of a place's whole output stand for those of each of its products: the index says "
        "in whose company a product is made, not what making it emits.",
        examples=[
            Example(
                "Alba emits 200 kilotons a billion, Bari 900",
                {"exports": EXPORTS},
                "rg.product_emissions(exports, emissions={'Alba': 200, 'Bari': 900, 'Como': 400})",
                {
                    "activity": ["cars", "wine"],
                    "product_emissions": [
                        "=(.5 * 200 + .3 * 400) / (.5 + .3)",
                        "=(.9 * 900 + .7 * 400) / (.9 + .7)",
                    ],
                    "places": [2, 2],
                },
            )
        ],
        conventions={
            "econcomplex": "`peii` (`product_emissions_index`) gives the same; 0 where nobody has it, ours null.",
            "OEC": "`peii` gives the same.",
        },
    ),
    Spec(
        function="growth_outlook",
        module="trade",
        formula="$\\frac{\\ln y_{p,t+h} - \\ln y_{pt}}{h} = a_1 ECI_{pt} + a_2 z_{pt} + a_3 ECI_{pt} z_{pt} + "
        "\\sum_k b_k f_{kpt} + c_t + e_{pt}$",
        source="Stojkoski and Hidalgo (2026), Research Policy 55, 105454, equation 3; Hausmann et al. (2014), The "
        "Atlas of Economic Complexity, chapter 3",
        notes="In the example incomes were made by $y_{2010} = 2^{3 + ECI - m + ECI \\cdot m} y_{2000}$ with "
        "$m = \\log_2 y_{2000}$: ten years' growth of $.3 \\ln 2 + .1 \\ln 2 \\cdot ECI - .1 \\ln y + .1 ECI \\ln y$ a "
        "year, which the regression must find.",
        examples=[
            Example(
                "What six places' growth tells of the part of complexity",
                {"panel": PANEL},
                "rg.growth_outlook(panel, income_scale='log').coefficients",
                {
                    "term": ["eci", "income", "eci x income", "year 2000"],
                    "estimate": ["=.1 * log(2)", -0.1, 0.1, "=.3 * log(2)"],
                },
            ),
            Example(
                "The outlook from 2010, and the ECI that would go with growth of 3% a year",
                {"panel": PANEL},
                "rg.growth_outlook(panel, income_scale='log', target=.03).places",
                {
                    "place": ["Alba", "Bari", "Como", "Dora", "Este", "Fano"],
                    "expected_growth": [
                        "=(.3 - .1 - .1 * 2 - .1 * 2) * log(2)",
                        "=(.3 + .1 - .1 * 4 + .1 * 4) * log(2)",
                        "=(.3 - .1 * 3) * log(2)",
                        "=(.3 + .1 - .1 * 5 + .1 * 5) * log(2)",
                        "=(.3 - .1 * 1) * log(2)",
                        None,
                    ],
                    "eci_needed": [
                        "=(.03 / log(2) - .3 + .1 * 2) / (.1 + .1 * 2)",
                        "=(.03 / log(2) - .3 + .1 * 4) / (.1 + .1 * 4)",
                        "=(.03 / log(2) - .3 + .1 * 3) / (.1 + .1 * 3)",
                        "=(.03 / log(2) - .3 + .1 * 5) / (.1 + .1 * 5)",
                        "=(.03 / log(2) - .3 + .1 * 1) / (.1 + .1 * 1)",
                        "=(.03 / log(2) - .3 + .1 * 3) / (.1 + .1 * 3)",
                    ],
                },
                tolerance=1e-9,
            ),
        ],
        conventions={
            "econcomplex": "`calibrate_growth_model` gives the same coefficients (`income_scale='z'`, the default). "
            "Its `expected_growth` reads today's income on the scale of the last starting period, ours on today's; "
            "`eci_target_for_growth` also answers where more complexity went with less growth, ours is null there. "
            "It gives no error of the coefficients and no interval.",
            "The Atlas (2014)": "log income and the exports of natural resources: `income_scale='log'`, `factors=`.",
        },
    ),
]

test_examples = examples_of(SPECS)
