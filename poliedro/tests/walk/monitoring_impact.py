"""Samples of impact studies: one draft, one signed without a table."""

from __future__ import annotations

from typing import Any

from studies import signed_study
from walk.world import the_world

from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.services.impact import declare_study


def samples() -> dict[str, list[dict[str, Any]]]:
    world = the_world()
    evaluator = world.user("evaluator")
    draft = declare_study(title="Walk, a draft", declaration=Declaration(question="What?"), by=evaluator)
    done = signed_study(by=evaluator)
    at_draft = {"key": draft.study.key, "number": 1}
    at_done = {"key": done.study.key, "number": 1}
    return {
        "monitoring:study": [at_done],
        "monitoring:declare": [{**at_draft, "step": s} for s in ("question", "comparison", "outcomes", "review")],
        "monitoring:freeze_study": [at_done],
        "monitoring:run_study": [at_done],
        "monitoring:revise_study": [at_done],
        "monitoring:sign_study": [at_done],
        "monitoring:draw_papers": [at_done],
        "monitoring:study_report": [{**at_done, "kind": k} for k in ("html", "csv")],
        "monitoring:data_room": [at_draft, at_done],
        "monitoring:open_data_room": [at_done],
        "monitoring:room_file": [{**at_done, "what": "pairs"}],
        "monitoring:run_firms": [{"what": "startup-survival"}],
    }
