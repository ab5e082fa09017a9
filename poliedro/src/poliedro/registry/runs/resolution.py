"""Which rows are the same organisation: splink on DuckDB for the pairs, best-first joining for the groups.

Exact identifiers decide first (they are unique in the register). For the rest, name, place, street and legal form are
compared after folding. Groups are joined best pair first and never across two different VAT numbers or PICs: joining by
connected components collapses on a register of this size.
"""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import polars as pl
from django.utils.translation import gettext_noop as _

from poliedro.registry.rules.names import fold, fold_city, split_legal_form

SURE = 0.9
"""Pairs at least this probable are merged without a person. Measured: see benchmarks/resolution.py."""
DOUBTFUL = 0.35
"""Pairs at least this probable go to the review queue."""
U_PAIRS = 2e6
WORDS = {
    "gamma_name": (
        _("different"),
        _("same letters"),
        _("alike"),
        _("one begins with the other"),
        _("nearly the same"),
        _("same but for its town"),
        _("same"),
    ),
    "gamma_city": (_("different"), _("one begins with the other"), _("same")),
    "gamma_street": (_("different"), _("alike"), _("same")),
    "gamma_postcode": (_("different"), _("one sign apart"), _("same")),
}
"""How two rows agree, from worst to best; shown to the reviewer in their language."""
LIKE = {"same", "same but for its town", "nearly the same"}
"""Names that a merge without a person takes. Others are often a university and its hospital, or a parent and its firm.
"""
LINKING = re.compile(
    r"\b(?:a|al|da|de|degli|dei|del|della|delle|der|des|di|do|du|e|et|fur|fuer|in|la|le|of|the|und|van|von|y)\b"
)
"""Words that join others: "University of Lancaster" and "Lancaster University" have the same words."""
SHORT = 8
"""Names with fewer letters than this are acronyms and brands, where another letter is another body (Aster, Art-ER)."""
UMLAUT = {"DE", "AT", "CH", "LI", "LU", "SE", "FI", "NO", "DK", "IS"}
AGREE = {
    "name": [0.7, 0.05, 0.14, 0.03, 0.03, 0.03, 0.02],
    "city": [0.88, 0.03, 0.09],
    "street": [0.8, 0.05, 0.15],
    "postcode": [0.85, 0.05, 0.1],
    "form": [0.95, 0.05],
}
"""How often two rows of one organisation agree, by level of each comparison, as far as both state it.

Fixed and not learnt: a register with few double entries teaches expectation-maximisation that neighbours at one address
are the usual match. Rounded from the organisations that H2020 and Horizon Europe both list (benchmarks/resolution.py).
"""


@dataclass(frozen=True)
class Pair:
    """Two rows that may be one. reasons: (what, how it agreed) for the reviewer."""

    left: int
    right: int
    probability: float
    reasons: tuple[tuple[str, str], ...]

    @property
    def alike(self) -> bool:
        """Whether the names speak for it. Firms at one address agree in all but their names: a person decides."""
        return dict(self.reasons).get("name") in LIKE

    @property
    def rank(self) -> tuple[bool, float, int, int]:
        """Its place in the order of joining: the same name and city first, then what is near, each by probability."""
        agreed = dict(self.reasons)
        same = agreed.get("name") == agreed.get("city") == "same"
        return (not same, -self.probability, self.left, self.right)


@dataclass(frozen=True)
class Decision:
    """groups: keys that are one organisation (two or more each). doubtful: pairs for a person to decide."""

    groups: list[list[int]]
    doubtful: list[Pair]


def resolve(
    rows: Sequence[Mapping[str, Any]], *, distinct: Iterable[tuple[int, int]] = (), seed: int = 1, sure: float = SURE
) -> Decision:
    """Decide which rows are the same organisation.

    Args:
        rows: key (int), name, city, postcode, street, country, and identifiers (scheme -> value, may be empty).
        distinct: pairs of keys that a person declared different; they are never joined or offered again.
        seed: of the sample of random pairs that the model learns from.
    """
    if len(rows) < 2:
        return Decision([], [])
    frame = _prepare(rows)
    pairs = _pairs(frame, seed)
    apart = {frozenset(p) for p in distinct}
    numbers = {int(r["key"]): dict(r.get("identifiers") or {}) for r in rows}
    return _join(pairs, numbers, apart, sure)


