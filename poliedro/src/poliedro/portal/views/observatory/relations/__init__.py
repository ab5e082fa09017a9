"""With whom: partner regions, and the clusters among themselves."""

from poliedro.portal.views.observatory.relations.pairs import between
from poliedro.portal.views.observatory.relations.regions import best_partners, partners
from poliedro.portal.views.observatory.relations.supposed import what_if

__all__ = ["best_partners", "between", "partners", "what_if"]
