"""Joint work: programmes with their critical path, calendar, roundtables, incentives, shared services."""

from poliedro.support.views.joint.dates import joint_calendar, joint_ics
from poliedro.support.views.joint.incentives import formula, formulas
from poliedro.support.views.joint.programmes import programme, programmes
from poliedro.support.views.joint.roundtables import roundtable, roundtables
from poliedro.support.views.joint.shared import shared_service, shared_services

__all__ = [
    "formula",
    "formulas",
    "joint_calendar",
    "joint_ics",
    "programme",
    "programmes",
    "roundtable",
    "roundtables",
    "shared_service",
    "shared_services",
]
