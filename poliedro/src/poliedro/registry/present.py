"""From what queries hand out to the components of pages. Formats and words only; nothing is derived here."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, sin, tau
from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from poliedro.reference.models import IndicatorCard
from poliedro.registry.models import Cluster
from poliedro.registry.queries.backing import Backing
from poliedro.registry.queries.contracts import PublishedSum
from poliedro.registry.queries.coverage import Coverage
from poliedro.registry.queries.geography import RegionMap
from poliedro.registry.queries.niches import Niche
from poliedro.shared.components import Certainty, Chart, Facet, Figure, Option, Pages, Table
from poliedro.shared.dated import Moment
from poliedro.shared.disclosure import TOTAL, Key, Protected, Why
from poliedro.shared.spoken import short_day

PERCENT = "%"


def figure(card: IndicatorCard | None, value: Any, **fields: Any) -> Figure:
    """A figure with its card's words. Shares (0..1) are shown in percent."""
    if card is None:
        return Figure(value=_shown(value, fields.get("unit", "")), **fields)
    unit = fields.pop("unit", card.unit)
    return Figure(
        value=_shown(value, unit),
        unit=unit,
        label=fields.pop("label", card.name),
        definition=card.definition,
        formula=card.formula,
        null_means=card.null_means,
        note=fields.pop("note", card.counting_rule),
        **fields,
    )


def coverage_figure(card: IndicatorCard | None, cover: Coverage | None, moment: Moment, **facts: Any) -> Figure:
    """Industry coverage with the two days behind it: members of the day over the register of its last year."""
    if cover is None:
        return figure(card, None, decimals=1, **facts)
    period = _("members on %(day)s, register of %(year)d") % {"day": short_day(moment.on), "year": cover.year}
    return figure(card, cover.share, decimals=1, period=period, n=cover.n, out_of=cover.N, **facts)


def niche_words(niche: Niche) -> str:
    return _("%(activity)s: the rest") % {"activity": niche.label} if niche.rest else niche.label


def niche_table(niches: Sequence[Niche], **fields: Any) -> Table:
    """Niches with members, register firms, coverage, and the provinces that they leave out."""
    rows = [
        [
            niche_words(g),
            g.n,
            g.N,
            None if g.share is None else round(100 * g.share, 1),
            ", ".join(f"{place} ({firms})" for place, firms in g.blank) or "-",
        ]
        for g in niches
    ]
    return Table(
        [
            _("Activity"), _("Inside the definition"), _("Register firms"), _("coverage, %"),
            _("Provinces without a member (register firms)"),
        ],
        rows,
        numeric=[1, 2, 3],
        full=True,
        **fields,
    )  # fmt: skip


def _shown(value: Any, unit: str) -> float | int | None:
    if value is None:
        return None
    return float(value) * 100 if unit == PERCENT else (value if isinstance(value, int) else float(value))


def facts_of(backing: Backing) -> dict[str, Any]:
    """Certainty and source of a figure, for its component."""
    return {"certainty": certainty_of(backing.certainty), "source": backing.source or _("Register")}


def place_map(
    name: str,
    title: str,
    summary: str,
    region: RegionMap,
    values: dict[str, float | int | None],
    *,
    value_label: str,
    points: Sequence[dict[str, Any]] = (),
    points_label: str = "",
    urls: dict[str, str] | None = None,
    certainty: Any = None,
    source: str = "",
    height: Any = "medium",
    decimals: int | None = None,
    table: Table | None = None,
) -> Chart:
    """A map of the provinces coloured by value, with its table. values: territory code -> number. points_label: what
    the points are. table: its twin where that says more than province and value."""
    areas = [{"name": p.name, "value": values.get(p.code), "url": (urls or {}).get(p.code)} for p in region.provinces]
    rows = [[p.name, values.get(p.code)] for p in region.provinces]
    note = (
        ""
        if not region.is_schematic
        else " " + _("The borders are not loaded; each province is a tile. The official NUTS file fills them.")
    )
    shown = [] if region.is_schematic else list(points)
    return Chart(
        "map",
        name,
        title,
        summary + note,
        {
            "areas": areas,
            "points": shown,
            "points_label": points_label,
            "geojson": region.geojson,
            "value_label": value_label,
            "schematic": region.is_schematic,
            "labels": True,
            "decimals": decimals,
        },
        table or Table([_("Province"), value_label], rows, numeric=[1]),
        certainty=certainty,
        source=source,
        height=height,
    )


