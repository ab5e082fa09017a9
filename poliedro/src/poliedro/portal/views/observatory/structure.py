"""Variety and complexity: how the whole economy is built, over time and against peers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import latest_run
from poliedro.portal.views.observatory.frame import (
    GREY,
    HIGHLIGHT,
    Content,
    Scope,
    Section,
    Select,
    answer,
    chosen,
    csv_address,
    europe,
    rows,
)
from poliedro.registry.present import certainty_of
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Table
from poliedro.shared.templatetags.poliedro import spoken_number

PEERS = 5
PARTS = ("total", "unrelated", "related")


def peers_of(scope: Scope) -> list[str]:
    """The regions whose shares of industries are most like the region's; none where partners were not computed."""
    run = latest_run("partner-regions", {"table": scope.table.key})
    if run is None:
        return []
    return [
        r["partner"]
        for r in rows(run, "pairs", {"place": scope.place}, order="-similarity")
        if r["partner"] != scope.place
    ][:PEERS]


@public
def variety(request: HttpRequest) -> HttpResponse:
    """Total variety and its two parts over time, against the most similar regions."""
    return answer(request, "variety", "variety", _variety)


def _variety(request: HttpRequest, scope: Scope, run: Run) -> Content:
    part = chosen(request, "part", PARTS, "related")
    peers = peers_of(scope)
    found = rows(run, "variety", {"place": [scope.place, *peers]}, order="year")
    everything = rows(run, "variety", columns=["year", "place", *PARTS])
    last = run.headline["year"]
    own = {r["year"]: r for r in found if r["place"] == scope.place}
    ranked = sorted((r for r in everything if r["year"] == last and r[part] is not None), key=lambda r: -r[part])
    rank = next((i + 1 for i, r in enumerate(ranked) if r["place"] == scope.place), None)
    years = sorted({r["year"] for r in found})
    name = scope.place_name(scope.place)
    chart = _lines(
        "variety",
        _("%(part)s over time, against the regions most like it") % {"part": _part(part).capitalize()},
        _("In bits: 1 more means twice as many equally large industries."),
        scope,
        run,
        found,
        years,
        part,
        _("%(part)s (bits)") % {"part": _part(part)},
        peers,
        "variety",
    )
    now = own.get(last)
    parts = Table(
        [_("Year"), _("Total"), _("Unrelated"), _("Related"), _("Not shown by division, %")],
        [[str(y), *(_short(own[y][p]) for p in PARTS), _short(100 * own[y]["hidden"])] for y in years if y in own],
        numeric=range(1, 5),
        decimals={1: 2, 2: 2, 3: 2},
        caption=_("Total = unrelated + related, exactly"),
    )
    values = {r["place"]: r[part] for r in everything if r["year"] == last}
    area = europe(
        "variety-map",
        _("%(part)s in %(year)d") % {"part": _part(part).capitalize(), "year": last},
        _("Highest: %(top)s.") % {"top": ", ".join(scope.place_name(r["place"]) for r in ranked[:3])},
        scope,
        values,
        value_label=_("bits"),
        column=_part(part),
        page="variety",
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "variety", year=last),
    )
    return Content(
        _("%(region)s ranked %(rank)s of %(n)d regions in %(part)s in %(year)d")
        % {"year": last, "region": name, "rank": spoken_number(rank, 0), "n": len(ranked), "part": _part(part)},
        _(
            "Unrelated variety spreads risk over sectors that share little; related variety lets "
            "neighbours in kind learn from each other. In %(year)d: total %(t)s = unrelated %(u)s + related "
            "%(r)s bits."
        )
        % {
            "year": last,
            "t": spoken_number(now["total"] if now else None, 2),
            "u": spoken_number(now["unrelated"] if now else None, 2),
            "r": spoken_number(now["related"] if now else None, 2),
        },
        [Section([chart], [parts]), *([Section([area])] if area else [])],
        [Select("part", _("Part"), [(p, _part(p)) for p in PARTS], part)],
        [
            _(
                "Entropy of persons employed over industries; unrelated between sections, related within "
                "them (Frenken, Van Oort and Verburg 2007)."
            ),
            _("Peers: the regions with the largest overlap of shares by industry."),
        ],
        [
            _(
                "Sums and shares of published numbers; no sampling model. What a section does not show "
                "by division counts as one industry of it, so related variety is a lower bound where "
                "much is withheld."
            ),
            _(
                "Related variety is usually measured at five digits; the table has divisions only, so "
                "levels here are lower than in studies on firm registers."
            ),
        ],
    )


def _part(part: str) -> str:
    return {"total": _("total variety"), "unrelated": _("unrelated variety"), "related": _("related variety")}[part]


@public
def complexity(request: HttpRequest) -> HttpResponse:
    """Complexity of the region over time, its rank, and that of industries."""
    return answer(request, "complexity", "complexity", _complexity)


