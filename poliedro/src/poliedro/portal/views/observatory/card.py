"""The overview, and a region on one page, also as PDF."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import latest_run
from poliedro.portal.views.observatory.frame import Content, Scope, Section, answer, rows, scope_of
from poliedro.portal.views.observatory.options import related_and_valuable
from poliedro.portal.views.observatory.relations import best_partners
from poliedro.portal.views.observatory.structure import peers_of
from poliedro.registry.present import certainty_of
from poliedro.shared.access import public
from poliedro.shared.components import Figure, Table
from poliedro.shared.paper import pdf_of
from poliedro.shared.templatetags.poliedro import spoken_number

LISTED = 8


@public
def overview(request: HttpRequest) -> HttpResponse:
    """The questions that the observatory answers, with each answer in a sentence."""
    return answer(request, "observatory", "specialisation", _overview)


def _overview(request: HttpRequest, scope: Scope, run: Run) -> Content:
    facts = _facts(scope)
    query = scope.query()
    questions = [
        ("specialisation", _("What do we do more than others?"), facts["strong_text"]),
        ("space", _("Which industries go together?"), facts["space_text"]),
        ("options", _("Where could the economy go from here?"), facts["options_text"]),
        ("variety", _("How evenly is it spread?"), facts["variety_text"]),
        ("complexity", _("How rare is what we do?"), facts["complexity_text"]),
        ("partners", _("Whose strengths complement ours?"), facts["partners_text"]),
        ("between", _("Which clusters are near but do little together?"), _("The clusters' industries, two by two.")),
        (
            "what_if",
            _("What if a cluster opened to an industry?"),
            _("Coverage, heterogeneity and overlap, before and after."),
        ),
        ("productivity", _("Is productivity growing?"), facts["productivity_text"]),
        ("card", _("The region on one page"), _("For any region of the table, also as PDF.")),
    ]
    return Content(
        _("The economy of %(region)s: what it does, where it could go, with whom")
        % {"region": scope.place_name(scope.place)},
        _("Computed from open statistics by stored runs: each page names its inputs, its method and how sure it is."),
        [],
        [],
        [_("Each page reads the last stored run of its analysis. The same inputs give the same run, bit for bit.")],
        [
            _(
                "What rests on published numbers alone is marked official; what a model adds is marked "
                "estimated; what rests on the demonstration's register is marked synthetic."
            )
        ],
        extra={"questions": [(reverse(f"portal:{page}") + query, title, text) for page, title, text in questions]},
        template="portal/observatory/overview.html",
    )


@public
def card(request: HttpRequest) -> HttpResponse:
    """A region on one page."""
    return answer(request, "card", "specialisation", _card)


def _card(request: HttpRequest, scope: Scope, run: Run) -> Content:
    facts = _facts(scope)
    asked = scope.query()
    return Content(
        scope.place_name(scope.place),
        facts["strong_text"],
        [Section(tables=facts["tables"])],
        [],
        [_("The figures are those of the other pages, each from its own stored run.")],
        [_("Intervals are in the tables where the method gives one; ranks have none and move with small changes.")],
        extra={"figures": facts["figures"], "pdf": reverse("portal:card_pdf") + asked},
        template="portal/observatory/card.html",
    )


@public
def card_pdf(request: HttpRequest) -> HttpResponseBase:
    """The region card as a PDF."""
    scope = scope_of(request)
    if scope is None:
        return card(request)

    facts = _facts(scope)
    name = scope.place_name(scope.place)
    page = render_to_string(
        "portal/observatory/card_pdf.html",
        {
            "scope": scope,
            "name": name,
            **facts,
            "address": request.build_absolute_uri(reverse("portal:card") + scope.query()),
        },
        request,
    )
    body = pdf_of(page, ["shared/card.css"])
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{slugify(name) or scope.place}.pdf"'
    return response


def _facts(scope: Scope) -> dict[str, Any]:
    """What the overview and the card say, each from its run; empty texts where a run is missing."""
    where = {"table": scope.table.key}
    found: dict[str, Any] = {"figures": [], "tables": [], "bars": []}
    unknown = _("Not run yet.")
    for name in ("strong", "space", "options", "variety", "complexity", "partners", "productivity"):
        found[f"{name}_text"] = unknown
    run = latest_run("specialisation", where)
    if run:
        _strengths(scope, run, found)
    run = latest_run("industry-space", where)
    if run:
        n = len(rows(run, "present", {"place": scope.place}))
        found["space_text"] = _("%(n)d of %(all)d industries are present.") % {
            "n": n,
            "all": run.headline["industries"],
        }
        found["figures"].append(_figure(run, n, _("Industries present"), decimals=0))
    run = latest_run("complexity", where)
    if run:
        now = next(iter(rows(run, "places", {"place": scope.place, "year": run.headline["year"]})), None)
        if now and now["rank"]:
            found["complexity_text"] = _("Rank %(r)d of %(n)d regions.") % {"r": now["rank"], "n": now["ranked"]}
            found["figures"].append(_figure(run, now["rank"], _("Rank in complexity"), decimals=0, n=now["ranked"]))
    run = latest_run("variety", where)
    if run:
        now = next(iter(rows(run, "variety", {"place": scope.place, "year": run.headline["year"]})), None)
        if now:
            found["variety_text"] = _("%(t)s bits: %(u)s between sectors, %(r)s within.") % {
                k: spoken_number(now[c], 2) for k, c in (("t", "total"), ("u", "unrelated"), ("r", "related"))
            }
            found["figures"].append(_figure(run, now["related"], _("Related variety"), unit="bits", decimals=2))
    run = latest_run("options", where)
    if run:
        _options(scope, run, found)
    run = latest_run("productivity", where)
    if run:
        trend = next(iter(rows(run, "trend", {"place": scope.place, "measure": "wages"})), None)
        if trend:
            levels = rows(run, "levels", {"place": scope.place, "measure": "wages"}, columns=["year"])
            years = [r["year"] for r in levels]
            low, high = 100 * trend["low"], 100 * trend["high"]
            found["productivity_text"] = _("Wages per person: %(g)s%% a year, between %(l)s%% and %(h)s%%.") % {
                "g": spoken_number(100 * trend["growth"], 1),
                "l": spoken_number(low, 1),
                "h": spoken_number(high, 1),
            }
            found["figures"].append(
                _figure(
                    run,
                    100 * trend["growth"],
                    _("Growth of wages per person a year"),
                    period=f"{min(years)}-{max(years)}",
                    unit="%",
                    low=low,
                    high=high,
                    decimals=1,
                )
            )
    run = latest_run("partner-regions", where)
    if run:
        alike = peers_of(scope)
        best = best_partners(scope, run)[:5]
        found["partners_text"] = ", ".join(scope.place_name(p) for p in best[:3])
        found["tables"].append(
            Table(
                [_("Complementary regions"), _("Similar regions")],
                [[scope.place_name(a), scope.place_name(b)] for a, b in zip(best, alike, strict=False)],
            )
        )
    return found


def _strengths(scope: Scope, run: Run, found: dict[str, Any]) -> None:
    own = rows(run, "quotients", {"place": scope.place, "year": run.headline["year"]}, order="-shrunk")
    strong = [r for r in own if (r["low"] or 0) > 1]
    found["strong_text"] = _("Surely specialised in %(n)d industries, most of all %(top)s.") % {
        "n": len(strong),
        "top": ", ".join(scope.activity_name(r["activity"], 50) for r in strong[:3]) or "-",
    }
    found["bars"] = _bars(scope, strong[:LISTED])
    found["figures"].append(_figure(run, sum(r["value"] for r in own), _("Persons employed, published"), decimals=0))
    found["tables"].append(
        Table(
            [_("Strengths"), _("Location quotient (shrunk)"), _("Low"), _("High")],
            [
                [scope.activity_name(r["activity"], 50), *(round(r[k], 2) for k in ("shrunk", "low", "high"))]
                for r in strong[:LISTED]
            ],
            numeric=[1, 2, 3],
            decimals={1: 2, 2: 2, 3: 2},
        )
    )


def _options(scope: Scope, run: Run, found: dict[str, Any]) -> None:
    own = related_and_valuable(scope, run)
    found["options_text"] = _("Related and valuable: %(list)s.") % {
        "list": ", ".join(scope.activity_name(r["activity"], 50) for r in own[:3]) or "-"
    }
    found["tables"].append(
        Table(
            [_("Options"), _("Density"), _("Steadiness, %"), _("Entry rate, %")],
            [
                [
                    scope.activity_name(r["activity"], 50),
                    round(r["density"], 1),
                    None if r["steadiness"] is None else round(100 * r["steadiness"]),
                    None if r["entry_rate"] is None else round(100 * r["entry_rate"], 1),
                ]
                for r in own[:LISTED]
            ],
            numeric=[1, 2, 3],
        )
    )


def _bars(scope: Scope, strong: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The strengths as bars with intervals, in hundredths of the picture's width, for print."""
    most = max((r["high"] for r in strong), default=1.0)
    return [
        {
            "label": scope.activity_name(r["activity"], 44),
            "value": r["shrunk"],
            **{k: round(100 * r[k] / most, 2) for k in ("shrunk", "low", "high")},
            "one": round(100 / most, 2),
            "y": 6 * i,
        }
        for i, r in enumerate(strong)
    ]


def _figure(run: Run, value: float | None, label: str, *, period: str = "", **fields: Any) -> Figure:
    """A figure of the run's last year where no other period is given."""
    return Figure(
        value=value,
        label=label,
        period=period or str(run.headline.get("year", run.period)),
        certainty=certainty_of(run.certainty),
        source=run.source_names,
        run=run.key,
        url=reverse("portal:run", args=[run.key]),
        **fields,
    )
