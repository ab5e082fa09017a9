"""A closed survey of a cluster's members with answers, for pages that show it in aggregate."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from factories import organisation

from poliedro.registry.models import Cluster
from poliedro.surveys.models import Answer, Campaign, Invitation, QuestionnaireVersion, Sheet
from poliedro.surveys.services.questionnaires import load_questionnaires


def answered_survey(
    cluster: Cluster,
    *,
    closes_on: date,
    small: tuple[int, list[str]] = (12, ["decisive", "no", "no"]),
    large: tuple[int, list[str]] = (3, ["decisive", "helped", "helped"]),
) -> Campaign:
    """The members' survey of a cluster. small, large: how many of the size were invited, and what answered of them said
    of innovating (and of partners)."""
    version = QuestionnaireVersion.objects.filter(questionnaire__key="member-satisfaction").first()
    if version is None:
        load_questionnaires()
        version = QuestionnaireVersion.objects.get(questionnaire__key="member-satisfaction")
    campaign = Campaign.objects.create(
        version=version, cluster=cluster, name=f"Survey {closes_on.year}",
        opens_on=closes_on - timedelta(days=30), closes_on=closes_on,
    )  # fmt: skip
    for size, (invited, said) in (("small", small), ("large", large)):
        for i in range(invited):
            row = Invitation.objects.create(
                campaign=campaign, organisation=organisation(f"{cluster.key} {size} {i}"), stratum=size
            )
            if i < len(said):
                answered(campaign, row, {"overall": 4, "innovate": said[i], "partners": said[i]})
    return campaign


def answered(campaign: Campaign, row: Invitation, answers: dict[str, Any]) -> Sheet:
    sheet = Sheet.objects.create(
        version=campaign.version, campaign=campaign, invitation=row, organisation_id=row.organisation_id,
        submitted_at=timezone.now(), result={},
    )  # fmt: skip
    for question, value in answers.items():
        Answer.objects.create(sheet=sheet, question=question, value=value)
    return sheet
