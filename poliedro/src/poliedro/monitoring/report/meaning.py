"""What a study's number means and what it does not, and its declaration in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.monitoring.report.checks import doubt_words, doubtful, trimmed
from poliedro.monitoring.report.names import (
    BREAKDOWN_WORDS,
    DISTANCE_WORDS,
    ESTIMATOR_WORDS,
    FORM_WORDS,
    MATCHING_WORDS,
    OUTCOME_WORDS,
    STRATA_WORDS,
    TFP_WORDS,
)
from poliedro.monitoring.report.present import Results, interval, percent, sentence, told_from_zero
from poliedro.monitoring.report.words import cell_words, open_clusters, why_refused
from poliedro.monitoring.rules.impact import Declaration
from poliedro.shared.templatetags.poliedro import spoken_number


def headline(results: Results) -> str:
    """What was found, in a sentence, with what casts doubt on it: the title of the page."""
    lead = results.declared.outcomes[0]
    return sentence(results.declared, results.effect(lead), [r["check"] for r in doubtful(results, lead)])


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
        "effect": percent(abs(row["percent"])),
        "interval": interval(row),
        "first": d.first_join,
        "last": d.last_join,
        "from": d.first_event,
        "to": d.horizon,
        "n": spoken_number(row["treated"]),
        "level": spoken_number(d.level * 100, 0),
    }
    means = [
        (
            _(
                "By the estimate, firms that joined from %(first)s to %(last)s had, on average over years %(from)s to "
                "%(to)s after joining, %(effect)s more %(what)s than they would have had without joining."
            )
            if row["percent"] >= 0
            else _(
                "By the estimate, firms that joined from %(first)s to %(last)s had, on average over years %(from)s to "
                "%(to)s after joining, %(effect)s less %(what)s than they would have had without joining."
            )
        )
        % words,
        *([] if told_from_zero(row) else [_("That is not distinguishable from zero: the interval holds it.")]),
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
    means += [_("Doubt") + ": " + doubt_words(r) for r in doubtful(results, d.outcomes[0])]
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
    names = cell_words()

    def several(keys: Sequence[str], words: dict[str, Any], none: str) -> str:
        return ", ".join(str(words.get(k, k)) for k in keys) or none

    facts = [
        (_("Question"), d.question),
        (_("Programming period"), d.cycle or _("no period named")),
        (_("Joined for the first time"), f"{d.first_join}-{d.last_join}"),
        (
            _("Clusters"),
            several(
                d.clusters,
                names,
                _("every cluster, none was ticked (%(n)s today)") % {"n": spoken_number(open_clusters())},
            ),
        ),
        (_("Legal forms"), several(d.legal_forms, FORM_WORDS, _("any"))),
        (_("Pool of controls"), _("firms of the region that never joined a cluster, with the same legal forms")),
        (_("Alike in"), several(d.exact, STRATA_WORDS, _("nothing"))),
        (_("Near in"), several(d.matching, MATCHING_WORDS, _("nothing"))),
        (
            _("Matching"),
            str(DISTANCE_WORDS[d.distance])
            if d.distance == "entropy"
            else ngettext(
                "%(distance)s, %(n)s control a member, farthest distance %(far)s, %(again)s",
                "%(distance)s, %(n)s controls a member, farthest distance %(far)s, %(again)s",
                d.neighbours,
            )
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
        (
            _("Anticipation"),
            ngettext(
                "an effect may show %(n)s year before joining; the year before that is what all others are compared "
                "with",
                "an effect may show %(n)s years before joining; the year before these is what all others are compared "
                "with",
                d.anticipation,
            )
            % {"n": d.anticipation}
            if d.anticipation
            else _("none is allowed for: the year before joining is what all others are compared with"),
        ),
        (_("Leading estimator"), str(ESTIMATOR_WORDS[d.estimator])),
        (_("Also"), several(d.breakdowns, BREAKDOWN_WORDS, _("nothing"))),
        (
            _("No estimate if"),
            _("fewer than %(n)s members, fewer than %(share)s%% with a control, or p before joining below %(p)s")
            % {
                "n": d.minimum,
                "share": spoken_number(d.minimum_share * 100, 0),
                "p": trimmed(d.pretrend_alpha),
            },
        ),
        (_("Level of intervals"), f"{trimmed(d.level * 100, 1)}%"),
        (_("Random draws for the placebo"), spoken_number(d.placebo_draws)),
        (_("Seed"), str(d.seed)),
    ]
    if "tfp" in d.outcomes:
        names_of = [name for name, _value in facts]
        facts.insert(names_of.index(_("Outcomes")) + 1, (_("Total factor productivity"), str(TFP_WORDS[d.tfp_method])))
    return facts


def changes(old: Declaration, new: Declaration) -> list[tuple[str, str, str]]:
    """What differs between two declarations, in words."""
    before, after = dict(declared_facts(old)), dict(declared_facts(new))
    names = list(dict.fromkeys([*before, *after]))
    return [(n, before.get(n, "–"), after.get(n, "–")) for n in names if before.get(n) != after.get(n)]
