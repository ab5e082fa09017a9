"""The report on paper: assembled from the stored tables, drawn once its version is signed, and kept."""

from __future__ import annotations

from copy import copy
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override

from poliedro.evidence.files import folder, keep_file
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.queries.impact import opened_before
from poliedro.monitoring.report.meaning import declared_facts, headline, meaning
from poliedro.monitoring.report.names import ESTIMATOR_WORDS, OUTCOME_WORDS
from poliedro.monitoring.report.present import (
    Results,
    answered,
    estimators_chart,
    event_chart,
    figures,
    interval_of,
    love_chart,
    love_picture,
    percent,
    picture,
)
from poliedro.monitoring.report.tables import (
    bacon_table,
    cells_table,
    checks_table,
    cohorts_table,
    corrected_table,
    effects_table,
    flow_table,
    production,
    reach_table,
    trends_table,
    unmatched_table,
    vanished_table,
)
from poliedro.monitoring.report.voices import member_voices
from poliedro.monitoring.report.words import STATE_WORDS, why_refused
from poliedro.shared.paper import pdf_of

STYLE = Path(__file__).resolve().parents[1] / "static" / "monitoring" / "report.css"
KINDS = ("pdf", "summary-it", "summary-en")
PAPERS = (("pdf", "it"), ("pdf", "en"), ("summary-it", "it"), ("summary-en", "en"))
"""Every paper of a version: its kind and language."""


def opened_earlier(version: StudyVersion, works: bool) -> list[dict[str, Any]]:
    """Versions whose outcomes had been opened when this one was frozen; of a draft: if it were frozen now. One that
    nobody signed is not named to those who do not work on studies; that it was opened is."""
    asked = version
    if version.frozen_at is None:
        asked = copy(version)
        asked.frozen_at = timezone.now()
    return [
        {"version": v, "named": works or bool(v.signed_at) or v.study_id == version.study_id}
        for v in opened_before(asked)
    ]


def content_of(version: StudyVersion, works: bool = False) -> dict[str, Any]:
    """What page and report share. works: the reader works on studies."""
    results = Results.of(version)
    d = version.declared
    computed = version.run_id is not None
    outcomes = [
        {
            "key": o,
            "label": str(OUTCOME_WORDS[o]),
            "chart": event_chart(results, o),
            "checks": checks_table(results, o),
            "trends": trends_table(results, o),
            "vanished": vanished_table(results, o),
            "refused": why_refused(row["refused"])
            if (row := results.effect(o)) is not None and row["refused"]
            else None,
        }
        for o in d.outcomes
    ]
    means, means_not = meaning(results) if computed else ([], [])
    return {
        "version": version,
        "study": version.study,
        "state": STATE_WORDS[version.state],
        "computed": computed,
        "title": headline(results) if computed else version.study.title,
        "figures": figures(results) if computed else [],
        "effects": effects_table(results) if computed else None,
        "corrected": corrected_table(results),
        "reach": reach_table(results),
        "outcomes": outcomes if computed else [],
        "love": love_chart(results),
        "estimators": estimators_chart(results),
        "by_cluster": cells_table(results, "cluster"),
        "by_size": cells_table(results, "size"),
        "flow": flow_table(results.rows("flow") or version.flow, d.anticipation)
        if (computed or version.flow)
        else None,
        "unmatched": unmatched_table(results),
        "bacon": bacon_table(results),
        "cohorts": cohorts_table(results),
        "production": production(results) if computed else "",
        "voices": member_voices(d.clusters, timezone.localdate()) if computed else None,
        "means": means,
        "means_not": means_not,
        "refused": computed and not answered(results, d.outcomes[0]),
        "facts": declared_facts(d),
        "leading": ESTIMATOR_WORDS[d.estimator],
        "origin": results.origin() if version.opened_at else "",
        "opened_before": opened_earlier(version, works) if version.frozen_at else [],
        "synthetic_data": version.certainty == "synthetic",
    }


def report_of(version: StudyVersion, language: str, site: str) -> dict[str, Any]:
    """What stands in the whole report. site: with its scheme, such as https://host/; for the address at the end."""
    results = Results.of(version)
    return {
        **content_of(version),
        "pictures": [p for o in version.declared.outcomes if (p := picture(results, o)) is not None],
        "love_picture": love_picture(results),
        "language": language,
        "address": _address(version, site),
    }


def summary_of(version: StudyVersion, language: str, site: str) -> dict[str, Any]:
    """What stands on the one page for those who decide."""
    results = Results.of(version)
    means, means_not = meaning(results)
    return {
        "version": version,
        "study": version.study,
        "state": STATE_WORDS[version.state],
        "title": headline(results),
        "figures": [
            (f.label, f.instead if f.value is None else percent(f.value), interval_of(f), f.null_means)
            for f in figures(results)
        ],
        "picture": picture(results, version.declared.outcomes[0]),
        "means": means,
        "means_not": means_not,
        "refused": not answered(results, version.declared.outcomes[0]),
        "opened_before": opened_earlier(version, works=False),
        "origin": results.origin(),
        "synthetic_data": version.certainty == "synthetic",
        "language": language,
        "address": _address(version, site),
    }


def _address(version: StudyVersion, site: str) -> str:
    return site.rstrip("/") + reverse("monitoring:study", args=[version.study.key, version.number])


def paper_of(version: StudyVersion, kind: str, language: str, site: str) -> bytes:
    """The PDF, one of `KINDS`: the one that is kept, drawn now where there is none yet."""
    language = language if kind == "pdf" else kind[-2:]
    ready = _ready(version, kind, language, site)
    if ready is not None:
        return ready.read_bytes()
    with override(language):
        if kind == "pdf":
            template, content = "monitoring/impact/report.html", report_of(version, language, site)
        else:
            template, content = "monitoring/impact/summary.html", summary_of(version, language, site)
        body = pdf_of(render_to_string(template, {**content, "on_paper": True}), [STYLE])
    place = _place(version, kind, language, site)
    for earlier in (folder() / place).parent.glob(f"{version.number}-draft-*-{kind}-{language}.pdf"):
        earlier.unlink(missing_ok=True)  # of an earlier result or day, or from before it was signed
    keep_file(place, body)
    return body


def kept(version: StudyVersion, site: str) -> bool:
    """Whether the whole report lies ready in the reader's language; else it is drawn when somebody asks for it."""
    return ready(version, "pdf", site)


def ready(version: StudyVersion, kind: str, site: str) -> bool:
    """The same of one of `KINDS`."""
    language = (get_language() or "it")[:2] if kind == "pdf" else kind[-2:]
    return _ready(version, kind, language, site) is not None


def _ready(version: StudyVersion, kind: str, language: str, site: str) -> Path | None:
    """Where the paper lies: with the address of the site, or drawn before that was known."""
    places = (folder() / _place(version, kind, language, at) for at in (site, ""))
    return next((place for place in places if place.exists()), None)


def _place(version: StudyVersion, kind: str, language: str, site: str) -> str:
    """Relative to the store: by what was signed, when, and the address that stands in it.

    Before it is signed it may still be computed anew, and what members say changes: a draft is good for its run and
    its day.
    """
    run = version.run.key if version.run else ""
    made = sha256(f"{run} {version.signed_at or timezone.localdate()} {site}".encode()).hexdigest()[:16]
    draft = "" if version.signed_at else "draft-"
    return f"rooms/{version.study.key}/papers/{version.number}-{draft}{made}-{kind}-{language}.pdf"
