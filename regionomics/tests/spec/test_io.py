"""Method pages of `io`, checked."""

from spec import Example, Spec, examples_of

FLOWS = {
    "origin": ["1", "1", "2", "2"],
    "destination": ["1", "2", "1", "2"],
    "value": [150, 500, 200, 100],
}
TOTALS = {"sector": ["1", "2"], "output": [1000, 2000]}
JOBS = {"sector": ["1", "2"], "output": [1000, 2000], "jobs": [10, 40]}
BOOK = "the two-sector example of Miller and Blair (2009), ch. 2: A = [.15 .25; .20 .05]"
# Households as a third sector: the closed example of the same book, sec. 2.5
CLOSED_FLOWS = {
    "origin": ["1", "1", "1", "2", "2", "2", "home", "home", "home"],
    "destination": ["1", "2", "home", "1", "2", "home", "1", "2", "home"],
    "value": [150, 500, 50, 200, 100, 400, 300, 500, 50],
}
CLOSED_TOTALS = {"sector": ["1", "2", "home"], "output": [1000, 2000, 1000]}
# |I - A| = .85 * .95 - .25 * .20 = .7575

SPECS = [
    Spec(
        function="leontief_inverse",
        module="io",
        formula="$L = (I - A)^{-1}$, $A_{ij} = z_{ij} / x_j$; $x = L f$",
        source="Leontief (1936), Review of Economics and Statistics 18, doi:10.2307/1927837; "
        "Miller and Blair (2009), Input-Output Analysis: Foundations and Extensions, 2nd ed., Cambridge, ch. 2",
        examples=[
            Example(
                f"Direct coefficients and the inverse: {BOOK}; the book prints .25, .33, .264 and 1.122",
                {"flows": FLOWS, "totals": TOTALS},
                "rg.leontief_inverse(flows, totals).table()",
                {
                    "origin": ["1", "1", "2", "2"],
                    "destination": ["1", "2", "1", "2"],
                    "coefficient": ["=150 / 1000", "=500 / 2000", "=200 / 1000", "=100 / 2000"],
                    "inverse": ["=0.95 / 0.7575", "=0.25 / 0.7575", "=0.20 / 0.7575", "=0.85 / 0.7575"],
                },
            )
        ],
        conventions={
            "iotables (R)": "the same; it rounds coefficients to a number of digits where asked, so that sums of its "
            "inverse may differ in the third digit.",
            "pymrio": "the same, for multi-regional tables held as pandas frames; a sector without output gets "
            "coefficients 0 there and here.",
        },
        notes="A table whose sectors use up more than they make has no such inverse >= 0; the call says so instead of "
        "answering with negative multipliers.",
    ),
    Spec(
        function="ghosh_inverse",
        module="io",
        formula="$G = (I - B)^{-1}$, $B_{ij} = z_{ij} / x_i$; $x' = v' G$",
        source="Ghosh (1958), Economica 25, doi:10.2307/2550694; Miller and Blair (2009), ch. 12",
        examples=[
            Example(
                "Where the output of each sector goes, and all that follows downstream",
                {"flows": FLOWS, "totals": TOTALS},
                "rg.ghosh_inverse(flows, totals).table()",
                {
                    "coefficient": ["=150 / 1000", "=500 / 1000", "=200 / 2000", "=100 / 2000"],
                    "inverse": ["=0.95 / 0.7575", "=0.50 / 0.7575", "=0.10 / 0.7575", "=0.85 / 0.7575"],
                },
            )
        ],
        notes="Both inverses belong to one table: $G = \\hat{x}^{-1} L \\hat{x}$.",
    ),
    Spec(
        function="io_multipliers",
        module="io",
        formula="$m_j = \\sum_i L_{ij}$; for a factor $h_i = e_i / x_i$: $m^h_j = \\sum_i h_i L_{ij}$, type I "
        "$= m^h_j / h_j$, type II the same with households inside $L$",
        source="Miller and Blair (2009), Input-Output Analysis, 2nd ed., ch. 6",
        examples=[
            Example(
                f"Output and jobs that follow from one unit of final demand: {BOOK}, multipliers 1.518 and 1.452",
                {"flows": FLOWS, "totals": JOBS},
                "rg.io_multipliers(flows, totals, factors=['jobs'])",
                {
                    "sector": ["1", "2"],
                    "output_multiplier": ["=(0.95 + 0.20) / 0.7575", "=(0.25 + 0.85) / 0.7575"],
                    "jobs_multiplier": [
                        "=(0.01 * 0.95 + 0.02 * 0.20) / 0.7575",
                        "=(0.01 * 0.25 + 0.02 * 0.85) / 0.7575",
                    ],
                    "jobs_type_1": [
                        "=(0.01 * 0.95 + 0.02 * 0.20) / 0.7575 / 0.01",
                        "=(0.01 * 0.25 + 0.02 * 0.85) / 0.7575 / 0.02",
                    ],
                },
            ),
            Example(
                "Households spend their wages: income multipliers of type I (1.47, 1.52) and type II (1.90, 1.96), as "
                "in the book's sec. 6.2",
                {"flows": CLOSED_FLOWS, "totals": CLOSED_TOTALS},
                "rg.io_multipliers(flows, totals, households='home')",
                {
                    "sector": ["1", "2"],
                    "income_multiplier": [
                        "=(0.30 * 0.95 + 0.25 * 0.20) / 0.7575",
                        "=(0.30 * 0.25 + 0.25 * 0.85) / 0.7575",
                    ],
                    "income_type_1": [1.474, 1.518],
                    "income_multiplier_closed": [0.570, 0.489],
                    "income_type_2": [1.899, 1.956],
                },
                tolerance=5e-4,
            ),
        ],
        notes="The closed multipliers of the factor income equal the households' row of the closed inverse.",
    ),
    Spec(
        function="io_linkages",
        module="io",
        formula="backward $_j = \\sum_i L_{ij}$, forward $_i = \\sum_j G_{ij}$; relative: divided by the mean",
        source="Rasmussen (1956), Studies in Inter-sectoral Relations; Jones (1976), Quarterly Journal of Economics, "
        "doi:10.2307/1884635; Miller and Blair (2009), sec. 12.2",
        examples=[
            Example(
                f"Sector 1 both pulls and feeds more than the average: {BOOK}",
                {"flows": FLOWS, "totals": TOTALS},
                "rg.io_linkages(flows, totals)",
                {
                    "sector": ["1", "2"],
                    "backward_direct": ["=0.15 + 0.20", "=0.25 + 0.05"],
                    "backward": ["=1.15 / 0.7575", "=1.10 / 0.7575"],
                    "backward_relative": ["=1.15 / 1.125", "=1.10 / 1.125"],
                    "forward_direct": ["=0.15 + 0.50", "=0.10 + 0.05"],
                    "forward": ["=1.45 / 0.7575", "=0.95 / 0.7575"],
                    "forward_relative": ["=1.45 / 1.2", "=0.95 / 1.2"],
                    "kind": ["key", "weak"],
                },
            )
        ],
        conventions={
            "Rasmussen (1956)": "forward from row sums of the Leontief inverse: `forward='leontief'`.",
            "iotables (R)": "`backward_linkages` the same; `forward_linkages` is the row sum of the Ghosh inverse.",
        },
    ),
    Spec(
        function="hypothetical_extraction",
        module="io",
        formula="$\\text{loss}_K = \\sum x_K + \\sum L_{RK} L_{KK}^{-1} x_K$ (complete)",
        source="Schultz (1977), Journal of Development Studies 14; Dietzenbacher and van der Linden (1997), Journal of "
        "Regional Science 37, doi:10.1111/0022-4146.00053; Miller and Blair (2009), sec. 12.2.6",
        examples=[
            Example(
                "Without sector 1 the other makes what its own final demand needs, 1700 / .95; and so for sector 2",
                {"flows": FLOWS, "totals": TOTALS},
                "rg.hypothetical_extraction(flows, totals)",
                {
                    "sector": ["1", "2"],
                    "output": [1000.0, 2000.0],
                    "elsewhere": ["=2000 - 1700 / 0.95", "=1000 - 350 / 0.85"],
                    "loss": ["=3000 - 1700 / 0.95", "=3000 - 350 / 0.85"],
                    "share": ["=(3000 - 1700 / 0.95) / 3000", "=(3000 - 350 / 0.85) / 3000"],
                    "share_elsewhere": ["=(2000 - 1700 / 0.95) / 2000", "=(1000 - 350 / 0.85) / 1000"],
                },
                tolerance=1e-9,
            ),
            Example(
                "Sector 1 buys nothing at home any more and makes 350 and a quarter of what sector 2 makes, 1700 / .95",
                {"flows": FLOWS, "totals": TOTALS},
                "rg.hypothetical_extraction(flows, totals, extract='backward').head(1)",
                {"loss": ["=3000 - 1700 / 0.95 - (350 + 0.25 * 1700 / 0.95)"], "elsewhere": ["=2000 - 1700 / 0.95"]},
                tolerance=1e-9,
            ),
        ],
        notes="A cluster is taken out whole with `groups={'aerospace': ['30.3', '26.5']}`. One inversion serves all "
        "sectors: no table is inverted again.",
    ),
]

test_examples = examples_of(SPECS)
