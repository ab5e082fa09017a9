"""A no that a person reads: a sentence with blanks, kept apart from what fills them, so that a page says it in the
reader's language (`shared.told`). Plain Python: rules raise it too.

    class NotAllowed(Refusal): ...
    raise NotAllowed("the call opens on %(opens_on)s; come back then", opens_on=opens_on)

The sentence is a literal, its blanks are named; its Italian stands in the room's part of the catalogue.
"""

from __future__ import annotations

from typing import Any


class Said:
    """A phrase with blanks that stands inside a refusal: "rule %(key)s"."""

    def __init__(self, text: str, /, **blanks: Any) -> None:
        self.text, self.blanks = text, blanks

    def __str__(self) -> str:
        return self.text % {k: plain(v) for k, v in self.blanks.items()} if self.blanks else self.text


class Refusal(ValueError):
    """An expected no. Its `str` is the English sentence, for logs and tests; a page asks `told`."""

    def __init__(self, text: str, /, **blanks: Any) -> None:
        self.said = Said(text, **blanks)
        super().__init__(str(self.said))


def plain(value: Any) -> str:
    """What fills a blank, as English text: a list with commas, nothing for an empty one."""
    if isinstance(value, list | tuple | set | frozenset | dict):
        return ", ".join(plain(v) for v in value) or "nothing"
    return str(value)
