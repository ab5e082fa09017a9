"""The lists that cluster management organisations hand in: members, yearly accounts, projects. CSV or XLSX, headers in
English or Italian. The layout is documented in docs/operations/imports.md; `TEMPLATES` gives an example of each.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from poliedro.reference.rules import words
from poliedro.reference.sources.tables import BadValue, Faults, Row, columns, day, money, number, year
from poliedro.registry.rules.identifiers import (
    InvalidIdentifier,
    check_cup,
    check_lei,
    check_pic,
    check_tax_code,
    check_vat,
)
from poliedro.shared.spreadsheet import FORMULA

PART = Decimal("0.00000001")
"""To which a share is kept."""

MEMBERS = columns(
    "name=name|nome|denominazione|ragione sociale, joined=joined_on|data adesione|data di adesione",
    "tax_code=tax_code|codice fiscale, vat=vat|vat_number|partita iva, lei=lei|codice lei, pic=pic|codice pic, "
    "kind=kind|tipo, town=municipality|city|comune, province=province|provincia, "
    "activity=activity|nace|ateco|codice ateco, left=left_on|data uscita|data di uscita, "
    "category=category|categoria, fee=fee_class|fascia quota, reason=leave_reason|motivo uscita, "
    "website=website|sito web, since=described_from|descrizione dal, number=number|numero|numero nel registro",
)
ACCOUNTS = columns(
    "year=year|anno, type=type|tipo, item=item|voce, amount=amount_eur|importo|importo eur",
    "body=body|soggetto gestore, note=note|nota",
)
PROJECTS = columns(
    "number=number|codice|codice progetto, title=title|titolo",
    "acronym=acronym|acronimo, cup=cup|codice cup, programme=programme|programma, starts=starts_on|data inizio, "
    "ends=ends_on|data fine, cost=total_cost_eur|costo totale, "
    "contribution=public_contribution_eur|contributo pubblico, share=cluster_share|quota polo, "
    "others=other_clusters|quote altri poli, "
    "participant=participant|partecipante, participant_tax_code=participant_tax_code|codice fiscale partecipante, "
    "role=role|ruolo, "
    "participant_contribution=participant_contribution_eur|contributo partecipante, "
    "participant_cost=participant_cost_eur|costo partecipante",
)

KINDS = {
    "enterprise": "enterprise", "impresa": "enterprise", "start up": "start_up", "startup": "start_up",
    "large firm": "large_firm", "grande impresa": "large_firm", "research body": "research_body",
    "ente di ricerca": "research_body", "university": "university", "universita": "university",
    "department": "department", "dipartimento": "department", "its": "its", "its academy": "its",
    "incubator": "incubator", "incubatore": "incubator", "association": "association", "associazione": "association",
    "public authority": "public_authority", "ente pubblico": "public_authority", "third sector": "third_sector",
    "terzo settore": "third_sector", "investor": "investor", "investitore": "investor",
    "science park": "science_park", "parco scientifico": "science_park", "accelerator": "accelerator",
    "acceleratore": "accelerator", "bank foundation": "bank_foundation", "fondazione bancaria": "bank_foundation",
    "fdi agency": "fdi_agency", "foreign cluster": "foreign_cluster", "polo estero": "foreign_cluster",
    "management body": "management_body", "soggetto gestore": "management_body", "unknown": "unknown",
    "non noto": "unknown",
}  # fmt: skip
CATEGORIES = {
    "ordinary": "ordinary", "ordinario": "ordinary", "associate": "associate", "associato": "associate",
    "external": "external", "esterno": "external", "honorary": "honorary", "onorario": "honorary",
}  # fmt: skip
REASONS = {
    "no benefit": "no_benefit", "nessun beneficio": "no_benefit", "cost": "cost", "costo": "cost",
    "closed": "closed", "cessata": "closed", "cessazione": "closed", "merged": "merged", "fusione": "merged",
    "moved": "moved", "trasferita": "moved", "arrears": "arrears", "morosita": "arrears",
    "cluster merged": "cluster_merged", "fusione del polo": "cluster_merged",
}  # fmt: skip
TYPES = {
    "revenue": "revenue",
    "ricavo": "revenue",
    "ricavi": "revenue",
    "cost": "cost",
    "costo": "cost",
    "costi": "cost",
}
REVENUES = {
    "erdf": "erdf", "fesr": "erdf", "other eu": "other_eu", "altri fondi ue": "other_eu", "fees": "fees",
    "quote": "fees", "quote associative": "fees", "services": "services", "servizi": "services",
    "other public": "other_public", "altri pubblici": "other_public", "private": "private", "privati": "private",
}  # fmt: skip
COSTS = {
    "staff": "staff", "personale": "staff", "services": "services", "servizi": "services", "premises": "premises",
    "sede": "premises", "events": "events", "eventi": "events", "other": "other", "altro": "other", "altri": "other",
}  # fmt: skip
ROLES = {
    "coordinator": "coordinator", "capofila": "coordinator", "coordinatore": "coordinator",
    "participant": "participant", "partecipante": "participant", "partner": "partner",
    "third party": "third_party", "terza parte": "third_party", "host": "host", "ospitante": "host",
}  # fmt: skip


@dataclass(frozen=True)
class MemberRow:
    """A membership as the list states it; empty and null: not stated. left_on: the first day no longer a member.
    number: of the organisation in this register, as an exported list gives it; 0 where the list does not."""

    name: str
    numbers: tuple[tuple[str, str], ...]
    kind: str
    town: str
    province: str
    activity: str
    joined_on: date
    left_on: date | None
    category: str
    fee_class: str
    leave_reason: str
    website: str
    since: date | None = None
    """From which day kind and activity of the row hold; None: always."""
    number: int = 0


@dataclass(frozen=True)
class AccountRow:
    year: int
    is_revenue: bool
    item: str
    amount_eur: Decimal
    body: str
    note: str


@dataclass(frozen=True)
class ProjectRow:
    """A project, with one of its participants or none. share: the cluster's part of the project; others: the parts of
    other clusters, by key or name, as the row writes them."""

    number: str
    title: str
    acronym: str
    cup: str
    programme: str
    starts_on: date | None
    ends_on: date | None
    total_cost_eur: Decimal | None
    public_contribution_eur: Decimal | None
    share: Decimal
    others: tuple[tuple[str, Decimal], ...]
    participant: str
    tax_code: str
    role: str
    contribution_eur: Decimal | None
    cost_eur: Decimal | None


EARLIEST = date(1900, 1, 1)
"""No cluster had members before; a day before it is a slip of the pen."""


def member_row(row: Row) -> MemberRow:
    """Raises BadRow with every fault of the row."""
    row, faults = _unquoted(row), Faults()
    name = faults.of(_needed, "name", row, _("write the member's name")) or ""
    joined = faults.of(_joined, row) or EARLIEST
    left = faults.of(day, "left", row["left"])
    if left is not None and left <= joined:
        faults.found.append(
            BadValue(
                "left",
                row["left"],
                _("is not after the day of joining"),
                _("write the first day that no longer counts"),
            )
        )
    reason = faults.of(_one_of, "reason", row["reason"], REASONS) or ""
    if reason and not row["left"]:
        faults.found.append(
            BadValue("reason", row["reason"], _("is given without a day of leaving"), _("write the day of leaving too"))
        )
    numbers = tuple(
        (key, value) for key in ("tax_code", "vat", "lei", "pic") if (value := faults.of(_checked, key, row[key], key))
    )
    kind = faults.of(_one_of, "kind", row["kind"], KINDS) or "enterprise"
    category = faults.of(_one_of, "category", row["category"], CATEGORIES) or "ordinary"
    website = faults.of(_web, row["website"]) or ""
    since = faults.of(day, "since", row["since"])
    faults.check()
    return MemberRow(
        name=name[:300],
        numbers=numbers,
        kind=kind,
        town=row["town"][:200],
        province=row["province"],
        activity=row["activity"],
        joined_on=joined,
        left_on=left,
        category=category,
        fee_class=row["fee"][:20],
        leave_reason=reason,
        website=website,
        since=since,
        number=int(row["number"]) if row["number"].isascii() and row["number"].isdigit() else 0,
    )


def _joined(row: Row) -> date:
    joined = day("joined", row["joined"])
    remedy = _("write the first day of membership, such as 2019-03-01")
    if joined is None:
        raise BadValue("joined", "", _("is empty"), remedy)
    if joined < EARLIEST:
        raise BadValue("joined", row["joined"], _("is before 1900"), remedy)
    return joined


def _unquoted(row: Row) -> Row:
    """Without the apostrophe that keeps a spreadsheet from taking text for a formula, as exported lists write it."""
    quoted = {k: v[1:] for k, v in row.values.items() if v[:1] == "'" and v[1:].startswith(FORMULA)}
    return replace(row, values={**row.values, **quoted}) if quoted else row


def account_row(row: Row) -> AccountRow:
    kind = _one_of("type", _needed("type", row, _("write revenue or cost")), TYPES)
    item = _needed("item", row, _("write the source of the revenue or the kind of cost"))
    amount = money("amount", row["amount"])
    if amount is None:
        raise BadValue("amount", row["amount"], _("is empty"), _("write the amount in euro, 0 if there was none"))
    if amount < 0:
        raise BadValue("amount", row["amount"], _("is negative"), _("write revenues and costs as positive amounts"))
    return AccountRow(
        year=year("year", row["year"]),
        is_revenue=kind == "revenue",
        item=_one_of("item", item, REVENUES if kind == "revenue" else COSTS),
        amount_eur=amount,
        body=row["body"],
        note=row["note"][:200],
    )


def project_row(row: Row) -> ProjectRow:
    starts, ends = day("starts", row["starts"]), day("ends", row["ends"])
    if starts and ends and ends < starts:
        raise BadValue("ends", row["ends"], _("is before the start"), _("correct one of the two days"))
    share = number("share", row["share"])
    if share is not None and not 0 < share <= 1:
        raise BadValue("share", row["share"], _("is not a part of 1"), _("write 1, or 0,5 for half of the project"))
    participant = row["participant"][:300]
    tax_code = _checked("participant_tax_code", row["participant_tax_code"], "tax_code")
    role = _one_of("role", row["role"], ROLES)
    if (tax_code or role) and not participant:
        raise BadValue("participant", "", _("is empty"), _("write the participant's name, or clear role and tax code"))
    return ProjectRow(
        number=_needed("number", row, _("write the project's code"))[:120],
        title=_needed("title", row, _("write the project's title"))[:600],
        acronym=row["acronym"][:100],
        cup=_checked("cup", row["cup"], "cup"),
        programme=row["programme"][:200],
        starts_on=starts,
        ends_on=ends,
        total_cost_eur=_positive("cost", row["cost"]),
        public_contribution_eur=_positive("contribution", row["contribution"]),
        share=(share or Decimal(1)).quantize(PART),
        others=tuple(_other_shares(row["others"])),
        participant=participant,
        tax_code=tax_code,
        role=role or "participant",
        contribution_eur=_positive("participant_contribution", row["participant_contribution"]),
        cost_eur=_positive("participant_cost", row["participant_cost"]),
    )


def _other_shares(text: str) -> Iterator[tuple[str, Decimal]]:
    """`mesap 0,3; ict 0.2`: cluster and part, one after the other."""
    remedy = _("write cluster and part, such as mesap 0,3; ict 0,2")
    for entry in filter(None, (e.strip() for e in text.split(";"))):
        name, _space, part = entry.replace("=", " ").rpartition(" ")
        try:
            share = Decimal(part.replace(",", "."))
        except InvalidOperation as error:
            raise BadValue("others", text, _("holds no part of 1: %(entry)s") % {"entry": entry}, remedy) from error
        if not name.strip() or not 0 < share <= 1:
            raise BadValue("others", text, _("holds no part of 1: %(entry)s") % {"entry": entry}, remedy)
        yield name.strip(), share.quantize(PART)


def _checked(name: str, text: str, scheme: str) -> str:
    if not text:
        return ""
    checks = {"tax_code": check_tax_code, "vat": check_vat, "lei": check_lei, "pic": check_pic, "cup": check_cup}
    try:
        return checks[scheme](text)
    except InvalidIdentifier as error:
        raise BadValue(name, text, _wrong(scheme), _("correct the number, or leave it empty")) from error


def _wrong(scheme: str) -> str:
    """What is wrong with a number, in the reader's language."""
    return {
        "tax_code": _("is no codice fiscale: its check digit or its length is wrong"),
        "vat": _("is no VAT number: its check digit, its length or its country is wrong"),
        "lei": _("is no LEI: it has 20 signs and two check digits at its end"),
        "pic": _("is no PIC: it has nine digits"),
        "cup": _("is no CUP: it has 15 signs, letter, two digits, letter, eleven digits"),
    }[scheme]


