"""The library that computed a study, to be installed by whoever computes it again: its wheel, and what it needs."""

from __future__ import annotations

import platform
import re
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import regionomics

NAME = "regionomics"
BESIDE = ("polars",)
"""What the program needs besides, as it reads the panel with it."""
_THEN = (2020, 1, 1, 0, 0, 0)


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Names and contents as a zip: the same bytes each time."""
    body = BytesIO()
    with ZipFile(body, "w", ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(ZipInfo(name, _THEN), content, ZIP_DEFLATED)
    return body.getvalue()


def wheel_name() -> str:
    return f"{NAME}-{distribution(NAME).version}-py3-none-any.whl"


def wheel() -> bytes:
    """The library as it runs here, as a wheel: no index of packages has it in this version, changes included.

    Source: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    """
    of = distribution(NAME)
    root = Path(next(iter(regionomics.__path__)))
    files = {
        f"{NAME}/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.suffix == ".py" or path.name == "py.typed"
    }
    info = f"{NAME}-{of.version}.dist-info"
    files[f"{info}/METADATA"] = (of.read_text("METADATA") or "").encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: poliedro\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    recorded = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    record = f"{info}/RECORD"
    files[record] = "\n".join([*recorded, f"{record},,", ""]).encode()
    return zipped(files.items())


def _digest(content: bytes) -> str:
    return urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode()


def requirements() -> str:
    """A list that `pip install -r` takes: the wheel beside it, and in exact versions all that it needs."""
    lines = [f"# Python {platform.python_version()}, {sys.platform}", f"./{wheel_name()}"]
    return "\n".join([*lines, *(f"{name}=={version}" for name, version in _needed()), ""])


def _needed() -> list[tuple[str, str]]:
    """Name and version of what the library and its program need here, and of what that needs in turn."""
    found: dict[str, str] = {}
    waiting = [*_asked(NAME), *BESIDE]
    while waiting:
        name = waiting.pop()
        try:
            of = distribution(name)
        except PackageNotFoundError:
            continue  # for another system or Python
        if of.name not in found:
            found[of.name] = of.version
            waiting += _asked(name)
    return sorted(found.items())


def _asked(name: str) -> list[str]:
    """Names of the packages that it needs whatever is chosen besides."""
    asked = (r for r in distribution(name).requires or () if not re.search(r"\bextra\s*==", r))
    return [m[0] for r in asked if (m := re.match(r"[A-Za-z0-9._-]+", r))]
