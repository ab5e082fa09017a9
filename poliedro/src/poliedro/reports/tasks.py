"""Background work of the room."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from poliedro.reports.models import Report
from poliedro.reports.services.files import report_file
from poliedro.reports.services.reports import LANGUAGES
from poliedro.shared.jobs import job, step_of

_LANGUAGES = {"it": gettext_noop("Italian"), "en": gettext_noop("English")}


@job("reports.make_files")
def make_files(report: Any, by: Any, *, pk: int) -> str:
    """PDF and XLSX in each language, so that nobody waits for the first one."""
    found = Report.objects.get(pk=pk)
    wanted = [(kind, language) for language in LANGUAGES for kind in ("pdf", "xlsx")]
    for done, (kind, language) in enumerate(wanted):
        report(done, len(wanted), step_of(kind.upper(), _LANGUAGES[language]))
        report_file(found, kind, language)
    return reverse("reports:report", args=[found.year])
