"""Sheets of an organisation or an invitation, their answers, and results before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from poliedro.registry.models import Organisation
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.permissions import RoleName
from poliedro.surveys.models import Questionnaire, QuestionnaireVersion, Sheet
from poliedro.surveys.rules.definition import Definition, read_definition


def latest_versions(kind: str) -> list[QuestionnaireVersion]:
    """The latest version of each questionnaire of a kind, in order."""
    found: dict[int, QuestionnaireVersion] = {}
    rows = QuestionnaireVersion.objects.filter(questionnaire__kind=kind).select_related("questionnaire")
    for row in rows.order_by("questionnaire__position", "questionnaire", "-version"):
        found.setdefault(row.questionnaire_id, row)
    return list(found.values())


def definition_of(version: QuestionnaireVersion) -> Definition:
    return read_definition(version.content)


def answers_of(sheet: Sheet) -> dict[str, Any]:
    return dict(sheet.answers.values_list("question", "value"))


def bodies_of(user: Any) -> list[Organisation]:
    """The organisations for which the person acts today, by name."""
    keys = [r.organisation_id for r in roles_of(user) if r.name is RoleName.DELEGATE and r.organisation_id]
    return list(Organisation.objects.filter(pk__in=keys).order_by("name"))


@dataclass(frozen=True)
class Assessed:
    """One self-assessment as an organisation sees it. open: a sheet that was begun. results: handed in, latest
    first."""

    version: QuestionnaireVersion
    open: Sheet | None
    results: list[Sheet]


def assessments_of(organisation: Organisation) -> list[Assessed]:
    """Every self-assessment with what the organisation did with it. Two queries."""
    sheets = list(
        Sheet.objects.filter(
            organisation=organisation,
            campaign=None,
            version__questionnaire__kind=Questionnaire.Kind.SELF_ASSESSMENT,
        ).select_related("version__questionnaire")
    )
    lines = []
    for version in latest_versions(Questionnaire.Kind.SELF_ASSESSMENT):
        own = [s for s in sheets if s.version.questionnaire_id == version.questionnaire_id]
        done = sorted((s for s in own if s.submitted_at), key=lambda s: s.submitted_at or s.started_at, reverse=True)
        lines.append(Assessed(version, next((s for s in own if s.is_open), None), done))
    return lines


def earlier_results(sheet: Sheet) -> list[Sheet]:
    """Results of the same owner with the same questionnaire, whatever the version, handed in before, latest first."""
    if sheet.organisation_id is None or sheet.submitted_at is None:
        return []
    return list(
        Sheet.objects.filter(
            organisation=sheet.organisation_id,
            version__questionnaire=sheet.version.questionnaire_id,
            campaign=None,
            submitted_at__lt=sheet.submitted_at,
        )
        .select_related("version")
        .order_by("-submitted_at")
    )
