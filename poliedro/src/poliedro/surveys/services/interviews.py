"""Interviews are entered in fragments, coded by more than one person, and codebooks come in versions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.registry.models import Cluster
from poliedro.surveys.models import Codebook, Coding, Fragment, Interview


@transaction.atomic
def publish_codebook(*, title: str, codes: Sequence[Mapping[str, str]], by: Any) -> Codebook:
    """The next version of the codebook of that title; the same codes again are the version that is there."""
    last = Codebook.objects.filter(title=title).order_by("-version").first()
    if last is not None and last.codes == list(codes):
        return last
    version = (Codebook.objects.filter(title=title).aggregate(v=Max("version"))["v"] or 0) + 1
    made = Codebook.objects.create(title=title, version=version, codes=list(codes), by=_person(by))
    record(by=by, verb="publish_codebook", subject_kind="surveys.codebook", subject_key=made.pk, version=version)
    return made


@transaction.atomic
def enter_interview(
    *,
    title: str,
    held_on: date,
    with_whom: str,
    cluster: Cluster | None,
    codebook: Codebook,
    texts: Sequence[str],
    agreed: bool,
    by: Any,
) -> Interview:
    """An interview with its fragments. A constraint refuses one to which who spoke did not agree."""
    made = Interview.objects.create(
        title=title, held_on=held_on, with_whom=with_whom, cluster=cluster, codebook=codebook, agreed=agreed,
        by=_person(by),
    )  # fmt: skip
    Fragment.objects.bulk_create(
        Fragment(interview=made, position=number, text=text) for number, text in enumerate(texts, 1)
    )
    record(by=by, verb="enter_interview", subject_kind="surveys.interview", subject_key=made.pk, fragments=len(texts))
    return made


@transaction.atomic
def code_interview(*, interview: Interview, codes: Mapping[int, Collection[str]], by: Any) -> int:
    """What a coder says of the interview's fragments, each of those named; said again, it replaces what the same person
    said, but for what it said first. Codes that the codebook lacks are left out. Returns how many fragments."""
    known = [c["key"] for c in interview.codebook.codes]
    fragments = [f for f in interview.fragments.prefetch_related("codings") if f.pk in codes]
    for fragment in fragments:
        given = [key for key in known if key in codes[fragment.pk]]
        said: dict[str, Any] = {"codes": given, "coded_at": timezone.now()}
        alone = all(c.coder_id == by.pk for c in fragment.codings.all())
        Coding.objects.update_or_create(
            fragment=fragment,
            coder=by,
            defaults={**said, "first": given} if alone else said,
            create_defaults={**said, "first": given},
        )
    record(
        by=by, verb="code_interview", subject_kind="surveys.interview", subject_key=interview.pk,
        fragments=len(fragments),
    )  # fmt: skip
    return len(fragments)


def _person(by: Any) -> Any:
    return by if getattr(by, "is_authenticated", False) else None
