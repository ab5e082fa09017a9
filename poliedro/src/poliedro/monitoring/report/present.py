"""From a study's stored tables to figures, charts and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.evidence import store
from poliedro.evidence.models import ResultTable
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.report.names import (
    ESTIMATOR_WORDS,
    MATCHING_WORDS,
    ON_OUTCOME,
    OUTCOME_DEFINITIONS,
    OUTCOME_WORDS,
)
from poliedro.monitoring.report.words import why_refused
from poliedro.monitoring.rules.impact import Declaration
from poliedro.registry.present import certainty_of
from poliedro.shared.components import Chart, Figure, Table
from poliedro.shared.templatetags.poliedro import spoken_number, with_kind

MAIN, OTHER, PLAIN = "#0b5394", "#5c6f82", "#b45309"


@dataclass
class Results:
    """The stored tables of a version as rows; read once a page."""

    version: StudyVersion
    tables: dict[str, ResultTable] = field(default_factory=dict)

    @classmethod
    def of(cls, version: StudyVersion) -> Results:
        run = version.run
        return cls(version, {} if run is None else {t.name: t for t in run.tables.all()})

    def rows(self, name: str, where: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        return store.read_rows(self.tables[name], where) if name in self.tables else []

    @property
    def declared(self) -> Declaration:
        return self.version.declared

    def effect(self, outcome: str, estimator: str | None = None) -> dict[str, Any] | None:
        """The effect over all treated firms, by the leading estimator or another."""
        wanted = {"outcome": outcome, "breakdown": "all", "estimator": estimator or self.declared.estimator}
        return next(iter(self.rows("effects", wanted)), None)

    def facts(self) -> dict[str, Any]:
        """How sure a figure is, where it comes from, of when it is, and which run computed it."""
        d = self.declared
        return {
            "certainty": certainty_of(self.version.run.certainty) if self.version.run else "estimated",
            "source": self.version.extract_sources,
            "period": _("joined %(first)s-%(last)s, accounts %(since)s-%(until)s")
            % {"first": d.first_join, "last": d.last_join, "since": d.first_year, "until": d.last_year},
            "run": self.version.run.key if self.version.run else "",
        }

    def origin(self) -> str:
        """The same as a line under a table."""
        facts = self.facts()
        said = [(_("Source"), with_kind(facts["source"], facts["certainty"])), (_("Period"), facts["period"])]
        said += [(_("Run"), facts["run"])] if facts["run"] else []
        return "; ".join(f"{name}: {words}" for name, words in said) + "."


def percent(value: float | None) -> str:
    return "–" if value is None else f"{spoken_number(value, 1)}%"


def interval(row: dict[str, Any]) -> str:
    return _("%(low)s to %(high)s") % {"low": percent(row["percent_low"]), "high": percent(row["percent_high"])}


def p_of(p: float | None) -> str | None:
    """A p-value to four digits; never 0, which it is not."""
    if p is None:
        return None
    return f"< {spoken_number(0.0001, 4)}" if p < 0.0001 else spoken_number(p, 4)


def interval_of(figure: Figure) -> str:
    """A figure's interval in words; empty where it has none."""
    if figure.low is None or figure.high is None:
        return ""
    return interval({"percent_low": figure.low, "percent_high": figure.high})


def stored_headline(version: StudyVersion) -> str:
    """The same from what the run keeps for sentences: a list of studies opens no table. Empty without a run."""
    if version.run is None:
        return ""
    stated = version.run.headline or {}
    row = stated.get("outcomes", {}).get(version.declared.outcomes[0])
    return sentence(version.declared, row, stated.get("lead_doubts", []))


def sentence(d: Declaration, row: dict[str, Any] | None, doubts: Sequence[str]) -> str:
    """doubts: the checks that cast doubt on the leading outcome."""
    lead = d.outcomes[0]
    on = str(ON_OUTCOME[lead])
    if row is None or row["att"] is None:
        return _("The data give no estimate of the effect of membership %(on)s") % {"on": on}
    words = {"on": on, "effect": percent(abs(row["percent"])), "interval": interval(row)}
    if not told_from_zero(row):
        return _("No effect of membership %(on)s can be told from chance (%(interval)s)") % words
    if row["percent"] > 0:
        found = _("Estimated effect of membership %(on)s: +%(effect)s (%(interval)s)") % words
    else:
        found = _("Estimated effect of membership %(on)s: -%(effect)s (%(interval)s)") % words
    if {"trend_bend", "trend_bounds"} & set(doubts):
        return _("%(found)s; small differences of trend would be enough to undo it") % {"found": found}
    if doubts:
        said = ngettext("%(found)s; %(n)s check casts doubt", "%(found)s; %(n)s checks cast doubt", len(doubts))
        return said % {"found": found, "n": len(doubts)}
    return found


