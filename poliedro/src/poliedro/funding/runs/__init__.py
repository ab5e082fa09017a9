"""The room's door to computation."""

from poliedro.funding.runs.simulation import Assumptions, NoRegister, simulate

__all__ = ["Assumptions", "NoRegister", "simulate"]
