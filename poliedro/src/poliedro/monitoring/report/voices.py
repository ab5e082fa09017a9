"""What members themselves say of membership, beside its measured effect (R040)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from poliedro.registry.present import bars
from poliedro.shared.components import Chart, Table
from poliedro.shared.templatetags.poliedro import day, spoken_number
from poliedro.surveys.queries.pooled import Voice, Voices, voices_of_members
from poliedro.surveys.rules.definition import said

QUESTIONNAIRE, QUESTIONS = "member-satisfaction", ("innovate", "partners")


def member_voices(clusters: tuple[str, ...], today: date) -> dict[str, Any] | None:
    """Charts of the members' survey over the study's clusters, with who answered; None where nobody was asked."""
    found = voices_of_members(questionnaire=QUESTIONNAIRE, questions=QUESTIONS, clusters=clusters, today=today)
    if found is None:
        return None
    return {
        "lead": _lead(found),
        "charts": [_chart(found, voice) for voice in found.voices],
        "enough": bool(found.voices),
        "is_synthetic": found.is_synthetic,
    }


def _lead(found: Voices) -> str:
    if not found.clusters or found.first is None or found.last is None:
        return ""
    said_by = (
        _(
            "%(answered)s of %(invited)s members that were asked answered, in %(clusters)s clusters (surveys closed on "
            "%(last)s)."
        )
        if found.first == found.last
        else _(
            "%(answered)s of %(invited)s members that were asked answered, in %(clusters)s clusters (surveys closed "
            "from %(first)s to %(last)s)."
        )
    )
    return said_by % {
        "answered": spoken_number(found.answered),
        "invited": spoken_number(found.invited),
        "clusters": len(found.clusters),
        "first": day(found.first),
        "last": day(found.last),
    }


def _closed(found: Voices) -> str:
    """When the surveys closed: the days between which they did, or the one day."""
    days = [day(d) for d in dict.fromkeys((found.first, found.last)) if d is not None]
    return " – ".join(days)


def _chart(found: Voices, voice: Voice) -> Chart:
    language = (get_language() or "it")[:2]
    rows = [
        (said(option.text, language), option.key, share)
        for option, share in zip(voice.question.options, voice.shares, strict=True)
    ]
    mattered = [s.weighted for _label, key, s in rows if key in ("decisive", "helped")]

    def percent(value: float | None) -> float | None:
        return None if value is None else 100 * value

    return bars(
        f"voice-{voice.question.key}",
        said(voice.question.text, language),
        _("For %(share)s%% membership was decisive or helped, by their own account.")
        % {"share": spoken_number(100 * sum(v or 0 for v in mattered), 0)}
        if None not in mattered
        else _("Too few gave each answer for a share to be shown."),
        [(label, percent(s.weighted), "") for label, _key, s in rows],
        y_label=_("share, %"),
        height="small",
        table=Table(
            [pgettext("noun", "Answer"), _("share, %"), _("At least"), _("At most"), _("unweighted, %"), "n"],
            [
                [label, percent(s.weighted), percent(s.low), percent(s.high), percent(s.plain), s.n]
                for label, _key, s in rows
            ],
            numeric=range(1, 6),
            decimals=dict.fromkeys(range(1, 5), 0),
        ),
        certainty="synthetic" if found.is_synthetic else "reported",
        source=_("Members' survey, weighted for those who did not answer"),
        period=_closed(found),
    )
