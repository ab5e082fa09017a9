"""Drafting and publishing the yearly report; at publication its figures are frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from poliedro.audit.services import record
from poliedro.registry.services.contracts import publish_contracts
from poliedro.reports.models import Report
from poliedro.reports.queries import Measured, Value, value_of
from poliedro.reports.rules.value import DECIMALS, DIMENSIONS, UNITS, Estimate
from poliedro.reports.words import dimension_words, indicator_words
from poliedro.shared.disclosure import TOTAL, CannotPublish, Cells, Protected, Why, protect, publish, whole_is_sensitive
from poliedro.shared.jobs import start_job
from poliedro.shared.region import region
from poliedro.support.services.published import publish_use

LANGUAGES = ("it", "en")


class ReportRefused(ValueError):
    """The report is not in the state that this asks for, or there is nothing to report."""


@transaction.atomic
def draft_report(*, year: int, by: Any, change_note: str = "") -> Report:
    """A draft of the year's next version. Raises ReportRefused where a draft is there already."""
    if Report.objects.filter(year=year, state=Report.State.DRAFT).exists():
        raise ReportRefused(f"{year} has a draft already; edit or publish that one")
    last = Report.objects.filter(year=year).aggregate(v=Max("version"))["v"] or 0
    before = Report.objects.filter(year=year, version=last).first()
    made = Report.objects.create(
        year=year,
        version=last + 1,
        foreword=before.foreword if before else "",
        comments=before.comments if before else {},
        change_note=change_note,
        created_by=by if getattr(by, "is_authenticated", False) else None,
    )
    record(by=by, verb="draft_report", subject_kind="report", subject_key=str(made))
    return made


@transaction.atomic
def edit_report(*, report: Report, foreword: str, comments: Mapping[str, str], change_note: str, by: Any) -> Report:
    """Change the words of a draft. Raises ReportRefused for a published one: make a new version."""
    if report.state != Report.State.DRAFT:
        raise ReportRefused(f"{report} is published and stays as it is; draft a new version")
    report.foreword, report.change_note = foreword.strip(), change_note.strip()
    report.comments = {k: v.strip() for k, v in comments.items() if k in DIMENSIONS and v.strip()}
    report.save(update_fields=["foreword", "comments", "change_note"])
    record(by=by, verb="edit_report", subject_kind="report", subject_key=str(report))
    return report


@transaction.atomic
def publish_report(*, report: Report, by: Any) -> Report:
    """Freeze the figures as they are now, protected against all that was published, and show them to everybody. The
    files are made in the background, whoever publishes: nobody waits for the first one.

    Raises ReportRefused where it is published, where a later version needs a word on what changed, or where no cluster
    existed in the year.
    """
    if report.state != Report.State.DRAFT:
        raise ReportRefused(f"{report} is published already")
    if report.version > 1 and not report.change_note:
        raise ReportRefused("a new version says what changed; fill in the note")
    publish_contracts(timezone.localdate())  # what it shows of contracts and services is what is published of them
    publish_use(timezone.localdate())
    value = value_of(report.year)
    if not value.clusters:
        raise ReportRefused(f"no cluster existed at the end of {report.year}; choose another year")
    hidden = {
        m.key: _published(m.key, report.year, m.confidential, by)
        for m in value.indicators.values()
        if m.confidential is not None and m.confidential.cells
    }
    report.content = frozen(value, hidden, report)
    report.checksum = checksum_of(report.content)
    report.state, report.published_at = Report.State.PUBLISHED, timezone.now()
    report.published_by = by if getattr(by, "is_authenticated", False) else None
    report.save()
    record(by=by, verb="publish_report", subject_kind="report", subject_key=str(report), checksum=report.checksum)
    title = _("Files of the report %(year)d") % {"year": report.year}
    start_job(name="reports.make_files", title=title, by=by, pk=report.pk)
    return report


