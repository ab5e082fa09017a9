"""Interviews with who coded them, and what the codes of a codebook come to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from poliedro.surveys.models import Codebook, Coding, Fragment, Interview
from poliedro.surveys.rules.coding import CodeLine, Said, code_lines


@dataclass(frozen=True)
class InterviewLine:
    """An interview with its fragments and how many coders coded all of them."""

    interview: Interview
    fragments: int
    coders: int


def interview_lines() -> list[InterviewLine]:
    """Every interview, latest first. Two queries."""
    rows = Interview.objects.select_related("cluster", "codebook").annotate(n=Count("fragments"))
    done: dict[int, int] = defaultdict(int)
    coded = Coding.objects.order_by().values_list("fragment__interview", "coder").annotate(n=Count("pk"))
    whole = {i.pk: i.n for i in rows}
    for interview, _coder, n in coded:
        done[interview] += n == whole.get(interview)
    return [InterviewLine(i, i.n, done[i.pk]) for i in rows]


@dataclass(frozen=True)
class Passage:
    """A fragment with what the reader said of it (None: nothing yet) and, once the reader is through, the others."""

    fragment: Fragment
    own: frozenset[str] | None
    others: Sequence[Coding]


def passages_of(interview: Interview, user: Any) -> list[Passage]:
    """The fragments for a coder; others' codes are kept back until all are coded. See Note [Coded apart]."""
    fragments = list(interview.fragments.prefetch_related("codings__coder"))
    own = {f.pk: next((c for c in f.codings.all() if c.coder_id == user.pk), None) for f in fragments}
    through = all(own.values())
    return [
        Passage(
            f,
            None if (mine := own[f.pk]) is None else frozenset(mine.codes),
            [c for c in f.codings.all() if c.coder_id != user.pk] if through else (),
        )
        for f in fragments
    ]


@dataclass(frozen=True)
class Coded:
    """What the codes of a codebook come to. fragments: those behind its lines, by key. kept_back: interviews that the
    reader, who may still code them, does not see counted yet."""

    lines: Sequence[CodeLine]
    interviews: int
    kept_back: int
    fragments: dict[int, Fragment]


def coded_with(codebook: Codebook, user: Any) -> Coded:
    """What the reader may see of it: See Note [Coded apart]. Two queries."""
    fragments = {
        f.pk: f for f in Fragment.objects.filter(interview__codebook=codebook).select_related("interview__cluster")
    }
    of = {pk: f.interview_id for pk, f in fragments.items()}
    length = Counter(of.values())
    said: dict[int, list[Said]] = defaultdict(list)
    done: Counter[tuple[int, int | None]] = Counter()
    for pk, fragment, coder, codes, first in Coding.objects.filter(fragment__in=fragments).values_list(
        "pk", "fragment", "coder", "codes", "first"
    ):
        said[fragment].append(Said(coder or -pk, frozenset(codes), frozenset(first)))
        done[of[fragment], coder] += 1
    through: dict[int, set[int | None]] = defaultdict(set)
    for (interview, by), n in done.items():
        if n == length[interview]:
            through[interview].add(by)
    begun = {interview for interview, _coder in done}
    open_ = {i for i in begun if user.pk in through[i] or len(through[i]) > 1}
    seen = {fragment: words for fragment, words in said.items() if of[fragment] in open_}
    lines = code_lines((c["key"] for c in codebook.codes), seen, of)
    return Coded(lines, len(open_), len(begun - open_), fragments)
