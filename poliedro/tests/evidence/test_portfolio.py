"""The portfolio: who may, what follows what, and that history is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from factories import officer, user
from hypothesis import given
from hypothesis import strategies as st
from panel import KEY, load_panel

from poliedro.evidence.models import PortfolioOption
from poliedro.evidence.rules import NEXT, STATES, StateRefused, can_move, check_can_move
from poliedro.evidence.services.runs import run_analysis

pytestmark = pytest.mark.django_db
ADDRESS = "/observatory/options/"
ENGLISH = {"accept-language": "en"}


@given(st.sampled_from(STATES), st.sampled_from(STATES))
def test_question_and_refusal_agree(state: str, to: str) -> None:
    if can_move(state, to):
        check_can_move(state, to)
    else:
        with pytest.raises(StateRefused, match="cannot become"):
            check_can_move(state, to)


def test_every_state_can_be_reached_and_none_is_a_dead_end() -> None:
    assert set(NEXT) == set(STATES)
    assert all(NEXT.values())
    assert {to for following in NEXT.values() for to in following} == set(STATES)


def follow(client: Client, activity: str = "C13") -> int:
    asked = {"table": KEY, "region": "ITC1", "activity": activity, "text": "beside <b>metal</b>"}
    return client.post(f"{ADDRESS}follow/", asked).status_code


def test_region_follows_an_option_comments_and_moves_it_on(tmp_path: Path, client: Client) -> None:
    load_panel(tmp_path)
    run_analysis(key="specialisation")
    run_analysis(key="options")
    client.force_login(officer("regional_officer"))
    assert follow(client) == 302
    option = PortfolioOption.objects.get()
    assert option.density is not None
    assert option.location_quotient < 1
    assert follow(client) == 302
    assert PortfolioOption.objects.count() == 1
    moved = {"state": "pursued", "text": "agreed"}
    client.post(f"{ADDRESS}{option.pk}/comment/", moved)
    client.post(f"{ADDRESS}{option.pk}/comment/", {"state": "considered"}, headers=ENGLISH)  # does not follow: refused
    option.refresh_from_db()
    assert option.state == "pursued"
    assert [n.state for n in option.notes.all()] == ["considered", "pursued"]
    page = client.get(ADDRESS, headers=ENGLISH).content.decode()
    assert "beside &lt;b&gt;metal&lt;/b&gt;" in page
    assert "agreed" in page
    assert "That state does not follow" in page


def test_strangers_and_other_roles_cannot_touch_the_portfolio(tmp_path: Path, client: Client) -> None:
    load_panel(tmp_path)
    run_analysis(key="options")
    assert follow(client) == 302  # to the sign-in
    client.force_login(user())
    assert follow(client) == 403
    client.force_login(officer("funding_officer"))
    assert follow(client) == 403
    assert not PortfolioOption.objects.exists()


def test_industry_that_is_not_in_the_table_is_refused(tmp_path: Path, client: Client) -> None:
    load_panel(tmp_path)
    run_analysis(key="options")
    client.force_login(officer("regional_officer"))
    follow(client, "Z99")
    assert not PortfolioOption.objects.exists()
