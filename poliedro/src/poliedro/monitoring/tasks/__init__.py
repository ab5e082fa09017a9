"""Background work of the room: importing the package registers every theme's."""

from poliedro.monitoring.tasks import impact, policy

__all__ = ["impact", "policy"]
