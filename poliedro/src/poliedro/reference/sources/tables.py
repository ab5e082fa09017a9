"""Tables by their header: rows with the columns that an importer asks for, whatever their order, name or number."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from poliedro.reference.rules import plain
from poliedro.reference.sources.files import File, UnreadableFile, files_in, mended, text_of

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
T = TypeVar("T")
DELIMITERS = ";,\t|"


@dataclass(frozen=True)
class Rejected:
    """A row that cannot be loaded: where it is, which value is at fault, and what to do about it."""

    number: int
    field: str
    value: str
    problem: str
    remedy: str
    file: str = ""


class BadValue(ValueError):
    """A value that its column does not allow."""

    def __init__(self, name: str, value: object, problem: str, remedy: str) -> None:
        super().__init__(f"{name} is {value!r}: {problem}; {remedy}")
        self.name, self.value, self.problem, self.remedy = name, str(value), problem, remedy

    @property
    def faults(self) -> tuple[BadValue, ...]:
        return (self,)

    def row(self, number: int, file: str = "", label: str = "") -> Rejected:
        """The rejected row. label: the column as the file heads it."""
        return Rejected(number, label or self.name, self.value[:300], self.problem[:300], self.remedy[:300], file)


class BadRow(BadValue):
    """A row with several values at fault, all of them named, so that it is corrected once."""

    def __init__(self, faults: Sequence[BadValue]) -> None:
        first = faults[0]
        super().__init__(first.name, first.value, first.problem, first.remedy)
        self._faults = tuple(f for fault in faults for f in fault.faults)

    @property
    def faults(self) -> tuple[BadValue, ...]:
        return self._faults


class Faults:
    """Collects what is wrong with a row while its values are read."""

    def __init__(self) -> None:
        self.found: list[BadValue] = []

    def of(self, read: Callable[..., T], *arguments: Any) -> T | None:
        """What `read` gives; null, and the fault noted, where the value is at fault."""
        try:
            return read(*arguments)
        except BadValue as fault:
            self.found.append(fault)
            return None

    def check(self) -> None:
        """Raises BadRow with all faults, if there are any."""
        if self.found:
            raise BadRow(self.found)


@dataclass(frozen=True)
class Column:
    """A column that an importer asks for, under any of its names."""

    key: str
    names: tuple[str, ...]
    required: bool = False


def columns(required: str = "", optional: str = "") -> tuple[Column, ...]:
    """Columns from a compact text: a word for a column of that name, `key=Name|Other name` for one with several."""
    made = []
    for text, needed in ((required, True), (optional, False)):
        for part in filter(None, (p.strip() for p in text.split(","))):
            key, _, names = part.partition("=")
            made.append(Column(key, tuple(filter(None, names.split("|"))) or (key,), needed))
    return tuple(made)


@dataclass(frozen=True)
class Header:
    """Where each asked column lies in the file. missing: the required ones that the header lacks."""

    positions: dict[str, int]
    missing: tuple[str, ...]
    width: int
    labels: dict[str, str]
    """The header as the file writes it, by key."""


def header_of(cells: Sequence[str], asked: Iterable[Column]) -> Header:
    seen = {plain(cell): i for i, cell in reversed(list(enumerate(cells)))}
    positions, missing = {}, []
    for column in asked:
        found = [seen[plain(n)] for n in column.names if plain(n) in seen]
        if found:
            positions[column.key] = found[0]
        elif column.required:
            missing.append(column.names[0])
    return Header(positions, tuple(missing), len(cells), {k: cells[i].strip() for k, i in positions.items()})


def header_cells(file: File) -> list[str]:
    """The first row of the table; empty for a file that holds none."""
    if file.name.endswith((".xlsx", ".xlsm")):
        return next(_workbook_rows(file), (0, []))[1]
    with file.open() as stream:
        line = stream.read(1 << 16).split(b"\n", 1)[0]
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        try:
            text = line.decode(encoding)
            break
        except UnicodeError:
            continue
    else:
        return []
    return next(csv.reader([text.rstrip("\r")], delimiter=max(DELIMITERS, key=text.count)), [])


def matches(file: File, asked: Iterable[Column]) -> bool:
    """Whether the header has every required column."""
    return file.name.endswith((".csv", ".tsv", ".txt", ".xlsx")) and not header_of(header_cells(file), asked).missing


@dataclass
class Row:
    """One row of a table: its number in the file (the header is 1) and its values by asked key, mended and stripped.

    An asked column that the file lacks gives the empty text.
    """

    number: int
    values: dict[str, str]
    file: str
    labels: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> str:
        return self.values.get(key, "")

    def has(self, key: str) -> bool:
        return key in self.values


def read_rows(file: File, asked: Sequence[Column]) -> Iterator[Row | Rejected]:
    """The rows of a delimited text or workbook. Raises UnreadableFile if a required column is missing."""
    rows = _raw_rows(file)
    first = next(rows, None)
    if first is None:
        raise UnreadableFile(_("%(file)s is empty") % {"file": file.name}, _("give the whole file"))
    header = header_of(first[1], asked)
    if header.missing:
        raise UnreadableFile(
            _("%(file)s has no column %(missing)s; it has: %(header)s")
            % {"file": file.name, "missing": ", ".join(header.missing), "header": ", ".join(first[1])[:300]},
            _("give the official file, or rename the column"),
            row=first[0],
            field=", ".join(header.missing),
        )
    positions = list(header.positions.items())
    for number, cells in rows:
        if not any(cells):
            continue
        if len(cells) > header.width and any(cells[header.width :]):
            text = str(len(cells))
            yield Rejected(
                number, "row", text, _("has more cells than the header, which has %(n)d") % {"n": header.width},
                _("put quotes round the value that holds the delimiter"), file.name,
            )  # fmt: skip
            continue
        values = {key: mended(cells[i].strip()) if i < len(cells) else "" for key, i in positions}
        yield Row(number, values, file.name, header.labels)


def _raw_rows(file: File) -> Iterator[tuple[int, list[str]]]:
    if file.name.endswith((".xlsx", ".xlsm")):
        yield from _workbook_rows(file)
        return
    with text_of(file) as text:
        first = text.readline()
        delimiter = max(DELIMITERS, key=first.count)
        reader = csv.reader(chain([first], text), delimiter=delimiter)
        try:
            for cells in reader:
                yield reader.line_num, cells
        except csv.Error as error:
            raise UnreadableFile(
                f"{file.name} line {reader.line_num}: {error}", "give a text table", row=reader.line_num
            ) from error


def _workbook_rows(file: File) -> Iterator[tuple[int, list[str]]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        with file.open() as stream:
            book = load_workbook(stream, read_only=True, data_only=True)
            for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
                yield number, [_cell(c) for c in cells]
    except (BadZipFile, KeyError) as error:
        raise UnreadableFile(
            _("%(file)s is not a workbook") % {"file": file.name}, _("save it as .xlsx or .csv")
        ) from error


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# --- values -----------------------------------------------------------------------------------------------------------
MISSING = {"", "na", "n/a", "nan", "null", "none", "no data", "-"}
"""Texts that mean "not stated" in columns where they can mean nothing else. Never used for codes of places.

