"""From a study's stored tables to figures, charts and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.evidence import store
from poliedro.evidence.models import ResultTable
from poliedro.monitoring.forms.impact import ESTIMATOR_WORDS, MATCHING_WORDS, OUTCOME_WORDS, STRATA_WORDS
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.views.impact.words import (
    cell_words,
    check_words,
    why_refused,
)
from poliedro.registry.present import certainty_of
from poliedro.shared.components import Chart, Figure, Table
from poliedro.shared.templatetags.poliedro import spoken_number

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
        return {
            "certainty": certainty_of(self.version.run.certainty) if self.version.run else "estimated",
            "source": self.version.extract_sources,
            "period": f"{self.declared.first_join}-{self.declared.last_join}",
        }


def percent(value: float | None) -> str:
    return "–" if value is None else f"{spoken_number(value, 1)}%"


def interval(row: dict[str, Any]) -> str:
    return _("%(low)s to %(high)s") % {"low": percent(row["percent_low"]), "high": percent(row["percent_high"])}


def interval_of(figure: Figure) -> str:
    """A figure's interval in words; empty where it has none."""
    if figure.low is None or figure.high is None:
        return ""
    return interval({"percent_low": figure.low, "percent_high": figure.high})


def headline(results: Results) -> str:
    """What was found, in a sentence: the title of the page."""
    return _sentence(results.declared, results.effect(results.declared.outcomes[0]))


def stored_headline(version: StudyVersion) -> str:
    """The same from what the run keeps for sentences: a list of studies opens no table. Empty without a run."""
    if version.run is None:
        return ""
    stated = (version.run.headline or {}).get("outcomes", {})
    return _sentence(version.declared, stated.get(version.declared.outcomes[0]))


def _sentence(d: Declaration, row: dict[str, Any] | None) -> str:
    lead = d.outcomes[0]
    what = str(OUTCOME_WORDS[lead]).lower()
    if row is None or row["att"] is None:
        return _("The data give no estimate of what membership does to %(what)s") % {"what": what}
    words = {"what": what, "effect": percent(abs(row["percent"])), "interval": interval(row)}
    if row["percent_low"] is not None and row["percent_low"] > 0:
        return _("Membership raised %(what)s by %(effect)s (%(interval)s)") % words
    if row["percent_high"] is not None and row["percent_high"] < 0:
        return _("Membership lowered %(what)s by %(effect)s (%(interval)s)") % words
    return _("No effect of membership on %(what)s can be told from chance (%(interval)s)") % words


def figures(results: Results) -> list[Figure]:
    found = []
    for outcome in results.declared.outcomes:
        row = results.effect(outcome)
        label = str(OUTCOME_WORDS[outcome])
        if row is None or row["att"] is None:
            found.append(
                Figure(None, label, "%", null_means=why_refused(row["refused"])[0] if row else "", **results.facts())
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
                definition=_("Mean effect on those who joined, in the declared years after joining."),
                run=results.version.run.key if results.version.run else "",
                **results.facts(),
            )
        )
    return found


