"""Questionnaires in versions, whom they are put to, and what each answered."""

from poliedro.surveys.models.answers import Answer, Sheet
from poliedro.surveys.models.campaigns import Campaign, FollowUp, Invitation
from poliedro.surveys.models.questionnaires import Questionnaire, QuestionnaireVersion

__all__ = [
    "Answer",
    "Campaign",
    "FollowUp",
    "Invitation",
    "Questionnaire",
    "QuestionnaireVersion",
    "Sheet",
]
