"""Which files may be material of a course: of a known kind by name and by content, and not too large."""

from __future__ import annotations

from pathlib import PurePath

LARGEST_BYTES = 20 << 20
OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = {
    ".pdf": (b"%PDF-", "application/pdf"),
    ".docx": (b"PK\x03\x04", f"{OFFICE}.wordprocessingml.document"),
    ".xlsx": (b"PK\x03\x04", f"{OFFICE}.spreadsheetml.sheet"),
    ".pptx": (b"PK\x03\x04", f"{OFFICE}.presentationml.presentation"),
    ".odt": (b"PK\x03\x04", "application/vnd.oasis.opendocument.text"),
    ".ods": (b"PK\x03\x04", "application/vnd.oasis.opendocument.spreadsheet"),
    ".odp": (b"PK\x03\x04", "application/vnd.oasis.opendocument.presentation"),
    ".png": (b"\x89PNG\r\n\x1a\n", "image/png"),
    ".jpg": (b"\xff\xd8\xff", "image/jpeg"),
}
"""Ending -> (how its content begins, its type). No macros, no pages that a browser would run."""


class NotMaterial(ValueError):
    """The file is too large or of a kind that is not taken; the message says which are."""


def check_material(name: str, content: bytes) -> str:
    """Its content type. Raises NotMaterial."""
    ending = PurePath(name).suffix.lower()
    if len(content) > LARGEST_BYTES:
        raise NotMaterial(
            f"{name} has {len(content) >> 20} MB; the largest that is taken has {LARGEST_BYTES >> 20} MB."
        )
    if ending not in KINDS or not content.startswith(KINDS[ending][0]):
        raise NotMaterial(f"{name} is none of {', '.join(sorted(KINDS))} by its name and its content; save it as one.")
    return KINDS[ending][1]
