"""Checks of a study in plain words: what each asks, what it found, how that is judged, and what a doubt means."""

from __future__ import annotations

from math import expm1
from typing import Any

from django.utils.translation import gettext as _

from poliedro.monitoring.report.present import Results, answered, p_of
from poliedro.monitoring.report.words import why_not_asked
from poliedro.monitoring.rules.impact import SMALL_BEND, Declaration, falls_at
from poliedro.shared.templatetags.poliedro import spoken_number

BEFORE_JOINING = ("pretrends", "placebo_dates", "attrition")
"""Checks that say nothing of an effect, but of why there may be none. See Note [Nothing beside a refusal]."""


def questions() -> dict[str, str]:
    return {
        "pretrends": _("Did members and their controls move alike before joining?"),
        "placebo_dates": _("Is there an effect where there can be none, two years too early?"),
        "placebo_treated": _("How often is an effect found for firms drawn at random among non-members?"),
        "omitted_variable": _("How strong would something unseen have to be to explain the effect away?"),
        "rosenbaum": _("How much likelier to join could an unseen trait make one firm of a pair?"),
        "trend_bend": _("What if the trends of members and others bent apart?"),
        "trend_bounds": _("What if trends differ after joining, too?"),
        "attrition": _("Do members and controls vanish from the accounts alike?"),
        "lee_bounds": _("What could those who vanished from the accounts do to the effect?"),
        "clusters": _("Do the errors rest on enough firms?"),
        "agreement": _("Do other sound estimators agree?"),
    }


def checks_of(results: Results, outcome: str) -> list[dict[str, Any]]:
    """The checks of an outcome. Runs of earlier versions have no row for trends that bend: it follows from theirs."""
    rows = results.rows("checks", {"outcome": outcome})
    if not answered(results, outcome):
        return [r for r in rows if r["check"] in BEFORE_JOINING]
    effect = results.effect(outcome, "dr")
    if any(r["check"] == "trend_bend" for r in rows) or effect is None or not _apart(effect):
        return rows
    bends = [r for r in results.rows("trends", {"outcome": outcome}) if r.get("kind") == "smoothness"]
    if not bends:
        return rows
    at = falls_at(bends)
    verdict = "sound" if at is None or at > SMALL_BEND else "doubt"
    most = max(r["m"] for r in bends)
    made = {"outcome": outcome, "check": "trend_bend", "verdict": verdict, "value": at, "high": most}
    return [*rows, {**dict.fromkeys(("low", "p", "n", "note")), **made}]


def _apart(effect: dict[str, Any]) -> bool:
    return effect["low"] is not None and effect["high"] is not None and not effect["low"] <= 0 <= effect["high"]


def doubtful(results: Results, outcome: str) -> list[dict[str, Any]]:
    """The checks of an outcome that cast doubt or fail."""
    return [r for r in checks_of(results, outcome) if r["verdict"] in ("doubt", "fails")]


def found_words(r: dict[str, Any]) -> str:
    """What a check found, with its numbers."""
    if r["verdict"] == "unknown":
        return why_not_asked(r["note"] or "")
    words = _words(r)
    return str(
        {
            "pretrends": _("All years before joining together: p = %(p)s."),
            "placebo_dates": _("The pretended date has an effect of %(value)s log points (%(low)s to %(high)s)."),
            "placebo_treated": _(
                "%(share)s%% of %(n)s draws find one. %(as_far)s%% of them lie as far from 0 as the effect of members."
            ),
            "omitted_variable": _(
                "It would have to explain %(share)s%% of what is left of both joining and growth, and %(low_share)s%% "
                "to make the effect uncertain."
            ),
            "rosenbaum": _("Up to %(value)s times as likely: so far the effect stays apart from 0.")
            if r["value"] is not None
            else _("Not at all: with pairs as they are, the effect is not told from 0."),
            "trend_bend": _("With a bend of %(value)s log points a year the effect is no longer told from 0.")
            if r["value"]
            else _("If they only differed by a straight line, the effect would no longer be told from 0.")
            if r["value"] is not None
            else _("Up to %(high)s log points a year the effect stays apart from 0."),
            "trend_bounds": _("With %(value)s times the largest difference seen before it is no longer told from 0.")
            if r["value"] is not None
            else _("Up to twice the largest difference seen before, the effect stays apart from 0."),
            "attrition": _(
                "%(share)s%% of members and %(high_share)s%% of their controls have accounts at the end (p = %(p)s)."
            ),
            "lee_bounds": _("The effect of the last year lies between %(value)s and %(high)s log points."),
            "clusters": _("The errors rest on the worth of %(n)s firms of equal weight."),
            "agreement": _("The farthest of them differs by %(value)s standard errors of both."),
        }[r["check"]]
        % words
    )


