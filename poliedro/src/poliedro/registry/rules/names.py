"""Names and places of organisations in a form that can be compared: no accents, no legal form, no city variants."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LEGAL_FORMS: tuple[tuple[str, str], ...] = (
    # Longest first; the pattern is matched on folded text, whole words.
    ("scarl", r"societa consortile a responsabilita limitata"),
    ("scpa", r"societa consortile per azioni"),
    ("srls", r"societa a responsabilita limitata semplificata"),
    ("srl", r"societa a responsabilita limitata(?: unipersonale| con socio unico)?"),
    ("sapa", r"societa in accomandita per azioni"),
    ("spa", r"societa per azioni(?: con socio unico)?"),
    ("snc", r"societa in nome collettivo"),
    ("sas", r"societa in accomandita semplice"),
    ("coop", r"societa cooperativa(?: sociale)?(?: a responsabilita limitata| per azioni)?(?: onlus)?"),
    ("coop", r"soc coop(?:erativa)?(?: sociale)?(?: a ?r ?l| arl)?(?: onlus)?"),
    ("scarl", r"s ?c ?a ?r ?l|s c a r l|scrl|s ?cons ?a ?r ?l"),
    ("scpa", r"s ?c ?p ?a"),
    ("srls", r"s ?r ?l ?s"),
    ("srl", r"s ?r ?l(?: unipersonale| socio unico| u| benefit)?"),
    ("spa", r"s ?p ?a(?: unipersonale| socio unico| benefit)?"),
    ("snc", r"s ?n ?c(?: di [a-z ]+(?: e c| c)?)?"),
    ("sas", r"s ?a ?s(?: di [a-z ]+(?: e c| c)?)?"),
    ("gmbh", r"g ?m ?b ?h(?: und co kg| e co kg| co kg)?|gesellschaft mit beschrankter haftung"),
    ("ag", r"aktiengesellschaft|a ?g"),
    ("ltd", r"limited|ltd|plc|public limited company"),
    ("sl", r"sociedad limitada(?: unipersonal)?|s ?l ?u?|s ?l ?l"),
    ("sa", r"sociedad anonima|societe anonyme|s ?a(?: ?u)?"),
    ("sarl", r"societe a responsabilite limitee|s ?a ?r ?l|sarl|eurl|s ?a ?s ?u"),
    ("bv", r"besloten vennootschap|b ?v|n ?v"),
    ("oy", r"osakeyhtio|oyj?|ab|a s|aps|as"),
    ("doo", r"d ?o ?o|s ?r ?o|sp z ?o ?o|spolka z ograniczona odpowiedzialnoscia|kft|zrt|eood|ood|lda"),
)
"""Legal form and how it is written. Python's own lists miss the Italian ones in full words."""

_FORMS = [(form, re.compile(rf"\b(?:{pattern})\b")) for form, pattern in LEGAL_FORMS]
_TAIL = re.compile(r"\b(?:in liquidazione|in breve|onlus|ets|unipersonale|start up costituita a norma.*)\b.*$")
CITIES = {
    "turin": "torino",
    "torino to": "torino",
    "milan": "milano",
    "rome": "roma",
    "genoa": "genova",
    "florence": "firenze",
    "venice": "venezia",
    "naples": "napoli",
    "padua": "padova",
    "munchen": "munich",
    "muenchen": "munich",
    "koln": "cologne",
    "koeln": "cologne",
    "wien": "vienna",
    "praha": "prague",
    "lisboa": "lisbon",
    "bruxelles": "brussels",
    "brussel": "brussels",
    "den haag": "the hague",
    "s gravenhage": "the hague",
    "sevilla": "seville",
    "kobenhavn": "copenhagen",
    "kobenhavn k": "copenhagen",
    "warszawa": "warsaw",
    "bucuresti": "bucharest",
    "athina": "athens",
    "athinai": "athens",
    "geneve": "geneva",
    "zurich zh": "zurich",
}
"""A city's other names -> one of them."""


def fold(text: str) -> str:
    """Lower case, no accents, no signs, one space: "Societ\u00e0 R.I.S." -> "societa r i s"; broken accents go too."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("&", " e "))
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", kept))


def split_legal_form(name: str) -> tuple[str, str]:
    """The folded name without its legal form, and the form ("" if none): ("officine prova", "srl").

    Initials are joined ("c r e a t e" -> "create"). A name that is nothing but a form stays as it is.
    """
    text = _TAIL.sub("", fold(name)).strip()
    found = ""
    for form, pattern in _FORMS:
        match = pattern.search(text)
        if match and (match.end() == len(text) or match.start() > 0):
            rest = f"{text[: match.start()]} {text[match.end() :]}".strip()
            if rest:
                text, found = " ".join(rest.split()), form
                break
    return _join_initials(text), found


def _join_initials(text: str) -> str:
    return re.sub(r"\b(?:[a-z] ){1,}[a-z]\b", lambda m: m[0].replace(" ", ""), text)


def fold_city(city: str) -> str:
    """One name a city: no postcode, province sign or variants, the first of two languages: "10121 TORINO TO", "Torino
    (TO)" -> "torino"; "Bruxelles / Brussel" -> "brussels"."""
    first = re.split(r"[/(]", city)[0]
    text = re.sub(r"\b[a-z]?\d{3,}\b|\bcedex\b.*$", " ", fold(first) or fold(city))
    text = re.sub(r"\b(?:to|mi|rm|ge|fi|na|pd|ve|bo|pi)$", "", " ".join(text.split())).strip() or " ".join(text.split())
    return CITIES.get(text, text)


@lru_cache(maxsize=4096)
def other_names_of_city(city: str) -> str:
    """A city's names in other languages, to find it by: "Torino" -> "turin"; "" where none is known."""
    home = fold_city(city)
    names = {home, *(other for other, of in CITIES.items() if of == home and not other.startswith(home))}
    return " ".join(sorted(names - {fold(city)}))
