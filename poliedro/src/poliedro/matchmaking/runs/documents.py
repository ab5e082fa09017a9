"""What the single access point can find, as rows of words and concepts. An anonymous card brings no name along,
and an organisation nothing that it keeps back (its own choice, field by field)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from functools import lru_cache
from typing import Any

import polars as pl
from django.utils import timezone

from poliedro.evidence.runs.base import Input
from poliedro.matchmaking.models import Card, Equipment, ExpertProfile
from poliedro.matchmaking.queries.concepts import dictionary, dictionary_concepts, everything, related
from poliedro.reference.models import Code
from poliedro.registry.models import Organisation, Participation, Project, ServiceOffer
from poliedro.registry.queries.visibility import kept_back

SCHEMA: dict[str, Any] = {"card": pl.String, "text": pl.String, "tags": pl.List(pl.String)}
SAID = 40
"""Titles of projects that count for what an organisation can do."""
SERVICE_WORDS = {
    "matchmaking": "ricerca di partner matchmaking partner search",
    "project_development": "sviluppo di progetti di ricerca R&D project development",
    "finance": "accesso alla finanza access to finance funding finanziamenti",
    "technology_transfer": "trasferimento tecnologico technology transfer",
    "training": "formazione corsi training courses",
    "incubation": "incubazione incubation start-up",
    "laboratory": "laboratori prove laboratories tests",
    "internationalisation": "internazionalizzazione export internationalisation foreign markets",
    "investment": "investimenti capitale di rischio investment venture capital",
    "placement": "tirocini stage placement internships",
    "digitalisation": "digitalizzazione digitalisation",
}
"""What each service is called, in both languages, for those who ask in other words."""


def documents() -> pl.DataFrame:
    """card (a key such as "equipment:3"), text, tags: what can be found, by kind and key. A need answers nothing."""
    said, hidden = _project_words(), kept_back()
    labels = _activity_labels()
    rows: list[tuple[str, str, list[str]]] = []
    for c in Card.objects.filter(kind="offer", state="published", expires_on__gt=timezone.localdate()).order_by("pk"):
        rows.append((f"card:{c.pk}", f"{c.title}. {c.text} {c.rights}", list(c.tags)))
    for p in (
        ExpertProfile.objects.filter(agreed_at__isnull=False)
        .select_related("organisation")
        .exclude(organisation__in=hidden["expertise"])
        .prefetch_related("publications")
        .order_by("pk")
    ):
        words = " ".join(x.title for x in p.publications.all())
        rows.append((f"{p.kind}:{p.pk}", f"{p.name}. {p.text} {p.organisation.name} {words}", list(p.tags)))
    kits = Equipment.objects.exclude(laboratory__organisation__in=hidden["expertise"])
    for e in kits.select_related("laboratory").order_by("pk"):
        rows.append((f"equipment:{e.pk}", f"{e.name}. {e.text} {e.laboratory.name}", list(e.tags)))
    services = ServiceOffer.objects.known().exclude(organisation__in=hidden["services"])
    for s in services.select_related("organisation").order_by("pk"):
        text = f"{SERVICE_WORDS.get(s.service, s.service)} {s.note} {s.organisation.name}"
        rows.append((f"service:{s.pk}", text, []))
    for pk, title, objective in (
        Project.objects.filter(retracted_at=None)
        .exclude(title="")
        .order_by("pk")
        .values_list("pk", "title", "objective")
        .iterator(chunk_size=5000)
    ):
        rows.append((f"project:{pk}", f"{title}. {objective}", []))
    bodies = Organisation.objects.current().exclude(name="").order_by("pk")
    for pk, name, description, nace in bodies.values_list("pk", "name", "description", "nace_id").iterator(
        chunk_size=5000
    ):
        known = (
            "" if pk in hidden["description"] else description,
            "" if pk in hidden["activities"] else labels.get(nace, ""),
            "" if pk in hidden["projects"] else " ".join(said.get(pk, ())[:SAID]),
        )
        text = f"{name}. {' '.join(known)}"
        rows.append((f"organisation:{pk}", text, []))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _project_words() -> dict[int, list[str]]:
    """Organisation -> titles of its projects, the newest first."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = (
        Participation.objects.known()
        .filter(project__retracted_at=None)
        .exclude(project__title="")
        .order_by("-project__starts_on", "project_id", "organisation_id")
        .values_list("organisation_id", "project__title")
    )
    for organisation, title in rows.iterator(chunk_size=5000):
        if len(found[organisation]) < SAID:
            found[organisation].append(title)
    return found


def _activity_labels() -> dict[int, str]:
    """Class -> its label in both languages."""
    rows = Code.objects.filter(classification__key__in=("nace", "ateco")).values_list("pk", "label_it", "label_en")
    return {pk: f"{it or ''} {en or ''}".strip() for pk, it, en in rows}


def concept_table() -> pl.DataFrame:
    """concept, label, parent, language: one row a label, of the concepts, of NACE, EuroSciVoc, ESCO and the lexicon."""
    return pl.DataFrame(
        [
            (c.key, label, c.parent or None, language)
            for c in everything().values()
            for language, labels in (("it", c.it), ("en", c.en))
            for label in labels
        ],
        schema={"concept": pl.String, "label": pl.String, "parent": pl.String, "language": pl.String},
        orient="row",
    )


@lru_cache(maxsize=1)
def reading() -> dict[str, Any]:
    """How every index of the room reads its texts, so that what is asked is read as what is found."""
    rows = [(key, other, near) for key, others in related().items() for other, near in others]
    table = pl.DataFrame(
        rows, schema={"concept": pl.String, "related": pl.String, "nearness": pl.Float64}, orient="row"
    )
    return {
        "parent": "parent",
        "language": "language",
        "cognates": True,
        "related": table,
        "dictionary": dictionary_table(),
    }


def dictionary_table() -> pl.DataFrame:
    """concept, label, language, weight: words of every day, for what no label of the concepts covers."""
    rows = [(key, word, "it", weight) for word, keys in dictionary().items() for key, weight in keys]
    rows += [(c.key, word, "en", 1.0) for c in dictionary_concepts().values() for word in c.en]
    schema = {"concept": pl.String, "label": pl.String, "language": pl.String, "weight": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


LENGTH = 0.4
"""Less than the usual .75, as cards and profiles are of very unlike length: of 615 ATECO classes whose English text
was up to 14 words long, 432 rather than 391 came among the first five of 10 615 cards."""


def fingerprint(frame: pl.DataFrame) -> str:
    """SHA-256 of a table's content."""
    return hashlib.sha256(frame.write_json().encode()).hexdigest()


def inputs(parameters: Any) -> list[Input]:
    found, labels, words = documents(), concept_table(), dictionary_table()
    return [
        Input("documents", fingerprint(found), found.height, "Register, cards and profiles", "reported"),
        Input("concepts", fingerprint(labels), labels.height, "Concept table of the platform", "reported"),
        Input("dictionary", fingerprint(words), words.height, "MultiWordNet, ItalWordNet, WordNet", "reported"),
    ]
