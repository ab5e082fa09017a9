"""What a draft would do on the whole business register: who is in, who is out, by which rule, and for how long the
money lasts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
from django.db.models import Count, Max, Min

from poliedro.funding.models import AidAward
from poliedro.funding.queries.facts import de_minimis_rooms
from poliedro.funding.rules.aid import ceiling_on, parts_of
from poliedro.funding.rules.conditions import Condition, Dossier, Party, facts_in
from poliedro.funding.rules.document import CallDocument, Rule
from poliedro.funding.rules.facts import FACTS, INNOVATION, SIZES, Kind
from poliedro.funding.rules.inclusion import Relaxed, relax
from poliedro.funding.rules.soundness import Undecided, find_example
from poliedro.funding.runs.ranges import settle
from poliedro.registry.models import FinancialStatement, MembershipSpell, Organisation, RegisteredFirm, RegisterFlag
from poliedro.registry.queries.geography import in_region, provinces
from poliedro.shared.refusals import Refusal

VERSION = 3
AGES = ((0, "0-1"), (2, "2-4"), (5, "5-9"), (10, "10+"))
DRAWS = 200


class NoRegister(Refusal):
    """No business register is loaded: there is nobody to try the call on."""


@dataclass(frozen=True)
class Assumptions:
    """About demand. rate: part of the eligible firms of a size class that apply. cost_eur: median cost of a project of
    that size class. spread: standard deviation of the logarithm of cost. days: how long the call is open."""

    rate: Mapping[str, float] = field(
        default_factory=lambda: {"micro": 0.002, "small": 0.01, "medium": 0.03, "large": 0.05}
    )
    cost_eur: Mapping[str, float] = field(
        default_factory=lambda: {"micro": 80_000, "small": 250_000, "medium": 500_000, "large": 900_000}
    )
    spread: float = 0.6
    days: int = 180

    def stated(self) -> dict[str, Any]:
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]


# --- the register as a table ------------------------------------------------------------------------------------------
def register_frame(on: date) -> pl.DataFrame:
    """One row a firm of the region that is active on the day; columns: the facts that the register knows (null: not
    known), and province, cluster (list of keys).

    Raises NoRegister.
    """
    rows = (
        RegisteredFirm.objects.filter(in_region())
        .exclude(active_to__lte=on)
        .exclude(active_from__gt=on)
        .order_by("pk")
        .values_list("pk", "code__code", "territory_id", "size_class", "persons", "active_from", "organisation_id")
    )
    names = ("firm", "nace", "territory", "size_class", "persons", "active_from", "organisation")
    data = list(rows.iterator(chunk_size=20_000))
    if not data:
        raise NoRegister("no business register is loaded; `poliedro load register FILE` brings one")
    frame = pl.DataFrame(
        data,
        schema={
            "firm": pl.Int64, "nace": pl.String, "territory": pl.Int64, "size_class": pl.String, "persons": pl.Int64,
            "active_from": pl.Date, "organisation": pl.Int64,
        },
        orient="row",
    )  # fmt: skip
    assert tuple(frame.columns) == names
    places = pl.DataFrame(
        [(k, name) for k, (_code, name) in provinces().items()], schema={"territory": pl.Int64, "province": pl.String},
        orient="row",
    )  # fmt: skip
    known = _organisations(on)
    frame = frame.join(places, on="territory", how="left").join(known, on="organisation", how="left")
    founded = pl.when(pl.col("founded_on") <= on).then("founded_on")
    started = pl.coalesce("active_from", founded)
    passed = (pl.lit(on.month) * 100 + on.day) < (started.dt.month().cast(pl.Int32) * 100 + started.dt.day())
    return frame.with_columns(
        kind=pl.col("kind").fill_null("enterprise"),
        size_class=pl.when(pl.col("size_class") == "").then(None).otherwise(pl.col("size_class")),
        age_years=(pl.lit(on.year) - started.dt.year() - passed.cast(pl.Int32)).cast(pl.Int64),
        site_in_region=pl.lit(True),
        cluster_member=pl.col("clusters").is_not_null(),
        clusters=pl.col("clusters").fill_null([]),
        innovative_start_up=pl.col("innovative_start_up").fill_null(pl.lit(_on_no_list(), dtype=pl.Boolean)),
        de_minimis_room_eur=pl.col("de_minimis_room_eur").fill_null(float(ceiling_on(on))),
    )


def _on_no_list() -> bool | None:
    """False (not on the list) where the list of innovative start-ups is loaded; else not known."""
    flagged = RegisterFlag.objects.known().filter(flag=RegisterFlag.Flag.INNOVATIVE_START_UP)
    return False if flagged.exists() else None


def _organisations(on: date) -> pl.DataFrame:
    """What is known of the register's firms that are organisations of ours."""
    tied = set(
        RegisteredFirm.objects.filter(in_region()).exclude(organisation=None).values_list("organisation_id", flat=True)
    )
    kinds, founded = {}, {}
    for pk, kind, day in Organisation.objects.filter(pk__in=tied).values_list("pk", "kind", "founded_on"):
        kinds[pk], founded[pk] = kind, day
    flags = RegisterFlag.objects.known().active_on(on).filter(flag=RegisterFlag.Flag.INNOVATIVE_START_UP)
    young = set(flags.values_list("organisation_id", flat=True))
    years: dict[int, set[int]] = {}
    for body, year in (
        FinancialStatement.objects.known().filter(year__lte=on.year).values_list("organisation_id", "year")
    ):
        years.setdefault(body, set()).add(year)
    clusters: dict[int, set[str]] = {}
    for body, key in MembershipSpell.objects.known().active_on(on).values_list("organisation_id", "cluster__key"):
        clusters.setdefault(body, set()).add(key)
    rooms = {firm: float(room) for firm, room in de_minimis_rooms(on).items()}
    return pl.DataFrame(
        [
            (
                pk,
                None if kinds.get(pk) in (None, "unknown") else kinds[pk],
                pk in young,
                len(years[pk]) if pk in years else None,
                sorted(clusters[pk]) if pk in clusters else None,
                rooms.get(pk),
                founded[pk],
            )
            for pk in sorted(tied)
        ],
        schema={
            "organisation": pl.Int64, "kind": pl.String, "innovative_start_up": pl.Boolean,
            "years_of_accounts": pl.Int64, "clusters": pl.List(pl.String), "de_minimis_room_eur": pl.Float64,
            "founded_on": pl.Date,
        },
        orient="row",
    )  # fmt: skip


