"""Firms like mine that already did something (R136): nearest comparable firms, rivals left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.matchmaking.models import FairApplication
from poliedro.matchmaking.queries.concepts import fields_named
from poliedro.matchmaking.rules.alike import Firm, likeness
from poliedro.registry.models import Delivery, Organisation, Participation
from poliedro.registry.queries.visibility import keep_places, kept_back

THINGS = ("eu_projects", "international", "digital", "regional_projects")
NEAREST = 20
LEAST = 0.3
"""Below that likeness two firms are not called comparable."""


def thing_label(thing: str) -> str:
    return {
        "eu_projects": _("joined EU projects"),
        "international": _("went abroad with a fair or a service"),
        "digital": _("digitalised with a service"),
        "regional_projects": _("joined regional research projects"),
    }[thing]


@dataclass(frozen=True)
class AlikeFirm:
    """A firm comparable with one's own that already did something. likeness: 0..1; reasons: codes."""

    organisation: Organisation
    likeness: float
    reasons: tuple[str, ...]
    did: tuple[str, ...]


def years_of(organisation: Organisation) -> int | None:
    return timezone.localdate().year - organisation.founded_on.year if organisation.founded_on else None


def candidates_alike(organisation: Organisation, did: dict[str, set[int]], limit: int = 800) -> list[Organisation]:
    """Firms of the same NACE division that did one of the things, direct competitors left out. One query."""
    keys = set().union(*did.values()) - {organisation.pk}
    division = organisation.nace.code[:2] if organisation.nace else None
    rows = Organisation.objects.current().filter(kind__in=("enterprise", "start_up", "large_firm"))
    if division:
        rows = rows.filter(nace__code__startswith=division)
    hidden = kept_back()  # likeness rests on activity, size and age: whoever keeps one back is compared with nobody
    rows = rows.exclude(pk__in=hidden["activities"] | hidden["size"] | hidden["founded_on"] | hidden["projects"])
    rows = rows.filter(country=organisation.country).select_related("nace", "territory").order_by("pk")
    return [
        o
        for o in rows[: limit * 5]
        if o.pk in keys and not (o.nace_id == organisation.nace_id and o.size_class == organisation.size_class)
    ][:limit]


def done_by(kind: str) -> set[int]:
    """Firms that did a thing: one of THINGS. One query or two."""
    if kind == "eu_projects":
        rows: Any = Participation.objects.known().filter(project__scheme__in=("h2020", "horizon_europe"))
        return set(rows.values_list("organisation_id", flat=True).distinct())
    if kind == "international":
        went = FairApplication.objects.filter(state="took_part").values_list("organisation_id", flat=True)
        served = Delivery.objects.known().filter(service="internationalisation")
        return set(went) | set(served.values_list("client_id", flat=True))
    if kind == "digital":
        served = Delivery.objects.known().filter(service="digitalisation")
        return set(served.values_list("client_id", flat=True))
    rows = Participation.objects.known().filter(project__scheme="regional")
    return set(rows.values_list("organisation_id", flat=True).distinct())


def firms_alike(organisation: Organisation, thing: str = "") -> list[AlikeFirm]:
    """The nearest comparable firms that did the thing (any of them, if none is named), the most alike first."""
    did = {t: done_by(t) for t in THINGS if thing in ("", t)}
    others = candidates_alike(organisation, did)
    keep_places(others)
    technologies = technologies_of([organisation, *others])
    mine = _firm(organisation, technologies)
    found = []
    for other in others:
        score, reasons = likeness(mine, _firm(other, technologies))
        if score >= LEAST:
            found.append(AlikeFirm(other, score, reasons, tuple(t for t, keys in did.items() if other.pk in keys)))
    return sorted(found, key=lambda f: (-f.likeness, f.organisation.pk))[:NEAREST]


def technologies_of(organisations: Sequence[Organisation]) -> dict[int, frozenset[str]]:
    """Organisation -> concepts and fields of science that its own words and the titles of its projects name."""
    hidden = kept_back(among=[o.pk for o in organisations])["description"]
    texts = {o.pk: [] if o.pk in hidden else [o.description] for o in organisations}
    rows = Participation.objects.known().filter(organisation__in=texts, project__retracted_at=None).order_by("pk")
    for key, title in rows.exclude(project__title="").values_list("organisation_id", "project__title"):
        texts[key].append(title)
    return {key: frozenset(fields_named(". ".join(said))) for key, said in texts.items()}


def _firm(o: Organisation, technologies: Mapping[int, frozenset[str]]) -> Firm:
    place = o.territory
    province = ""
    if place is not None:
        province = str(place.parent_id) if place.level == "lau" else str(place.pk)
    return Firm(o.nace.code if o.nace else "", o.size_class, years_of(o), province, technologies[o.pk])
