"""Everything that can be loaded, and the way to load, preview and undo it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from poliedro.reference.models import Load
from poliedro.reference.services import classifications, statistics, territories
from poliedro.reference.services.loads import Importer, Outcome, Progress, Run, UndoRefused, load_file, undo_load
from poliedro.reference.sources.files import UnreadableFile
from poliedro.registry.models import DataQualityFinding, ManagementOrganisation, Merge
from poliedro.registry.services.imports import cordis, incubatees, lists, opencoesione, register, startups
from poliedro.registry.services.index import index_load

IMPORTERS: dict[str, Importer] = {
    importer.key: importer
    for importer in (
        *territories.IMPORTERS,
        *classifications.IMPORTERS,
        *statistics.IMPORTERS,
        *cordis.IMPORTERS,
        *startups.IMPORTERS,
        *opencoesione.IMPORTERS,
        *register.IMPORTERS,
        *lists.IMPORTERS,
        *incubatees.IMPORTERS,
    )
}
"""Every importer by the name that the command line takes."""


FAMILIES = ("cordis",)
"""Starts of several names, of which the one is taken that reads the path."""


class UnknownSource(ValueError):
    """No importer has that name."""

    def __init__(self, source: str, known: list[str]) -> None:
        self.problem, self.remedy = f"no source {source!r}", f"there are {', '.join(known)}"
        self.row, self.field, self.value = None, "SOURCE", source
        super().__init__(f"{self.problem}; {self.remedy}")


def importer_of(source: str, path: Path) -> Importer:
    """The importer of a name; of the start of several names (cordis), the one that reads the path."""
    if source in IMPORTERS:
        return IMPORTERS[source]
    family = [i for i in IMPORTERS.values() if i.key.startswith(f"{source}-")]
    if not family:
        raise UnknownSource(source, [*IMPORTERS, *FAMILIES, "all"])
    for importer in family:
        if importer.reads(path):
            return importer
    raise UnreadableFile(f"{path.name} holds nothing of {source}", f"it reads {' or '.join(i.files for i in family)}")


def plan(path: Path) -> Iterator[tuple[Importer, Path]]:
    """What can be loaded from a folder of open data and its folders, in the order that references need."""
    folders = [path, *sorted(p for p in path.rglob("*") if p.is_dir())]
    alone = [i for i in IMPORTERS.values() if i.in_folders]
    found = [(i, folder) for i in alone for folder in folders if i.reads(folder)]
    yield from sorted(found, key=lambda pair: (pair[0].order, pair[1].as_posix()))


def import_path(
    *,
    importer: Importer,
    path: Path,
    by: Any,
    preview: bool = False,
    options: dict[str, Any] | None = None,
    progress: Progress | None = None,
    staged: Load | None = None,
) -> Outcome:
    """Load a file or folder, all of its good rows or nothing. Raises UnreadableFile, LoadRefused."""
    finish = () if preview else (_index,)
    return load_file(
        importer, path, by=by, preview=preview, options=options, progress=progress, staged=staged, finish=finish
    )


def _index(run: Run) -> None:
    run.progress.start("search index")
    index_load(run.load)


@transaction.atomic
def undo_import(*, load: Load, by: Any) -> Load:
    """Take a load back, with the findings that it raised. Raises UndoRefused with the reason."""
    undone = undo_load(load=load, by=by, guards=(_merged, _managing))
    DataQualityFinding.objects.filter(load=load, state=DataQualityFinding.State.OPEN).delete()
    index_load(undone)
    return undone


def _merged(load: Load) -> str:
    merges = Merge.objects.filter(undone_at=None)
    hit = merges.filter(survivor__load=load) | merges.filter(duplicate__load=load)
    if merge := hit.order_by("pk").first():
        return f"merge {merge.pk} joined an organisation of load {load.pk} with another; take the merge back first"
    return ""


def _managing(load: Load) -> str:
    if body := ManagementOrganisation.objects.filter(organisation__load=load).order_by("pk").first():
        return f"{body} of load {load.pk} manages a cluster; end its role first"
    return ""


__all__ = ["IMPORTERS", "UndoRefused", "UnknownSource", "import_path", "importer_of", "plan", "undo_import"]