# --- rules as expressions ---------------------------------------------------------------------------------------------
def expression(condition: Relaxed) -> pl.Expr:
    """Yes, no, or null where it cannot be told: polars joins nulls as Kleene's logic does."""
    if isinstance(condition, bool):
        return pl.lit(condition)
    if "all" in condition:
        return pl.all_horizontal([expression(c) for c in condition["all"]])
    if "any" in condition:
        return pl.any_horizontal([expression(c) for c in condition["any"]])
    if "not" in condition:
        return ~expression(condition["not"])
    return _comparison(condition)


def _comparison(condition: Condition) -> pl.Expr:
    key = condition["fact"]
    column = pl.col(key)
    if FACTS[key].kind is Kind.CODE:
        digits = column.str.replace_all(".", "", literal=True)
        under = [
            (column == b)
            | (digits.str.starts_with(str(b).replace(".", "")) if len(str(b).replace(".", "")) > 1 else False)
            for b in condition["under"]
        ]
        return pl.any_horizontal(under)
    if "is" in condition:
        value = condition["is"]
        return column == (float(value) if FACTS[key].kind is Kind.NUMBER else value)
    if "in" in condition:
        return column.is_in(list(condition["in"]))
    limit = float(condition["at_least"] if "at_least" in condition else condition["at_most"])
    found = column >= limit if "at_least" in condition else column <= limit
    if key == "years_of_accounts":
        # Nobody has filed more yearly accounts than years have passed; so youth alone can tell.
        young = pl.col("age_years") + 1 < limit if "at_least" in condition else pl.col("age_years") + 1 <= limit
        told = pl.lit("at_most" in condition)
        return pl.when(column.is_null() & young.fill_null(False)).then(told).otherwise(found)
    return found


# --- the simulation ---------------------------------------------------------------------------------------------------
Report = Callable[[int, int, str], None]


def _silent(done: int, total: int, message: str) -> None:
    """Nobody listens."""


