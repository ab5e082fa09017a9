"""Questionnaires in versions, whom they are put to, and what each answered."""

from poliedro.surveys.models.answers import Answer, Sheet
from poliedro.surveys.models.campaigns import Campaign, FollowUp, Invitation
from poliedro.surveys.models.interviews import Codebook, Coding, Fragment, Interview
from poliedro.surveys.models.questionnaires import Questionnaire, QuestionnaireVersion

__all__ = [
    "Answer",
    "Campaign",
    "Codebook",
    "Coding",
    "FollowUp",
    "Fragment",
    "Interview",
    "Invitation",
    "Questionnaire",
    "QuestionnaireVersion",
    "Sheet",
]
