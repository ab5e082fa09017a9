"""Tables of a page as a reader meets them: by caption, each cell as the text of its value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class ReadTable:
    """rows: cell texts of the body, the first cell being the row's name. total: of the foot."""

    caption: str = ""
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    total: list[str] = field(default_factory=list)

    def column(self, name: str) -> dict[str, str]:
        """{first cell of a row: its text under the header}."""
        at = self.head.index(name)
        return {row[0]: row[at] for row in self.rows}

    def numbers(self, name: str) -> dict[str, float]:
        """The same as numbers; a cell without one is left out."""
        return {key: value for key, text in self.column(name).items() if (value := number(text)) is not None}

    def total_of(self, name: str) -> float | None:
        return number(self.total[self.head.index(name)])


def number(text: str) -> float | None:
    """A number as an English page writes it: 1,234.5, with or without a unit."""
    found = re.search(r"-?\d[\d,]*(?:\.\d+)?", text)
    return float(found[0].replace(",", "")) if found else None


class _Tables(HTMLParser):
    """What a figure's mark says when opened (definition, source) is not part of the cell."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[ReadTable] = []
        self._cell: list[str] | None = None
        self._caption = False
        self._part = ""
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped or tag == "details":
            self._skipped += tag == "details"
        elif tag == "table":
            self.found.append(ReadTable())
        elif tag == "caption":
            self._caption = True
        elif tag in ("thead", "tbody", "tfoot"):
            self._part = tag
        elif tag == "tr" and self.found and self._part == "tbody":
            self.found[-1].rows.append([])
        elif tag in ("td", "th") and self.found:
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self._skipped -= 1
        elif self._skipped:
            return
        elif tag == "caption":
            self._caption = False
        elif tag in ("td", "th") and self._cell is not None:
            text, table = " ".join("".join(self._cell).split()), self.found[-1]
            row = {"thead": table.head, "tfoot": table.total}.get(self._part)
            (table.rows[-1] if row is None else row).append(text)
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._skipped:
            return
        if self._caption:
            self.found[-1].caption += data
        elif self._cell is not None:
            self._cell.append(data)


def tables_of(html: str) -> list[ReadTable]:
    """Every table of the page, in order."""
    parser = _Tables()
    parser.feed(html)
    return parser.found


def table_of(html: str, caption: str) -> ReadTable:
    """The one table whose caption holds these words."""
    found = [t for t in tables_of(html) if caption in t.caption]
    assert len(found) == 1, f"{len(found)} tables say {caption!r}: {[t.caption for t in tables_of(html)]}"
    return found[0]
