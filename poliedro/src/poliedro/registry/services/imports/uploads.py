"""Lists that a cluster manager uploads: checked first, loaded when confirmed, taken back when wrong."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.audit.services import record
from poliedro.reference.models import Load, Source
from poliedro.reference.services.loads import Outcome, Progress, Run, ensure_sources, load_file
from poliedro.reference.services.loads.load import keep_rejected
from poliedro.reference.sources.files import UnreadableFile, checksum
from poliedro.registry.models import Cluster, Organisation
from poliedro.registry.queries.roles import roles_of, subject_of
from poliedro.registry.rules.permissions import Form, check_can
from poliedro.registry.services.findings import refresh_findings
from poliedro.registry.services.imports.lists import IMPORTERS
from poliedro.registry.services.index import index_load
from poliedro.shared.dated import Moment
from poliedro.shared.region import region

LISTS = {importer.key: importer for importer in IMPORTERS}
LARGEST_BYTES = 5 << 20
LARGEST_UNPACKED_BYTES = 100 << 20
CHANGES_KEPT = 1000
"""Rows of which a preview says what they would do."""
SUFFIXES = (".csv", ".xlsx")


class Upload(Protocol):
    """What a form hands over: the name that the person gave the file, its size, and its bytes in pieces."""

    name: str | None
    size: int | None

    def chunks(self) -> Iterable[bytes]: ...


class NotConfirmable(ValueError):
    """The preview is gone, was loaded before, or its file has faults."""


def check_may(by: Any, permission: str, thing: Cluster | Organisation | None) -> None:
    """Raises NotPermitted."""
    check_can(roles_of(by), permission, subject_of(thing), Form(region().form))


@transaction.atomic
def preview_list(*, kind: str, cluster: Cluster, upload: Upload, by: Any) -> Load:
    """Keep the file, and what loading it would do; the register itself stays as it is.

    Raises:
        NotPermitted: `by` may not load lists of this cluster. UnreadableFile: it is no list of this kind.
    """
    check_may(by, f"registry.import_{kind}", cluster)
    name = re.sub(r"[^\w.\- ]", "_", Path(upload.name or "list.csv").name)[-120:]
    if not name.lower().endswith(SUFFIXES) or (upload.size or 0) > LARGEST_BYTES:
        raise UnreadableFile(
            _("%(file)s is neither CSV nor XLSX, or is larger than %(mb)d MB")
            % {"file": name, "mb": LARGEST_BYTES >> 20}
        )
    ensure_sources()
    load = Load.objects.create(
        source=Source.objects.get(key=LISTS[kind].source), importer=kind, file_name=name, checksum="",
        state=Load.State.PREVIEWED, parameters={"cluster": cluster.key}, by=by,
    )  # fmt: skip
    path = _path(load)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("wb") as out:
            for piece in upload.chunks():
                out.write(piece)
        _check_archive(path)
        outcome = load_file(LISTS[kind], path, by=by, preview=True, options=dict(load.parameters))
    except BaseException:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    load.checksum = checksum(path)
    load.rows_read, load.rows_loaded, load.rows_unchanged = (
        outcome.rows_read,
        outcome.rows_loaded,
        outcome.rows_unchanged,
    )
    load.rows_rejected = outcome.rows_rejected
    told = [asdict(c) for c in outcome.changes if c.changes or c.remarks]
    load.summary, load.finished_at = outcome.summary() | {"changes": told[:CHANGES_KEPT]}, timezone.now()
    load.save()
    keep_rejected(load, outcome.rejected)
    record(by=by, verb="preview_list", subject_kind="Load", subject_key=load.pk, cluster=cluster.key, file=name)
    return load


def _check_archive(path: Path) -> None:
    """A workbook is an archive: one that unpacks to far more than a list can be is refused before it is opened."""
    if path.suffix.lower() != ".xlsx":
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(m.file_size for m in archive.infolist())
    except zipfile.BadZipFile as error:
        raise UnreadableFile(
            _("%(file)s is not a workbook") % {"file": path.name}, _("save it as .xlsx or .csv")
        ) from error
    if unpacked > LARGEST_UNPACKED_BYTES:
        raise UnreadableFile(_("%(file)s unpacks to more than a list can hold") % {"file": path.name})


def confirm_list(*, load: Load, by: Any, progress: Progress | None = None) -> Outcome:
    """Load what was previewed. Raises NotPermitted, NotConfirmable, LoadRefused if the register changed meanwhile."""
    cluster = cluster_of(load)
    check_may(by, f"registry.import_{load.importer}", cluster)
    with transaction.atomic():
        load = Load.objects.select_for_update().get(pk=load.pk)
        path = _path(load)
        if load.state != Load.State.PREVIEWED or load.rows_rejected or not path.exists():
            raise NotConfirmable(_("This preview can no longer be loaded; upload the file again."))
        outcome = load_file(
            LISTS[load.importer],
            path,
            by=by,
            options=dict(load.parameters),
            staged=load,
            finish=(_index,),
            progress=progress,
        )
        refresh_findings(moment=Moment.today(), by=by)
    shutil.rmtree(path.parent, ignore_errors=True)
    return outcome


def _index(run: Run) -> None:
    index_load(run.load)


@transaction.atomic
def discard_preview(*, load: Load, by: Any) -> None:
    """Forget an upload that was not loaded. Raises NotPermitted, NotConfirmable."""
    check_may(by, f"registry.import_{load.importer}", cluster_of(load))
    if load.state != Load.State.PREVIEWED:
        raise NotConfirmable(_("This preview can no longer be loaded; upload the file again."))
    record(by=by, verb="discard_preview", subject_kind="Load", subject_key=load.pk)
    shutil.rmtree(_path(load).parent, ignore_errors=True)
    load.delete()


def cluster_of(load: Load) -> Cluster | None:
    """The cluster whose list the load is; null for open data."""
    return Cluster.objects.filter(key=load.parameters.get("cluster", "")).first()


def _path(load: Load) -> Path:
    return Path(settings.VAR) / "uploads" / str(load.pk) / load.file_name
