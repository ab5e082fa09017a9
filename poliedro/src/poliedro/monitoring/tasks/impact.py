"""Background work of impact studies."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from poliedro.evidence.runs.base import Reports
from poliedro.evidence.services.runs import run_analysis
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.queries.impact import DRAW
from poliedro.monitoring.report.paper import PAPERS, paper_of
from poliedro.monitoring.rules.impact import StudyRefused
from poliedro.monitoring.runs.extract import NothingToStudy
from poliedro.monitoring.services.demonstration.study import OPINION
from poliedro.monitoring.services.impact import run_study, sign_study
from poliedro.shared.jobs import JobRefused, job, step_of

_REPORT, _PAGE = gettext_noop("the report"), gettext_noop("the one page")
_PAPERS = {"pdf": _REPORT, "summary-it": _PAGE, "summary-en": _PAGE}
_LANGUAGES = {"it": gettext_noop("Italian"), "en": gettext_noop("English")}


@job("monitoring.run_study", repeatable=True)
def run(report: Reports, by: Any, *, pk: int) -> str:
    version = StudyVersion.objects.select_related("study").get(pk=pk)
    try:
        run_study(version=version, by=by, report=report)
    except StudyRefused as refused:
        raise JobRefused(str(refused)) from refused
    except NothingToStudy as refused:
        raise JobRefused(
            _("No firm to study: load memberships and several years of financial statements of members and others.")
        ) from refused
    return reverse("monitoring:study", args=[version.study.key, version.number])


@job(DRAW, repeatable=True)
def draw(report: Reports, by: Any, *, pk: int, site: str) -> str:
    """The papers of a signed version, so that nobody waits for one."""
    return _draw(report, pk, site)


def _draw(report: Reports, pk: int, site: str) -> str:
    version = StudyVersion.objects.select_related("study", "run", "signed_by").get(pk=pk)
    for done, (kind, language) in enumerate(PAPERS):
        report(done, len(PAPERS), step_of(_PAPERS[kind], _LANGUAGES[language]))
        paper_of(version, kind, language, site)
    return reverse("monitoring:study", args=[version.study.key, version.number])


@job("monitoring.demonstrate_study", repeatable=True)
def demonstrate(report: Reports, by: Any, *, pk: int) -> str:
    """The demonstration's study: computed, signed by its evaluator, its papers drawn; and how start-ups survive."""
    run_analysis(key="startup-survival")
    version = StudyVersion.objects.select_related("study", "frozen_by").get(pk=pk)
    run_study(version=version, by=version.frozen_by, report=report)
    version.refresh_from_db()
    if version.state == "computed" and version.certainty == "synthetic":
        sign_study(version=version, opinion=OPINION, by=version.frozen_by)
        return _draw(report, pk, "")  # at which address it will be read is not known yet
    return reverse("monitoring:study", args=[version.study.key, version.number])
