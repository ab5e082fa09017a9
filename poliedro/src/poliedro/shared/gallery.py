"""One sample of every component, with invented content. Shown while DEBUG is on, and looked at by the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django import forms

from poliedro.shared.components import (
    Chart,
    Crumb,
    Empty,
    Event,
    Facet,
    Figure,
    Option,
    Pages,
    Progress,
    Tab,
    Table,
)

COLOURS = ("#0066cc", "#b45309", "#00796b", "#a3195b", "#5b4fc4", "#7a5c00", "#455a64")
NAMES = ("Alfa", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta")


class SampleForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As the business register has it.")
    since = forms.DateField(label="Member since", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    kind = forms.ChoiceField(label="Kind", choices=[("firm", "Firm"), ("university", "University")], required=False)
    visibility = forms.ChoiceField(
        label="Who sees it", choices=[("all", "Everybody"), ("own", "My cluster")], widget=forms.RadioSelect
    )
    agreed = forms.BooleanField(label="I agree to be listed")


def samples() -> dict[str, Any]:
    figure = Figure(
        1234567.8,
        label="R&D investment",
        unit="EUR",
        period="2014-2020",
        certainty="synthetic",
        source="Demonstration",
        definition="Sum of the investment of projects, each by its cluster's share.",
        decimals=0,
    )
    return {
        "crumbs": [Crumb("Home", "/"), Crumb("Gallery")],
        "synthetic_data": True,
        "figures": [
            figure,
            Figure(12.345, label="Coverage", unit="%", period="2025", certainty="estimated", low=10, high=14, n=81),
            Figure(683, label="Start-ups", period="2025", certainty="official", source="Business register", url="/"),
            Figure(None, label="Staff", certainty="reported", null_means="The cluster did not answer."),
        ],
        "charts": charts(),
        "table": Table(
            ["Cluster", "Firms", "Coverage", "Note"],
            [["Alfa", 1234, replace(figure, value=7.7, unit="%"), "First"], ["Beta", None, 20.05, "Second"]],
            numeric=[1, 2],
            caption="Clusters and their firms",
            links={0: "/"},
            total=["All", 1234, None, ""],
        ),
        "facets": [
            Facet("kind", "Kind", [Option("firm", "Firm", 1234, True, "?"), Option("its", "ITS", 7, False, "?k=its")])
        ],
        "pages": Pages(2, 20, 20, 1234, "?page=1", "?page=3"),
        "empty": Empty(
            "No member is loaded", "Members come from the cluster's own list, a CSV or XLSX file.", "Import", "/"
        ),
        "tabs": [Tab("Members", "?view=members", True), Tab("Projects", "?view=projects")],
        "events": [
            Event(date(2009, 5, 1), "Founded", "One of twelve.", colour=COLOURS[0]),
            Event(date(2015, 1, 1), "Merged into Alfa", until=date(2016, 3, 1), url="/"),
        ],
        "progresses": [
            Progress("Loading members", "waiting"),
            Progress("Loading members", "running", done=1234, total=5000),
            Progress("Does membership work?", "running", done=1, total=5, step="matching"),
            Progress("Loading members", "done", result_url="/", result_label="See the members"),
            Progress("Loading members", "failed", problem="Row 3 has no name; write one and load again."),
        ],
        "form": SampleForm({"since": "yesterday"}),
        "palette": COLOURS,
    }


def charts() -> list[Chart]:
    """One chart of every kind."""
    values = [21.5, 80.0, 12.3, 45.0, 30.1, 9.9, 17.2]
    table = Table(["Cluster", "EUR m"], list(zip(NAMES, values, strict=True)), numeric=[1])
    square = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]
    areas = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": [[[x + i * 1.1, y] for x, y in square[0]]]},
        }
        for i, name in enumerate(NAMES[:3])
    ]
    words = {"table": table, "source": "Invented", "certainty": "synthetic", "height": "small"}
    nodes = [
        {"id": i, "name": n, "label": n, "group": i % 2, "size": 12 + 3 * i, "x": 10 * i, "y": 7 * (i % 3)}
        for i, n in enumerate(NAMES)
    ]
    edges = [{"source": i, "target": (i * 3 + 1) % 7, "value": 1, "width": 2} for i in range(7)]
    years = [str(y) for y in range(2019, 2025)]
    kinds: list[tuple[Any, dict[str, Any]]] = [
        (
            "bar",
            {
                "categories": list(NAMES),
                "y_label": "EUR m",
                "series": [{"name": "EUR m", "values": values}],
                "colors": list(COLOURS),
            },
        ),
        (
            "bar",
            {
                "categories": list(NAMES),
                "y_label": "EUR m",
                "stacked": True,
                "series": [{"name": "ERDF", "values": values}, {"name": "Fees", "values": values[::-1]}],
            },
        ),
        (
            "line",
            {
                "categories": years,
                "x_label": "Year",
                "y_label": "Firms",
                "series": [
                    {
                        "name": "Alfa",
                        "values": [80, 84, 90, None, 97, 101],
                        "low": [78, 80, 85, None, 90, 94],
                        "high": [83, 88, 96, None, 103, 108],
                    },
                    {"name": "Beta", "values": [60, 61, 63, 62, 66, 70]},
                ],
            },
        ),
        (
            "scatter",
            {
                "x_label": "Size, persons",
                "y_label": "Coverage, %",
                "lines": [{"y": 10}],
                "points": [
                    {"name": n, "x": 10 * i, "y": v / 4, "label": n, "low": v / 4 - 1, "high": v / 4 + 2}
                    for i, (n, v) in enumerate(zip(NAMES, values, strict=True))
                ],
            },
        ),
        ("graph", {"nodes": nodes, "edges": edges, "groups": [{"name": "Firm"}, {"name": "University"}]}),
        (
            "sankey",
            {
                "nodes": [{"name": "ERDF"}, {"name": "Fees"}, {"name": "Alfa"}, {"name": "Beta"}],
                "edges": [
                    {"source": "ERDF", "target": "Alfa", "value": 5},
                    {"source": "Fees", "target": "Alfa", "value": 2},
                    {"source": "ERDF", "target": "Beta", "value": 3},
                ],
            },
        ),
        (
            "map",
            {
                "geojson": {"type": "FeatureCollection", "features": areas},
                "value_label": "members",
                "schematic": True,
                "labels": True,
                "areas": [{"name": n, "value": v} for n, v in zip(NAMES[:3], values, strict=False)],
                "points": [{"name": "Seat", "x": 0.5, "y": 0.5}],
            },
        ),
        (
            "heatmap",
            {
                "rows": list(NAMES[:3]),
                "columns": ["Firms", "Schools"],
                "x_label": "Audience",
                "cells": [{"row": r, "column": c, "value": r + c} for r in range(3) for c in range(2)],
            },
        ),
        (
            "timeline",
            {
                "rows": list(NAMES[:3]),
                "x_label": "Year",
                "today": "2026-01-01",
                "bars": [
                    {"row": i, "name": n, "start": f"{2009 + i}-01-01", "end": None, "color": COLOURS[i]}
                    for i, n in enumerate(NAMES[:3])
                ],
            },
        ),
    ]
    return [
        Chart(kind, f"sample-{i}", f"Beta leads ({kind})", "Beta has 80, Zeta 9.9.", data, **words)  # type: ignore[arg-type]
        for i, (kind, data) in enumerate(kinds)
    ]
