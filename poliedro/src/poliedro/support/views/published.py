"""Figures of services for those who do not work on cases: published counts, each hidden cell with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.registry.models import Cluster, InnovationType, Organisation, ServiceOffer
from poliedro.registry.present import bars, certainty_of, why_words
from poliedro.registry.queries.geography import region_map
from poliedro.registry.shown import cluster_tabs
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Tab, Table
from poliedro.shared.disclosure import TOTAL
from poliedro.shared.region import region
from poliedro.shared.spreadsheet import csv_file
from poliedro.shared.templatetags.poliedro import day as written
from poliedro.shared.templatetags.poliedro import spoken_number
from poliedro.support.models import DeclineReason
from poliedro.support.queries.published import AGENCY, GIVEN, PublishedUse, Shown, published_years
from poliedro.support.rules.published import DIMENSIONS, OTHERS, TOGETHER, TOTALS, UNMET_DIMENSIONS


def published(request: HttpRequest, cluster: Cluster | None, what: str) -> HttpResponse:
    """The page of a finished year: of the region, clusters side by side; or of one cluster."""
    years = published_years(what)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdigit() and int(asked) in years else next(iter(years), None)
    found = years[year] if year is not None else None
    if request.GET.get("format") == "csv" and found is not None:
        return _file(found, what, cluster)
    here = ("cluster_" if cluster else "region_") + ("use" if what == GIVEN else "unmet")
    label = _("Use of services") if what == GIVEN else _("Unmet demand")
    row = _row(found, cluster) if found else None
    return render(
        request,
        "support/published.html",
        {
            "title": _title(found, cluster, row, what),
            "published": found,
            "published_on": written(found.published_on) if found else "",
            "years": [Tab(str(y), f"?year={y}", y == year) for y in years] if len(years) > 1 else [],
            "charts": _charts(found, row, what) if found and row is not None else [],
            "tables": _tables(found, cluster, row, what) if found and row is not None else [],
            "csv": f"?year={year}&format=csv" if found else "",
            "empty": None
            if found and found.tables
            else Empty(
                _("Nothing is published yet"),
                _("Counts of a year appear once it is over, where enough clients stand behind them."),
            ),
            "tabs": cluster_tabs(cluster, request.user, f"support:{here}") if cluster else [],
            "synthetic_data": found is not None and found.certainty == "synthetic",
            "crumbs": [*_crumbs(cluster), Crumb(label)],
        },
    )


def _crumbs(cluster: Cluster | None) -> list[Crumb]:
    if cluster is None:
        return [Crumb(_("Home"), reverse("portal:home"))]
    return [
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
    ]


def _row(found: PublishedUse, cluster: Cluster | None) -> str | None:
    """The row of the cluster (of everything: the totals); None where it has no row of its own."""
    if TOTALS not in found.tables:
        return None
    if cluster is None:
        return TOTAL
    return cluster.key if cluster.key in found.tables[TOTALS].rows else None


def _title(found: PublishedUse | None, cluster: Cluster | None, row: str | None, what: str) -> str:
    name = cluster.name if cluster else region().name
    if found is None or not found.tables:
        return _("%(name)s: nothing is published yet") % {"name": name}
    if row is None:
        return _("%(name)s: too few to be shown by itself in %(year)d") % {"name": name, "year": found.year}
    said = {"name": name, "n": spoken_number(found.tables[TOTALS].value(row), 0), "year": found.year}
    if what == GIVEN:
        return _("%(name)s: %(n)s services in %(year)d") % said
    return _("%(name)s: %(n)s requests of %(year)d that nobody met") % said


def _words(dimension: str) -> dict[str, str]:
    words: dict[str, dict[str, str]] = {
        "kind": {v: str(label) for v, label in ServiceOffer.Service.choices},
        "size": {v: str(label) for v, label in Organisation.SizeClass.choices if v},
        "rd": {"rd": _("about R&D"), "other": _("not about R&D")},
        "innovation": {v: str(label) for v, label in InnovationType.choices},
        "province": {p.code: p.name for p in region_map(region()).provinces} if dimension == "province" else {},
        "reason": {v: str(label) for v, label in DeclineReason.choices},
    }
    return words[dimension] | {"-": _("not stated"), OTHERS: _("all others")}


def _captions() -> dict[str, str]:
    return {
        "kind": _("By kind of service"),
        "size": _("By size class of the client"),
        "rd": _("Whether about R&D"),
        "innovation": _("By what it helps to renew"),
        "province": _("By province of the client"),
        "reason": _("By reason"),
    }


def _dimensions(what: str) -> Sequence[str]:
    return DIMENSIONS if what == GIVEN else UNMET_DIMENSIONS


def _figure(table: Shown, row: str, column: str, label: str, found: PublishedUse) -> Figure:
    why = table.reason(row, column)
    value = table.value(row, column)
    return Figure(
        None if why else int(value or 0),
        label=label,
        period=str(found.year),
        hidden=why_words()[why] if why else "",
        certainty=certainty_of(found.certainty),
        source=found.source,
    )


def _tables(found: PublishedUse, cluster: Cluster | None, row: str | None, what: str) -> list[Table]:
    """Of the region: clusters down, categories across. Of a cluster: its categories down, the region's beside."""
    tables = []
    names = _cluster_names()
    for dimension in _dimensions(what):
        table = found.tables.get(dimension)
        if table is None:
            continue
        words, caption = _words(dimension), _captions()[dimension]
        if cluster is None:
            keys = [*table.rows, TOTAL]
            rows = [
                [
                    names.get(key, key) if key != TOTAL else _("Region"),
                    *(_figure(table, key, c, words.get(c, c), found) for c in table.columns),
                    _figure(table, key, TOTAL, _("Total"), found),
                ]
                for key in keys
            ]
            head = [_("Cluster"), *(words.get(c, c) for c in table.columns), _("Total")]
        else:
            rows = [
                [
                    words.get(c, c),
                    _figure(table, row or TOTAL, c, words.get(c, c), found),
                    _figure(table, TOTAL, c, words.get(c, c), found),
                ]
                for c in table.columns
            ]
            head = ["", cluster.name, _("Region")]
        tables.append(Table(head, rows, numeric=range(1, len(head)), caption=caption, full=cluster is None))
    return tables


