"""Pages on paper: tagged PDF that a screen reader reads as it reads the page (PDF/UA-1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders


def pdf_of(page: str, styles: Sequence[str | Path]) -> bytes:
    """The HTML page as tagged PDF. styles: CSS, as names of static files or paths.

    Headers of tables say whether they speak of a column or a row, which WeasyPrint leaves out.
    """
    return _printed(page, [s if isinstance(s, Path) else Path(str(finders.find(s))) for s in styles])


def _printed(page: str, styles: Sequence[Path]) -> bytes:
    """Every PDF of the site comes from here: the tests read each one that they make as a screen reader does."""
    from weasyprint import CSS, HTML  # loads for a second, which other pages need not pay

    looks = [CSS(filename=str(s)) for s in styles]
    return bytes(HTML(string=page).write_pdf(stylesheets=looks, pdf_variant="pdf/ua-1", finisher=_scope_headers))


def _scope_headers(_document: Any, pdf: Any) -> None:
    """A header in the head of a table is of its column; any other is of its row."""
    elements: list[Any] = [o for o in pdf.objects if isinstance(o, dict) and "S" in o]
    by_reference = {bytes(o.reference): o for o in elements}

    def above(element: Any) -> Any:
        return by_reference.get(bytes(element["P"]))

    for element in elements:
        if element["S"] == "/TH":
            row = above(element)
            part = above(row) if row is not None else None
            element["A"]["Scope"] = "/Column" if part is not None and part["S"] == "/THead" else "/Row"
