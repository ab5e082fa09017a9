"""The demonstration: a region of invented firms that meets every figure the study publishes. Same seed, same rows."""

from poliedro.registry.services.demonstration.build import build_demonstration

__all__ = ["build_demonstration"]
