"""What of the register can be found: organisations, clusters and projects. Rebuilt after a load, kept up after an
edit."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Model, Q, QuerySet

from poliedro.reference.models import ChangedRow, Load
from poliedro.registry.models import Cluster, Identifier, Organisation, OrganisationName, Project
from poliedro.registry.queries.visibility import kept_back
from poliedro.registry.rules.names import other_names_of_city
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
    # By their keys: joins would be planned badly, as below.
    bodies |= Q(pk__in=Identifier.objects.filter(load=load).values("organisation"))
    bodies |= Q(pk__in=OrganisationName.objects.filter(load=load).values("organisation"))
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


@transaction.atomic
def index_organisations(keys: list[int]) -> int:
    """Index these organisations, which are not in the index yet. Returns the number of entries."""
    return sum(index(_organisations(Q(pk__in=keys[i : i + KEYS]))) for i in range(0, len(keys), KEYS))


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
    hidden = kept_back(among=chosen)  # its own choice: what is not open to everybody is not found either
    for pk in hidden["names"]:
        names.pop(pk, None)
    named_by = {pk: values[0] for pk, values in numbers.items()}
    for pk in hidden["numbers"]:
        numbers.pop(pk, None)
    for row in (
        Organisation.objects.current().filter(which).order_by("pk").values_list(*fields).iterator(chunk_size=5000)
    ):
        pk, name, *rest = row
        if pk in hidden["description"]:
            rest[-1] = ""
        if pk in hidden["activities"]:
            rest[4:6] = ["", ""]
        if pk in hidden["names"]:
            rest[0] = ""
        if pk in hidden["place"]:
            rest[1] = rest[3] = ""
        if not name and pk not in named_by:
            continue
        title = name or f"PIC {named_by[pk]}"
        rest.append(other_names_of_city(rest[1] or rest[3] or ""))
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
