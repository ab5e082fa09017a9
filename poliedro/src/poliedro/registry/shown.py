"""What pages of figures share, in every room: the moment asked for, the tabs of a cluster, one template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from poliedro.registry.models import Cluster
from poliedro.registry.present import facet, link
from poliedro.shared.components import Chart, Crumb, Empty, Facet, Figure, Tab, Table
from poliedro.shared.dated import Moment
from poliedro.shared.doors import tabs_at
from poliedro.shared.forms import MomentForm
from poliedro.shared.spreadsheet import csv_file
from poliedro.shared.templatetags.poliedro import certainty_label, source_words


@dataclass(frozen=True)
class Page:
    """A page of figures. title: the answer in words. notes: how it is computed. empty: what is said where there is
    nothing to show."""

    title: str
    lead: str
    figures: Sequence[Figure] = ()
    charts: Sequence[Chart] = ()
    table: Table | None = None
    notes: Sequence[str] = ()
    facets: Sequence[Facet] = ()
    empty: Empty | None = None
    colour: str = ""


@dataclass
class Asked:
    """When and of which cluster the reader asks. An unknown cluster means all. usual: the day where no day is asked
    for, such as the last one of a cluster that ended; else today."""

    request: HttpRequest
    usual: date | None = None
    form: MomentForm = field(init=False)
    moment: Moment = field(init=False)

    def __post_init__(self) -> None:
        given = {"on", "known"} & set(self.request.GET)
        self.form = MomentForm(self.request.GET if given else None, initial={"on": self.usual})
        self.moment = self.form.moment(self.usual)

    @property
    def query(self) -> str:
        """The part of an address that keeps the moment."""
        kept = {name: self.request.GET[name] for name in ("on", "known") if self.request.GET.get(name)}
        if not kept and self.usual:
            kept = {"on": self.usual.isoformat()}
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def wants_file(self) -> bool:
        return self.request.GET.get("format") == "csv"

    def cluster(self, clusters: Sequence[Cluster]) -> Cluster | None:
        return next((c for c in clusters if c.key == self.request.GET.get("cluster")), None)

    def cluster_facet(self, clusters: Sequence[Cluster]) -> Facet:
        return facet("cluster", _("Cluster"), [(c.key, c.name, None) for c in clusters], self.request.GET)


def cluster_tabs(cluster: Cluster, user: Any, here: str, query: str = "") -> list[Tab]:
    """The pages of a cluster that the person may open. here: url name of the open one, such as "portal:cluster"."""
    return tabs_at("cluster", user, cluster, [cluster.key], here, query)


def manage_crumbs(cluster: Cluster, *more: Crumb) -> list[Crumb]:
    """The way to a page of a cluster's managers."""
    return [
        Crumb(_("Home"), reverse("portal:home")),
        Crumb(_("My work"), reverse("portal:work")),
        Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
        *more,
    ]


def show(request: HttpRequest, page: Page, asked: Asked, tabs: Sequence[Tab], crumbs: Sequence[Crumb]) -> HttpResponse:
    """The page in its frame; with ?format=csv its table alone, as a file."""
    if asked.wants_file and page.table is not None:
        return as_file(page.table, crumbs[-1].label)
    chosen = request.GET.get("cluster", "")
    return render(
        request,
        "shared/shown.html",
        {
            "page": page,
            "form": asked.form,
            "moment": asked.moment,
            "kept": [("cluster", chosen)] if chosen and page.facets else [],
            "tabs": tabs,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), *crumbs],
            "synthetic_data": "synthetic"
            in {*(c.certainty for c in page.charts), *(f.certainty for f in page.figures)},
            "csv_url": link(request.GET, format="csv"),
        },
    )


def as_file(table: Table, name: str) -> HttpResponse:
    """The table as CSV in the reader's language: each figure with how it is known and from where in columns of their
    own, numbers to their last digit. See docs/operations/files.md."""
    marked = [i for i in range(len(table.headers)) if any(isinstance(row[i], Figure) for row in table.rows)]
    of_figures = [f"{table.headers[i]}: {word}" for i in marked for word in (_("certainty"), _("source"))]
    rows: list[list[Any]] = [[*table.headers, *of_figures]]
    for row in table.rows:
        values = [(cell.hidden or cell.value) if isinstance(cell, Figure) else cell for cell in row]
        rows.append([*values, *(word for i in marked for word in _known_by(row[i]))])
    return csv_file(slugify(name), rows, in_words=True)


def _known_by(cell: Any) -> tuple[str, str]:
    return (certainty_label(cell.certainty), source_words(cell.source)) if isinstance(cell, Figure) else ("", "")
