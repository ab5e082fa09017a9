"""Search of cards: BM25 by the formula, words of two languages, concepts with what is broader."""

from __future__ import annotations

from collections import Counter
from math import log

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regionomics as rg
from regionomics.errors import InvalidTable
from regionomics.matching import CardIndex
from regionomics.matching._words import stems

WORDS = ["film", "robot", "legn", "test", "forn", "acqu", "plast", "laser"]
texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), min_size=2, max_size=9)


@settings(max_examples=30, deadline=None)
@given(texts, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True))
def test_scores_equal_the_formula(cards, asked):
    table = pl.DataFrame({"card": range(len(cards)), "text": cards})
    got = rg.index_cards(table).search(pl.DataFrame({"query": [0], "text": [" ".join(asked)]}), k=99)
    split = [stems(c) for c in cards]
    mean = sum(map(len, split)) / len(split)
    for card, score in got.select("card", "score").rows():
        expected = 0.0
        for t in stems(" ".join(asked)):
            n = sum(t in s for s in split)
            tf = Counter(split[card])[t]
            idf = log(1 + (len(cards) - n + 0.5) / (n + 0.5))
            expected += idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * len(split[card]) / mean)) if tf else 0.0
        assert score == pytest.approx(expected, rel=1e-5)
    with_word = {i for i, s in enumerate(split) if set(s) & set(stems(" ".join(asked)))}
    assert set(got["card"].to_list()) == with_word


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("laboratori", "laboratorio"),
        ("macchine", "macchina"),
        ("tecnologiche", "tecnologica"),
        ("technologies", "technology"),
        ("tests", "test"),
        ("città", "citta"),
        ("Biodegradabili", "biodegradabile"),
    ],
)
def test_forms_of_a_word_are_one_term(one, other):
    assert stems(one) == stems(other)


def test_empty_words_are_left_out():
    assert stems("Cerchiamo una prova per il film") == stems("prova film")


CONCEPTS = pl.DataFrame(
    {
        "concept": ["bioplastics", "bioplastics", "polymers", "polymers", "welding", "welding"],
        "label": ["biodegradable plastics", "plastiche biodegradabili", "polymers", "polimeri", "welding", "saldatura"],
        "parent": ["polymers", "polymers", None, None, None, None],
    }
)
OFFERS = pl.DataFrame(
    {
        "card": ["en", "near", "far", "it"],
        "text": [
            "We characterise biodegradable plastics in water",
            "Extrusion of polymers",
            "Robotic welding cell for hire",
            "Degustazione di vini",
        ],
    }
)


def test_an_italian_need_finds_the_english_offer_and_then_what_is_broader():
    index = rg.index_cards(OFFERS, CONCEPTS, parent="parent")
    got = index.search(pl.DataFrame({"query": ["q"], "text": ["prove su plastiche biodegradabili"]}), k=4)
    assert got["card"].to_list() == ["en", "near"]
    assert set(got["words"][0]) == {"=bioplastics", "=polymers", "plastic"}
    assert got["words"][1].to_list() == ["=polymers"]
    need = pl.DataFrame({"query": ["q"], "text": ["ci serve una saldatura"]})
    assert index.search(need, k=4)["card"].to_list() == ["far"]
    assert rg.index_cards(OFFERS).search(need, k=4).height == 0  # no word in common


NEAR = pl.DataFrame({"concept": ["welding"], "related": ["polymers"], "nearness": [0.8]})


def test_what_is_related_is_found_behind_what_is_said_and_a_text_that_says_much_needs_no_relations():
    cards = pl.DataFrame({"card": ["said", "related"], "text": ["welding cell", "extrusion of polymers"]})
    index = rg.index_cards(cards, CONCEPTS, parent="parent", related=NEAR)
    need = pl.DataFrame({"query": ["q"], "text": ["ci serve una saldatura"]})
    assert index.search(need, k=2)["card"].to_list() == ["said", "related"]
    assert rg.index_cards(cards, CONCEPTS).search(need, k=2)["card"].to_list() == ["said"]
    kept = CardIndex.from_tables(index.to_tables(), CONCEPTS, parent="parent", related=NEAR)
    assert kept.search(need, k=2).equals(index.search(need, k=2))

    much = pl.DataFrame({"concept": [f"c{i}" for i in range(12)], "label": [f"thing{i:02d}x" for i in range(12)]})
    every = pl.concat([CONCEPTS.select("concept", "label"), much])
    long = pl.DataFrame({"query": ["q"], "text": ["saldatura " + " ".join(much["label"])]})
    found = rg.index_cards(cards, every, related=NEAR).search(long, k=2)
    assert found["card"].to_list() == ["said"]


