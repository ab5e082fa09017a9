"""Runs of entity resolution: sure groups are merged, doubtful pairs wait for a person, every run is on record."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.registry.models import Identifier, MatchCandidate, Organisation, ResolutionRun
from poliedro.registry.queries.resolution import kept_apart
from poliedro.registry.runs.resolution import DOUBTFUL, SURE, Decision, resolve
from poliedro.registry.services.merges import merge_organisations

ORDER = {"official": 0, "reported": 1, "estimated": 2, "synthetic": 3}


class AlreadyDecided(ValueError):
    """Somebody decided about this pair before; the message says who and how."""


def run_resolution(*, country: str = "", by: Any = None) -> ResolutionRun:
    """Look for organisations that appear twice, merge the sure ones and queue the rest.

    country: only organisations of this country (ISO 3166), as a whole register of Europe takes minutes. Synthetic
    organisations are left alone.
    """
    rows = list(_rows(country))
    decision = resolve(rows, distinct=kept_apart())
    return _record(decision, len(rows), country, by)


def _rows(country: str) -> Any:
    numbers: dict[int, dict[str, str]] = defaultdict(dict)
    for pk, scheme, value in (
        Identifier.objects.known()
        .exclude(scheme__in=("local", "rea"))
        .order_by("pk")
        .values_list("organisation_id", "scheme", "value")
    ):
        numbers[pk][scheme] = value
    found = Organisation.objects.current().exclude(certainty="synthetic").exclude(name="")
    if country:
        found = found.filter(country=country)
    for o in (
        found.order_by("pk")
        .values("pk", "name", "place_text", "territory__name", "territory__level", "postcode", "street", "country")
        .iterator(chunk_size=5000)
    ):
        city = o["place_text"] or (o["territory__name"] if o["territory__level"] == "lau" else "") or ""
        yield {
            "key": o["pk"],
            "name": o["name"],
            "city": city,
            "postcode": o["postcode"],
            "street": o["street"],
            "country": o["country"],
            "identifiers": numbers.get(o["pk"], {}),
        }


@transaction.atomic
def _record(decision: Decision, seen: int, country: str, by: Any) -> ResolutionRun:
    run = ResolutionRun.objects.create(
        parameters={"sure": SURE, "doubtful": DOUBTFUL, "country": country},
        organisations=seen,
        by=by if getattr(by, "is_authenticated", False) else None,
    )
    merged = 0
    for group in decision.groups:
        rows = sorted(Organisation.objects.filter(pk__in=group), key=lambda o: (ORDER[o.certainty], o.pk))
        for duplicate in rows[1:]:
            merge_organisations(survivor=rows[0], duplicate=duplicate, by=by, reason=f"run {run.pk}, sure")
            merged += 1
    current = {
        o: m or o
        for o, m in Organisation.objects.filter(
            pk__in={k for p in decision.doubtful for k in (p.left, p.right)}
        ).values_list("pk", "merged_into_id")
    }
    queued: dict[tuple[int, int], MatchCandidate] = {}
    for pair in decision.doubtful:
        left, right = sorted((current[pair.left], current[pair.right]))
        if left != right and (left, right) not in queued:
            queued[left, right] = MatchCandidate(
                run=run,
                left_id=left,
                right_id=right,
                probability=pair.probability,
                reasons=[list(r) for r in pair.reasons],
            )
    MatchCandidate.objects.bulk_create(queued.values(), ignore_conflicts=True, batch_size=500)
    run.merged, run.queued, run.finished_at = merged, len(queued), timezone.now()
    run.save(update_fields=["merged", "queued", "finished_at"])
    record(
        by=by,
        verb="run_resolution",
        subject_kind="resolution_run",
        subject_key=run.pk,
        merged=merged,
        queued=len(queued),
    )
    return run


@transaction.atomic
def decide_candidate(*, candidate: MatchCandidate, same: bool, by: Any) -> MatchCandidate:
    """Settle a doubtful pair: one organisation, or two for good. Raises AlreadyDecided, CannotMerge."""
    candidate = MatchCandidate.objects.select_for_update().get(pk=candidate.pk)
    if candidate.state != MatchCandidate.State.OPEN:
        raise AlreadyDecided(f"this pair was settled as {candidate.state} on {candidate.decided_at:%Y-%m-%d}")
    if same:
        rows = sorted((candidate.left, candidate.right), key=lambda o: (ORDER[o.certainty], o.pk))
        merge_organisations(survivor=rows[0], duplicate=rows[1], by=by, reason="review")
    candidate.state = MatchCandidate.State.MERGED if same else MatchCandidate.State.DISTINCT
    candidate.decided_by, candidate.decided_at = by, timezone.now()
    candidate.save(update_fields=["state", "decided_by", "decided_at"])
    if not same:
        record(
            by=by,
            verb="keep_apart",
            subject_kind="organisation",
            subject_key=candidate.left_id,
            other=candidate.right_id,
        )
    return candidate
