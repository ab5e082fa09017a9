"""What everyday questions bring: who is near and can be asked first, nothing by chance, no match by nearness alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import matchmaking_factories as make
import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.test import Client
from factories import officer, organisation, source, territory

from poliedro.evidence.queries.runs import table_of
from poliedro.evidence.store import read_rows
from poliedro.matchmaking.models import JuryScore
from poliedro.matchmaking.queries.found import Hit, reasons_of
from poliedro.matchmaking.rules.matching import content_fit
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.services import challenges as challenges_
from poliedro.matchmaking.services.engine import refresh_index, refresh_matches
from poliedro.matchmaking.services.search import search
from poliedro.registry.models import ServiceOffer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_store(settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path
    from poliedro.matchmaking.runs.index import forget

    forget()


def test_who_can_be_asked_comes_before_firms_and_the_region_before_abroad() -> None:
    make.laboratory(name="Welding laboratory", text="Tests of welding")
    organisation("Saldatura Torino", territory=territory("ITC11", "Torino"))
    organisation("Saldatura Hamburg", territory=territory("DE600", "Hamburg"))
    organisation("Help the Aged")
    refresh_index()
    found = [f.title for f in search("cerco qualcuno che mi aiuti con la saldatura", AnonymousUser(), 10)]
    assert found == ["Welding laboratory", "Saldatura Torino", "Saldatura Hamburg"]
    assert search("asdfgh qwerty", AnonymousUser(), 10) == []


def test_a_service_for_several_audiences_is_one_answer() -> None:
    ceip = organisation("CEIP", "public_body")
    for audience in ("micro_small", "medium"):
        ServiceOffer.objects.create(
            organisation=ceip,
            service="internationalisation",
            audience=audience,
            territory=territory(),
            source=source(),
            valid_from="2020-01-01",
        )
    refresh_index()
    found = [f for f in search("esportazione", AnonymousUser(), 10) if f.kind == "service"]
    assert len(found) == 1
    assert len(found[0].tags) == 3


def test_the_same_reason_is_said_once() -> None:
    hit = Hit("card:1", 1.0, (("film", 0.3), ("~flm", 0.2), ("test", 0.4)), {"film": "film", "~flm": "film"})
    assert [round(r.weight, 1) for r in reasons_of(hit)] == [0.5, 0.4]


def test_texts_with_nothing_in_common_make_no_match_however_near() -> None:
    assert [content_fit(x) for x in (0.0, 0.14, 0.25, 0.5, 0.9)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    need = make.card(organisation("Firm"), title="Film", text="Cerchiamo un film biodegradabile")
    offer = make.card(organisation("Maker"), kind="offer", title="Film", text="We make biodegradable film")
    make.card(organisation("Third"), kind="offer", title="English course", text="Language lessons for clerks")
    run = refresh_matches()
    assert run is not None
    rows = read_rows(table_of(run, "matches"))
    assert {(r["card"], r["partner"]) for r in rows} == {(need.pk, offer.pk), (offer.pk, need.pk)}


def test_the_place_of_an_anonymous_card_cannot_be_found_out_below_the_province(client: Client) -> None:
    torino = territory("ITC11", "Torino")
    village = territory("001001", "Agliè", "lau", parent=torino)
    make.card(organisation("Hidden S.r.l.", territory=village), title="Film wanted")
    assert "Film wanted" in client.get("/cards/?province=ITC11").content.decode()
    assert "Film wanted" not in client.get("/cards/?province=001001").content.decode()


def test_letters_give_whole_addresses_and_repeat_the_question(
    client: Client, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://poliedro.example"]
    from poliedro.matchmaking.services import tickets as tickets_

    with django_capture_on_commit_callbacks(execute=True):
        tickets_.ask(question="Chi prova un film?", email="ada@test.example", name="Ada", found=[], by=None)
    assert "https://poliedro.example/ask/ticket/" in mail.outbox[0].body
    assert "Chi prova un film?" in mail.outbox[0].body


def test_an_organiser_on_the_jury_sees_no_team_and_decides_only_when_all_have_judged(client: Client) -> None:
    staff = officer("agency_staff")
    challenge = make.challenge(organisation("Host"))
    team = make.team(challenge, name="Squadra Rossa")
    juror = challenges_.add_juror(challenge=challenge, person=staff.person, by=None)
    challenges_.start_judging(challenge=challenge, by=None, today=challenge.closes_on)
    client.force_login(staff)
    assert "Squadra Rossa" not in client.get(f"/challenges/{challenge.pk}/").content.decode()
    challenge.refresh_from_db()
    with pytest.raises(Refused, match="jury_open"):
        challenges_.decide(challenge=challenge, by=staff)
    for criterion in challenge.criteria:
        JuryScore.objects.create(team=team, juror=juror, criterion=criterion["key"], points=7)
    challenges_.decide(challenge=challenge, by=staff)
    assert "Squadra Rossa" in client.get(f"/challenges/{challenge.pk}/").content.decode()


def test_what_a_tie_is_worth_is_shown(client: Client) -> None:
    card = make.card(organisation("Firm"))
    made = make.interest(card, organisation("Maker"), state="tied", tie="project", amount_eur=Decimal(18000))
    client.force_login(officer("agency_staff"))
    assert "18.000 EUR" in client.get(f"/interests/{made.pk}/").content.decode()
