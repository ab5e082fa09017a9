"""How whoever stands behind a card is called."""

from __future__ import annotations

from typing import Protocol


class Face(Protocol):
    """What may be known of them; the name is empty where it may not."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def size(self) -> str: ...
    @property
    def province(self) -> str: ...


def face_words(face: Face) -> str:
    """The name where it may be known, else kind, size and province."""
    words = (face.kind, "" if face.size.lower() in face.kind.lower() else face.size, face.province)
    return face.name or ", ".join(w for w in words if w)
