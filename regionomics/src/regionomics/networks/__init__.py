"""Who works with whom: networks of organisations by joint projects, what holds them together, what is missing."""

from regionomics.networks.projection import Projection, projection
from regionomics.networks.summary import network_positions, network_summary

__all__ = [
    "Projection",
    "network_positions",
    "network_summary",
    "projection",
]
