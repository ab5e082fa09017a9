"""Hard part 8 over all that is published: an attacker with every number that went out over years solves for the rest.

Each test makes a random register, publishes through the services that the site uses, reads what went out where a reader
reads it, and solves for what single bodies hold (`attack.py`, written apart from the protection). Unknowns are those of
the truth, never those that the protection keeps of itself. Tables 4.1 and 4.2 are public cluster by cluster, as in the
study; of table 4.3 that holds but for research contracts.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from random import Random
from typing import Any

import pytest
from attack import Shown, bounds
from django.db import connection
from factories import cluster, membership, organisation, source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from surveys_made import answered_survey

from poliedro.monitoring.models import PublishedTable, SelfCheck
from poliedro.monitoring.queries.benchmark import peer_means
from poliedro.monitoring.rules.excellence import FULL_SCORE, latest_version, theme_scores
from poliedro.monitoring.services.benchmark import publish_comparison, save_self_check
from poliedro.reference.models import StoredResult
from poliedro.registry.models import Delivery, FinancialStatement, MembershipSpell, Organisation, ResearchContract
from poliedro.registry.queries.contracts import BODIES, CLUSTERS, published_contracts
from poliedro.registry.services.contracts import publish_contracts
from poliedro.reports.models import Report
from poliedro.reports.services.reports import draft_report, publish_report
from poliedro.shared.disclosure import TOTAL, USUAL
from poliedro.support.queries.published import published_years
from poliedro.support.rules.published import DIMENSIONS, OTHERS, TOGETHER, UNKNOWN, Given, protected_use
from poliedro.support.services.published import publish_use
from poliedro.surveys.models import Campaign, Invitation, Sheet
from poliedro.surveys.queries.pooled import voices_of_members
from poliedro.surveys.rules.shares import MINIMUM_CELL

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
POLES = ("agrifood", "biopmed", "clever", "ict", "mesap")
YEARS = (2018, 2019, 2020)
SEEDS = st.integers(0, 100_000)
FEW, SOME, MANY = 4, 12, 60
"""Examples, by what one costs: the whole file takes about a minute on one core."""


def often(examples: int) -> Any:
    """On a second database fewer: the services ask it in another dialect, what they publish then is the same."""
    if connection.vendor != "sqlite":
        examples = min(examples, FEW // 2)
    return settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def emptied(*tables: Any) -> None:
    for table in (PublishedTable, StoredResult, Report, *tables):
        table.objects.all().delete()


def said() -> dict[str, Any]:
    return {"source": source("list", "reported"), "certainty": "reported"}


def spread_of(parts: Iterable[str], true: Counter[str]) -> tuple[int, float, float]:
    """Bodies behind a sum, its value, and the greatest share of one body. An unknown begins with its body's key."""
    by_body: Counter[str] = Counter()
    for part in parts:
        by_body[part.split("/")[0]] += true[part]
    total = sum(by_body.values())
    return len(by_body), total, max(by_body.values()) / total if total else 0.0


def is_secret(parts: Iterable[str], true: Counter[str]) -> bool:
    bodies, _value, greatest = spread_of(parts, true)
    return bodies < USUAL.minimum or greatest > USUAL.dominance


def stands(
    shown: Sequence[Shown],
    secrets: Sequence[tuple[str, ...]],
    true: Counter[str],
    steady: Sequence[Any] = (),
    most: float | None = None,
) -> None:
    """No secret is bounded more closely than 15% to each side; with the belief in steadiness, than that in all. most:
    what everybody knows that no unknown exceeds, which no protection can take back."""
    for believed in ([], steady) if steady else ([],):
        found = bounds(shown, secrets, unknowns=true, steady=believed, share=USUAL.steadiness, most=most)
        for who, ends in zip(secrets, found, strict=True):
            if ends is None:
                assert believed, "the numbers that went out contradict each other"
                continue
            value = sum(true[w] for w in who)
            high = min((1 + USUAL.spread) * value, most * len(who) if most else float("inf"))
            if believed:
                assert ends[1] - ends[0] >= USUAL.spread * (ends[0] + ends[1]) / 2 - 1e-6, (who, ends, value)
            else:
                assert ends[0] <= (1 - USUAL.spread) * value + 1e-4, (who, ends, value)
                assert ends[1] >= high - 1e-4, (who, ends, value)


