"""The Italian list of innovative start-ups: the business register's own columns, or the derived layout of several
years."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from poliedro.reference.rules import words
from poliedro.reference.sources.tables import BadValue, Row, columns, day, missing
from poliedro.registry.rules.identifiers import InvalidIdentifier, check_tax_code

COLUMNS = columns(
    "name=Denominazione, town=Comune, ateco=AtecoCode|ateco 2007|ateco 2025|codice ateco, "
    "listed=Data_Iscrizione_StartUp|data iscriz. alla sezione delle startup|data iscrizione alla sezione delle startup",
    "short=nome, province=Provincia|pv, region=Regione, registered=Data_Registro_Imprese|data iscriz. registro imprese|"
    "data iscrizione al registro imprese, started=Data_Inizio_Attivita|data inizio attivita, "
    "tax_code=codice fiscale, website=sito internet, status=Status, sector=Settore, "
    "turnover=valore di produzione|classe di produzione ultimo anno, "
    "employees=addetti|classe di addetti ultimo anno, capital=valore di capitale|classe di capitale, "
    "patents=PossessoBrevetti|possesso brevetti, research=SpeseRnD|spese in r&s, "
    "graduates=ForzaLavoroTitoli|forza lavoro con titoli, women=PrevalenzaFemminile|prevalenza femminile, "
    "young=PrevalenzaGiovanile|prevalenza giovanile, foreign=PrevalenzaStraniera|prevalenza straniera",
)
DETAILS = (
    "status", "sector", "turnover", "employees", "capital", "patents", "research", "graduates", "women", "young",
    "foreign",
)  # fmt: skip


@dataclass(frozen=True)
class StartUp:
    """A start-up of the list. key: its tax code, or a digest of name, town and day where the list has none."""

    key: str
    tax_code: str
    name: str
    short_name: str
    town: str
    province: str
    region: str
    ateco: str
    listed_on: date
    registered_on: date | None
    website: str
    detail: dict[str, Any]


def start_up(row: Row) -> StartUp:
    """Raises BadValue."""
    name = _clean_name(row["name"])
    listed = day("listed", row["listed"])
    if not name:
        raise BadValue("Denominazione", row["name"], "is empty", "give the firm's name")
    if listed is None:
        raise BadValue("Data_Iscrizione_StartUp", row["listed"], "is empty", "give the day of entry in the section")
    registered = day("registered", row["registered"])
    tax_code = ""
    if row["tax_code"]:
        try:
            tax_code = check_tax_code(row["tax_code"])
        except InvalidIdentifier as error:
            raise BadValue("codice fiscale", row["tax_code"], str(error), "correct the tax code") from error
    digest = hashlib.sha256(f"{words(name)}|{words(row['town'])}|{registered or listed}".encode()).hexdigest()[:24]
    return StartUp(
        key=f"start-up-{digest}",
        tax_code=tax_code,
        name=name[:300],
        short_name=row["short"][:150],
        town=row["town"][:200],
        province=_province(row["province"], row["region"]),
        region=row["region"],
        ateco="" if row["ateco"].upper() in {"NC", ""} else row["ateco"],
        listed_on=listed,
        registered_on=registered,
        website=row["website"],
        detail={k: row[k] for k in DETAILS if not missing(row[k])} | {"ateco": row["ateco"]},
    )


def _province(text: str, region: str) -> str:
    """The province's sign. NAN and an empty cell in Campania are Naples. See Note [NA is also a place]."""
    if text.upper() in {"NA", "NAN", ""}:
        return "NA" if words(region) == "campania" or text.upper() == "NA" else ""
    return text.upper()


def _clean_name(text: str) -> str:
    """The name without the formula of the simplified deed, in the capitals in which the register keeps names."""
    name = re.sub(r"\s+", " ", text).strip()
    name = re.sub(r"(?i)[ ,\-]*(in breve|start-?up costituita a norma).*$", "", name)
    return name.upper().strip(" -,;")
