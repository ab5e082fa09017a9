"""Analyses by name."""

from __future__ import annotations

from poliedro.evidence.runs import (
    chain,
    clusters,
    complexity,
    options,
    partners,
    productivity,
    space,
    specialisation,
    variety,
)
from poliedro.evidence.runs.base import Analysis

ANALYSES: dict[str, Analysis] = {
    module.ANALYSIS.key: module.ANALYSIS
    for module in (specialisation, variety, complexity, space, options, partners, clusters, productivity, chain)
}
