from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.evidence.models import Run
from poliedro.portal.views.observatory.frame import (
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

SHOWN = 20


@public
def specialisation(request: HttpRequest) -> HttpResponse:
    """What the region does more than others, with intervals; one industry on the map."""
    return answer(request, "specialisation", "specialisation", _build)


def _build(request: HttpRequest, scope: Scope, run: Run) -> Content:
    years = [str(y) for y in run.headline["years"]]
    year = int(chosen(request, "year", years, years[-1]))
    where = {"year": year, "place": scope.place}
    own = [r for r in rows(run, "quotients", where, order="-shrunk") if r["location_quotient"] is not None]
    codes = sorted({r["activity"] for r in own})
    top = own[0]["activity"] if own else ""
    activity = chosen(request, "industry", codes, top)
    stars = rows(run, "stars", {"place": scope.place}, order="-stars")
    lacking = rows(run, "missing", where)
    strong = [r for r in own if (r["low"] or 0) > 1]
    name = scope.place_name(scope.place)
    sections = [Section([_ranking(scope, run, own[:SHOWN], where)])]
    if activity:
        sections.append(Section(_one_industry(scope, run, activity, year)))
    sections.append(Section(tables=[_stars(scope, stars)], title=_("Cluster stars")))
    return Content(
        _("%(region)s was surely specialised in %(n)d industries in %(year)d, most of all in %(top)s")
        % {"year": year, "region": name, "n": len(strong), "top": scope.activity_name(top, 60) if top else "-"},
        _(
            "A location quotient of 2 means twice the share of jobs that regions have on average. "
            "Surely: the whole interval lies above 1."
        ),
        sections,
        [
            Select("year", _("Year"), [(y, y) for y in years], str(year)),
            Select("industry", _("Industry on the map"), [(c, scope.activity_name(c)) for c in codes], activity),
        ],
        [
            _(
                "Location quotient: the industry's share of persons employed in the region over its "
                "share in all regions of the table (or in the region's country)."
            ),
            _(
                "A place's total is the sum of its sections, so that divisions that are not published "
                "still count in it. Levels of regions are never added."
            ),
            _(
                "Shrunk: brought towards 1 as far as chance explains the distance, with jobs arriving by "
                "establishments and not one by one (beta-binomial model)."
            ),
            _(
                "Stars after the European Cluster Observatory: among the tenth of regions with most jobs "
                "in the industry; quotient of 2 or more; among the tenth with the highest share at home."
            ),
            _(
                "The table is by region (NUTS 2). Provinces are not in it: Eurostat publishes no "
                "structural business statistics below NUTS 2."
            )
            if scope.family == "nace"
            else _("The table writes codes of metropolitan areas and industries; names of either are not loaded."),
        ],
        [
            _(
                "The interval holds the true quotient in 95 of 100 cases, if establishments locate "
                "independently; it does not cover faults of the survey."
            ),
            _("%(n)s of the region's sections are not published for this year.")
            % {"n": spoken_number(lacking[0]["missing"] if lacking else None)},
            _("An industry whose number is not published for the region is not in the list: it may be large or small."),
        ],
    )


def _ranking(scope: Scope, run: Run, own: list[dict[str, object]], where: dict[str, object]) -> Chart:
    points = [
        {
            "x": i + 1,
            "y": r["shrunk"],
            "low": r["low"],
            "high": r["high"],
            "name": scope.activity_name(str(r["activity"])),
            "url": reverse("portal:specialisation") + scope.query(industry=r["activity"]),
            "label": str(r["activity"]),
        }
        for i, r in enumerate(own)
    ]
    headers = [
        _("Industry"),
        _("Persons employed"),
        _("Quotient, all regions"),
        _("Shrunk"),
        _("Low"),
        _("High"),
        _("Quotient, own country"),
    ]
    keys = ("value", "location_quotient", "shrunk", "low", "high", "national")
    return Chart(
        "scatter",
        "quotients",
        _("The industries that stand out, with the range that chance leaves"),
        _(
            "The %(n)d industries with the highest shrunk location quotient, highest first. The "
            "dashed line is the average of all regions."
        )
        % {"n": len(own)},
        {"points": points, "x_label": _("rank"), "y_label": _("location quotient (shrunk)"), "lines": [{"y": 1}]},
        Table(
            headers,
            [[scope.activity_name(str(r["activity"])), *(_rounded(r[k]) for k in keys)] for r in own],
            numeric=range(1, 7),
            decimals={2: 2, 3: 2, 4: 2, 5: 2, 6: 2},
        ),
        height="large",
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "quotients", **where),
    )


def _one_industry(scope: Scope, run: Run, activity: str, year: int) -> list[Chart]:
    found = rows(run, "quotients", {"year": year, "activity": activity}, order="-shrunk")
    values = {r["place"]: r["shrunk"] for r in found}
    label = scope.activity_name(activity)
    here = next((r for r in found if r["place"] == scope.place), None)
    summary = _(
        "%(region)s has %(lq)s times the average share, %(shrunk)s after taking off what chance may have added; "
        "highest: %(top)s."
    ) % {
        "shrunk": spoken_number(here["shrunk"] if here else None, 1),
        "region": scope.place_name(scope.place),
        "lq": spoken_number(here["location_quotient"] if here else None, 1),
        "top": ", ".join(scope.place_name(r["place"]) for r in found[:3]),
    }
    chart = europe(
        "industry-map",
        label,
        summary,
        scope,
        values,
        value_label="LQ",
        column=_("Location quotient (shrunk)"),
        page="specialisation",
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "quotients", year=year, activity=activity),
    )
    if chart is not None:
        return [chart]
    best = found[:SHOWN]
    return [
        Chart(
            "bar",
            "industry-places",
            label,
            summary,
            {
                "categories": [scope.place_name(r["place"]) for r in best],
                "y_label": _("location quotient (shrunk)"),
                "series": [{"name": label, "values": [_rounded(r["shrunk"]) for r in best]}],
            },
            Table(
                [_("Region"), _("Location quotient (shrunk)")],
                [[scope.place_name(r["place"]), _rounded(r["shrunk"])] for r in best],
                numeric=[1],
            ),
            source=run.source_names,
            certainty=certainty_of(run.certainty),
        )
    ]


def _stars(scope: Scope, stars: list[dict[str, object]]) -> Table:
    return Table(
        [
            _("Industry"),
            _("Stars"),
            _("Size"),
            _("Specialisation"),
            _("Focus"),
            _("Persons employed"),
            _("Share of the region, %"),
        ],
        [
            [
                scope.activity_name(str(r["activity"])),
                r["stars"],
                bool(r["size"]),
                bool(r["specialisation"]),
                bool(r["focus"]),
                r["value"],
                round(100 * float(str(r["share"])), 2),
            ]
            for r in stars
        ],
        numeric=[1, 5, 6],
        caption=_("Industries with at least one star, last year of the table"),
    )


def _rounded(value: object) -> float | None:
    return None if value is None else round(float(str(value)), 2)
