"""Filling in: begun once, saved as answers come, handed in with a result. The log of acts never holds an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.registry.models import Organisation
from poliedro.registry.queries.roles import roles_of, subject_of
from poliedro.registry.rules.permissions import Form, check_can
from poliedro.shared.region import region
from poliedro.surveys.models import Answer, Invitation, Questionnaire, QuestionnaireVersion, Sheet
from poliedro.surveys.queries.sheets import answers_of, definition_of
from poliedro.surveys.rules.definition import check_answer, missing
from poliedro.surveys.rules.scoring import score


class SheetRefused(ValueError):
    """The sheet cannot be filled in or handed in as asked; the message says why."""


def check_may(by: Any, permission: str, thing: Any) -> None:
    """Raises NotPermitted."""
    check_can(roles_of(by), permission, subject_of(thing), Form(region().form))


@transaction.atomic
def start_assessment(*, organisation: Organisation, version: QuestionnaireVersion, by: Any) -> Sheet:
    """The organisation's open sheet of the version, begun if there is none. Raises NotPermitted, SheetRefused."""
    check_may(by, "surveys.assess", organisation)
    if version.questionnaire.kind != Questionnaire.Kind.SELF_ASSESSMENT:
        raise SheetRefused(f"{version.questionnaire} is a survey; it is answered by invitation")
    held = Sheet.objects.filter(organisation=organisation, version=version, campaign=None, submitted_at=None).first()
    if held is not None:
        return held
    sheet = Sheet.objects.create(organisation=organisation, version=version, user=by)
    record(by=by, verb="start_assessment", subject_kind="Sheet", subject_key=sheet.pk)
    return sheet


@transaction.atomic
def start_invited(*, invitation: Invitation, today: date) -> Sheet:
    """The invitation's sheet, begun if there is none. Raises SheetRefused where the campaign is not open."""
    campaign = invitation.campaign
    held = Sheet.objects.filter(invitation=invitation).first()
    if held is not None:
        return held
    if not campaign.opens_on <= today <= campaign.closes_on:
        raise SheetRefused(f"the campaign is open from {campaign.opens_on} to {campaign.closes_on}")
    return Sheet.objects.create(
        version=campaign.version, campaign=campaign, invitation=invitation, organisation=invitation.organisation
    )


@transaction.atomic
def save_answers(*, sheet: Sheet, given: Mapping[str, Any], at: datetime | None = None) -> None:
    """Keep answers as they come; None or empty takes one back. Who may, the caller has checked: the owner's delegate,
    or whoever holds the invitation.

    Raises:
        SheetRefused: it was handed in before. InvalidAnswer: a value that the question does not take.
    """
    if not sheet.is_open:
        raise SheetRefused("the sheet was handed in; begin a new one to answer again")
    definition, moment = definition_of(sheet.version), at or timezone.now()
    for key, value in given.items():
        question = definition.question(key)
        if question is None:
            raise SheetRefused(f"{key} is no question of {definition.key}")
        kept = check_answer(question, value)
        if kept is None:
            Answer.objects.filter(sheet=sheet, question=key).delete()
        else:
            Answer.objects.update_or_create(sheet=sheet, question=key, defaults={"value": kept, "saved_at": moment})
    Sheet.objects.filter(pk=sheet.pk).update(saved_at=moment)


@transaction.atomic
def submit_sheet(*, sheet: Sheet, by: Any = None, named: bool = False, at: datetime | None = None) -> Sheet:
    """Hand in: the result is computed and kept. Raises SheetRefused where a required question is open."""
    sheet = Sheet.objects.select_for_update().get(pk=sheet.pk)
    if not sheet.is_open:
        raise SheetRefused("the sheet was handed in before")
    definition, answers = definition_of(sheet.version), answers_of(sheet)
    if open_ := missing(definition, answers):
        raise SheetRefused(f"{len(open_)} required questions are open, the first is {open_[0].key}")
    sheet.result = score(definition, answers).stored()
    sheet.submitted_at = at or timezone.now()
    sheet.named = named and sheet.campaign_id is not None
    sheet.save(update_fields=["result", "submitted_at", "named"])
    record(by=by, verb="submit_sheet", subject_kind="Sheet", subject_key=sheet.pk)
    return sheet