def event_chart(results: Results, outcome: str, *, heading: Any = 3) -> Chart | None:
    rows = results.rows("events", {"outcome": outcome, "estimator": results.declared.estimator})
    if closed_by_trends(results, outcome):
        rows = [r for r in rows if r["event"] < 0]  # runs of earlier versions of the software kept the others
    if not rows:
        return None
    base = {"event": -1, "percent": 0.0, "percent_low": None, "percent_high": None, "treated": None}
    shown = sorted([*rows, base], key=lambda r: r["event"])
    label = str(OUTCOME_WORDS[outcome])
    after = [r for r in rows if r["event"] >= 0]
    main = results.effect(outcome)
    closed = main is None or main["att"] is None
    before = [r for r in rows if r["event"] < 0 and r["percent_band_low"] is not None]
    quiet = all(r["percent_band_low"] <= 0 <= r["percent_band_high"] for r in before)
    calm = (
        _("Before joining, members and controls moved alike within the band.")
        if quiet
        else _("Before joining, members and controls did not move quite alike.")
    )
    last = (
        _("What followed is not shown: by the declared rule it is no effect.")
        if closed or not after
        else _("%(years)s years after joining the effect is %(effect)s.")
        % {"years": after[-1]["event"], "effect": percent(after[-1]["percent"])}
    )
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
        numeric=range(7),
        decimals=dict.fromkeys(range(1, 6), 2),
    )
    return Chart(
        "scatter",
        f"events-{outcome.replace('_', '-')}",
        _("%(outcome)s by year since joining") % {"outcome": label},
        f"{calm} {last} "
        + _("Lines show the interval that holds for all years at once; the year before joining is 0."),
        {
            "x_label": _("Years since joining"),
            "y_label": _("Effect, %"),
            "lines": [{"y": 0}, {"x": -0.5}],
            "points": [
                {
                    "name": f"{label}, {r['event']}",
                    "x": r["event"],
                    "y": r["percent"],
                    "low": r.get("percent_band_low"),
                    "high": r.get("percent_band_high"),
                    "color": MAIN if r["event"] >= 0 else OTHER,
                    "label": percent(r["percent"]) if r["event"] >= 0 else "",
                }
                for r in shown
            ],
        },
        table,
        heading=heading,
        **{k: v for k, v in results.facts().items() if k != "period"},
    )


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
        ),
        **{k: v for k, v in results.facts().items() if k != "period"},
    )


def estimators_chart(results: Results) -> Chart | None:
    """The leading outcome by every estimator that answers; none where the declared one refuses."""
    lead = results.declared.outcomes[0]
    leading = results.effect(lead)
    if leading is None or leading["att"] is None:
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
            "x_label": _("Effect on %(outcome)s, %%") % {"outcome": str(OUTCOME_WORDS[lead]).lower()},
            "y_label": "",
            "y_categories": names,
            "lines": [{"x": 0}],
            "points": [
                {
                    "name": n,
                    "x": r["percent"],
                    "y": i,
                    "label": f"{percent(r['percent'])}" + (f" ({interval(r)})" if r["percent_low"] is not None else ""),
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
        ),
        **{k: v for k, v in results.facts().items() if k != "period"},
    )


def meaning(results: Results) -> tuple[list[str], list[str]]:
    """What the number means, and what it does not, in sentences."""
    d = results.declared
    row = results.effect(d.outcomes[0])
    what = str(OUTCOME_WORDS[d.outcomes[0]]).lower()
    if row is None or row["att"] is None:
        why, helps = why_refused(row["refused"] if row else "")
        return [why, helps], [
            _("No estimate does not mean no effect: these data cannot tell."),
        ]
    words = {
        "what": what,
        "effect": percent(row["percent"]),
        "interval": interval(row),
        "first": d.first_join,
        "last": d.last_join,
        "from": d.first_event,
        "to": d.horizon,
        "n": spoken_number(row["treated"]),
        "level": spoken_number(d.level * 100, 0),
    }
    means = [
        _(
            "Firms that joined from %(first)s to %(last)s had, on average over years %(from)s to %(to)s after joining, "
            "%(effect)s of %(what)s more than they would have had without joining."
        )
        % words,
        _(
            "“Without joining” is not seen: it is taken from firms of the region that never joined and were alike "
            "before, in: %(alike)s."
        )
        % {
            "alike": ", ".join(
                [str(STRATA_WORDS.get(k, k)) for k in d.exact] + [str(MATCHING_WORDS.get(k, k)) for k in d.matching]
            )
        },
        _("%(n)s members are compared so; those of whom no such firm was found are left out.") % words,
        _(
            "The interval, %(interval)s, is what chance leaves open: in %(level)s of 100 studies like this one such an "
            "interval holds the true effect."
        )
        % words,
    ]
    doubts = [r for r in results.rows("checks", {"outcome": d.outcomes[0]}) if r["verdict"] in ("doubt", "fails")]
    asked = check_words()
    means += [_("Mind: one check casts doubt. %(check)s") % {"check": asked[r["check"]][0]} for r in doubts]
    means_not = [
        _("It is not what any single firm will gain: effects differ from firm to firm."),
        _("It is not what firms that stayed out would gain: they may differ in what membership can do for them."),
        _("It is not the gain of the region as a whole: what members gain may come from others, or spread to them."),
        _("It does not say whether the gain is worth the public money: that needs the cost, and other benefits."),
        _(
            "If something unseen drives both joining and growth, the number is off; the checks say how strong "
            "it must be."
        ),
    ]
    return means, means_not


