"""How healthy the network of members is: kinds of ties, windows of time, brokers, what breaks, who did not answer."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import polars as pl
from django.utils import timezone
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, NoInput, Outcome, TableCard
from poliedro.matchmaking.models import Interest, Meeting, Seat
from poliedro.matchmaking.runs.documents import fingerprint
from poliedro.registry.models import MembershipSpell, Participation, ResearchContract

KEY = "network-health"
LARGE = 60
"""Projects with more partners say little about who works with whom."""
BROKERS = 30
CURVE = 20
"""Points kept of what is left when members go."""
TIES: dict[str, Any] = {
    "organisation_1": pl.Int64,
    "organisation_2": pl.Int64,
    "layer": pl.String,
    "start": pl.Int64,
}


def members() -> dict[int, str]:
    """Member of today -> its cluster; one of several clusters stands under the first one it joined."""
    rows = MembershipSpell.objects.known().active_on(timezone.localdate()).order_by("-valid_from", "-pk")
    return dict(rows.values_list("organisation_id", "cluster__key"))


def ties(of: Mapping[int, str]) -> pl.DataFrame:
    """organisation_1 < organisation_2, layer, start (year): ties among members, each pair once a layer and year.

    An event ties two who met there only once something came of it: they met again, or a project or contract followed.
    """
    found: set[tuple[int, int, str, int]] = set()

    def add(pairs: Iterable[tuple[int, int]], layer: str, year: int) -> None:
        found.update((min(p), max(p), layer, year) for p in pairs if p[0] != p[1] and p[0] in of and p[1] in of)

    teams: dict[tuple[int, int], list[int]] = defaultdict(list)
    parts = Participation.objects.known().filter(project__retracted_at=None, project__starts_on__isnull=False)
    sizes: dict[int, int] = defaultdict(int)
    rows = parts.order_by("project_id", "organisation_id").values_list(
        "project_id", "project__starts_on", "organisation_id"
    )
    for project, start, organisation in rows.distinct().iterator(chunk_size=10_000):
        sizes[project] += 1
        if organisation in of:
            teams[project, start.year].append(organisation)
    for (project, year), team in teams.items():
        if sizes[project] <= LARGE:
            add(combinations(team, 2), "projects", year)
    for firm, body, signed in (
        ResearchContract.objects.known().order_by("pk").values_list("firm_id", "research_body_id", "signed_on")
    ):
        add([(firm, body)], "contracts", signed.year)
    met = Interest.objects.filter(introduced_at__isnull=False).exclude(route=Interest.Route.EVENT).order_by("pk")
    for one, other, at in met.values_list("organisation_id", "card__organisation_id", "introduced_at"):
        if at is not None:
            add([(one, other)], "introductions", at.year)
    for meeting in _meetings():
        if meeting.result in (Meeting.Result.AGAIN, Meeting.Result.TIE):
            add(combinations(_sides(meeting), 2), "events", meeting.plan.event.on.year)
    return pl.DataFrame(sorted(found), schema=TIES, orient="row")


def _meetings() -> list[Meeting]:
    return list(Meeting.objects.select_related("plan__event").prefetch_related("seats__attendee").order_by("pk"))


def _sides(meeting: Meeting) -> list[int]:
    return sorted({seat.attendee.organisation_id for seat in meeting.seats.all()})


def answers(of: Mapping[int, str]) -> pl.DataFrame:
    """organisation, answered: members that sat in a meeting that is over, and whether one of theirs has its result."""
    over = Seat.objects.filter(meeting__plan__event__on__lte=timezone.localdate()).order_by("pk")
    said: dict[int, bool] = {}
    for organisation, result in over.values_list("attendee__organisation_id", "meeting__result"):
        if organisation in of:
            said[organisation] = said.get(organisation, False) or bool(result)
    return pl.DataFrame(sorted(said.items()), schema={"organisation": pl.Int64, "answered": pl.Boolean}, orient="row")


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    of = members()
    found, said = ties(of), answers(of)
    if found.is_empty():
        raise NoInput("no two members have a tie yet; load projects or contracts, or store what came of meetings")
    known = pl.DataFrame({"member": [json.dumps(sorted(of.items()))]})
    return [
        Input("ties", fingerprint(found), found.height, "Projects, contracts, introductions, events", "reported"),
        Input("members", fingerprint(known), len(of), "Memberships", "reported"),
        Input("answers", fingerprint(said), said.height, "Results of meetings", "reported"),
    ]


def compute(context: Context) -> Outcome:
    of = members()
    found, said = ties(of), answers(of)
    width = int(context.parameters["years"])
    nodes = pl.DataFrame({"organisation": list(of), "group": list(of.values())})
    alone = nodes.select("organisation")
    pair = ["organisation_1", "organisation_2"]
    every = found.select(pair).unique().sort(pair)
    layered = found.select(*pair, "layer").unique().sort(*pair, "layer")
    windows = rg.time_windows(found, width=width).select(*pair, "window_from").unique().sort("window_from", *pair)
    over_time = rg.network_summary(windows, alone, weight=None, by="window_from").sort("window_from")
    by_layer = rg.network_summary(layered, alone, weight=None, by="layer").sort("layer")
    whole = rg.network_summary(every, nodes, weight=None, group="group").row(0, named=True)
    left = {
        order: rg.robustness(every, alone, order=order, weight=None, draws=20, seed=context.seed or 0).curve.select(
            "removed", pl.col("largest_share").alias(order)
        )
        for order in ("degree", "random")
    }
    curve = left["degree"].join(left["random"], on="removed").sort("removed").head(max(2, len(of) // 4))
    step = max(1, curve.height // CURVE)
    bounds = _bounds(layered, said)
    return Outcome(
        {
            "windows": over_time.select("window_from", *MEASURES),
            "layers": by_layer.select("layer", *MEASURES),
            "overlap": _overlap(layered, alone),
            "brokers": _brokers(every, nodes),
            "removal": curve.gather_every(step),
            "response": bounds,
        },
        {
            "members": len(of),
            "ties": every.height,
            "isolates": int(whole["isolates"]),
            "density": whole["density"],
            "largest": whole["largest_component_share"],
            "between": whole["between_share"],
            "years": width,
            "asked": said.height,
            "answered": int(said["answered"].sum()) if said.height else 0,
        },
    )


MEASURES = ("ties", "isolates", "components", "largest_component_share", "density", "mean_distance")


def _overlap(layered: pl.DataFrame, alone: pl.DataFrame) -> pl.DataFrame:
    columns = ["layer_1", "layer_2", "ties_1", "ties_2", "both", "expected"]
    if layered["layer"].n_unique() < 2:
        return pl.DataFrame(schema=dict.fromkeys(columns[:2], pl.String) | dict.fromkeys(columns[2:], pl.Float64))
    made: pl.DataFrame = rg.multiplex(layered, alone).layers
    return made.select(pl.col(columns[:2]), pl.col(columns[2:]).cast(pl.Float64))


def _brokers(every: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Who stands between others, most pairs first: Gould and Fernandez by cluster, Burt's constraint, cutpoints."""
    roles: pl.DataFrame = rg.gould_fernandez(every, nodes).nodes
    constraint = rg.burt_constraint(every, nodes.select("organisation"), weight=None)
    place = rg.network_positions(every, nodes.select("organisation"), weight=None)
    return (
        roles.join(constraint.select("organisation", "contacts", "constraint"), on="organisation")
        .join(place.select("organisation", "betweenness", "cutpoint"), on="organisation")
        .filter(pl.col("total") > 0)
        .sort("total", "organisation", descending=[True, False])
        .head(BROKERS)
        .select(
            "organisation",
            "contacts",
            "constraint",
            "betweenness",
            "cutpoint",
            *("coordinator", "consultant", "gatekeeper", "representative", "liaison", "total"),
        )
    )


