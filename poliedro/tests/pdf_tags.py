"""What a screen reader finds in a PDF: language, title, and the tree of tags with tables, headings and figures."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

HEADINGS = ("H1", "H2", "H3", "H4", "H5", "H6")
ORDERED = {*HEADINGS, "Table", "TR", "TH", "TD", "LI"}


@dataclass
class Tag:
    """One element of the structure tree. scope: of a table header. alt: of a figure. marked: its pieces of content, as
    (page, number)."""

    name: str
    scope: str = ""
    alt: str = ""
    children: list[Tag] = field(default_factory=list)
    marked: list[tuple[int, int]] = field(default_factory=list)

    def walk(self) -> Iterator[Tag]:
        yield self
        for child in self.children:
            yield from child.walk()


def read_tags(pdf: bytes) -> tuple[PdfReader, Tag]:
    reader = PdfReader(BytesIO(pdf))
    root = reader.trailer["/Root"]
    pages = {page.indirect_reference.idnum: n for n, page in enumerate(reader.pages)}
    roles = {str(k): str(v) for k, v in root["/StructTreeRoot"].get("/RoleMap", {}).items()}

    def read(element: Any, page: int) -> Tag:
        element = element.get_object()
        if "/Pg" in element:
            page = pages[element.raw_get("/Pg").idnum]
        name = str(element.get("/S", "/StructTreeRoot"))
        tag = Tag(roles.get(name, name).lstrip("/"), alt=str(element.get("/Alt", "")))
        given = element.get("/A")
        for one in given if isinstance(given, ArrayObject) else [given] if given else []:
            tag.scope = tag.scope or str(one.get_object().get("/Scope", "")).lstrip("/")
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, ArrayObject) else [kids]:
            held = kid.get_object()
            if isinstance(held, DictionaryObject):
                if held.get("/Type") in ("/MCR", "/OBJR"):
                    if "/MCID" in held:
                        tag.marked.append((pages[held.raw_get("/Pg").idnum] if "/Pg" in held else page, held["/MCID"]))
                else:
                    tag.children.append(read(held, page))
            else:
                tag.marked.append((page, int(held)))
        return tag

    return reader, read(root["/StructTreeRoot"], 0)


def complaints(pdf: bytes, language: str, page: str) -> list[str]:
    """What keeps the file from being read aloud well; empty where nothing does. page: the HTML that it was made of."""
    reader, tree = read_tags(pdf)
    root, found = reader.trailer["/Root"], []
    if not str(root.get("/Lang", "")).startswith(language):
        found.append(f"language is {root.get('/Lang')!r}")
    if not (reader.metadata and reader.metadata.title):
        found.append("no title")
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        found.append("the window shows the file's name, not the title")
    if not root.get("/MarkInfo", {}).get("/Marked"):
        found.append("not marked as tagged")
    tags = list(tree.walk())
    found += [f"a figure without words ({i})" for i, t in enumerate(tags) if t.name == "Figure" and not t.alt]
    for table in (t for t in tags if t.name == "Table"):
        headers = [t for t in table.walk() if t.name == "TH"]
        if not headers:
            found.append("a table without headers")
        found += ["a table header without scope" for t in headers if t.scope not in ("Row", "Column", "Both")]
    levels = [HEADINGS.index(t.name) + 1 for t in tags if t.name in HEADINGS]
    if not levels or levels[0] != 1:
        found.append(f"headings begin with {levels[:1]}")
    found += [f"heading {b} under {a}" for a, b in itertools.pairwise(levels) if b > a + 1]
    pieces = [m for t in tags for m in t.marked]
    if not pieces:
        found.append("nothing is tagged")
    if len(set(pieces)) < len(pieces):
        found.append("a piece is read twice")
    if [t.name for t in tags if t.name in ORDERED] != _Order(page).names:
        found.append("read in another order than the page")
    return found


class _Order(HTMLParser):
    """The headings, tables, cells and items of a page, in its order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in ("dt", "dd"):  # PDF has no list of terms: each is an item of a list
            self.names.append("LI")
        elif tag.capitalize() in ORDERED or tag.upper() in ORDERED:
            self.names.append("Table" if tag == "table" else tag.upper())
