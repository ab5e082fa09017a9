"""The industry space: which industries go together in the regions of a continent."""

from __future__ import annotations

from random import Random
from typing import Any

import igraph
import polars as pl
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.activity import read_panel
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Outcome, TableCard
from poliedro.evidence.runs.complexity import complexity_of
from poliedro.evidence.runs.presence import TABLE, counted, one_input, presences

MEASURES = ("probability", "association", "cosine", "jaccard", "conditional")
SEED = 7
EDGES_A_NODE = 2.5
"""Links drawn beside the strongest tree, so that the picture stays readable."""


def compute(context: Context) -> Outcome:
    panel = read_panel(context.parameters["table"], engine=context.engine)
    last = panel.years[-1]
    found = presences(panel)
    now = found.filter(year=last).drop("year")
    context.report(1, 3, "relatedness")
    pairs: pl.DataFrame | None = None
    for measure in MEASURES:
        table = rg.relatedness(now, value="present", presence="given", method=measure).table()
        table = table.rename({"activity_1": "activity", "activity_2": "other"}).rename({table.columns[-1]: measure})
        pairs = table if pairs is None else pairs.join(table, on=["activity", "other"], how="full", coalesce=True)
    assert pairs is not None
    pairs = pairs.filter(pl.col("activity") < pl.col("other")).with_columns(pl.col(m).fill_null(0.0) for m in MEASURES)
    context.report(2, 3, "layout")
    drawn, places = _layout(pairs, str(context.parameters["measure"]), context.seed or SEED)
    warned: list[str] = []
    with counted(warned):
        complexity = complexity_of(panel, found.filter(year=last), context)[0].activities.drop("year")
    sums = panel.detail(panel.of(last)).group_by("activity").agg(value=pl.col("value").sum())
    ubiquity = now.group_by("activity").agg(ubiquity=pl.col("present").sum())
    nodes = (
        ubiquity.join(sums, on="activity", how="left")
        .join(complexity, on="activity", how="left")
        .join(places, on="activity", how="left")
        .select("activity", "value", "ubiquity", "pci", "x", "y")
        .sort("activity")
    )
    pairs = pairs.join(drawn, on=["activity", "other"], how="left").with_columns(drawn=pl.col("drawn").fill_null(False))
    pairs = pairs.select("activity", "other", *MEASURES, "drawn").sort("activity", "other")
    held = found.filter(year=last, present=1).select("place", "activity").sort("place", "activity")
    return Outcome(
        {"nodes": nodes, "pairs": pairs, "present": held},
        {"year": last, "industries": nodes.height, "regions": held["place"].n_unique(), "warnings": warned},
        str(last),
    )


def _layout(pairs: pl.DataFrame, measure: str, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The links to draw (activity, other, drawn) and a place for each industry (activity, x, y in 0..100).

    Drawn are the tree of strongest links, which keeps the picture whole, and the strongest links beyond it.
    """
    labels = sorted(set(pairs["activity"]) | set(pairs["other"]))
    at = {label: i for i, label in enumerate(labels)}
    ordered = pairs.filter(pl.col(measure) > 0).sort([measure, "activity", "other"], descending=[True, False, False])
    rows: list[dict[str, Any]] = ordered.select("activity", "other", measure).to_dicts()
    graph = igraph.Graph(n=len(labels), edges=[(at[r["activity"]], at[r["other"]]) for r in rows])
    tree = set(graph.spanning_tree(weights=[-r[measure] for r in rows], return_tree=False)) if rows else set()
    wanted = int(EDGES_A_NODE * len(labels))
    chosen = sorted(tree | set(range(min(wanted, len(rows)))))
    picture = igraph.Graph(n=len(labels), edges=[graph.es[i].tuple for i in chosen])
    igraph.set_random_number_generator(Random(seed))
    points = picture.layout_fruchterman_reingold(niter=3000).coords
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    wide, high = max(xs) - min(xs) or 1.0, max(ys) - min(ys) or 1.0
    places = pl.DataFrame(
        {
            "activity": labels,
            "x": [round(100 * (p[0] - min(xs)) / wide, 3) for p in points],
            "y": [round(100 * (p[1] - min(ys)) / high, 3) for p in points],
        }
    )
    schema = {"activity": pl.String, "other": pl.String, "drawn": pl.Boolean}
    drawn = [(rows[i]["activity"], rows[i]["other"], True) for i in chosen]
    return pl.DataFrame(drawn, schema=schema, orient="row"), places


_RELATED = _("no region has both")
ANALYSIS = Analysis(
    "industry-space",
    3,
    _("Industry space"),
    _("Which industries go together?"),
    {"table": TABLE, "measure": "probability"},
    one_input,
    compute,
    (
        TableCard(
            "nodes",
            _("Industries"),
            (
                ColumnCard("activity", _("Industry")),
                ColumnCard("value", _("Persons employed"), _("persons"), _("not published")),
                ColumnCard("ubiquity", _("Regions specialised in it"), _("regions")),
                ColumnCard(
                    "pci", _("Industry complexity"), _("standard deviations"), _("the table does not determine it")
                ),
                ColumnCard("x", _("Place in the picture, across")),
                ColumnCard("y", _("Place in the picture, down")),
            ),
        ),
        TableCard(
            "pairs",
            _("Relatedness of industries"),
            (
                ColumnCard("activity", _("Industry")),
                ColumnCard("other", _("Other industry")),
                ColumnCard("probability", _("Relatedness (probability)"), _("ratio"), _RELATED),
                ColumnCard("association", _("Relatedness (association)"), _("ratio"), _RELATED),
                ColumnCard("cosine", _("Relatedness (cosine)"), "0-1", _RELATED),
                ColumnCard("jaccard", _("Relatedness (Jaccard)"), "0-1", _RELATED),
                ColumnCard("conditional", _("Proximity (conditional)"), "0-1", _RELATED),
                ColumnCard("drawn", _("Drawn")),
            ),
        ),
        TableCard(
            "present",
            _("Industries that regions have"),
            (ColumnCard("place", _("Region")), ColumnCard("activity", _("Industry"))),
        ),
    ),
    seed=SEED,
    allowed={"measure": MEASURES},
)
