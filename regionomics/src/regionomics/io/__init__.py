"""Input-output tables: what sectors need of each other, and what the economy would lose without them."""

from regionomics.io.inverse import InputOutput, ghosh_inverse, leontief_inverse
from regionomics.io.sectors import hypothetical_extraction, io_linkages, io_multipliers

__all__ = [
    "InputOutput",
    "ghosh_inverse",
    "hypothetical_extraction",
    "io_linkages",
    "io_multipliers",
    "leontief_inverse",
]
