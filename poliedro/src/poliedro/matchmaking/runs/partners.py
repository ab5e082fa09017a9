"""Who will work together next: new partners of members, predicted from the projects so far, as a stored run."""

from __future__ import annotations

import json
import warnings
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl
from django.utils import timezone
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, NoInput, Outcome, TableCard
from poliedro.matchmaking.runs.documents import fingerprint
from poliedro.registry.models import MembershipSpell, Organisation, Participation

KEY = "partner-prediction"
SCHEMA: dict[str, Any] = {
    "project": pl.Int64,
    "organisation": pl.Int64,
    "start": pl.Date,
    "kind": pl.String,
    "country": pl.String,
}
THROUGH = 3
"""Common partners that are named."""


def participations() -> pl.DataFrame:
    """project, organisation, start, kind, country: participations in projects of members and of their partners.

    Of a continent's projects only those within two steps of a member say something of whom it may meet.
    """
    parts = Participation.objects.known().filter(project__retracted_at=None, project__starts_on__isnull=False)
    members = MembershipSpell.objects.known().active_on(timezone.localdate()).values("organisation")
    own = parts.filter(organisation__in=members).values("project")
    partners = parts.filter(project__in=own).values("organisation")
    rows = (
        parts.filter(project__in=parts.filter(organisation__in=partners).values("project"))
        .order_by("project_id", "organisation_id")
        .values_list(
            "project_id", "organisation_id", "project__starts_on", "organisation__kind", "organisation__country"
        )
        .distinct()
    )
    return pl.DataFrame(list(rows.iterator(chunk_size=10_000)), schema=SCHEMA, orient="row").with_columns(
        pl.col("kind", "country").replace("", None)
    )


def focal(known: pl.DataFrame) -> list[int]:
    """Members of today that have a project, by key."""
    members = set(
        MembershipSpell.objects.known().active_on(timezone.localdate()).values_list("organisation", flat=True)
    )
    there = set(known["organisation"].unique().to_list())
    current = set(Organisation.objects.current().filter(pk__in=members & there).values_list("pk", flat=True))
    return sorted(current)


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    known = participations()
    of = focal(known)
    if known["project"].n_unique() < 2 or not of:
        raise NoInput("no member has a project with a known first day; load projects and participations first")
    return [
        Input("participations", fingerprint(known), known.height, "Projects of the register", "reported"),
        Input(
            "members", fingerprint(pl.DataFrame({"organisation": of})), len(of), "Members with a project", "reported"
        ),
    ]


def compute(context: Context) -> Outcome:
    known = participations()
    of = focal(known)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", rg.RegionomicsWarning)
        found = rg.predict_partners(known, focal=of, k=int(context.parameters["places"]), seed=context.seed or 0)
    met = _met(known)
    rows = []
    for row in found.iter_rows(named=True):
        common = sorted(met[row["focal"]] & met[row["partner"]], key=lambda x: (len(met[x]), x))
        why = [[r["reason"], round(r["weight"], 4)] for r in row["reasons"]]
        rows.append(
            (row["focal"], row["partner"], row["rank"], row["score"], len(common), common[:THROUGH], json.dumps(why))
        )
    table = pl.DataFrame(
        rows,
        schema={
            "focal": pl.Int64,
            "partner": pl.Int64,
            "rank": pl.Int64,
            "score": pl.Float64,
            "common": pl.Int64,
            "through": pl.List(pl.Int64),
            "reasons": pl.String,
        },
        orient="row",
    ).with_columns(through=pl.col("through").map_elements(lambda x: json.dumps(list(x)), return_dtype=pl.String))
    return Outcome(
        {"partners": table},
        {
            "members": len(of),
            "organisations": known["organisation"].n_unique(),
            "projects": known["project"].n_unique(),
            "predicted": table["partner"].n_unique(),
            "learned": not told,  # else the weights are fixed ones: too little history to learn from
        },
    )


def _met(known: pl.DataFrame) -> dict[int, set[int]]:
    """Organisation -> those it shared a project with."""
    teams = known.group_by("project").agg(pl.col("organisation").unique())["organisation"].to_list()
    met: dict[int, set[int]] = defaultdict(set)
    for team in teams:
        for one in team:
            met[one].update(team)
    for one, others in met.items():
        others.discard(one)
    return met


ANALYSIS = Analysis(
    KEY,
    1,
    _("Who may work together next"),
    _("Whom will a member have a first joint project with?"),
    {"places": 10},
    inputs,
    compute,
    (
        TableCard(
            "partners",
            _("Likely partners"),
            (
                ColumnCard("focal", _("Organisation")),
                ColumnCard("partner", _("Likely partner")),
                ColumnCard("rank", _("Rank")),
                ColumnCard("score", _("Score against the average candidate")),
                ColumnCard("common", _("Common partners")),
                ColumnCard("through", _("Some of them, those with the fewest partners")),
                ColumnCard("reasons", _("Reasons, each with its part of the score")),
            ),
        ),
    ),
    seed=0,
    open=False,
)
