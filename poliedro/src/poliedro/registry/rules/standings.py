"""A value that held over days: spans without gap or overlap, and what a new statement makes of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

V = TypeVar("V", bound=Hashable)


@dataclass(frozen=True)
class Span(Generic[V]):
    """`value` held from `start` (None: always before) up to, not including, `end` (None: open)."""

    start: date | None
    end: date | None
    value: V

    def holds(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


def always(value: V) -> list[Span[V]]:
    return [Span(None, None, value)]


def stated(spans: Sequence[Span[V]], value: V, since: date | None) -> list[Span[V]]:
    """The spans once it is said that `value` held from `since` on, up to the next change that was known; None: always,
    whatever was known of earlier days. Spans of one value that touch become one.

    spans: in order, covering all days; the answer does too.
    """
    if since is None:
        return always(value)
    result: list[Span[V]] = []
    for span in spans:
        if span.start is not None and span.start > since:
            result.append(span)
            continue
        if span.start is None or span.start < since:
            result.append(Span(span.start, _first(span.end, since), span.value))
        if span.holds(since):
            result.append(Span(since, span.end, value))
    return joined(result)


def replaced(spans: Sequence[Span[V]], later: Sequence[tuple[date, V]]) -> list[Span[V]]:
    """The spans up to the first of these days, then each value from its day on. later: in order of days."""
    if not later:
        return list(spans)
    first = later[0][0]
    kept = [Span(s.start, _first(s.end, first), s.value) for s in spans if s.start is None or s.start < first]
    ends = [day for day, _value in later[1:]]
    return joined([*kept, *(Span(day, end, v) for (day, v), end in zip(later, [*ends, None], strict=True))])


def joined(spans: Sequence[Span[V]]) -> list[Span[V]]:
    """Neighbours of one value as one span."""
    result: list[Span[V]] = []
    for span in spans:
        if result and result[-1].value == span.value and result[-1].end == span.start:
            result[-1] = Span(result[-1].start, span.end, span.value)
        else:
            result.append(span)
    return result


def value_on(spans: Sequence[Span[V]], day: date) -> V:
    """Raises LookupError where no span holds on the day."""
    for span in spans:
        if span.holds(day):
            return span.value
    raise LookupError(f"no span holds on {day}; spans cover all days")


def _first(end: date | None, day: date) -> date:
    return day if end is None else min(end, day)
