"""Who works with whom: networks of organisations by joint projects, what holds them together, what is missing."""

from regionomics.networks.brokerage import Brokerage, gould_fernandez
from regionomics.networks.core import CorePeriphery, core_periphery
from regionomics.networks.gaps import link_gaps, missing_ties
from regionomics.networks.holes import burt_constraint
from regionomics.networks.layers import Multiplex, multiplex, time_windows
from regionomics.networks.projection import Projection, projection
from regionomics.networks.removal import Robustness, robustness
from regionomics.networks.response import NonResponse, nonresponse_bounds
from regionomics.networks.summary import network_positions, network_summary

__all__ = [
    "Brokerage",
    "CorePeriphery",
    "Multiplex",
    "NonResponse",
    "Projection",
    "Robustness",
    "burt_constraint",
    "core_periphery",
    "gould_fernandez",
    "link_gaps",
    "missing_ties",
    "multiplex",
    "network_positions",
    "network_summary",
    "nonresponse_bounds",
    "projection",
    "robustness",
    "time_windows",
]
