"""CORDIS: the official tables of H2020 and Horizon Europe, and the derived H2020 tables keyed by rcn.

Official `project.csv` and `organization.csv`: `;` (samples: `,` or `|`), quoted, UTF-8; decimal comma in some years.
Derived: participations (rcn, role, pic, type, contribution), organisations (orgId, name, city), programme parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from poliedro.reference.sources.files import File, files_in
from poliedro.reference.sources.geography import point
from poliedro.reference.sources.tables import (
    BadValue,
    Rejected,
    Row,
    columns,
    country,
    day,
    header_cells,
    header_of,
    money,
    read_rows,
)
from poliedro.registry.rules.identifiers import InvalidIdentifier, check_pic, check_vat

PROJECT = columns(
    "id, title, startDate",
    "acronym, status, endDate, totalCost, ecMaxContribution, legalBasis, topics, frameworkProgramme, objective, rcn",
)
ORGANISATION = columns(
    "projectID, name, country, role",
    "projectAcronym, organisationID=organisationID|organizationID, vatNumber, shortName, SME, activityType, street, "
    "postCode, city, nutsCode, geolocation, organizationURL=organizationURL|organisationURL, contactForm, "
    "ecContribution, netEcContribution, totalCost, endOfParticipation",
)
PARTICIPATIONS = columns(
    "rcn, role, pic, type, contribution, country", "start_date, end_date, max_contribution, total_cost"
)
NAMES = columns("orgId, name, city, country, activityType", "shortName, street, postCode, organizationUrl")
PARTS = columns("rcn, programme_part")
LAYOUTS = {
    "parts": PARTS,
    "participations": PARTICIPATIONS,
    "names": NAMES,
    "organisations": ORGANISATION,
    "projects": PROJECT,
}

ROLES = {
    "coordinator": "coordinator",
    "participant": "participant",
    "beneficiary": "participant",
    "partner": "partner",
    "associatedpartner": "partner",
    "internationalpartner": "partner",
    "thirdparty": "third_party",
    "hostinstitution": "host",
}
KINDS = {
    "HES": "university",
    "REC": "research_body",
    "PRC": "enterprise",
    "PUB": "public_authority",
    "OTH": "unknown",
    "": "unknown",
}


@dataclass
class ProjectRow:
    """A project. Null and empty: not stated. `rcn` is CORDIS's record number, `id` the grant number."""

    id: str = ""
    rcn: str = ""
    acronym: str = ""
    title: str = ""
    objective: str = ""
    programme: str = ""
    framework: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    total_cost_eur: Decimal | None = None
    contribution_eur: Decimal | None = None


@dataclass
class BodyRow:
    """An organisation as a file describes it; empty and null: not stated."""

    pic: str
    name: str = ""
    short_name: str = ""
    kind: str = ""
    country: str = ""
    city: str = ""
    street: str = ""
    postcode: str = ""
    nuts: str = ""
    vat: str = ""
    website: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass
class PartRow:
    """A participation; `project` is a grant number, or an rcn where `by_rcn`. Null contribution: not stated, not 0."""

    project: str
    by_rcn: bool
    body: BodyRow
    role: str
    contribution_eur: Decimal | None
    cost_eur: Decimal | None
    dates: ProjectRow | None = None


def layout_of(file: File) -> str:
    """Which of CORDIS's tables the file is, by its header; empty for none."""
    if not file.name.endswith((".csv", ".txt", ".xlsx")):
        return ""
    cells = header_cells(file)
    found = (layout for layout, asked in LAYOUTS.items() if not header_of(cells, asked).missing)
    return next(found, "")


def tables_in(path: Path) -> dict[str, list[File]]:
    """The files at `path` by layout."""
    tables: dict[str, list[File]] = {}
    for file in files_in(path):
        if layout := layout_of(file):
            tables.setdefault(layout, []).append(file)
    return tables


def project_row(row: Row) -> ProjectRow:
    starts_on, ends_on = day("startDate", row["startDate"]), day("endDate", row["endDate"])
    _check_order(starts_on, ends_on, row["endDate"])
    return ProjectRow(
        id=_needed("id", row["id"]),
        rcn=row["rcn"],
        acronym=row["acronym"][:100],
        title=row["title"][:600],
        objective=row["objective"],
        programme=row["legalBasis"][:200],
        framework=row["frameworkProgramme"],
        starts_on=starts_on,
        ends_on=ends_on,
        total_cost_eur=_cost("totalCost", row["totalCost"]),
        contribution_eur=_cost("ecMaxContribution", row["ecMaxContribution"]),
    )


def _cost(field: str, text: str) -> Decimal | None:
    """A project's money. CORDIS writes 0 where lump-sum projects state no cost: then null."""
    value = money(field, text)
    return value or None


