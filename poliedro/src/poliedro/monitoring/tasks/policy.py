"""Background work of the policy pages."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.evidence.runs.base import NoInput, Reports
from poliedro.evidence.services.runs import InputsChanged
from poliedro.monitoring.services.policy.reconciliation import run_reconciliation
from poliedro.shared.jobs import JobRefused, job


@job("monitoring.reconcile")
def reconcile(report: Reports, by: Any) -> str:
    try:
        run_reconciliation(by=by, report=report)
    except NoInput as refused:
        raise JobRefused(_("No project of OpenCoesione is loaded: load the official projects file first.")) from refused
    except InputsChanged as refused:
        raise JobRefused(str(refused)) from refused
    return reverse("monitoring:reconciliation")
