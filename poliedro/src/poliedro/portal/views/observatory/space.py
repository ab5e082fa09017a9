from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
    rows,
)
from poliedro.registry.present import certainty_of
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Table
from poliedro.shared.templatetags.poliedro import spoken_number

MEASURES = ("probability", "association", "cosine", "jaccard", "conditional")
LABELS = 30
NEAR = 12


@public
def space(request: HttpRequest) -> HttpResponse:
    """The industry space with the region's industries highlighted; one industry and what is near it."""
    return answer(request, "space", "industry-space", _build)


def _build(request: HttpRequest, scope: Scope, run: Run) -> Content:
    nodes = rows(run, "nodes")
    codes = [n["activity"] for n in nodes]
    held = {r["activity"] for r in rows(run, "present", {"place": scope.place})}
    has = _has(scope, held)
    measure = chosen(request, "measure", MEASURES, "probability")
    industry = chosen(request, "industry", codes, "")
    name = scope.place_name(scope.place)
    sections = [Section([_picture(scope, run, nodes, has, industry)])]
    if industry:
        sections.append(_near(scope, run, industry, measure, has))
    label = scope.activity_name(industry, 60) if industry else ""
    return Content(
        _("%(industry)s: %(region)s is specialised in it") % {"industry": label, "region": name}
        if has.get(industry) is True
        else _("%(industry)s: %(region)s is not specialised in it") % {"industry": label, "region": name}
        if has.get(industry) is False
        else _("%(industry)s: not published for %(region)s") % {"industry": label, "region": name}
        if industry
        else _("%(region)s is specialised in %(n)d of the %(all)d industries of the space")
        % {"region": name, "n": len(held), "all": len(nodes)},
        _(
            "Two industries are near where the same regions have both. The region's own are blue; "
            "what lies beside them is easier to reach. Choose an industry to see who has it and what "
            "is near."
        ),
        sections,
        [
            Select(
                "industry",
                _("Industry"),
                [("", _("none chosen")), *((c, scope.activity_name(c)) for c in codes)],
                industry,
            ),
            Select("measure", _("Measure of relatedness"), [(m, _measure(m)) for m in MEASURES], measure),
        ],
        [
            _(
                "A region has an industry where its location quotient is at least 1. Relatedness is "
                "learnt from all regions of the table."
            ),
            _(
                "Probability: how much more often regions have both than if industries were drawn by "
                "chance (van Eck and Waltman 2009; Steijn 2021). The other measures are beside it in the "
                "table."
            ),
            _(
                "Drawn are the strongest links that keep the picture whole, and the strongest beyond "
                "them; all pairs are in the download."
            ),
        ],
        [
            _(
                "Numbers that are not published count as absent, so that links of often withheld "
                "industries (mining, tobacco, refineries) are understated."
            ),
            _("The place of an industry in the picture means nothing by itself; only links do."),
        ],
    )


def _has(scope: Scope, held: set[str]) -> dict[str, bool]:
    """Industries that the region has or does not have; those that are not published for it are left out."""
    strength = latest_run("specialisation", {"table": scope.table.key})
    if strength is None:
        return dict.fromkeys(held, True)
    where = {"place": scope.place, "year": strength.headline["year"]}
    return {r["activity"]: r["activity"] in held for r in rows(strength, "quotients", where)} | dict.fromkeys(
        held, True
    )


def _measure(name: str) -> str:
    return {
        "probability": _("probability (over chance)"),
        "association": _("association"),
        "cosine": _("cosine"),
        "jaccard": _("Jaccard"),
        "conditional": _("conditional (Hidalgo proximity)"),
    }[name]


