"""What every page of the observatory shares: the table and region chosen, the stored run, tabs, the note on the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.evidence import store
from poliedro.evidence.models import Run
from poliedro.evidence.queries.names import activity_names, place_names
from poliedro.evidence.queries.runs import latest_run, table_of, tables_with_runs
from poliedro.reference.models import StatisticTable
from poliedro.registry.present import certainty_of
from poliedro.shared.components import Chart, Crumb, Empty, Tab, Table
from poliedro.shared.countries import country_names
from poliedro.shared.region import region

PAGES = (
    ("observatory", lambda: _("Overview")),
    ("specialisation", lambda: _("Specialisation")),
    ("space", lambda: _("Industry space")),
    ("options", lambda: _("Options")),
    ("variety", lambda: _("Variety")),
    ("complexity", lambda: _("Complexity")),
    ("partners", lambda: _("Partner regions")),
    ("between", lambda: _("Between clusters")),
    ("value_chain", lambda: _("Value chains")),
    ("what_if", lambda: _("What if")),
    ("productivity", lambda: _("Productivity")),
    ("card", lambda: _("Region card")),
)


@dataclass
class Scope:
    """What the reader looks at: a table of statistics and one of its regions."""

    table: StatisticTable
    tables: list[StatisticTable]
    place: str
    places: list[str]
    not_there: str = ""
    """The region that was asked for and that the table cannot show."""

    @property
    def family(self) -> str:
        return self.table.classification.key if self.table.classification else "nace"

    @property
    def is_home(self) -> bool:
        return self.place == region().code

    @cached_property
    def _places(self) -> dict[str, str]:
        return {**country_names(), **place_names()} if self.family == "nace" else {}

    @property
    def place_codes(self) -> list[str]:
        """Every region that has a name, in the table or not."""
        return [code for code in self._places if len(code) > 2]

    @cached_property
    def activities(self) -> dict[str, str]:
        """The names of sections and divisions by code."""
        return activity_names(self.family)

    def place_name(self, code: str) -> str:
        if code == region().code:
            return region().name
        return self._places.get(code, code)

    def activity_name(self, code: str, length: int = 70) -> str:
        """Label and code; the code alone where the classification is not loaded."""
        label = self.activities.get(code, "")
        if not label:
            return code
        short = label if len(label) <= length else label[: length - 1].rstrip(" ,;") + "…"
        return f"{short} ({code})"

    def query(self, **more: Any) -> str:
        """The part of an address that keeps the scope."""
        asked = QueryDict(mutable=True)
        if len(self.tables) > 1 and self.table != self.tables[0]:
            asked["table"] = self.table.key
        if not self.is_home:
            asked["region"] = self.place
        for name, value in more.items():
            asked[name] = str(value)
        return f"?{asked.urlencode()}" if asked else ""


@dataclass
class Select:
    """A choice above the charts. options: (value, label)."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str


@dataclass
class Section:
    """A heading with charts and tables under it."""

    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    title: str = ""
    text: str = ""
    anchor: str = ""


@dataclass
class Content:
    """What a page says. title: the answer in words. notes: how it is computed; sure: how sure it is."""

    title: str
    lead: str = ""
    sections: list[Section] = field(default_factory=list)
    selects: list[Select] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sure: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    template: str = "portal/observatory/page.html"
    regional: bool = True
    """Whether the page is about the region chosen, so that the choice is offered."""


def scope_of(request: HttpRequest) -> Scope | None:
    """The table and region asked for; the region's own where nothing else is. None where no analysis was run."""
    tables = tables_with_runs("specialisation")
    if not tables:
        return None
    asked = request.GET.get("table", "")
    table = next((t for t in tables if t.key == asked), tables[0])
    run = latest_run("specialisation", {"table": table.key})
    assert run is not None
    year = run.headline["year"]
    places = store.distinct(table_of(run, "quotients"), "place", {"year": year})
    asked_for = request.GET.get("region", "")
    place = next((p for p in (asked_for, region().code) if p in places), places[0])
    return Scope(table, tables, place, places, asked_for if asked_for and asked_for != place else "")


def answer(
    request: HttpRequest, page: str, analysis: str, build: Callable[[HttpRequest, Scope, Run], Content]
) -> HttpResponse:
    """A page of the observatory: its run and what `build` makes of it, or what is missing."""
    scope = scope_of(request)
    run = latest_run(analysis, {"table": scope.table.key}) if scope else None
    crumbs = [Crumb(_("Home"), reverse("portal:home"))]
    crumbs += [Crumb(_("Observatory"), reverse("portal:observatory"))] if page != "observatory" else []
    label = next(label() for name, label in PAGES if name == page)
    crumbs.append(Crumb(label))
    if scope is None or run is None:
        return render(request, "portal/observatory/empty.html", {"crumbs": crumbs, "label": label, "empty": _nothing()})
    try:
        content = build(request, scope, run)
    except (LookupError, store.TableLost):  # of an earlier version, or its files are lost
        return render(request, "portal/observatory/empty.html", {"crumbs": crumbs, "label": label, "empty": _nothing()})
    return render(
        request,
        content.template,
        {
            "page": content,
            "label": label,
            "run": run,
            "certainty": certainty_of(run.certainty),
            "scope": scope,
            "selects": [*_scope_selects(scope, regional=content.regional), *content.selects],
            "not_there": _not_there(scope, request.GET.get("region", "")),
            "tabs": [Tab(text(), reverse(f"portal:{name}") + scope.query(), name == page) for name, text in PAGES],
            "crumbs": crumbs,
            "synthetic_data": run.certainty == "synthetic",
            **content.extra,
        },
    )