def _prepare(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    records = []
    for row in rows:
        whole, form = split_legal_form(row["name"])
        # "Bath Spa University" is no company: its words are not those of the University of Bath in another order.
        at_end = fold(row["name"]).startswith(whole)
        city = fold_city(row.get("city") or "")
        if row.get("country") in UMLAUT:  # Zürich is written Zurich and Zuerich
            whole, city = (re.sub("([aou])e", r"\1", text) for text in (whole, city))
        core = whole[: -len(city) - 1] if city and whole.endswith(" " + city) else whole
        records.append(
            {
                "unique_id": int(row["key"]),
                "core": core or fold(row["name"]),
                "whole": whole.replace(" ", "") or None,
                "sorted": " ".join(sorted(set(LINKING.sub(" ", whole).split()))) if at_end else None,
                "form": form or None,
                "city": city or None,
                "postcode": fold(row.get("postcode") or "").replace(" ", "") or None,
                "street": fold(row.get("street") or "") or None,
                "country": row.get("country") or None,
            }
        )
    return _rare_tokens(pl.DataFrame(records, infer_schema_length=None))


def _rare_tokens(frame: pl.DataFrame) -> pl.DataFrame:
    """The two rarest words of each name, to block on; and the first letters of the whole name without spaces."""
    counts = Counter(t for core in frame["core"] for t in set(core.split()))
    first, second = [], []
    for core in frame["core"]:
        tokens = sorted({t for t in core.split() if len(t) > 2} or set(core.split()), key=lambda t: (counts[t], t))
        first.append(tokens[0] if tokens else None)
        second.append(tokens[1] if len(tokens) > 1 else None)
    squeezed = frame["core"].str.replace_all(" ", "")
    return frame.with_columns(
        rare1=pl.Series(first, dtype=pl.String),
        rare2=pl.Series(second, dtype=pl.String),
        head=squeezed.str.slice(0, 7),
        squeezed=squeezed,
    )


def _pairs(frame: pl.DataFrame, seed: int) -> list[Pair]:
    """Scored pairs, in the order of joining."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    blocks: list[Any] = [
        block_on("rare1", "country"),
        block_on("rare2", "country"),
        block_on("head", "country"),
        block_on("sorted", "country"),
        block_on("rare1", "city"),
        block_on("street", "city"),
    ]
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=blocks,
        probability_two_random_records_match=1 / max(10, len(frame)),
        comparisons=[
            cl.CustomComparison(output_column_name="name", comparison_levels=_name_levels()).configure(
                m_probabilities=AGREE["name"]
            ),
            cl.CustomComparison(output_column_name="city", comparison_levels=_city_levels()).configure(
                m_probabilities=AGREE["city"]
            ),
            cl.CustomComparison(output_column_name="street", comparison_levels=_street_levels()).configure(
                m_probabilities=AGREE["street"]
            ),
            cl.LevenshteinAtThresholds("postcode", 1).configure(m_probabilities=AGREE["postcode"]),
            cl.ExactMatch("form").configure(m_probabilities=AGREE["form"]),
        ],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=True,
    )
    connection = duckdb.connect()
    connection.execute("SET threads TO 2")
    api = DuckDBAPI(connection=connection)
    linker = Linker(api.register(frame.to_arrow()), settings, log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=seed)
    scored = linker.inference.predict(threshold_match_probability=DOUBTFUL).as_record_list()
    names = (_("name"), _("city"), _("street"), _("postcode"), _("form"))
    pairs = [
        Pair(
            min(r["unique_id_l"], r["unique_id_r"]),
            max(r["unique_id_l"], r["unique_id_r"]),
            float(r["match_probability"]),
            tuple((n, _word(f"gamma_{n}", int(r[f"gamma_{n}"]))) for n in names),
        )
        for r in scored
    ]
    connection.close()
    return sorted(pairs, key=lambda p: p.rank)


def _name_levels() -> list[Any]:
    import splink.comparison_level_library as cll

    # Both without their towns: those of Bari and Milano, at whatever address, are two.
    same = '"squeezed_l" = "squeezed_r"'
    near = [
        # How rare a name is counts with its town: "Universita degli Studi di" is every Italian university.
        cll.ExactMatchLevel("whole", term_frequency_adjustments=True),
        cll.CustomLevel(f'{same} AND ("squeezed_l" = "whole_l" OR "squeezed_r" = "whole_r")', "same but for its town"),
        cll.CustomLevel(
            f'(NOT {same} AND least(length("squeezed_l"), length("squeezed_r")) >= {SHORT} AND ('
            'jaro_winkler_similarity("squeezed_l", "squeezed_r") >= 0.95 '
            'OR levenshtein("squeezed_l", "squeezed_r") <= 1)) OR "sorted_l" = "sorted_r"',
            "nearly the same",
        ),
        cll.CustomLevel(
            'least(length("squeezed_l"), length("squeezed_r")) >= 10 AND (starts_with("squeezed_l", "squeezed_r") '
            'OR starts_with("squeezed_r", "squeezed_l"))',
            "one begins with the other",
        ),
        cll.CustomLevel('jaro_winkler_similarity("core_l", "core_r") >= 0.88', "alike"),
        cll.CustomLevel('jaccard("squeezed_l", "squeezed_r") >= 0.8', "same letters"),
    ]
    return [cll.NullLevel("squeezed"), *near, cll.ElseLevel()]


def _city_levels() -> list[Any]:
    """ "Frankfurt" and "Frankfurt am Main"; "Rozzano" and "Rozzano Milano"."""
    import splink.comparison_level_library as cll

    longer = 'starts_with("city_l", "city_r" || \' \') OR starts_with("city_r", "city_l" || \' \')'
    return [
        cll.NullLevel("city"),
        cll.ExactMatchLevel("city", term_frequency_adjustments=True),
        cll.CustomLevel(longer, "one begins with the other"),
        cll.ElseLevel(),
    ]


def _street_levels() -> list[Any]:
    import splink.comparison_level_library as cll

    return [
        cll.NullLevel("street"),
        cll.ExactMatchLevel("street"),
        cll.CustomLevel('jaro_winkler_similarity("street_l", "street_r") >= 0.88', "alike"),
        cll.ElseLevel(),
    ]


def _word(column: str, level: int) -> str:
    if level < 0:
        return _("not stated")
    scale = WORDS.get(column, (_("different"), _("same")))
    return scale[min(level, len(scale) - 1)]


def _join(
    pairs: Sequence[Pair], numbers: Mapping[int, Mapping[str, str]], apart: set[frozenset[int]], sure: float
) -> Decision:
    """Join the pairs in the order given.

    A group never holds two values of one identifier, nor two rows declared different.
    """
    members: dict[int, set[int]] = {}
    home: dict[int, int] = {}
    held: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    doubtful = []

    def group(key: int) -> int:
        if key not in home:
            home[key], members[key] = key, {key}
            for scheme, value in numbers.get(key, {}).items():
                held[key][scheme].add(value)
        return home[key]

    for pair in pairs:
        if frozenset((pair.left, pair.right)) in apart:
            continue
        a, b = group(pair.left), group(pair.right)
        if a == b:
            continue
        clash = any(held[a][s] and held[b][s] and held[a][s] != held[b][s] for s in set(held[a]) | set(held[b]))
        split = any(frozenset((x, y)) in apart for x in members[a] for y in members[b])
        if pair.probability < sure or not pair.alike or clash or split:
            # A pair that is the same in all but its number waits for a person, who should see why.
            why = (((_("numbers"), _("different")),) if clash else ()) + pair.reasons
            doubtful.append(replace(pair, reasons=why))
            continue
        members[a] |= members.pop(b)
        for key in members[a]:
            home[key] = a
        for scheme, values in held.pop(b).items():
            held[a][scheme] |= values
    return Decision(
        sorted(sorted(m) for m in members.values() if len(m) > 1),
        [p for p in doubtful if home.get(p.left) != home.get(p.right)],
    )