def told_from_zero(row: dict[str, Any]) -> bool:
    """Whether the interval of an effect leaves 0 out."""
    return row["percent_low"] is not None and not row["percent_low"] <= 0 <= row["percent_high"]


def answered(results: Results, outcome: str) -> bool:
    """Whether the declared estimator has an estimate. See Note [Nothing beside a refusal]."""
    row = results.effect(outcome)
    return row is not None and row["att"] is not None


# Note [Nothing beside a refusal]
# Where the declared estimator refuses, another one may still have an answer, and bounds and placebos of it. To show
# them would be to choose the estimator after seeing results: of that outcome no page, paper or file shows a number,
# but for what speaks of the years before joining. Whoever replicates the study has them in the data room.
def figures(results: Results) -> list[Figure]:
    found = []
    for outcome in results.declared.outcomes:
        row = results.effect(outcome)
        label = str(OUTCOME_WORDS[outcome])
        definition = " ".join([_mean_effect(results.declared), str(OUTCOME_DEFINITIONS[outcome])])
        if row is None or row["att"] is None:
            found.append(
                Figure(
                    None,
                    label,
                    "%",
                    instead=_("no estimate"),
                    null_means=why_refused(row["refused"])[0] if row else "",
                    definition=definition,
                    **results.facts(),
                )
            )
            continue
        found.append(
            Figure(
                row["percent"],
                label,
                "%",
                low=row["percent_low"],
                high=row["percent_high"],
                n=row["treated"],
                decimals=1,
                definition=definition,
                **results.facts(),
            )
        )
    return found


def _mean_effect(d: Declaration) -> str:
    said = _("Mean effect on those who joined, years %(from)s to %(to)s after joining, in %% of what would have been.")
    return said % {"from": d.first_event, "to": d.horizon}


def event_chart(results: Results, outcome: str, *, heading: Any = 3) -> Chart | None:
    rows = results.rows("events", {"outcome": outcome, "estimator": results.declared.estimator})
    first = results.declared.base_event
    if closed_by_trends(results, outcome):
        rows = [r for r in rows if r["event"] <= first]  # runs of earlier versions of the software kept the others
    if not rows:
        return None
    base = {"event": first, "percent": 0.0, "percent_low": None, "percent_high": None, "treated": None}
    shown = sorted([*rows, base], key=lambda r: r["event"])
    label = str(OUTCOME_WORDS[outcome])
    after = [r for r in rows if r["event"] >= 0]
    main = results.effect(outcome)
    closed = main is None or main["att"] is None
    before_all = [r for r in rows if r["event"] < first]
    before = [r for r in before_all if r["percent_band_low"] is not None]
    quiet = all(r["percent_band_low"] <= 0 <= r["percent_band_high"] for r in before)
    calm = (
        _("Before joining, members and controls moved alike within the band.")
        if quiet
        else _("Before joining, members and controls did not move quite alike.")
    )
    held = (
        _("Lines show the interval that holds for all years at once; the year before joining is 0.")
        if first == -1
        else _("Lines show the interval that holds for all years at once; year %(base)s is 0.") % {"base": first}
    )
    last = (
        _("What followed is not shown: by the declared rule it is no effect.")
        if closed or not after
        else _last_year(after[-1])
    )
    still = _without_line(results.declared, outcome, [r["event"] for r in before_all if r["percent_band_low"] is None])
    table = Table(
        [
            _("Years since joining"),
            _("Effect, %"),
            _("Low, %"),
            _("High, %"),
            _("Band, low, %"),
            _("Band, high, %"),
            _("Members compared"),
        ],
        [
            [
                r["event"],
                r["percent"],
                r["percent_low"],
                r["percent_high"],
                r["percent_band_low"],
                r["percent_band_high"],
                r["treated"],
            ]
            for r in rows
        ],
        numeric=range(1, 7),
        decimals=dict.fromkeys(range(1, 6), 2),
        full=True,
    )
    return Chart(
        "scatter",
        f"events-{outcome.replace('_', '-')}",
        _("%(outcome)s by year since joining") % {"outcome": label},
        " ".join(s for s in (calm, last, held, still) if s),
        {
            "x_label": _("Years since joining"),
            "x_step": 1,
            "y_label": _("Effect, %"),
            "lines": [{"y": 0}, {"x": first + 0.5}],
            "points": [
                {
                    "name": f"{label}, {r['event']}",
                    "x": r["event"],
                    "y": r["percent"],
                    "low": r.get("percent_band_low"),
                    "high": r.get("percent_band_high"),
                    "color": MAIN if r["event"] > first else OTHER,
                    # One label: several lie on each other's intervals on a phone; the table has them all
                    "label": percent(r["percent"]) if r["event"] == results.declared.horizon else "",
                }
                for r in shown
            ],
        },
        table,
        heading=heading,
        **results.facts(),
    )