def _needed(name: str, row: Row, remedy: str) -> str:
    if not row[name]:
        raise BadValue(name, "", _("is empty"), remedy)
    return row[name]


def _one_of(name: str, text: str, allowed: dict[str, str]) -> str:
    """The value in our terms; empty stays empty."""
    if not text:
        return ""
    found = allowed.get(words(text))
    if found is None:
        shown = ", ".join(_shown(allowed))
        raise BadValue(name, text, _("is not in the list of values"), _("write one of: %(values)s") % {"values": shown})
    return found


def _shown(allowed: dict[str, str]) -> list[str]:
    """One word a value, in the reader's language: of the words of a value English comes first, Italian second."""
    by_value: dict[str, list[str]] = {}
    for word, value in allowed.items():
        by_value.setdefault(value, []).append(word)
    italian = (get_language() or "").startswith("it")
    return [words_of[min(1, len(words_of) - 1)] if italian else words_of[0] for words_of in by_value.values()]


def _positive(name: str, text: str) -> Decimal | None:
    value = money(name, text)
    if value is not None and value < 0:
        raise BadValue(name, text, _("is negative"), _("write a positive amount, or leave it empty"))
    return value


def _web(text: str) -> str:
    if not text:
        return ""
    if " " in text or "." not in text:
        raise BadValue("website", text, _("is no web address"), _("write it as www.example.org, or leave it empty"))
    return (text if text.startswith(("http://", "https://")) else f"https://{text}")[:500]


