"""Two-sided matches of cards, as a stored run: candidates by content, fits on both sides, rivals kept apart."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl
from django.utils import timezone
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, NoInput, Outcome, TableCard
from poliedro.matchmaking.models import Card, Interest, NotRelevant
from poliedro.matchmaking.rules.matching import CRITERIA, VETO, CardFacts, fit, learned_weights, may_meet
from poliedro.matchmaking.runs.documents import LENGTH, concept_table, fingerprint, reading
from poliedro.reference.models import Territory
from poliedro.registry.models import Participation
from poliedro.registry.queries.places import distance_km
from poliedro.registry.queries.visibility import keep_places

KEY = "card-matches"
CANDIDATES = 60
"""Cards a card is compared with: those most alike in content."""
MANY = 2000
"""From so many cards on, words that one in twenty has are passed over: they say little and cost most."""


def facts() -> list[CardFacts]:
    """Every published card with what is known of who stands behind it, in the order of their keys."""
    rows = list(
        Card.objects.filter(state="published", expires_on__gt=timezone.localdate())
        .select_related("organisation__nace", "territory", "organisation__territory__parent")
        .order_by("pk")
    )
    keep_places([c.organisation for c in rows])
    partners = _partners({c.organisation_id for c in rows})
    found = []
    for c in rows:
        body = c.organisation
        own = partners[body.pk]
        beyond = frozenset().union(*(partners.get(p, frozenset()) for p in own)) - own - {body.pk}
        found.append(
            CardFacts(
                c.pk,
                c.kind,
                c.topic,
                body.pk,
                body.kind,
                body.size_class,
                body.nace.code if body.nace else "",
                body.country,
                c.cluster_id,
                _point(c.territory or body.territory),
                frozenset(c.tags),
                (c.trl_from or 1, c.trl_to or 9) if c.trl_from or c.trl_to else None,
                frozenset(c.languages),
                frozenset(c.partner_kinds),
                frozenset(c.partner_sizes),
                c.within_km,
                own,
                beyond,
            )
        )
    return found


def _point(place: Territory | None) -> tuple[float, float] | None:
    while place is not None:
        if place.latitude is not None and place.longitude is not None:
            return place.latitude, place.longitude
        place = place.parent
    return None


def _partners(bodies: set[int]) -> dict[int, frozenset[int]]:
    """Organisation -> those it had a project with: of the bodies asked for and of their partners."""
    found: dict[int, set[int]] = defaultdict(set)
    teams: dict[int, set[int]] = defaultdict(set)
    rows = Participation.objects.known().order_by("project_id").values_list("project_id", "organisation_id")
    for project, organisation in rows.iterator(chunk_size=10000):
        teams[project].add(organisation)
    for team in teams.values():
        if 2 <= len(team) <= 40:
            for one in team:
                found[one] |= team
    return defaultdict(frozenset, {one: frozenset(all_ - {one}) for one, all_ in found.items()})


def _records() -> dict[str, float]:
    """Topic -> share of introductions that became a tie, drawn to the share of all: (ties + 5 p) / (closed + 5)."""
    closed: Counter[str] = Counter()
    tied: Counter[str] = Counter()
    rows = Interest.objects.filter(state__in=("tied", "ended")).values_list("card__topic", "state")
    for topic, state in rows:
        closed[topic] += 1
        tied[topic] += state == "tied"
    every = sum(tied.values()) / sum(closed.values()) if closed else 0.3
    shares = {topic: (tied[topic] + 5 * every) / (closed[topic] + 5) for topic in closed}
    return defaultdict(lambda: every, shares)


def _texts() -> pl.DataFrame:
    rows = (
        Card.objects.filter(state="published", expires_on__gt=timezone.localdate())
        .order_by("pk")
        .values_list("pk", "title", "text", "tags")
    )
    return pl.DataFrame(
        [(pk, f"{title}. {text}", list(tags)) for pk, title, text, tags in rows],
        schema={"card": pl.Int64, "text": pl.String, "tags": pl.List(pl.String)},
        orient="row",
    )


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    known, texts = facts(), _texts()
    if texts.height < 2:
        raise NoInput("fewer than two cards are published; publish some first")
    said = sorted(NotRelevant.objects.values_list("card_id", "other_id", "reason"))
    content = pl.DataFrame(
        {
            "facts": [
                json.dumps([str(f) if not isinstance(f, frozenset) else sorted(map(str, f)) for f in vars(k).values()])
                for k in known
            ]
        }
    )
    reasons = pl.DataFrame({"said": [json.dumps(said), json.dumps(sorted(_records().items()))]})
    return [
        Input("cards", fingerprint(texts), texts.height, "Cards of needs and offers", "reported"),
        Input("facts", fingerprint(content), content.height, "Register", "reported"),
        Input("answers", fingerprint(reasons), len(said), "What was said of earlier matches", "reported"),
    ]


def compute(context: Context) -> Outcome:
    known = {f.key: f for f in facts()}
    said = list(NotRelevant.objects.values_list("card_id", "other_id", "reason"))
    refused = {(a, b) for a, b, _r in said} | {(b, a) for a, b, _r in said}
    weights = learned_weights(Counter(reason for _a, _b, reason in said))
    pairs = _candidates(known)
    context.report(1, 2, "candidates")
    rows = _fits(known, pairs, refused)
    table = pl.DataFrame(
        rows,
        schema={"card": pl.Int64, "partner": pl.Int64, **dict.fromkeys(CRITERIA, pl.Float64), "refused": pl.Float64},
        orient="row",
    )
    if table.filter(pl.col("content") > 0).is_empty():
        raise NoInput("no published need has anything in common with an offer; publish more cards")
    profiles = pl.DataFrame(
        [(f.key, f.organisation, f.nace or None, f.country or None, f.size or None, f.cluster) for f in known.values()],
        schema={
            "card": pl.Int64,
            "owner": pl.Int64,
            "nace": pl.String,
            "market": pl.String,
            "size": pl.String,
            "cluster": pl.Int64,
        },
        orient="row",
    ).join(_openness(), on="card", how="left")
    matched = rg.two_sided_matches(
        table,
        k=int(context.parameters["places"]),
        weights={**weights, "refused": 0.001},
        veto=VETO,
        profiles=profiles,
        owner="owner",
        rivals=("nace", "market", "size"),
        open_to_rivals="open_to_rivals",
        cluster="cluster",
        across=float(context.parameters["across_percent"]) / 100,
        exposure=int(context.parameters["exposure"]),
    )
    stated = matched.with_columns(
        reasons=pl.col("reasons").map_elements(lambda r: json.dumps(list(r)), return_dtype=pl.String)
    )
    learned = pl.DataFrame({"criterion": list(weights), "weight": list(weights.values())})
    return Outcome(
        {"matches": stated, "weights": learned},
        {"cards": len(known), "pairs": stated.height, "matched": stated["card"].n_unique(), "refused": len(said)},
    )


def _openness() -> pl.DataFrame:
    rows = list(Card.objects.filter(state="published").order_by("pk").values_list("pk", "open_to_rivals"))
    return pl.DataFrame(rows, schema={"card": pl.Int64, "open_to_rivals": pl.Boolean}, orient="row")


def _candidates(known: Mapping[int, CardFacts]) -> dict[tuple[int, int], float]:
    """(card, card) -> likeness of their texts, 0..1: the score over the card's own best, both ways, the larger."""
    texts = _texts()
    index = rg.index_cards(texts, concept_table(), tags="tags", b=LENGTH, **reading())
    common = 1.0 if texts.height < MANY else 0.05
    asked = texts.rename({"card": "query"})
    found = index.search(asked, k=CANDIDATES + 1, tags="tags", common=common, explain=False)
    best = dict(found.group_by("query").agg(pl.col("score").max()).iter_rows())
    pairs: dict[tuple[int, int], float] = {}
    for a, b, score in found.select("query", "card", "score").iter_rows():
        if a != b and may_meet(known[a], known[b]):
            likeness = min(1.0, score / max(best[a], 1e-9))
            for pair in ((a, b), (b, a)):
                pairs[pair] = max(pairs.get(pair, 0.0), likeness)
    return pairs


