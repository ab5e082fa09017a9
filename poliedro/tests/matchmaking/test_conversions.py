"""What introductions become, by way: shares with their number and interval, none of a few."""

from __future__ import annotations

from typing import Any

import matchmaking_factories as make
import pytest
from django.test import Client
from factories import officer, organisation

from poliedro.matchmaking.models import Interest
from poliedro.matchmaking.queries.ties import Route, best_way, by_route

pytestmark = pytest.mark.django_db


def way(key: str, tied: int, ended: int) -> Route:
    return Route(key, tied + ended, tied, tied, tied, ended)


def test_share_of_fewer_than_five_is_refused_and_others_have_their_interval() -> None:
    assert way("match", 4, 0).conversion is None
    assert way("match", 4, 0).interval is None
    # Wilson: (p + z2/2n -+ z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n) with p = .5, n = 10, z = 1.96
    low, high = way("match", 5, 5).interval or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.2366, 0.7634)
    low, high = way("match", 0, 5).interval or (0, 0)
    assert (low, round(high, 4)) == (0.0, 0.4345)


def test_a_way_stands_out_only_above_the_intervals_of_all_others() -> None:
    many, few, luck = way("match", 80, 20), way("search", 20, 80), way("event", 4, 0)
    assert best_way([few, many, luck]) == (many, True)  # four of four are too few to be compared
    near = way("search", 75, 25)
    assert best_way([many, near]) == (many, False)
    assert best_way([many]) == (many, False)  # from what should it stand out
    assert best_way([luck]) == (None, False)


def sent(route: str, state: str, n: int) -> None:
    for i in range(n):
        more: dict[str, Any] = {"tie": "visit"} if state == "tied" else {}
        body = organisation(f"{route} {state} {i}")
        make.interest(make.card(), body, route=route, state=state, **more)


def test_page_tells_number_and_interval_and_gives_no_share_of_a_few(client: Client) -> None:
    sent("search", "tied", 3)
    sent("search", "declined", 3)
    sent("event", "tied", 4)
    assert [(r.key, r.over, r.conversion) for r in by_route(Interest.objects.all())] == [
        ("search", 6, 0.5),
        ("event", 4, None),
    ]
    client.force_login(officer("agency_staff"))
    text = client.get("/introductions/", headers={"accept-language": "en"}).content.decode()
    assert "50% of 6 that are over (between 19 and 81%)" in text
    assert "n = 6" in text
    assert "n = 4" not in text  # in the table, without a share
    assert "Where fewer than 5 are over, no share is given" in text
    assert "95% interval from, %" in text
    Interest.objects.filter(route="search").delete()
    text = client.get("/introductions/", headers={"accept-language": "en"}).content.decode()
    assert "Where fewer than 5 are over, no share is given" in text
    assert "Ties of those that are over, %" in text
