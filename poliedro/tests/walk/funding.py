from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from factories import source
from funding_drafts import SME, WORDS, raw_call
from walk.world import the_world

from poliedro.funding.models import (
    AidAward,
    Application,
    Contract,
    CostClaim,
    EvaluatorAssignment,
    ExpertBooking,
    ExpertSlot,
    Measure,
    Milestone,
    Partner,
    Programme,
    SharedExpert,
    Simulation,
)
from poliedro.funding.services.calls import create_call, publish_version
from poliedro.registry.rules.permissions import RoleName

DESK = (
    "draft",
    "new_rule",
    "edit_data",
    "new_intensity",
    "edit_lines",
    "edit_criteria",
    "edit_loans",
    "new_case",
    "publish",
    "close",
    "cofund",
    "simulate",
    "compare",
    "evaluation",
    "assign",
    "begin",
)
RUN = {RoleName.AGENCY_STAFF, RoleName.REGIONAL_OFFICER}
OF_PARTNER = ("partner_facts", "drop_partner", "agree", "claim")


def samples() -> dict[str, list[dict[str, Any]]]:
    world = the_world()
    kept = source("walk-calls")
    programme = Programme.objects.create(
        key="walk", name_it="W", name_en="W", authority="W", source=kept, certainty="reported"
    )
    measure = Measure.objects.create(
        programme=programme, key="walk", name_it="W", name_en="W", instrument="grant", valid_from="2020-01-01",
        source=kept, certainty="reported",
    )  # fmt: skip
    criteria = [{"key": "quality", "text": WORDS, "weight": 100, "most": 10}]
    call = create_call(
        measure=measure,
        document=raw_call(
            SME,
            criteria=criteria,
            intensities=[{"who": SME, "grant": 0.5}],
            cases=[{"name": "W", "tests": "r0", "line": "1", "expects": "unknown"}],
        ),
        source=kept,
        by=None,
    )
    version = call.versions.get()
    publish_version(version=version, by=None, opens_on=timezone.localdate())
    line = call.lines.get()
    given: dict[str, list[dict[str, Any]]] = {}
    given["funding:cluster_pipeline"] = [{"key": c.key} for c in world.clusters.values()]
    for key, firm in world.firms.items():
        other = world.firms["b" if key == "a" else "a"]
        draft = Application.objects.create(line=line, version=version, organisation=firm, title=f"Draft {key}")
        running = Application.objects.create(
            line=line, version=version, organisation=firm, title=f"Running {key}", state="granted",
            submitted_at=timezone.now(),
        )  # fmt: skip
        lead = Partner.objects.create(application=running, organisation=firm, is_lead=True, cost_eur=Decimal(100))
        Partner.objects.create(application=draft, organisation=firm, is_lead=True, cost_eur=Decimal(100))
        stone = Milestone.objects.create(application=running, title="M", due_on=timezone.localdate())
        claim = CostClaim.objects.create(application=running, partner=lead, period="2026", cost_eur=Decimal(10))
        award = AidAward.objects.create(
            organisation=firm, regime="de_minimis", amount_eur=Decimal(10), granted_on=timezone.localdate(),
            measure="W", source=kept, certainty="reported",
        )  # fmt: skip
        own, officer = f"delegate_{key}", "funding_officer"
        add = given.setdefault
        add("funding:application", []).extend(
            [{"pk": draft.pk, "_may": [own]}, {"pk": running.pk, "_may": [own, officer]}]
        )
        for name in ("save", "package", "submit", "partner"):
            add(f"funding:{name}", []).append(
                {"pk": draft.pk, "_may": [own], "_method": "post", "_data": _post(name, firm)}
            )
        add("funding:move", []).append(
            {"pk": draft.pk, "to": "withdrawn", "_may": [own], "_method": "post", "_data": {"why": "x"}}
        )
        for name in OF_PARTNER:
            pk = running.pk if name == "claim" else draft.pk
            add(f"funding:{name}", []).append({"pk": pk, "organisation": firm.pk, "_may": [own], "_method": "post"})
        add("funding:cup", []).append({"pk": running.pk, "_may": [officer], "_method": "post", "_data": {"cup": "x"}})
        drawn = Contract.objects.create(
            application=running, number=1, checksum="w" * 64, sign_by=timezone.localdate() + timedelta(days=9),
            terms={
                "call": call.key, "line": line.key, "version": 1, "title": "W", "cup": "W", "regime": "gber",
                "decided_on": "2026-01-01", "starts_on": "2026-01-01", "ends_on": "2027-01-01", "milestones": [],
                "parties": [{"organisation": firm.pk, "name": key, "cost_eur": "9", "grant_eur": "1", "loan_eur": "0"}],
            },
        )  # fmt: skip
        one = {"pk": running.pk, "number": drawn.number}
        add("funding:receipt", []).append({"pk": running.pk, "_may": [own, officer]})
        add("funding:contract", []).append({"pk": running.pk, "_may": [own, officer]})
        add("funding:contract_paper", []).append({**one, "_may": [own, officer]})
        for name in ("draw_contract", "revoke_grant", "grant_from_reserve"):
            add(f"funding:{name}", []).append({"pk": running.pk, "_may": [officer], "_method": "post"})
        add("funding:lower_grant", []).append({"pk": running.pk, "_may": [officer], "_method": "post"})
        add("funding:end_contract", []).append({**one, "_may": [officer], "_method": "post"})
        for name in ("sign_contract", "decline_contract"):
            add(f"funding:{name}", []).append(
                {**one, "_may": [own], "_method": "post", "_data": {"organisation": firm.pk}}
            )
        for name in ("milestone", "output"):
            add(f"funding:{name}", []).append({"pk": running.pk, "_may": [own, officer], "_method": "post"})
        add("funding:reach", []).append({"pk": running.pk, "number": stone.pk, "_may": [own], "_method": "post"})
        add("funding:settle", []).append({"pk": running.pk, "number": claim.pk, "_may": [officer], "_method": "post"})
        add("funding:expert", []).append({"pk": draft.pk, "_may": [own]})
        for name in ("book_expert", "cancel_expert"):
            add(f"funding:{name}", []).append({"pk": draft.pk, "_may": [own], "_method": "post", "_data": {}})
        add("funding:fitting", []).append({"pk": firm.pk})
        add("funding:aid", []).append({"pk": firm.pk})
        add("funding:equivalent", []).append({"pk": firm.pk})
        add("funding:withdraw_aid", []).append({"pk": firm.pk, "number": award.pk})
        add("funding:start", []).append({"pk": firm.pk, "key": call.key, "line": line.key})
        assert other
    evaluator = world.actors["evaluator"]
    assert evaluator.user is not None
    assignment = EvaluatorAssignment.objects.create(call=call, person=evaluator.user.person)
    scored = Application.objects.create(
        line=line, version=version, organisation=world.firms["a"], title="Scored", state="in_evaluation",
        submitted_at=timezone.now(),
    )  # fmt: skip
    simulation = Simulation.objects.create(
        version=version, key="w" * 64, result={"lines": {}}, inputs={"rows": 0, "on": "2026-01-01"}, seconds=0, seed=1,
        certainty="estimated", assumptions={"rate": {}},
    )  # fmt: skip
    coach = world.actors["coach"]
    assert coach.user is not None
    expert = SharedExpert.objects.create(person=coach.user.person, topics_it="bandi", topics_en="calls")
    slot = ExpertSlot.objects.create(expert=expert, starts_at=timezone.now() + timedelta(days=3), place="W")
    seat = ExpertBooking.objects.create(slot=slot, application=running, seat=1)
    running_hours = [name for name, actor in world.actors.items() if {r.name for r in actor.roles} & RUN]
    given["funding:expert_hours"] = [{"_may": ["coach"]}]
    given["funding:offer_hour"] = [{"pk": expert.pk, "_may": ["coach", *running_hours], "_method": "post"}]
    given["funding:withdraw_hour"] = [{"pk": slot.pk, "_may": ["coach", *running_hours], "_method": "post"}]
    given["funding:settle_booking"] = [{"pk": seat.pk, "how": "held", "_may": ["coach"], "_method": "post"}]
    one = {"key": call.key}
    own_score = {"pk": assignment.pk, "application": scored.pk, "_may": ["evaluator"]}
    return {
        **given,
        **{f"funding:{name}": [one] for name in (*DESK, "call", "check")},
        "funding:rule": [{**one, "rule": "r0"}],
        "funding:programme": [{"key": "walk"}],
        "funding:measure": [{"key": "walk"}],
        "funding:drop_rule": [{**one, "rule": "r0"}],
        "funding:intensity": [{**one, "number": 1}],
        "funding:drop_intensity": [{**one, "number": 1}],
        "funding:case": [{**one, "number": 1}],
        "funding:drop_case": [{**one, "number": 1}],
        "funding:simulation": [{**one, "pk": simulation.pk}],
        "funding:end_assignment": [{**one, "number": assignment.pk}],
        "funding:sign": [{**one, "line": line.key}],
        "funding:score": [own_score],
        "funding:recuse": [{**own_score, "_method": "post", "_data": {"reason": "x"}}],
    }


def _post(name: str, firm: Any) -> dict[str, Any]:
    return {"organisation": firm.pk, "cost_eur": "1"} if name == "partner" else {}