def ring(n: int) -> list[tuple[float, float]]:
    """Where n things stand round a middle: (x, y) on a circle of radius 1, from the top on as a clock goes; half a step
    aside, so that none stands straight above or below the middle, where names would lie on one another."""
    turns = (tau * (i + 0.5) / n for i in range(n))
    return [(round(sin(t), 4), round(-cos(t), 4)) for t in turns]


def lines(
    name: str,
    title: str,
    summary: str,
    categories: Sequence[Any],
    series: Sequence[tuple[str, str, Sequence[Any]]],
    *,
    x_label: str,
    y_label: str,
    decimals: int = 0,
    table: Table | None = None,
    **fields: Any,
) -> Chart:
    """Lines over time. series: (name, colour, values). table: its twin where that says more."""
    rows = [[str(c), *(s[2][i] for s in series)] for i, c in enumerate(categories)]
    return Chart(
        "line",
        name,
        title,
        summary,
        {
            "categories": [str(c) for c in categories],
            "x_label": x_label,
            "y_label": y_label,
            "decimals": decimals,
            "series": [{"name": n, "color": colour, "values": list(values)} for n, colour, values in series],
        },
        table or Table([x_label, *(s[0] for s in series)], rows, numeric=range(1, len(series) + 1)),
        **fields,
    )


def bars(
    name: str,
    title: str,
    summary: str,
    rows: Sequence[tuple[str, Any, str]],
    *,
    y_label: str,
    colours: Sequence[str] = (),
    table: Table | None = None,
    **fields: Any,
) -> Chart:
    """One bar a row: (label, value, address). table: its twin where that says more than label and value."""
    data: dict[str, Any] = {
        "categories": [r[0] for r in rows],
        "y_label": y_label,
        "urls": [r[2] or None for r in rows],
        "series": [{"name": y_label, "values": [r[1] for r in rows]}],
    }
    if colours:
        data["colors"] = list(colours)
    twin = table or Table(["", y_label], [[r[0], r[1]] for r in rows], numeric=[1])
    return Chart("bar", name, title, summary, data, twin, **fields)


def stacked(
    name: str,
    title: str,
    summary: str,
    categories: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None]]],
    *,
    y_label: str,
    upright: bool = False,
    table: Table | None = None,
    **fields: Any,
) -> Chart:
    """Stacked bars: one series a part. upright: columns, for years. table: its twin where that says more."""
    return Chart(
        "bar",
        name,
        title,
        summary,
        {
            "categories": list(categories),
            "y_label": y_label,
            "stacked": True,
            "horizontal": not upright,
            "decimals": 0,
            "series": [{"name": n, "values": list(v)} for n, v in series],
        },
        table
        or Table(
            ["", *(n for n, _v in series)],
            [[c, *(v[i] for _n, v in series)] for i, c in enumerate(categories)],
            numeric=range(1, len(series) + 1),
        ),
        **fields,
    )


def facet(
    name: str, label: str, counts: Sequence[tuple[str, str, int | None]], query: QueryDict, *, nothing: str = "?"
) -> Facet:
    """A facet whose options keep what else is chosen. Choosing the chosen value again lets it go.

    nothing: the address without any choice.
    """
    chosen = query.get(name, "")

    def way(value: str) -> str:
        found = link(query, **{name: "" if value == chosen else value})
        return nothing if found == "?" else found

    return Facet(
        name,
        label,
        [Option(value, text, n, value == chosen, way(value)) for value, text, n in counts],
    )


def link(query: QueryDict, **changes: Any) -> str:
    """The page's own address with some parameters changed; empty values and the page number go."""
    kept = {k: v for k, v in query.items() if k != "page"}
    kept.update({k: str(v) for k, v in changes.items()})
    return "?" + urlencode({k: v for k, v in kept.items() if v})


