"""How specialised places and how concentrated activities are."""

from regionomics.specialisation.quotient import location_quotient, presence

__all__ = ["location_quotient", "presence"]
