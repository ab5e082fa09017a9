"""OpenCoesione: places of projects (localizzazioni) and projects (progetti), official columns, `;`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from poliedro.reference.sources.tables import BadValue, Row, columns, day, money
from poliedro.registry.rules.identifiers import InvalidIdentifier, check_cup

PLACES = columns(
    "code=COD_LOCALE_PROGETTO, region=DEN_REGIONE, province=DEN_PROVINCIA, town=DEN_COMUNE",
    "province_code=COD_PROVINCIA, town_code=COD_COMUNE, address=INDIRIZZO_PROG, postcode=CAP_PROG, "
    "scope=OC_TERRITORIO_PROG",
)
PROJECTS = columns(
    "code=COD_LOCALE_PROGETTO, title=OC_TITOLO_PROGETTO",
    "cup=CUP, summary=OC_SINTESI_PROGETTO, programme=OC_DESCRIZIONE_PROGRAMMA, region=DEN_REGIONE, "
    "starts=OC_DATA_INIZIO_PROGETTO|DATA_INIZIO_EFFETTIVA|DATA_INIZIO_PREVISTA, "
    "ends=OC_DATA_FINE_PROGETTO_EFFETTIVA|DATA_FINE_EFFETTIVA|OC_DATA_FINE_PROGETTO_PREVISTA|DATA_FINE_PREVISTA, "
    "total=FINANZ_TOTALE_PUBBLICO|OC_FINANZ_TOT_PUB_NETTO, cost=OC_COSTO_PROGETTO|COSTO_AMMESSO, "
    "committed=IMPEGNI|OC_IMPEGNI, paid=TOT_PAGAMENTI, updated=DATA_AGGIORNAMENTO|OC_DATA_AGGIORNAMENTO, "
    "cycle=OC_DESCR_CICLO, beneficiary=OC_DENOM_BENEFICIARIO, beneficiary_code=OC_CODFISC_BENEFICIARIO",
)
WHOLE = re.compile(r"tutti i comuni|tutte le province|ambito", re.IGNORECASE)


@dataclass(frozen=True)
class PlaceRow:
    """Where a project is. town and province are empty where the project covers all of them."""

    project: str
    region: str
    province: str
    town: str
    istat: str
    address: str


@dataclass(frozen=True)
class ProjectRow:
    number: str
    title: str
    summary: str
    programme: str
    region: str
    cup: str
    bad_cup: str
    starts_on: date | None
    ends_on: date | None
    cost_eur: Decimal | None
    contribution_eur: Decimal | None
    committed_eur: Decimal | None = None
    paid_eur: Decimal | None = None
    stated_on: date | None = None
    beneficiary: str = ""
    beneficiary_code: str = ""
    cycle: str = ""

    @property
    def spending(self) -> tuple[Decimal | None, Decimal | None, str, str, str]:
        """Committed, paid, beneficiary, its tax code, programming period."""
        return (self.committed_eur, self.paid_eur, self.beneficiary, self.beneficiary_code, self.cycle)


def place_row(row: Row) -> PlaceRow:
    """Raises BadValue. The ISTAT code joins province and municipality: 1 and 272 give 001272."""
    code = _code(row)
    istat = ""
    if row["province_code"].isdigit() and row["town_code"].isdigit() and int(row["town_code"]):
        istat = f"{int(row['province_code']):03}{int(row['town_code']):03}"
    return PlaceRow(
        project=code,
        region=row["region"],
        province="" if WHOLE.search(row["province"]) else row["province"],
        town="" if WHOLE.search(row["town"]) else row["town"],
        istat=istat,
        address="" if re.fullmatch(r"x+|-+|\.+", row["address"], re.IGNORECASE) else row["address"][:300],
    )


def project_row(row: Row) -> ProjectRow:
    """Raises BadValue. A CUP that is none is handed on as `bad_cup`, for a finding: the project itself is right."""
    starts, ends = day("OC_DATA_INIZIO_PROGETTO", row["starts"]), day("OC_DATA_FINE_PROGETTO", row["ends"])
    if starts and ends and ends < starts:
        raise BadValue("OC_DATA_FINE_PROGETTO", row["ends"], "is before the start", "correct one of the two days")
    cup, bad = "", ""
    if row["cup"]:
        try:
            cup = check_cup(row["cup"])
        except InvalidIdentifier:
            bad = row["cup"]
    return ProjectRow(
        number=_code(row),
        title=row["title"][:600],
        summary=row["summary"],
        programme=row["programme"][:200],
        region=row["region"],
        cup=cup,
        bad_cup=bad,
        starts_on=starts,
        ends_on=ends,
        cost_eur=money("OC_COSTO_PROGETTO", row["cost"]),
        contribution_eur=money("FINANZ_TOTALE_PUBBLICO", row["total"]),
        committed_eur=money("IMPEGNI", row["committed"]),
        paid_eur=money("TOT_PAGAMENTI", row["paid"]),
        stated_on=day("DATA_AGGIORNAMENTO", row["updated"]),
        beneficiary=_first(row["beneficiary"])[:300],
        beneficiary_code=_first(row["beneficiary_code"]).upper()[:20],
        cycle=row["cycle"][:80],
    )


def _first(text: str) -> str:
    """The first of several bodies, which the file joins by `:::`."""
    return text.split(":::")[0].strip()


def _code(row: Row) -> str:
    if not row["code"] or len(row["code"]) > 120:
        raise BadValue("COD_LOCALE_PROGETTO", row["code"], "is empty or too long", "give the project's local code")
    return row["code"]