def page_asked(request: HttpRequest) -> int:
    """The number of the page that the address asks for; 1 where it is no number, and at most 10 000."""
    text = request.GET.get("page", "1")
    return min(max(1, int(text)), 10_000) if text.isascii() and text.isdigit() else 1


def pages_of(query: QueryDict, number: int, size: int, *, shown: int, total: int) -> Pages:
    """Where the reader is in a list that was counted, with the ways back and on."""
    back = link(query, page=number - 1) if number > 1 else ""
    on = link(query, page=number + 1) if number * size < total else ""
    return Pages(number, size, shown, total, back, on)


def colours_of(clusters: Sequence[Cluster]) -> list[str]:
    return [c.colour for c in clusters]


def by_type(clusters: Sequence[Cluster], title: str) -> list[tuple[str, str, list[Cluster]]]:
    """The clusters of each type that has any, with a title for their own chart: (type, title, clusters).

    Clusters compare within their type only (R007); where all are of one type, the title stays as it is.
    """
    words = {Cluster.Type.SECTORAL: _("sectoral clusters"), Cluster.Type.TRANSVERSAL: _("transversal clusters")}
    parts = [(str(kind), word, [c for c in clusters if c.type == kind]) for kind, word in words.items()]
    found = [(kind, f"{title}: {word}", ours) for kind, word, ours in parts if ours]
    return found if len(found) > 1 else [(kind, title, ours) for kind, _title, ours in found]


def certainty_of(value: str) -> Certainty:
    """A stored certainty as the components take it."""
    return cast(Certainty, value)


def flow(
    name: str,
    title: str,
    summary: str,
    links: Sequence[tuple[str, str, float]],
    *,
    table: Table,
    colours: dict[str, str] | None = None,
    urls: dict[str, str] | None = None,
    decimals: int = 0,
    **fields: Any,
) -> Chart:
    """Flows from left to right: (from, to, how much). A name on both sides is one box: names must tell them apart."""
    names = list(dict.fromkeys([*(a for a, _b, _n in links), *(b for _a, b, _n in links)]))
    return Chart(
        "sankey",
        name,
        title,
        summary,
        {
            "nodes": [{"name": n, "color": (colours or {}).get(n), "url": (urls or {}).get(n)} for n in names],
            "edges": [{"source": a, "target": b, "value": value} for a, b, value in links],
            "decimals": decimals,
        },
        table,
        **fields,
    )


def why_words() -> dict[Why, str]:
    """Why a cell is hidden, as the reader reads it."""
    return {
        Why.FEW: _("Hidden: too few stand behind it."),
        Why.DOMINATED: _("Hidden: one of them makes nearly all of it."),
        Why.COMPLEMENT: _("Hidden, so that a smaller cell cannot be worked out."),
        Why.EARLIER: _("Hidden: together with what was published earlier it would tell too much."),
    }


def protected_figure(found: Protected, key: Key, **fields: Any) -> Figure:
    """A cell of a protected table as a figure; a hidden one says why."""
    why = found.why.get(key)
    if why is not None:
        return Figure(None, hidden=why_words()[why], **fields)
    return Figure(found.values[key], **fields)


def published_sum(card: IndicatorCard | None, found: PublishedSum, **fields: Any) -> Figure:
    """A published sum of research contracts, with the years it covers; a hidden one says why."""
    hidden = why_words()[found.why] if found.why is not None else ""
    return figure(card, found.eur, period=found.period, decimals=0, hidden=hidden, **fields)


def protected_table(found: Protected, corner: str, labels: dict[str, str], **fields: Any) -> Table:
    """A protected table with its totals. corner: header of the first column. labels: key -> words, of rows and
    columns. fields: of each figure (certainty, source, period, unit)."""
    total = _("Total")
    columns = found.table.all_columns
    rows = [
        [
            labels.get(r, r),
            *(protected_figure(found, (r, c), label=labels.get(c, c) or total, **fields) for c in columns),
        ]
        for r in found.table.rows
    ]
    rows.append([total, *(protected_figure(found, (TOTAL, c), label=total, **fields) for c in columns)])
    return Table(
        [corner, *(labels.get(c, c) if c != TOTAL else total for c in columns)],
        rows,
        numeric=range(1, len(columns) + 1),
    )
