from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from walk.world import World, the_world

from poliedro.monitoring.models import CampaignReply, Evidence
from poliedro.monitoring.services.benchmark import save_self_check
from poliedro.monitoring.services.campaigns import create_campaign, open_campaign, save_answers, sign_reply


def samples() -> dict[str, list[dict[str, Any]]]:
    return {**health(the_world())}


def health(world: World) -> dict[str, list[dict[str, Any]]]:
    """Life cycle, campaigns, benchmark: of both clusters; one campaign is open, one signed."""
    keys = [{"key": c.key} for c in world.clusters.values()]
    region, clusters = world.user("regional_officer"), list(world.clusters.values())
    made = {}
    for title in ("Open", "Signed", "Draft"):
        made[title] = create_campaign(
            title={"en": title},
            year=2020,
            figures=["members"],
            clusters=clusters,
            opens_on=date(2021, 1, 1),
            due_on=date(2021, 2, 1),
            by=region,
        )
        if title != "Draft":
            open_campaign(campaign=made[title], by=region)
    answers = []
    for side, cluster in world.clusters.items():
        reply = CampaignReply.objects.get(campaign=made["Signed"], cluster=cluster)
        by = world.user(f"manager_{side}")
        save_answers(
            reply=reply, given={"members": ("1", "one member joined, as the walk made it")}, submit=True, by=by
        )
        sign_reply(reply=reply, by=region)
        answers.append({"pk": reply.answers.get().pk})
    campaigns = [{"campaign": made["Open"].key}, {"campaign": made["Draft"].key}]
    of_both = [{"key": c.key, "campaign": made["Open"].key} for c in clusters]
    files = []
    for side, cluster in world.clusters.items():
        upload = SimpleUploadedFile("minutes.pdf", b"%PDF-1.7 minutes")
        save_self_check(
            cluster=cluster,
            year=2020,
            levels={"decisions": 3},
            notes={},
            files={"decisions": upload},
            submit=False,
            by=world.user(f"manager_{side}"),
        )
        files.append({"pk": Evidence.objects.get(answer__check_of__cluster=cluster).pk})
    return {
        "monitoring:benchmark": keys,
        "monitoring:self_check": keys,
        "monitoring:evidence": files,
        "monitoring:lifecycle": keys,
        "monitoring:override_stage": keys,
        "monitoring:withdraw_override": keys,
        "monitoring:campaign": campaigns,
        "monitoring:open_campaign": campaigns,
        "monitoring:remind": campaigns,
        "monitoring:close_campaign": campaigns,
        "monitoring:reply": of_both,
        "monitoring:cluster_campaigns": keys,
        "monitoring:answer_form": of_both,
        "monitoring:answer": answers,
    }
