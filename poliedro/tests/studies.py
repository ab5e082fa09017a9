"""Firms for impact studies with a known effect of membership, and a study that is signed without being computed."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from io import BytesIO
from math import exp
from random import Random
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import cluster, code, organisation, source, territory

from poliedro.evidence.files import keep_file
from poliedro.evidence.models import ResultTable, Run
from poliedro.evidence.store import read_rows
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.runs.impact.cards import CARDS
from poliedro.monitoring.runs.impact.study import _frame
from poliedro.monitoring.services.impact import declare_study, freeze_study
from poliedro.registry.models import FinancialStatement, MembershipSpell, Organisation

EFFECT = 0.10
"""Of membership on turnover, in log points, from the year after joining on."""
SMALL = Declaration(
    question="By how much does membership raise turnover?",
    cycle="2007-13",
    first_join=2010,
    last_join=2011,
    exact=("section",),
    matching=("log_assets", "debt_ratio"),
    outcomes=("turnover", "persons", "tfp"),
    tfp_method="fixed_effects",
    horizon=2,
    placebos=2,
    breakdowns=("cluster",),
    minimum=10,
    placebo_draws=20,
)
"""A declaration that the firms below can answer in a second."""


def firms_with_accounts(
    *,
    members: int = 60,
    others: int = 140,
    effect: float = EFFECT,
    ahead: float = 0.0,
    seed: int = 1,
    years: range = range(2005, 2014),
) -> None:
    """Members of two clusters who joined in 2010 and 2011, and firms that never did.

    ahead: log points in the year before joining already. Those with little debt grow faster, and members have less of
    it: a plain comparison is wrong by some 6 log points.
    """
    dice = Random(seed)
    region_ = territory("ITC1", "Piemonte", "nuts2")
    province = territory("ITC11", "Torino", "nuts3", parent=region_)
    section = code("C", level=1)
    division = code("10", level=2, parent=section)
    nace = code("10.10", level=4, parent=division)
    a, b = cluster("agrifood"), cluster("mesap")
    src = source("accounts", "synthetic")
    spells, statements = [], []
    for i in range(members + others):
        member = i < members
        firm = organisation(
            f"Prova {i:03d} S.r.l.",
            legal_form="S.r.l.",
            territory=province,
            nace=nace,
            founded_on=date(2000, 1, 1),
            source=src,
        )
        joined = 2010 + i % 2 if member else None
        if joined:
            spells.append(
                MembershipSpell(
                    organisation=firm, cluster=a if i % 3 else b, valid_from=date(joined, 1, 1), source=src,
                    certainty=src.certainty,
                )
            )  # fmt: skip
        debt = dice.gauss(-0.8 if member else 0, 1)
        growth, size, stock = -0.02 * debt, dice.gauss(0, 0.6), dice.gauss(0, 0.3)
        for year in years:
            size += growth + dice.gauss(0, 0.02)
            stock += growth + dice.gauss(0, 0.02)
            gain = 0.0 if not joined or year < joined - 1 else ahead if year < joined else effect
            turnover = 1e6 * exp(size + gain)
            assets = 8e5 * exp(size + stock)
            statements.append(
                FinancialStatement(
                    organisation=firm, year=year, valid_from=date(year, 1, 1), valid_to=date(year + 1, 1, 1),
                    turnover_eur=_money(turnover), total_assets_eur=_money(assets),
                    debt_eur=_money(assets * min(0.95, max(0.05, 0.5 + 0.1 * debt))),
                    labour_cost_eur=_money(turnover * 0.2),
                    value_added_eur=_money(turnover * 0.33 * exp(dice.gauss(0, 0.03))),
                    persons=_money(20 * exp(size + dice.gauss(0, 0.03))),
                    source=src, certainty=src.certainty,
                )
            )  # fmt: skip
    MembershipSpell.objects.bulk_create(spells)
    FinancialStatement.objects.bulk_create(statements, batch_size=500)
    assert Organisation.objects.filter(source=src).count() == members + others


def _money(amount: float) -> Decimal:
    return Decimal(f"{amount:.2f}")


def signed_study(*, by: Any, title: str = "A signed study") -> StudyVersion:
    """A signed version whose tables are all empty, for pages and rights."""
    version = freeze_study(version=declare_study(title=title, declaration=SMALL, by=by), by=by)
    body = b"not a table; nobody reads it here"
    checksum = hashlib.sha256(body).hexdigest()
    path = f"rooms/{version.study.key}/1-{checksum[:16]}.parquet"
    keep_file(path, body)
    now = timezone.now()
    run = Run.objects.create(
        key=hashlib.sha256(version.study.key.encode()).hexdigest()[:16],
        analysis="impact-study",
        version=1,
        code="regionomics",
        certainty="synthetic",
        source_names="test",
        started_at=now,
        finished_at=now,
        open=False,
    )
    for card in CARDS:
        out = BytesIO()
        _frame(card, []).write_parquet(out)
        table = f"results/{run.key}/{card.name}.parquet"
        keep_file(table, out.getvalue())
        ResultTable.objects.create(
            run=run, name=card.name, title=card.title, path=table, checksum="0" * 64, rows=0, columns=[]
        )
    version.opened_at, version.extract_path, version.extract_checksum, version.extract_rows = now, path, checksum, 0
    version.extract_sources, version.certainty = "test", "synthetic"
    version.run, version.computed_at = run, now
    version.signed_at, version.signed_by, version.opinion = now, by, "It holds."
    version.save()
    return version


def entered(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(name: str, version: StudyVersion, **more: Any) -> str:
    return reverse(f"monitoring:{name}", kwargs={"key": version.study.key, "number": version.number, **more})


def effects(version: StudyVersion, **where: Any) -> list[dict[str, Any]]:
    assert version.run is not None
    return read_rows(version.run.tables.get(name="effects"), where)
