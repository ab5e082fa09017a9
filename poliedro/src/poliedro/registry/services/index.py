"""What of the register can be found: organisations, clusters and projects. Rebuilt after a load, kept up after an
edit."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Model, Q, QuerySet

from poliedro.reference.models import ChangedRow, Load
from poliedro.registry.models import Cluster, Identifier, Organisation, OrganisationName, Project
from poliedro.shared.search import Entry, index, remove

KEYS = 500
"""Keys in one query."""
EVERY = Q()


@transaction.atomic
def rebuild_index() -> int:
    """Index the whole register anew. Returns the number of entries."""
    for kind in ("organisation", "cluster", "project"):
        remove(kind)
    return index(_organisations()) + index(_clusters()) + index(_projects())


@transaction.atomic
def index_load(load: Load) -> int:
    """Bring the index up to date with what a load, or its undoing, changed. Returns the number of entries written."""
    bodies = Q(load=load) | Q(pk__in=_changed(load, Organisation))
    bodies |= Q(identifiers__load=load) | Q(names__load=load)
    projects = Q(load=load) | Q(pk__in=_changed(load, Project))
    written = 0
    for kind, rows, entries in (
        ("organisation", Organisation.objects.filter(bodies), _organisations),
        ("project", Project.objects.filter(projects), _projects),
    ):
        keys = sorted(set(rows.order_by().values_list("pk", flat=True)))
        for start in range(0, len(keys), KEYS):
            part = keys[start : start + KEYS]
            remove(kind, [str(k) for k in part])
            written += index(entries(Q(pk__in=part)))
    return written


def _changed(load: Load, model: type[Model]) -> QuerySet[ChangedRow, int]:
    return load.changed.filter(model=model._meta.label).values_list("key", flat=True)


def _organisations(which: Q = EVERY) -> Iterator[Entry]:
    # Keys and not a query: inside a load PostgreSQL has no statistics of the new rows and plans the query badly.
    chosen = list(Organisation.objects.filter(which).order_by("pk").values_list("pk", flat=True)) if which else None
    of = Q(organisation__in=chosen) if chosen is not None else Q()
    names: dict[int, list[str]] = {}
    known_names = OrganisationName.objects.known().filter(of).order_by("pk")
    for pk, name in known_names.values_list("organisation_id", "name").iterator():
        names.setdefault(pk, []).append(name)
    numbers: dict[int, list[str]] = {}
    known_numbers = Identifier.objects.known().filter(of).order_by("pk")
    for pk, value in known_numbers.values_list("organisation_id", "value").iterator():
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
    for row in (
        Organisation.objects.current().filter(which).order_by("pk").values_list(*fields).iterator(chunk_size=5000)
    ):
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


def _projects(which: Q = EVERY) -> Iterator[Entry]:
    rows = (
        Project.objects.filter(which, retracted_at=None)
        .exclude(title="")
        .order_by("pk")
        .values_list("pk", "number", "acronym", "title", "programme")
        .iterator(chunk_size=5000)
    )
    for pk, number, acronym, title, programme in rows:
        yield Entry("project", str(pk), title, " ".join((acronym, number, programme)), f"/projects/{pk}/")
