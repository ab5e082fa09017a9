"""Partner regions: whose strengths bring us closer to what we lack, and with whom we work already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.activity import input_of_centres, inputs_of, read_panel
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, Outcome, TableCard
from poliedro.evidence.runs.definitions import checksum, definitions, input_of_definitions
from poliedro.evidence.runs.presence import TABLE, presences
from poliedro.evidence.runs.ties import input_of_ties, ties
from poliedro.shared.region import region

TOP = 15
"""Partners kept for a single industry."""


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    here = [region().code, region().raw.get("neighbours", [])]
    return [
        *inputs_of(str(parameters["table"])),
        input_of_centres(),
        input_of_definitions(),
        input_of_ties(region()),
        Input("region", checksum(here), len(here[1]), "Region's configuration file", "reported"),
    ]


def compute(context: Context) -> Outcome:
    panel = read_panel(context.parameters["table"], engine=context.engine)
    last = panel.years[-1]
    home = region().code
    now = presences(panel).filter(year=last).drop("year")
    phi = rg.relatedness(now, value="present", presence="given")
    context.report(1, 3, "complementarity")
    both = rg.complementarity(now, phi, value="present", presence="given", variant="mean")
    both = both.join(_similarity(panel.of(last)), on=["place", "partner"], how="left").sort("place", "partner")
    context.report(2, 3, "clusters")
    rows, placed = ties(region())
    known = pl.DataFrame(
        rows, schema={"partner": pl.String, "projects": pl.Int64, "organisations": pl.Int64}, orient="row"
    )
    parts = []
    if home in set(now["place"]):
        existing = known.select(place=pl.lit(home), partner="partner", ties="projects")
        lacking = now.filter(place=home, present=0)["activity"].sort().to_list()
        every = {"of": home, "ties": existing, "value": "present", "presence": "given"}
        parts.append(_of_target("", rg.partner_regions(now, lacking, phi, top=None, **every)))
        for cluster, divisions in definitions_in(set(now["activity"])).items():
            near = _nearness(phi, divisions)
            parts.append(_of_target(cluster, rg.partner_regions(now, lacking, phi, weights=near, top=None, **every)))
        for activity in lacking:
            parts.append(_of_target(activity, rg.partner_regions(now, [activity], phi, top=TOP, **every)))
    schema: dict[str, Any] = {
        "target": pl.String,
        "partner": pl.String,
        "rank": pl.Int64,
        "score": pl.Float64,
        "complementarity": pl.Float64,
        "ties": pl.Float64,
        "adds": pl.Int64,
    }
    ranked = pl.concat(
        [pl.DataFrame(schema=schema), *(part.select(list(schema)) for part in parts)], how="vertical_relaxed"
    )
    # Where a country has partners that no region could be found for, no known tie does not mean that there is none.
    unplaced = known.filter(pl.col("partner").str.len_chars() == 2)["partner"].to_list()
    doubtful = (pl.col("ties") == 0) & pl.col("partner").str.slice(0, 2).is_in(unplaced)
    ranked = ranked.with_columns(ties=pl.when(doubtful).then(None).otherwise(pl.col("ties")))
    return Outcome(
        {"pairs": both, "partners": ranked.sort("target", "rank"), "ties": known},
        {"year": last, "region": home, **placed},
        str(last),
    )


def _of_target(target: str, found: pl.DataFrame) -> pl.DataFrame:
    return found.with_columns(target=pl.lit(target))


def _nearness(phi: Any, divisions: list[str]) -> pl.DataFrame:
    """activity, weight: the mean relatedness of each activity to the divisions, its own among them left out."""
    labels = [str(label) for label in phi.matrix.rows.to_pylist()]
    at = {label: i for i, label in enumerate(labels)}
    matrix = phi.matrix.toarray()
    weights = [float(np.mean([matrix[at[a], at[d]] for d in divisions if d != a] or [0.0])) for a in labels]
    return pl.DataFrame({"activity": labels, "weight": weights})


def definitions_in(codes: set[str]) -> dict[str, list[str]]:
    """The divisions of each cluster's definition that the table has: cluster key -> codes such as C29."""
    by_number = {code[1:]: code for code in codes}
    return {
        key: sorted({by_number[c[:2]] for c in classes if c[:2] in by_number})
        for key, classes in definitions().items()
        if any(c[:2] in by_number for c in classes)
    }


def _similarity(rows: pl.DataFrame) -> pl.DataFrame:
    """place, partner, similarity: the overlap of the two places' shares, sum_a min(s[p, a], s[q, a]).

    Source: Finger and Kreinin (1979), doi:10.2307/2231506; 1 - similarity is half the Krugman index.
    """
    wide = rows.pivot("activity", index="place", values="value").fill_null(0.0).sort("place")
    places = wide["place"].to_list()
    x = wide.drop("place").to_numpy()
    share = x / np.maximum(x.sum(axis=1, keepdims=True), 1e-300)
    overlap = np.stack([np.minimum(share, row).sum(axis=1) for row in share])
    n = len(places)
    return pl.DataFrame(
        {
            "place": [p for p in places for _ in range(n)],
            "partner": places * n,
            "similarity": np.minimum(overlap, 1.0).ravel(),
        }
    )


ANALYSIS = Analysis(
    "partner-regions",
    3,
    _("Partner regions"),
    _("Whose strengths would bring us closer to what we lack?"),
    {"table": TABLE},
    inputs,
    compute,
    (
        TableCard(
            "pairs",
            _("Complementarity and similarity of regions"),
            (
                ColumnCard("place", _("Region")),
                ColumnCard("partner", _("Partner")),
                ColumnCard(
                    "complementarity", _("Complementarity"), "0-1", _("the region lacks nothing or has nothing")
                ),
                ColumnCard("similarity", _("Similarity"), "0-1"),
            ),
        ),
        TableCard(
            "partners",
            _("Partners of the region, less the ties it has"),
            (
                ColumnCard("target", _("For the gaps near to a cluster, or an industry; empty: all")),
                ColumnCard("partner", _("Partner")),
                ColumnCard("rank", _("Rank")),
                ColumnCard("score", _("Complementarity not used yet")),
                ColumnCard("complementarity", _("Complementarity")),
                ColumnCard(
                    "ties", _("Joint projects"), _("projects"), _("none known, but some of the country have no region")
                ),
                ColumnCard("adds", _("Related industries it has and we lack"), _("industries")),
            ),
        ),
        TableCard(
            "ties",
            _("Joint European projects"),
            (
                ColumnCard("partner", _("Partner")),
                ColumnCard("projects", _("Joint projects"), _("projects")),
                ColumnCard("organisations", _("Partner organisations"), _("organisations")),
            ),
        ),
    ),
)