def simulate(
    document: CallDocument, on: date, assumptions: Assumptions, *, seed: int, report: Report = _silent
) -> dict[str, Any]:
    """Who is in and out of each line, by size, kind, age, innovation type, province and cluster; who is shut out by one
    rule alone; and how long the budget lasts under the assumed demand.

    Counts come as sure (in, whatever is not known) and possible (in, if what is not known is in favour). Raises
    NoRegister.
    """
    report(0, 3 + len(document.lines), "register")
    firms = register_frame(on)
    report(1, 3 + len(document.lines), "rules")
    answered = firms.with_columns(**{f"rule:{rule.key}": expression(relax(rule.check, {})) for rule in document.rules})
    lines: dict[str, Any] = {}
    for i, line in enumerate(document.lines, 2):
        rules = document.rules_of(line.key)
        keys = [f"rule:{r.key}" for r in rules]
        judged = answered.with_columns(
            verdict=_verdicts(firms, rules, {}),
            refusals=pl.sum_horizontal([(~pl.col(k)).fill_null(False).cast(pl.Int32) for k in keys]),
        )
        lines[line.key] = {
            "firms": judged.height,
            **_count(judged),
            "missing": _missing(judged, rules),
            "by": _groups(judged),
            "by_innovation": _by_innovation(document, line.key, firms),
            "rules": _by_rule(judged, [r.key for r in rules]),
            "demand": _demand(document, line.key, judged, assumptions, seed),
        }
        report(i, 3 + len(document.lines), line.key)
    return {"version": VERSION, "on": on.isoformat(), "firms": firms.height, "lines": lines}


def _verdicts(firms: pl.DataFrame, rules: Sequence[Rule], project: Mapping[str, Any]) -> pl.Series:
    """In, out, or null where it depends on what is not known of the firm; a line that nobody can win takes nobody."""
    given = [{"fact": key, "is": value} for key, value in project.items()]
    try:
        if find_example([*(r.check for r in rules), *given]) is None:
            return pl.Series("verdict", [False] * firms.height, dtype=pl.Boolean)
    except Undecided:
        pass
    return settle(firms, [relax(r.check, project) for r in rules], _comparison, expression)


def _missing(judged: pl.DataFrame, rules: Sequence[Rule]) -> dict[str, int]:
    """Fact -> firms whose answer is open and of which the fact is not known, most first."""
    asked = {f for r in rules if not isinstance(part := relax(r.check, {}), bool) for f in facts_in(part)}
    open_ones = judged.filter(pl.col("verdict").is_null())
    found = {fact: open_ones[fact].null_count() for fact in sorted(asked)}
    return dict(sorted(((f, n) for f, n in found.items() if n), key=lambda p: -p[1]))


def _count(frame: pl.DataFrame) -> dict[str, int]:
    verdict = frame["verdict"]
    sure, out = int((verdict == True).sum()), int((verdict == False).sum())  # noqa: E712  null is a third answer
    return {"sure": sure, "possible": frame.height - out, "out": out}


