"""Expected refusals: the code tells which; the view says it in the reader's language."""

from __future__ import annotations


class Refused(ValueError):
    """The act is not possible. code: a word such as "own_card"; detail: what a log needs."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
