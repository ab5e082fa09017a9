"""What the importers of a cluster's lists share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from django.utils.translation import gettext as _

from poliedro.reference.services.loads import Run
from poliedro.reference.sources.files import UnreadableFile, files_in
from poliedro.reference.sources.tables import BadValue, Column, Row, read_rows
from poliedro.registry.models import (
    Cluster,
)

T = TypeVar("T")


def cluster_of_list(run: Run) -> Cluster:
    key = run.options.get("cluster")
    found = Cluster.objects.filter(key=key).first() if key else None
    if found is None:
        keys = ", ".join(Cluster.objects.values_list("key", flat=True)) or "-"
        if not key:
            raise UnreadableFile(
                _("--cluster is needed: whose list is it?"),
                _("name one of: %(keys)s") % {"keys": keys},
                field="--cluster",
            )
        raise UnreadableFile(
            _("the list is of no known cluster (%(key)s)") % {"key": key},
            _("name one of: %(keys)s") % {"keys": keys},
            field="--cluster",
            value=str(key),
        )
    return found


def checked(run: Run, path: Path, asked: tuple[Column, ...], reader: Callable[[Row], T]) -> Iterator[tuple[Row, T]]:
    """The good rows of the first file of the kind, as they are in our terms. The caller may still reject them."""
    for file in files_in(path):
        for row in run.rows(read_rows(file, asked), file.name):
            try:
                yield row, reader(row)
            except BadValue as error:
                run.reject(row, error)
