from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import portfolio
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
from poliedro.portal.views.observatory.words import next_states, state_words
from poliedro.registry.present import certainty_of
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Table
from poliedro.shared.templatetags.poliedro import spoken_number

AXES = ("value_added", "pci")


@public
def options(request: HttpRequest) -> HttpResponse:
    """Industries not yet present: relatedness against value, how steady the judgement, and how such options fared."""
    return answer(request, "options", "options", _build)


def _build(request: HttpRequest, scope: Scope, run: Run) -> Content:
    own = [
        {**r, "value_added": None if r["value_added"] is None else r["value_added"] / 1000}
        for r in rows(run, "options", {"place": scope.place}, order="-density")
    ]
    absent = [r for r in own if r["present"] == 0 and r["density"] is not None]
    has_value = any(r["value_added"] is not None for r in absent)
    axis = chosen(request, "axis", AXES, "value_added" if has_value else "pci")
    known, cut_x, cut_y = _cuts(absent, axis)
    go = [r for r in known if r["density"] >= cut_x and r[axis] >= cut_y]
    unknown = [r for r in own if r["present"] is None]
    followed = list(portfolio(scope.table.key, scope.place))
    may = request.user.has_perm("evidence.manage_portfolio")
    sections = [Section([_quadrants(scope, run, known, axis, cut_x, cut_y)])]
    sections.append(
        Section(
            tables=[_list(scope, sorted(known, key=lambda r: (r not in go, -r["density"])), go, axis)],
            title=_("Options, those related and valuable first"),
        )
    )
    tested = rows(run, "backtest")
    years = {y for r in tested for y in (r["year_from"], r["year"])}
    if tested:
        sections.append(_backtest(run, tested))
    name = scope.place_name(scope.place)
    return Content(
        _("%(n)d industries are both near to what %(region)s does and of high value") % {"n": len(go), "region": name}
        if go
        else _("No industry is both near to what %(region)s does and of high value") % {"region": name},
        _(
            "Right: more of what is related to the industry is here already. Up: more valuable. "
            "Dashed lines are the medians of the options."
        )
        + " "
        + _verdict(tested),
        sections,
        [Select("axis", _("Value measured by"), [(a, _axis(a)) for a in AXES if a == "pci" or has_value], axis)],
        [
            _(
                "Options are industries with a location quotient below 1. Density: how much of what is "
                "related to the industry the region has, 0 to 100 (Hidalgo et al. 2007)."
            ),
            *(
                [
                    _(
                        "Value added per person is the country's, in the last year published: regions' tables do "
                        "not have it."
                    )
                ]
                if has_value
                else []
            ),
            _("Complexity: how rare the industry's regions are, signed so that it rises with wages.")
            if run.headline.get("sign") == "wages"
            else _("Complexity: how rare the industry's regions are, signed so that it rises with diversity."),
            *(
                [
                    _(
                        "Entry rate: of all options of all regions in the same tenth of density, the share that became "
                        "present between %(a)d and %(b)d. The 95%% interval draws whole countries anew, 500 times."
                    )
                    % {"a": min(years), "b": max(years)}
                ]
                if tested
                else []
            ),
            _(
                "Steadiness: the share of thresholds, from the 30th to the 70th percentile on both axes, "
                "at which the option stays related and of high value."
            ),
        ],
        [
            ngettext(
                "%(n)d industry of the region is not published and so neither present nor an option.",
                "%(n)d industries of the region are not published and so neither present nor options.",
                len(unknown),
            )
            % {"n": len(unknown)},
        ],
        extra={
            "followed": [_followed(scope, o, own) for o in followed],
            "may_manage": may,
            "states": state_words(),
            "absent": [
                (r["activity"], scope.activity_name(r["activity"]))
                for r in sorted(absent, key=lambda r: r["activity"])
                if r["activity"] not in {o.activity for o in followed}
            ],
        },
        template="portal/observatory/options.html",
    )


def _cuts(absent: Sequence[dict[str, Any]], axis: str) -> tuple[list[dict[str, Any]], float, float]:
    """The options whose value is known, and the medians of density and of value."""
    known = [r for r in absent if r[axis] is not None]
    if not known:
        return [], 0.0, 0.0
    return known, median(r["density"] for r in known), median(r[axis] for r in known)