def _picture(scope: Scope, run: Run, nodes: list[dict[str, Any]], has: dict[str, bool], industry: str) -> Chart:
    most = max((n["value"] or 0 for n in nodes), default=1) or 1
    largest = {n["activity"] for n in sorted(nodes, key=lambda n: -(n["value"] or 0))[:LABELS]}
    drawn = [
        {
            "id": n["activity"],
            "name": scope.activity_name(n["activity"]),
            "note": ngettext("%(n)d region has it", "%(n)d regions have it", n["ubiquity"]) % {"n": n["ubiquity"]},
            "x": n["x"],
            "y": n["y"],
            "group": 0 if has.get(n["activity"]) else 1 if n["activity"] in has else 2,
            "size": round(8 + 26 * ((n["value"] or 0) / most) ** 0.5, 1),
            "symbol": "diamond" if n["activity"] == industry else "circle",
            "label": n["activity"] if n["activity"] in largest or n["activity"] == industry else "",
            "url": reverse("portal:space") + scope.query(industry=n["activity"]) + "#industry",
        }
        for n in nodes
    ]
    links = rows(run, "pairs", {"drawn": True}, columns=["activity", "other", "probability"])
    edges = [
        {
            "source": e["activity"],
            "target": e["other"],
            "value": round(e["probability"], 2),
            "width": 1.2,
            "label": f"{e['activity']} - {e['other']}: {spoken_number(e['probability'], 1)}",
        }
        for e in links
    ]
    name = scope.place_name(scope.place)
    table = [
        [
            scope.activity_name(n["activity"]),
            has.get(n["activity"], _("not published")),
            n["ubiquity"],
            n["value"],
            None if n["pci"] is None else round(n["pci"], 2),
        ]
        for n in nodes
    ]
    return Chart(
        "graph",
        "industry-space",
        _("The industry space, %(region)s in blue") % {"region": name},
        _("%(n)d industries and their %(m)d strongest links. Size shows the persons employed in all regions.")
        % {"n": len(nodes), "m": len(edges)},
        {
            "nodes": drawn,
            "edges": edges,
            "groups": [
                {"name": name, "color": HIGHLIGHT},
                {"name": _("not specialised in it"), "color": GREY},
                {"name": _("not published"), "color": "#dfe5ec"},
            ],
        },
        Table(
            [
                _("Industry"),
                _("Specialised in it"),
                _("Regions specialised in it"),
                _("Persons employed"),
                _("Industry complexity"),
            ],
            table,
            numeric=[2, 3, 4],
            decimals={4: 2},
            links={
                i: reverse("portal:space") + scope.query(industry=n["activity"]) + "#industry"
                for i, n in enumerate(nodes)
            },
        ),
        height="large",
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "pairs"),
    )


def _near(scope: Scope, run: Run, industry: str, measure: str, has: dict[str, bool]) -> Section:
    pairs = rows(run, "pairs", {"activity": industry}) + rows(run, "pairs", {"other": industry})
    near = sorted(pairs, key=lambda p: (-p[measure], p["activity"], p["other"]))[:NEAR]
    others = [p["other"] if p["activity"] == industry else p["activity"] for p in near]
    table = Table(
        [_("Near it"), _("Specialised in it"), *(_measure(m) for m in MEASURES)],
        [
            [scope.activity_name(o), has.get(o, _("not published")), *(round(p[m], 2) for m in MEASURES)]
            for o, p in zip(others, near, strict=True)
        ],
        numeric=range(2, 7),
        decimals=dict.fromkeys(range(2, 7), 2),
        caption=_("The nearest industries by %(measure)s, and how the other measures see them")
        % {"measure": _measure(measure)},
        links={i: reverse("portal:space") + scope.query(industry=o) + "#industry" for i, o in enumerate(others)},
    )
    tables = [table]
    strength = latest_run("specialisation", {"table": scope.table.key})
    if strength is not None:
        where = {"activity": industry, "year": strength.headline["year"]}
        who = rows(strength, "quotients", where, order="-shrunk", limit=15)
        tables.append(
            Table(
                [
                    _("Who is specialised in it"),
                    _("Location quotient (shrunk)"),
                    _("Low"),
                    _("High"),
                    _("Persons employed"),
                ],
                [
                    [scope.place_name(r["place"]), *(_short(r[k]) for k in ("shrunk", "low", "high")), r["value"]]
                    for r in who
                ],
                numeric=[1, 2, 3, 4],
                decimals={1: 2, 2: 2, 3: 2},
                caption=_("The regions most specialised in it"),
            )
        )
    return Section(
        tables=tables,
        title=_("Near %(industry)s, and who is specialised in it") % {"industry": scope.activity_name(industry)},
        anchor="industry",
    )


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