def _cluster_names() -> dict[str, str]:
    names = dict(Cluster.objects.values_list("key", "name"))
    return names | {TOGETHER: _("smaller clusters together"), AGENCY: _("the agency")}


def _charts(found: PublishedUse, row: str | None, what: str) -> list[Chart]:
    """One picture: what was asked for or given most. A hidden count has no bar."""
    dimension = "kind" if what == GIVEN else "reason"
    table = found.tables.get(dimension)
    if table is None:
        return []
    words = _words(dimension)
    known = {c: table.value(row or TOTAL, c) for c in table.columns}
    shown = sorted(((c, v) for c, v in known.items() if v is not None), key=lambda p: -p[1])
    if not shown:
        return []
    return [
        bars(
            f"published-{dimension}",
            _captions()[dimension],
            _("%(what)s has most: %(n)s.") % {"what": words.get(shown[0][0], ""), "n": spoken_number(shown[0][1], 0)},
            [(words.get(c, c), int(v), "") for c, v in shown],
            y_label=_("number"),
            height="small",
            certainty=certainty_of(found.certainty),
            source=found.source,
        )
    ]


def _file(found: PublishedUse, what: str, cluster: Cluster | None) -> HttpResponse:
    """Every published cell, a hidden one with its reason."""
    name = cluster.key if cluster else region().key
    lines: list[list[object]] = [
        ["year", "dimension", "cluster", "category", "services", "hidden", "certainty", "source"]
    ]
    rows: Mapping[str, Shown] = found.tables
    for dimension in _dimensions(what):
        table = rows.get(dimension)
        if table is None:
            continue
        for (key, category), (value, why) in table.cells.items():
            if cluster is None or key == cluster.key:
                count = "" if value is None else int(value)
                line = [found.year, dimension, key or "region", category or "total", count, why]
                lines.append([*line, found.certainty, found.source])
    return csv_file(f"{what}-{name}-{found.year}", lines)
