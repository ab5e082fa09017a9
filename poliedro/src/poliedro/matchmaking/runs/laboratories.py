"""Open questions and laboratories as a stable allocation under capacity, stored with its proof."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, NoInput, Outcome, TableCard
from poliedro.matchmaking.models import Equipment, ExpertProfile, Ticket, TicketSuggestion
from poliedro.matchmaking.runs.documents import fingerprint

KEY = "laboratory-allocation"
FIRST_CONTACT = 1.2
"""How much more a laboratory takes to a firm that has not worked with research before (R105)."""
HELD = (TicketSuggestion.State.PROPOSED, TicketSuggestion.State.TAKEN)
_RANKS = {"ticket": pl.Int64, "laboratory": pl.Int64, "ticket_rank": pl.Float64, "laboratory_rank": pl.Float64,
          "suggestion": pl.Int64, "score": pl.Float64}  # fmt: skip


def _laboratory_of() -> dict[str, int]:
    """Document of the index -> profile of the laboratory or expert behind it."""
    agreed = ExpertProfile.objects.filter(agreed_at__isnull=False).order_by("pk").values_list("kind", "pk")
    found = {f"{kind}:{pk}": pk for kind, pk in agreed}
    known = set(found.values())
    for pk, laboratory in Equipment.objects.order_by("pk").values_list("pk", "laboratory_id"):
        if laboratory in known:
            found[f"equipment:{pk}"] = laboratory
    return found


def _tables() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """preferences (ticket, laboratory, ranks, suggestion, score), hosts (laboratory, capacity), conflicts."""
    of = _laboratory_of()
    profiles = {p.pk: p for p in ExpertProfile.objects.filter(agreed_at__isnull=False).order_by("pk")}
    load: Counter[int] = Counter()
    best: dict[tuple[int, int], TicketSuggestion] = {}
    settled: set[int] = set()
    tickets = {t.pk: t for t in Ticket.objects.filter(state__in=("open", "contacted")).order_by("pk")}
    for s in TicketSuggestion.objects.filter(ticket__in=tickets).order_by("ticket_id", "rank"):
        laboratory = of.get(s.document)
        if s.state in HELD:
            settled.add(s.ticket_id)
            if laboratory is not None:
                load[laboratory] += 1
        elif laboratory is not None and s.state == TicketSuggestion.State.FOUND:
            best.setdefault((s.ticket_id, laboratory), s)
    best = {pair: s for pair, s in best.items() if pair[0] not in settled}

    def liking(pair: tuple[int, int]) -> tuple[float, date, int]:
        """What a laboratory sorts tickets by: fit, more for a first contact; then the day by which it is needed."""
        ticket = tickets[pair[0]]
        fit = best[pair].score * (FIRST_CONTACT if ticket.first_with_research else 1.0)
        return -fit, ticket.wanted_by or date.max, ticket.pk

    rank = {pair: float(n) for n, pair in enumerate(sorted(best, key=liking), start=1)}
    preferences = pl.DataFrame(
        [(*pair, float(s.rank), rank[pair], s.pk, s.score) for pair, s in sorted(best.items())],
        schema=_RANKS,
        orient="row",
    )
    hosts = pl.DataFrame(
        [(p.pk, max(0, p.capacity - load[p.pk])) for p in profiles.values()],
        schema={"laboratory": pl.Int64, "capacity": pl.Int64},
        orient="row",
    )
    own = [(t, lab) for t, lab in sorted(best) if tickets[t].organisation_id == profiles[lab].organisation_id]
    conflicts = pl.DataFrame(own, schema={"ticket": pl.Int64, "laboratory": pl.Int64}, orient="row")
    return preferences, hosts, conflicts


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    tables = _tables()
    if tables[0].is_empty():
        raise NoInput("no open question has a laboratory or an expert among what was found for it")
    text = json.dumps([fingerprint(t) for t in tables])
    return [
        Input(
            "questions", fingerprint(pl.DataFrame({"x": [text]})), tables[0].height, "Tickets and profiles", "reported"
        )
    ]


def compute(context: Context) -> Outcome:
    preferences, hosts, conflicts = _tables()
    names = {
        "applicant": "ticket",
        "host": "laboratory",
        "applicant_rank": "ticket_rank",
        "host_rank": "laboratory_rank",
    }
    asked = preferences.drop("suggestion", "score")
    made = rg.allocate(asked, hosts, conflicts=conflicts if conflicts.height else None, **names)
    kept = asked.join(conflicts, on=["ticket", "laboratory"], how="anti")
    blocking = rg.blocking_pairs(kept, hosts, made.pairs.select("ticket", "laboratory"), **names)
    pairs = made.pairs.join(
        preferences.select("ticket", "laboratory", "suggestion", "score"), on=["ticket", "laboratory"]
    )
    proof = made.proof.group_by("reason").len().sort("reason")
    return Outcome(
        {
            "pairs": pairs.select("ticket", "laboratory", "suggestion", "ticket_rank", "laboratory_rank", "score"),
            "proof": made.proof,
        },
        {
            "pairs": pairs.height,
            "tickets": made.applicants.height,
            "places": int(hosts["capacity"].sum()),
            "blocking": blocking.height,
            **{f"proof_{r}": n for r, n in proof.iter_rows()},
        },
    )


ANALYSIS = Analysis(
    KEY,
    1,
    _("Questions and laboratories"),
    _("Which laboratory should take which question, within what each can carry?"),
    {},
    inputs,
    compute,
    (
        TableCard(
            "pairs",
            _("Pairs"),
            (
                ColumnCard("ticket", _("Ticket")),
                ColumnCard("laboratory", _("Laboratory")),
                ColumnCard("suggestion", _("What was found")),
                ColumnCard("ticket_rank", _("Rank for the question")),
                ColumnCard("laboratory_rank", _("Rank for the laboratory")),
                ColumnCard("score", _("Score of the search")),
            ),
        ),
        TableCard(
            "proof",
            _("Why no other pair blocks"),
            (
                ColumnCard("ticket", _("Ticket")),
                ColumnCard("laboratory", _("Laboratory")),
                ColumnCard("reason", _("Which side is content")),
            ),
        ),
    ),
    open=False,
)
