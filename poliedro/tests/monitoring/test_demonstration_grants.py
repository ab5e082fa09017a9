"""What the demonstration invents as granted is what the call's rules admit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import pytest
import yaml
from factories import cluster, membership, organisation

from poliedro.funding.queries.facts import register_facts
from poliedro.funding.rules.aid import parts_of
from poliedro.funding.rules.conditions import Dossier, Party
from poliedro.funding.rules.document import judge, read_call, verdict
from poliedro.monitoring.services.demonstration.grants import admitted_grants
from poliedro.shared.region import SHIPPED


@pytest.mark.django_db
def test_every_invented_grant_is_one_that_the_calls_rules_admit_to_the_cent() -> None:
    path = next((SHIPPED / "calls").rglob("pass.yaml"))
    document = read_call(yaml.safe_load(path.read_text(encoding="utf-8"))["document"])
    agrifood = cluster("agrifood")
    firms = [organisation(f"F{i}", kind="enterprise", size_class=size) for i, size in enumerate(("small", "large", ""))]
    firms += [organisation(f"M{i}", kind="enterprise", size_class="medium") for i in range(2)]
    for firm in firms[:-1]:  # the last is no member
        membership(firm, agrifood, date(2015, 1, 1))
    days = [date(2018, 7, day) for day in range(1, 6)]
    made = list(admitted_grants(document, firms, days, Random(1)))
    # The rules ask for a small or medium firm that is a member. Of no size known, one may state it.
    assert {g.firm.name for g in made} == {"F0", "F2", "M0"}
    for grant in made:
        facts = {**grant.stated, **register_facts(grant.firm, grant.day)}
        dossier = Dossier((Party(facts, grant.cost_eur),), grant.project)
        assert verdict(list(judge(document, grant.line, dossier).values())) == "pass"
        part = parts_of(document, grant.line, dossier)[0]
        assert part is not None
        assert (part.grant_eur, part.loan_eur) == (grant.grant_eur, grant.loan_eur)
    bounded = read_call({**document.raw, "lines": [{**line, "budget_eur": 1} for line in document.raw["lines"]]})
    assert list(admitted_grants(bounded, firms, days, Random(1))) == [], "no grant is above the line's budget"
    assert Decimal(0) not in {g.grant_eur for g in made}
