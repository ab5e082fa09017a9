"""What an officer is told to do next: from the last day of a call to its ranking and the contracts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from calls_made import TODAY, evaluated, firm, handed_in, opened
from django.test import Client
from factories import delegate_of, officer

from poliedro.funding.models import Application, Call, Contract
from poliedro.funding.queries.evaluation import lines_to_sign
from poliedro.funding.queries.todos import todos
from poliedro.funding.services.evaluation import sign_ranking

pytestmark = pytest.mark.django_db


def keys(desk: Any, on: date = TODAY) -> set[str]:
    return {t.key.split(":")[0] for t in todos(desk, on)}


def test_a_call_whose_last_day_is_over_is_to_be_closed(call: Call) -> None:
    desk = officer("funding_officer")
    opened(call)
    assert keys(desk, date(2027, 1, 2)) == set(), "nobody applied: there is nothing to evaluate"
    handed_in(call, firm("Beta"))
    assert keys(desk) == set(), "it still takes applications"
    assert keys(desk, date(2027, 1, 2)) == {"funding.close"}


def test_a_ranking_waits_for_its_signature_once_every_score_is_in(call: Call) -> None:
    desk = officer("funding_officer")
    rows = evaluated(opened(call), {"Beta": (8, 7), "Gamma": (7, 7)})
    assert keys(desk) == {"funding.rank"}
    rows["Beta"].scores.all().delete()
    assert lines_to_sign(call, TODAY) == []
    assert keys(desk) == set()


def test_a_grant_without_a_contract_is_to_be_contracted(call: Call) -> None:
    desk = officer("funding_officer")
    raw = {**call.versions.get().document, "intensities": [{"who": {}, "grant": 0.5}]}
    call.versions.update(document=raw)
    rows = evaluated(opened(call), {"Beta": (8, 7)})
    call.lines.update(budget_eur=10_000)
    sign_ranking(line=call.lines.get(), by=None, on=TODAY)
    rows["Beta"].refresh_from_db()
    assert rows["Beta"].state == Application.State.GRANTED
    assert keys(desk) == {"funding.draw"}
    waits = Contract.objects.create(
        application=rows["Beta"], number=1, terms={"parties": [{"organisation": rows["Beta"].organisation_id}]},
        checksum="c", sign_by=date(2026, 7, 1),
    )  # fmt: skip
    assert keys(desk) == set(), "it waits for the firm"
    Contract.objects.filter(pk=waits.pk).update(state=Contract.State.DECLINED, why="No", ended_on=TODAY)
    assert keys(desk) == {"funding.draw"}


def test_who_acts_for_a_firm_goes_from_the_calls_to_those_that_fit_it(client: Client, call: Call) -> None:
    opened(call)
    body = firm("Beta")
    client.force_login(delegate_of(body))
    page = client.get("/calls/", headers={"accept-language": "en"}).text
    assert f'href="/organisations/{body.pk}/calls/"' in page
    assert "Calls that fit Beta" in page
    client.logout()
    assert "Calls that fit" not in client.get("/calls/", headers={"accept-language": "en"}).text
