"""Rows of spreadsheets, in every room that exports one."""

from __future__ import annotations

from typing import Any


def add_line(sheet: Any, values: list[Any], font: Any = None) -> None:
    """A row at the end of the sheet. Text that a spreadsheet would take for a formula stays text."""
    sheet.append([f"'{v}" if isinstance(v, str) and v[:1] in "=+-@" and v else v for v in values])
    if font is not None:
        for cell in sheet[sheet.max_row]:
            cell.font = font
