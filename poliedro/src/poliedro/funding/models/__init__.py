"""Programmes, calls, applications, evaluation, money."""

from poliedro.funding.models.aid import AidAward, CoFunding
from poliedro.funding.models.applications import (
    Application,
    CostClaim,
    Decision,
    Milestone,
    Output,
    Partner,
    WorkPackage,
)
from poliedro.funding.models.booking import ExpertBooking, ExpertSlot, SharedExpert
from poliedro.funding.models.calls import Call, CallLine, CallVersion, Measure, Programme, Simulation
from poliedro.funding.models.contracts import Contract, ContractSignature
from poliedro.funding.models.evaluation import EvaluatorAssignment, Ranking, Recusal, Score
from poliedro.funding.models.open_calls import CallInterest, CallReading, OpenCall
from poliedro.funding.models.rates import AidRate

__all__ = [
    "AidAward",
    "AidRate",
    "Application",
    "Call",
    "CallInterest",
    "CallLine",
    "CallReading",
    "CallVersion",
    "CoFunding",
    "Contract",
    "ContractSignature",
    "CostClaim",
    "Decision",
    "EvaluatorAssignment",
    "ExpertBooking",
    "ExpertSlot",
    "Measure",
    "Milestone",
    "OpenCall",
    "Output",
    "Partner",
    "Programme",
    "Ranking",
    "Recusal",
    "Score",
    "SharedExpert",
    "Simulation",
    "WorkPackage",
]
