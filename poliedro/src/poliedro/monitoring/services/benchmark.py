"""Writes of the self-check: answers with evidence, handing in, and the comparison that the region publishes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.monitoring.models import Evidence, SelfCheck, SelfCheckAnswer
from poliedro.monitoring.queries.benchmark import MEASURE
from poliedro.monitoring.rules.excellence import FULL_SCORE, check_levels, latest_version, theme_scores, versions
from poliedro.monitoring.services.disclosure import publish_table
from poliedro.registry.models import Cluster
from poliedro.shared.disclosure import CannotPublish, Cell, Cells

MOST_BYTES = 10 * 1024 * 1024
KINDS = (".pdf", ".png", ".jpg", ".jpeg", ".xlsx", ".csv", ".docx", ".txt", ".odt", ".ods")


class CheckRefused(ValueError):
    """The self-check cannot be saved or handed in as asked."""


@transaction.atomic
def save_self_check(
    *,
    cluster: Cluster,
    year: int,
    levels: Mapping[str, int],
    notes: Mapping[str, str],
    files: Mapping[str, Any],
    submit: bool,
    by: Any,
) -> SelfCheck:
    """Keep the answers of a year; with `submit`, hand them in. Answered again after that, they are handed in anew.

    files: item -> uploaded file. Raises InvalidAnswers, CheckRefused (a file too large or of another kind, items
    without an answer at submission).
    """
    version = latest_version()
    check_levels(version, levels)
    found, _made = SelfCheck.objects.get_or_create(
        cluster=cluster, version=version.number, year=year, defaults={"is_synthetic": cluster.is_synthetic}
    )
    for item in version.items:
        if item.key not in levels:
            continue
        answer, _new = SelfCheckAnswer.objects.update_or_create(
            check_of=found, item=item.key, defaults={"level": levels[item.key], "note": notes.get(item.key, "").strip()}
        )
        if files.get(item.key):
            _keep(answer, files[item.key], by)
    if submit:
        missing = [i.key for i in version.items if not found.answers.filter(item=i.key).exists()]
        if missing:
            raise CheckRefused(f"{len(missing)} items have no answer: {', '.join(missing)}; give each a level")
        found.submitted_at, found.submitted_by = timezone.now(), by if getattr(by, "is_authenticated", False) else None
        found.save(update_fields=["submitted_at", "submitted_by"])
    record(by=by, verb="save_self_check", subject_kind="cluster", subject_key=cluster.key, year=year, submitted=submit)
    return found


def _keep(answer: SelfCheckAnswer, upload: Any, by: Any) -> Evidence:
    name = str(upload.name)
    if upload.size > MOST_BYTES:
        raise CheckRefused(f"{name} has {upload.size} bytes; at most {MOST_BYTES}")
    if not name.lower().endswith(KINDS):
        raise CheckRefused(f"{name} is of another kind; take one of {', '.join(KINDS)}")
    body = upload.read()
    checksum = hashlib.sha256(body).hexdigest()
    existing = answer.evidence.filter(checksum=checksum).first()
    if existing:
        return existing
    upload.seek(0)
    return Evidence.objects.create(
        answer=answer, file=upload, name=name[:200], checksum=checksum, bytes=len(body),
        by=by if getattr(by, "is_authenticated", False) else None,
    )  # fmt: skip


def publish_comparison(*, year: int, by: Any) -> int:
    """Publish the sums of the year's self-checks by type and theme, held against what was published before; a theme of
    which nothing can be told stays out. Returns how many clusters are in it. Raises CheckRefused where nobody handed
    one in."""
    checks = list(
        SelfCheck.objects.filter(year=year, submitted_at__isnull=False)
        .select_related("cluster")
        .prefetch_related("answers")
        .order_by("cluster__position", "pk")
    )
    if not checks:
        raise CheckRefused(f"no self-check of {year} was handed in; wait, or choose another year")
    types = list(dict.fromkeys(c.cluster.type for c in checks))
    scores = {c.pk: theme_scores(versions()[c.version], {a.item: a.level for a in c.answers.all()}) for c in checks}
    with transaction.atomic():
        for theme in latest_version().themes:
            cells = {}
            for kind in types:
                own = {
                    c.cluster.key: s
                    for c in checks
                    if c.cluster.type == kind and (s := scores[c.pk][theme]) is not None
                }
                if own:
                    cells[kind, "points"] = Cell(round(sum(own.values()), 4), frozenset(own))
            table = Cells(types, ["points"], cells, most=FULL_SCORE)
            with suppress(CannotPublish), transaction.atomic():  # such a theme stays untold this year
                publish_table(name="benchmark", measure=f"{MEASURE}:{theme}", period=str(year), table=table, by=by)
        record(by=by, verb="publish_comparison", subject_kind="self_check", subject_key=year, clusters=len(checks))
    return len(checks)
