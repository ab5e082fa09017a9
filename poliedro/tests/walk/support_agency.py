from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from funding_drafts import SME
from policy_made import call, measure
from support_samples import coaching_case, course_of, material_of, provider
from walk.world import the_world

from poliedro.accounts.rules import Side
from poliedro.accounts.services import ask_override, declare_conflict
from poliedro.funding.models import Call
from poliedro.registry.models import Cluster
from poliedro.support.models import KnowledgeItem, SharedService, Suggestion
from poliedro.support.rules.joint import BonusRule
from poliedro.support.services.agency import (
    add_asset,
    ask_peer,
    enrol,
    give_course_feedback,
    hand_over,
    offer_to_peers,
    take_attendance,
)
from poliedro.support.services.coaching import add_entry, rate_goal
from poliedro.support.services.course_days import say_days
from poliedro.support.services.joint import add_formula, add_programme, hold_roundtable, simulate_formula, write_item

DAY = date(2026, 3, 2)


def samples() -> dict[str, list[dict[str, Any]]]:
    """Two clusters with a coaching case each, whose words only the manager and the assigned coach may ever meet."""
    world = the_world()
    found: dict[str, list[dict[str, Any]]] = {}

    def add(name: str, **sample: Any) -> None:
        found.setdefault(f"support:{name}", []).append(sample)

    coaches = {"a": provider(world.user("coach").person), "b": provider(world.user("coach_b").person)}
    readers = {"a": "coach", "b": "coach_b"}
    for side, cluster in world.clusters.items():
        manager = world.user(f"manager_{side}")
        words = world.keep_secret(f"zweifelkasse{side}", f"manager_{side}", readers[side])
        case = coaching_case(manager, cluster, coaches[side], words)
        add("need", pk=case.need_id)
        add("need_remove", pk=case.need_id)
        for name in ("coaching", "coaching_move", "coaching_feedback", "coaching_withdraw"):
            add(name, pk=case.pk)
        goal = add_entry(case=case, kind="goal", text=f"goal of {words}", by=manager)
        rate_goal(entry=goal, level=1, by=manager)
        entries = {e.kind: e.pk for e in case.entries.all()}
        add("coaching_goal_rate", pk=entries["goal"])
        add("coaching_action_done", pk=entries["action"])
        add("coaching_document", pk=entries["document"])
        add("contact", key=cluster.key)
        hand_over(cluster=cluster, person=world.user("agency_staff").person, starts_on=DAY, handover="", by=None)
        course = course_of(world.user(readers[side]).person, f"Course {side}")
        seat = enrol(course=course, person=manager.person, cluster=cluster, by=manager)
        take_attendance(session=course.sessions.get(), present=[seat.pk], by=None)
        give_course_feedback(enrolment=seat, score=4, suggestion="", on=DAY, by=manager)
        add("course", pk=course.pk)
        add("course_run", pk=course.pk)
        add("certificate", pk=seat.pk)
        looking = course_of(world.user(readers[side]).person, f"Days {side}", proposed=True)
        chosen = [day.pk for day in looking.proposed.all()]
        say_days(course=looking, person=manager.person, cluster=cluster, days=chosen, urgency=2, by=manager)
        add("course", pk=looking.pk)
        add("course_days", pk=looking.pk)
        add("course_material", pk=material_of(course).pk)
        offer = offer_to_peers(person=manager.person, cluster=cluster, competence="team", text="", on=DAY, by=manager)
        add("peer_ask", pk=offer.pk)
        other = world.user("manager_b" if side == "a" else "manager_a")
        add("peer_met", pk=ask_peer(offer=offer, learner=other.person, on=DAY, by=other).pk)
        declared = declare_conflict(
            person=manager.person, subject_key=f"cluster:{cluster.key}", reason="kin", valid_from=DAY, by=manager
        )
        add("conflict_withdraw", pk=declared.pk, _may={f"manager_{side}"})
    _shared(add, world.clusters, world)
    return found


def _shared(add: Any, clusters: dict[str, Cluster], world: Any) -> None:
    add("asset_use", pk=add_asset(kind="brand", title="Logo", text="", url="", starts_on=None, by=None).pk)
    said = Suggestion.objects.create(text="Meet in the evening", origin="course", said_on=DAY)
    add("suggestion_answer", pk=said.pk)
    override = ask_override(
        person=world.user("evaluator").person,
        subject_key="cluster:agrifood",
        matter_key=f"call:{_a_call().key}",
        reason="none other",
        side=Side.FUNDING,
        by=world.user("funding_officer"),
    )
    add("override_agree", pk=override.pk)
    add("override_refuse", pk=override.pk)
    programme = add_programme(title="Joint", cluster=None, starts_on=DAY, ends_on=date(2027, 3, 2), by=None)
    add("programme", pk=programme.pk)
    table = hold_roundtable(title="First", held_on=DAY, place="", agenda="", seats=[("region", "Ada", True)], by=None)
    add("roundtable", pk=table.pk)
    formula = add_formula(
        title="Bonus",
        starts_on=date(2026, 1, 1),
        ends_on=date(2027, 1, 1),
        rules=[BonusRule("new_micro_members", Decimal(100))],
        budget_eur=Decimal(1000),
        by=None,
    )
    simulate_formula(formula=formula, by=None)
    add("formula", pk=formula.pk)
    service = SharedService.objects.create(title="Lab", fixed_eur=100, hour_eur=10, alone_eur=500)
    service.partners.set(clusters.values())
    add("shared_service", pk=service.pk)
    open_one = write_item(values={"kind": "practice", "audience": "public", "title": "Hub", "problem": "x"}, by=None)
    add("knowledge_item", pk=open_one.pk)
    closed = KnowledgeItem.objects.create(kind="article", audience="managers", title="Fees", problem="y")
    add("knowledge_item", pk=closed.pk, _may=MANAGERS)


def _a_call() -> Call:
    """A published call, for which an override may be asked."""
    return call(measure("walked"), SME, key="walked-call")


MANAGERS = {"manager_a", "manager_b", "agency_staff", "coach", "coach_b", "coach_from_funding", "regional_officer"}
"""Who reads the library's pieces for managers."""