def _groups(judged: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    age = pl.col("age_years")
    classes: Any = pl.when(age.is_null()).then(None)
    for (low, label), (high, _next) in zip(AGES, [*AGES[1:], (10**6, "")], strict=True):
        classes = classes.when((age >= low) & (age < high)).then(pl.lit(label))
    frame = judged.with_columns(age=classes.otherwise(None))
    found = {name: _table(frame, name) for name in ("size_class", "kind", "age", "province")}
    inside = frame.filter(pl.col("clusters").list.len() > 0).explode("clusters")
    return {**found, "cluster": _table(inside, "clusters")}


def _table(frame: pl.DataFrame, by: str) -> list[dict[str, Any]]:
    """Group -> firms, sure, possible, out; an unknown group is null and stands last."""
    grouped = frame.group_by(pl.col(by).alias("group")).agg(
        firms=pl.len(),
        sure=pl.col("verdict").fill_null(False).sum(),
        out=(~pl.col("verdict")).fill_null(False).sum(),
    )
    rows = grouped.with_columns(possible=pl.col("firms") - pl.col("out")).sort("group", nulls_last=True).to_dicts()
    order = {s: i for i, s in enumerate(SIZES)}
    return sorted(rows, key=lambda r: (r["group"] is None, order.get(r["group"], 0), str(r["group"])))


def _by_innovation(document: CallDocument, line: str, firms: pl.DataFrame) -> list[dict[str, Any]]:
    """Firms that are in with a project of each type of innovation, whatever else it is."""
    rows = []
    for kind in INNOVATION:
        judged = pl.DataFrame(
            {"verdict": _verdicts(firms, document.rules_of(line), {"innovation_type": kind})},
            schema={"verdict": pl.Boolean},
        )
        rows.append({"group": kind, "firms": firms.height, **_count(judged)})
    return rows


def _by_rule(judged: pl.DataFrame, keys: list[str]) -> list[dict[str, Any]]:
    """Rule -> firms that it refuses, that it alone refuses, and that it cannot tell."""
    rows = []
    for key in keys:
        column = judged[f"rule:{key}"]
        no = (~column).fill_null(False)
        rows.append(
            {
                "rule": key,
                "refuses": int(no.sum()),
                "alone": int((no & (judged["refusals"] == 1)).sum()),
                "unknown": int(column.null_count()),
            }
        )
    return rows


def _demand(
    document: CallDocument, line: str, judged: pl.DataFrame, assumptions: Assumptions, seed: int
) -> dict[str, Any]:
    """How far the budget goes, once for the firms that are surely in and once for all that may be."""
    budget = float(document.line(line).budget_eur)
    intensity = {s: _intensity(document, line, s) for s in SIZES}
    found: dict[str, Any] = {"budget_eur": budget, "intensity": intensity}
    if budget <= 0:
        return found
    for name, answer in (("sure", pl.col("verdict").fill_null(False)), ("possible", pl.col("verdict").fill_null(True))):
        counts = dict(judged.filter(answer).group_by("size_class").len().iter_rows())
        dice = np.random.default_rng(seed)
        requests, days = [], []
        for _draw in range(DRAWS):
            asked = [
                dice.lognormal(
                    np.log(assumptions.cost_eur[s]), assumptions.spread, dice.binomial(n, assumptions.rate[s])
                )
                * intensity[s]
                for s in SIZES
                if (n := counts.get(s, 0)) and intensity[s]
            ]
            money = dice.permutation(np.concatenate(asked)) if asked else np.zeros(0)
            requests.append(float(money.sum()))
            over = np.flatnonzero(np.cumsum(money) > budget)
            if over.size:
                days.append(assumptions.days * (int(over[0]) + 1) / money.size)
        found[name] = {
            "firms": int(sum(v for k, v in counts.items() if k is not None)),
            "requested_eur": [round(float(q)) for q in np.quantile(requests, [0.05, 0.5, 0.95])],
            "exhausted": len(days) / DRAWS,
            "day": [round(float(q)) for q in np.quantile(days, [0.05, 0.5, 0.95])] if days else None,
        }
    return found


def _intensity(document: CallDocument, line: str, size: str) -> float:
    """What part of its cost a firm of the size gets; 0 where the rules give nothing."""
    kind = "large_firm" if size == "large" else "enterprise"
    (part,) = parts_of(document, line, Dossier((Party({"size_class": size, "kind": kind}, Decimal(1_000_000)),)))
    return float((part.grant_eur + part.loan_eur) / part.cost_eur) if part else 0.0


def inputs_of(on: date) -> dict[str, Any]:
    """What a simulation reads: rows of the register and a checksum that changes with them."""
    rows = RegisteredFirm.objects.filter(in_region())
    stated = rows.aggregate(n=Count("pk"), first=Min("pk"), last=Max("pk"))
    loads = sorted(rows.order_by().values_list("load_id", flat=True).distinct())
    beside = {
        "members": MembershipSpell.objects.known().active_on(on).count(),
        "statements": FinancialStatement.objects.known().count(),
        "flags": RegisterFlag.objects.known().active_on(on).count(),
        "aid": AidAward.objects.filter(withdrawn_at=None).count(),
    }
    text = json.dumps([stated, loads, beside, on.isoformat()], sort_keys=True)
    return {"rows": stated["n"], "on": on.isoformat(), "checksum": hashlib.sha256(text.encode()).hexdigest()}
