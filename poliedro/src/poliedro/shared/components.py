"""What pages are composed of: figures with their source, charts with their table twin, facets, lists, notes.

Queries hand out facts; views turn them into these; the tags of `templatetags/poliedro.py` draw them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Certainty = Literal["official", "reported", "estimated", "synthetic"]
ChartKind = Literal["bar", "line", "scatter", "graph", "sankey", "map", "heatmap", "timeline"]


@dataclass(frozen=True)
class Figure:
    """A number on a page, and where it comes from.

    value: None where it is not known; the page then says so. unit: "%", "EUR", "FTE" or words. decimals: shown digits;
    None: whole numbers for counts, one digit for the rest. low, high: an interval. n: what the figure rests on; out_of:
    of how many, for a share. url: where its rows are shown. In a sentence, put it into a div: HTML allows no opening
    part inside a p.
    """

    value: float | int | None
    label: str = ""
    unit: str = ""
    period: str = ""
    certainty: Certainty = "reported"
    source: str = ""
    definition: str = ""
    formula: str = ""
    null_means: str = ""
    low: float | None = None
    high: float | None = None
    n: int | None = None
    out_of: int | None = None
    run: str = ""
    url: str = ""
    decimals: int | None = None
    note: str = ""
    hidden: str = ""
    """Why the value is not shown, where it is kept back; value is then None."""
    instead: str = ""
    """What stands in the place of a value that is None, where "not known" is not the word; a card then says why, too:
    `null_means`."""


@dataclass(frozen=True)
class Table:
    """Rows under headers. numeric: positions of the columns that hold numbers. links: row number -> address for its
    first cell. decimals: column -> shown digits; without, whole numbers for counts and one digit for the rest. total: a
    last row set apart. A cell is text, a number, a date, a Figure or None (not known)."""

    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]
    numeric: Sequence[int] = ()
    caption: str = ""
    links: dict[int, str] = field(default_factory=dict)
    total: Sequence[Any] | None = None
    full: bool = False
    decimals: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Chart:
    """A picture with a title that says what is seen, a summary in words, a table twin and downloads.

    name: unique on the page, and the name of downloaded files. data: the kind's description, read by
    frontend/src/charts/options.js. table: the same content as rows. download_url: a prepared file, else the browser
    makes a
    CSV of the table. height: small, medium or large. heading: level of the title, 2 or 3. period, run: of when the
    figures are and which stored run they come from, said beside the source.
    """

    kind: ChartKind
    name: str
    title: str
    summary: str
    data: dict[str, Any]
    table: Table
    source: str = ""
    certainty: Certainty | None = None
    download_url: str = ""
    height: Literal["small", "medium", "large"] = "medium"
    heading: int = 2
    period: str = ""
    run: str = ""

    def payload(self) -> dict[str, Any]:
        rows = [[getattr(cell, "value", cell) for cell in row] for row in self.table.rows]
        return {
            "kind": self.kind,
            "name": self.name,
            "table": {"headers": list(self.table.headers), "rows": rows},
            **self.data,
        }


@dataclass(frozen=True)
class Option:
    """One value of a facet. url: the same list with this value chosen or, if chosen, without it."""

    value: str
    label: str
    count: int | None
    chosen: bool
    url: str


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    options: Sequence[Option]

    @property
    def chosen(self) -> list[Option]:
        return [o for o in self.options if o.chosen]


@dataclass(frozen=True)
class Pages:
    """Where the reader is in a list. total: None where it was not counted."""

    number: int
    size: int
    shown: int
    total: int | None
    previous_url: str = ""
    next_url: str = ""

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.shown else 0

    @property
    def last(self) -> int:
        return (self.number - 1) * self.size + self.shown


@dataclass(frozen=True)
class Crumb:
    label: str
    url: str = ""


@dataclass(frozen=True)
class Empty:
    """An empty state that teaches: what belongs here and what fills it."""

    title: str
    text: str
    action: str = ""
    url: str = ""


@dataclass(frozen=True)
class Tab:
    """One of several views of the same thing; each has its own address."""

    label: str
    url: str
    chosen: bool = False
    group: str = ""


MANY_TABS = 8
"""From so many on, tabs that name groups show the groups, and below them the pages of the open one."""


def tab_rows(tabs: Sequence[Tab]) -> list[list[Tab]]:
    """The tabs in the rows that the page shows: one, or where there are many the groups and what the open one holds."""
    groups = list(dict.fromkeys(t.group for t in tabs))
    if len(tabs) < MANY_TABS or len(groups) < 2:
        return [list(tabs)]
    inside = {g: [t for t in tabs if t.group == g] for g in groups}
    open_group = next((t.group for t in tabs if t.chosen), None)
    first = [Tab(g, rows[0].url, g == open_group) for g, rows in inside.items()]
    below = inside.get(open_group or "", [])
    return [first, below] if len(below) > 1 else [first]


@dataclass(frozen=True)
class Event:
    """Something on a day, or from a day to a day, in a list by time."""

    on: date
    title: str
    text: str = ""
    until: date | None = None
    url: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a background task is. The page asks `poll_url` again every two seconds until it ends.

    done, total: steps; total is None where nobody knows it. step: the one that is under way, in words. result_url:
    where its outcome is read. problem: why it failed, and what to do; of work that waits: why it waits again.
    """

    title: str
    state: Literal["waiting", "running", "done", "failed"]
    poll_url: str = ""
    done: int = 0
    total: int | None = None
    step: str = ""
    result_url: str = ""
    result_label: str = ""
    problem: str = ""

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed")

    @property
    def at(self) -> int:
        """The number of the step that is under way."""
        return self.done + 1
