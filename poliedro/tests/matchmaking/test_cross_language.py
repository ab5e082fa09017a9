"""An Italian need finds the English offer that says the same, without a word in common and without a language model.

Five sets of pairs. None had a say in the lexicon (`data/lexicon.csv`), in the rules of cognates, in the relations
of concepts or in the dictionary; those were tried out on the Italian labels of ATECO against the English ones of NACE,
the relations also on 47 pairs out of titles of Horizon Europe topics drawn by lot, the dictionary on the unit groups of
ISCO-08.

PAIRS, research: the topics come from a list that nobody chose for this purpose, the 48 whole Horizon Europe projects of
a public sample and the first two of another, all of them in their order. Need and offer were put in the words of a firm
and of a laboratory after the lexicon had been committed, and it stayed as it was. The labels of EuroSciVoc came later,
all 558 in the order of the file; they changed the count by one (22). The relations of concepts (`data/related.csv`),
drawn from public texts without those of these projects, brought 32, the dictionary 33. The goal is 35
of 50.
pairs_of_topics.csv: 50 of the 1 985 titles of Horizon Europe topics, in an order drawn by lot, without events,
fellowships and policy; need and offer written freely rather than translated, by a hand that had not seen concepts or
lexicon, before the dictionary. 16 were found before it, 18 with it: far from the goal.
pairs_of_both.csv, both: 25 titles of Horizon Europe topics and 25 products of CPA 2.1, in orders drawn by lot, put as a
firm asks and as a supplier or laboratory offers: need and offer say the same. Written without sight of lexicon and
dictionary, and found by the search as it already was: 39 of 50, where 35 were wanted.
pairs_of_fields.csv, industry and research: one pair for each of 25 divisions of NACE (farming, manufacturing,
waste) and of 25 panels of the European Research Council, so that no field was chosen for being easy. Written by a
hand that had seen neither concepts nor lexicon nor dictionary, and committed before the search was asked: 30 of 50,
where 35 were wanted.
pairs_of_trade.csv, industry: written before the lexicon by another hand, who knew the 229 concepts that serve as tags.
The lexicon was written without sight of them. 37 of 40 are reached.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from random import Random

import polars as pl

import regionomics as rg
from poliedro.matchmaking.queries.concepts import concepts, lexicon
from regionomics.matching._words import stems

RESEARCH_GOAL, RESEARCH_REACHED, TOPICS_REACHED, FIELDS_REACHED = 35, 33, 18, 30
TRADE = Path(__file__).with_name("pairs_of_trade.csv")
TOPICS = Path(__file__).with_name("pairs_of_topics.csv")
FIELDS = Path(__file__).with_name("pairs_of_fields.csv")
BOTH = Path(__file__).with_name("pairs_of_both.csv")
PAIRS = (
    ("Cerchiamo farmaci contro i tumori che eliminino proteine di membrana",
     "New medicines to degrade receptors on the cell surface in oncology"),
    ("Ci servono circuiti superconduttori per calcolatori quantistici",
     "Chips without electrical resistance for quantum computing"),
    ("Vorremmo un cuore su chip per la diagnosi di malattie cardiache ereditarie",
     "Organ model of the heart to test for inherited cardiomyopathy"),
    ("Cerchiamo nuove terapie per lo scompenso cardiaco",
     "Treatments of heart failure with light"),
    ("Cerchiamo materiali bidimensionali per dispositivi elettronici a basso consumo",
     "Graphene and other layers one atom thick for low-power electronics"),
    ("Intelligenza artificiale a bordo macchina con consumi di energia minimi",
     "Edge AI computing in memory with extreme power saving"),
    ("Vogliamo prevedere le tempeste solari con i satelliti",
     "Space weather forecasting from spacecraft that watch the sun"),
    ("Nanoparticelle che portano geni alle cellule del sistema immunitario del malato",
     "In vivo nanomedicine for engineered immune therapy of patients"),
    ("Produrre metanolo da idrogeno rinnovabile e anidride carbonica in un solo reattore",
     "One-pot synthesis of e-methanol from carbon dioxide and green power"),
    ("Ci serve un marcatore per tracciare e separare la plastica nel riciclaggio",
     "Luminescent tags for traceability and sorting of packaging waste"),
    ("Un robot che aiuti il chirurgo negli interventi mininvasivi",
     "Robotic arms for minimally invasive surgery"),
    ("Membrane di carta per batterie e celle a combustibile",
     "Cellulose separators that conduct ions in flow batteries and other storage"),
    ("Sorgenti di frequenza purissime, dalle onde sonore alla luce",
     "Ultrapure oscillators from acoustic to optical waves"),
    ("Terapie cellulari contro i tumori solidi",
     "Macrophages that attack cancer: therapy of the tumour"),
    ("Vogliamo previsioni del tempo a lungo termine adatte ai nostri clienti",
     "Weather forecasts months ahead with AI models tailored to customers"),
    ("Simulazioni veloci per progettare nuovi prodotti",
     "High speed engineering simulation with AI for product design"),
    ("Batteri artificiali che trasformano la CO2 in sostanze chimiche",
     "Synthetic cells for carbon fixation and biomanufacturing of compounds"),
    ("Lieviti come sensori per scoprire presto un tumore",
     "Yeast biosensors for early cancer detection"),
    ("Immagini ottiche ad alta risoluzione dei tumori che resistono alla chemioterapia",
     "Optical imaging of drug resistance in cancer at high resolution"),
    ("Telecamera di bordo per satelliti che riconosca oggetti vicini",
     "Vision sensor suite that makes spacecraft aware of their surroundings"),
    ("Ridare la vista ai ciechi con nanoparticelle",
     "Vision restoration of the retina by light-sensitive nanoparticles"),
    ("Osservare con i raggi X il cemento che assorbe anidride carbonica",
     "X-ray imaging of the microstructure of concrete as a carbon sink"),
    ("Tingere i jeans con coloranti biologici senza inquinare",
     "Bio-based indigo for dyeing denim with less pollution"),
    ("Scambio di chiavi crittografiche con circuiti fotonici",
     "Quantum cryptography on integrated photonic chips"),
    ("Rivelatore di luce velocissimo che impari come un cervello",
     "Neuromorphic photonic detector with picosecond response"),
    ("Capire come le forze meccaniche agiscono sulle cellule e sulle malattie",
     "Mechanobiology: measuring stress and stiffness in tissues"),
    ("Ottenere prodotti chimici dal metanolo con microrganismi",
     "Fermentation with bacteria turns alcohol made of captured carbon into chemicals"),
    ("Un tomografo ottico più piccolo per esaminare l'occhio",
     "Integrated photonics for compact OCT scanners in ophthalmology"),
    ("Costruire con le popolazioni artiche un'economia che rigeneri la natura",
     "Co-creation with communities of the Arctic for regenerative economies"),
    ("Come i quartieri possono difendersi dal caldo estivo",
     "Local adaptation of cities to heat waves together with residents"),
    ("Cittadini che producono e consumano energia in città",
     "Urban prosumers: people as producers and consumers of climate-neutral power"),
    ("Cemento da rocce che catturano più carbonio di quanto ne emettano",
     "Climate-positive binder made of ultramafic stone"),
    ("Riutilizzare le scorie dei forni elettrici delle acciaierie nel cemento",
     "Slag of electric arc furnaces as raw material of low-carbon binders"),
    ("Riciclare i magneti permanenti dei motori",
     "Recovery of rare earths from end-of-life electric drives"),
    ("Un bit quantistico fatto di un oscillatore meccanico",
     "Mechanical qubits with long coherence"),
    ("Produrre in bioreattore micorrize per concimare i campi",
     "Mass production of root fungi for farming"),
    ("Ricavare fertilizzanti azotati dal sole con celle elettrochimiche",
     "Photovoltaic electrolysis device that makes nitrogen compounds"),
    ("Provare la sicurezza dei farmaci sul cuore con tessuti umani coltivati",
     "Cardiac organoids for drug safety screening: risk of arrhythmia"),
    ("Ottimizzare con reti di neuroni artificiali ispirate alla fisica dei quanti",
     "Quantum-inspired neuromorphic computing for optimisation"),
    ("Leganti per calcestruzzo che immagazzinano CO2",
     "Carbon storing binders for sustainable concrete products"),
    ("Carburanti per aerei e navi da scarti gassosi con catalizzatori",
     "Fuels for aviation and shipping by plasma and catalysis"),
    ("Forni a microonde per produrre calce senza emissioni",
     "Dielectric heating of lime kilns to cut CO2"),
    ("Medicinali contro i parassiti che si attivano nel corpo",
     "Prodrugs against malaria and worms"),
    ("Cerotto con microaghi per scoprire presto l'Alzheimer",
     "Microneedle patch for early diagnosis of dementia"),
    ("Depurare l'aria degli ambienti con scariche elettriche e ceramiche",
     "Plasma devices with sintered electroceramics that clean indoor air"),
    ("Proteine e grassi prodotti da microbi con la luce del sole",
     "Solar-driven synthesis of food ingredients and lipids by living organisms"),
    ("Prevenire il cancro del pancreas",
     "Prevention of pancreatic tumours"),
    ("Valutare la sostenibilità degli impianti eolici in mare",
     "Management platform for the assessment of offshore wind farms"),
    ("Digitalizzare documenti storici sull'economia di altri paesi",
     "Digitised records of trade: a comparative history of economies"),
    ("Calcolare reazioni chimiche nei ghiacci dello spazio a bassa temperatura",
     "Quantum dynamics of molecules in cold interstellar matter"),
)  # fmt: skip
FILLER = {
    "it": ("cerchiamo un fornitore di", "offriamo prove di", "sviluppo di", "partner per un progetto su"),
    "en": ("we offer tests of", "looking for a supplier of", "development of", "partner for a project on"),
}


def distractors(n: int) -> list[tuple[str, str]]:
    """Cards in both languages out of the words of the lexicon and of the concepts themselves: two of them each."""
    dice = Random(7)
    table = [(e.it, e.en) for e in (*concepts().values(), *lexicon().values())]
    rows = []
    for i in range(n):
        language = "en" if i % 2 else "it"
        labels = [dice.choice(entry[i % 2]) for entry in dice.sample(table, 2)]
        rows.append((f"other-{i}", f"{dice.choice(FILLER[language])} {labels[0]}, {labels[1]}"))
    return rows


def hits(pairs: Sequence[tuple[str, str]]) -> int:
    """How many needs have their own offer among the first five of the offers and 10 000 other cards."""
    from poliedro.matchmaking.runs.documents import LENGTH, concept_table, reading

    rows = [(f"pair-{i}", offer) for i, (_need, offer) in enumerate(pairs)] + distractors(10_000)
    cards = pl.DataFrame(rows, schema=["card", "text"], orient="row")
    index = rg.index_cards(cards, concept_table(), b=LENGTH, **reading())
    asked = [(f"pair-{i}", need) for i, (need, _offer) in enumerate(pairs)]
    found = index.search(pl.DataFrame(asked, schema=["query", "text"], orient="row"), k=5)
    return found.filter(pl.col("query") == pl.col("card")).height


def read(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["need"], row["offer"]) for row in csv.DictReader(file, delimiter=";")]


def test_needs_of_research_find_their_english_offer_as_often_as_is_said() -> None:
    assert len(PAIRS) == 50
    found = hits(PAIRS)
    assert found >= RESEARCH_REACHED, f"{found} of 50; the goal is {RESEARCH_GOAL}"


def test_needs_of_industry_find_their_english_offer_more_than_nine_times_in_ten() -> None:
    pairs = read(TRADE)
    assert len(pairs) == 40
    assert hits(pairs) >= 37


def test_needs_of_topics_drawn_by_lot_find_their_english_offer_as_often_as_is_said() -> None:
    pairs = read(TOPICS)
    assert len(pairs) == 50
    found = hits(pairs)
    assert found >= TOPICS_REACHED, f"{found} of 50; the goal is {RESEARCH_GOAL}"


def test_needs_drawn_from_topics_and_products_find_the_offer_that_says_the_same() -> None:
    pairs = read(BOTH)
    assert len(pairs) == 50
    found = hits(pairs)
    assert found >= RESEARCH_GOAL, f"{found} of 50; the goal is {RESEARCH_GOAL}"


def test_needs_of_all_fields_find_their_english_offer_as_often_as_is_said() -> None:
    pairs = read(FIELDS)
    assert len(pairs) == 50
    found = hits(pairs)
    assert found >= FIELDS_REACHED, f"{found} of 50; the goal is {RESEARCH_GOAL}"


def test_pairs_share_no_word() -> None:
    pairs = [*PAIRS, *read(TRADE), *read(TOPICS), *read(BOTH), *read(FIELDS)]
    shared = {need: set(stems(need)) & set(stems(offer)) for need, offer in pairs}
    assert {n: s for n, s in shared.items() if s} == {}
