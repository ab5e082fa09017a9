from __future__ import annotations

from datetime import date
from typing import Any

from factories import source
from walk.world import the_world

from poliedro.funding.models.open_calls import OpenCall
from poliedro.funding.services.call_letters import token_of
from poliedro.funding.services.open_calls import set_interest


def samples() -> dict[str, list[dict[str, Any]]]:
    calls = [
        {"pk": OpenCall.objects.create(
            topic=topic, title=topic, programme="Horizon", status="open", deadline=date(2099, 1, 1), source=source()
        ).pk}
        for topic in ("A", "B")
    ]  # fmt: skip
    readers = [set_interest(person=the_world().user(f"manager_{side}").person, words="", programme="", days=60,
                            letter="weekly", by=None) for side in ("a", "b")]  # fmt: skip
    stops = [{"token": token_of(interest)} for interest in readers]
    return {"funding:open_call": calls, "funding:call_applied": calls, "funding:letter_stop": stops}
