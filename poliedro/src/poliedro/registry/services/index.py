"""What of the register can be found: organisations, clusters and projects. Rebuilt after a load, kept up after an
edit."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from poliedro.registry.models import Cluster, Identifier, Organisation, OrganisationName, Project
from poliedro.shared.search import Entry, index, remove


@transaction.atomic
def rebuild_index() -> int:
    """Index the whole register anew. Returns the number of entries."""
    for kind in ("organisation", "cluster", "project"):
        remove(kind)
    return index(_organisations()) + index(_clusters()) + index(_projects())


def _organisations() -> Iterator[Entry]:
    names: dict[int, list[str]] = {}
    for pk, name in OrganisationName.objects.known().order_by("pk").values_list("organisation_id", "name").iterator():
        names.setdefault(pk, []).append(name)
    numbers: dict[int, list[str]] = {}
    for pk, value in Identifier.objects.known().order_by("pk").values_list("organisation_id", "value").iterator():
        numbers.setdefault(pk, []).append(value)
    fields = (
        "pk",
        "name",
        "short_name",
        "place_text",
        "country",
        "territory__name",
        "nace__label_it",
        "nace__label_en",
        "description",
    )
    for row in Organisation.objects.current().order_by("pk").values_list(*fields).iterator(chunk_size=5000):
        pk, name, *rest = row
        if not name and pk not in numbers:
            continue
        title = name or f"PIC {numbers[pk][0]}"
        words = [*(str(r) for r in rest if r), *names.get(pk, ()), *numbers.get(pk, ())]
        yield Entry("organisation", str(pk), title, " ".join(words), f"/organisations/{pk}/")


def _clusters() -> Iterator[Entry]:
    for c in Cluster.objects.order_by("pk"):
        body = " ".join(filter(None, (c.field_it, c.field_en, c.description_it, c.description_en)))  # type: ignore[attr-defined]
        yield Entry("cluster", c.key, c.name, body, f"/clusters/{c.key}/")


def _projects() -> Iterator[Entry]:
    rows = (
        Project.objects.filter(retracted_at=None)
        .exclude(title="")
        .order_by("pk")
        .values_list("pk", "number", "acronym", "title", "programme")
        .iterator(chunk_size=5000)
    )
    for pk, number, acronym, title, programme in rows:
        yield Entry("project", str(pk), title, " ".join((acronym, number, programme)), f"/projects/{pk}/")