def _bounds(layered: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """measure, seen, low, high: what the ties of events can be, given who did not tell what came of the meetings."""
    schema = {"measure": pl.String, "seen": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    if said.height < 2:
        return pl.DataFrame(schema=schema)
    asked = said["organisation"].to_list()
    known = layered.filter(
        (pl.col("layer") == "events") & pl.col("organisation_1").is_in(asked) & pl.col("organisation_2").is_in(asked)
    ).drop("layer")
    made: pl.DataFrame = rg.nonresponse_bounds(known, said).network
    return made.select(list(schema))


def _measures() -> tuple[ColumnCard, ...]:
    return (
        ColumnCard("ties", _("Ties")),
        ColumnCard("isolates", _("Members without a tie")),
        ColumnCard("components", _("Connected parts")),
        ColumnCard("largest_component_share", _("Share in the largest part"), "0-1"),
        ColumnCard("density", _("Density"), "0-1"),
        ColumnCard("mean_distance", _("Mean distance"), _("steps"), _("there is no tie")),
    )


ANALYSIS = Analysis(
    KEY,
    1,
    _("Health of the network"),
    _("How do members hang together, over time and over kinds of ties, and who holds them together?"),
    {"years": 3},
    inputs,
    compute,
    (
        TableCard("windows", _("Over time"), (ColumnCard("window_from", _("From year")), *_measures())),
        TableCard("layers", _("By kind of tie"), (ColumnCard("layer", _("Kind of tie")), *_measures())),
        TableCard(
            "overlap",
            _("Pairs with two kinds of ties"),
            (
                ColumnCard("layer_1", _("One kind")),
                ColumnCard("layer_2", _("The other")),
                ColumnCard("ties_1", _("Ties of the one")),
                ColumnCard("ties_2", _("Ties of the other")),
                ColumnCard("both", _("Both")),
                ColumnCard("expected", _("Expected by chance")),
            ),
        ),
        TableCard(
            "brokers",
            _("Brokers"),
            (
                ColumnCard("organisation", _("Organisation")),
                ColumnCard("contacts", _("Contacts")),
                ColumnCard("constraint", _("Constraint (Burt)"), "", _("it has no contact")),
                ColumnCard("betweenness", _("Betweenness"), "0-1"),
                ColumnCard("cutpoint", _("The network falls apart without it")),
                ColumnCard("coordinator", _("Coordinator")),
                ColumnCard("consultant", _("Consultant")),
                ColumnCard("gatekeeper", _("Gatekeeper")),
                ColumnCard("representative", _("Representative")),
                ColumnCard("liaison", _("Liaison")),
                ColumnCard("total", _("Pairs it stands between")),
            ),
        ),
        TableCard(
            "removal",
            _("What is left when members go"),
            (
                ColumnCard("removed", _("Members gone")),
                ColumnCard("degree", _("Share in the largest part, best connected first"), "0-1"),
                ColumnCard("random", _("Share in the largest part, anybody"), "0-1"),
            ),
        ),
        TableCard(
            "response",
            _("What the silent may hide"),
            (
                ColumnCard("measure", _("Measure")),
                ColumnCard("seen", _("As told")),
                ColumnCard("low", _("At least")),
                ColumnCard("high", _("At most")),
            ),
        ),
    ),
    seed=0,
    open=False,
)
