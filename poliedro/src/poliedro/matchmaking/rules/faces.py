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
    return face.name or ", ".join(w for w in (face.kind, face.size, face.province) if w)
