"""The course behind the training of mentors: for each part what to read and questions, with the one right answer."""

from __future__ import annotations

from collections.abc import Mapping

RIGHT: Mapping[str, Mapping[str, str]] = {
    "role": {"decides": "mentee", "sells": "never"},
    "listening": {"first": "ask", "silence": "wait"},
    "conflicts": {"rival": "tell", "heard": "keep"},
    "closing": {"goal": "written", "end": "both"},
}
"""Part -> question -> right answer; keys that the page puts into words."""


def wrong_answers(part: str, answers: Mapping[str, str]) -> list[str]:
    """The questions of a part that were not answered rightly, in their order."""
    return [question for question, right in RIGHT[part].items() if answers.get(question) != right]