def official_part(row: Row) -> PartRow:
    """A row of organization.csv. Here NA is Namibia. See Note [NA is also a place]."""
    body = BodyRow(
        pic=_pic(row),
        name=row["name"][:300],
        short_name=row["shortName"][:150],
        kind=_kind(row["activityType"]),
        country=_country(row["country"]),
        city=row["city"][:200],
        street=row["street"][:300],
        postcode=row["postCode"][:20],
        nuts=row["nutsCode"].upper(),
        vat=_vat(row["vatNumber"], row["country"]),
        website=_web(row["organizationURL"]),
    )
    if row["geolocation"]:
        body.latitude, body.longitude = point("geolocation", row["geolocation"].strip("()"))
    return PartRow(
        project=_needed("projectID", row["projectID"]),
        by_rcn=False,
        body=body,
        role=_role(row["role"]),
        contribution_eur=_not_negative("ecContribution", row["ecContribution"]),
        cost_eur=_not_negative("totalCost", row["totalCost"]),
    )


def _pic(row: Row) -> str:
    """The PIC of its column; a file without that column still has it in the contact form's address."""
    if row["organisationID"]:
        return _checked_pic("organisationID", row["organisationID"])
    found = re.search(r"/contact-form/project/(\d{9})/", row["contactForm"])
    if found:
        return found[1]
    raise BadValue("organisationID", "", "is empty", "give the participant's number (PIC)")


def derived_part(row: Row) -> PartRow:
    """A row of the derived participations. Here NA means missing, in every column: Namibia's code is lost."""
    starts_on, ends_on = day("start_date", row["start_date"]), day("end_date", row["end_date"])
    _check_order(starts_on, ends_on, row["end_date"])
    return PartRow(
        project=_needed("rcn", row["rcn"]),
        by_rcn=True,
        body=BodyRow(
            pic=_checked_pic("pic", row["pic"]), kind=_kind(row["type"]), country=_country(row["country"], fault="NA")
        ),
        role=_role(row["role"]),
        contribution_eur=_not_negative("contribution", row["contribution"]),
        cost_eur=None,
        dates=ProjectRow(
            rcn=row["rcn"],
            framework="H2020",
            starts_on=starts_on,
            ends_on=ends_on,
            total_cost_eur=money("total_cost", row["total_cost"]),
            contribution_eur=money("max_contribution", row["max_contribution"]),
        ),
    )


def derived_body(row: Row) -> BodyRow:
    """A row of the derived organisations. NA as a country is kept out: it may be Namibia, or missing."""
    return BodyRow(
        pic=_checked_pic("orgId", row["orgId"]),
        name=_text(row["name"])[:300],
        short_name=_text(row["shortName"])[:150],
        kind=_kind(row["activityType"]),
        country=_country(row["country"], fault="NA"),
        city=_text(row["city"])[:200],
        street=_text(row["street"])[:300],
        postcode=_text(row["postCode"])[:20],
        website=_web(row["organizationUrl"]),
    )


def good_rows(file: File) -> Iterator[Row | Rejected]:
    return read_rows(file, LAYOUTS[layout_of(file)])


def _text(text: str) -> str:
    return "" if text == "NA" else text


def _needed(field: str, text: str) -> str:
    if not text or text == "NA":
        raise BadValue(field, text, "is empty", "give the project's number")
    return text


def _checked_pic(field: str, text: str) -> str:
    try:
        return check_pic(text)
    except InvalidIdentifier as error:
        raise BadValue(field, text, str(error), "correct the number or drop the row") from error


def _role(text: str) -> str:
    role = ROLES.get(text.lower())
    if role is None:
        raise BadValue("role", text, "is no role of CORDIS", f"write one of {', '.join(sorted(ROLES))}")
    return role


def _kind(text: str) -> str:
    kind = KINDS.get("" if text == "NA" else text.upper())
    if kind is None:
        raise BadValue("activityType", text, "is no type of CORDIS", "write HES, REC, PRC, PUB or OTH")
    return kind


def _country(text: str, fault: str = "") -> str:
    code = country(text, fault)
    if text and text != fault and not code:
        raise BadValue("country", text, "is no country code", "write two letters, such as IT")
    return code


def _vat(text: str, of_country: str) -> str:
    """The VAT number if it is one; CORDIS also holds MISSING, NOTAPPLICABLE and numbers of other registers."""
    try:
        return check_vat(text, country(of_country)) if text else ""
    except InvalidIdentifier:
        return ""


def _web(text: str) -> str:
    text = text.strip()
    if not text or text == "NA" or " " in text or "." not in text:
        return ""
    return (text if text.lower().startswith(("http://", "https://")) else f"http://{text}")[:500]


def _not_negative(field: str, text: str) -> Decimal | None:
    value = money(field, text)
    if value is not None and value < 0:
        raise BadValue(field, text, "is negative", "leave it empty if it is not known")
    return value


def _check_order(start: date | None, end: date | None, text: str) -> None:
    if start and end and end < start:
        raise BadValue("endDate", text, "is before the start", "correct one of the two days")