def _complexity(request: HttpRequest, scope: Scope, run: Run) -> Content:
    peers = peers_of(scope)
    last = run.headline["year"]
    found = rows(run, "places", {"place": [scope.place, *peers]}, order="year")
    everywhere = rows(run, "places", {"year": last}, order="-eci")
    years = sorted({r["year"] for r in found})
    own = {r["year"]: r for r in found if r["place"] == scope.place}
    now = own.get(last)
    name = scope.place_name(scope.place)
    chart = _lines(
        "complexity",
        _("Complexity over time, against the regions most like it"),
        _("Standard deviations from the mean of all regions of the year."),
        scope,
        run,
        found,
        years,
        "eci",
        _("economic complexity"),
        peers,
        "places",
    )
    ranks = Table(
        [_("Year"), _("Economic complexity"), _("Rank"), _("Regions ranked"), _("Industries present")],
        [
            [str(y), _short(own[y]["eci"]), own[y]["rank"], own[y]["ranked"], own[y]["diversity"]]
            for y in years
            if y in own
        ],
        numeric=range(1, 5),
        decimals={1: 2},
    )
    area = europe(
        "complexity-map",
        _("Economic complexity in %(year)d") % {"year": last},
        _("Highest: %(top)s.") % {"top": ", ".join(scope.place_name(r["place"]) for r in everywhere[:3])},
        scope,
        {r["place"]: r["eci"] for r in everywhere},
        value_label="ECI",
        column=_("Economic complexity"),
        page="complexity",
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "places", year=last),
    )
    industries = rows(run, "activities", {"year": last}, order="-pci")
    space = latest_run("industry-space", {"table": scope.table.key})
    held = {r["activity"] for r in rows(space, "present", {"place": scope.place})} if space else set()
    table = Table(
        [_("Industry"), _("Industry complexity"), _("Regions specialised in it"), _("Specialised in it")],
        [
            [scope.activity_name(r["activity"]), _short(r["pci"]), r["ubiquity"], r["activity"] in held]
            for r in industries
        ],
        numeric=[1, 2],
        decimals={1: 2},
        links={i: reverse("portal:space") + scope.query(industry=r["activity"]) for i, r in enumerate(industries)},
    )
    diagnostics = next((r for r in rows(run, "diagnostics") if r["year"] == last), None)
    by_wages = run.headline.get("sign") == "wages"
    return Content(
        _("%(region)s ranked %(rank)s of %(n)s regions in economic complexity in %(year)d")
        % {
            "year": last,
            "region": name,
            "rank": spoken_number(now["rank"] if now else None, 0),
            "n": spoken_number(now["ranked"] if now else None, 0),
        },
        _("A region is complex if it does what few others do, and those others are complex too."),
        [
            Section([chart], [ranks]),
            *([Section([area])] if area else []),
            Section(tables=[table], title=_("Industries by complexity")),
        ],
        [],
        [
            _(
                "Second eigenvector of the matrix of who has what, exactly solved (Hidalgo and Hausmann "
                "2009; Mealy, Farmer and Teytelboym 2019)."
            ),
            _(
                "The method leaves the sign open. Here complexity rises with wages per person employed: "
                "poorer European regions have more industries, so the usual sign would turn the scale "
                "round."
            )
            if by_wages
            else _(
                "The method leaves the sign open. Here complexity rises with the number of industries "
                "that a region has."
            ),
        ],
        [
            _(
                "How well the ranking is determined: second eigenvalue %(l)s, gap to the third %(g)s "
                "(near 0 the ranking is unstable), disconnected groups: %(c)s."
            )
            % {
                "l": spoken_number(diagnostics["lambda2"] if diagnostics else None, 2),
                "g": spoken_number(diagnostics["gap"] if diagnostics else None, 2),
                "c": spoken_number(diagnostics["components"] if diagnostics else None, 0),
            },
            _(
                "Complexity of regions is known to change with the scale of regions and industries; "
                "compare within this table only."
            ),
        ],
    )


def _lines(
    name: str,
    title: str,
    summary: str,
    scope: Scope,
    run: Run,
    found: list[dict[str, Any]],
    years: list[int],
    column: str,
    label: str,
    peers: list[str],
    table: str,
) -> Chart:
    value = {(r["place"], r["year"]): r[column] for r in found}
    places = [scope.place, *peers]
    series: list[dict[str, Any]] = [
        {
            "name": scope.place_name(p),
            "values": [_short(value.get((p, y))) for y in years],
            "highlight": p == scope.place,
            "color": HIGHLIGHT if p == scope.place else GREY,
        }
        for p in places
    ]
    return Chart(
        "line",
        name,
        title,
        summary,
        {
            "categories": [str(y) for y in years],
            "x_label": _("year"),
            "y_label": label,
            "decimals": 2,
            "scale": True,
            "series": series,
        },
        Table(
            [_("Year"), *(str(s["name"]) for s in series)],
            [[str(y), *(s["values"][i] for s in series)] for i, y in enumerate(years)],
            numeric=range(1, len(series) + 1),
            decimals=dict.fromkeys(range(1, len(series) + 1), 2),
        ),
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, table, place=scope.place),
    )


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
