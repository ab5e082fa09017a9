"""Mentors and mentees as a stable allocation, stored with its proof."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, NoInput, Outcome, TableCard
from poliedro.matchmaking.models import Mentee, Mentor, MentorConflict, MentorTraining, Pair, Preference
from poliedro.matchmaking.runs.documents import fingerprint

KEY = "mentor-allocation"


def _mentors() -> list[Mentor]:
    """Active mentors with all of the training, by key."""
    modules = len(MentorTraining.Module.values)
    rows = Mentor.objects.filter(is_active=True).select_related("person", "organisation").prefetch_related("trainings")
    return [m for m in rows.order_by("pk") if len(m.trainings.all()) >= modules]


def _mentees() -> list[Mentee]:
    taken = Pair.objects.filter(state__in=("proposed", "active")).values("mentee")
    return list(Mentee.objects.filter(is_open=True).exclude(pk__in=taken).select_related("organisation").order_by("pk"))


def _fit(mentor: Mentor, mentee: Mentee) -> float:
    """0..1: shared fields (Jaccard) .8, a common language .2."""
    a, b = set(mentor.tags), set(mentee.tags)
    fields = len(a & b) / len(a | b) if a | b else 0.0
    common = bool(set(mentor.languages) & set(mentee.languages)) or not mentor.languages or not mentee.languages
    return 0.8 * fields + 0.2 * common


def _tables() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """preferences (mentee, mentor, their ranks, fit), hosts (mentor, capacity), conflicts (mentee, mentor)."""
    mentors, mentees = _mentors(), _mentees()
    said = {(p.side, p.mentor_id, p.mentee_id): p.rank for p in Preference.objects.all()}
    active = Pair.objects.filter(state__in=("proposed", "active"))
    load: dict[int, int] = {}
    for mentor_id in active.values_list("mentor_id", flat=True):
        load[mentor_id] = load.get(mentor_id, 0) + 1
    rows = []
    for mentee in mentees:
        for mentor in mentors:
            fit = _fit(mentor, mentee)
            # Whom somebody ranked comes first, in that order; the rest by fit.
            ranks = [
                float(said.get((side, mentor.pk, mentee.pk), 1000 + round(1000 * (1 - fit))))
                for side in (Preference.Side.MENTEE, Preference.Side.MENTOR)
            ]
            rows.append((mentee.pk, mentor.pk, *ranks, fit))
    preferences = pl.DataFrame(
        rows,
        schema={
            "mentee": pl.Int64,
            "mentor": pl.Int64,
            "mentee_rank": pl.Float64,
            "mentor_rank": pl.Float64,
            "fit": pl.Float64,
        },
        orient="row",
    )
    hosts = pl.DataFrame(
        [(m.pk, max(0, m.capacity - load.get(m.pk, 0))) for m in mentors],
        schema={"mentor": pl.Int64, "capacity": pl.Int64},
        orient="row",
    )
    barred = set(MentorConflict.objects.values_list("organisation_id", "mentor_id"))
    barred |= {(m.organisation_id, m.pk) for m in mentors if m.organisation_id}
    # Whoever said no is not asked again.
    declined = set(Pair.objects.filter(state=Pair.State.DECLINED).values_list("mentee_id", "mentor_id"))
    conflicts = pl.DataFrame(
        [
            (e.pk, m.pk)
            for e in mentees
            for m in mentors
            if (e.organisation_id, m.pk) in barred or (e.pk, m.pk) in declined
        ],
        schema={"mentee": pl.Int64, "mentor": pl.Int64},
        orient="row",
    )
    return preferences, hosts, conflicts


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    preferences, hosts, conflicts = _tables()
    if preferences.is_empty():
        raise NoInput("there is no open mentee, or no mentor with the whole training; add them first")
    text = json.dumps([fingerprint(t) for t in (preferences, hosts, conflicts)])
    return [
        Input("pairs", fingerprint(pl.DataFrame({"x": [text]})), preferences.height, "Mentors and mentees", "reported")
    ]


def compute(context: Context) -> Outcome:
    preferences, hosts, conflicts = _tables()
    names = {
        "applicant": "mentee",
        "host": "mentor",
        "applicant_rank": "mentee_rank",
        "host_rank": "mentor_rank",
    }
    made = rg.allocate(preferences.drop("fit"), hosts, conflicts=conflicts if conflicts.height else None, **names)
    kept = preferences.join(conflicts, on=["mentee", "mentor"], how="anti")
    blocking = rg.blocking_pairs(kept.drop("fit"), hosts, made.pairs.select("mentee", "mentor"), **names)
    pairs = made.pairs.join(preferences.select("mentee", "mentor", "fit"), on=["mentee", "mentor"], how="left")
    proof = made.proof.group_by("reason").len().sort("reason")
    return Outcome(
        {"pairs": pairs.select("mentee", "mentor", "mentee_rank", "mentor_rank", "fit"), "proof": made.proof},
        {
            "pairs": pairs.height,
            "mentees": made.applicants.height,
            "without": int(made.applicants["mentor"].null_count()),
            "places": int(hosts["capacity"].sum()),
            "blocking": blocking.height,
            **{f"proof_{r}": n for r, n in proof.iter_rows()},
        },
    )


ANALYSIS = Analysis(
    KEY,
    1,
    _("Mentors and mentees"),
    _("Who should be paired so that no two would rather have each other?"),
    {},
    inputs,
    compute,
    (
        TableCard(
            "pairs",
            _("Pairs"),
            (
                ColumnCard("mentee", _("Mentee")),
                ColumnCard("mentor", _("Mentor")),
                ColumnCard("mentee_rank", _("Rank for the mentee")),
                ColumnCard("mentor_rank", _("Rank for the mentor")),
                ColumnCard("fit", _("Fit of fields and languages"), "0-1"),
            ),
        ),
        TableCard(
            "proof",
            _("Why no other pair blocks"),
            (
                ColumnCard("mentee", _("Mentee")),
                ColumnCard("mentor", _("Mentor")),
                ColumnCard("reason", _("Which side is content")),
            ),
        ),
    ),
    open=False,
)