# --- research contracts: tables 4.3, contracts page, report -----------------------------------------------------------
@often(SOME)
@given(SEEDS)
def test_no_clusters_contracts_of_few_firms_can_be_worked_out_over_the_years(seed: int) -> None:
    emptied(ResearchContract)
    dice = Random(seed)
    firms = [organisation(f"F{i}") for i in range(9)]
    labs = [organisation(f"Lab {i}", kind="university") for i in range(2)]
    poles = [cluster(key) for key in POLES]
    true: Counter[str] = Counter()
    parts: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    amount = {f.pk: dice.uniform(10, 90) for f in firms}
    for year in YEARS:
        for firm in firms:
            amount[firm.pk] *= dice.uniform(0.95, 1.05)
            for pole in dice.sample(poles, dice.choice((0, 1, 1, 1, 2))):
                lab, eur = dice.choice(labs), round(amount[firm.pk], 2)
                ResearchContract.objects.create(
                    firm=firm, research_body=lab, cluster=pole, amount_eur=eur, signed_on=date(year, 5, 1), **said()
                )  # fmt: skip
                unknown = f"{firm.pk}/{year}/{pole.key}/{lab.pk}"
                true[unknown] += eur
                for by, row in ((CLUSTERS, pole.key), (BODIES, str(lab.pk)), (CLUSTERS, TOTAL), (BODIES, TOTAL)):
                    parts[year, by, row].add(unknown)
        publish_contracts(date(year + 1, 2, 1))  # year after year, as the daily round does
    told = published_contracts()
    shown = [
        Shown(tuple(p), eur) for (y, by, row), p in parts.items() if (eur := told.sum(y, y, row, by).eur) is not None
    ]
    whole = {row: told.sum(YEARS[0], YEARS[-1], row).eur for row in (TOTAL, *POLES)}
    for row, eur in whole.items():  # the sums of years that the tables print
        if eur is not None:
            shown.append(Shown(tuple(set().union(*(parts[y, CLUSTERS, row] for y in YEARS))), eur))
    secrets = [tuple(p) for (_y, by, _r), p in parts.items() if by == CLUSTERS and is_secret(p, true)]
    steady = [
        (a, a.replace(f"/{before}/", f"/{after}/")) for before, after in itertools.pairwise(YEARS) for a in sorted(true)
        if f"/{before}/" in a
    ]  # fmt: skip
    stands(shown, secrets, true)
    stands(shown, [s for s in secrets if len(s) == 1], true, steady) if secrets else None


# --- turnover in the report -------------------------------------------------------------------------------------------
@often(SOME)
@given(SEEDS)
def test_no_firms_turnover_can_be_worked_out_from_the_reports_of_three_years(seed: int) -> None:
    """The report shows growth where it may show the sum: the attacker is given the sums themselves."""
    emptied(FinancialStatement, MembershipSpell)
    dice = Random(seed)
    poles = [cluster(key, position=i) for i, key in enumerate(POLES)]
    firms = [organisation(f"F{i}") for i in range(12)]
    held: dict[str, list[Organisation]] = {p.key: [] for p in poles}
    for firm in firms:
        for pole in dice.sample(poles, dice.choice((1, 1, 2))):
            membership(firm, pole)
            held[pole.key].append(firm)
    eur = {f.pk: dice.uniform(50, 2000) for f in firms}
    true: Counter[str] = Counter()
    shown: list[Shown] = []
    parts: dict[tuple[int, str], set[str]] = defaultdict(set)
    for year in (2017, *YEARS):
        for firm in firms:
            eur[firm.pk] = round(eur[firm.pk] * dice.uniform(0.93, 1.07), 2)
            FinancialStatement.objects.create(organisation=firm, year=year, turnover_eur=eur[firm.pk], **said())
        if year == 2017:
            continue
        for key, members in held.items():
            for firm in members:
                true[f"{firm.pk}/{year}/{key}"] = eur[firm.pk]
                parts[year, key].add(f"{firm.pk}/{year}/{key}")
        report = publish_report(report=draft_report(year=year, by=None), by=None)
        growth = next(i for d in report.content["dimensions"] for i in d["indicators"] if i["key"] == "turnover_growth")
        rows = {key: growth["rows"][key]["hidden"] for key in held if held[key]}
        shown += [
            Shown(tuple(parts[year, k]), sum(true[p] for p in parts[year, k])) for k, why in rows.items() if not why
        ]
        if not growth["region"]["hidden"]:
            everybody = set().union(*(parts[year, k] for k in rows))
            shown.append(Shown(tuple(everybody), sum(true[p] for p in everybody)))
    stands(shown, [tuple(p) for p in parts.values() if is_secret(p, true)], true)


