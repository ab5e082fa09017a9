"""Real objects for the walk over the addresses of the room; a firm's result is a secret of those who act for it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from walk.world import the_world

from poliedro.surveys.models import Campaign, FollowUp, QuestionnaireVersion, Sheet
from poliedro.surveys.rules.coding import parse_codes
from poliedro.surveys.services.campaigns import add_follow_up, open_campaign, open_region_campaign
from poliedro.surveys.services.interviews import enter_interview, publish_codebook
from poliedro.surveys.services.sheets import save_answers, start_assessment, start_invited, submit_sheet

DAY = date(2020, 1, 1)


def samples() -> dict[str, list[dict[str, Any]]]:
    world = the_world()
    versions = {v.questionnaire.key: v for v in QuestionnaireVersion.objects.select_related("questionnaire")}
    sheets, invitations, files = [], [], []
    for side, cluster in world.clusters.items():
        manager, firm = world.user(f"manager_{side}"), world.firms[side]
        by = world.user(f"delegate_{side}")
        done = start_assessment(organisation=firm, version=versions["circularity"], by=by)
        answers = {"repairable": 1, "secondary": "none", "waste": "dump", "takeback": "no", "service": 1}
        save_answers(sheet=done, given={**answers, "measured": "no"})
        submit_sheet(sheet=done, by=by)
        start_assessment(organisation=firm, version=versions["digital-maturity"], by=by)
        sheets.append({"pk": done.pk})
        campaign = open_campaign(
            cluster=cluster, version=versions["member-satisfaction"], name="2020", opens_on=DAY,
            closes_on=timezone.localdate(), groups={"member", "own"}, by=manager,
        )  # fmt: skip
        add_follow_up(campaign=campaign, text="Open day", due_on=DAY, by=manager)
        first = campaign.invitations.order_by("pk")[0]
        start_invited(invitation=first, today=timezone.localdate())
        invitations.append({"token": first.token})
        files.append({"key": cluster.key, "pk": firm.pk})
    region = world.user("regional_officer")
    whole = open_region_campaign(
        version=versions["member-satisfaction"], name="Region", opens_on=DAY, closes_on=timezone.localdate(),
        groups={"member"}, by=region,
    )  # fmt: skip
    next_step = add_follow_up(campaign=whole, text="Talk", due_on=DAY, by=region)
    book = publish_codebook(title="Roles", codes=parse_codes("funds: only for funds"), by=region)
    talk = enter_interview(
        title="Talk", held_on=DAY, with_whom="a manager", cluster=None, codebook=book, texts=["It is for the money."],
        agreed=True, by=region,
    )  # fmt: skip
    keys = [{"key": c.key} for c in world.clusters.values()]
    opened = [{"pk": s.pk, "number": 1} for s in Sheet.objects.filter(submitted_at=None, campaign=None).order_by("pk")]
    campaigns = [{"pk": c.pk} for c in Campaign.objects.exclude(cluster=None).order_by("pk")]
    follow_ups = FollowUp.objects.exclude(campaign__cluster=None).order_by("pk")
    return {
        "surveys:start": [{"pk": f.pk, "version": versions["circularity"].pk} for f in world.firms.values()],
        "surveys:section": opened,
        "surveys:hand_in": [{"pk": s["pk"]} for s in opened],
        "surveys:result": sheets,
        "surveys:keep_step": sheets,
        "surveys:invited": invitations,
        "surveys:invited_section": [{**i, "number": 1} for i in invitations],
        "surveys:invited_hand_in": invitations,
        "surveys:surveys": keys,
        "surveys:member_surveys": files,
        "surveys:campaign": campaigns,
        "surveys:links": campaigns,
        "surveys:remind": campaigns,
        "surveys:follow_up_done": [{"pk": f.pk} for f in follow_ups],
        "surveys:interview": [{"pk": talk.pk}],
        "surveys:codebook": [{"pk": book.pk}],
        "surveys:region_campaign": [{"pk": whole.pk}],
        "surveys:region_remind": [{"pk": whole.pk}],
        "surveys:region_follow_up_done": [{"pk": next_step.pk}],
    }
