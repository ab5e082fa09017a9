"""How complex places and activities are, from which places do what."""

from regionomics.complexity.counts import diversity, normalised_ubiquity, ubiquity
from regionomics.complexity.economic import EconomicComplexity, economic_complexity
from regionomics.complexity.fitness import FitnessComplexity, Genepy, fitness_complexity, genepy
from regionomics.complexity.outlook import complexity_outlook, opportunity_gain

__all__ = [
    "EconomicComplexity",
    "FitnessComplexity",
    "Genepy",
    "complexity_outlook",
    "diversity",
    "economic_complexity",
    "fitness_complexity",
    "genepy",
    "normalised_ubiquity",
    "opportunity_gain",
    "ubiquity",
]
