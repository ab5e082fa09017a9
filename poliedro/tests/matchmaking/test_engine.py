"""The engine's runs: what is found and why, two-sided matches, what was said of them, vetoes and rivals."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import matchmaking_factories as make
import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from factories import cluster, code, organisation

from poliedro.evidence.queries.runs import table_of
from poliedro.evidence.store import read_rows
from poliedro.matchmaking.models import Card, NotRelevant
from poliedro.matchmaking.queries.engine import last_run, matches_of
from poliedro.matchmaking.rules.matching import WEIGHTS, learned_weights
from poliedro.matchmaking.services.engine import refresh_index, refresh_matches, set_engine
from poliedro.matchmaking.services.search import search

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def own_store(settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path
    from poliedro.matchmaking.runs.index import forget

    forget()


def test_question_finds_laboratory_and_offer_with_reasons_but_no_need_and_no_hidden_profile(client: Client) -> None:
    lab = make.laboratory()
    make.laboratory(name="Hidden lab", agreed_at=None)
    kit = make.equipment(lab)
    make.card(kind="offer", title="Compostable film", text="We make compostable materials")
    make.card(title="Film wanted", text="biodegradable film wanted")
    refresh_index()
    found = search("dobbiamo provare un film biodegradabile", AnonymousUser(), 10)
    assert {f.kind for f in found} == {"laboratory", "equipment", "card"}
    assert all(f.reasons for f in found)
    assert "Hidden lab" not in {f.title for f in found}
    assert "Film wanted" not in {f.title for f in found}
    assert [f.title for f in search("film", AnonymousUser(), 10, "equipment")] in ([], [kit.name])
    text = client.get("/ask/?q=film biodegradabile", headers={"accept-language": "it"}).content.decode()
    assert "Perché:" in text
    assert "bioplastiche" in text


def test_what_was_withdrawn_since_is_not_shown_and_the_same_index_is_the_same_run() -> None:
    offer = make.card(kind="offer", title="Laser welding", text="Laser welding of steel")
    first = refresh_index()
    assert refresh_index().key == first.key
    assert search("saldatura laser", AnonymousUser(), 5)
    Card.objects.filter(pk=offer.pk).update(state="withdrawn")
    assert search("saldatura laser", AnonymousUser(), 5) == []


def matched() -> list[dict[str, Any]]:
    run = refresh_matches()
    assert run is not None
    return read_rows(table_of(last_run("card-matches"), "matches"))  # type: ignore[arg-type]


def test_need_meets_the_offer_that_says_the_same_with_weighed_reasons() -> None:
    need = make.card(organisation("Firm"), cluster=cluster("agrifood"), text="Cerchiamo un film biodegradabile")
    offer = make.card(
        organisation("Maker"), kind="offer", cluster=cluster("cgreen"), title="Film", text="We make biodegradable film"
    )
    make.card(organisation("Third"), kind="offer", title="Wine", text="Oenology and tasting")
    rows = matched()
    best = next(r for r in rows if r["card"] == need.pk and r["rank"] == 1)
    assert best["partner"] == offer.pk
    reasons = json.loads(best["reasons"])
    assert 0 < sum(r["weight"] for r in reasons) <= best["score"] + 1e-9
    assert best["score"] == pytest.approx(2 * best["wants"] * best["is_wanted"] / (best["wants"] + best["is_wanted"]))
    shown = matches_of(need, AnonymousUser())
    assert shown[0].card == offer
    assert all("refused" not in r.words for r in shown[0].reasons)


def test_rivals_vetoes_and_refused_pairs_are_never_matched() -> None:
    same = {"nace": code("22.22"), "size_class": "small", "country": "IT"}
    need = make.card(organisation("A", **same), partner_kinds=["enterprise"])
    rival = make.card(organisation("B", **same), kind="offer")
    school = make.card(organisation("C", "its"), kind="offer")
    refused = make.card(organisation("D"), kind="offer")
    fine = make.card(organisation("E"), kind="offer")
    NotRelevant.objects.create(card=need, other=refused, reason="known")
    partners = {r["partner"] for r in matched() if r["card"] == need.pk}
    assert partners == {fine.pk}
    assert not partners & {rival.pk, school.pk, refused.pk}


def test_exposure_is_kept() -> None:
    make.card(organisation("Popular"), kind="offer")
    for i in range(6):
        make.card(organisation(f"Needs {i}"))
    set_engine(places=5, exposure=2, across=0.0, by=None)
    rows = matched()
    shown: dict[int, int] = {}
    for r in rows:
        shown[r["partner"]] = shown.get(r["partner"], 0) + 1
    assert max(shown.values()) <= 2


def test_reasons_that_were_given_weigh_more_and_never_less() -> None:
    assert learned_weights({}) == WEIGHTS
    said = learned_weights({"too_far": 10})
    assert said["distance"] == pytest.approx(0.7 * (1 + 2 * 10 / 20))
    assert all(said[c] >= WEIGHTS[c] for c in WEIGHTS)


def test_expired_card_is_not_shown_among_matches() -> None:
    need = make.card(organisation("Firm"))
    offer = make.card(organisation("Maker"), kind="offer")
    matched()
    Card.objects.filter(pk=offer.pk).update(expires_on=make.today() - timedelta(days=1))
    assert matches_of(need, AnonymousUser()) == []
