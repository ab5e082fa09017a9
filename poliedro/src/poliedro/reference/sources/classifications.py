"""Classifications and their concordances as published.

Layouts: NACE Rev. 2 of RAMON (`Order, Level, Code, Parent, Description ...`); ATECO 2007 (`Codice;Descrizione`);
NACE Rev. 2.1 and ATECO 2025 (a code and a heading, Italian or English); correspondences (a code of each version a row).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from poliedro.reference.rules import plain
from poliedro.reference.sources.files import File
from poliedro.reference.sources.tables import BadValue, Column, Rejected, Row, columns, header_cells, matches, read_rows

NACE = columns("level=Level, code=Code, parent=Parent, label=Description", "isic=Reference to ISIC Rev. 4")
CODES = columns(
    "code=Codice|Code|CODICE_ATECO_2025|Codice ATECO 2025|NACE_CODE|Codice ATECO 2007",
    "label=Descrizione|Titolo|Titolo italiano|TITOLO_ITALIANO_ATECO_2025|Descrizione ATECO 2007, "
    "label_en=Description|Heading|NAME|Titolo inglese|TITOLO_INGLESE_ATECO_2025",
)


@dataclass(frozen=True)
class ClassRow:
    """A class of a classification; parent is empty for the highest level."""

    number: int
    file: str
    code: str
    level: int
    parent: str
    label_en: str = ""
    label_it: str = ""


@dataclass(frozen=True)
class LinkRow:
    """A class of one version and what it became in the other. share: null where the table does not state it."""

    number: int
    file: str
    origin: str
    target: str
    share: float | None


def dotted(code: str) -> str:
    """A code of NACE or ATECO in its usual form: 620100 -> 62.01.00, 1 -> 01; sections stay letters."""
    code = code.strip().upper()
    if re.fullmatch(r"[A-Z]", code):
        return code
    digits = re.sub(r"\D", "", code)
    head = code.split(".", 1)[0]
    if len(head) == 1 and head.isdigit():
        digits = "0" + digits
    if not 2 <= len(digits) <= 6:
        raise BadValue("code", code, "is not a code of NACE or ATECO", "write it as 62.01 or 62.01.00")
    return digits[:2] + ("." + digits[2:4] if len(digits) > 2 else "") + ("." + digits[4:] if len(digits) > 4 else "")


CLASS = 4
"""The level down to which NACE and its national versions are the same."""


def level_of(code: str) -> int:
    """1 section, 2 division, 3 group, 4 class, 5 category, 6 subcategory."""
    return 1 if code.isalpha() else len(code.replace(".", ""))


def parent_of(code: str) -> str:
    """The code above, without the section (which a table states, not the code): 62.01.0 -> 62.01 -> 62.0 -> 62."""
    if level_of(code) <= 2:
        return ""
    return code[:-1].rstrip(".")


def is_nace(file: File) -> bool:
    return {"level", "code", "parent", "description"} <= {plain(c) for c in _cells(file)}


def is_codes(file: File) -> bool:
    cells = {plain(c) for c in _cells(file)}
    return any(plain(n) in cells for n in CODES[0].names) and any(
        plain(n) in cells for column in CODES[1:] for n in column.names
    )


def read_nace(file: File) -> Iterator[ClassRow | Rejected]:
    for row in read_rows(file, NACE):
        if isinstance(row, Rejected):
            yield row
            continue
        try:
            code = dotted(row["code"])
            parent = dotted(row["parent"]) if row["parent"] else ""
        except BadValue as error:
            yield error.row(row.number, row.file)
            continue
        yield ClassRow(row.number, row.file, code, level_of(code), parent, label_en=row["label"])


LOST = re.compile(
    r"\b(attivit|autorit|contabilit|elettricit|modalit|propriet|pubblicit|qualit|societ|solidariet|specialit|unit|universit|utilit)\b",
    re.IGNORECASE,
)
"""Italian nouns as files write them that have lost their last letter, an accented a."""


def accented(label: str) -> str:
    """An Italian label with the accented a that some published files have lost: ATTIVIT -> ATTIVITÀ."""
    return LOST.sub(lambda m: m[0] + ("À" if m[0].isupper() else "à"), label)


def read_codes(file: File) -> Iterator[ClassRow | Rejected]:
    """Codes with a heading. Divisions get back their leading zero; their section is the letter read last."""
    section = ""
    for row in read_rows(file, CODES):
        if isinstance(row, Rejected):
            yield row
            continue
        try:
            code = dotted(row["code"])
        except BadValue as error:
            yield error.row(row.number, row.file)
            continue
        if level_of(code) == 1:
            section = code
        parent = section if level_of(code) == 2 else parent_of(code)
        yield ClassRow(row.number, row.file, code, level_of(code), parent, row["label_en"], accented(row["label"]))


# --- concordances -----------------------------------------------------------------------------------------------------
PATTERNS = {
    "nace": (r"nace(rev)?2(code)?$", r"nace(rev)?21(code)?$"),
    "ateco": (r"ateco2007", r"ateco2025"),
}
"""By family: what the header of the older and of the newer code looks like, in plain letters."""


def link_columns(file: File, family: str) -> tuple[Column, ...] | None:
    """The columns of a correspondence table, or null if the file is none of this family."""
    cells = _cells(file)
    newer = [c for c in cells if re.search(PATTERNS[family][1], plain(c)) and _names_a_code(c)]
    older = [c for c in cells if re.search(PATTERNS[family][0], plain(c)) and _names_a_code(c) and c not in newer]
    if not older or not newer:
        return None
    return (
        Column("origin", (older[0],), True),
        Column("target", (newer[0],), True),
        Column("share", ("share", "quota", "weight", "peso")),
    )


def _names_a_code(header: str) -> bool:
    return not re.search(r"descri|titolo|title|heading|label|note|name", plain(header))


def read_links(file: File, asked: tuple[Column, ...]) -> Iterator[LinkRow | Rejected]:
    for row in read_rows(file, asked):
        if isinstance(row, Rejected):
            yield row
            continue
        try:
            origin, target = dotted(row["origin"]), dotted(row["target"])
            share = _share(row)
        except BadValue as error:
            yield error.row(row.number, row.file)
            continue
        yield LinkRow(row.number, row.file, origin, target, share)


def _share(row: Row) -> float | None:
    text = row["share"].replace(",", ".")
    if not text:
        return None
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise BadValue("share", text, "is not a part of 1", "write a number above 0 and at most 1, or leave it empty")
    return share


def _cells(file: File) -> list[str]:
    return header_cells(file) if file.name.endswith((".csv", ".tsv", ".txt", ".xlsx")) else []


# --- versions of NUTS -------------------------------------------------------------------------------------------------
NUTS = "2016"
"""The version whose codes and borders the platform shows."""
OLDER_NUTS = ("2006", "2010", "2013")
CROSSWALK = columns("from_code, to_code, from_version, to_version, level, people=pop21|pop11")


def is_crosswalk(file: File) -> bool:
    return matches(file, CROSSWALK)


def read_crosswalk(file: File) -> Iterator[Row | Rejected]:
    """The rows that lead from an older version to NUTS 2016, countries to NUTS 2."""
    for row in read_rows(file, CROSSWALK):
        if isinstance(row, Rejected) or (
            row["to_version"] == NUTS and row["from_version"] in OLDER_NUTS and float(row["level"] or 9) <= 2
        ):
            yield row