DICTIONARY = pl.DataFrame(
    {
        "concept": ["d:pollinator", "d:pollinator", "bioplastics", "d:bee"],
        "label": ["impollinatore", "pollinator", "plastica verde", "vespa"],
        "language": ["it", "en", "it", "it"],
        "weight": [1.0, 1.0, 1.0, 0.0],
    }
)


def test_a_word_that_no_label_covers_is_looked_up_in_the_dictionary_and_makes_no_card_longer():
    cards = pl.DataFrame({"card": ["wild", "tyre"], "text": ["pollinator strips", "tyre dealers"]})
    index = rg.index_cards(cards, CONCEPTS, parent="parent", language=None, dictionary=DICTIONARY)
    found = index.search(pl.DataFrame({"query": ["q"], "text": ["impollinatori"]}), k=2)
    assert found["card"].to_list() == ["wild"]
    assert found["words"][0].to_list() == ["=d:pollinator"]
    plain = rg.index_cards(cards, CONCEPTS, parent="parent")
    asked = pl.DataFrame({"query": ["q"], "text": ["strips"]})
    assert index.search(asked, k=1)["score"][0] == pytest.approx(plain.search(asked, k=1)["score"][0])
    kept = CardIndex.from_tables(index.to_tables(), CONCEPTS, parent="parent", dictionary=DICTIONARY)
    again = kept.search(pl.DataFrame({"query": ["q"], "text": ["impollinatori"]}), k=2)
    assert again["score"].to_list() == pytest.approx(found["score"].to_list())


def test_a_weight_above_1_is_refused():
    with pytest.raises(InvalidTable, match="weight is 2 for impollinatore"):
        rg.index_cards(OFFERS, CONCEPTS, dictionary=DICTIONARY.with_columns(weight=pl.lit(2.0)))


def test_what_everybody_writes_who_asks_counts_nothing():
    assert stems("ci serve qualcuno che mi aiuti, vorrei esportare") == ["esportar"]
    assert stems("we are looking for somebody who can help us export") == ["export"]


def test_nearness_above_1_is_refused():
    with pytest.raises(InvalidTable, match=r"nearness is 2 for welding, polymers"):
        rg.index_cards(OFFERS, CONCEPTS, related=NEAR.with_columns(nearness=pl.lit(2.0)))


def test_tags_count_as_concepts_as_list_or_as_words():
    listed = OFFERS.with_columns(tags=pl.Series([["x"], ["x", "y"], [], None], dtype=pl.List(pl.String)))
    spaced = OFFERS.with_columns(tags=pl.Series(["x", "x y", "", None]))
    asked = pl.DataFrame({"query": ["q"], "text": [None], "tags": ["y"]}, schema_overrides={"text": pl.String})
    for table in (listed, spaced):
        assert rg.index_cards(table, tags="tags").search(asked, k=9, tags="tags")["card"].to_list() == ["near"]


def test_a_circle_of_broader_concepts_ends():
    circle = pl.DataFrame({"concept": ["a", "b"], "label": ["alfa", "beta"], "parent": ["b", "a"]})
    cards = pl.DataFrame({"card": ["x"], "text": ["alfa"]})
    got = rg.index_cards(cards, circle, parent="parent").search(pl.DataFrame({"query": [1], "text": ["beta"]}), k=1)
    assert got["card"].to_list() == ["x"]


def test_one_by_one_and_all_at_once_give_the_same():
    rng = np.random.default_rng(0)
    cards = pl.DataFrame({"card": range(700), "text": [" ".join(rng.choice(WORDS, 6)) for _ in range(700)]})
    index = rg.index_cards(cards)
    queries = cards.rename({"card": "query"})
    together = index.search(queries, k=5)
    alone = pl.concat([index.search(queries[i : i + 1], k=5) for i in (0, 499, 500, 699)])
    assert together.filter(pl.col("query").is_in([0, 499, 500, 699])).equals(alone)