def judged_words(r: dict[str, Any], d: Declaration) -> str:
    """By which rule the check's verdict is given."""
    share = spoken_number(100 * (1 - d.level), 0)
    return str(
        {
            "pretrends": _(
                "It fails if p is below %(alpha)s, as declared. It can miss differences: see what other trends "
                "would do."
            ),
            "placebo_dates": _("0 must lie in the interval."),
            "placebo_treated": _(
                "%(level)s%% of draws find one by chance: it holds up to %(most)s%%. How many lie as far out is the p "
                "of the members' effect against chance: the smaller, the less it looks like chance."
            ),
            "omitted_variable": _(
                "Below 2%% this page speaks of doubt, by convention. From one regression of each firm's change on "
                "joining and the declared variables."
            ),
            "rosenbaum": _("1 means not at all; below 1.25 this page speaks of doubt, by convention."),
            "trend_bend": _(
                "Of the doubly robust effects, whichever estimator leads. If 0.01 a year (some 1%%) is enough, this "
                "page speaks of doubt, by convention."
            ),
            "trend_bounds": _(
                "Of the doubly robust effects, whichever estimator leads. If the largest difference seen before is "
                "enough, this page speaks of doubt."
            ),
            "attrition": _("Only a difference is tested; the next line bounds what it could do."),
            "lee_bounds": _(
                "If the side seen more often loses its best or its worst firms until both are seen alike (Lee). It "
                "holds where the interval round both leaves 0 out."
            ),
            "clusters": _("With fewer than 30 the intervals are too narrow: the true uncertainty is larger."),
            "agreement": _("Below 2 is agreement."),
        }[r["check"]]
        % {
            "alpha": trimmed(d.pretrend_alpha),
            "level": share,
            "most": spoken_number(100 * (r["high"] or 0), 0),
        }
    )


def doubt_words(r: dict[str, Any]) -> str:
    """What the doubt that a check casts means for the effect, in a sentence for the summary."""
    words = _words(r)
    return str(
        {
            "pretrends": _("Members and controls moved apart already before joining (p = %(p)s)."),
            "placebo_dates": _(
                "A pretended date, two years too early, shows an effect, too (%(value)s log points): members may have "
                "been growing differently before they joined."
            ),
            "placebo_treated": _(
                "Among firms drawn at random %(share)s%% of draws find an effect, more than chance allows: the "
                "interval may be too narrow."
            ),
            "omitted_variable": _(
                "Something unseen that explains %(low_share)s%% of what is left of both joining and growth would be "
                "enough to make the effect uncertain."
            ),
            "rosenbaum": _(
                "If something unseen made one firm of a pair more than %(value)s times as likely to join, the effect "
                "would not be told from zero."
            )
            if r["value"] is not None
            else _("If firms of a pair differ in something unseen at all, the effect may not be told from zero."),
            "trend_bend": _(
                "If the trends of members and others bent apart by %(value)s log points a year (some %(percent)s%%), "
                "the effect would not be told from zero."
            )
            if r["value"]
            else _(
                "If the trends of members and others differed by a straight line, the effect would not be told from "
                "zero."
            ),
            "trend_bounds": _(
                "If trends differed after joining by %(value)s times the largest difference seen before, the effect "
                "would not be told from zero."
            ),
            "attrition": _(
                "%(share)s%% of members and %(high_share)s%% of controls still have accounts at the end: those who "
                "vanished may change the effect."
            ),
            "lee_bounds": _(
                "Those who vanished from the accounts could bring the effect of the last year down to %(value)s or up "
                "to %(high)s log points: zero is not excluded."
            ),
            "clusters": _(
                "The errors rest on the worth of %(n)s firms only, as few controls serve many: the true uncertainty "
                "is larger than the interval says."
            ),
            "agreement": _(
                "Another sound estimator differs by %(value)s standard errors: the answer depends on the method."
            ),
        }[r["check"]]
        % words
    )


def _words(r: dict[str, Any]) -> dict[str, str]:
    value, low, high = r["value"], r["low"], r["high"]

    def share(x: float | None) -> str:
        return "–" if x is None else spoken_number(100 * x, 1)

    decimals = {"agreement": 1, "rosenbaum": 2, "trend_bounds": 1, "trend_bend": 2}.get(r["check"], 3)
    return {
        "value": "–" if value is None else spoken_number(value, decimals),
        "percent": spoken_number(100 * expm1(value), 0) if r["check"] == "trend_bend" and value is not None else "–",
        "low": "–" if low is None else spoken_number(low, 3),
        "high": "–" if high is None else spoken_number(high, 2 if r["check"] == "trend_bend" else 3),
        "share": share(value),
        "low_share": share(low),
        "high_share": share(high),
        "n": "–" if r["n"] is None else spoken_number(r["n"]),
        "p": p_of(r["p"]) or "–",
        "as_far": share(r["p"]),
    }


def trimmed(value: float, most: int = 4) -> str:
    """A number without zeros at its end: 0,01 and not 0,010."""
    return next(
        text for k in range(most + 1) if round(value, k) == round(value, most) for text in [spoken_number(value, k)]
    )
