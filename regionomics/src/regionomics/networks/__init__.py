"""Who works with whom: networks of organisations by joint projects, what holds them together, what is missing."""

from regionomics.networks.brokerage import Brokerage, gould_fernandez
from regionomics.networks.holes import burt_constraint
from regionomics.networks.projection import Projection, projection
from regionomics.networks.summary import network_positions, network_summary

__all__ = [
    "Brokerage",
    "Projection",
    "burt_constraint",
    "gould_fernandez",
    "network_positions",
    "network_summary",
    "projection",
]