See Note [NA is also a place].
"""

# Note [NA is also a place]
# NA is Namibia's country code and the sign of the province of Naples; programs that read tables turn it into "missing"
# (and write NAN). So place columns never pass through `missing`: each importer says what NA means in each column.


def missing(text: str) -> bool:
    return text.casefold() in MISSING


def money(name: str, text: str) -> Decimal | None:
    """Euro with two decimals; null where not stated. Takes 1234.5, 1234,5, 1.234,50 and 1,234.50."""
    if missing(text):
        return None
    value = _decimal(text)
    if value is None:
        raise BadValue(name, text, _("is not an amount"), _("write digits and one decimal sign, such as 1250,50"))
    if abs(value) >= Decimal("1e14"):
        raise BadValue(name, text, _("is not plausible as euro"), _("check the decimal sign"))
    return value.quantize(Decimal("0.01"))


def number(name: str, text: str) -> Decimal | None:
    """A decimal number; null where not stated."""
    if missing(text):
        return None
    value = _decimal(text)
    if value is None:
        raise BadValue(name, text, _("is not a number"), _("write digits and one decimal sign, such as 0,5"))
    return value


@lru_cache(maxsize=65536)
def _decimal(text: str) -> Decimal | None:
    digits = text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "").replace("€", "")
    if "," in digits and "." in digits:
        last = max(digits.rfind(","), digits.rfind("."))
        digits = re.sub(r"[.,]", "", digits[:last]) + "." + digits[last + 1 :]
    elif digits.count(",") == 1:
        digits = digits.replace(",", ".")
    elif digits.count(",") > 1 or digits.count(".") > 1:
        digits = re.sub(r"[.,]", "", digits)
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def day(name: str, text: str) -> date | None:
    """A day written 2024-02-01, 01/02/2024, 01-02-2024 or 20240201; null where not stated."""
    if missing(text):
        return None
    value = _day(text)
    if value is None:
        raise BadValue(name, text, _("is not a day"), _("write it as 2024-02-01 or 01/02/2024"))
    return value


@lru_cache(maxsize=65536)
def _day(text: str) -> date | None:
    text = text[:10].strip()
    for pattern, order in (
        (r"(\d{4})-(\d{1,2})-(\d{1,2})$", (1, 2, 3)),
        (r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})$", (3, 2, 1)),
        (r"(\d{4})(\d{2})(\d{2})$", (1, 2, 3)),
    ):
        if found := re.match(pattern, text):
            try:
                return date(*(int(found[i]) for i in order))
            except ValueError:
                return None
    return None


def year(name: str, text: str) -> int:
    if re.fullmatch(r"(19|20)\d\d", text):
        return int(text)
    raise BadValue(name, text, _("is not a year"), _("write four digits, such as 2024"))


def country(text: str, fault: str = "") -> str:
    """ISO 3166 alpha-2: the EU's EL and UK become GR and GB. `fault` is what the file writes where it lost the code."""
    code = text.upper()
    if code == fault:
        return ""
    code = {"EL": "GR", "UK": "GB"}.get(code, code)
    return code if re.fullmatch(r"[A-Z]{2}", code) else ""


def find(path: Path, asked: Sequence[Column]) -> list[File]:
    """The files at `path` whose header has the required columns."""
    return [file for file in files_in(path) if matches(file, asked)]
