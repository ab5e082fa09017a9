"""Background work of the evidence room."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from poliedro.evidence.models import Run
from poliedro.evidence.runs.base import InvalidParameters, NoInput, Reports
from poliedro.evidence.services.runs import InputsChanged, UnknownAnalysis, repeat_run, run_analysis
from poliedro.shared.jobs import JobRefused, job


@job("evidence.run_analysis")
def run(report: Reports, by: Any, *, key: str, parameters: dict[str, Any]) -> str:
    try:
        made = run_analysis(key=key, parameters=parameters, by=by, report=report)
    except (NoInput, InvalidParameters, UnknownAnalysis) as refused:
        raise JobRefused(str(refused)) from refused
    return reverse("portal:run", args=[made.key])


@job("evidence.repeat_run")
def repeat(report: Reports, by: Any, *, key: str) -> str:
    try:
        repeat_run(run=Run.objects.get(key=key), by=by, report=report)
    except (InputsChanged, NoInput) as refused:
        raise JobRefused(str(refused)) from refused
    return reverse("portal:run", args=[key])