# --- self-checks in the benchmark -------------------------------------------------------------------------------------
@often(FEW)
@given(SEEDS)
def test_no_clusters_self_check_can_be_worked_out_from_the_comparisons_of_three_years(seed: int) -> None:
    emptied(SelfCheck)
    dice = Random(seed)
    poles = [cluster(f"{k}-{i}", type=k) for k, n in (("sectoral", 5), ("transversal", 3)) for i in range(n)]
    version, theme = latest_version(), "structure"
    true: Counter[str] = Counter()
    shown: list[Shown] = []
    for year in YEARS:
        taking_part = [p for p in poles if dice.random() < 0.8]
        for pole in taking_part:
            levels = {i.key: dice.randint(1, 4) for i in version.items}
            save_self_check(cluster=pole, year=year, levels=levels, notes={}, files={}, submit=True, by=None)
            true[f"{pole.key}/{year}"] = theme_scores(version, levels)[theme]
        if not taking_part:
            continue
        publish_comparison(year=year, by=None)
        for kind in ("sectoral", "transversal"):
            of, means = peer_means(kind)
            mean, n, _why = means.get(theme, (None, 0, ""))
            if of == str(year) and mean is not None:
                who = [f"{p.key}/{year}" for p in taking_part if p.type == kind]
                assert len(who) == n
                shown.append(Shown(tuple(who), mean * n))
    singles = [(who,) for who in true if true[who]]
    steady = [(f"{p.key}/{a}", f"{p.key}/{b}") for a, b in itertools.pairwise(YEARS) for p in poles]
    stands(shown, singles, true, steady, most=FULL_SCORE)


def test_a_mean_at_either_end_of_the_scale_is_not_told_since_it_tells_everybodys() -> None:
    """No score is below 0 or above 100: five of 100 have 500 together, so that each must have 100; five of 0 likewise.
    A mean of 50 leaves everything open."""
    version, theme = latest_version(), "structure"
    told = {}
    for year, level in ((2017, 0), (2018, 2), (2019, 4)):
        for i in range(5):
            levels = dict.fromkeys((item.key for item in version.items), level)
            pole = cluster(f"pole-{i}", type="sectoral")
            save_self_check(cluster=pole, year=year, levels=levels, notes={}, files={}, submit=True, by=None)
        publish_comparison(year=year, by=None)
        of, means = peer_means("sectoral")
        told[of] = means[theme][0]
    assert told == {"2017": None, "2018": 50, "2019": None}


# --- services given, over years and dimensions ------------------------------------------------------------------------
CATEGORIES = {"kind": ("training", "finance", "matchmaking"), "size": ("micro", "small", "medium")}


