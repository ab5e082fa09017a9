"""Method page of `shift_share`."""

from spec import Example, Spec, examples_of

TWO = {
    "jobs": {
        "place": ["Alba", "Alba", "Bari", "Bari"] * 2,
        "activity": ["cars", "wine"] * 4,
        "year": [2015] * 4 + [2020] * 4,
        "value": [40, 60, 10, 90, 60, 60, 10, 100],
    }
}
# Farhauer and Kröll (2013): regions A, B and C of a nation, industries 1 to 4
FARHAUER = {
    "jobs": {
        "place": (["A"] * 4 + ["B"] * 4 + ["C"] * 4) * 2,
        "activity": [1, 2, 3, 4] * 6,
        "year": [0] * 12 + [1] * 12,
        "value": [
            *(90, 20, 10, 60, 60, 30, 30, 40, 250, 100, 110, 300),
            *(100, 40, 10, 55, 85, 55, 40, 35, 255, 115, 85, 390),
        ],
    }
}

SPECS = [
    Spec(
        function="shift_share",
        module="specialisation",
        formula="classic: $x' - x = xG + x(G_a - G) + x(g_{pa} - G_a)$; "
        "Esteban-Marquillas: the last $= h(g_{pa} - G_a) + (x - h)(g_{pa} - G_a)$, $h = X_p X_a / X$; "
        "Arcelus: $x' - x = \\sum_{w \\in \\{h, x - h\\}} w \\left[ G + (G_a - G) + (g_p - G) + "
        "(g_{pa} - g_p - G_a + G) \\right]$",
        source="Dunn (1960), Papers in Regional Science 6; Esteban-Marquillas (1972), Regional and Urban Economics 2 "
        "(3), 249-261; Arcelus (1984), Growth and Change 15 (1)",
        notes="The whole grows by 15%, cars by 40% (50 to 70 jobs), wine by 1/15 (150 to 160), Alba by 20%.",
        examples=[
            Example(
                "Alba's 20 new jobs in cars: the whole, the activity and the place",
                TWO,
                "rg.shift_share(jobs).pairs",
                {
                    "place": ["Alba", "Alba", "Bari", "Bari"],
                    "activity": ["cars", "wine", "cars", "wine"],
                    "change": [20, 0, 0, 10],
                    "national": ["=40 * 0.15", "=60 * 0.15", "=10 * 0.15", "=90 * 0.15"],
                    "mix": [
                        "=40 * (20/50 - 0.15)",
                        "=60 * (10/150 - 0.15)",
                        "=10 * (20/50 - 0.15)",
                        "=90 * (10/150 - 0.15)",
                    ],
                    "competitive": [
                        "=60 - 40 * 70/50",
                        "=60 - 60 * 160/150",
                        "=10 - 10 * 70/50",
                        "=100 - 90 * 160/150",
                    ],
                },
            ),
            Example(
                "Of the 4 of competition 2.5 are there with the mix of the whole (25 jobs in cars), and 1.5 because "
                "Alba has more",
                TWO,
                "rg.shift_share(jobs, method='esteban-marquillas').pairs",
                {
                    "homothetic": ["=100 * 50/200", "=100 * 150/200", "=100 * 50/200", "=100 * 150/200"],
                    "competitive": [
                        "=25 * (20/40 - 20/50)",
                        "=75 * (0/60 - 10/150)",
                        "=25 * (0/10 - 20/50)",
                        "=75 * (10/90 - 10/150)",
                    ],
                    "allocation": [
                        "=(40 - 25) * (20/40 - 20/50)",
                        "=(60 - 75) * (0/60 - 10/150)",
                        "=(10 - 25) * (0/10 - 20/50)",
                        "=(90 - 75) * (10/90 - 10/150)",
                    ],
                    "entry": [0, 0, 0, 0],
                },
            ),
            Example(
                "Arcelus takes the growth of Alba as a whole (20%) out of what is left",
                TWO,
                "rg.shift_share(jobs, method='arcelus').pairs.head(1)",
                {
                    "national": ["=25 * 0.15"],
                    "national_allocation": ["=15 * 0.15"],
                    "mix": ["=25 * (20/50 - 0.15)"],
                    "mix_allocation": ["=15 * (20/50 - 0.15)"],
                    "regional": ["=25 * (0.2 - 0.15)"],
                    "regional_allocation": ["=15 * (0.2 - 0.15)"],
                    "regional_mix": ["=25 * (20/40 - 0.2 - 20/50 + 0.15)"],
                    "regional_mix_allocation": ["=15 * (20/40 - 0.2 - 20/50 + 0.15)"],
                },
            ),
            Example(
                "Farhauer and Kröll (2013): three regions of a nation that grows from 1100 to 1265",
                FARHAUER,
                "rg.shift_share(jobs).places",
                {
                    "place": ["A", "B", "C"],
                    "change": [25, 55, 85],
                    "national": ["=180 * 0.15", "=160 * 0.15", "=760 * 0.15"],
                    "mix": [
                        "=90 * 0.1 + 20 * 0.4 - 10 * 0.1 + 60 * 0.2 - 27",
                        "=60 * 0.1 + 30 * 0.4 - 30 * 0.1 + 40 * 0.2 - 24",
                        "=250 * 0.1 + 100 * 0.4 - 110 * 0.1 + 300 * 0.2 - 114",
                    ],
                    "competitive": ["=25 - 27 - 1", "=55 - 24 + 1", "=85 - 114 - 0"],
                },
            ),
        ],
        conventions={
            "REAT": '`shift` agrees for one region (`"Dunn"`, `"Esteban"`) where every industry has something at the '
            "start; otherwise it gives NaN.",
            "EconGeo": "has none; nor has econcomplex.",
        },
    ),
]

test_examples = examples_of(SPECS)
