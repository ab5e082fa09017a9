"""The demonstration: a region of invented firms that meets every figure the study publishes. Same seed, same rows."""

from poliedro.registry.services.demonstration.build import DemonstrationExists, build_demonstration

__all__ = ["DemonstrationExists", "build_demonstration"]
