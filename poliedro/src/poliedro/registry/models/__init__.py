"""Who is who in the region, in which cluster, with whom, since when, and how it is known."""

from poliedro.registry.models.clusters import (
    Cluster,
    ClusterAreaLink,
    ClusterDefinition,
    CostLine,
    DefinitionCode,
    LabelAward,
    Lineage,
    ManagementOrganisation,
    Mandate,
    RevenueLine,
    StaffAssignment,
)
from poliedro.registry.models.memberships import MembershipSpell
from poliedro.registry.models.organisations import (
    Activity,
    Delivery,
    Establishment,
    FinancialStatement,
    GroupLink,
    Identifier,
    Organisation,
    OrganisationName,
    RegisterCount,
    RegisteredFirm,
    RegisterFlag,
    ServiceOffer,
)
from poliedro.registry.models.projects import (
    EffortRecord,
    Participation,
    Project,
    ProjectShare,
    ResearchContract,
)
from poliedro.registry.models.quality import DataQualityFinding, ReportedFigure
from poliedro.registry.models.resolution import MatchCandidate, Merge, ResolutionRun
from poliedro.registry.models.roles import Delegation, Office

__all__ = [
    "Activity",
    "Cluster",
    "ClusterAreaLink",
    "ClusterDefinition",
    "CostLine",
    "DataQualityFinding",
    "DefinitionCode",
    "Delegation",
    "Delivery",
    "EffortRecord",
    "Establishment",
    "FinancialStatement",
    "GroupLink",
    "Identifier",
    "LabelAward",
    "Lineage",
    "ManagementOrganisation",
    "Mandate",
    "MatchCandidate",
    "MembershipSpell",
    "Merge",
    "Office",
    "Organisation",
    "OrganisationName",
    "Participation",
    "Project",
    "ProjectShare",
    "RegisterCount",
    "RegisterFlag",
    "RegisteredFirm",
    "ReportedFigure",
    "ResearchContract",
    "ResolutionRun",
    "RevenueLine",
    "ServiceOffer",
    "StaffAssignment",
]
