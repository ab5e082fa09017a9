"""Files that people open in a spreadsheet, in every room that hands one out. See docs/operations/files.md."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

from django.http import HttpResponse
from django.utils.formats import get_format

FORMULA = ("=", "+", "-", "@", "\t")
SEPARATOR = ";"
"""Between the cells of every CSV: what spreadsheets expect where the comma is the decimal sign, and what CORDIS and
OpenCoesione publish with."""


def plain(value: Any) -> Any:
    """The cell; a text that a spreadsheet would take for a formula stands behind an apostrophe."""
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    text = str(value)
    return f"'{text}" if text[1:] and text.startswith(FORMULA) else text


def csv_lines(rows: Iterable[Sequence[Any]], *, in_words: bool = False) -> Iterator[str]:
    """Each row as a line, the first behind the mark of UTF-8. in_words: for people to read, so numbers have the decimal
    sign of the reader's language; else programs read them, with a point."""
    sign = str(get_format("DECIMAL_SEPARATOR")) if in_words else "."
    out = StringIO("\ufeff")
    out.seek(1)
    writer = csv.writer(out, delimiter=SEPARATOR)
    for row in rows:
        writer.writerow([str(c).replace(".", sign) if isinstance(c, float | Decimal) else plain(c) for c in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def csv_file(name: str, rows: Iterable[Sequence[Any]], *, in_words: bool = False) -> HttpResponse:
    """The rows, the header first, as a file of that name to save. in_words: see csv_lines."""
    return HttpResponse(
        "".join(csv_lines(rows, in_words=in_words)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def add_line(sheet: Any, values: list[Any], font: Any = None) -> None:
    """A row at the end of the sheet. Text that a spreadsheet would take for a formula stays text."""
    sheet.append([plain(v) for v in values])
    if font is not None:
        for cell in sheet[sheet.max_row]:
            cell.font = font
