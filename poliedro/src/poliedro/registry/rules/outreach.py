"""Outreach: which answer may follow which, and what a campaign achieved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

STAGES = ("listed", "contacted", "interested", "trial", "joined")
"""The way from a list to a membership; `refused` leaves it at any stage."""


class OutreachRefused(ValueError):
    """The answer cannot follow the last one; the message says why."""


def check_can_record(state: str, reason: str, before: str) -> None:
    """Raises OutreachRefused: joining follows from the register, and a refusal needs its reason."""
    if state == "joined":
        raise OutreachRefused("joining follows from the register: record the membership there")
    if before == "joined":
        raise OutreachRefused("it has joined; its further contacts belong to the member's file")
    if state == "listed":
        raise OutreachRefused("a contact was made, so it is no longer only listed; choose what came of it")
    if state == "refused" and not reason:
        raise OutreachRefused("say why it declined; the reasons show what to offer others")


@dataclass(frozen=True)
class Funnel:
    """reached: stage -> organisations that came at least so far. refused: those that declined, by reason."""

    reached: Mapping[str, int]
    refused: Mapping[str, int]
    listed: int

    def share(self, stage: str) -> float | None:
        """Of those contacted, the share that came so far."""
        contacted = self.reached["contacted"]
        return self.reached[stage] / contacted if contacted else None


def funnel(contacts: Iterable[tuple[str, str, Iterable[str]]]) -> Funnel:
    """contacts: (state now, reason, states of all its steps). A later stage implies the earlier ones."""
    reached: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    listed = 0
    for state, reason, steps in contacts:
        listed += 1
        seen = {state, *steps}
        furthest = max((STAGES.index(s) for s in seen if s in STAGES), default=0)
        if "refused" in seen:
            furthest = max(furthest, STAGES.index("contacted"))
        for stage in STAGES[: furthest + 1]:
            reached[stage] += 1
        if state == "refused":
            refused[reason] += 1
    return Funnel({s: reached[s] for s in STAGES}, dict(refused.most_common()), listed)