def _nothing() -> Empty:
    return Empty(
        _("This analysis was not run yet"),
        _(
            "It needs Eurostat's structural business statistics by region. Load them "
            "(poliedro load eurostat-sbs FILE), then: poliedro run all."
        ),
        _("Sources"),
        reverse("portal:sources"),
    )


def _not_there(scope: Scope, asked: str) -> str:
    """Why the region asked for is not the one shown; empty where it is."""
    if not scope.not_there:
        return ""
    run = latest_run("specialisation", {"table": scope.table.key})
    lacking = rows(run, "missing", {"place": asked, "year": run.headline["year"]}) if run else []
    words = {"name": scope.place_name(asked), "shown": scope.place_name(scope.place)}
    if not lacking:
        return _("%(name)s is not in this table; %(shown)s is shown.") % words
    return _(
        "%(name)s: %(n)d sections with too large a share of jobs are not published, so its totals cannot be compared; "
        "%(shown)s is shown."
    ) % {**words, "n": lacking[0]["missing"]}


def _scope_selects(scope: Scope, *, regional: bool) -> list[Select]:
    names = sorted(((c, scope.place_name(c)) for c in scope.places), key=lambda p: (p[1].casefold(), p[0]))
    twice = {name for (_a, name), (_b, other) in pairwise(names) if name == other}
    names = [(c, f"{name} ({c})" if name in twice else name) for c, name in names]
    found = [Select("region", _("Region"), names, scope.place)] if regional else []
    if len(scope.tables) > 1:
        found.append(Select("table", _("Statistics"), [(t.key, t.title) for t in scope.tables], scope.table.key))
    return found


def csv_address(run: Run, table: str, **where: Any) -> str:
    asked = QueryDict(mutable=True)
    for name, value in where.items():
        asked[name] = str(value)
    address = reverse("portal:run_table", args=[run.key, table, "csv"])
    return f"{address}?{asked.urlencode()}" if asked else address


def rows(run: Run, table: str, where: dict[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
    return store.read_rows(table_of(run, table), where, **options)


def chosen(request: HttpRequest, name: str, allowed: Sequence[str], default: str) -> str:
    value = request.GET.get(name, "")
    return value if value in allowed else default


Height = Literal["small", "medium", "large"]
HIGHLIGHT, GREY = "#0066cc", "#9fb0c0"


def europe(
    name: str,
    title: str,
    summary: str,
    scope: Scope,
    values: dict[str, float | None],
    *,
    value_label: str,
    column: str,
    decimals: int = 1,
    page: str,
    **fields: Any,
) -> Chart | None:
    """The regions on a map, coloured by value, with their table; None where no borders are loaded."""
    from poliedro.evidence.queries.places import outlines

    if scope.family != "nace":
        return None
    countries = {code[:2] for code in values}
    beside = [code for code in scope.place_codes if code[:2] in countries]  # drawn grey where they have no value
    shapes = outlines(tuple(sorted({*values, *beside})))
    if not shapes:
        return None
    areas, features, table = [], [], []
    for code, geometry in shapes:
        label = f"{scope.place_name(code)} ({code})"
        address = reverse(f"portal:{page}") + scope.query(region=code)
        areas.append({"name": label, "value": values.get(code), "url": address})
        features.append({"type": "Feature", "properties": {"name": label}, "geometry": geometry})
    for code, value in sorted(values.items(), key=lambda p: (p[1] is None, -(p[1] or 0.0), p[0])):
        table.append([f"{scope.place_name(code)} ({code})", value])
    key = _("Each colour holds a fifth of the regions. Outlined: %(region)s. Grey: not known.") % {
        "region": scope.place_name(scope.place)
    }
    return Chart(
        "map",
        name,
        title,
        f"{summary} {key}",
        {
            "areas": areas,
            "points": [],
            "geojson": {"type": "FeatureCollection", "features": features},
            "value_label": value_label,
            "labels": False,
            "roam": True,
            "steps": True,
            "outlined": f"{scope.place_name(scope.place)} ({scope.place})",
            "decimals": decimals,
        },
        Table([_("Region"), column], table, numeric=[1]),
        height="large",
        **fields,
    )
