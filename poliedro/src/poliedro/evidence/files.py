"""The folder of the evidence store, and how a file gets into it."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings


def folder() -> Path:
    return Path(settings.VAR) / "store"


def keep_file(relative: str, body: bytes) -> None:
    """Write a file beside and rename it, so that a killed process leaves no half file under the name. A file that is
    there already stays: names hold the checksum of what is in them."""
    path = folder() / relative
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    with beside.open("wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)