def related_and_valuable(scope: Scope, run: Run) -> list[dict[str, Any]]:
    """The options in the upper right of the page, in its order: value by value added where it is known."""
    own = rows(run, "options", {"place": scope.place}, order="-density")
    absent = [r for r in own if r["present"] == 0 and r["density"] is not None]
    axis = "value_added" if any(r["value_added"] is not None for r in absent) else "pci"
    known, cut_x, cut_y = _cuts(absent, axis)
    return [r for r in known if r["density"] >= cut_x and r[axis] >= cut_y]


def _axis(name: str) -> str:
    return {"value_added": _("value added per person, country (thousand EUR)"), "pci": _("industry complexity")}[name]


def _quadrants(scope: Scope, run: Run, known: Sequence[dict[str, Any]], axis: str, cut_x: float, cut_y: float) -> Chart:
    points = [
        {
            "x": round(r["density"], 2),
            "y": round(r[axis], 2),
            "name": scope.activity_name(r["activity"]),
            "label": r["activity"],
            "color": HIGHLIGHT if r["density"] >= cut_x and r[axis] >= cut_y else GREY,
            "size": 12,
            "url": reverse("portal:space") + scope.query(industry=r["activity"]),
        }
        for r in known
    ]
    return Chart(
        "scatter",
        "quadrants",
        _("Related and valuable: the upper right"),
        _("%(n)d industries in which the region is not specialised; blue ones are above both medians.")
        % {"n": len(points)},
        {
            "points": points,
            "x_label": _("relatedness density (0-100)"),
            "y_label": _axis(axis),
            "lines": [{"x": round(cut_x, 2)}, {"y": round(cut_y, 2)}],
        },
        Table(
            [_("Industry"), _("Density"), _axis(axis)], [[p["name"], p["x"], p["y"]] for p in points], numeric=[1, 2]
        ),
        height="large",
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "options", place=scope.place),
    )


def _quadrant(row: dict[str, Any], go: list[dict[str, Any]]) -> str:
    return _("go") if row in go else ""


def _list(scope: Scope, known: Sequence[dict[str, Any]], go: list[dict[str, Any]], axis: str) -> Table:
    return Table(
        [
            _("Industry"),
            _("Related and valuable"),
            _("Density"),
            _axis(axis),
            _("Location quotient"),
            _("Entry rate, %"),
            _("Low"),
            _("High"),
            _("Steadiness, %"),
        ],
        [
            [
                scope.activity_name(r["activity"]),
                r in go,
                _round(r["density"], 1),
                _round(r[axis], 1),
                _round(r["location_quotient"], 2),
                *(
                    _round(None if r[k] is None else 100 * r[k], 1)
                    for k in ("entry_rate", "entry_low", "entry_high", "steadiness")
                ),
            ]
            for r in known
        ],
        numeric=range(2, 9),
        decimals={4: 2},
        links={i: reverse("portal:space") + scope.query(industry=r["activity"]) for i, r in enumerate(known)},
    )