def _fits(
    known: Mapping[int, CardFacts], pairs: Mapping[tuple[int, int], float], refused: set[tuple[int, int]]
) -> list[tuple[Any, ...]]:
    records = _records()
    rows = []
    for (a, b), content in sorted(pairs.items()):
        one, two = known[a], known[b]
        km = distance_km(*one.point, *two.point) if one.point and two.point else None
        fits = fit(one, two, content=content, km=km, record=records[two.topic])
        rows.append((a, b, *(fits[c] for c in CRITERIA), 0.0 if (a, b) in refused else 1.0))
    return rows


ANALYSIS = Analysis(
    KEY,
    2,
    _("Matches of needs and offers"),
    _("Which cards should meet, and why?"),
    {"places": 10, "exposure": 15, "across_percent": 30},
    inputs,
    compute,
    (
        TableCard(
            "matches",
            _("Matches"),
            (
                ColumnCard("card", _("Card")),
                ColumnCard("partner", _("Partner")),
                ColumnCard("rank", _("Rank")),
                ColumnCard("score", _("Score"), "0-1"),
                ColumnCard("wants", _("How much this side wants it"), "0-1"),
                ColumnCard("is_wanted", _("How much the other side wants it"), "0-1"),
                ColumnCard("reasons", _("Reasons, each with its part of the score")),
            ),
        ),
        TableCard(
            "weights",
            _("Weights of the criteria"),
            (ColumnCard("criterion", _("Criterion")), ColumnCard("weight", _("Weight"))),
        ),
    ),
    open=False,
)
