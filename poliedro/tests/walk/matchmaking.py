"""Real objects of two clusters behind every address of the room, and words that only few may read."""

from __future__ import annotations

from typing import Any

import matchmaking_factories as make
from factories import organisation, user
from walk.world import the_world

from poliedro.matchmaking.models import Juror, Pair, Plan
from poliedro.matchmaking.services.teams import key_of as key_of_team
from poliedro.matchmaking.services.tickets import key_of


def samples() -> dict[str, list[dict[str, Any]]]:
    world = the_world()
    found: dict[str, list[dict[str, Any]]] = {}

    def add(name: str, *may: str, **parts: Any) -> None:
        found.setdefault(f"matchmaking:{name}", []).append({**parts, **({"_may": set(may)} if may else {})})

    for side, home in world.clusters.items():
        firm, me, manager = world.firms[side], f"delegate_{side}", f"manager_{side}"
        other = "delegate_b" if side == "a" else "delegate_a"
        card = make.card(firm, cluster=home)
        add("card", code=card.code)
        add("edit_card", me, code=card.code)
        secret = world.keep_secret(f"why-{side}-of-an-interest", me, manager, "agency_staff")
        asks = make.interest(card, organisation(f"Asker {side}"))
        asks.why = secret
        asks.save()
        add("interest", me, manager, "agency_staff", pk=asks.pk)
        contact = make.contact(user(f"contact.{side}@walk.example"), home)
        ticket = make.ticket(contact)
        ticket.question = world.keep_secret(f"question-{side}-of-a-ticket", manager, "agency_staff")
        ticket.save()
        add("ticket", code=ticket.code)
        add("asker", key=key_of(make.ticket(contact)))
        lab = make.laboratory(organisation(f"Ateneo {side}", "university"))
        add("expert", pk=lab.pk)
        add("equipment", pk=make.equipment(lab).pk)
        mentor = make.mentor(user(f"mentor.{side}@walk.example"))
        add("mentor", pk=mentor.pk)
        pair = Pair.objects.create(mentor=mentor, mentee=make.mentee(firm))
        add("pair", me, "agency_staff", pk=pair.pk)
        one = make.funding_round(firm)
        add("round", me, "agency_staff", pk=one.pk)
        add("deal", me, "agency_staff", pk=make.deal(one, make.thesis(organisation(f"Fondo {side}", "investor"))).pk)
        event = make.event(home)
        Plan.objects.create(event=event, version=1, value=0, bound=0, wished=0)
        add("event", pk=event.pk)
        add("event_csv", pk=event.pk)
        challenge = make.challenge(firm, cluster=home)
        Juror.objects.create(challenge=challenge, person=world.user(other).person)
        add("challenge", pk=challenge.pk)
        add("jury", other, pk=challenge.pk)
        add("team", key=key_of_team(make.team(challenge)))
        fair = make.fair(home)
        add("fair", pk=fair.pk)
        add("fair_application", me, manager, "agency_staff", "fdi_officer", pk=make.fair_application(fair, firm).pk)
        cohort = make.cohort(make.accelerator(firm, home))
        make.cohort_application(cohort, firm)
        add("accelerator", pk=cohort.accelerator_id)
        add("cohort", me, manager, "agency_staff", pk=cohort.pk)
        add("alike", pk=firm.pk)
        add("next_of", pk=firm.pk)
    delegates, managers = ("delegate_a", "delegate_b"), ("manager_a", "manager_b")
    add("new_card", *delegates)
    add("new_expert", *delegates)
    add("new_event", *managers, "agency_staff")
    add("new_challenge", *delegates, *managers, "agency_staff")
    add("new_fair", *managers, "agency_staff", "fdi_officer")
    add("results", *managers, "agency_staff", "regional_officer", "evaluator")
    add("health", *managers, "agency_staff", "regional_officer", "evaluator")
    return found