def _without_line(d: Declaration, outcome: str, years: Sequence[int]) -> str:
    """Why some years before joining have no interval; empty where each has one."""
    if not years:
        return ""
    if outcome == "turnover" and "turnover_growth" in d.matching and list(years) == [d.base_event - 1]:
        return _("Year %(year)s is 0 by construction: firms are compared at equal growth from it to the next.") % {
            "year": years[0]
        }
    return _("Where there is no line, the error cannot be told.")


def _last_year(row: dict[str, Any]) -> str:
    """What the last year's point says, and that it says nothing where its band holds 0."""
    low, high = row["percent_band_low"], row["percent_band_high"]
    words = {
        "years": row["event"],
        "effect": percent(row["percent"]),
        "band": interval({"percent_low": low, "percent_high": high}),
    }
    if low is None or low <= 0 <= high:
        said = ngettext(
            "%(years)s year after joining the estimate, %(effect)s, is not distinguishable from zero (band %(band)s).",
            "%(years)s years after joining the estimate, %(effect)s, is not distinguishable from zero (band %(band)s).",
            row["event"],
        )
    else:
        said = ngettext(
            "%(years)s year after joining the estimate is %(effect)s (band %(band)s).",
            "%(years)s years after joining the estimate is %(effect)s (band %(band)s).",
            row["event"],
        )
    return said % words


def closed_by_trends(results: Results, outcome: str) -> bool:
    """Whether the outcome was refused because trends before joining differed."""
    row = results.effect(outcome)
    return row is not None and str(row["refused"] or "").startswith("pretrends")


def love_chart(results: Results) -> Chart | None:
    """Standardised differences before and after matching (Love plot)."""
    rows = results.rows("balance")
    if not rows:
        return None
    names = [str(MATCHING_WORDS.get(r["covariate"], r["covariate"])) for r in rows]
    worst = max(abs(r["difference_after"] or 0) for r in rows)
    points = [
        {"name": n, "x": r[column], "y": i, "group": group, "color": colour}
        for column, group, colour in (
            ("difference", _("before matching"), PLAIN),
            ("difference_after", _("after matching"), MAIN),
        )
        for i, (n, r) in enumerate(zip(names, rows, strict=True))
        if r[column] is not None
    ]
    return Chart(
        "scatter",
        "love",
        _("How alike members and others are, before and after matching"),
        _("After matching the largest difference is %(worst)s standard deviations; below 0.1 is usual (dashed lines).")
        % {"worst": spoken_number(worst, 2)},
        {
            "x_label": _("Standardised difference, members less others"),
            "y_label": "",
            "y_categories": names,
            "lines": [{"x": -0.1}, {"x": 0}, {"x": 0.1}],
            "points": points,
        },
        Table(
            [
                _("Variable"),
                _("Members"),
                _("Others"),
                _("Difference before"),
                _("Matched others"),
                _("Difference after"),
                _("Variance ratio before"),
                _("Variance ratio after"),
            ],
            [
                [
                    n,
                    r["treated_mean"],
                    r["control_mean"],
                    r["difference"],
                    r["control_mean_after"],
                    r["difference_after"],
                    r["variance_ratio"],
                    r["variance_ratio_after"],
                ]
                for n, r in zip(names, rows, strict=True)
            ],
            numeric=range(1, 8),
            decimals=dict.fromkeys(range(1, 8), 2),
            full=True,
        ),
        **results.facts(),
    )