@often(MANY)
@given(SEEDS)
def test_no_clients_services_can_be_worked_out_from_the_tables_of_a_year_together(seed: int) -> None:
    """Unknowns: services by cluster, kind and size, each of them possible. Shown: every table of the year."""
    dice = Random(seed)
    rows = [
        Given(
            dice.choices(POLES, (9, 6, 3, 1, 1))[0],
            dice.randint(1, 30),
            {d: dice.choices(values, (6, 3, 1))[0] for d, values in CATEGORIES.items()},
        )
        for _ in range(dice.randint(10, 90))
    ]
    tables = protected_use(rows, dimensions=("kind", "size"))
    if not tables:
        return
    names = set(tables["cluster"].table.rows)
    row_of = {key: key if key in names else TOGETHER for key in POLES}
    every = list(itertools.product(sorted(names), CATEGORIES["kind"], CATEGORIES["size"]))
    key_of = {combination: "/".join(combination) for combination in every}
    at = {"kind": 1, "size": 2}
    shown = [
        Shown(tuple(key_of[c] for c in every if row in (TOTAL, c[0])), tables["cluster"].value(row))
        for row in (*sorted(names), TOTAL)
    ]
    secrets: list[tuple[tuple[str, ...], float]] = []
    for dimension in ("kind", "size"):
        table = tables.get(dimension)
        if table is None:
            continue
        named, place = set(table.table.columns), at[dimension]

        def column_of(value: str, named: set[str] = named) -> str:
            return value if value in named else OTHERS

        for row, column in itertools.product(table.table.all_rows, sorted(named - {UNKNOWN})):
            inside = [key_of[c] for c in every if row in (TOTAL, c[0]) and column_of(c[place]) == column]
            value = table.value(row, column)
            if value is not None:
                shown.append(Shown(tuple(inside), value))
                continue
            behind = [g for g in rows if row_of[g.cluster] == row and column_of(g.values[dimension]) == column]
            if 0 < len({g.client for g in behind}) < USUAL.minimum:
                secrets.append((tuple(inside), len(behind)))
    found = bounds(shown, [who for who, _n in secrets], unknowns=key_of.values())
    for (who, value), ends in zip(secrets, found, strict=True):
        assert ends is not None
        assert ends[1] - ends[0] >= USUAL.minimum - 1e-6, (who, ends, value)
        assert ends[0] <= value <= ends[1]


@often(SOME)
@given(SEEDS)
def test_late_services_cannot_be_worked_out_from_a_year_published_twice(seed: int) -> None:
    emptied(Delivery)
    dice = Random(seed)
    for i in range(14):
        serve(dice.choice(POLES[:3]), f"F{i}")
    publish_use(date(2021, 1, 5))
    before = published_years()[2020].total
    late = dice.randint(1, 12)
    for i in range(late):
        serve(POLES[0], f"Late {i}")
    publish_use(date(2021, 6, 5))
    after = published_years()[2020].total
    assert before is not None
    assert after is not None
    assert after - before in {0, late}
    assert after == before or late >= 10


def serve(key: str, client: str) -> None:
    Delivery.objects.create(
        provider=organisation("Body", kind="management_body"), client=organisation(client), cluster=cluster(key),
        service="training", delivered_on=date(2020, 5, 1), hours=5, **said(),
    )  # fmt: skip


def test_every_dimension_that_is_published_is_one_the_tests_know() -> None:
    assert set(DIMENSIONS) == {"kind", "size", "rd", "innovation", "province"}


# --- what members of several clusters say -----------------------------------------------------------------------------
@often(MANY)
@given(SEEDS)
def test_a_manager_who_reads_the_own_survey_learns_of_no_few_members_of_another_cluster(seed: int) -> None:
    """Unknowns: how many of each cluster chose each option. The manager knows the own ones, and the pool."""
    emptied(Sheet, Invitation, Campaign)
    dice = Random(seed)
    options = ("decisive", "helped", "no", "none")
    true: Counter[str] = Counter()
    answered: dict[str, int] = {}
    for key in POLES[: dice.randint(2, 3)]:
        given_ = dice.choices(options, (5, 4, 3, 1), k=dice.randint(5, 22))
        answered_survey(cluster(key), closes_on=date(2020, 6, 30), small=(len(given_), given_), large=(0, []))
        answered[key] = len(given_)
        for option in given_:
            true[f"{key}/{option}"] += 1
    found = voices_of_members(
        questionnaire="member-satisfaction", questions=("innovate",), clusters=(), today=date(2021, 1, 1)
    )
    assert found is not None
    (voice,) = found.voices
    shown = [Shown(tuple(f"{k}/{o}" for o in options), n) for k, n in answered.items()]
    for option, share in zip(voice.question.options, voice.shares, strict=True):
        if share.plain is not None and share.n:
            shown.append(Shown(tuple(f"{k}/{option.key}" for k in answered), share.plain * share.n))
    for insider in answered:
        own = {f"{insider}/{o}": float(true[f"{insider}/{o}"]) for o in options}
        others = [k for k in answered if k != insider]
        few = [
            tuple(f"{k}/{o}" for k in others)
            for o in options
            if 0 < sum(true[f"{k}/{o}"] for k in others) < MINIMUM_CELL
        ]
        for who, ends in zip(few, bounds(shown, few, own=own), strict=True):
            assert ends is not None
            assert ends[1] - ends[0] >= 1, (seed, who, ends)