EXAMPLES: dict[str, dict[str, list[list[str]]]] = {
    "members": {
        "en": [
            ["name", "tax_code", "vat", "kind", "municipality", "province", "activity", "category", "fee_class",
             "joined_on", "left_on", "leave_reason", "website", "described_from"],
            ["Officine Esempio S.r.l.", "00000000000", "", "enterprise", "Torino", "TO", "28.41", "ordinary", "B",
             "2019-03-01", "", "", "www.example.org", ""],
        ],
        "it": [
            ["denominazione", "codice fiscale", "partita iva", "tipo", "comune", "provincia", "ateco", "categoria",
             "fascia quota", "data adesione", "data uscita", "motivo uscita", "sito web", "descrizione dal"],
            ["Officine Esempio S.r.l.", "00000000000", "", "impresa", "Torino", "TO", "28.41", "ordinario", "B",
             "01/03/2019", "", "", "www.example.org", ""],
        ],
    },
    "accounts": {
        "en": [
            ["year", "type", "item", "amount_eur", "body", "note"],
            ["2024", "revenue", "fees", "125000.00", "", ""],
            ["2024", "cost", "staff", "310000.50", "", ""],
        ],
        "it": [
            ["anno", "tipo", "voce", "importo", "soggetto gestore", "nota"],
            ["2024", "ricavo", "quote", "125000,00", "", ""],
            ["2024", "costo", "personale", "310000,50", "", ""],
        ],
    },
    "projects": {
        "en": [
            ["number", "title", "acronym", "cup", "programme", "starts_on", "ends_on", "total_cost_eur",
             "public_contribution_eur", "cluster_share", "other_clusters", "participant", "participant_tax_code",
             "role", "participant_contribution_eur", "participant_cost_eur"],
            ["POLO-001", "Example project", "EXAMPLE", "C11G06000000001", "Regional call", "2023-01-01", "2024-12-31",
             "900000", "450000", "1", "", "Officine Esempio S.r.l.", "", "coordinator", "150000", "300000"],
        ],
        "it": [
            ["codice", "titolo", "acronimo", "cup", "programma", "data inizio", "data fine", "costo totale",
             "contributo pubblico", "quota polo", "quote altri poli", "partecipante", "codice fiscale partecipante",
             "ruolo", "contributo partecipante", "costo partecipante"],
            ["POLO-001", "Progetto di esempio", "ESEMPIO", "C11G06000000001", "Bando regionale", "01/01/2023",
             "31/12/2024", "900000", "450000", "1", "", "Officine Esempio S.r.l.", "", "capofila", "150000", "300000"],
        ],
    },
}  # fmt: skip
"""By list and language: header and example rows of the template to download."""


def template_csv(kind: str, language: str) -> str:
    """The template as CSV: `;`, as spreadsheets in Italian expect."""
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(EXAMPLES[kind][language])
    return out.getvalue()


def template_xlsx(kind: str, language: str) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = kind
    for row in EXAMPLES[kind][language]:
        sheet.append(row)
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