def _longest(tested: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """The pair of years furthest apart, the latest of them: first, last."""
    span = max(r["year"] - r["year_from"] for r in tested)
    return max((r["year_from"], r["year"]) for r in tested if r["year"] - r["year_from"] == span)


def _verdict(tested: Sequence[dict[str, Any]]) -> str:
    """What the backtest says of density, in a sentence."""
    if not tested:
        return _("The table has one year, so that no earlier options can be followed up: density is untested here.")
    last = _longest(tested)
    of = {r["score"]: r for r in tested if (r["year_from"], r["year"]) == last}
    density = of.get("density")
    if density is None or density["auc"] is None:
        return _("Nothing became present between the years of the table, so that density could not be tested.")
    words = {
        k: spoken_number(density[c], 2) for k, c in (("auc", "auc"), ("low", "low"), ("high", "high"))
    }  # fmt: skip
    if density["low"] > 0.5:
        first = _("Backtest: density foresaw entries better than chance (AUC %(auc)s, between %(low)s and %(high)s).")
    elif density["high"] < 0.5:
        first = _("Backtest: density foresaw entries worse than chance (AUC %(auc)s, between %(low)s and %(high)s).")
    else:
        first = _("Backtest: density is not surely better than chance (AUC %(auc)s, between %(low)s and %(high)s).")
    better = [_score(s) for s, r in of.items() if s != "density" and r["auc"] is not None and r["auc"] > density["auc"]]
    parts = [first % words]
    if better:
        parts.append(_("Better foretold by: %(list)s.") % {"list": ", ".join(better)})
    parts.append(_("Read density as a direction, not as a forecast."))
    return " ".join(parts)


def _score(name: str) -> str:
    return {
        "density": _("relatedness density"),
        "location_quotient": _("location quotient at the start"),
        "ubiquity": _("how common the industry is"),
        "neighbours": _("presence in the five nearest regions"),
        "random": _("chance"),
    }[name]


def _backtest(run: Run, tested: list[dict[str, Any]]) -> Section:
    periods = sorted({(r["year_from"], r["year"]) for r in tested}, key=lambda p: (p[1] - p[0], p[0]))
    scores = ("density", "location_quotient", "ubiquity", "neighbours", "random")
    words = {s: _score(s) for s in scores}
    value = {(r["year_from"], r["year"], r["score"]): r for r in tested}
    labels = [f"{a}-{b}" for a, b in periods]
    series = [
        {
            "name": words[s],
            "values": [_round(value[a, b, s]["auc"], 3) if (a, b, s) in value else None for a, b in periods],
        }
        for s in scores
    ]
    last = _longest(tested)
    auc = {s: value[*last, s]["auc"] for s in scores if (*last, s) in value}
    chart = Chart(
        "line",
        "backtest",
        _("How well each score of the first year foresaw who entered: density %(d)s, chance 0.5")
        % {"d": spoken_number(auc.get("density"), 2)},
        _(
            "AUC: the probability that an option that became present had the higher score. From "
            "%(a)d to %(b)d: %(list)s."
        )
        % {"a": last[0], "b": last[1], "list": ", ".join(f"{words[s]} {spoken_number(v, 2)}" for s, v in auc.items())},
        {
            "categories": labels,
            "x_label": _("first and last year"),
            "y_label": "AUC",
            "decimals": 2,
            "scale": True,
            "series": series,
        },
        Table(
            [_("Years"), _("Score"), _("Options"), _("Entries"), "AUC", _("Low (95%)"), _("High (95%)")],
            [
                [
                    f"{a}-{b}",
                    words[s],
                    value[a, b, s]["n"],
                    value[a, b, s]["entries"],
                    *(_round(value[a, b, s][k], 3) for k in ("auc", "low", "high")),
                ]
                for a, b in periods
                for s in scores
                if (a, b, s) in value
            ],
            numeric=range(2, 7),
            decimals={4: 3, 5: 3, 6: 3},
        ),
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "backtest"),
        heading=3,
    )
    tenths = [r for r in rows(run, "calibration") if (r["year_from"], r["year"]) == last]
    points = [
        {
            "x": r["decile"],
            "y": _round(100 * r["rate"], 2),
            "low": 100 * r["low"],
            "high": 100 * r["high"],
            "size": 10,
            "name": _("Tenth %(n)d of density") % {"n": r["decile"]},
        }
        for r in tenths
    ]
    steps = [r["rate"] for r in sorted(tenths, key=lambda r: r["decile"])]
    rising = bool(steps) and steps[-1] > steps[0] and sum(b >= a for a, b in pairwise(steps)) >= 7
    calibration = Chart(
        "scatter",
        "calibration",
        _("The denser the options, the more of them became present")
        if rising
        else _("How many of the options became present, by tenth of density"),
        _("Entries by tenth of density, %(a)d to %(b)d, with 95%% intervals.") % {"a": last[0], "b": last[1]},
        {"points": points, "x_label": _("tenth of density (10 = densest)"), "y_label": _("entered, %")},
        Table(
            [
                _("Tenth"),
                _("Density from"),
                _("Density to"),
                _("Options"),
                _("Entries"),
                _("Entered, %"),
                _("Low"),
                _("High"),
            ],
            [
                [
                    r["decile"],
                    _round(r["density_from"], 1),
                    _round(r["density_to"], 1),
                    r["n"],
                    r["entries"],
                    *(_round(100 * r[k], 1) for k in ("rate", "low", "high")),
                ]
                for r in tenths
            ],
            numeric=range(1, 8),
        ),
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "calibration"),
        heading=3,
    )
    return Section([chart, calibration], title=_("Did earlier options come true?"))


def _followed(scope: Scope, option: Any, own: Sequence[dict[str, Any]]) -> dict[str, Any]:
    now = next((r for r in own if r["activity"] == option.activity), None)
    return {
        "option": option,
        "label": scope.activity_name(option.activity),
        "state": state_words()[option.state],
        "next": next_states(option.state),
        "notes": [(n, state_words().get(n.state, "")) for n in option.notes.all()],
        "density_now": now["density"] if now else None,
        "quotient_now": now["location_quotient"] if now else None,
    }


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
