"""The simulation on the register: polars answers as the rules do, row by row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import code, organisation, source, territory
from funding_drafts import SME, call_of

from poliedro.funding.models import AidAward
from poliedro.funding.queries.facts import de_minimis_room, de_minimis_rooms
from poliedro.funding.rules.cells import values_that_matter
from poliedro.funding.rules.conditions import Dossier, Party, ask, facts_in
from poliedro.funding.rules.document import read_call
from poliedro.funding.rules.inclusion import relax
from poliedro.funding.rules.states import day_of_trial
from poliedro.funding.runs.ranges import settle
from poliedro.funding.runs.simulation import (
    Assumptions,
    NoRegister,
    _comparison,
    expression,
    register_frame,
    simulate,
)
from poliedro.reference.models import Load
from poliedro.registry.models import GroupLink, Organisation, RegisteredFirm

ON = date(2026, 6, 30)
REGIONS = Path(__file__).resolve().parents[2] / "src" / "poliedro" / "regions" / "calls"
CALLS = [read_call(yaml.safe_load(p.read_text(encoding="utf-8"))["document"]) for p in sorted(REGIONS.rglob("*.yaml"))]
APART = call_of(
    {"any": [{"fact": "age_years", "at_most": 3}, {"fact": "kind", "is": "start_up"}]},
    {"not": {"all": [{"fact": "age_years", "at_most": 3}, {"fact": "kind", "is": "start_up"}]}},
    {"fact": "years_of_accounts", "at_least": 2},
    {"any": [{"fact": "years_of_accounts", "at_most": 6}, {"fact": "size_class", "in": ["micro", "small"]}]},
    {
        "any": [
            {"fact": "nace", "under": ["10"]},
            {"fact": "nace", "under": ["62"]},
            {"fact": "persons", "at_least": 50},
        ]
    },
)
COLUMNS = ("kind", "size_class", "age_years", "years_of_accounts", "persons", "nace", "site_in_region",
           "innovative_start_up", "cluster_member", "de_minimis_room_eur")  # fmt: skip


def invented(n: int, seed: int) -> pl.DataFrame:
    """Firms with gaps: about a fifth of the facts are not known."""
    dice = Random(seed)

    def maybe(value: Any) -> Any:
        return None if dice.random() < 0.2 else value

    rows = []
    for _ in range(n):
        age = maybe(dice.randrange(0, 12))
        accounts = maybe(dice.randrange(0, (age if age is not None else 11) + 1))
        rows.append(
            {
                "kind": maybe(dice.choice(["enterprise", "start_up", "large_firm", "university"])),
                "size_class": maybe(dice.choice(["micro", "small", "medium", "large"])),
                "age_years": age,
                "years_of_accounts": accounts,
                "persons": maybe(dice.randrange(0, 400)),
                "nace": maybe(dice.choice(["10.71", "62.01", "28.22", "1.11"])),
                "site_in_region": True,
                "innovative_start_up": maybe(dice.random() < 0.3),
                "cluster_member": dice.random() < 0.5,
                "de_minimis_room_eur": float(dice.choice([0, 19_999, 20_000, 300_000])),
            }
        )
    return pl.DataFrame(rows, schema_overrides={"years_of_accounts": pl.Int64, "age_years": pl.Int64})


def as_party(row: dict[str, Any]) -> Party:
    facts = {k: v for k, v in row.items() if k in COLUMNS and v is not None}
    for key in ("age_years", "years_of_accounts", "persons", "de_minimis_room_eur"):
        if key in facts:
            facts[key] = Decimal(str(facts[key]))
    return Party(facts)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.key)
def test_the_table_answers_as_the_rules_do_row_by_row(call: Any) -> None:
    firms = invented(400, seed=7)
    for rule in call.rules:
        relaxed = relax(rule.check, {})
        column = firms.select(answer=expression(relaxed))["answer"].to_list()
        if isinstance(relaxed, bool):
            assert set(column) == {relaxed}
            continue
        for row, answer in zip(firms.to_dicts(), column, strict=True):
            expected = ask(relaxed, Dossier((as_party(row),))).value
            if expected is None and answer is not None:
                # Youth alone tells that accounts are too few; nothing else may tell more than the rules do.
                assert "years_of_accounts" in str(relaxed)
                assert row["years_of_accounts"] is None
                assert row["age_years"] is not None
            else:
                assert answer == expected, (rule.key, row)


def test_partners_and_plans_are_taken_at_their_best_and_the_firm_as_it_is() -> None:
    large_needs_sme = {"when": {"some_partner": {"fact": "size_class", "is": "large"}}, "then": {"some_partner": SME}}
    assert relax(large_needs_sme, {}) is True
    assert relax({"every_partner": SME}, {}) == SME
    assert relax({"partners": {"fact": "size_class", "is": "large"}, "at_most": 0}, {}) == {
        "not": {"fact": "size_class", "is": "large"}
    }
    assert relax({"fact": "trl_end", "at_most": 6}, {}) is True
    assert relax({"not": {"fact": "trl_end", "at_most": 6}}, {}) is True
    assert relax({"fact": "innovation_type", "is": "research"}, {"innovation_type": "process"}) is False


@pytest.mark.parametrize("call", [*CALLS, APART], ids=lambda call: call.key)
def test_a_firm_is_open_only_where_some_value_of_what_is_unknown_admits_it_and_another_does_not(call: Any) -> None:
    """Against every combination of values that matter, tried one by one on each firm."""
    firms = invented(60, seed=11)
    for line in call.lines:
        parts = [p for r in call.rules_of(line.key) if not isinstance(p := relax(r.check, {}), bool)]
        if not parts:
            continue
        found = settle(firms, parts, _comparison, expression).to_list()
        asked = sorted({f for p in parts for f in facts_in(p)})
        for row, verdict in zip(firms.to_dicts(), found, strict=True):
            unknown = [f for f in asked if row[f] is None]
            answers = set()
            for values in product(*(values_that_matter(f, parts) for f in unknown)):
                tried = dict(zip(unknown, values, strict=True))
                years, age = tried.get("years_of_accounts"), row["age_years"]
                if years is not None and age is not None and years > age + 1:
                    continue  # nobody has filed more yearly accounts than years have passed
                party = as_party({**row, **tried})
                answers.add(all(ask(p, Dossier((party,))).value for p in parts))
            assert verdict == (answers.pop() if len(answers) == 1 else None), row


def test_two_rules_that_no_age_meets_take_nobody(register: Any) -> None:
    RegisteredFirm.objects.update(active_from=None)
    call = call_of({"fact": "age_years", "at_most": 2}, {"fact": "age_years", "at_least": 7})
    line = simulate(call, ON, Assumptions(), seed=1)["lines"]["1"]
    assert (line["sure"], line["possible"]) == (0, 0)
    assert {r["possible"] for r in line["by_innovation"]} == {0}
    apart = call_of({"any": [{"fact": "age_years", "at_most": 2}, {"fact": "age_years", "at_least": 3}]})
    line = simulate(apart, ON, Assumptions(), seed=1)["lines"]["1"]
    assert (line["sure"], line["possible"]) == (10, 10), "whatever the age, one of them holds"


def test_what_is_missing_is_named_with_the_firms_that_it_leaves_open(register: Any) -> None:
    RegisteredFirm.objects.filter(register_code__in=["0", "1", "2"]).update(active_from=None)
    call = call_of(SME, {"fact": "age_years", "at_most": 5})
    line = simulate(call, ON, Assumptions(), seed=1)["lines"]["1"]
    # 0, 1 and 2: age unknown; 6 and 7 are young; 9 is old, whatever its size.
    assert (line["sure"], line["possible"], line["missing"]) == (2, 5, {"age_years": 3})


@pytest.fixture
def register(db: None) -> list[RegisteredFirm]:
    """Ten firms of the region, one outside it, one closed."""
    here = territory("ITC11", "Torino", parent=territory("ITC1", "Piemonte", "nuts2"))
    away = territory("ITH55", "Bologna", parent=territory("ITH5", "Emilia-Romagna", "nuts2"))
    load = Load.objects.create(
        source=source("register"), importer="register", file_name="r", checksum="c", state="loaded"
    )
    bread = code("10.71", label="Bread")

    def firm(i: int, **fields: Any) -> RegisteredFirm:
        base = {"size_class": "micro", "active_from": date(2010, 1, 1), "territory": here}
        return RegisteredFirm.objects.create(
            register_code=str(i), code=bread, load=load, certainty="reported", **{**base, **fields}
        )

    member = organisation("Member", territory=here)
    return [
        *(firm(i) for i in range(5)),
        firm(5, organisation=member),
        *(firm(i, active_from=date(2025, 1, 1)) for i in (6, 7)),
        firm(8, size_class="large"),
        firm(9, size_class=""),
        firm(10, territory=away),
        firm(11, active_to=date(2020, 1, 1)),
    ]


def test_counts_are_ranges_where_facts_are_missing_and_name_the_rule_that_alone_shuts_out(register: Any) -> None:
    call = call_of(SME, {"fact": "years_of_accounts", "at_least": 3})
    line = simulate(call, ON, Assumptions(), seed=1)["lines"]["1"]
    # 10 firms here. Accounts are unknown, but the two of 2025 cannot have three years of them; the large one is out.
    assert (line["firms"], line["sure"], line["possible"], line["out"]) == (10, 0, 7, 3)
    by_rule = {r["rule"]: (r["refuses"], r["alone"], r["unknown"]) for r in line["rules"]}
    assert by_rule == {"r0": (1, 1, 1), "r1": (2, 2, 8)}
    sizes = {r["group"]: (r["firms"], r["sure"], r["possible"]) for r in line["by"]["size_class"]}
    assert sizes == {"micro": (8, 0, 6), "large": (1, 0, 0), None: (1, 0, 1)}


def test_the_age_of_a_firm_is_that_of_its_organisation_where_the_register_is_silent(register: Any) -> None:
    row = register[5]
    RegisteredFirm.objects.filter(pk=row.pk).update(active_from=None)
    Organisation.objects.filter(pk=row.organisation_id).update(founded_on=date(2024, 7, 1))
    assert register_frame(ON).filter(firm=row.pk)["age_years"].to_list() == [1]
    assert register_frame(date(2024, 6, 30)).filter(firm=row.pk)["age_years"].to_list() == [None]


def test_a_call_that_is_over_is_tried_on_its_last_day() -> None:
    assert day_of_trial(date(2019, 3, 29), ON) == date(2019, 3, 29)
    assert day_of_trial(date(2027, 1, 1), ON) == ON
    assert day_of_trial(None, ON) == ON


def test_aid_of_a_linked_firm_takes_the_room_of_a_firm_that_had_none(register: Any) -> None:
    member = register[5].organisation
    mother, sister = organisation("Mother"), organisation("Sister")
    for child, share in ((member, "0.6"), (sister, "1")):
        GroupLink.objects.create(
            parent=mother, child=child, share=Decimal(share), source=source(), certainty="reported"
        )
    alone = organisation("Alone")
    for body, eur in ((mother, "100000.01"), (sister, "150000.00"), (alone, "7.50")):
        AidAward.objects.create(
            organisation=body, regime="de_minimis", amount_eur=Decimal(eur), granted_on=date(2025, 1, 1), measure="V",
            source=source(), certainty="reported",
        )  # fmt: skip
    with CaptureQueriesContext(connection) as asked:
        rooms = de_minimis_rooms(ON)
    assert len(asked) == 2
    assert rooms == {body.pk: de_minimis_room(body.pk, ON) for body in (member, mother, sister, alone)}
    assert rooms[member.pk] == Decimal("49999.99")
    assert register_frame(ON).filter(organisation=member.pk)["de_minimis_room_eur"].to_list() == [49999.99]


def test_innovation_that_is_not_research_is_counted_apart(register: Any) -> None:
    call = call_of({"fact": "innovation_type", "in": ["research", "product"]}, SME)
    rows = simulate(call, ON, Assumptions(), seed=1)["lines"]["1"]["by_innovation"]
    assert {r["group"]: r["possible"] for r in rows if r["group"] in ("research", "organisation")} == {
        "research": 9, "organisation": 0,
    }  # fmt: skip


def test_demand_beyond_the_budget_exhausts_it_and_the_same_seed_gives_the_same(register: Any) -> None:
    call = call_of(SME, intensities=[{"grant": 0.5}])
    assumed = Assumptions(rate=dict.fromkeys(("micro", "small", "medium", "large"), 1.0))
    demand = simulate(call, ON, assumed, seed=1)["lines"]["1"]["demand"]
    assert demand["sure"]["exhausted"] == 1.0
    assert demand["sure"]["requested_eur"][1] > demand["budget_eur"]
    assert demand == simulate(call, ON, assumed, seed=1)["lines"]["1"]["demand"]


@pytest.mark.django_db
def test_without_a_register_there_is_nobody_to_try_on() -> None:
    with pytest.raises(NoRegister, match="poliedro load register"):
        register_frame(ON)