def declared_facts(d: Declaration) -> list[tuple[str, str]]:
    """The declaration in words, for the method note and the review."""
    from poliedro.monitoring.forms.impact import (
        BREAKDOWN_WORDS,
        DISTANCE_WORDS,
        FORM_WORDS,
        TFP_WORDS,
    )

    names = cell_words()

    def several(keys: Sequence[str], words: dict[str, Any], none: str) -> str:
        return ", ".join(str(words.get(k, k)) for k in keys) or none

    facts = [
        (_("Question"), d.question),
        (_("Programming period"), d.cycle or _("no period named")),
        (_("Joined for the first time"), f"{d.first_join}-{d.last_join}"),
        (_("Clusters"), several(d.clusters, names, _("all"))),
        (_("Legal forms"), several(d.legal_forms, FORM_WORDS, _("any"))),
        (_("Pool of controls"), _("firms of the region that never joined a cluster, with the same legal forms")),
        (_("Alike in"), several(d.exact, STRATA_WORDS, _("nothing"))),
        (_("Near in"), several(d.matching, MATCHING_WORDS, _("nothing"))),
        (
            _("Matching"),
            str(DISTANCE_WORDS[d.distance])
            if d.distance == "entropy"
            else _("%(distance)s, %(n)s control(s) a member, farthest distance %(far)s, %(again)s")
            % {
                "distance": str(DISTANCE_WORDS[d.distance]),
                "n": d.neighbours,
                "far": _("not limited") if d.caliper is None else spoken_number(d.caliper, 2),
                "again": _("controls may serve again") if d.replace else _("each control serves once"),
            },
        ),
        (_("Outcomes"), several(d.outcomes, OUTCOME_WORDS, "")),
        (_("Years after joining"), _("%(from)s to %(to)s") % {"from": d.first_event, "to": d.horizon}),
        (_("Years before joining that are tested"), str(d.placebos)),
        (_("Leading estimator"), str(ESTIMATOR_WORDS[d.estimator])),
        (_("Also"), several(d.breakdowns, BREAKDOWN_WORDS, _("nothing"))),
        (
            _("No estimate if"),
            _("fewer than %(n)s members, fewer than %(share)s%% with a control, or p before joining below %(p)s")
            % {
                "n": d.minimum,
                "share": spoken_number(d.minimum_share * 100, 0),
                "p": spoken_number(d.pretrend_alpha, 3),
            },
        ),
        (_("Level of intervals"), f"{spoken_number(d.level * 100, 1)}%"),
        (_("Seed"), str(d.seed)),
    ]
    if "tfp" in d.outcomes:
        facts.insert(10, (_("Total factor productivity"), str(TFP_WORDS[d.tfp_method])))
    return facts


def changes(old: Declaration, new: Declaration) -> list[tuple[str, str, str]]:
    """What differs between two declarations, in words."""
    before, after = dict(declared_facts(old)), dict(declared_facts(new))
    names = list(dict.fromkeys([*before, *after]))
    return [(n, before.get(n, "–"), after.get(n, "–")) for n in names if before.get(n) != after.get(n)]


def picture(results: Results, outcome: str) -> dict[str, Any] | None:
    """The event study as coordinates for paper: 640 wide, 240 high."""
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
    return {"title": chart.title, "summary": chart.summary, "zero": place(0.0), "ticks": ticks, "marks": marks}
