"""Where the room's own facts come from."""

from __future__ import annotations

from poliedro.reference.models import Certainty, Source


def catalogue_source() -> Source:
    """What clusters and the agency say that they offer."""
    return Source.objects.get_or_create(
        key="service-catalogue",
        defaults={
            "name": "Catalogue of services",
            "publisher": "Clusters, agency",
            "certainty": Certainty.REPORTED,
            "description_it": "Servizi, prezzi e pacchetti come li dichiara chi li offre.",
            "description_en": "Services, prices and packages as those who offer them state them.",
        },
    )[0]


def cases_source() -> Source:
    """What those who work on cases record of the services given."""
    return Source.objects.get_or_create(
        key="service-cases",
        defaults={
            "name": "Cases of services",
            "publisher": "Clusters, agency",
            "certainty": Certainty.REPORTED,
            "description_it": "Servizi erogati, ore, costi e risultati registrati da chi segue le pratiche.",
            "description_en": "Services given, hours, costs and results recorded by those who work on cases.",
        },
    )[0]
