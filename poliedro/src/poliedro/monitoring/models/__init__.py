"""Tables of the room, one module a theme."""

from poliedro.monitoring.models.activity import ProjectNature
from poliedro.monitoring.models.benchmark import Evidence, SelfCheck, SelfCheckAnswer
from poliedro.monitoring.models.campaigns import (
    CampaignAnswer,
    CampaignFigure,
    CampaignQuestion,
    CampaignReply,
    CampaignText,
    DataCampaign,
)
from poliedro.monitoring.models.disclosure import PublishedCell, PublishedTable
from poliedro.monitoring.models.impact import Study, StudyVersion
from poliedro.monitoring.models.lifecycle import StageOverride
from poliedro.monitoring.models.policy import (
    IndicatorTerms,
    ObjectiveTag,
    Observation,
    PolicyIndicator,
    PolicyNode,
    PolicyTerms,
    QuarterReport,
    ServiceObjective,
)
from poliedro.monitoring.models.stress import StressScenario

__all__ = [
    "CampaignAnswer",
    "CampaignFigure",
    "CampaignQuestion",
    "CampaignReply",
    "CampaignText",
    "DataCampaign",
    "Evidence",
    "IndicatorTerms",
    "ObjectiveTag",
    "Observation",
    "PolicyIndicator",
    "PolicyNode",
    "PolicyTerms",
    "ProjectNature",
    "PublishedCell",
    "PublishedTable",
    "QuarterReport",
    "SelfCheck",
    "SelfCheckAnswer",
    "ServiceObjective",
    "StageOverride",
    "StressScenario",
    "Study",
    "StudyVersion",
]