def _published(measure: str, year: int, table: Cells, by: Any) -> Protected:
    """As `publish`; all of it hidden where few bodies stand behind the whole or one nearly alone, or nothing can be
    told."""
    if why := whole_is_sensitive(table):
        return _all_hidden(table, why)
    try:
        with transaction.atomic():
            return publish(name="value-report", measure=measure, period=str(year), table=table, by=by)
    except CannotPublish:
        return _all_hidden(table, Why.EARLIER)


def _all_hidden(table: Cells, why: Why) -> Protected:
    values = {key: cell.value for key, cell in table.whole_table().items()}
    return Protected(table, values, dict.fromkeys(values, why))


def preview(report: Report) -> dict[str, Any]:
    """What publication would freeze, protected by itself alone."""
    value = value_of(report.year)
    hidden = {
        m.key: protect(m.confidential)
        for m in value.indicators.values()
        if m.confidential is not None and m.confidential.cells
    }
    return frozen(value, hidden, report)


def checksum_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def is_intact(report: Report) -> bool:
    """Whether the content is what was published."""
    return report.checksum == checksum_of(report.content)


def frozen(value: Value, hidden: Mapping[str, Protected], report: Report) -> dict[str, Any]:
    """Everything that the report's pages and files show, in plain values and both languages."""
    return {
        "year": value.year,
        "region": region().names,
        "foreword": report.foreword,
        "comments": report.comments,
        "synthetic": any(m.backing.is_synthetic for m in value.indicators.values()),
        "clusters": [
            {
                "key": c.key,
                "name": c.name,
                "type": c.type,
                "colour": c.colour,
                "stage": value.stages.get(c.key, ""),
            }
            for c in value.clusters
        ],
        "dimensions": [
            {
                "key": dimension,
                "label": _in_both(lambda d=dimension: dimension_words()[d]),
                "scores": _shown_scores(value, dimension, hidden),
                "indicators": [_indicator(value.indicators[k], hidden.get(k)) for k in keys],
            }
            for dimension, keys in DIMENSIONS.items()
        ],
    }


def _shown_scores(value: Value, dimension: str, hidden: Mapping[str, Protected]) -> dict[str, Any]:
    """A score that rests on a hidden value would tell it: it is hidden too."""
    scores = value.scores(dimension)
    kept_back = {
        key: why
        for name in DIMENSIONS[dimension]
        for key in scores
        if (why := _why(value.indicators[name], hidden.get(name), key))
    }
    return {key: _row(own, hidden=kept_back.get(key, "")) for key, own in scores.items()}


def _why(measured: Measured, found: Protected | None, key: str = TOTAL) -> str:
    """Why the value of a cluster (TOTAL: of the region) is hidden; "" where it is not."""
    return measured.kept_back.get(key, "") or (str(found.why.get((key, "eur"), "")) if found else "")


def _indicator(measured: Measured, found: Protected | None) -> dict[str, Any]:
    unit = UNITS[measured.key]
    indices = measured.indices()
    why = {key: _why(measured, found, key) for key in measured.clusters}
    return {
        "key": measured.key,
        "label": _in_both(lambda: indicator_words()[measured.key][0]),
        "definition": _in_both(lambda: indicator_words()[measured.key][1]),
        "formula": _in_both(lambda: indicator_words()[measured.key][2]),
        "unit": unit,
        "decimals": DECIMALS[unit],
        "period": measured.period,
        "silent": list(measured.silent),
        "certainty": measured.backing.certainty,
        "source": measured.backing.source,
        "region": _row(measured.region, hidden=_why(measured, found)),
        "rows": {
            key: {**_row(own, hidden=why[key]), "index": _rounded(None if why[key] else indices[key].value)}
            for key, own in measured.clusters.items()
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _row(own: Estimate, *, hidden: str = "") -> dict[str, Any]:
    if hidden:
        return {"value": None, "low": None, "high": None, "n": None, "hidden": hidden}
    numbers = {
        k: None if v is None else round(v, 4) for k, v in (("value", own.value), ("low", own.low), ("high", own.high))
    }
    return {**numbers, "n": own.n, "hidden": ""}


def _in_both(say: Any) -> dict[str, str]:
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = str(say())
    return found