def test_words_that_many_cards_have_can_be_passed_over_and_explanations_left_out():
    cards = pl.DataFrame({"card": range(10), "text": ["film"] * 8 + ["film laser", "robot"]})
    index = rg.index_cards(cards)
    asked = pl.DataFrame({"query": ["q"], "text": ["film laser"]})
    assert index.search(asked, k=99).height == 9
    rare = index.search(asked, k=99, common=0.5, explain=False)
    assert (rare["card"].to_list(), rare.columns) == ([8], ["query", "card", "rank", "score"])


def test_labels_of_the_other_language_are_passed_over_and_an_ambiguous_word_counts_once():
    concepts = pl.DataFrame(
        {
            "concept": ["salt", "salt", "trade", "trade"],
            "label": ["sale", "salt", "vendita", "sale"],
            "language": ["it", "en", "it", "en"],
        }
    )
    cards = pl.DataFrame({"card": ["it", "en"], "text": ["il sale della miniera", "the sale of the house"]})
    index = rg.index_cards(cards, concepts, language="language")
    asked = pl.DataFrame({"query": ["q"], "text": ["salt of the earth"]})
    assert index.search(asked, k=2)["card"].to_list() == ["it"]  # not the English sale
    short = rg.index_cards(pl.DataFrame({"card": ["x"], "text": ["sale"]}), concepts, language="language")
    held = dict(zip(short.terms, np.diff(short.weights.indptr), strict=True))
    assert {"=salt", "=trade"} <= held.keys()  # no small word tells the language: both meanings, each with less


@pytest.mark.parametrize(
    ("one", "other"),
    [("elettrica", "electric"), ("biodegradabile", "biodegradable"), ("catalisi", "catalyst"),
     ("polimerizzazione", "polymerization"), ("ottimizzazione", "optimization"),
     ("fotovoltaico", "photovoltaic"), ("ossidazione", "oxidation")],
)  # fmt: skip
def test_words_of_one_origin_meet_across_languages(one, other):
    cards = pl.DataFrame({"card": ["x", "y"], "text": [other, "something else"]})
    asked = pl.DataFrame({"query": ["q"], "text": [one]})
    assert rg.index_cards(cards, cognates=True).search(asked, k=2)["card"].to_list() == ["x"]
    assert rg.index_cards(cards).search(asked, k=2).height == 0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: rg.index_cards(OFFERS.clear()), rg.InvalidTable, "no cards"),
        (lambda: rg.index_cards(pl.concat([OFFERS, OFFERS])), rg.InvalidTable, "appears twice"),
        (lambda: rg.index_cards(OFFERS, decay=2), rg.InvalidParameter, "decay=2"),
        (lambda: rg.index_cards(OFFERS).search(OFFERS, k=0, query="card"), rg.InvalidParameter, "k=0"),
        (lambda: rg.index_cards(OFFERS).search(OFFERS, k=1, query="card", common=0), rg.InvalidParameter, "common=0"),
        (lambda: rg.index_cards(OFFERS, b=2), rg.InvalidParameter, "b=2"),
    ],
)
def test_what_cannot_be_meant_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_index_that_was_kept_and_read_again_finds_the_same():
    index = rg.index_cards(OFFERS, CONCEPTS, parent="parent")
    again = CardIndex.from_tables(index.to_tables(), CONCEPTS, parent="parent")
    asked = pl.DataFrame({"query": ["a", "b"], "text": ["plastiche biodegradabili", "welding of wine"]})
    assert again.search(asked, k=4).equals(index.search(asked, k=4))


def test_shares_of_the_score_add_up_to_one_where_few_words_are_shared():
    got = rg.index_cards(OFFERS).search(pl.DataFrame({"query": ["q"], "text": ["welding polymers extrusion"]}), k=4)
    assert [sum(s) for s in got["shares"].to_list()] == pytest.approx([1.0, 1.0], abs=1e-3)