def estimators_chart(results: Results) -> Chart | None:
    """The leading outcome by every estimator that answers; none where the declared one refuses."""
    lead = results.declared.outcomes[0]
    if not answered(results, lead):
        return None
    rows = [r for r in results.rows("effects", {"outcome": lead, "breakdown": "all"}) if r["att"] is not None]
    if not rows:
        return None
    names = [str(ESTIMATOR_WORDS[r["estimator"]]) for r in rows]
    main, naive = results.effect(lead), results.effect(lead, "naive")
    said = ""
    if main and naive and main["att"] is not None and naive["att"] is not None:
        said = _("A plain comparison of growth says %(plain)s, comparing like with like %(fair)s.") % {
            "plain": percent(naive["percent"]),
            "fair": percent(main["percent"]),
        }
    return Chart(
        "scatter",
        "estimators",
        ngettext("The same question, asked in %(n)s way", "The same question, asked in %(n)s ways", len(rows))
        % {"n": len(rows)},
        said + " " + _("The plain ways are shown for what they get wrong."),
        {
            "x_label": _("Effect %(on)s, %%") % {"on": str(ON_OUTCOME[lead])},
            "y_label": "",
            "y_categories": names,
            "lines": [{"x": 0}],
            "points": [
                {
                    "name": n,
                    "x": r["percent"],
                    "y": i,
                    "label": percent(r["percent"]),
                    "x_low": r["percent_low"],
                    "x_high": r["percent_high"],
                    "color": PLAIN if r["estimator"] in ("naive", "two_way") else MAIN,
                }
                for i, (n, r) in enumerate(zip(names, rows, strict=True))
            ],
        },
        Table(
            [_("Estimator"), _("Effect, %"), _("Low, %"), _("High, %")],
            [[n, r["percent"], r["percent_low"], r["percent_high"]] for n, r in zip(names, rows, strict=True)],
            numeric=[1, 2, 3],
            decimals=dict.fromkeys(range(1, 4), 1),
            full=True,
        ),
        **results.facts(),
    )


def love_picture(results: Results) -> dict[str, Any] | None:
    """The Love plot as coordinates for paper: 640 wide, a row of 26 for each variable."""
    chart = love_chart(results)
    if chart is None:
        return None
    points = chart.data["points"]
    reach = max(0.15, *(abs(p["x"]) for p in points)) * 1.1

    def across(value: float) -> str:
        return f"{420 + value / reach * 200:.1f}"

    names = chart.data["y_categories"]
    foot = 34 + 26 * len(names)
    return {
        "title": chart.title,
        "summary": chart.summary,
        "x_label": chart.data["x_label"],
        "rows": [
            {"text": part, "y": 34 + 26 * i + 11 * k - 5.5 * (len(parts) - 1)}
            for i, parts in enumerate(wrap(n, 36) for n in names)
            for k, part in enumerate(parts)
        ],
        "lines": [{"x": across(line["x"])} for line in chart.data["lines"]],
        "ticks": [{"x": across(at), "label": spoken_number(at, 1)} for at in _ticks(reach)],
        "marks": [
            {"x": across(p["x"]), "y": 30 + 26 * p["y"], "colour": p["color"], "open": p["color"] == PLAIN}
            for p in points
        ],
        "groups": list(dict.fromkeys((p["group"], p["color"]) for p in points)),
        "foot": foot,
        "labels": foot + 12,
        "axis": foot + 28,
        "height": foot + 34,
    }


def _ticks(reach: float) -> list[float]:
    """Marks of a Love plot's axis: 0, one tenth to either side, and some farther out, clear of these."""
    step = 0.3 if reach < 1 else 0.5 if reach < 2 else 1
    far = [step * k for k in range(1, int(reach / step) + 1)]
    near = [0.1] if reach < 1 else []
    return [*(-x for x in [*far, *near]), 0.0, *near, *far]


def picture(results: Results, outcome: str) -> dict[str, Any] | None:
    """The event study as coordinates for paper: 640 wide, 256 high."""
    chart = event_chart(results, outcome)
    if chart is None:
        return None
    points = chart.data["points"]
    edges = [v for p in points for v in (p["y"], p["low"], p["high"], 0.0) if v is not None]
    low, high = min(edges), max(edges)
    step_x, scale = 560 / max(len(points) - 1, 1), 190 / ((high - low) or 1)

    def place(value: float | None) -> str:
        return "" if value is None else f"{205 - (value - low) * scale:.1f}"

    ticks = [{"y": place(v), "label": spoken_number(v, 1)} for v in dict.fromkeys((low, 0.0, high))]
    marks = [
        {
            "x": f"{60 + i * step_x:.1f}",
            "y": place(p["y"]),
            "low": place(p["low"]),
            "high": place(p["high"]),
            "colour": p["color"],
            "event": p["x"],
        }
        for i, p in enumerate(points)
    ]
    return {
        "title": chart.title,
        "summary": chart.summary,
        "x_label": chart.data["x_label"],
        "y_label": chart.data["y_label"],
        "zero": place(0.0),
        "ticks": ticks,
        "marks": marks,
    }
